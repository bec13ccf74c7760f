"""V7: how long a battery carries a load when the generator comes, and when it does not. Exact."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from experiments.validation.plants import (
    KWH_J,
    LOSSLESS_BATTERY,
    PROMPT_DIESEL,
    Table,
    outage,
    scenario,
    simulate,
    total,
)
from experiments.validation.suite import Measured, Suite
from twin.contracts.layout import Flow
from twin.plant.machine import Plant

DISTRIBUTION, DISCHARGE = 0.95, 0.90
"""Efficiency between battery and IT, and of discharging."""
START_S, OUTAGE_S, READY_S = 300.0, 600.0, 30.0


@dataclass(frozen=True)
class Site:
    """A load, its battery, and whether its generator starts."""

    it_kw: float
    battery_kwh: float
    generator_starts: bool

    @property
    def ride_through_s(self) -> float:
        """How long the battery carries the load, s."""
        return self.battery_kwh * DISCHARGE * DISTRIBUTION / self.it_kw * 3600.0


SITES = {
    "generator-starts": Site(1e3, 100.0, True),
    "generator-fails": Site(1e3, 100.0, False),
    "generator-fails-50-mw": Site(50e3, 5e3, False),
}


def battery(site: Site) -> Table:
    """Return the storage table: behind a static switch that leaves no gap and returns at once."""
    return LOSSLESS_BATTERY | {
        "coupling": "parallel_static_switch", "energy_kwh": site.battery_kwh,
        "power_kw": 2.0 * site.it_kw, "discharge_linear_pu": 1.0 / DISCHARGE - 1.0,
        "detection_min_s": 0.0, "detection_max_s": 0.0, "commutation_max_s": 0.0,
        "stable_s": 0.0, "resync_s": 0.0, "switch_linear_pu": 0.0,
    }  # fmt: skip


@lru_cache
def ride_through(site: Site) -> Plant:
    """Return the plant after 20 min in which the grid was away from 300 s to 900 s."""
    diesel = PROMPT_DIESEL | {
        "sets": 1, "set_kw": 2.0 * site.it_kw, "start_median_s": READY_S, "recharge": False,
        "failure_to_start": 0.0 if site.generator_starts else 1.0,
    }  # fmt: skip
    stage = {"name": "distribution", "level": "rack", "linear_pu": 1.0 / DISTRIBUTION - 1.0}
    plant = {"storage": battery(site), "diesel": diesel, "chain": {"stages": [stage]}}
    load = {"kind": "constant", "pod_kw": site.it_kw}
    case = scenario("ride-through", load, 1200.0, outage(START_S, OUTAGE_S), plant)
    return simulate(case, tracing=True)


def expected() -> dict[str, float]:
    """Return the hand-checked numbers: kWh at the IT terminals, s."""
    numbers = {}
    for name, site in SITES.items():
        carried_s = READY_S if site.generator_starts else site.ride_through_s
        away_s = 0.0 if site.generator_starts else OUTAGE_S - carried_s
        numbers[f"V7/{name}/bridged-kwh"] = site.it_kw * carried_s / 3600.0
        numbers[f"V7/{name}/unserved-kwh"] = site.it_kw * away_s / 3600.0
        if not site.generator_starts:
            numbers[f"V7/{name}/ride-through-s"] = carried_s
    return numbers


def _measure(name: str) -> Measured:
    _, site, what = name.split("/")
    plant = ride_through(SITES[site])
    if what == "bridged-kwh":
        return Measured(total(plant, Flow.DISCHARGE) * DISTRIBUTION / KWH_J)
    if what == "unserved-kwh":
        return Measured(total(plant, Flow.UNSERVED) / KWH_J)
    lost_s = [t for t, who, event, _ in plant.log if who == "pod-000" and event == "lost"]
    return Measured(lost_s[0] - START_S if lost_s else OUTAGE_S)


V7 = Suite("V7", "Datacenter Twin Lab presets, checked by hand", expected(), _measure)
