"""SARFI: how many sags per year a connection sees, as IEEE 1564-2014 counts them.

Measurements within one minute count as one event (the deepest), because a reclosing sequence is one
fault to whoever restarts a process. Durations from half a cycle to one minute count.
"""

from __future__ import annotations

import numpy as np

from twin.contracts.calendar import YEAR_S
from twin.contracts.timeline import MOMENTARY_S, NORMAL_PU, Disturbances
from twin.contracts.tolerance import CURVES, drops

ONE_MINUTE_S = 60.0
HALF_CYCLE_S = 0.5 / 60.0
LEVELS_PU = (0.9, 0.8, 0.7, 0.5)


def aggregated(events: Disturbances, within_s: float = ONE_MINUTE_S) -> Disturbances:
    """Return one event for all that start within a minute of the first of them.

    The event begins with the first and has voltage, duration and phases of the deepest; of equally
    deep ones those of the longest.
    """
    first = _first_of_group(events.start_s, within_s)
    heads = np.flatnonzero(first == np.arange(len(events)))
    order = np.lexsort((-events.duration_s, events.voltage_pu, first))
    deepest = order[np.unique(first[order], return_index=True)[1]]
    return Disturbances(
        events.start_s[heads],
        events.duration_s[deepest],
        events.voltage_pu[deepest],
        events.phases[deepest],
        storms=events.storms,
    )


def group_sizes(events: Disturbances, within_s: float = ONE_MINUTE_S) -> np.ndarray:
    """Return how many events each aggregated one holds, shape (groups,)."""
    first = _first_of_group(events.start_s, within_s)
    return np.asarray(np.unique(first, return_counts=True)[1])


def _first_of_group(start_s: np.ndarray, within_s: float) -> np.ndarray:
    """Return for each event the position of the event that opened its minute, shape (n,)."""
    first = np.zeros(len(start_s), dtype=np.int64)
    opened = 0
    for k, start in enumerate(start_s.tolist()):
        if start >= start_s[opened] + within_s:
            opened = k
        first[k] = opened
    return first


def sarfi(events: Disturbances, years: float, below_pu: float = NORMAL_PU) -> float:
    """Return SARFI-X: aggregated events per year with a residual voltage below a level, 1/yr.

    Parameters
    ----------
    events
        Disturbances as recorded; reclosing sequences are aggregated here.
    years
        Length of the record, yr.
    below_pu
        X / 100, e.g. 0.7 for SARFI-70.
    """
    counted = _countable(aggregated(events))
    return float(np.count_nonzero(counted.voltage_pu < below_pu)) / years


def sarfi_curve(events: Disturbances, years: float, curve: str) -> float:
    """Return SARFI of a tolerance curve (a name of `CURVES`): events below it, 1/yr."""
    counted = _countable(aggregated(events))
    below = drops(CURVES[curve], counted.duration_s, counted.voltage_pu)
    return float(np.count_nonzero(below)) / years


def sarfi_counts(events: Disturbances, horizon_s: float) -> dict[str, float]:
    """Return the indices of all levels and curves by metric name, 1/yr.

    Parameters
    ----------
    events
        Disturbances; those that start at or after the horizon do not count.
    horizon_s
        Length of the record, s.
    """
    record = events.select(events.start_s < horizon_s)
    years = horizon_s / YEAR_S
    counts = {f"sarfi_{100 * x:.0f}_per_year": sarfi(record, years, x) for x in LEVELS_PU}
    for curve in CURVES:
        counts[f"sarfi_{curve}_per_year"] = sarfi_curve(record, years, curve)
    return counts


def _countable(events: Disturbances) -> Disturbances:
    long_enough = events.duration_s >= HALF_CYCLE_S
    return events.select(long_enough & (events.duration_s <= MOMENTARY_S))
