"""How an architecture's tables are laid over the shared ones.

Tables merge key by key, arrays and values replace, a new ``kind`` drops the table below it. A table
without ``kind`` has the kind "default" where there is one; where there is none, it is a part of a
table that others complete.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path as File
from typing import Any

from twin import registry
from twin.contracts.kinds import DEFAULT, has_default

Table = dict[str, Any]
Path = tuple[str | int, ...]
MORE = "more_storage"
ARCHITECTURES = "architectures"
HEAD = ("compartments", "compartment_pods", "title")
"""Keys of an architecture itself, beside its plant tables."""


def plant_keys() -> set[str]:
    """Return the keys that stand for the plant: shared at the top, overridden by architectures."""
    return {*registry.tables(world=False), MORE}


def merge(base: Table, over: Table, path: Path = ()) -> Table:
    """Return `base` with `over` laid on top; neither is changed.

    Parameters
    ----------
    base, over
        Shared table and override.
    path
        Where they stand in the architecture, e.g. ``("storage",)``.
    """
    if path and _replaces(base, over, path):
        return copy.deepcopy(over)
    merged = copy.deepcopy(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[key] = merge(below, value, (*path, key))
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _replaces(base: Table, over: Table, path: Path) -> bool:
    if "kind" not in over:
        return False
    table = "storage" if path[0] == MORE and len(path) == 2 else str(path[-1])
    implied = DEFAULT if has_default(table) else over["kind"]
    return bool(base.get("kind", implied) != over["kind"])


def merged_view(raw: Table) -> Table:
    """Return the file's content with every architecture completed by the shared plant tables."""
    plant = plant_keys()
    shared = {key: value for key, value in raw.items() if key in plant}
    own = raw.get(ARCHITECTURES)
    if not isinstance(own, dict):
        return raw
    whole = {
        name: merge(shared, body) if isinstance(body, dict) else body for name, body in own.items()
    }
    return raw | {ARCHITECTURES: whole}


def has_architectures(raw: Table) -> bool:
    """Return whether the content has a table of architectures at all."""
    return isinstance(raw.get(ARCHITECTURES), dict)


def has(data: Any, path: Path) -> bool:
    """Return whether something stands at a path."""
    for key in path:
        if isinstance(data, dict) and key in data:
            data = data[key]
        elif isinstance(data, list) and str(key).isdecimal() and int(key) < len(data):
            data = data[int(key)]
        else:
            return False
    return True


def origin(raw: Table, path: Path, *, missing: bool = False) -> Path:
    """Return where in the file the value at a path of the merged view comes from.

    Parameters
    ----------
    raw
        The file's content.
    path
        Path in the merged view, e.g. ``("architectures", "a", "diesel", "sets")``.
    missing
        True for a key that ought to be there: it belongs to the table that is.
    """
    if path[0] != ARCHITECTURES or len(path) < 3 or path[2] not in plant_keys():
        return path
    least = 2
    for depth in range(len(path) - missing, least, -1):
        if has(raw, path[:depth]):
            return path
        if has(raw, path[least:depth]):
            return path[least:]
    return path


def leaves(data: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of all values; an array counts as one value, and its tables once more."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from leaves(value, (*path, key))
        return
    yield path
    if isinstance(data, list):
        for index, value in enumerate(data):
            if isinstance(value, Mapping):
                yield from leaves(value, (*path, index))


def is_file_key(key: Any) -> bool:
    """Return whether a key names a data file: ``file`` or ``..._file``."""
    return isinstance(key, str) and (key == "file" or key.endswith("_file"))


def absolute_files(data: Any, folder: File) -> Any:
    """Return a copy in which the data files are named relative to nothing."""
    if isinstance(data, dict):
        return {
            key: str(folder / value)
            if is_file_key(key) and isinstance(value, str) and value
            else absolute_files(value, folder)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [absolute_files(value, folder) for value in data]
    return data
