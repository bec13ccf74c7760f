"""Load series from a CSV file, for ``load.kind = "series"``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np

from profiles._csv import CsvTable, read_table
from twin.contracts.timeline import Array

TOLERANCE = 0.01
"""Share of a step by which a time stamp may miss its place (hours are often rounded)."""


def read_series(path: str | Path, step_s: float, column: str = "load_kw") -> Array:
    """Read a uniform series of values that are never negative.

    Parameters
    ----------
    path
        CSV file with the column named below and, if wanted, one column that is checked against the
        step: ``hour`` (a number) or ``time`` (ISO 8601). Gaps, repeats and steps back are refused.
    step_s
        Length of a step, s.
    column
        Column of the values.

    Returns
    -------
    Array
        The values in the file's own unit, one per step, shape (n,).
    """
    if step_s <= 0.0:
        raise ValueError(f"step_s must be above 0, got {step_s!r}")
    table = read_table(path, [column], ["hour", "time"])
    if "hour" in table.columns:
        hours = table.numbers("hour")
        _refuse_other_steps(table, "hour", (hours - hours[0]) * 3600.0, step_s)
    if "time" in table.columns:
        _refuse_other_steps(table, "time", _seconds(table), step_s)
    return table.numbers(column, low=0.0)


def _seconds(table: CsvTable) -> Array:
    """Return the seconds since the first time stamp."""
    seconds = np.empty(len(table.lines))
    first = None
    for row, cell in enumerate(table.columns["time"]):
        try:
            stamp = datetime.fromisoformat(cell)
            first = first or stamp
            seconds[row] = (stamp - first).total_seconds()
        except ValueError:
            raise table.error(row, "time", "is no ISO 8601 time (2025-01-31 13:30)") from None
        except TypeError:
            raise table.error(row, "time", "has a UTC offset where others have none") from None
    return seconds


def _refuse_other_steps(table: CsvTable, column: str, seconds: Array, step_s: float) -> None:
    """Raise at the first row that does not stand one step after the one before."""
    missed = np.abs(seconds - step_s * np.arange(len(seconds))) > TOLERANCE * step_s
    if missed.any():
        row = int(np.argmax(missed))
        raise table.error(
            row,
            column,
            f"is {seconds[row] - seconds[row - 1]:g} s after line {table.lines[row - 1]}; "
            f"expected steps of {step_s:g} s without gaps",
        )
