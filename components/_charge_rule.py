"""When diesel sets run: because the utility is away, or because the storages are low.

With ``start = "loss"`` the sets are called whenever the utility does not feed the site, even if a
storage carries it meanwhile. With ``start = "low_charge"`` the storages carry it first: the sets are
called when one of them is low, when pods are without power, or when chillers stand on the dead site
bus, and stop when all storages are high and can carry the site alone.
"""

from __future__ import annotations

from typing import Any

from twin.contracts.layout import Mode
from twin.contracts.parts import Device, PlantView
from twin.contracts.timeline import INTERRUPTION_PU
from twin.errors import ScenarioError

EMPTY = int(Mode.EMPTY)
TOLERANCE = 1e-6
"""A storage counts as having reached a level within this share of its nameplate energy."""


class ChargeRule:
    """Reads the storages; holds no state."""

    def __init__(self, plant: PlantView, spec: Any) -> None:
        self.plant = plant
        self.by_charge = spec.start == "low_charge"
        self.start_below = float(spec.start_below)
        self.stop_above = float(spec.stop_above)

    def check(self) -> None:
        """Refuse levels that a storage can never pass."""
        protection = self.plant.device("protection")
        for unit in self.plant.units() if self.by_charge else ():
            spec = protection.spec_of(unit)
            if not (spec.soc_low < self.start_below and self.stop_above <= spec.soc_high):
                raise ScenarioError(
                    f"diesel: start_below = {self.start_below:g} and stop_above = "
                    f"{self.stop_above:g} must lie within soc_low = {spec.soc_low:g} and soc_high = "
                    f"{spec.soc_high:g} of {unit.name}"
                )

    def wants(self) -> bool:
        """Return whether the sets are needed now."""
        source = self.plant.device("utility").state.source
        if source in ("grid", "diesel"):
            return False
        if not self.by_charge:
            return True
        return self._low() or self._heating(source) or (source == "none" and self._waiting())

    def may_stop(self) -> bool:
        """Return whether the storages can take over again and are full enough to do so."""
        mains = self.plant.device("utility").state.seen_pu >= INTERRUPTION_PU
        if not self.by_charge or mains or self._waiting():
            return False
        return self._high() and self._can_carry()

    def watch(self, owner: Device) -> None:
        """Watch all storages for what the sets wait for at the present source."""
        if not self.by_charge:
            return
        source = self.plant.device("utility").state.source
        for unit in self.plant.units():
            if source == "diesel":
                high_j = self._level_j(unit.row, self.stop_above)
                above = self.plant.stored_j(unit.row) >= self._floor_j(unit.row, high_j)
                self.plant.watch(unit.row, owner, **({} if above else {"high_j": high_j}))
            elif source != "grid" and not self._is_low(unit.row):
                low_j = self._level_j(unit.row, self.start_below)
                self.plant.watch(unit.row, owner, low_j=low_j)
            else:
                self.plant.watch(unit.row, owner)

    def topics(self) -> tuple[str, ...]:
        """Return what the owner must listen to besides sources and fuel."""
        if not self.by_charge:
            return ()
        rows = sorted({f"watch:{unit.row}" for unit in self.plant.units()})
        return ("pods", "chillers", *rows)

    def _level_j(self, row: int, soc: float) -> float:
        p, s = self.plant.arrays.row[row], self.plant.arrays.state[row]
        return float((soc - p["soc_low"]) * p["nameplate_j"] * s["soh"])

    def _floor_j(self, row: int, level_j: float) -> float:
        return level_j - TOLERANCE * float(self.plant.arrays.row[row]["nameplate_j"])

    def _is_low(self, row: int) -> bool:
        if self.plant.arrays.state[row]["mode"] == EMPTY:
            return True
        margin = TOLERANCE * float(self.plant.arrays.row[row]["nameplate_j"])
        return self.plant.stored_j(row) <= self._level_j(row, self.start_below) + margin

    def _in_service(self) -> list[int]:
        """Return the buses of the units that are well."""
        return [u.row for u in self.plant.units() if self.plant.device(u.name).in_service]

    def _low(self) -> bool:
        return any(self._is_low(row) for row in self._in_service())

    def _high(self) -> bool:
        return all(
            self.plant.stored_j(row) >= self._floor_j(row, self._level_j(row, self.stop_above))
            for row in self._in_service()
        )

    def _heating(self, source: str) -> bool:
        """Return whether chillers have stopped for want of a bus, or are about to."""
        if not self.plant.has("cooling"):
            return False
        return source == "none" or self.plant.device("cooling").state.phase == "off"

    def _waiting(self) -> bool:
        """Return whether a pod is off although the buses above it are in service."""
        alive, parent = self.plant.arrays.inp["alive"], self.plant.tree.parent
        for pod, row in zip(self.plant.pods, self.plant.tree.pod_rows, strict=True):
            while row >= 0 and alive[row]:
                row = parent[row]
            if row < 0 and pod.state.phase == "off":
                return True
        return False

    def _can_carry(self) -> bool:
        """Return whether the site could live on its storages alone from now on."""
        if self.plant.has("former") and self.plant.device("former").able():
            supply_w = float(self.plant.arrays.inp[0]["discharge_w"])
            return self.plant.need_w() <= supply_w
        if self.plant.has("cooling"):
            return False
        protection = self.plant.device("protection")
        powered = [n for n, pod in enumerate(self.plant.pods) if pod.state.phase != "off"]
        return all(protection.covers(pod) for pod in powered)
