"""Shared by the disturbance profiles: Poisson arrivals, event files, scripts, the horizon."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import field_validator

from profiles._logs import Log, parse_time, read_log
from twin.contracts.calendar import (
    HOUR_S,
    HOURS_PER_YEAR,
    MONTH_DAYS,
    MONTH_START_S,
    YEAR_S,
)
from twin.contracts.phases import THREE_PHASES
from twin.contracts.timeline import (
    INTERRUPTION_PU,
    MOMENTARY_S,
    Array,
    Disturbances,
    ProfileContext,
)
from twin.errors import DataError, InputError, ScenarioError
from twin.quantity import Spec, quantity

SAG_PU = 0.9
"""Residual voltage below which a disturbance counts as a sag (IEC 61000-4-30)."""
WAVEFORMS = (".cfg", ".cff", ".dat")
"""Endings of the files of COMTRADE records, which `twin.fitting` reads."""
FLAT, FLAT_DAY = (1.0,) * 12, (1.0,) * 24


def arrivals(
    rng: np.random.Generator,
    rate_per_year: float,
    horizon_s: float,
    monthly_weight: Sequence[float] = FLAT,
    hourly_weight: Sequence[float] = FLAT_DAY,
) -> Array:
    """Return the sorted times of a Poisson process, s, whose rate follows month and hour.

    Unit exponential gaps are stretched by the rate: another rate moves the same events, and a
    longer horizon leaves the earlier ones where they were.

    Parameters
    ----------
    rng
        A generator that nobody else draws from.
    rate_per_year
        Events per year of 8,760 hours.
    horizon_s
        Length of the period, s; all times lie in [0, horizon).
    monthly_weight, hourly_weight
        Relative rate of the twelve months and of the 24 hours of a day. Only ratios matter: the
        weights are scaled so that a whole year holds `rate_per_year` events on average.
    """
    edge_s, share = _share_by(tuple(monthly_weight), tuple(hourly_weight))
    years, rest = divmod(horizon_s, YEAR_S)
    expected = rate_per_year * (years + float(np.interp(rest, edge_s, share)))
    if expected == 0.0:
        return np.zeros(0)
    block = int(expected + 8.0 * np.sqrt(expected) + 16.0)
    reached = np.cumsum(rng.standard_exponential(block))
    while reached[-1] < expected:
        more = np.cumsum(rng.standard_exponential(block)) + reached[-1]
        reached = np.concatenate([reached, more])
    year, share_of_year = np.divmod(reached[reached < expected] / rate_per_year, 1.0)
    time_s = year * YEAR_S + np.interp(share_of_year, share, edge_s)
    return np.asarray(time_s[time_s < horizon_s])


@lru_cache(maxsize=32)
def _share_by(monthly: tuple[float, ...], hourly: tuple[float, ...]) -> tuple[Array, Array]:
    """Return times within a year, s, and the share of its events by then; straight in between."""
    if len(set(hourly)) == 1:
        mass = np.asarray(monthly) * MONTH_DAYS
        edge_s = np.asarray(MONTH_START_S)
    else:
        mass = np.outer(np.repeat(monthly, MONTH_DAYS), hourly).ravel()
        edge_s = np.arange(HOURS_PER_YEAR + 1) * HOUR_S
    reached = np.cumsum(mass)
    return edge_s, np.concatenate([[0.0], reached / reached[-1]])


def within_horizon(
    events: Disturbances, ctx: ProfileContext, where: str, error: type[InputError]
) -> Disturbances:
    """Return the events that start before the horizon, each with its full duration.

    Recorded events may cover more than the simulated period. If all of them start later, the file
    is taken for a mistake (another time origin, hours for seconds) and refused.
    """
    keep = events.start_s < ctx.horizon_s
    if not keep.any():
        raise error(
            f"{where}: all {len(events)} events start after the horizon of {ctx.horizon_s:g} s "
            f"(the first at {events.start_s[0]:g} s); times are seconds since the scenario's start"
        )
    return events.select(keep)


def read_events(file: str, what: str, start: str = "") -> Disturbances:
    """Read the events of a log (see `profiles._logs`), seconds since the scenario's start.

    Parameters
    ----------
    file
        The file.
    what
        ``"sags"``, ``"momentaries"`` or ``"outages"``: decides what a row may hold.
    start
        ISO time of the scenario's start, for logs with time stamps.
    """
    if what == "sags" and Path(file).suffix.lower() in WAVEFORMS:
        raise DataError(
            f"{file}: waveforms (COMTRADE) are no table of sags; make one first: ridethrough fit sags "
            f"{file} --events sags.csv, and name sags.csv here"
        )
    try:
        stamp = Path(file).stat().st_mtime_ns
    except OSError:
        stamp = 0  # the reader says what is wrong
    return _read_events(file, what, start, stamp)


@lru_cache(maxsize=16)
def _read_events(file: str, what: str, start: str, stamp: int) -> Disturbances:
    """Read a file once per process and time stamp."""
    del stamp
    log = read_log(file, voltage=what == "sags", highest_pu=SAG_PU)
    for row in range(len(log.start_s)):
        problem = wrong_event(what, float(log.duration_s[row]), float(log.voltage_pu[row]))
        if problem:
            raise log.error(row, problem)
    phases = np.where(log.phases == 0, THREE_PHASES, log.phases).astype(np.int8)
    start_s = log.start_s + _offset_s(log, what, start)
    return Disturbances(start_s, log.duration_s, log.voltage_pu, phases)


def _offset_s(log: Log, what: str, start: str) -> float:
    """Return when the log's first time stamp was, s since the scenario's start."""
    if log.first is None:
        if start:
            raise ScenarioError(f"{what}.start: {log.table.path} counts in seconds; leave it out")
        return 0.0
    if not start:
        raise ScenarioError(
            f"{what}.start: {log.table.path} has time stamps; say which time is the scenario's "
            f"start, e.g. start = '{log.first.year}-01-01'"
        )
    begin = start_of(start)
    if (begin.tzinfo is None) != (log.first.tzinfo is None):
        raise ScenarioError(f"{what}.start: '{start}' and the log must both have a UTC offset")
    offset_s = (log.first - begin).total_seconds()
    if offset_s < 0.0:
        raise log.table.error(0, "time", f"lies before the scenario's start, {start}")
    return offset_s


def start_of(text: str) -> datetime:
    """Return a start given in a scenario (for pydantic validators)."""
    try:
        return parse_time(text)
    except ValueError as error:
        raise ValueError(f"'{text}' {error}") from None


def wrong_event(what: str, duration_s: float, voltage_pu: float) -> str:
    """Return why an event does not belong to its table, or an empty string."""
    if duration_s <= 0.0:
        return "must be above 0 s"
    if what == "outages" and duration_s <= MOMENTARY_S:
        return f"is no outage: up to {MOMENTARY_S:g} s it is a momentary interruption (momentaries)"
    deep = what == "momentaries" or voltage_pu < INTERRUPTION_PU
    if what != "outages" and deep and duration_s > MOMENTARY_S:
        return f"is an outage: an interruption longer than {MOMENTARY_S:g} s (outages)"
    return ""


def check_event(what: str, duration_s: float, voltage_pu: float = 0.0) -> None:
    """Raise ValueError if an event does not belong to its table (for pydantic validators)."""
    problem = wrong_event(what, duration_s, voltage_pu)
    if problem:
        raise ValueError(f"duration_s: {duration_s:g} {problem}")


def from_csv(file: str, what: str, ctx: ProfileContext, start: str = "") -> Disturbances:
    """Return the events of a CSV file that start before the horizon."""
    return within_horizon(read_events(file, what, start), ctx, file, DataError)


def from_script(
    what: str, rows: Sequence[tuple[float, float, float, int]], ctx: ProfileContext
) -> Disturbances:
    """Return scripted events that start before the horizon.

    Parameters
    ----------
    rows
        Start s, duration s, voltage pu and type of each event, in any order.
    """
    start, duration, voltage, phases = np.array(sorted(rows, key=lambda r: r[0])).T
    events = Disturbances(start.copy(), duration.copy(), voltage.copy(), phases.astype(np.int8))
    return within_horizon(events, ctx, f"{what}.events", ScenarioError)


class FromLog(Spec):
    """Events from a log, the same in every replication."""

    file: str = quantity("", "CSV file", min_length=1)
    start: str = quantity("", "Time that counts as the scenario's start (ISO 8601), for a log with "
        "time stamps", "", source="none needed")  # fmt: skip

    @field_validator("start")
    @classmethod
    def _time(cls, start: str) -> str:
        if start:
            start_of(start)
        return start
