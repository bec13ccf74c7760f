"""Tie breakers between neighbouring compartments: normally open, closed to help.

A static tie closes within the hold-up of power supplies, so that pods ride through; a mechanical one
only restores what was lost, and while the site bus is dead only with ``recovery.on_islands``. A tie
closes when a neighbour is short (its storage has failed, is empty, or could not take over), or runs low
on an island, and opens when both are fed from above again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from components._tie_breakers import TieBreakers
from components._topology import Pair, Topology
from components._units import ensure_protection
from twin.contracts.layout import TIE
from twin.contracts.parts import PlantView, Tree
from twin.quantity import MisfitError, Spec, quantity
from twin.registry import register

STATIC_S, MECHANICAL_S = (0.004, 0.008), (0.05, 0.1)


@register("ties", "breakers")
class TiesSpec(Topology):
    """Ties between neighbours; breakers restore on islands only with recovery.on_islands = true."""

    rating_kw: float | None = quantity("kW", "Rating of a tie (left out: rating_share)", None, gt=0)
    rating_share: float = quantity("1", "Rating as a share of the design IT load of the smaller of "
        "its two compartments", 1.25, gt=0, le=10,
        source="assumed: it carries a neighbour as a whole, losses and pumps included",
        confidence="C")  # fmt: skip
    static: bool = quantity("", "Thyristors, which close within the hold-up, or a breaker, which "
        "only restores (on an island with recovery.on_islands = true)", False,
        source="assumed: breakers are usual", confidence="C")  # fmt: skip
    close_min_s: float | None = quantity(
        "s", "Detection and closing, shortest (left out: 4 ms static, 50 ms mechanical)", None, gt=0)
    close_max_s: float | None = quantity(
        "s", "Detection and closing, longest (left out: 8 ms static, 100 ms mechanical)", None, gt=0)
    failure_to_close: float = quantity("1/demand", "It fails to close", 3e-3, ge=0, le=1,
        source="IEEE Std 493-2007: transfer switches 0.001 to 0.006, cited from memory; verify",
        confidence="B")  # fmt: skip
    synchronism_failure: float = quantity("1/demand", "The synchronism check refuses to close between "
        "two live buses", 0.05, ge=0, lt=1, source="assumed", confidence="C",
        span=(0.01, 0.5))  # fmt: skip
    synchronism_s: float = quantity("s", "It is tried again after", 30.0, gt=0)
    fault_per_year: float = quantity("1/yr", "Failure rate of each tie", 0.0097, ge=0,
        source="IEEE Std 493-2007, ATS, cited from memory; verify", confidence="B")  # fmt: skip
    repair_h: float = quantity("h", "Mean repair time (exponential)", 5.7, gt=0,
        source="IEEE Std 493-2007, ATS, cited from memory; verify", confidence="B")  # fmt: skip
    close_below: float = quantity("1", "Share of the usable energy below which a neighbour on an "
        "island is helped before it is empty", 0.05, ge=0, lt=1,
        source="assumed: in time for a synchronism check", confidence="C")  # fmt: skip
    capex_usd_per_kw: float = quantity("USD/kW", "Installed cost of a tie per rating", 40.0, ge=0,
        source="assumed, 20 to 100: as a static switch with its busway", confidence="C",
        span=(20.0, 100.0))  # fmt: skip
    om_share_per_year: float = quantity("1/yr", "Yearly O&M as a share of capex", 0.01, ge=0, le=1)
    life_years: float = quantity("yr", "Life", 25.0, gt=0)
    floor_m2_per_kw: float = quantity("m2/kW", "Floor space per rating", 0.002, ge=0,
        source="assumed: a cubicle of 2 m2 a megawatt", confidence="C")  # fmt: skip

    def closing_s(self) -> tuple[float, float]:
        """Return the shortest and longest time to close, s."""
        low, high = STATIC_S if self.static else MECHANICAL_S
        return (
            low if self.close_min_s is None else self.close_min_s,
            high if self.close_max_s is None else self.close_max_s,
        )

    def fits(self, compartments: int) -> None:
        """Refuse what does not go with so many compartments."""
        super().fits(compartments)
        low, high = self.closing_s()
        if low > high:
            raise MisfitError("close_min_s", f"{low:g} is above close_max_s = {high:g}")

    def warnings(self, context: Any) -> Iterator[str]:
        """Yield that storage below the buses is neither helped nor helps, and what breakers need."""
        design = context.architecture
        recovery = design.tables.get("recovery")
        waits = recovery is not None and not getattr(recovery, "on_islands", True)
        if not self.static and waits and self.pairs(design.compartments):
            yield (
                "ties are breakers (static = false), which only restore, but pods do not return while "
                "the site bus is dead; set recovery.on_islands = true, or static = true, or leave "
                "them to blocks that are cut off while it is fed"
            )
        storages = [design.tables.get("storage"), *design.more_storage.values()]
        levels = {s.level for s in storages if s is not None}
        pods = getattr(context.scenario.load, "pods", 1)
        if "pod" in levels and "block" not in levels and design.compartments < pods:
            yield (
                f"ties join {design.compartments} compartments of {pods} pods, but storage stands in "
                "the pods: a tie does not close when one of them fails or runs empty, only where a "
                'block is cut off; set storage.level = "block", or compartments to the number of pods'
            )

    def _rated(self, tree: Tree, load_w: list[float]) -> Iterator[tuple[Pair, float]]:
        """Yield the buses of each tie and its rating, W."""
        heads = heads_of(tree)
        for a, b in self.pairs(len(heads)):
            share_w = self.rating_share * min(load_w[heads[a]], load_w[heads[b]])
            rating_w = share_w if self.rating_kw is None else self.rating_kw * 1e3
            yield (heads[a], heads[b]), rating_w

    def assets(self, laid: Any) -> Iterator[tuple[str, float, float, float, float]]:
        """Yield name, price (USD), O&M (USD/yr), life (yr) and floor space (m2) of what is bought."""
        rated = self._rated(laid.tree, [b.load_w for b in laid.buses])
        kw = sum(rating_w for _, rating_w in rated) / 1e3
        price = kw * self.capex_usd_per_kw
        yield "ties", price, price * self.om_share_per_year, self.life_years, kw * self.floor_m2_per_kw

    def build(self, plant: PlantView) -> None:
        """Put the ties into the pass, open, and add the device that closes them."""
        ensure_protection(plant)
        rated = list(self._rated(plant.tree, bus_loads(plant)))
        made = np.zeros(len(rated), TIE)
        for t, ((a, b), rating_w) in enumerate(rated):
            made[t] = (a, b, rating_w, 0, 0.0)
        if rated:
            plant.arrays = plant.arrays._replace(tie=made)
            plant.add(TieBreakers(plant, self, heads_of(plant.tree)))


@register("ties", "none")
class NoTies(Spec):
    """No ties."""

    def build(self, plant: PlantView) -> None:
        """Add nothing."""


def heads_of(tree: Tree) -> list[int]:
    """Return the bus of each compartment, the core network's left out."""
    core = tree.compartments[tree.pod_rows[tree.core]] if tree.core >= 0 else -1
    numbers = sorted({c for c in tree.compartments if c not in (-1, core)})
    return [tree.compartments.index(c) for c in numbers]


def bus_loads(plant: PlantView) -> list[float]:
    """Return the design load below each bus, W."""
    peak_w, tree = plant.load.pod_peak_w(), plant.tree
    return [peak_w * len(tree.pods_below(row)) for row in range(len(tree.names))]
