"""How large things are in the scenarios of sites that make their own power: `telecom-site`, `off-grid`.

The battery carries the mean load for a number of hours when its cells are worn out: an outage and a
half on the weak grid, a night on the island. Its power fills it in the hours of a short day. The sun
yields a share of the load's energy in a mean year. The practice to compare with has a battery that
bridges until a set runs. `sizes` computes a scenario's sizes; a test holds the files to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from profiles.photovoltaic import PvYield
from twin.contracts.calendar import HOURS_PER_YEAR, YEAR_S
from twin.contracts.timeline import ProfileContext
from twin.plant.loads import laid_out
from twin.plant.tree import Bus
from twin.scenario import Architecture, Scenario

YEARS_OF_SUN = 20
"""Weather years whose mean yield sizes the PV generator."""


@dataclass(frozen=True)
class Rule:
    """What a site is sized for.

    Attributes
    ----------
    autonomy_h, bridging_h
        Hours at the mean load of the battery, and of that of the design without sun.
    fill_h
        Hours in which the battery's power fills its energy.
    sun_share
        Energy of the sun over that of the load.
    step_kwh, sun_step_kw
        Sizes are rounded up to whole steps of storage and sun.
    former_share
        Of the distributed design's energy, what stands on the site bus to form it.
    """

    autonomy_h: float
    bridging_h: float
    fill_h: float
    sun_share: float
    step_kwh: float
    sun_step_kw: float
    former_share: float


RULES = {
    "telecom-site": Rule(8.0, 2.0, 5.0, 0.5, 1.0, 1.0, 0.0),
    "off-grid": Rule(13.0, 0.5, 4.0, 1.3, 10.0, 10.0, 0.1),
}


def up_to(value: float, step: float) -> float:
    """Return a size rounded up to whole steps."""
    return step * math.ceil(value / step - 1e-9)


def load_w(bus: Bus, power_w: float, fans: float) -> float:
    """Return what a pod's bus needs for a load: feeder losses and fans included, W."""
    need_w = power_w
    for _, a, b, c in bus.load_stages:
        need_w += a + (b + c * need_w) * need_w
    return need_w + fans * power_w


def site_loads_w(scenario: Scenario, design: Architecture) -> tuple[float, float]:
    """Return the mean and the highest load of all pods at their buses, W."""
    load: Any = scenario.load
    fans = float(getattr(design.tables.get("cooling"), "pump_per_it_kw", 0.0))
    pods = [b for b in laid_out(scenario, design).buses if b.level in ("pod", "both")]
    series = load.series_w() / load.pods + load.pod_base_w()
    need = [sum(load_w(bus, float(p), fans) for bus in pods) for p in np.unique(series)]
    _, count = np.unique(series, return_counts=True)
    return float(np.average(need, weights=count)), max(need)


def energy_kwh(bus: Bus, power_w: float, hours: float, step_kwh: float) -> float:
    """Return the nameplate energy that carries a load for so long at the end of life."""
    spec, p = bus.storage, bus.storage.row_fields(bus.nameplate_j, bus.power_w)
    loss_w = p["discharge_a"] + (p["discharge_b"] + p["discharge_c"] * power_w) * power_w
    cells_w = power_w + loss_w + p["standby_w"]
    usable = (spec.soc_high - spec.soc_low) * spec.end_of_life_soh
    return up_to(hours * cells_w / usable / 1e3, step_kwh)


def sun_kw(scenario: Scenario, design: Architecture, share: float, step_kw: float) -> float:
    """Return the PV rating that yields a share of the load's energy in a mean year."""
    pv: Any = design.tables["pv"]
    plant = PvYield(scenario.site, pv.tilt_deg, pv.azimuth_deg, pv.dc_ac_ratio, pv.losses_percent,
                    pv.temp_coefficient_per_k)  # fmt: skip
    ctx = ProfileContext(1, 0, scenario.start_year, YEARS_OF_SUN * YEAR_S)
    hours = float(np.mean([plant.year(ctx, y).sum() for y in range(YEARS_OF_SUN)]))
    mean_w, _ = site_loads_w(scenario, design)
    return up_to(share * mean_w * HOURS_PER_YEAR / hours / 1e3, step_kw)


def sizes(scenario: Scenario) -> dict[str, float]:
    """Return the sizes that the rules give for a scenario, by its keys.

    As in `experiments.sizing`, losses depend a little on the sizes themselves.
    """
    rule, designs = RULES[scenario.name], scenario.architectures
    one, many, old = (designs[n] for n in ("centralized", "distributed", "diesel-only"))
    load: Any = scenario.load
    diesel: Any = one.tables["diesel"]
    mean_w, most_w = site_loads_w(scenario, one)
    whole = energy_kwh(_storage_bus(scenario, one), mean_w, rule.autonomy_h, rule.step_kwh)
    small = energy_kwh(_storage_bus(scenario, old), mean_w, rule.bridging_h, rule.step_kwh)
    sun = sun_kw(scenario, one, rule.sun_share, rule.sun_step_kw)
    found = {
        "centralized.pv.peak_kw": sun,
        "distributed.pv.peak_kw": sun,
        "centralized.storage.energy_kwh": whole,
        "centralized.storage.power_kw": up_to(whole / rule.fill_h, 1.0),
        "diesel-only.storage.energy_kwh": small,
    }
    each = up_to(whole * (1.0 - rule.former_share) / load.pods, 1.0)
    if rule.former_share:
        former = up_to(rule.former_share * whole, 1.0)
        found |= {
            "distributed.more_storage.former.energy_kwh": former,
            "distributed.more_storage.former.power_kw": up_to(most_w / 1e3, 1.0),
            "diesel-only.storage.power_kw": up_to(most_w / 1e3, 1.0),
            "centralized.diesel.sets": math.ceil(most_w / 1e3 / diesel.set_kw) + 1,
        }
    else:
        mean_each_w = mean_w / load.pods
        bus = _storage_bus(scenario, many)
        each = energy_kwh(bus, mean_each_w, rule.autonomy_h, rule.step_kwh)
    found["distributed.storage.energy_kwh"] = each
    found["distributed.storage.power_kw"] = up_to(each / rule.fill_h, 1.0)
    return {f"architectures.{key}": value for key, value in found.items()}


def _storage_bus(scenario: Scenario, design: Architecture) -> Bus:
    """Return the first bus that carries a unit of the design's main storage."""
    main = design.tables["storage"]
    return next(b for b in laid_out(scenario, design).buses if b.storage is main)
