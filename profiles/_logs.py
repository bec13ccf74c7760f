"""Logs of disturbances as recorders and operators write them: CSV with time, duration, voltage.

Columns: ``start_s`` or ``time`` (ISO 8601), ``duration_s`` or ``duration_ms``; for sags also
``voltage_pu`` or ``voltage_percent`` (residual), and if known ``phases`` (1, 2, 3 or Bollen's letter).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from profiles._csv import CsvTable, read_table
from twin.contracts.phases import Codes, sag_code
from twin.contracts.timeline import Array
from twin.errors import DataError

START, LASTS = ("start_s", "time"), ("duration_s", "duration_ms")
VOLTAGE = ("voltage_pu", "voltage_percent")


@dataclass(frozen=True)
class Log:
    """Rows of a log, in the file's order.

    Attributes
    ----------
    table
        The file's cells, for messages.
    start_s
        Start, s: since the scenario's start, or since the first time stamp, shape (n,).
    first
        The first time stamp; None for a log in seconds.
    duration_s, voltage_pu
        Shape (n,), s and pu; the voltage is 0 where the log has none.
    phases
        Codes of `SagType`, 0 where unknown, shape (n,).
    """

    table: CsvTable
    start_s: Array
    first: datetime | None
    duration_s: Array
    voltage_pu: Array
    phases: Codes

    def error(self, row: int, problem: str) -> DataError:
        """Return the error for the duration of one row."""
        return self.table.error(row, which(self.table, LASTS), problem)


def read_log(file: str, *, voltage: bool, highest_pu: float, extra: Sequence[str] = ()) -> Log:
    """Read a log; raise `DataError` with line, column and value if it breaks its format.

    Parameters
    ----------
    voltage
        Whether it must say how deep the events are.
    highest_pu
        Highest residual voltage that may stand there, pu.
    extra
        Further columns that may be there.
    """
    known = [*START, *LASTS, *((*VOLTAGE, "phases") if voltage else ()), *extra]
    table = read_table(file, [], known)
    start_s, first = _starts(table)
    n = len(start_s)
    name = which(table, LASTS)
    duration_s = table.numbers(name, low=0.0) / (1.0 if name == "duration_s" else 1e3)
    volts = np.zeros(n)
    if voltage:
        name = which(table, VOLTAGE)
        unit = 1.0 if name == "voltage_pu" else 100.0
        volts = table.numbers(name, 0.0, highest_pu * unit) / unit
    return Log(table, start_s, first, duration_s, volts, _phases(table))


def which(table: CsvTable, names: Sequence[str]) -> str:
    """Return which of several columns the log has; it must be exactly one."""
    found = [name for name in names if name in table.columns]
    if len(found) > 1:
        raise DataError(f"{table.path}, line 1: {' and '.join(found)} say the same; leave one out")
    if not found:
        raise DataError(
            f"{table.path}, line 1: column '{names[0]}' is missing (or '{names[1]}'); "
            f"found: {', '.join(table.columns)}"
        )
    return found[0]


def parse_time(text: str) -> datetime:
    """Return an ISO 8601 time; raise ValueError otherwise."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is no ISO 8601 time (2025-01-31 13:30:05)") from None


def _starts(table: CsvTable) -> tuple[Array, datetime | None]:
    """Return the starts, s, and the first time stamp if times are given."""
    if which(table, START) == "start_s":
        start_s = table.numbers("start_s", low=0.0)
        table.refuse_unsorted("start_s", start_s)
        return start_s, None
    stamps: list[datetime] = []
    for row, cell in enumerate(table.columns["time"]):
        try:
            stamps.append(parse_time(cell))
        except ValueError as error:
            raise table.error(row, "time", str(error)) from None
        if (stamps[-1].tzinfo is None) != (stamps[0].tzinfo is None):
            raise table.error(row, "time", "has a UTC offset where others have none, or none")
    start_s = np.array([(stamp - stamps[0]).total_seconds() for stamp in stamps])
    table.refuse_unsorted("time", start_s)
    return start_s, stamps[0]


def _phases(table: CsvTable) -> Codes:
    codes = np.zeros(len(table.lines), dtype=np.int8)
    for row, cell in enumerate(table.columns.get("phases", [])):
        if cell:
            try:
                codes[row] = sag_code(cell)
            except ValueError as error:
                raise table.error(row, "phases", str(error)) from None
    return codes
