"""Rules about what must run: jobs that fit, and cooling that lasts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from twin.plant.design.design import Design, full_load_s, lasts_s, window_j
from twin.plant.design.finding import Finding

NODE_REPAIR_H = 134.0
"""Mean repair time of a node (InfiniteHBD trace: 132.8 h, fitted mixture 134 h). The simulation puts
a hot spare in its place at once; this rule asks whether so many spares are there."""


def job_size(design: Design) -> Iterator[Finding]:
    """A rigid job must find enough healthy nodes in 99 of 100 hours."""
    load: Any = design.scenario.load
    rate = getattr(getattr(load, "node_faults", None), "rate_per_1000_node_days", 0.0)
    if not load.has_jobs or rate == 0.0:
        return
    nodes = load.pods * load.nodes_per_pod
    repair_h = max(NODE_REPAIR_H, load.node_faults.down_s / 3600.0)
    mean = nodes * rate / 1000.0 / 24.0 * repair_h
    down = min(nodes, poisson_quantile(mean, 0.99))
    per_node = load.gpus_per_pod / load.nodes_per_pod
    left = math.floor((nodes - down) * per_node)
    for c, campaign in enumerate(load.campaigns):
        for j, job in enumerate(campaign.jobs):
            if job.gpus > left:
                yield design.finding(
                    "job-size",
                    (f"load.campaigns.{c}.jobs.{j}.gpus",),
                    f"job '{job.name}' of '{campaign.name}' needs {job.gpus:,} GPUs, but in 99 of 100 "
                    f"hours only {left:,} are sure to be healthy ({down} of {nodes:,} nodes down, "
                    f"{mean:.1f} on average with {rate:g} faults per 1000 node-days and "
                    f"{repair_h:,.0f} h of repair)",
                    f"lower gpus to {left:,}, or count spare nodes in as further pods",
                )


def poisson_quantile(mean: float, share: float) -> int:
    """Return the smallest number that a Poisson variable does not exceed with this probability.

    The number of nodes under repair is Poisson whatever the law of repair times (M/G/infinity).
    """
    from scipy.special import pdtr

    k = 0
    while pdtr(k, mean) < share:
        k += 1
    return k


def cooling(design: Design) -> Iterator[Finding]:
    """The buffer must last until chillers run on diesel."""
    spec = design.cooling
    if spec is None or design.chillers_kw == 0.0:
        return
    if design.diesel is None:
        yield from _without_diesel(design)
        return
    start_s = full_load_s(design.diesel, design.site_kw)
    needed = start_s + spec.full_restart_s
    if spec.autonomy_s < needed:
        yield design.finding(
            "cooling",
            (design.key("cooling", "autonomy_s"), design.key("cooling", "restart_s")),
            f"the buffer cools for {spec.autonomy_s:,.0f} s, but chillers run again only after "
            f"{needed:,.0f} s (diesel carries the site {start_s:,.0f} s, restart "
            f"{spec.full_restart_s:,.0f} s)",
            f"raise autonomy_s to {math.ceil(needed):,}, or put the chillers back sooner",
        )


def _without_diesel(design: Design) -> Iterator[Finding]:
    spec = design.cooling
    longest = max((_lasts_s(design, r) for _, rows in design.banks() for r in rows), default=0.0)
    bridged = max(0.0, spec.autonomy_s - spec.full_restart_s)
    if bridged < longest:
        yield design.finding(
            "cooling",
            (design.key("cooling", "autonomy_s"), design.key("diesel", "sets")),
            f"without a diesel plant chillers stand still for the whole outage: longer than "
            f"{bridged:,.0f} s (buffer {spec.autonomy_s:,.0f} s less restart "
            f"{spec.full_restart_s:,.0f} s) it trips the pods, although storage lasts {longest:,.0f} s "
            "at the end of life",
            "add diesel sets, or raise autonomy_s; more storage does not help",
        )


def _lasts_s(design: Design, row: int) -> float:
    bus = design.laid.buses[row]
    return lasts_s(bus, window_j(bus), design.loads_w[row])


RULES = (job_size, cooling)
