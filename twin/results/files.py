"""Writing files so that a reader, or a crash, never sees half of one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from twin.errors import OutputError

if TYPE_CHECKING:
    import pandas as pd

TEMPORARY = ".tmp"


@contextlib.contextmanager
def output_errors(place: Path) -> Iterator[None]:
    """Turn a refusal by the operating system into an `OutputError` that names the place."""
    try:
        yield
    except OSError as error:
        where = error.filename or place
        raise OutputError(f"{where}: cannot be written: {error.strerror or error}") from None


def replace_file(file: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `file`, then put it in its place at once."""
    draft = file.with_name(f".{file.name}.{os.getpid()}{TEMPORARY}")
    with output_errors(file):
        try:
            write(draft)
            with draft.open("rb+") as handle:
                os.fsync(handle.fileno())
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)


def write_text(file: Path, text: str) -> None:
    """Write a text file atomically, UTF-8."""

    def write(draft: Path) -> None:
        draft.write_text(text, encoding="utf-8")

    replace_file(file, write)


def write_table(file: Path, table: pd.DataFrame) -> None:
    """Write a Parquet file atomically."""
    replace_file(file, lambda draft: table.to_parquet(draft, index=False))


def lock_folder(folder: Path) -> int | None:
    """Return a handle that keeps other runs out of a folder until it is closed or we die.

    None where the platform has no such locks. `OutputError` if another run holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise OutputError(
            f"{folder}: another run is writing there; wait for it, or give another --out DIR"
        ) from None
    except OSError:  # a file system without locks
        os.close(handle)
        return None
    return handle
