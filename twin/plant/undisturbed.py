"""The undisturbed world: the same jobs and node faults, but power never fails.

It is what the degradation index compares with: useful work in the windows of those disturbances that
would drop an unprotected ITIC load. A window runs from the start of the disturbance to four hours
after its end or to the next one, the same in all architectures.
"""

from __future__ import annotations

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


def windows(events: Disturbances, horizon_s: float) -> NDArray[np.float64]:
    """Return the edges of the windows in pairs (start, end), sorted, s."""
    bad = drops(ITIC, events.duration_s, events.voltage_pu) & (events.start_s < horizon_s)
    start = events.start_s[bad]
    end = np.minimum(start + events.duration_s[bad] + AFTER_S, horizon_s)
    if len(start) > 1:
        end[:-1] = np.minimum(end[:-1], start[1:])
    return np.column_stack([start, end]).ravel()


def undisturbed_work(world: Exogenous, edges: NDArray[np.float64]) -> float:
    """Return the useful GPU-seconds done in the windows when power never fails."""
    scenario = world.scenario
    load: Any = scenario.load
    if not load.has_jobs or len(edges) == 0:
        return 0.0
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
    return float((k.snapshot_useful[1::2] - k.snapshot_useful[::2]).sum())


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
