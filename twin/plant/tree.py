"""Lays out the site's tree: buses, conversion stages, storage units.

A compartment with several pods has a bus of its own (the block); a compartment with one pod shares
the pod's. Stages are listed from the load upwards: rack stages lie between the pod's bus and the
racks, except with ``rack_dc`` storage, which sits behind them on the rack's DC bus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

import numpy as np

from twin.contracts.parts import Tree, Unit
from twin.errors import ScenarioError

Stage = tuple[str, float, float, float]


@dataclass
class Bus:
    """A bus while the tree is laid out."""

    name: str
    parent: int
    compartment: int
    level: str
    load_w: float
    pods: list[int]
    count: int = 1
    edge: list[Stage] = field(default_factory=list)
    load_stages: list[Stage] = field(default_factory=list)
    storage: Any = None
    unit: Unit | None = None
    nameplate_j: float = 0.0
    power_w: float = 0.0


@dataclass(frozen=True)
class Layout:
    """The finished tree."""

    buses: list[Bus]
    tree: Tree
    total_w: float


def lay_out(
    load: Any, division: int | Sequence[int], tables: dict[str, Any], more: dict[str, Any]
) -> Layout:
    """Return the tree of an architecture.

    Parameters
    ----------
    division
        Number of compartments, or the pods of each.

    Raises
    ------
    ScenarioError
        More compartments than pods, pods without a compartment, or two storages on one bus.
    """
    buses = _buses(load, _divided(load.pods, division))
    pod_bus = {b.pods[0]: i for i, b in enumerate(buses) if b.level != "block" and i > 0}
    core = load.pods if load.core_kw > 0 else -1
    tree = Tree(
        parent=tuple(b.parent for b in buses),
        names=tuple(b.name for b in buses),
        compartments=tuple(b.compartment for b in buses),
        pod_rows=tuple(pod_bus[p] for p in range(len(pod_bus))),
        core=core,
    )
    for spec in [tables.get("storage"), *more.values()]:
        if spec is not None:
            _place_storage(buses, spec, _carried(buses, tables))
    _place_stages(buses, tables)
    return Layout(buses, tree, buses[0].load_w)


def _divided(pods: int, division: int | Sequence[int]) -> list[list[int]]:
    """Return the pods of each compartment by number."""
    if isinstance(division, int):
        if division > pods:
            raise ScenarioError(
                f"compartments: {division} is more than the {pods} pods (1 to {pods})"
            )
        return [part.tolist() for part in np.array_split(np.arange(pods), division)]
    if sum(division) != pods:
        raise ScenarioError(
            f"compartment_pods: {list(division)} are {sum(division)} pods, but the load has {pods}"
        )
    ends = list(accumulate(division))
    return [list(range(end - n, end)) for n, end in zip(division, ends, strict=True)]


def _buses(load: Any, divided: list[list[int]]) -> list[Bus]:
    peak = load.pod_peak_w()
    total = load.pods * peak + load.core_kw * 1e3
    buses = [Bus("site", -1, -1, "site", total, list(range(load.pods)))]
    for c, pods in enumerate(divided):
        parent, level = 0, "both"
        if len(pods) > 1:
            buses.append(Bus(f"block-{c + 1:02d}", 0, c, "block", peak * len(pods), pods))
            parent, level = len(buses) - 1, "pod"
        buses += [Bus(f"pod-{p:03d}", parent, c, level, peak, [p]) for p in pods]
    if load.core_kw > 0:
        core_w = load.core_kw * 1e3
        buses[0].pods.append(load.pods)
        count = max(1, int(np.ceil(core_w / peak - 1e-9)))
        buses.append(Bus("core", 0, len(divided), "both", core_w, [load.pods], count))
    return buses


def _carried(buses: list[Bus], tables: dict[str, Any]) -> list[float]:
    """Return what a storage on each bus must carry: IT load, losses down to the racks, pumps, W."""
    chain = tables.get("chain")
    pumps = getattr(tables.get("cooling"), "pump_per_it_kw", 0.0)
    carried = []
    for bus in buses:
        rated_w = bus.load_w * (chain.margin if chain is not None else 1.0)
        power = bus.load_w
        if "psu" in tables:
            _, a, b, c = tables["psu"].stage(rated_w)
            power += a + (b + c * power) * power
        for stage in reversed(chain.stages if chain is not None else []):
            if stage.level == "rack":
                size = stage.rated_kw * 1e3 if stage.rated_kw is not None else rated_w
                x = power / size
                power += size * (stage.constant_pu + (stage.linear_pu + stage.square_pu * x) * x)
        carried.append(power + pumps * bus.load_w)
    return carried


def _place_storage(buses: list[Bus], spec: Any, carried: list[float]) -> None:
    """Put one unit of `spec` on every bus of its level; the core gets one, as large as it needs."""
    block_w = max(b.load_w for b in buses[1:] if b.name != "core")
    for row, bus in enumerate(buses):
        if spec.level != bus.level and not (bus.level == "both" and spec.level in ("block", "pod")):
            continue
        if bus.storage is not None and bus.name == "core":
            continue  # block and pod in one: that of the first table serves it
        if bus.storage is not None:
            where = f"storage: bus '{bus.name}' would carry two storages"
            if bus.level == "both" and bus.storage.level != spec.level:
                raise ScenarioError(
                    f"{where}: its compartment has a single pod, so block and pod are the same bus; "
                    "let compartments have several pods each, or leave one of the levels out"
                )
            raise ScenarioError(f"{where}; give them different levels")
        name = f"storage@{buses[row].name}" if row == 0 else f"storage@pod-{bus.pods[0]:03d}"
        if spec.level == "block":
            name = f"storage@{bus.name}"
        count = bus.count if spec.level == "pod" else 1
        bus.storage = spec
        scale = bus.load_w / block_w if spec.level == "block" and bus.name == "core" else 1.0
        unit = Unit(name, row, count, carried[row], tuple(bus.pods), scale)
        bus.nameplate_j, bus.power_w = spec.unit_rating(unit, carried[0])
        bus.unit = replace(unit, nameplate_j=bus.nameplate_j, power_w=bus.power_w)


def charging_below(buses: list[Bus], share: float) -> list[float]:
    """Return the charging power that the stages above each bus are built for, W."""
    found = [share * b.power_w if b.storage is not None and b.storage.trades else 0.0 for b in buses]
    for row in range(len(buses) - 1, 0, -1):
        found[buses[row].parent] += found[row]
    return found


def _place_stages(buses: list[Bus], tables: dict[str, Any]) -> None:
    """Give every bus its stages towards the load and on the edge above it."""
    chain = tables.get("chain")
    charging_w = charging_below(buses, chain.charging_share if chain is not None else 0.0)
    for bus, more_w in zip(buses, charging_w, strict=True):
        rated_w = bus.load_w * (chain.margin if chain is not None else 1.0)
        rack = [tables["psu"].stage(rated_w)] if "psu" in tables else []
        by_level: dict[str, list[Stage]] = {"rack": rack, "pod": [], "block": [], "site": []}
        for stage in reversed(chain.stages if chain is not None else []):
            built_w = rated_w if stage.level == "rack" else rated_w + more_w
            size = stage.rated_kw * 1e3 if stage.rated_kw is not None else built_w
            by_level[stage.level].append(
                (stage.name, stage.constant_pu * size, stage.linear_pu, stage.square_pu / size)
            )
        own = bus.storage.stages(bus.power_w, bus.count) if bus.storage is not None else []
        if bus.level in ("pod", "both"):
            on_dc = bus.storage is not None and bus.storage.coupling == "rack_dc"
            bus.load_stages = [] if on_dc else by_level["rack"]
            bus.edge = (by_level["rack"] if on_dc else []) + own + by_level["pod"]
            if bus.level == "both":
                bus.edge += by_level["block"]
        else:
            bus.edge = own + by_level[bus.level]
