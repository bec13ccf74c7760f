"""A storage unit as a device: its faults, repairs and fires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components._placement import KWH_J
from components._storage import StorageSpec
from twin.contracts.calendar import YEAR_S
from twin.contracts.layout import Arrays
from twin.contracts.losses import BULKHEAD, FIRE, STORAGE_FAULT, STORAGE_OUT, Initiator
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView, Unit, repair_time


@dataclass(slots=True)
class UnitState(DeviceState):
    """Health of a unit: failed modules or a fault, and the timers of fault and repair.

    ``blocks`` counts what stops it from outside at present, and ``stopped_s`` is the end of the repair
    of a fault that came over from a neighbour, s.
    """

    failed: int = 0
    faults: int = 0
    repairs: int = 0
    fires: int = 0
    fault_at_s: float = NEVER
    repair_at_s: float = NEVER
    fire_at_s: float = NEVER
    clear_at_s: float = NEVER
    blocks: int = 0
    stopped_s: float = NEVER


class StorageUnit(Device):
    """Faults and repairs of one storage unit; `healthy` tells whether it can take over."""

    state_type = UnitState
    state: UnitState

    def __init__(self, plant: PlantView, unit: Unit, spec: StorageSpec) -> None:
        super().__init__(unit.name, plant)
        self.unit = unit
        self.spec: Any = spec
        self.rated_w = float(plant.arrays.inp[unit.row]["discharge_w"])
        self.own_share = 1.0

    def begin(self) -> None:
        """Draw the first fault and the first fire."""
        s = self.state
        s.fault_at_s = self._draw("fault", self.fault_rate(), s.faults)
        s.fire_at_s = self._next_fire()
        self._wait()

    def _draw(self, kind: str, rate_per_year: float, number: int) -> float:
        if rate_per_year <= 0.0:
            return NEVER
        mean_s = YEAR_S / rate_per_year
        return self.plant.now + self.plant.luck.exponential(mean_s, self.name, kind, number)

    def _wait(self) -> None:
        s = self.state
        s.until_s = min(s.fault_at_s, s.repair_at_s, s.fire_at_s, s.clear_at_s, s.stopped_s)

    def _next_fire(self) -> float:
        """Return the time of the next fire of a unit that is new now, s."""
        return self._draw("fire", self._fire_rate(), self.state.fires)

    def _fire_rate(self) -> float:
        nameplate_mwh = float(self.plant.arrays.row[self.unit.row]["nameplate_j"]) / 3.6e9
        return float(self.spec.fire_per_mwh_year * nameplate_mwh)

    def fault_rate(self) -> float:
        """Return the unit's present fault rate, 1/yr."""
        return self.own_share * float(self.spec.fault_rate(self.unit, self.state.failed))

    def step(self, reason: str) -> None:
        """Fail, repair, burn, or come back into service."""
        s, now = self.state, self.plant.now
        self._faults()
        if now >= s.stopped_s:
            s.stopped_s = NEVER
            self.say("works again")
        if now >= s.fire_at_s:
            self._burn()
        elif now >= s.clear_at_s:
            s.clear_at_s = NEVER
            s.fire_at_s = self._next_fire()
            self.say("back in service after fire")
            if self.spec.fire_takes_bus:
                self.plant.device("protection").restore_bus(self.unit.row)
        self._wait()
        self._tell()

    def _tell(self) -> None:
        """Let everybody know what the unit can do now."""
        self.plant.changed(self)
        self.plant.signal("unit")
        if self.unit.row == 0:
            self.plant.signal("storage")

    # ---- what comes from outside -----------------------------------------------------------------

    def keep_own_faults(self, share: float) -> None:
        """Leave the rest of the faults to what all units have in common (while building)."""
        self.own_share = share

    def block(self, more: int) -> None:
        """Be stopped from outside (+1), or be released (-1)."""
        self.state.blocks += more
        self._tell()

    def fail_with(self, event: str) -> None:
        """Stop with a neighbour whose fault has come over, for the time of a repair."""
        s, spec = self.state, self.spec
        if s.stopped_s == NEVER:
            law, sigma, luck = spec.repair_law, spec.repair_sigma, self.plant.luck
            away_s = repair_time(luck, law, spec.repair_h, sigma, self.name, "stopped by", event)
            s.stopped_s = self.plant.now + away_s
            self.say("stopped with its neighbour")
            self._anew()

    def catch_fire(self, root: str, cause: Initiator) -> None:
        """Burn, because a neighbour does; what burns already does not burn again."""
        if self.state.clear_at_s == NEVER:
            self._burn(root, cause)
            self._anew()

    def _anew(self) -> None:
        self._wait()
        self.plant.rewait(self)
        self._tell()

    def _note_fault(self, number: int | str) -> None:
        """Tell the bulkheads of a fault that stops the unit, or a part of it."""
        self.commit(self.plant.arrays)
        if self.plant.has("bulkheads"):
            cause = Initiator(f"{self.name} fault {number}", STORAGE_FAULT)
            event = f"{self.name}-{number}"
            self.plant.device("bulkheads").storage_fault(self.unit, event, cause)

    # ---- its own faults and fires ----------------------------------------------------------------

    def _faults(self) -> None:
        """Let modules fail and be repaired."""
        s, now = self.state, self.plant.now
        if now >= s.fault_at_s:
            s.failed += 1
            s.faults += 1
            self.say("fault", f"{s.failed} failed")
            self.plant.count("storage_faults")
            s.repair_at_s = min(s.repair_at_s, now + self._repair_s())
            s.fault_at_s = self._draw("fault", self.fault_rate(), s.faults)
            self._note_fault(s.faults)
        elif now >= s.repair_at_s:
            s.failed -= 1
            self.say("repaired", f"{s.failed} failed")
            s.repair_at_s = now + self._repair_s() if s.failed else NEVER
            s.repairs += 1
            s.fault_at_s = self._draw("fault after repair", self.fault_rate(), s.repairs)

    def _repair_s(self) -> float:
        return repair_time(
            self.plant.luck,
            self.spec.repair_law,
            self.spec.repair_h,
            self.spec.repair_sigma,
            self.name,
            "repair",
            self.state.faults,
            self.state.failed,
        )

    def _burn(self, root: str = "", cause: Initiator | None = None) -> None:
        """A serious incident: the compartment is dead for weeks, and what stands in it is lost."""
        s = self.state
        s.fires += 1
        s.fire_at_s = NEVER
        s.clear_at_s = self.plant.now + self.spec.fire_repair_days * 86_400.0
        load = self.plant.load
        gpus = getattr(load, "gpus_per_pod", 0) * sum(
            p != self.plant.tree.core for p in self.unit.pods
        )
        beside_pods = self.spec.stands() == "hall"
        if not beside_pods:
            gpus = 0
        nameplate_j = float(self.plant.arrays.row[self.unit.row]["nameplate_j"])
        burnt = self.spec.burnt_kwh(nameplate_j / KWH_J) * KWH_J / nameplate_j
        own = float(burnt * self.spec.price_usd(nameplate_j, self.rated_w))
        lost = own + gpus * self.spec.fire_destroys_gpu_share * self.plant.economics.gpu_usd
        self.plant.count("storage_fires")
        self.plant.lose_asset(lost, own, self.spec.life_years)
        self.say("fire", f"{lost / 1e6:.2f} MUSD destroyed")
        cause = cause or Initiator(f"{self.name} fire {s.fires}", FIRE)
        key = f"{self.name}-fire-{s.fires}"
        if self.spec.fire_takes_bus:
            path = BULKHEAD if root else ""
            self.plant.device("protection").kill_bus(self.unit.row, key, cause, path=path)
        if self.plant.has("bulkheads"):
            self.plant.device("bulkheads").burns(
                self.unit, root or key, cause, beside_pods=beside_pods
            )

    @property
    def modules_out(self) -> int:
        """Number of modules that are out of order."""
        return self.state.failed

    @property
    def path_out(self) -> str:
        """Why the unit is of no help to those that lose power below it."""
        return STORAGE_OUT

    @property
    def bypass_ok(self) -> bool:
        """Whether the load can fall back to a bypass."""
        return bool(self.spec.has_bypass)

    def hides_from_s(self) -> float:
        """Return since when, or from when on, anything is hidden in the unit, s."""
        return NEVER

    def meets_demand(self) -> bool:
        """Return whether nothing hidden keeps the unit from carrying its load now."""
        return True

    @property
    def healthy(self) -> bool:
        """Whether the unit can carry its load from its battery."""
        return bool(self.spec.healthy(self.unit, self.modules_out))

    @property
    def faulty(self) -> bool:
        """Whether the unit itself has failed: not stopped from outside, and not in maintenance."""
        s = self.state
        return not self.spec.healthy(self.unit, s.failed) or min(s.clear_at_s, s.stopped_s) < NEVER

    @property
    def in_service(self) -> bool:
        """Whether the unit is healthy, and neither a fire nor anything from outside keeps it out."""
        s = self.state
        return self.healthy and s.clear_at_s == s.stopped_s == NEVER and not s.blocks

    def commit(self, k: Arrays) -> None:
        """Tell the pass whether the unit is available, and what its remaining modules can do."""
        row, bus = k.inp[self.unit.row], k.row[self.unit.row]
        row["storage_ok"] = self.in_service
        share = self.spec.share_left(self.unit, self.modules_out)
        nameplate_j = float(bus["nameplate_j"])
        for key, value in self.spec.input_fields(nameplate_j, self.rated_w).items():
            row[key] = value * share
