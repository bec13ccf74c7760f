"""Rules about what feeds the site: diesel plant, supply contract, transformers, switchboards."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twin.plant import loads
from twin.plant.design.design import Design, accepted_kw, return_s
from twin.plant.design.finding import Finding
from twin.plant.design.outages import outage_quantile_s
from twin.plant.tree import Bus, charging_below

RATING_KEYS = ("margin", "stages")


def diesel_size(design: Design) -> Iterator[Finding]:
    """The diesel plant must carry the site."""
    diesel = design.diesel
    if diesel is None or diesel.sets * diesel.set_kw >= design.site_kw:
        return
    yield design.finding(
        "diesel-size",
        (design.key("diesel", "sets"), design.key("diesel", "set_kw")),
        f"the sets give {diesel.sets * diesel.set_kw:,.0f} kW together, but the site needs "
        f"{design.site_kw:,.0f} kW at full training and cooling",
        f"use {math.ceil(design.site_kw / diesel.set_kw)} sets, one more if one may fail",
    )


def first_load_step(design: Design) -> Iterator[Finding]:
    """What returns to the site bus must not exceed what the sets have accepted by then."""
    diesel = design.diesel
    if diesel is None:
        return
    waiting = 0.0
    for after_s, kw, what in _arrivals(design):
        waiting += kw
        accepted = accepted_kw(diesel, after_s)
        if waiting > accepted * (1.0 + 1e-9):
            missing = f" ({diesel.sets - 1} of {diesel.sets} sets)" if diesel.sets > 1 else ""
            yield design.finding(
                "first-load-step",
                (design.key("diesel", "load_steps"), *_return_keys(design)),
                f"{after_s:,.0f} s after the first set closes, {waiting:,.0f} kW are back on the site "
                f"bus ({what}), but the plant{missing} has accepted {accepted:,.0f} kW",
                _slower(diesel, waiting),
            )
            return


def _arrivals(design: Design) -> list[tuple[float, float, str]]:
    """Return (delay after the first set, kW, what it is) of all that returns by itself, in order.

    Pods without storage were lost and return one by one under the energy management.
    """
    found: dict[tuple[float, str], float] = {}
    buses = design.laid.buses
    for row, bus in enumerate(buses[1:], start=1):
        spec = _shield(design, row)
        if bus.parent == 0 and spec is not None:
            at_site_w = loads.through(bus.edge, design.loads_w[row] + loads.standby_w(bus))
            what = (return_s(spec), spec.coupling)
            found[what] = found.get(what, 0.0) + at_site_w / 1e3
    if design.chillers_kw > 0.0:
        what = (design.cooling.full_restart_s, "chillers")
        found[what] = found.get(what, 0.0) + design.chillers_kw
    return sorted((delay, kw, name) for (delay, name), kw in found.items())


def _shield(design: Design, row: int) -> Any:
    """Return the storage that carries what hangs on a bus of the site bus, None if none does.

    Of several below it, the one that returns first.
    """
    buses = design.laid.buses
    own = buses[row].storage or buses[0].storage
    below = [buses[r].storage for r in design.laid.tree.below(row) if buses[r].storage is not None]
    return own or min(below, key=return_s, default=None)


def _return_keys(design: Design) -> tuple[str, ...]:
    ups = dict.fromkeys(("series", "eco", "line_interactive"), "walk_in_s")
    fields = ups | {"parallel_static_switch": "stable_s"}
    keys = [design.storage_key(s, fields.get(s.coupling, "coupling")) for s, _ in design.banks()]
    return tuple(dict.fromkeys(keys))


def _slower(diesel: Any, kw: float) -> str:
    """Return what would cure a load that returns too early: waiting, or more sets."""
    last_s = diesel.sets * (diesel.parallel_max_s + diesel.load_step_s * len(diesel.load_steps))
    for delay in range(math.ceil(last_s) + 1):
        if accepted_kw(diesel, float(delay)) >= kw:
            return f"let it return after {delay} s, or use more sets or a larger first step"
    sets = math.ceil(kw / (diesel.set_kw * diesel.load_steps[-1]))
    return f"use {sets + 1} sets, of which one may fail"


def fuel(design: Design) -> Iterator[Finding]:
    """The tank must last until the delivery, or until nearly every outage is over."""
    diesel = design.diesel
    p99_s = outage_quantile_s(design.scenario, 0.99)
    if diesel is None or p99_s is None:
        return
    rated_kw = diesel.sets * diesel.set_kw
    load_kw = min(design.site_kw, rated_kw)
    per_h = diesel.fuel_l_per_h_per_kw * rated_kw + diesel.fuel_l_per_kwh * load_kw
    tank_l = diesel.tank_h * rated_kw * (diesel.fuel_l_per_h_per_kw + diesel.fuel_l_per_kwh)
    lasts_h = tank_l / per_h if per_h > 0.0 else math.inf
    needed_h = min(diesel.refuel_h, p99_s / 3600.0)
    if lasts_h >= needed_h * (1.0 - 1e-9):
        return
    enough_h = math.ceil(diesel.tank_h * needed_h / lasts_h * 10.0 - 1e-6) / 10.0
    yield design.finding(
        "fuel",
        (design.key("diesel", "tank_h"), design.key("diesel", "refuel_h")),
        f"the tank lasts {lasts_h:,.1f} h at the site's {load_kw:,.0f} kW, but a delivery takes "
        f"{diesel.refuel_h:,.1f} h and one outage in a hundred is longer than {p99_s / 3600:,.1f} h",
        f"raise tank_h to {enough_h:g}, or have fuel delivered sooner",
    )


def contracted_power(design: Design) -> Iterator[Finding]:
    """The contract must cover full training, cooling and planned charging."""
    scenario = design.scenario
    needed = loads.meter_kw(scenario, design.architecture)
    if scenario.grid.contracted_kw == 0.0 or needed <= scenario.grid.contracted_kw:
        return  # 0: a site without a utility has no contract
    charging = loads.charging_kw(scenario, design.architecture)
    yield design.finding(
        "contracted-power",
        ("grid.contracted_kw",),
        f"the contract is for {scenario.grid.contracted_kw:,.0f} kW, but full training, cooling and "
        f"planned charging ({charging:,.0f} kW) import {needed:,.0f} kW",
        f"raise contracted_kw to {math.ceil(needed):,}, or let less storage trade",
    )


@dataclass(frozen=True)
class _Through:
    """A stage on its way: the bus, its rating, what it must carry."""

    bus: str
    rated_w: float
    load_w: float


def transformer_rating(design: Design) -> Iterator[Finding]:
    """No conversion stage may carry more than it is rated for, charging included."""
    worst: dict[str, _Through] = {}
    for row in range(len(design.laid.buses)):
        for name, found in _stages(design, row):
            before = worst.get(name)
            if before is None or found.load_w * before.rated_w > before.load_w * found.rated_w:
                worst[name] = found
    for name, s in worst.items():
        if s.load_w > s.rated_w * (1.0 + 1e-9):
            charges = design.charging_share > 0.0
            chain: Any = design.architecture.tables["chain"]
            margin = math.ceil(chain.margin * s.load_w / s.rated_w * 100) / 100
            yield design.finding(
                "stage-rating",
                tuple(design.key("chain", key) for key in RATING_KEYS),
                f"{name} above {s.bus} is rated {s.rated_w / 1e3:,.0f} kW, but carries "
                f"{s.load_w / 1e3:,.0f} kW{', planned charging included' if charges else ''}",
                f"raise margin to {margin:g} or give the stage a larger rated_kw"
                f"{', or let less storage trade' if charges else ''}",
            )


def _stages(design: Design, row: int) -> Iterator[tuple[str, _Through]]:
    """Yield the chain's stages at a bus, from the load upwards, with what goes through each."""
    bus = design.laid.buses[row]
    chain: Any = design.architecture.tables.get("chain")
    share = 0.0 if chain is None else chain.charging_share
    more_w = charging_below(design.laid.buses, share)[row]
    sizes = {} if chain is None else {s.name: _size_w(bus, s, chain, more_w) for s in chain.stages}
    for stages, power_w in (
        (bus.load_stages, bus.load_w),
        (bus.edge, _edge_load_w(design, row)),
    ):
        carried = power_w
        for stage in stages:
            carried = loads.through([stage], carried)
            if stage[0] in sizes:
                yield stage[0], _Through(bus.name, sizes[stage[0]], carried)


