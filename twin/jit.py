"""The only caller of numba: compiled functions with a cache that notices every edit.

numba's own cache stamp looks at the outer function's file alone and would serve stale physics after
an edit to an inner function. Here the cache folder's name carries a hash of *all* sources that hold
compiled code, so an edit anywhere starts a fresh folder.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
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


def compiled(function: F) -> F:
    """Compile a function that is called from compiled code only. Floating point stays strict IEEE.

    Leaving out the wrappers that Python callers would need halves the compile time.
    """
    return cast(F, _njit(function, **_INNER))


def entry(function: F) -> F:
    """Compile a function that Python calls; cached on disk."""
    return cast(F, _njit(function, **_OUTER))


def inlined(function: F) -> F:
    """Compile a small helper of an inner loop into its callers."""
    return cast(F, _njit(function, cache=True, inline="always", error_model="numpy"))
