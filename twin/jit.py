"""The only caller of numba: compiled functions with a cache that notices every edit.

numba's own cache stamp looks at the outer function's file alone and would serve stale physics after
an edit to an inner function. Here the cache folder's name carries a hash of *all* sources that hold
compiled code, so an edit anywhere starts a fresh folder.
"""

from __future__ import annotations

import hashlib
import os
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
    if "NUMBA_CACHE_DIR" not in os.environ:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
        os.environ["NUMBA_CACHE_DIR"] = str(base / "ridethrough" / f"numba-{source_hash()}")


_prepare_cache()
import numba  # noqa: E402  (the cache folder must be named before numba is imported)


def compiled(function: F) -> F:
    """Compile a function that is called from compiled code only. Floating point stays strict IEEE.

    Leaving out the wrappers that Python callers would need halves the compile time.
    """
    options = {"_nrt": False, "error_model": "numpy", "no_cpython_wrapper": True, "forceinline": True, "no_cfunc_wrapper": True}
    return cast(F, numba.njit(function, cache=True, **options))


def entry(function: F) -> F:
    """Compile a function that Python calls; cached on disk."""
    return cast(F, numba.njit(function, cache=True, _nrt=False, error_model="numpy", no_cfunc_wrapper=True))


def inlined(function: F) -> F:
    """Compile a small helper of an inner loop into its callers."""
    return cast(F, numba.njit(function, cache=True, inline="always", error_model="numpy"))
