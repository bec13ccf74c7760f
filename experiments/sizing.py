"""How large things are in the shipped scenarios: rules, not taste.

Every design of a scenario is sized by the same rules from the same loads, losses and prices.
Storage keeps its promise until its cells are replaced (end-of-life size). Power electronics carry
the highest load of training, energy and engines its mean. `sizes` computes a scenario's sizes; a
test holds the scenario files to it.
"""

from __future__ import annotations

import math
from typing import Any

from twin.plant.loads import (
    BLOCK_LIMIT_KW,
    PEAK_FACTOR,
    bus_loads_w,
    cells_kw,
    charging_share,
    laid_out,
    meter_kw,
    pump_share,
    site_kw,
)
from twin.scenario import Scenario

CORE_SHARE = 0.10
"""Core network and storage over the pods' training power (derived)."""
UPS_H = 5.0 / 60.0
"""Autonomy of a central UPS, h: 5 to 10 min are industry practice, and the diesel sets need one."""
POD_H = 2.0
"""Autonomy of a pod's battery, h: the two hours of the design under test."""
SAME_SIZE_AS = {
    "centralized-bess": "distributed",
    "centralized-bess-backup-only": "distributed",
    "single-bus-static-switch": "centralized-single-bus",
}
"""Designs that have the energy and power of another one, so that only something else differs."""


def core_kw(pods: int, pod_kw: float, step_kw: float = 10.0) -> float:
    """Return the load of the core network and storage, kW."""
    return step_kw * round(CORE_SHARE * pods * pod_kw / step_kw)


def blocks(load_kw: float, limit_kw: float = BLOCK_LIMIT_KW) -> int:
    """Return into how many blocks a UPS load must be divided, so that none exceeds the limit."""
    return math.ceil(load_kw / limit_kw)


def modules(load_kw: float, module_kw: float) -> int:
    """Return the modules of a block: enough for its highest load, and one more."""
    return math.ceil(load_kw / module_kw) + 1


def power_kw(load_kw: float, step_kw: float = 10.0) -> float:
    """Return a battery's power: its pod's highest load, rounded up."""
    return step_kw * math.ceil(load_kw / step_kw)


def energy_kwh(cells_kw: float, hours: float, window: float, soh: float) -> float:
    """Return the nameplate energy that lasts for `hours` at the end of life, in whole 10 kWh.

    Parameters
    ----------
    cells_kw
        What the cells give: load, discharge losses and auxiliaries.
    hours
        Autonomy.
    window
        Usable share of the energy, highest less lowest state of charge.
    soh
        State of health at the end of life.
    """
    return 10.0 * math.ceil(hours * cells_kw / (window * soh) / 10.0)


def diesel_sets(site_kw: float, set_kw: float) -> int:
    """Return the sets that carry the whole site, and one more."""
    return math.ceil(site_kw / set_kw) + 1


def contracted_kw(peak_kw: float, step_kw: float = 100.0) -> float:
    """Return the contracted power: the highest half-hour, rounded up."""
    return step_kw * math.ceil(peak_kw / step_kw)


# ---- a scenario's sizes --------------------------------------------------------------------------


def sizes(scenario: Scenario) -> dict[str, float]:
    """Return the sizes that the rules give for a scenario, by its keys.

    Losses depend a little on the sizes themselves, so the result is exact for a scenario that has
    them; `sizes` of any other is the next step of a fixed-point iteration.
    """
    load: Any = scenario.load
    diesel: Any = next(iter(scenario.architectures.values())).tables["diesel"]
    designs = scenario.architectures.values()
    site = max(site_kw(scenario, d) for d in designs)
    peak = max(meter_kw(scenario, d) for d in designs)
    shares = [charging_share(scenario, d, laid_out(scenario, d)) for d in designs]
    found = {
        "chain.charging_share": math.ceil(100.0 * max(shares)) / 100.0,
        "load.core_kw": core_kw(load.pods, load.pod_peak_w() / 1e3),
        "diesel.sets": diesel_sets(site, diesel.set_kw),
        "grid.contracted_kw": contracted_kw(peak),
    }
    for name in scenario.architectures:
        found |= {f"architectures.{name}.{k}": v for k, v in design_sizes(scenario, name).items()}
    return found


def design_sizes(scenario: Scenario, name: str) -> dict[str, float]:
    """Return the sizes of one architecture: compartments and storage."""
    design = scenario.architectures[name]
    if name in SAME_SIZE_AS:
        return _same_size(scenario, SAME_SIZE_AS[name])
    load: Any = scenario.load
    spec: Any = design.tables["storage"]
    laid = laid_out(scenario, design)
    loads = bus_loads_w(laid, pump_share(design))
    row = next(i for i, b in enumerate(laid.buses) if b.storage is not None)  # never the core's
    bus, load_w = laid.buses[row], loads[row] if row else site_kw(scenario, design) * 1e3
    window = spec.soc_high - spec.soc_low
    cells = cells_kw(bus, load_w)
    short_kwh = energy_kwh(cells, UPS_H, window, spec.end_of_life_soh)
    if spec.level == "pod":
        long_kwh = energy_kwh(cells, POD_H, window, spec.end_of_life_soh)
        return {
            "compartments": load.pods,
            "storage.power_kw": power_kw(load_w / 1e3 * PEAK_FACTOR),
            "storage.energy_kwh": long_kwh if spec.trades else short_kwh,
        }
    found = {
        "storage.modules": modules(load_w / 1e3 * PEAK_FACTOR, spec.power_kw),
        "storage.energy_kwh": short_kwh,
    }
    if spec.level == "block":
        all_pods_kw = load.pods * load_w / 1e3 / len(bus.pods)
        found["compartments"] = blocks(all_pods_kw * PEAK_FACTOR)
    return found


def _same_size(scenario: Scenario, other: str) -> dict[str, float]:
    """Return the size of one storage that has the energy, power and modules of all of `other`'s."""
    laid = laid_out(scenario, scenario.architectures[other])
    with_storage = [b for b in laid.buses if b.storage is not None]
    units = [(b.storage, b.unit) for b in with_storage if b.unit is not None]
    return {
        "storage.energy_kwh": round(sum(b.nameplate_j for b in with_storage) / 3.6e6, 6),
        "storage.power_kw": round(sum(b.power_w for b in with_storage) / 1e3, 6),
        "storage.modules": sum(spec.modules_of(unit) for spec, unit in units),
    }
