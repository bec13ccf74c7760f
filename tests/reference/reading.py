"""Reads a validated scenario into the slow twin's own objects. Only parameters are taken from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tests.reference.electric import Battery, Bus, Stage, entering_w
from twin.contracts.calendar import YEAR_S


@dataclass
class Design:
    """Plain tables of one architecture, and the tree made from them."""

    horizon_s: float
    grid: dict[str, Any]
    load: dict[str, Any]
    tables: dict[str, dict[str, Any]]
    buses: list[Bus]
    core: int | None

    @property
    def site(self) -> Bus:
        """Return the bus at the top."""
        return self.buses[0]

    def pod_bus(self, pod: int) -> Bus:
        """Return the bus of a pod."""
        return next(b for b in self.buses if b.pod == pod)

    def peak_w(self, pod: int) -> float:
        """Return a pod's IT power when everything on it trains."""
        if pod == self.core:
            return float(self.load["core_kw"]) * 1e3
        return float(self.load["nodes_per_pod"] * self.load["node_training_kw"]) * 1e3

    def batteries(self) -> list[Battery]:
        """Return all storage units."""
        return [b.battery for b in self.buses if b.battery is not None]


def read(scenario: Any, architecture: str) -> Design:
    """Return the plain tables and the tree of one architecture."""
    chosen = scenario.architectures[architecture]
    tables = {name: spec.model_dump() for name, spec in chosen.tables.items()}
    load = scenario.load.model_dump()
    core = load["pods"] if load["core_kw"] > 0 else None
    design = Design(scenario.horizon_s, scenario.grid.model_dump(), load, tables, [], core)
    design.buses = _tree(design, chosen.compartments)
    for bus in design.buses:
        _equip(design, bus)
    return design


def _tree(design: Design, compartments: int) -> list[Bus]:
    pods = design.load["pods"]
    peak, core_w = design.peak_w(0), design.load["core_kw"] * 1e3
    site = Bus("site", pods * peak + core_w)
    buses = [site]

    def add(name: str, design_w: float, parent: Bus, pod: int | None = None) -> Bus:
        bus = Bus(name, design_w, parent, pod=pod)
        parent.children.append(bus)
        buses.append(bus)
        return bus

    first = 0
    for number in range(compartments):
        size = pods // compartments + (number < pods % compartments)
        members = list(range(first, first + size))
        first += size
        parent = site
        if size > 1:
            parent = add(f"block-{number + 1:02d}", size * peak, site)
        for pod in members:
            add(f"pod-{pod:03d}", peak, parent, pod)
    if design.core is not None:
        add("core", core_w, site, design.core)
    for bus in buses:
        bus.pods = [b.pod for b in bus.family() if b.pod is not None]
    return buses


def _level_matches(bus: Bus, level: str) -> bool:
    """A pod that hangs on the site bus directly is its own block."""
    if bus.parent is None:
        return level == "site"
    if bus.pod is None:
        return level == "block"
    return level == "pod" or (level == "block" and bus.parent.parent is None)


def _stages(design: Design, bus: Bus, level: str) -> list[Stage]:
    """Return a bus's stages of one level, from the load upwards."""
    chain = design.tables["chain"]
    found = []
    for s in reversed(chain["stages"]):
        size = s["rated_kw"] * 1e3 if s["rated_kw"] else bus.design_w * chain["margin"]
        if s["level"] == level:
            found.append(Stage(s["name"], s["constant_pu"] * size, s["linear_pu"],
                               s["square_pu"] / size))  # fmt: skip
    return found


def _rack_stages(design: Design, bus: Bus) -> list[Stage]:
    """Return the power supplies and what lies between them and the bus."""
    psu, rated = design.tables["psu"], bus.design_w * design.tables["chain"]["margin"]
    supply = Stage("psu", psu["constant_pu"] * rated, psu["linear_pu"], psu["square_pu"] / rated)
    return [supply, *_stages(design, bus, "rack")]


