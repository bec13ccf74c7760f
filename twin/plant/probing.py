"""Probes: how long power would last if the whole grid went away now.

Each replication asks a few times, for each architecture on the same luck: on a day of year 0 drawn at
random, after three to four months of normal dispatch (so that the state of charge is typical of the
hour, units are faulty as often as in the long run, and hidden faults have had time to gather between
quarterly tests), an outage begins at a full hour and lasts to the end of the longest duration. Devices
have their real luck, named by probe: independent of the replication itself and of other probes, common
to all architectures. The load is that of one campaign, drawn with its length as weight, without faults
of nodes: training at full power. Everything else is the plant as it is: weather and prices of the day,
diesel, cooling, ladder, shedding, recovery.

The start hours of replications in turn cover the day evenly, whatever their number.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from twin import ledger
from twin.contracts.calendar import DAY_S, HOUR_S, YEAR_S
from twin.contracts.timeline import Disturbances, NodeFaults, YearTariff
from twin.metrics import SURVIVAL_H
from twin.plant.build import build
from twin.plant.exogenous import Exogenous, no_faults
from twin.plant.machine import Plant
from twin.scenario import Scenario
from twin.streams import Luck

PROBES = 4
"""Probes per replication."""
HOURS, STRIDE = 24, 7
"""Hours of the day; from one probe to the next by a step without a common divisor."""
RECOVERY_CHECK_S = 3600.0
WARM_UP_DAYS = 90, 120
"""Shortest and longest; drawn, so that outages come at any time between two tests."""
LONGEST_S = max(SURVIVAL_H) * HOUR_S
LOOK_AFTER_S = tuple(h * HOUR_S for h in (0.1, 1.0, 4.0, 12.0, 24.0, 48.0))
"""When a probe is ended because no pod is left that has not been lost."""


class ProbeRow(NamedTuple):
    """How long a quantity lasted in one probe: a row of ``survival_by_replication.parquet``.

    Attributes
    ----------
    probe, start_hour
        Number of the probe in its replication; hour of the day at which the outage began.
    quantity
        ``"site"``: until the first pod was lost or shed; ``"8_pods"``: at least so many pods kept
        power without a break.
    lasted_h
        Time from the beginning of the outage, h; the longest duration if to the end.
    """

    probe: int
    start_hour: int
    quantity: str
    lasted_h: float


class ProbeWorld(Exogenous):
    """The world of one probe: the weather and prices of the replication, one outage, no node faults."""

    def __init__(self, world: Exogenous, scenario: Scenario, outage_s: float) -> None:
        self.scenario = scenario
        self.ctx = world.ctx
        self.disturbances = Disturbances.outage(outage_s, 2.0 * LONGEST_S)
        self.world = world

    def tariff(self, year: int) -> YearTariff:
        """Return the prices of a year."""
        return self.world.tariff(year)

    def pv(self, year: int, spec: Any) -> Any:
        """Return the PV yield of a year."""
        return self.world.pv(year, spec)

    def faults(self, year: int) -> NodeFaults:
        """Return no faults of nodes."""
        return no_faults()


def quantities(pods: int) -> dict[str, int]:
    """Return what is asked of a probe: how many pods must keep power, by the quantity's name."""
    parts = {1, *(math.ceil(pods * share) for share in (0.25, 0.5, 0.75))}
    return {"site": pods} | {f"{k}_pods": k for k in sorted(parts) if k < pods}


def start_hour(replication: int, probe: int) -> int:
    """Return the hour of the day at which a probe's outage begins."""
    return (replication * PROBES + probe) * STRIDE % HOURS


def probes(world: Exogenous, architecture: str) -> list[ProbeRow]:
    """Return how long an architecture lasts in the probes of a replication.

    None is asked on a site without a utility: there is no grid to go away.
    """
    rows: list[ProbeRow] = []
    if not world.scenario.grid.connected:
        return rows
    for probe in range(PROBES):
        hour = start_hour(world.ctx.replication, probe)
        held_s = _lasted(world, architecture, probe, hour)
        for name, needed in quantities(len(held_s)).items():
            rows.append(ProbeRow(probe, hour, name, sorted(held_s, reverse=True)[needed - 1] / HOUR_S))
    return rows


