"""Which device and profile kinds exist. The machine does not know its parts: they register here.

A kind is found under (table, kind): the scenario's table it may stand in (``"storage"``,
``"diesel"``, ``"sags"`` ...) and the word given as ``kind``. `load` imports both part packages by
name, so a new file in ``components/`` or ``profiles/`` is enough; a user's own module is added with
`load_module` or through the entry point group ``ridethrough.parts``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TypeVar

from twin.errors import ScenarioError, nearest
from twin.quantity import Spec

S = TypeVar("S", bound=type[Spec])
PACKAGES = ("components", "profiles")


@dataclass(frozen=True)
class Kind:
    """One registered kind: the table it stands in, its word, its parameters."""

    table: str
    kind: str
    spec: type[Spec]
    world: bool


_kinds: dict[tuple[str, str], Kind] = {}
_loaded = False


def register(table: str, kind: str = "default", *, world: bool = False) -> Callable[[S], S]:
    """Class decorator: make a `Spec` available as ``[table] kind = "..."`` in scenarios.

    Parameters
    ----------
    table
        Name of the scenario table.
    kind
        The word for ``kind``; ``"default"`` for a table with a single kind, where it may be left out.
    world
        True if it is common to all architectures (grid, load, tariff ...), False for plant tables.
    """

    def add(spec: S) -> S:
        _kinds[table, kind] = Kind(table, kind, spec, world)
        return spec

    return add


def load() -> None:
    """Import every module of the part packages once."""
    global _loaded
    if _loaded:
        return
    for package in PACKAGES:
        root = importlib.import_module(package)
        for module in pkgutil.iter_modules(root.__path__):
            if not module.name.startswith("_"):
                importlib.import_module(f"{package}.{module.name}")
    for point in entry_points(group="ridethrough.parts"):
        point.load()
    _loaded = True


def load_module(name: str) -> None:
    """Import a user's own module of parts by its dotted name."""
    try:
        importlib.import_module(name)
    except ImportError as error:
        raise ScenarioError(f"modules: cannot import '{name}': {error}") from error


def kinds(table: str | None = None) -> Iterator[Kind]:
    """Yield all registered kinds, or those of one table, in a stable order."""
    load()
    for key in sorted(_kinds):
        if table is None or key[0] == table:
            yield _kinds[key]


def tables(*, world: bool) -> list[str]:
    """Return the names of the world's or of the plant's tables."""
    load()
    return sorted({k.table for k in _kinds.values() if k.world == world})


def find(table: str, kind: str) -> Kind:
    """Return a registered kind; raise `ScenarioError` naming the known ones otherwise."""
    load()
    try:
        return _kinds[table, kind]
    except KeyError:
        known = [k.kind for k in kinds(table)]
        raise ScenarioError(
            f"{table}.kind: unknown kind '{kind}'{nearest(kind, known)}; known: {', '.join(known)}"
        ) from None
