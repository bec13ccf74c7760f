"""Logs of events, whatever file they come from, and the time that a log covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from profiles._logs import parse_time, read_log
from twin.contracts.calendar import DAY_S, HOUR_S, MONTH_START_S, YEAR_S
from twin.contracts.phases import Codes
from twin.errors import DataError, InputError
from twin.fitting.model import Array, plural
from twin.fitting.rates import cells

HIGHEST_PU = 10.0
"""Recorders write swells into the same list; beyond this it is another unit."""
WAVEFORMS = (".cfg", ".cff")


@dataclass(frozen=True)
class Record:
    """Events of a log, sorted by start.

    Attributes
    ----------
    name
        Of the log.
    start_s
        Start since the record's origin, s, shape (n,).
    origin
        Time of ``start_s = 0``; None if the log counts in seconds: then second 0 is midnight of
        1 January, as in a scenario.
    duration_s, voltage_pu
        Shape (n,), s and pu (0 where the log has no voltage).
    phases
        Codes of `SagType`, 0 where unknown, shape (n,).
    ended
        False where the event was still under way when the record stopped, shape (n,).
    """

    name: str
    start_s: Array
    origin: datetime | None
    duration_s: Array
    voltage_pu: Array
    phases: Codes
    ended: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start_s)

    def select(self, which: NDArray[np.bool_]) -> Record:
        """Return some of the events: a mask, shape (n,)."""
        return Record(
            self.name, self.start_s[which], self.origin, self.duration_s[which],
            self.voltage_pu[which], self.phases[which], self.ended[which],
        )  # fmt: skip


@dataclass(frozen=True)
class Window:
    """The time that a log covers.

    Attributes
    ----------
    begin_s, end_s
        From when to when, s on the record's clock.
    years
        Its length if it is known, yr of 8,760 h; None if only first and last event are.
    """

    begin_s: float
    end_s: float
    years: float | None

    @property
    def span_years(self) -> float:
        """Length, known or from the first event to the last, yr."""
        return (self.end_s - self.begin_s) / YEAR_S


def read_record(path: str, *, voltage: bool, declared_v: float | None = None) -> Record:
    """Read a log.

    Parameters
    ----------
    path
        A CSV file (see `profiles._logs`; column ``ended`` may say 0 for events still under way), a
        COMTRADE record (.cfg with its .dat, or .cff), or a folder of COMTRADE records.
    voltage
        Whether the events must have a residual voltage.
    declared_v
        Declared input voltage for COMTRADE records, in the unit of their channels.
    """
    file = Path(path)
    if voltage and (file.is_dir() or file.suffix.lower() in WAVEFORMS):
        from twin.fitting.waveforms import read_waveforms

        return read_waveforms(file, declared_v)
    if declared_v is not None:
        raise InputError("--declared: only waveform records need a declared voltage")
    log = read_log(path, voltage=voltage, highest_pu=HIGHEST_PU, extra=["ended"])
    ended = np.ones(len(log.start_s), dtype=np.bool_)
    for row, cell in enumerate(log.table.columns.get("ended", [])):
        if cell not in ("0", "1"):
            raise log.table.error(row, "ended", "must be 1, or 0 for an event still under way")
        ended[row] = cell == "1"
    zero = np.flatnonzero(log.duration_s <= 0.0)
    if len(zero):
        raise log.error(int(zero[0]), "must be above 0")
    return Record(
        file.name, log.start_s, log.first, log.duration_s, log.voltage_pu, log.phases, ended
    )


def window_of(record: Record, years: float | None, start: str) -> Window:
    """Return the time that a log covers.

    Parameters
    ----------
    record
        The log; it must hold an event.
    years
        Length, yr; None if unknown. Without `start`, a log in seconds begins at 0, one with time
        stamps leaves as much time before its first event as after its last.
    start
        ISO time at which the log begins; empty if unknown.
    """
    first, last = float(record.start_s[0]), float(record.start_s[-1])
    begin = _begin_s(record, start, first)
    if years is None:
        return Window(first if begin is None else begin, last, None)
    if not 0.0 < years <= 1000.0:
        raise InputError(f"--years: {years:g} must be above 0 and at most 1000")
    if begin is None and record.origin is None:
        begin = 0.0
    length = years * YEAR_S
    slack = length - (last - first)
    if begin is None:
        begin = first - 0.5 * max(slack, 0.0)
    leap_s = (0.25 * years + 1.0) * DAY_S  # calendar years are longer than ours
    if last - begin > length + leap_s:
        raise InputError(
            f"--years: {record.name} covers {(last - begin) / YEAR_S:.4g} yr from its begin to its "
            f"last event, more than the {years:g} given"
        )
    return Window(min(begin, first), max(begin + length, last), years)


def _begin_s(record: Record, start: str, first_s: float) -> float | None:
    if not start:
        return None
    if record.origin is None:
        raise InputError(f"--start: {record.name} counts in seconds from its begin; leave it out")
    try:
        begin = parse_time(start)
        begin_s = (begin - record.origin).total_seconds()
    except ValueError as error:
        raise InputError(f"--start: '{start}' {error}") from None
    except TypeError:
        raise InputError(f"--start: '{start}' and the log must both have a UTC offset") from None
    if begin_s > first_s:
        raise DataError(f"--start: {record.name} has an event before {start}")
    return begin_s


def months_and_hours(record: Record, time_s: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return month (0 to 11) and hour of the day (0 to 23) of times on the record's clock."""
    if record.origin is None:
        year_s = time_s % YEAR_S
        month = np.searchsorted(MONTH_START_S, year_s, side="right") - 1
        return month.astype(np.int64), (year_s % DAY_S // HOUR_S).astype(np.int64)
    local = np.datetime64(record.origin.replace(tzinfo=None), "ms")
    stamps = local + np.round(time_s * 1e3).astype("timedelta64[ms]")
    month = stamps.astype("datetime64[M]").astype(np.int64) % 12
    return month, stamps.astype("datetime64[h]").astype(np.int64) % 24


def exposures(record: Record, window: Window) -> tuple[Array, Array]:
    """Return the hours that the window spends in each month, (12,), and each hour of the day, (24,)."""
    middles = np.arange(window.begin_s + 0.5 * HOUR_S, window.end_s, HOUR_S)
    month, hour = months_and_hours(record, middles)
    return cells(month, 12).astype(np.float64), cells(hour, 24).astype(np.float64)


def described(record: Record, window: Window, word: str) -> str:
    """Return the record in one sentence."""
    if record.origin is None:
        where = f"{window.span_years:.4g} yr"
    else:
        ends = [record.origin + timedelta(seconds=s) for s in (window.begin_s, window.end_s)]
        where = f"{ends[0]:%Y-%m-%d} to {ends[1]:%Y-%m-%d}"
    known = "" if window.years is not None else " (first to last; the record's length is unknown)"
    return f"{plural(len(record), word)}, {where}{known}"


def length_unknown(record: Record) -> str:
    """Return the warning of a log of which only the first and last event are known."""
    return f"{record.name}: the record's length is unknown; say it with --years, or the rate is a guess"
