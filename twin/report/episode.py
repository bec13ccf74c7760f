"""One bad day: the worst replication, its worst hour, and what happened around it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.contracts.calendar import DAY_S, HOUR_S, MONTH_START_DAY, YEAR_S, timestamp
from twin.errors import InputError, nearest
from twin.metrics import MORE_IS_BETTER
from twin.results import Results
from twin.results.estimating import column, terms

if TYPE_CHECKING:
    from twin.plant import Trace
    from twin.scenario import Scenario

WORST = "lost_gpu_hours_per_year"
WORST_WITHOUT_JOBS = "eue_it_mwh_per_year"
NORMAL_PU = 0.9
SETTLED = ("grid", "storage")  # sources of a site on which nothing is out of order
GAP_S = 1800.0  # calm for so long ends an episode ...
LONGEST_S = 12 * HOUR_S  # ... and so does this time on either side
MARGIN_S = 60.0, 1200.0  # shown before and after: jobs restart for a while without an event
CLOSE_S = 20.0, 40.0  # the close-up: before and after the worst moment


@dataclass(frozen=True)
class Episode:
    """A stretch of one replication.

    Attributes
    ----------
    replication, architecture
        Whose.
    trace
        All events of the replication; quantities in the stretch, densely in the close-up.
    stretch_s, close_s
        (from, to) of the stretch and of its close-up, s.
    centre_s
        The moment it is about, s.
    start_year
        Year of the scenario's start.
    """

    replication: int
    architecture: str
    trace: Trace
    stretch_s: tuple[float, float]
    close_s: tuple[float, float]
    centre_s: float
    start_year: int

    @property
    def events(self) -> pd.DataFrame:
        """The events of the stretch."""
        events = self.trace.events
        inside = events["time_s"].between(*self.stretch_s)
        return events[inside].reset_index(drop=True)

    @property
    def title(self) -> str:
        """What is shown, in words."""
        when = timestamp(self.start_year, self.centre_s)[:19]
        return f"{self.architecture}, replication {self.replication}, around {when}"


def watch(
    scenario: Scenario,
    seed: int,
    replication: int,
    architecture: str,
    around: float | str | None = None,
) -> Episode:
    """Simulate a replication again and watch the stretch around a time.

    Parameters
    ----------
    around
        The time, as `parse_time` reads it; left out, the worst hour.
    """
    from twin.plant import Trace, trace_replication

    who = (scenario, seed, replication, architecture)
    asked = None if around is None else parse_time(around, scenario)
    events = trace_replication(*who, None).events
    centre = worst_moment(events) if asked is None else asked
    wide = stretch(events, centre, scenario.horizon_s)
    close = max(0.0, centre - CLOSE_S[0]), min(centre + CLOSE_S[1], scenario.horizon_s)
    series = [trace_replication(*who, part).series for part in (wide, close)]
    merged = pd.concat(series).drop_duplicates("time_s", keep="last").sort_values("time_s")
    trace = Trace(events, with_every_sag(merged, events))
    return Episode(replication, architecture, trace, wide, close, centre, scenario.start_year)


def with_every_sag(series: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return sampled quantities with a row for each change of voltage: sags end between samples."""
    first, last = series["time_s"].min(), series["time_s"].max()
    volts = events[(events["event"] == "voltage") & events["time_s"].between(first, last)]
    changes = pd.DataFrame(
        {"time_s": volts["time_s"], "voltage_pu": [_volts(detail) for detail in volts["detail"]]}
    )
    joined = pd.concat([series.assign(voltage_pu=np.nan), changes])
    joined = joined.sort_values("time_s", kind="stable")
    joined["voltage_pu"] = joined["voltage_pu"].ffill()
    joined.loc[joined["voltage_pu"].isna(), "voltage_pu"] = series["voltage_pu"].iloc[0]
    return joined.ffill().drop_duplicates("time_s", keep="last").reset_index(drop=True)


def worst_replication(
    results: Results, metric: str = WORST, architectures: Sequence[str] = ()
) -> tuple[int, str]:
    """Return the replication and architecture in which a metric is worst.

    Parameters
    ----------
    results
        Where to look.
    metric
        Name of the metric; most is worst, except for those of which more is better. Lost GPU-hours
        mean unserved energy where there are no jobs.
    architectures
        Whose; left out, all that stand in the results.
    """
    found = results.metrics.get(metric)
    if found is None or found.only_differences:
        known = [m.name for m in results.metrics.values() if not m.only_differences]
        raise InputError(f"--worst: unknown metric '{metric}'{nearest(metric, known)}")
    rows = results.replications
    rows = rows[rows["architecture"].isin(architectures or results.architectures)]
    values = column(rows, metric)
    if found.kind == "ratio":
        numerator, denominator = terms(found, rows)
        known_ratio = np.where(denominator == 0.0, np.nan, denominator)
        values = found.offset + found.sign * numerator / known_ratio
    if np.isnan(values).all() and metric == WORST:  # a load without jobs
        return worst_replication(results, WORST_WITHOUT_JOBS, architectures)
    if np.isnan(values).all():
        raise InputError(
            f"--worst: {metric} is not defined in any replication of this scenario; name another"
        )
    pick = np.nanargmin(values) if metric in MORE_IS_BETTER else np.nanargmax(values)
    row = rows.iloc[int(pick)]
    return int(row["replication"]), str(row["architecture"])


