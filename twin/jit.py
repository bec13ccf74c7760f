"""The only caller of numba: compiled functions with a cache that notices every edit.

numba's own cache stamp looks at the outer function's file alone and would serve stale physics after
an edit to an inner function. Here the cache folder's name carries a hash of *all* sources that hold
compiled code, so an edit anywhere starts a fresh folder.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
ROOT = Path(__file__).resolve().parent.parent


def source_hash() -> str:
    """Return a hash over all sources that hold compiled code."""
    digest = hashlib.sha256()
    for package in ("twin", "profiles", "components"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_bytes()
            if b"twin.jit" in text or path.parent.name == "kernel":
                digest.update(path.name.encode() + text)
    return digest.hexdigest()[:16]


def _prepare_cache() -> None:
    """Name the cache folder for numba; where it cannot be written, use the temporary folder."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    name = f"ridethrough/numba-{source_hash()}"
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
    except OSError:
        folder = Path(tempfile.gettempdir()) / name
    os.environ["NUMBA_CACHE_DIR"] = str(folder)


_prepare_cache()
import numba  # noqa: E402  (the cache folder must be named before numba is imported)

_INNER: dict[str, Any] = {
    "cache": True,
    "error_model": "numpy",
    "_nrt": False,  # nothing allocates: reference counting would cost five times the physics
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "forceinline": True,
}
_OUTER: dict[str, Any] = {
    "cache": True,
    "error_model": "numpy",
    "_nrt": False,
    "no_cfunc_wrapper": True,
}
_njit: Any = numba.njit
_typeof: Any = numba.typeof


def compiled(function: F) -> F:
    """Compile a function that is called from compiled code only. Floating point stays strict IEEE.

    Leaving out the wrappers that Python callers would need halves the compile time.
    """
    return cast(F, _njit(function, **_INNER))


def entry(function: F) -> F:
    """Compile a function that Python calls; cached on disk."""
    return cast(F, _njit(function, **_OUTER))


class BoundEntry:
    """A compiled function whose argument types are looked up once per set of arrays.

    numba's dispatcher works out the types of every argument on each call, which for the forty
    arrays of a plant costs more than the pass itself takes to cross a short interval. Arrays are a
    tuple and cannot change their types; the other arguments have the declared ones.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.dispatcher = _njit(function, **_OUTER)
        known = {"float": numba.float64, "int": numba.int64}
        hints = list(inspect.signature(function).parameters.values())[1:]
        self._rest = tuple(known[str(p.annotation)] for p in hints)
        self._arrays: Any = ()
        self._point: Callable[..., Any]

    def __call__(self, arrays: Any, *rest: Any) -> Any:
        """Call the compiled function."""
        if arrays is not self._arrays:
            self._fit(arrays)
        return self._point(arrays, *rest)

    def bind(self, arrays: Any) -> Callable[..., Any]:
        """Return the compiled function with arrays that stay the same ones."""
        self._fit(arrays)
        return partial(self._point, arrays)

    def _fit(self, arrays: Any) -> None:
        if not _alike(arrays, self._arrays):
            signature = (_typeof(arrays), *self._rest)
            self.dispatcher.compile(signature)
            self._point = self.dispatcher.overloads[signature].entry_point
        self._arrays = arrays


def _alike(new: Any, old: Any) -> bool:
    """Return whether two tuples of arrays have the same types for the compiled code."""
    return len(new) == len(old) and all(
        a is b or (a.dtype == b.dtype and a.ndim == b.ndim and a.flags.carray and b.flags.carray)
        for a, b in zip(new, old, strict=True)
    )


def plant_entry(function: F) -> F:
    """Compile a function that Python calls very often, its first argument a plant's arrays."""
    return cast(F, BoundEntry(function))


def bound(function: Callable[..., Any], arrays: Any) -> Callable[..., Any]:
    """Return a `plant_entry` for one set of arrays, without looking at them on each call."""
    return cast(BoundEntry, function).bind(arrays)


def inlined(function: F) -> F:
    """Compile a small helper of an inner loop into its callers."""
    return cast(F, _njit(function, cache=True, inline="always", error_model="numpy"))
