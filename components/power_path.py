"""The power path: what stands between the grid and the racks, how often it fails, what it takes down.

Upstream of the site bus (feeders, their transfer switch, HV transformers) a fault looks like an outage
of the grid: diesel sets and storage ride through. Between the site bus and the storage of a block or
pod (MV transformer, breaker) it cuts that bus off, and its storage carries it as long as it lasts.
Between storage and racks (breaker, cable, static switch) it takes the pods down. Buses themselves are
the table ``bus``.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from components._feeders import Connection
from components._maintenance import Maintenance
from components._path_branch import PathBranch
from components._series import Part, Series
from components._units import ensure_protection
from twin.contracts.calendar import HOUR_S
from twin.contracts.losses import (
    ATS,
    BREAKER,
    CABLE,
    FEED_SWITCH,
    FEEDER,
    HV_TRANSFORMER,
    MV_TRANSFORMER,
    STATIC_SWITCH,
)
from twin.contracts.parts import PlantView
from twin.quantity import Spec, quantity
from twin.registry import register

_GOLD = "IEEE Std 493-2007 Gold Book standard-network data, cited from memory; verify"
_FEET = 0.3048


class Element(Spec):
    """Failure and repair of one kind of equipment."""

    fault_per_year: float = quantity("1/yr", "Failure rate of each", ge=0)
    repair_h: float = quantity("h", "Mean repair time", gt=0)

    def part(self, kind: str, times: float = 1.0) -> Part:
        """Return so many of them in series, or so much of their length."""
        return Part(kind, self.fault_per_year * times, self.repair_h)


def _element(meaning: str, rate: float, repair_h: float, source: str, confidence: str = "B") -> Element:
    found: Element = quantity("", meaning, Element(fault_per_year=rate, repair_h=repair_h),
                              source=source, confidence=confidence)  # fmt: skip
    return found


@register("path")
class PathSpec(Spec):
    """Feeders, transformers, switches, breakers and cables, with faults, repairs and maintenance."""

    feeders: Literal[1, 2] = quantity("", "Utility feeders; two come with a transfer switch", 1,
        source="assumed: one connection", confidence="C")  # fmt: skip
    independent_share: float = quantity(
        "1", "Share of the grid's disturbances that are local to one of two feeders (each as often)",
        0.0, ge=0, le=1,
        source="none needed: all reach both feeders unless the scenario says otherwise",
        confidence="D")  # fmt: skip
    transfer_s: float = quantity(
        "s", "The transfer switch changes over when its feeder has been dead for so long", 5.0, gt=0,
        source="assumed: medium-voltage transfer, 1 to 10 s", confidence="C")  # fmt: skip
    transfer_failure: float = quantity(
        "1/demand", "The transfer switch fails to transfer", 0.003, ge=0, le=1,
        source="IEEE Std 493-2007 and 3006.8-2018: 0.001 to 0.006, cited from memory; verify",
        confidence="B")  # fmt: skip
    ats: Element = _element("The transfer switch between two feeders", 0.0097, 5.7, _GOLD)
    feeder_km: float = quantity("km", "Length of the site's own line on each feeder", 0.0, ge=0,
        source="none needed: the grid's disturbances are those at the connection")  # fmt: skip
    feeder: Element = _element("A kilometre of that line (aerial, up to 15 kV)", 0.0293, 1.82,
        f"0.04717 a mile: {_GOLD}")  # fmt: skip
    hv_transformers: int = quantity("", "HV transformers side by side", 2, ge=1, le=8,
        source="assumed: one to spare", confidence="C")  # fmt: skip
    hv_needed: int = quantity("", "HV transformers that carry the site", 1, ge=1, le=8,
        source="assumed", confidence="C")  # fmt: skip
    hv_transformer: Element = _element("An HV transformer", 0.013, 356.0,
        "IEEE Std 493-1997: 0.0062 to 0.0130 a year, 130 to 356 h (replaced), from memory; verify")
    mv_transformer: Element = _element("The MV transformer of a block, or of a pod that is its own",
        0.00111, 5.0, f"liquid-filled up to 3 MVA, a spare at hand: {_GOLD}")  # fmt: skip
    pod_breaker: Element = _element("The breaker above a pod's bus", 0.00185, 2.0,
        f"LV drawout breaker, 0.5 to 4 h: {_GOLD}")  # fmt: skip
    static_switch: Element = _element("The static switch of a storage that has one", 0.0077, 6.0,
        _GOLD)  # fmt: skip
    rack_breaker: Element = _element("The breaker between a pod's bus and its racks", 0.0052, 5.8,
        f"LV moulded-case breaker: {_GOLD}")  # fmt: skip
    cable_km: float = quantity("km", "Cable between a pod's bus and its racks", 0.05, ge=0)
    cable: Element = _element("A kilometre of that cable", round(0.00201 / _FEET, 5), 11.2,
        f"0.00201 per 1000 ft, up to 600 V: {_GOLD}")  # fmt: skip
    feeds: Literal[1, 2] = quantity(
        "", "Ways from the site bus to each bus and rack: 2 doubles transformers, breakers and cables",
        1, source="assumed: A and B feeds are an option", confidence="C")  # fmt: skip
    common_cause: float = quantity(
        "1", "Share of the faults of one of two feeds that strike both (beta factor)", 0.05,
        ge=0, le=1, source="IEC 61508-6 annex D, 0.02 to 0.1, cited from memory; verify",
        confidence="B")  # fmt: skip
    feed_switch: Element = _element("The transfer switch between two feeds", 0.0077, 6.0,
        f"static switch: {_GOLD}")  # fmt: skip
    feed_transfer_failure: float = quantity(
        "1/demand", "That switch fails to transfer", 1e-3, ge=0, le=1,
        source="assumed, 1e-4 to 1e-2; sweep", confidence="C")  # fmt: skip
    feed_manual_h: float = quantity("h", "Then somebody transfers by hand after", 0.5, gt=0)
    law: Literal["exponential", "lognormal", "fixed"] = quantity(
        "", "Law of repair times", "lognormal")  # fmt: skip
    sigma: float = quantity("1", "Log-standard deviation of lognormal repairs", 1.0, ge=0, le=3)
    maintenance_per_year: float = quantity(
        "1/yr", "Planned maintenance of the way to each block (with one feed its pods are off)", 0.0,
        ge=0, le=52,
        source="none needed: with the nodes' own maintenance unless the scenario says otherwise",
        confidence="D")  # fmt: skip
    maintenance_h: float = quantity("h", "Length of that", 8.0, gt=0, le=720)
    maintenance_notice_s: float = quantity(
        "s", "Jobs have so long to checkpoint before their pods are switched off", 60.0, ge=0)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hv_needed > self.hv_transformers:
            raise ValueError(
                f"hv_needed = {self.hv_needed} is more than hv_transformers = {self.hv_transformers}"
            )
        if self.feeders == 1 and self.independent_share > 0.0:
            raise ValueError(
                f"independent_share = {self.independent_share:g} needs feeders = 2 (with one feeder "
                "every disturbance reaches the site); set it to 0"
            )
        if self.maintenance_per_year * self.maintenance_h > 8760.0:
            raise ValueError("maintenance_per_year x maintenance_h is more than a year")
        return self

    def _series(self, name: str, *parts: Part) -> Series:
        return Series.of(name, parts, self.law, self.sigma)

    def connection(self) -> Connection:
        """Return what stands between the grid and the site bus."""
        lines = [
            self._series(f"feeder-{n + 1}", self.feeder.part(FEEDER, self.feeder_km))
            for n in range(self.feeders)
        ]
        ats = [self.ats.part(ATS)] if self.feeders == 2 else []
        transformers = [
            self._series(f"hv-transformer-{n + 1}", self.hv_transformer.part(HV_TRANSFORMER))
            for n in range(self.hv_transformers)
        ]
        return Connection(
            feeders=lines,
            independent_share=self.independent_share,
            transfer_s=self.transfer_s,
            transfer_failure=self.transfer_failure,
            trunk=self._series("ats", *ats),
            transformers=transformers,
            needed=self.hv_needed,
        )

    def build(self, plant: PlantView) -> None:
        """Add the ways to all buses below the site bus, and their maintenance."""
        protection = ensure_protection(plant)
        switches = {
            u.row for u in plant.units() if protection.spec_of(u).has_static_switch
        }
        pods = set(plant.tree.pod_rows)
        ways: dict[int, list[PathBranch]] = {}
        for row in range(len(plant.tree.names)):
            ways[row] = []
            if row > 0:
                ways[row] += self._add(plant, row, "feed", self._above(plant, row), [])
            below = [self.static_switch.part(STATIC_SWITCH)] if row in switches else []
            racks = [self.rack_breaker.part(BREAKER), self.cable.part(CABLE, self.cable_km)]
            ways[row] += self._add(plant, row, "racks", racks if row in pods else [], below)
        self._maintain(plant, ways)

    def _maintain(self, plant: PlantView, ways: dict[int, list[PathBranch]]) -> None:
        """Add the maintenance windows of everything that hangs on the site bus."""
        if self.maintenance_per_year <= 0.0:
            return
        for row, parent in enumerate(plant.tree.parent):
            if parent == 0:
                below = [way for r in plant.tree.below(row) for way in ways[r]]
                plant.add(Maintenance(plant, self, row, below if self.feeds == 2 else []))

    def _above(self, plant: PlantView, row: int) -> list[Part]:
        """Return what stands above the storage on a bus."""
        parts = []
        if plant.tree.parent[row] == 0:
            parts.append(self.mv_transformer.part(MV_TRANSFORMER))
        if row in plant.tree.pod_rows:
            parts.append(self.pod_breaker.part(BREAKER))
        return parts

    def _add(
        self, plant: PlantView, row: int, what: str, twofold: list[Part], single: list[Part]
    ) -> list[PathBranch]:
        """Add the elements of one kind at a bus: those that two feeds double, those that stay one."""
        name = f"{what}@{plant.tree.names[row]}"
        above = what == "feed"
        lanes: list[Series] = []
        trunk = [*single, *twofold]
        if self.feeds == 2 and twofold:
            beta = self.common_cause
            own = [p.times(1.0 - beta) for p in twofold]
            lanes = [self._series(f"{name}-{lane}", *own) for lane in "ab"]
            switch = [self.feed_switch.part(FEED_SWITCH)] if above else []
            trunk = [*single, *switch, *(p.times(beta) for p in twofold)]
        series = self._series(name, *trunk)
        if not (series.parts or any(lane.parts for lane in lanes)):
            return []
        branch = PathBranch(
            plant, name, row, above=above, trunk=series, lanes=lanes,
            transfer_failure=self.feed_transfer_failure if above else 0.0,
            manual_s=self.feed_manual_h * HOUR_S,
        )  # fmt: skip
        plant.add(branch)
        return [branch]