def _size_w(bus: Bus, stage: Any, chain: Any, charging_w: float) -> float:
    if stage.rated_kw is not None:
        return float(stage.rated_kw * 1e3)
    return float(bus.load_w * chain.margin + (charging_w if stage.level != "rack" else 0.0))


def _edge_load_w(design: Design, row: int) -> float:
    """Return what leaves the edge above a bus towards it, charging below included, W.

    The losses of charging on its way up are left out: they are a per cent of a per cent.
    """
    buses = design.laid.buses
    charging_w = sum(loads.trading_w(buses[r]) for r in design.laid.tree.below(row))
    chillers_w = design.chillers_kw * 1e3 if row == 0 else 0.0
    own_w = loads.standby_w(buses[row])
    return design.loads_w[row] + own_w + chillers_w + design.charging_share * charging_w


def block_breaker(design: Design) -> Iterator[Finding]:
    """A low-voltage block must not outgrow its switchboard."""
    peaks = [
        (design.loads_w[row] * design.peak_factor / 1e3, bus.name, len(bus.pods))
        for row, bus in enumerate(design.laid.buses)
        if bus.level == "block"
    ]
    kw, name, pods = max(peaks, default=(0.0, "", 0))
    if kw > loads.BLOCK_LIMIT_KW:
        share = loads.BLOCK_LIMIT_KW / kw * pods
        blocks = math.ceil(design.scenario.load.pods / max(1.0, math.floor(share)))
        yield design.finding(
            "block-breaker",
            (f"architectures.{design.name}.compartments",),
            f"{name} reaches {kw:,.0f} kW, but one low-voltage switchboard carries "
            f"{loads.BLOCK_LIMIT_KW:,.0f} kW (4,000 A at 415 V, assumed)",
            f"divide the site into {blocks} compartments",
        )


RULES = (
    diesel_size,
    first_load_step,
    fuel,
    contracted_power,
    transformer_rating,
    block_breaker,
)
