"""Design loads: what hangs on each bus when everything trains, losses included.

Sizes (`experiments.sizing`) and design rules (`twin.plant.design`) reckon with the same figures.
"""

from __future__ import annotations

from typing import Any

from twin.errors import ScenarioError
from twin.plant.almanac import usable_hours
from twin.plant.tree import Bus, Layout, Stage, lay_out
from twin.scenario import Architecture, Scenario

PEAK_FACTOR = 8.4 / 7.8
"""Highest over mean power of a training node (8 H100: arXiv:2412.08602, arXiv:2506.14551)."""
BLOCK_LIMIT_KW = 2500.0
"""Largest low-voltage block: what one switchboard (4,000 A at 415 V) carries with margin; assumed."""
DAY_SLOTS = 48
"""Half-hours of a day."""


def laid_out(scenario: Scenario, design: Architecture) -> Layout:
    """Return the tree of an architecture.

    Raises
    ------
    ScenarioError
        More compartments than pods, or two storages on one bus; names file and architecture.
    """
    load: Any = scenario.load
    name = next((n for n, d in scenario.architectures.items() if d is design), "")
    place = f"{scenario.origin}: architectures.{name}" if name else scenario.origin
    if design.compartments > load.pods:
        raise ScenarioError(
            f"{place}.compartments = {design.compartments}: is more than the {load.pods} pods of the "
            f"load (1 to {load.pods}; the nearest is {load.pods})"
        )
    try:
        return lay_out(load, design.division, dict(design.tables), dict(design.more_storage))
    except ScenarioError as error:
        raise ScenarioError(f"{place}: {error}") from None


def peak_factor(load: Any) -> float:
    """Return the highest over the design load: jobs swing, other loads are given by their peak."""
    return PEAK_FACTOR if load.has_jobs else 1.0


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
        loads[bus.parent] += through(bus.edge, loads[row] + standby_w(bus))
    return loads


def standby_w(bus: Bus) -> float:
    """Return the standby and auxiliary power of the storage on a bus, W."""
    if bus.storage is None:
        return 0.0
    return float(bus.storage.row_fields(bus.nameplate_j, bus.power_w)["standby_w"])


def cells_kw(bus: Bus, load_w: float) -> float:
    """Return what the cells give when the storage of a bus carries it alone, kW."""
    p = bus.storage.row_fields(bus.nameplate_j, bus.power_w)
    loss_w = p["discharge_a"] + (p["discharge_b"] + p["discharge_c"] * load_w) * load_w
    return float(load_w + loss_w + p["standby_w"]) / 1e3


def pump_share(design: Architecture) -> float:
    """Return the pumps' power per IT power."""
    return float(getattr(design.tables.get("cooling"), "pump_per_it_kw", 0.0))


def chillers_kw(laid: Layout, design: Architecture) -> float:
    """Return the power of the chillers at full training, kW."""
    cooling = design.tables.get("cooling")
    per_it = getattr(cooling, "per_it_kw", 0.0) * laid.total_w / 1e3
    return float(getattr(cooling, "fixed_kw", 0.0) + per_it)


def site_kw(scenario: Scenario, design: Architecture) -> float:
    """Return the whole site at full training and cooling, at its bus, kW."""
    laid = laid_out(scenario, design)
    return bus_loads_w(laid, pump_share(design))[0] / 1e3 + chillers_kw(laid, design)


def charging_share(scenario: Scenario, design: Architecture, laid: Layout) -> float:
    """Return the highest charging of the trading storages by their plan, as a share of rating."""
    dispatch: Any = design.tables.get("dispatch")
    if dispatch is None or usable_hours(laid) == 0.0:
        return 0.0
    tariff: Any = scenario.tariff
    plan = dispatch.plan(tariff.year(scenario.start_year, 0), usable_hours(laid))
    whole_days = plan[DAY_SLOTS:-DAY_SLOTS]  # a year's ends cut the cheap hours of a night in two
    return float(max(0.0, whole_days.max()))


def trading_w(bus: Bus) -> float:
    """Return the rating of the storage on a bus if it trades, else 0, W."""
    return bus.power_w if bus.storage is not None and bus.storage.trades else 0.0


def charging_kw(scenario: Scenario, design: Architecture) -> float:
    """Return the highest charging power of the storages that trade, by their plan, kW."""
    laid = laid_out(scenario, design)
    share = charging_share(scenario, design, laid)
    return share * sum(trading_w(b) for b in laid.buses) / 1e3


def meter_kw(scenario: Scenario, design: Architecture) -> float:
    """Return the import at the meter with full training, cooling and planned charging, kW."""
    edge = laid_out(scenario, design).buses[0].edge
    charging = charging_kw(scenario, design)
    return through(edge, (site_kw(scenario, design) + charging) * 1e3) / 1e3
