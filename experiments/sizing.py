"""How large things are in the shipped scenarios: rules, not taste.

Every design of a scenario is sized by the same rules from the same loads, losses and prices.
Storage keeps its promise until its cells are replaced (end-of-life size). Power electronics carry
the highest load of training, energy and engines its mean. `sizes` computes a scenario's sizes; a
test holds the scenario files to it.
"""

from __future__ import annotations

import math
from typing import Any

from twin.plant.almanac import usable_hours
from twin.plant.tree import Bus, Layout, Stage, lay_out
from twin.scenario import Architecture, Scenario

BLOCK_LIMIT_KW = 2500.0
"""Largest UPS block: what one low-voltage switchboard (4,000 A at 415 V) carries with margin."""
PEAK_FACTOR = 8.4 / 7.8
"""Highest over mean power of a training node (8 H100: arXiv:2412.08602, arXiv:2506.14551)."""
CORE_SHARE = 0.10
"""Core network and storage over the pods' training power (derived)."""
UPS_H = 5.0 / 60.0
"""Autonomy of a central UPS, h: 5 to 10 min are industry practice, and the diesel sets need one."""
POD_H = 2.0
"""Autonomy of a pod's battery, h: the two hours of the design under test."""
DAY_SLOTS = 48
"""Half-hours of a day."""
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


# ---- loads and losses, from the scenario's own figures -------------------------------------------


def through(stages: list[Stage], power_w: float) -> float:
    """Return what must enter conversion stages (listed from the load upwards) for an output, W."""
    for _, a, b, c in stages:
        power_w += a + (b + c * power_w) * power_w
    return power_w


def pod_bus_w(bus: Bus, pumps: float) -> float:
    """Return a pod's training load at its bus: IT, power supplies, busway, pumps, W."""
    return through(bus.load_stages, bus.load_w) + pumps * bus.load_w


def bus_loads_w(laid: Layout, pumps: float) -> list[float]:
    """Return the training load that hangs on each bus, losses below it included, W."""
    loads = [pod_bus_w(b, pumps) if b.level in ("pod", "both") else 0.0 for b in laid.buses]
    for row in range(len(laid.buses) - 1, 0, -1):
        bus = laid.buses[row]
        loads[bus.parent] += through(bus.edge, loads[row] + _standby_w(bus))
    return loads


def _standby_w(bus: Bus) -> float:
    if bus.storage is None:
        return 0.0
    return float(bus.storage.row_fields(bus.nameplate_j, bus.power_w)["standby_w"])


def cells_kw(bus: Bus, load_w: float) -> float:
    """Return what the cells give when the storage of a bus carries it alone, kW."""
    p = bus.storage.row_fields(bus.nameplate_j, bus.power_w)
    loss_w = p["discharge_a"] + (p["discharge_b"] + p["discharge_c"] * load_w) * load_w
    return float(load_w + loss_w + p["standby_w"]) / 1e3


def site_kw(scenario: Scenario, design: Architecture) -> float:
    """Return the whole site at full training and cooling, at its bus, kW."""
    laid, cooling = _laid(scenario, design), design.tables.get("cooling")
    load_w = bus_loads_w(laid, getattr(cooling, "pump_per_it_kw", 0.0))[0]
    chillers_kw = getattr(cooling, "fixed_kw", 0.0)
    chillers_kw += getattr(cooling, "per_it_kw", 0.0) * laid.total_w / 1e3
    return load_w / 1e3 + chillers_kw


def charging_kw(scenario: Scenario, design: Architecture) -> float:
    """Return the highest charging power of the storages that trade, by their plan, kW."""
    laid = _laid(scenario, design)
    dispatch: Any = design.tables.get("dispatch")
    trading_w = sum(b.power_w for b in laid.buses if b.storage is not None and b.storage.trades)
    if dispatch is None or trading_w == 0.0:
        return 0.0
    tariff: Any = scenario.tariff
    plan = dispatch.plan(tariff.year(scenario.start_year, 0), usable_hours(laid))
    whole_days = plan[DAY_SLOTS:-DAY_SLOTS]  # a year's ends cut the cheap hours of a night in two
    return float(max(0.0, whole_days.max()) * trading_w) / 1e3


def _laid(scenario: Scenario, design: Architecture) -> Layout:
    load: Any = scenario.load
    return lay_out(load, design.compartments, dict(design.tables), dict(design.more_storage))


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
    peak = max(_meter_kw(scenario, d) for d in designs)
    found = {
        "load.core_kw": core_kw(load.pods, load.pod_peak_w() / 1e3),
        "diesel.sets": diesel_sets(site, diesel.set_kw),
        "grid.contracted_kw": contracted_kw(peak),
    }
    for name in scenario.architectures:
        found |= {f"architectures.{name}.{k}": v for k, v in design_sizes(scenario, name).items()}
    return found


def _meter_kw(scenario: Scenario, design: Architecture) -> float:
    """Return the import at the meter with full training, cooling and planned charging, kW."""
    edge = _laid(scenario, design).buses[0].edge
    charging = charging_kw(scenario, design)
    return through(edge, (site_kw(scenario, design) + charging) * 1e3) / 1e3


def design_sizes(scenario: Scenario, name: str) -> dict[str, float]:
    """Return the sizes of one architecture: compartments and storage."""
    design = scenario.architectures[name]
    if name in SAME_SIZE_AS:
        return _same_size(scenario, SAME_SIZE_AS[name])
    load: Any = scenario.load
    spec: Any = design.tables["storage"]
    laid, cooling = _laid(scenario, design), design.tables.get("cooling")
    loads = bus_loads_w(laid, getattr(cooling, "pump_per_it_kw", 0.0))
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
    laid = _laid(scenario, scenario.architectures[other])
    with_storage = [b for b in laid.buses if b.storage is not None]
    units = [(b.storage, b.unit) for b in with_storage if b.unit is not None]
    return {
        "storage.energy_kwh": round(sum(b.nameplate_j for b in with_storage) / 3.6e6, 6),
        "storage.power_kw": round(sum(b.power_w for b in with_storage) / 1e3, 6),
        "storage.modules": sum(spec.modules_of(unit) for spec, unit in units),
    }
