"""A battery unit as a device: its controller, hidden faults, tests, planned maintenance.

A share of the faults shows only when the unit must take over, or in the next test: drawn with its
time, such a fault costs one event, when it is found. The fault of a controller (BMS) takes all modules
of its unit out at once; where several units stand on one bus, each has its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from components._storage_unit import StorageUnit, UnitState
from components._upkeep import calm, first_service_s, first_test_s, serve
from twin.contracts.calendar import DAY_S, YEAR_S
from twin.contracts.losses import BMS_OUT
from twin.contracts.parts import NEVER, repair_time


@dataclass(slots=True)
class BessState(UnitState):
    """Health of a battery unit.

    Attributes
    ----------
    hidden_s, found_s, hidden
        When the next hidden fault strikes, when the test after that finds it, s; hidden faults drawn.
    bms_fault_s, bms_hidden_s, bms_found_s
        Of the controllers: next fault that shows at once, next hidden one, the test after that, s.
    bms_back_s, bms_draws
        When each of those out of order works again, s; draws made so far.
    service_s, in_service
        Next maintenance, or the end of the present one, s; whether it is under way.
    """

    hidden_s: float = NEVER
    found_s: float = NEVER
    hidden: int = 0
    bms_fault_s: float = NEVER
    bms_hidden_s: float = NEVER
    bms_found_s: float = NEVER
    bms_back_s: list[float] = field(default_factory=list)
    bms_draws: int = 0
    service_s: float = NEVER
    in_service: bool = False


class BessUnit(StorageUnit):
    """Faults, tests and maintenance of one battery unit."""

    state_type = BessState
    state: BessState

    def begin(self) -> None:
        """Begin with everything in order; maintenance at a phase of the unit's own."""
        if self.plant.grid.connected:
            per_year = self.spec.maintenance_per_year
            self.state.service_s = first_service_s(self.plant.luck, self.name, per_year)
        self._draw_hidden()
        self._draw_controllers()
        super().begin()

    def fault_rate(self) -> float:
        """Return the rate of faults that show at once, 1/yr."""
        return super().fault_rate() * (1.0 - float(self.spec.latent_share))

    def _next_fire(self) -> float:
        """Return the time of the next fire of a unit that is new now, s: the first years are worse."""
        rate = self._fire_rate()
        if rate <= 0.0:
            return NEVER
        years = self.plant.luck.exponential(1.0 / rate, self.name, "fire", self.state.fires)
        factor, early = self.spec.early_life_factor, self.spec.early_life_years
        if years > factor * early:
            years -= (factor - 1.0) * early
        else:
            years /= factor
        return float(self.plant.now + years * YEAR_S)

    def _draw_hidden(self) -> None:
        """Draw the next hidden fault of the modules that are left; there may be none."""
        s = self.state
        s.hidden += 1
        rate = super().fault_rate() * self.spec.latent_share
        s.hidden_s = self._draw("hidden fault", rate, s.hidden)
        s.found_s = self._test_after(s.hidden_s)

    def _draw_controllers(self) -> None:
        """Draw the next faults of the controllers that work, hidden and not."""
        s, spec = self.state, self.spec
        s.bms_draws += 1
        rate = spec.bms_fault_per_year * (self.unit.count - len(s.bms_back_s)) * self.own_share
        shows = rate * (1.0 - spec.latent_share)
        s.bms_fault_s = self._draw("controller fault", shows, s.bms_draws)
        s.bms_hidden_s = self._draw(
            "hidden controller fault", rate * spec.latent_share, s.bms_draws
        )
        s.bms_found_s = self._test_after(s.bms_hidden_s)

    def _test_after(self, time_s: float) -> float:
        """Return the time of the first test after a time, s."""
        return first_test_s(self.plant.luck, self.name, time_s, self.spec.test_days * DAY_S)

    def _wait(self) -> None:
        super()._wait()
        s = self.state
        s.until_s = min(s.until_s, s.found_s, s.bms_fault_s, s.bms_found_s, s.service_s,
                        *s.bms_back_s)  # fmt: skip

    def _faults(self) -> None:
        """Let everything happen that is due."""
        s, now, before = self.state, self.plant.now, self.state.failed
        super()._faults()
        if s.failed != before and s.hidden_s > now:  # exponential: others are left, drawn anew
            self._draw_hidden()
        if s.found_s <= now:
            self._find("test")
        self._controllers()
        if s.service_s <= now:
            happens = serve(s, self.spec, now, quiet=self._quiet())
            if happens:
                self.say(f"maintenance {happens}")

    def _find(self, by: str) -> None:
        """Turn a hidden fault into one that is repaired."""
        s = self.state
        s.failed += 1
        s.faults += 1
        self.say("hidden fault found", f"by {by}")
        self.plant.count("storage_faults")
        s.repair_at_s = min(s.repair_at_s, self.plant.now + self._repair_s())
        s.fault_at_s = self._draw("fault", self.fault_rate(), s.faults)
        self._draw_hidden()

    def _controllers(self) -> None:
        """Let controllers fail, be found faulty by a test, and work again."""
        s, now = self.state, self.plant.now
        if s.bms_fault_s <= now:
            self._stop_by_controller("controller fault", "")
        elif s.bms_found_s <= now:
            self._stop_by_controller("hidden controller fault found", "by test")
        if any(t <= now for t in s.bms_back_s):
            s.bms_back_s = [t for t in s.bms_back_s if t > now]
            self.say("controller works again")
            self._draw_controllers()

    def _stop_by_controller(self, what: str, by: str) -> None:
        """Take one unit out with its controller; what else was hidden there is mended with it."""
        s, spec = self.state, self.spec
        self.say(what, by)
        self.plant.count("storage_faults")
        law, sigma, luck = spec.repair_law, spec.repair_sigma, self.plant.luck
        cause = (self.name, "controller repair", s.bms_draws)
        away_s = repair_time(luck, law, spec.bms_repair_h, sigma, *cause)
        s.bms_back_s.append(self.plant.now + away_s)
        self._draw_controllers()

    def hides_from_s(self) -> float:
        """Return when the first fault strikes that nobody sees, s."""
        s = self.state
        return s.hidden_s if s.hidden_s < s.bms_hidden_s else s.bms_hidden_s

    def meets_demand(self) -> bool:
        """Return whether nothing hidden keeps the unit from taking over; a demand finds it."""
        s, now = self.state, self.plant.now
        if self.hides_from_s() > now:
            return True
        if s.hidden_s <= now:
            self._find("demand")
        if s.bms_hidden_s <= now:
            self._stop_by_controller("hidden controller fault found", "by demand")
        self._anew()
        return self.healthy

    def _quiet(self) -> bool:
        inp = self.plant.arrays.inp[self.unit.row]
        return bool(calm(self.plant) and self.in_service and inp["closed"] and inp["alive"])

    @property
    def modules_out(self) -> int:
        """Number of modules that are out of order, be it with the controller of their unit."""
        return self.state.failed + int(self.spec.modules) * len(self.state.bms_back_s)

    @property
    def path_out(self) -> str:
        """Why the unit is of no help: its controller, if the modules alone would do."""
        alone = bool(self.spec.healthy(self.unit, self.state.failed))
        out = alone and not super().healthy
        return BMS_OUT if out else super().path_out

    @property
    def healthy(self) -> bool:
        """Whether the unit can carry its load from its battery."""
        return super().healthy and not self.state.in_service
