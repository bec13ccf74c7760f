"""Shared by the disturbance profiles: Poisson arrivals, event files, scripts, the horizon."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from profiles._csv import read_table
from twin.contracts.calendar import MONTH_DAYS, MONTH_START_S, YEAR_S
from twin.contracts.timeline import (
    INTERRUPTION_PU,
    MOMENTARY_S,
    Array,
    Disturbances,
    ProfileContext,
)
from twin.errors import DataError, InputError, ScenarioError

SAG_PU = 0.9
"""Residual voltage below which a disturbance counts as a sag (IEC 61000-4-30)."""
FLAT = (1.0,) * 12


def arrivals(
    rng: np.random.Generator,
    rate_per_year: float,
    horizon_s: float,
    monthly_weight: Sequence[float] = FLAT,
) -> Array:
    """Return the sorted times of a Poisson process, s, whose rate follows the month.

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
    monthly_weight
        Relative rate of the twelve months. Only ratios matter: the weights are scaled so that a
        whole year holds `rate_per_year` events on average.
    """
    mass = np.asarray(monthly_weight) * MONTH_DAYS
    share = np.concatenate([[0.0], np.cumsum(mass) / mass.sum()])  # of a year's events by month end
    share[-1] = 1.0
    years, rest = divmod(horizon_s, YEAR_S)
    expected = rate_per_year * (years + float(np.interp(rest, MONTH_START_S, share)))
    if expected == 0.0:
        return np.zeros(0)
    block = int(expected + 8.0 * np.sqrt(expected) + 16.0)
    reached = np.cumsum(rng.standard_exponential(block))
    while reached[-1] < expected:
        more = np.cumsum(rng.standard_exponential(block)) + reached[-1]
        reached = np.concatenate([reached, more])
    year, share_of_year = np.divmod(reached[reached < expected] / rate_per_year, 1.0)
    time_s = year * YEAR_S + np.interp(share_of_year, share, MONTH_START_S)
    return np.asarray(time_s[time_s < horizon_s])


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
    return Disturbances(events.start_s[keep], events.duration_s[keep], events.voltage_pu[keep])


def read_events(file: str, what: str) -> Disturbances:
    """Read the events of a CSV file, seconds since the scenario's start.

    Parameters
    ----------
    file
        The file. Columns ``start_s,duration_s``, for sags also ``voltage_pu``.
    what
        ``"sags"``, ``"momentaries"`` or ``"outages"``: decides what a row may hold.
    """
    try:
        stamp = Path(file).stat().st_mtime_ns
    except OSError:
        stamp = 0  # the reader says what is wrong
    return _read_events(file, what, stamp)


@lru_cache(maxsize=16)
def _read_events(file: str, what: str, stamp: int) -> Disturbances:
    """Read a file once per process and time stamp."""
    del stamp
    sags = what == "sags"
    table = read_table(file, ["start_s", "duration_s", *(["voltage_pu"] if sags else [])])
    start = table.numbers("start_s", low=0.0)
    table.refuse_unsorted("start_s", start)
    duration = table.numbers("duration_s", low=0.0)
    voltage = table.numbers("voltage_pu", 0.0, SAG_PU) if sags else np.zeros(len(start))
    for row in range(len(start)):
        problem = wrong_event(what, float(duration[row]), float(voltage[row]))
        if problem:
            raise table.error(row, "duration_s", problem)
    return Disturbances(start, duration, voltage)


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


def from_csv(file: str, what: str, ctx: ProfileContext) -> Disturbances:
    """Return the events of a CSV file that start before the horizon."""
    return within_horizon(read_events(file, what), ctx, file, DataError)


def from_script(
    what: str, rows: Sequence[tuple[float, float, float]], ctx: ProfileContext
) -> Disturbances:
    """Return scripted events (start s, duration s, voltage pu) that start before the horizon.

    A script may list its events in any order.
    """
    start, duration, voltage = np.array(sorted(rows, key=lambda r: r[0]), dtype=np.float64).T
    events = Disturbances(start.copy(), duration.copy(), voltage.copy())
    return within_horizon(events, ctx, f"{what}.events", ScenarioError)