def worst_moment(events: pd.DataFrame) -> float:
    """Return the time of the first loss in the hour with most pods lost, s.

    Where no pod is lost: the same with pods shed, with jobs interrupted, the deepest sag, calls of
    diesel sets; 0 for a replication in which nothing happens.
    """
    for kind in ("lost", "shed", "job interrupted"):
        times = events.loc[events["event"] == kind, "time_s"].to_numpy(dtype=np.float64)
        if times.size:
            within_hour = np.searchsorted(times, times + HOUR_S) - np.arange(times.size)
            return float(times[int(np.argmax(within_hour))])
    volts = events[events["event"] == "voltage"]
    if volts.empty:
        calls = events.loc[events["event"] == "call", "time_s"]
        return 0.0 if calls.empty else float(calls.iloc[0])
    deepest = int(np.argmin([_volts(detail) for detail in volts["detail"]]))
    return float(volts["time_s"].to_numpy()[deepest])


def stretch(events: pd.DataFrame, centre_s: float, horizon_s: float) -> tuple[float, float]:
    """Return from when to when things were unsettled around a time, s.

    Neighbouring events belong together if less than half an hour lies between them, or if in
    between the voltage was low, the site on neither grid nor its own storage, or a pod down.
    """
    times = events["time_s"].to_numpy(dtype=np.float64)
    joined = np.diff(times) <= GAP_S if times.size else np.zeros(0, bool)
    joined |= np.array(_unsettled(events)[:-1], dtype=bool)
    first = last = int(np.clip(np.searchsorted(times, centre_s), 0, max(times.size - 1, 0)))
    if times.size and abs(times[first] - centre_s) > GAP_S:
        first, last, times = 0, 0, np.array([centre_s])  # nothing near
        joined = np.zeros(0, bool)
    while first > 0 and joined[first - 1]:
        first -= 1
    while last < joined.size and joined[last]:
        last += 1
    start, end = (times[first], times[last]) if times.size else (centre_s, centre_s)
    start = max(0.0, min(start, centre_s) - MARGIN_S[0], centre_s - LONGEST_S)
    end = min(max(end, centre_s) + MARGIN_S[1], centre_s + LONGEST_S, horizon_s)
    return float(start), float(end)


def _unsettled(events: pd.DataFrame) -> list[bool]:
    """Return for each event whether anything is out of order right after it."""
    voltage, source, down = 1.0, "grid", set[str]()
    found = []
    for row in events.itertuples(index=False):
        name, event, detail = str(row.source), str(row.event), str(row.detail)
        if event == "voltage":
            voltage = _volts(detail)
        elif event == "source":
            source = detail
        elif event in ("lost", "shed"):
            down.add(name)
        elif event in ("powered", "ready"):
            down.discard(name)
        found.append(voltage < NORMAL_PU or source not in SETTLED or bool(down))
    return found


def _volts(detail: object) -> float:
    return float(str(detail).split()[0])


def parse_time(text: float | str, scenario: Scenario) -> float:
    """Return a time in s since the scenario's start.

    Parameters
    ----------
    text
        A timestamp of the simulated calendar (``2031-06-12 14:05``), seconds (``12345``,
        ``12345s``), or hours (``100h``).
    """
    start_year, horizon_s = scenario.start_year, scenario.horizon_s
    word = str(text).strip()
    unit = {"h": HOUR_S, "s": 1.0}.get(word[-1:], 0.0)
    try:
        time_s = float(word[:-1]) * unit if unit else float(word)
    except ValueError:
        time_s = _from_timestamp(word, start_year)
    if not 0.0 <= time_s <= horizon_s:
        last = timestamp(start_year, horizon_s)[:19]
        raise InputError(
            f"--around: {word} lies outside the simulated time, 0 to {horizon_s:.0f} s "
            f"({start_year}-01-01 to {last})"
        )
    return time_s


def _from_timestamp(word: str, start_year: int) -> float:
    try:
        moment = dt.datetime.fromisoformat(word)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise InputError(
            f"--around: '{word}' is no time; write '2031-06-12 14:05', 12345 (seconds) or 100h"
        )
    if (moment.month, moment.day) == (2, 29):
        raise InputError(f"--around: {word}: the simulated calendar has no leap days")
    day = MONTH_START_DAY[moment.month - 1] + moment.day - 1
    clock = dt.timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second,
                         microseconds=moment.microsecond).total_seconds()  # fmt: skip
    return (moment.year - start_year) * YEAR_S + day * DAY_S + clock