def _equip(design: Design, bus: Bus) -> None:
    """Give a bus its battery and its conversion stages."""
    storage = design.tables.get("storage")
    rack = _rack_stages(design, bus)
    own: list[Stage] = []
    if storage is not None and _level_matches(bus, storage["level"]):
        bus.battery, own = _battery(design, bus, storage)
    if bus.pod is None:
        bus.upstream = own + _stages(design, bus, "site" if bus.parent is None else "block")
        return
    on_dc = bus.battery is not None and bus.battery.coupling == "rack_dc"
    bus.racks = [] if on_dc else rack
    bus.upstream = (rack if on_dc else []) + own + _stages(design, bus, "pod")
    if bus.parent is design.site:
        bus.upstream += _stages(design, bus, "block")


def _carried_w(design: Design, bus: Bus) -> float:
    """Return what a battery on a bus must carry: full IT load, losses down to the racks, pumps."""
    pumps = design.tables["cooling"]["pump_per_it_kw"] * bus.design_w
    return float(entering_w(_rack_stages(design, bus), bus.design_w) + pumps)


def _size(design: Design, bus: Bus, s: dict[str, Any]) -> tuple[float, float]:
    """Return how many times the given energy and power stand on a bus."""
    modules = s.get("modules", 1)
    if s["size_basis"] == "site":
        share = _carried_w(design, bus) / _carried_w(design, design.site)
        return share, share * modules
    if bus.pod is None or bus.pod != design.core:
        return 1.0, float(modules)
    if s["level"] == "pod":
        units = max(1, math.ceil(bus.design_w / design.peak_w(0) - 1e-9))
        return float(units), float(units * modules)
    largest = max(b.design_w for b in design.buses[1:] if b is not bus)
    scale = bus.design_w / largest
    if "modules" in s and scale != 1.0:  # fewer modules, and one to spare as elsewhere
        modules = max(1, math.ceil((modules - 1) * scale)) + 1
        return scale, float(modules)
    return scale, scale * modules


def _battery(design: Design, bus: Bus, s: dict[str, Any]) -> tuple[Battery, list[Stage]]:
    energy_times, power_times = _size(design, bus, s)
    nameplate = s["energy_kwh"] * 3.6e6 * energy_times
    rating = s["power_kw"] * 1e3 * power_times
    refill = nameplate / (s["recharge_h"] * 3600.0) if "recharge_h" in s else rating
    capacity = (s["soc_high"] - s["soc_low"]) * nameplate
    start = s["soc_high"] if s["start_soc"] is None else s["start_soc"]
    battery = Battery(
        name=bus.name,
        capacity_j=capacity,
        stored_j=min(max(0.0, (start - s["soc_low"]) * nameplate), capacity),
        reserve_j=max(0.0, s.get("reserve", s["soc_low"]) - s["soc_low"]) * nameplate,
        give_w=rating, take_w=refill, refill_w=refill,
        give_loss=_loss(s, "discharge", rating), take_loss=_loss(s, "charge", rating),
        standby_w=s.get("hot_standby_pu", 0.0) * rating
        + s["auxiliary_w_per_kwh"] * nameplate / 3.6e6,
        leak_w=s["self_discharge_per_month"] * nameplate / (YEAR_S / 12.0),
        trades=bool(s["trades"]), design_load_w=_carried_w(design, bus),
        nameplate_j=nameplate, coupling=s["coupling"],
    )  # fmt: skip
    battery.begin()
    own: list[Stage] = []
    if s["coupling"] == "series":
        own = [Stage("ups", s["constant_pu"] * rating, s["linear_pu"], s["square_pu"] / rating)]
    elif s["coupling"] == "parallel_static_switch":
        own = [Stage("switch", s["switch_constant_pu"] * rating, s["switch_linear_pu"], 0.0)]
    return battery, own


def _loss(s: dict[str, Any], way: str, rating: float) -> tuple[float, float, float]:
    return (s[f"{way}_constant_pu"] * rating, s[f"{way}_linear_pu"],
            s[f"{way}_square_pu"] / rating)  # fmt: skip
