"""A UPS block as a device: modules, shared bypass, strings with hidden faults, maintenance on bypass.

Modules fail each for itself and, by a share beta, all at once; each is repaired for itself. With too
few left the block is on bypass. A string's fault stays hidden until the next test or demand. If the
inverter cannot carry the load and the bypass is out, the block is dark.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from components._storage import StorageSpec
from components._storage_unit import StorageUnit, UnitState
from components._upkeep import calm, first_service_s, first_test_s, serve
from twin.contracts.calendar import DAY_S
from twin.contracts.losses import UPS, Initiator
from twin.contracts.parts import NEVER, PlantView, Unit, repair_time

COMMON, BYPASS = "common", "bypass"


@dataclass(slots=True)
class UpsState(UnitState):
    """Health of a block.

    Attributes
    ----------
    module_back_s
        End of repair of each failed module, s.
    next_s, out
        Of what stops all modules (``"common"``) and of the bypass: next fault or end of repair, s, and
        whether it is out.
    hidden_s, found_s, back_s
        Per string: when its next fault strikes unseen, when the test after that finds it, and the end
        of its repair, s.
    service_s, in_service
        Next maintenance, or the end of the present one, s.
    numbers
        Draws made so far, by kind.
    dark
        The block's bus is dead for want of inverter and bypass.
    """

    module_back_s: list[float] = field(default_factory=list)
    next_s: dict[str, float] = field(default_factory=dict)
    out: dict[str, bool] = field(default_factory=dict)
    hidden_s: list[float] = field(default_factory=list)
    found_s: list[float] = field(default_factory=list)
    back_s: list[float] = field(default_factory=list)
    service_s: float = NEVER
    in_service: bool = False
    numbers: dict[str, int] = field(default_factory=dict)
    dark: bool = False


class UpsUnit(StorageUnit):
    """Faults, repairs, tests and maintenance of one block."""

    state_type = UpsState
    state: UpsState

    def __init__(self, plant: PlantView, unit: Unit, spec: StorageSpec) -> None:
        super().__init__(plant, unit, spec)
        self.rates = {COMMON: self.spec.common_fault_rate, BYPASS: self.spec.bypass_fault_per_year}

    def keep_own_faults(self, share: float) -> None:
        """Leave a share of what stops a whole block to what stops all blocks (while building)."""
        self.rates[COMMON] *= share

    def begin(self) -> None:
        """Begin with everything in order; tests and maintenance at a phase of the block's own."""
        s, spec, luck = self.state, self.spec, self.plant.luck
        for kind in (COMMON, BYPASS):
            s.out[kind] = False
            s.next_s[kind] = self._numbered(kind, self.rates[kind])
        s.service_s = first_service_s(luck, self.name, spec.maintenance_per_year)
        for n in range(spec.strings):
            s.hidden_s.append(self._numbered(f"string-{n}", spec.string_fault_per_year))
            s.found_s.append(self._test_after(s.hidden_s[n]))
            s.back_s.append(NEVER)
        super().begin()

    def _numbered(self, kind: str, rate_per_year: float) -> float:
        """Return the time of the next fault of a kind, s."""
        number = self.state.numbers.get(kind, 0)
        self.state.numbers[kind] = number + 1
        return self._draw(kind, rate_per_year, number)

    def _test_after(self, time_s: float) -> float:
        """Return the time of the first test of the strings after a time, s."""
        every_s = self.spec.string_test_days * DAY_S
        return first_test_s(self.plant.luck, self.name, time_s, every_s)

    def _wait(self) -> None:
        super()._wait()
        s = self.state
        s.until_s = min(s.until_s, s.service_s, *s.next_s.values(), *s.found_s, *s.back_s)

    def _faults(self) -> None:
        """Let everything happen that is due."""
        before = self.inverter_ok
        self._modules()
        for kind in (COMMON, BYPASS):
            if self.state.next_s[kind] <= self.plant.now:
                self._toggle(kind)
        for n in range(len(self.state.back_s)):
            self._string(n)
        if self.state.service_s <= self.plant.now:
            serve(self.state, self.spec, self.plant.now, quiet=self._quiet())
        if self.inverter_ok != before:
            self.say("off bypass" if self.inverter_ok else "on bypass")
        self._follow()

    def _modules(self) -> None:
        s, now = self.state, self.plant.now
        if s.fault_at_s <= now:
            s.failed += 1
            s.faults += 1
            self.say("fault", f"{s.failed} failed")
            self.plant.count("storage_faults")
            s.module_back_s.append(now + self._repair_s())
            s.fault_at_s = self._draw("fault", self.fault_rate(), s.faults)
        if any(t <= now for t in s.module_back_s):
            s.module_back_s = [t for t in s.module_back_s if t > now]
            s.failed = len(s.module_back_s)
            self.say("repaired", f"{s.failed} failed")
            s.repairs += 1
            s.fault_at_s = self._draw("fault after repair", self.fault_rate(), s.repairs)
        s.repair_at_s = min(s.module_back_s, default=NEVER)

    def _toggle(self, kind: str) -> None:
        """Let the bypass, or what stops all modules, fail or come back."""
        s = self.state
        s.out[kind] = not s.out[kind]
        self.say(f"{kind} fault" if s.out[kind] else f"{kind} repaired")
        if not s.out[kind]:
            s.next_s[kind] = self._numbered(kind, self.rates[kind])
            return
        self.plant.count("storage_faults")
        if kind == COMMON:
            self._note_fault(f"common-{s.numbers[kind]}")
        hours = self.spec.bypass_repair_h if kind == BYPASS else self.spec.repair_h
        s.next_s[kind] = self.plant.now + self._repaired_in_s(kind, hours, s.numbers[kind])

    def _repaired_in_s(self, kind: str, mean_h: float, number: int) -> float:
        law, sigma = self.spec.repair_law, self.spec.repair_sigma
        return repair_time(self.plant.luck, law, mean_h, sigma, self.name, kind, "repair", number)

    def _string(self, n: int) -> None:
        """Find a hidden fault by test, or put a repaired string back."""
        s = self.state
        if s.back_s[n] <= self.plant.now:
            self.say("string back", f"{n + 1}")
            s.back_s[n] = NEVER
            s.hidden_s[n] = self._numbered(f"string-{n}", self.spec.string_fault_per_year)
            s.found_s[n] = self._test_after(s.hidden_s[n])
        elif s.found_s[n] <= self.plant.now:
            self._find(n, "test")

    def _find(self, n: int, by: str) -> None:
        s = self.state
        self.say("string fault found", f"{n + 1}, by {by}")
        self.plant.count("storage_faults")
        s.hidden_s[n] = s.found_s[n] = NEVER
        kind = f"string-{n}"
        hours = self.spec.string_repair_h
        s.back_s[n] = self.plant.now + self._repaired_in_s(kind, hours, s.numbers[kind])

    def _quiet(self) -> bool:
        inp = self.plant.arrays.inp[self.unit.row]
        whole = self.inverter_ok and self.bypass_ok and inp["closed"] and inp["alive"]
        return bool(calm(self.plant) and whole)

    def _follow(self) -> None:
        """Take the block's bus down where neither inverter nor bypass is left."""
        s = self.state
        dark = not (self.inverter_ok or self.bypass_ok)
        if dark and not s.dark:
            number = s.numbers["dark"] = s.numbers.get("dark", 0) + 1
            event = f"{self.name} dark {number}"
            cause = Initiator(event, UPS)
            self.plant.device("protection").kill_bus(self.unit.row, event, cause)
        elif s.dark and not dark:
            self.plant.device("protection").restore_bus(self.unit.row)
        s.dark = dark

    def hides_from_s(self) -> float:
        """Return when the first fault of a string strikes that nobody sees, s."""
        return min(self.state.hidden_s, default=NEVER)

    def meets_demand(self) -> bool:
        """Return whether enough strings hold; a demand finds what was hidden."""
        s, now = self.state, self.plant.now
        hidden = [n for n, t in enumerate(s.hidden_s) if t <= now]
        if not hidden:
            return True
        enough = bool(self._strings_left() - len(hidden) >= self.spec.strings_needed)
        for n in hidden:
            self._find(n, "demand")
        self._wait()
        self.plant.rewait(self)
        self.plant.changed(self)
        return enough

    def _strings_left(self) -> int:
        """Return the strings that nobody knows to be out."""
        return sum(t == NEVER for t in self.state.back_s)

    @property
    def faulty(self) -> bool:
        """Whether the block's modules or strings have failed."""
        held = self._strings_left() >= self.spec.strings_needed
        return super().faulty or self.state.out[COMMON] or not held

    @property
    def inverter_ok(self) -> bool:
        """Whether the modules carry the block's load."""
        s = self.state
        return super().healthy and not s.out[COMMON] and not s.in_service

    @property
    def bypass_ok(self) -> bool:
        """Whether the load can fall back to the bypass."""
        return not self.state.out[BYPASS]

    @property
    def healthy(self) -> bool:
        """Whether the block can carry its load from its strings."""
        return bool(self.inverter_ok and self._strings_left() >= self.spec.strings_needed)