def _lasted(world: Exogenous, architecture: str, probe: int, hour: int) -> list[float]:
    """Return how long each pod kept power without a break, s."""
    luck = Luck(world.ctx.seed, world.ctx.replication, realm=f"probe-{probe}")
    outage_s = int(luck.between(*WARM_UP_DAYS, "probe", "warm-up")) * DAY_S + hour * HOUR_S
    scenario = _short(world.scenario, luck, outage_s + LONGEST_S)
    probed = ProbeWorld(world, scenario, outage_s)
    day = int(YEAR_S / DAY_S * luck.uniform("probe", "day"))
    plant = build(scenario, architecture, world.ctx, probed.disturbances, world=probed,
                  luck=luck, first_day=day)  # fmt: skip
    initial_j = plant.arrays.state["stored_j"].copy()
    dark: list[int] = []
    plant.observe([outage_s - 1.0], lambda: dark.extend(_off(plant)))
    plant.observe([outage_s + t for t in LOOK_AFTER_S], lambda: _end_early(plant, outage_s))
    plant.run()
    ledger.close(plant.arrays, initial_j, plant.tree.names)
    first_s = dict.fromkeys(dark, outage_s) | _first_losses(plant, outage_s, dark)
    lost_s = [first_s.get(pod, math.inf) - outage_s for pod in range(plant.load.pods)]
    return [min(t, LONGEST_S) for t in lost_s]


def _short(scenario: Scenario, luck: Luck, horizon_s: float) -> Scenario:
    """Return the scenario for the time of a probe, with one campaign whose jobs do not end."""
    load: Any = scenario.load
    if load.has_jobs:
        days = [c.days for c in load.campaigns]
        mark, n = luck.uniform("probe", "campaign") * sum(days), 0
        while n < len(days) - 1 and mark >= days[n]:
            mark -= days[n]
            n += 1
        endless = [j.model_copy(update={"work_h": None}) for j in load.campaigns[n].jobs]
        campaign = load.campaigns[n].model_copy(update={"jobs": endless})
        load = load.model_copy(update={"campaigns": [campaign]})
    short = {"load": load, "horizon_years": horizon_s / YEAR_S}
    return scenario.model_copy(update=short | {"architectures": _patient(scenario)})


def _patient(scenario: Scenario) -> dict[str, Any]:
    """Return the designs with a recovery that looks less often whether lost pods fit again.

    What has been lost does not count any more; that it comes back matters only as load.
    """
    found = {}
    for name, design in scenario.architectures.items():
        recovery: Any = design.tables["recovery"]
        rare = recovery.model_copy(update={"check_s": max(recovery.check_s, RECOVERY_CHECK_S)})
        tables = {**design.tables, "recovery": rare}
        found[name] = design.model_copy(update={"tables": tables})
    return found


def _off(plant: Plant) -> list[int]:
    return [n for n, pod in enumerate(plant.pods[: plant.load.pods]) if pod.state.phase == "off"]


def _first_losses(plant: Plant, since_s: float, dark: list[int]) -> dict[int, float]:
    """Return when each pod lost power first, s; those that were dark already are left out."""
    found: dict[int, float] = {}
    for fact in plant.losses:
        if fact.time_s >= since_s:
            for pod in fact.pods:
                if pod not in dark:
                    found.setdefault(pod, fact.time_s)
    return found


def _end_early(plant: Plant, outage_s: float) -> None:
    """End the probe once every pod is, or was, dark: the rest cannot change the answer."""
    gone = _first_losses(plant, outage_s, []).keys() | set(_off(plant))
    if len(gone) >= plant.load.pods:
        plant.horizon_s = plant.now
