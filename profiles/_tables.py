"""Tables that are slow to compute: kept on disk between runs, where that is possible."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from twin.contracts.timeline import Array


def cache_folder() -> Path:
    """Return the user's cache folder (``$XDG_CACHE_HOME/ridethrough`` or below ``~/.cache``)."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ridethrough"


def cached(name: str, shape: tuple[int, ...], compute: Callable[[], Array]) -> Array:
    """Return a table from disk, or compute it and try to keep it.

    The cache only saves time: a file that is missing, damaged or of another shape is computed anew,
    and a folder that cannot be written is no error.

    Parameters
    ----------
    name
        File name without suffix; must change whenever the content would.
    shape
        The table's shape.
    compute
        Computes the table.
    """
    try:
        path = cache_folder() / f"{name}.npz"
    except RuntimeError:  # no home folder
        return compute()
    table = _read(path, shape)
    if table is None:
        table = compute()
        with suppress(OSError):
            _write(path, table)
    return table


def _read(path: Path, shape: tuple[int, ...]) -> Array | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            table = stored["table"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    sound = table.shape == shape and table.dtype == np.float64 and np.isfinite(table).all()
    return table if sound else None


def _write(path: Path, table: Array) -> None:
    """Write beside the target and rename: another process never reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, table=table)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
