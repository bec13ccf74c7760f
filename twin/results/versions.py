"""What made the results: library versions, platform, a hash of the code that decides rows."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent.parent
LIBRARIES = ("numba", "numpy", "pandas", "pvlib", "pyarrow", "pydantic", "scipy", "simpy")
# what reads, shows and runs, but cannot change a row
WITHOUT_EFFECT = frozenset(
    {"cli", "estimate", "explore", "montecarlo", "plots", "report", "results"}
)


def source_hash(modules: Sequence[str] = ()) -> str:
    """Return 12 hex digits over all code and data that can change a row.

    A release has one such hash; while somebody edits the code, it keeps rows of two states of it
    from being mixed.

    Parameters
    ----------
    modules
        The user's own modules of parts, by dotted name.
    """
    digest = hashlib.sha256()
    for file in _files():
        digest.update(file.relative_to(HOME).as_posix().encode() + b"\0" + file.read_bytes())
    for name in modules:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None and Path(spec.origin).is_file():
            digest.update(name.encode() + b"\0" + Path(spec.origin).read_bytes())
    return digest.hexdigest()[:12]


def _files() -> Iterator[Path]:
    roots: Iterable[Path] = (HOME / "components", HOME / "profiles", HOME / "twin")
    for root in roots:
        for file in sorted(root.rglob("*")):
            parts = file.relative_to(root).parts
            skip = root.name == "twin" and Path(parts[0]).stem in {*WITHOUT_EFFECT, "__init__"}
            if file.is_file() and "__pycache__" not in parts and not skip:
                yield file


@cache
def library_versions() -> Mapping[str, str]:
    """Return the versions of Python and of the libraries that take part."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
