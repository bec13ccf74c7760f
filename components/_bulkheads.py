"""The bulkheads at work: faults that are not contained, short circuits, fires, halls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from components._topology import around
from twin.contracts.calendar import HOUR_S
from twin.contracts.losses import (
    BREAKER_FAILED,
    BULKHEAD,
    HALL_STOPPED,
    ISLAND_TRIPPED,
    TIE_FAILED,
    Initiator,
)
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView, Unit

Due = list[Any]
"""What is due: time, s; ``"fire"`` or ``"restore"``; compartment or bus; event; name, kind of cause."""


@dataclass(slots=True)
class BulkheadState(DeviceState):
    """Buses that are down because of a fault elsewhere, by the bus of that fault; what is due."""

    spread: dict[str, list[int]] = field(default_factory=dict)
    due: list[Due] = field(default_factory=list)


class Bulkheads(Device):
    """Decides how far a fault goes."""

    state_type = BulkheadState
    state: BulkheadState

    def __init__(self, plant: PlantView, spec: Any) -> None:
        super().__init__("bulkheads", plant)
        self.spec = spec
        tree = plant.tree
        core = tree.compartments[tree.pod_rows[tree.core]] if tree.core >= 0 else -1
        self.compartments = len({c for c in tree.compartments if c not in (-1, core)})
        self.around = around(spec.pairs(self.compartments))

    # ---- what devices report ---------------------------------------------------------------------

    def bus_fault(self, row: int, event: str, cause: Initiator) -> None:
        """A bus has failed and is dead; it may be by a short circuit, and may spread."""
        luck, spec = self.plant.luck, self.spec
        short = luck.happens(spec.short_circuit_share_bus, event, "short circuit")
        if short:
            self._short_circuit(row, event, cause)
        for c in self._taken(row, "short_circuit" if short else "bus", event):
            head = self._head(c)
            if head != row:
                self.state.spread.setdefault(str(row), []).append(head)
                self._kill(head, f"{event}-to-{c + 1}", cause, BULKHEAD)

    def bus_mended(self, row: int) -> None:
        """A bus works again, and so do those that went down with it."""
        for head in self.state.spread.pop(str(row), []):
            self.plant.device("protection").restore_bus(head)

    def storage_fault(self, unit: Unit, event: str, cause: Initiator) -> None:
        """A storage unit has failed; those of its compartment and of others may stop with it."""
        luck, spec = self.plant.luck, self.spec
        if luck.happens(spec.short_circuit_share_storage, event, "short circuit"):
            self._short_circuit(unit.row, event, cause)
        for c in self._taken(unit.row, "storage", event):
            for other in self._units_of(c):
                if other.name != unit.name:
                    self.say("not contained", other.name)
                    self.plant.device(other.name).fail_with(event)

    def burns(self, unit: Unit, root: str, cause: Initiator, *, beside_pods: bool) -> None:
        """A unit burns: the hall is stopped, and the fire may go on to the neighbours later.

        Parameters
        ----------
        root
            Name of the fire with which it began: each wall is tried once by it.
        """
        spec, luck = self.spec, self.plant.luck
        here = self.plant.tree.compartments[unit.row]
        if beside_pods and 0 <= here < self.compartments:
            self._stop_hall(here, root, cause)
        for c in self.around.get(here, []):
            wall = self._wall(here, c)
            if luck.happens(spec.fire, wall, "holds", root):
                continue
            if luck.happens(spec.fire_extinguished, wall, "extinguished", root):
                continue
            low, high = spec.fire_delay_min_min, spec.fire_delay_max_min
            delay_s = 60.0 * luck.between(low, high, wall, "delay", root)
            self._later(delay_s, "fire", c, root, cause)

    def tie_fails(self, donor: int, event: str, cause: Initiator) -> bool:
        """A tie closes onto what has failed; return whether the fault comes through to the donor."""
        if not self.plant.luck.happens(1.0 - self.spec.tie, event, "passes on"):
            return False
        self._dark_for(donor, self.spec.isolation_h, f"{event}-passed", cause, TIE_FAILED)
        return True

    # ---- how far it goes ---------------------------------------------------------------------------

    def reached(self, row: int, kind: str, event: str) -> list[int]:
        """Return the compartments that a fault on a bus reaches, nearest first, without its own."""
        here = self.plant.tree.compartments[row]
        if here not in self.around:
            return []
        leak = 1.0 - self.spec.holds(kind)
        found = [here]
        for c in found:  # grows while it is walked along
            found += [
                other
                for other in self.around[c]
                if other not in found
                and self.plant.luck.happens(leak, self._wall(c, other), kind, event)
            ]
        return found[1:]

    def _taken(self, row: int, kind: str, event: str) -> list[int]:
        """Return the compartments that a fault takes as a whole: its own first, if it goes further."""
        others = self.reached(row, kind, event)
        return [self.plant.tree.compartments[row], *others] if others else []

    def _wall(self, a: int, b: int) -> str:
        return f"bulkhead-{min(a, b) + 1}-{max(a, b) + 1}"

    def _head(self, c: int) -> int:
        return self.plant.tree.compartments.index(c)

    def _units_of(self, c: int) -> list[Unit]:
        rows = self.plant.tree.compartments
        return [u for u in self.plant.units() if rows[u.row] == c]

    def _kill(self, row: int, event: str, cause: Initiator, path: str) -> None:
        self.say("goes dark", f"{self.plant.tree.names[row]}: {path}")
        self.plant.device("protection").kill_bus(row, event, cause, path=path)

    def _stop_hall(self, here: int, event: str, cause: Initiator) -> None:
        """Switch off all pods of a hall, batteries and all."""
        hall, tree = here // self.spec.hall_compartments, self.plant.tree
        for pod, row in enumerate(tree.pod_rows):
            if pod != tree.core and tree.compartments[row] // self.spec.hall_compartments == hall:
                name = f"{event}-hall-{pod:03d}"
                self._dark_for(row, self.spec.hall_stop_h, name, cause, HALL_STOPPED)

    def _dark_for(self, row: int, hours: float, event: str, cause: Initiator, path: str) -> None:
        self._kill(row, event, cause, path)
        self._later(hours * HOUR_S, "restore", row, event, cause)

    # ---- short circuits ----------------------------------------------------------------------------

    def _short_circuit(self, row: int, event: str, cause: Initiator) -> None:
        """Pull down the voltage of the bus above, until the fault is cleared."""
        spec, luck, tree = self.spec, self.plant.luck, self.plant.tree
        above = tree.parent[row]
        rate, inp = self.plant.arrays.rate, self.plant.arrays.inp
        if above < 0 or not inp[row]["closed"] or not (inp[above]["alive"] and rate[above]["live"]):
            return
        self.plant.count("internal_short_circuits")
        if luck.happens(spec.breaker_failure, event, "breaker"):
            self._dark_for(above, spec.isolation_h, f"{event}-breaker", cause, BREAKER_FAILED)
            return
        formed = self.plant.device("utility").state.source == "storage"
        island = formed or not rate[above]["joined"]
        if island and luck.happens(spec.island_trip, event, "island"):
            head = self._head_of_island(above)
            self._dark_for(head, spec.isolation_h, f"{event}-island", cause, ISLAND_TRIPPED)
            return
        volts = luck.between(spec.sag_min_pu, spec.sag_max_pu, event, "residual voltage")
        lasts_s = luck.between(spec.clearing_min_s, spec.clearing_max_s, event, "clearing")
        self.say("short circuit", f"{tree.names[above]} at {volts:.2f} pu for {lasts_s * 1e3:.0f} ms")
        key = f"{event}-short"
        self.plant.device("protection").internal_sag(above, row, volts, lasts_s, key, cause)

    def _head_of_island(self, row: int) -> int:
        tree, k = self.plant.tree, self.plant.arrays
        while row > 0 and k.inp[row]["closed"] and k.rate[tree.parent[row]]["live"]:
            row = tree.parent[row]
        return row

    # ---- later -------------------------------------------------------------------------------------

    def _later(self, wait_s: float, what: str, where: int, event: str, cause: Initiator) -> None:
        s = self.state
        s.due.append([self.plant.now + wait_s, what, where, event, cause.name, cause.kind])
        s.until_s = min(due[0] for due in s.due)
        self.plant.rewait(self)

    def step(self, reason: str) -> None:
        """Let fires arrive, and what was stopped come back."""
        s, now = self.state, self.plant.now
        ready = sorted((d for d in s.due if d[0] <= now), key=lambda d: (d[0], d[1], d[2]))
        s.due = [d for d in s.due if d[0] > now]
        for _, what, where, event, name, kind in ready:
            if what == "restore":
                self.plant.device("protection").restore_bus(where)
            else:
                self._ignite(where, event, Initiator(name, kind))
        s.until_s = min((d[0] for d in s.due), default=NEVER)

    def _ignite(self, c: int, root: str, cause: Initiator) -> None:
        units = self._units_of(c)
        for unit in units[:1]:
            self.plant.device(unit.name).catch_fire(root, cause)
        if not units:
            days = self.spec.fire_repair_days
            self._dark_for(self._head(c), 24.0 * days, f"{root}-to-{c + 1}", cause, BULKHEAD)
