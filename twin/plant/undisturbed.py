"""The undisturbed world: the same jobs and node faults, but power never fails.

It is what the degradation index compares with: useful work in the windows of those disturbances that
would drop an unprotected ITIC load. A window runs from the start of the disturbance to four hours
after its end or to the next one, the same in all architectures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.contracts.calendar import YEAR_S
from twin.contracts.layout import Arrays, Phase
from twin.contracts.timeline import Disturbances
from twin.contracts.tolerance import ITIC, drops
from twin.kernel import commands
from twin.plant.almanac import Years
from twin.plant.build import make_arrays
from twin.plant.exogenous import Exogenous
from twin.plant.tree import lay_out

AFTER_S = 4 * 3600.0
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """The windows of the degradation index.

    Attributes
    ----------
    edges_s
        Start and end of each window in turn, sorted, shape (2n,), s.
    duration_s
        How long the disturbance of each window lasts, shape (n,), s.
    """

    edges_s: Array
    duration_s: Array

    @staticmethod
    def work(useful: Array) -> Array:
        """Return the useful GPU-seconds done in each window, given those done up to each edge."""
        return useful[1::2] - useful[::2]


@dataclass(frozen=True)
class WindowWork:
    """Useful GPU-seconds in the windows, shape (n,): by a plant, and if power never failed."""

    duration_s: Array
    done: Array
    ideal: Array


def windows(events: Disturbances, horizon_s: float) -> Windows:
    """Return the windows of a timeline."""
    bad = drops(ITIC, events.duration_s, events.voltage_pu) & (events.start_s < horizon_s)
    start = events.start_s[bad]
    end = np.minimum(start + events.duration_s[bad] + AFTER_S, horizon_s)
    if len(start) > 1:
        end[:-1] = np.minimum(end[:-1], start[1:])
    return Windows(np.column_stack([start, end]).ravel(), events.duration_s[bad])


def undisturbed_work(world: Exogenous, edges: Array) -> Array:
    """Return the useful GPU-seconds done in each window when power never fails, shape (n,)."""
    scenario = world.scenario
    load: Any = scenario.load
    if not load.has_jobs or len(edges) == 0:
        return np.zeros(len(edges) // 2)
    from components._scheduler import start_undisturbed

    laid = lay_out(load, 1, {}, {})
    years = Years(world, {}, laid)
    k = make_arrays(scenario, laid, None, ("connection",), years, edges)
    now = k.now[0]
    end = 0.0
    while now["t"] < scenario.horizon_s:
        t = float(now["t"])
        if t >= end:
            campaign, end = load.campaign_at(t)
            start_undisturbed(k, load, campaign, t)
            for j in np.flatnonzero(k.job_state["phase"] == Phase.RUN):
                commands.run_job(k, int(j), t)
        year_end = (int(now["year"]) + 1) * YEAR_S
        commands.run_jobs_alone(k, min(end, year_end, scenario.horizon_s))
        if now["t"] >= year_end and now["t"] < scenario.horizon_s:
            k = _turn(k, years, int(now["year"]) + 1)
            now = k.now[0]
    return Windows.work(k.snapshot_useful)


def _turn(k: Arrays, years: Years, year: int) -> Arrays:
    page = years.load(year)
    k.now[0]["year"], k.now[0]["fault"] = year, 0
    return k._replace(
        fault_s=page.fault_s,
        fault_pod=page.fault_pod,
        fault_node=page.fault_node,
        fault_detect=page.fault_detect,
        fault_down=page.fault_down,
    )
