"""Finding and reading scenario files, the shipped ones among them."""

from __future__ import annotations

import importlib.resources
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from twin.errors import ScenarioError, nearest

DEFAULT = "sea-8000"
"""The scenario that is meant when none is named."""


class Shipped(NamedTuple):
    """A scenario that comes with the product."""

    name: str
    description: str


def folder() -> Path:
    """Return the folder of the shipped scenarios; found by name, since the machine has no parts."""
    return Path(str(importlib.resources.files("experiments"))) / "scenarios"


def shipped() -> list[Shipped]:
    """Return the shipped scenarios, the default one first."""
    files = sorted(folder().glob("*.toml"), key=lambda f: (f.stem != DEFAULT, f.stem))
    heads = [(file.stem, parse(read(file), str(file))) for file in files]
    return [Shipped(name, str(data.get("description", ""))) for name, data in heads]


def locate(path_or_name: str | Path) -> Path:
    """Return the file that a path or the name of a shipped scenario means."""
    word = str(path_or_name)
    known = {file.stem: file for file in folder().glob("*.toml")}
    if isinstance(path_or_name, str) and word in known:
        return known[word]
    file = Path(path_or_name)
    if file.suffix == ".toml" or file.name != word or _exists(file):
        return file
    raise ScenarioError(
        f"{word}: no shipped scenario of this name{nearest(word, known)} and no such file; "
        f"shipped: {', '.join(sorted(known))}"
    )


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def read(file: Path) -> str:
    """Return the text of a scenario file."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ScenarioError(f"{file}: no such file") from None
    except IsADirectoryError:
        raise ScenarioError(f"{file}: is a folder, not a scenario file") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{file}: is no text (UTF-8), so no scenario file") from None
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{file}: cannot be read: {error}") from None


def parse(text: str, origin: str) -> dict[str, Any]:
    """Return the content of a TOML document."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{origin}: is no valid TOML: {error}") from None
    except RecursionError:
        raise ScenarioError(f"{origin}: is no valid scenario: nested too deeply") from None
