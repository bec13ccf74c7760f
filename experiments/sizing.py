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
    laid_out,
    meter_kw,
    pump_share,
    site_kw,
)
from twin.scenario import Architecture, Scenario

CORE_SHARE = 0.10
"""Core network and storage over the pods' training power (derived)."""
UPS_H = 5.0 / 60.0
"""Autonomy of a central UPS, h: 5 to 10 min are industry practice, and the diesel sets need one."""
POD_H = 2.0
"""Autonomy of a pod's battery, h: the two hours of the design under test."""


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
    found = {
        "load.core_kw": core_kw(load.pods, load.pod_peak_w() / 1e3),
        "diesel.sets": diesel_sets(site, diesel.set_kw),
        "grid.contracted_kw": contracted_kw(peak),
    }
    for name, design in scenario.architectures.items():
        found |= {f"architectures.{name}.{k}": v for k, v in design_sizes(scenario, design).items()}
    return found


def design_sizes(scenario: Scenario, design: Architecture) -> dict[str, float]:
    """Return the sizes of one architecture: compartments and storage."""
    load: Any = scenario.load
    spec: Any = design.tables["storage"]
    laid = laid_out(scenario, design)
    loads = bus_loads_w(laid, pump_share(design))
    row = next(i for i, b in enumerate(laid.buses) if b.storage is not None)  # never the core's
    bus, load_kw = laid.buses[row], loads[row] / 1e3
    window = spec.soc_high - spec.soc_low
    cells = cells_kw(bus, loads[row])
    if spec.level == "block":
        all_pods_kw = load.pods * load_kw / len(bus.pods)
        return {
            "compartments": blocks(all_pods_kw * PEAK_FACTOR),
            "storage.modules": modules(load_kw * PEAK_FACTOR, spec.power_kw),
            "storage.energy_kwh": energy_kwh(cells, UPS_H, window, spec.end_of_life_soh),
        }
    return {
        "compartments": load.pods,
        "storage.power_kw": power_kw(load_kw * PEAK_FACTOR),
        "storage.energy_kwh": energy_kwh(cells, POD_H, window, spec.end_of_life_soh),
    }
