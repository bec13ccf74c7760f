"""A two-state fault of one or several buses: fails, is repaired, takes down what hangs on it."""

from __future__ import annotations

from dataclasses import dataclass

from twin.contracts.calendar import YEAR_S
from twin.contracts.losses import BUS_FAULT, Initiator
from twin.contracts.parts import Device, DeviceState, PlantView, repair_time


@dataclass(slots=True)
class FaultState(DeviceState):
    """Whether the buses are down, the faults so far, the repair under way at the start, s."""

    down: bool = False
    faults: int = 0
    initial_repair_s: float = 0.0


class SharedFault(Device):
    """Alternating renewal process of a set of buses, started in its stationary state."""

    state_type = FaultState
    state: FaultState

    def __init__(
        self,
        plant: PlantView,
        name: str,
        rows: tuple[int, ...],
        rate_per_year: float,
        repair_h: float,
        law: str = "lognormal",
        sigma: float = 1.0,
        kind: str = BUS_FAULT,
    ) -> None:
        super().__init__(name, plant)
        self.kind = kind
        self.rows = rows
        self.mean_up_s = YEAR_S / rate_per_year
        self.repair_h = repair_h
        self.law = law
        self.sigma = sigma

    def begin(self) -> None:
        """Start in the stationary state: down with probability MTTR / (MTBF + MTTR)."""
        down_s = self.repair_h * 3600.0
        share = down_s / (self.mean_up_s + down_s)
        luck = self.plant.luck
        if luck.happens(share, self.name, "initially down"):
            # stationary residual of a repair: its law is length-biased, a uniform share is left
            share_left = luck.uniform(self.name, "residual")
            self.state.initial_repair_s = self._repair_s(biased=True) * share_left
            self.state.until_s = 0.0
        else:
            self.state.until_s = self._up_s()

    def _up_s(self) -> float:
        return self.plant.luck.exponential(self.mean_up_s, self.name, "fault", self.state.faults)

    def _repair_s(self, *, biased: bool = False) -> float:
        luck, n = self.plant.luck, self.state.faults
        if not biased or self.law == "fixed":
            return repair_time(luck, self.law, self.repair_h, self.sigma, self.name, "repair", n)
        if self.law == "exponential":  # length-biased exponential: sum of two
            return luck.exponential(self.repair_h * 3600.0, self.name, "repair", "a") + (
                luck.exponential(self.repair_h * 3600.0, self.name, "repair", "b")
            )
        growth = self.sigma * self.sigma  # length-biased lognormal: median times e^(sigma^2)
        median_s = self.repair_h * 3600.0 * 2.718281828459045 ** (0.5 * growth)
        return luck.lognormal(median_s, self.sigma, self.name, "repair", "biased")

    def step(self, reason: str) -> None:
        """Fail or be repaired."""
        s = self.state
        protection = self.plant.device("protection")
        s.down = not s.down
        if s.initial_repair_s > 0.0:
            self.say("down at the start")
            for row in self.rows:
                protection.kill_bus(row, f"{self.name}-initial", self._initiator())
            s.until_s = self.plant.now + s.initial_repair_s
            s.initial_repair_s = 0.0
            return
        if s.down:
            s.faults += 1
            self.say("fault")
            self.plant.count("bus_faults")
            for row in self.rows:
                protection.kill_bus(row, f"{self.name}-{s.faults}", self._initiator())
            self._spread()
            s.until_s = self.plant.now + self._repair_s()
        else:
            self.say("repaired")
            for row in self.rows:
                protection.restore_bus(row)
                if self.kind == BUS_FAULT and self.plant.has("bulkheads"):
                    self.plant.device("bulkheads").bus_mended(row)
            s.until_s = self.plant.now + self._up_s()

    def _spread(self) -> None:
        """Let the fault of a single bus try its bulkheads."""
        if self.kind == BUS_FAULT and self.plant.has("bulkheads"):
            event = f"{self.name}-{self.state.faults}"
            self.plant.device("bulkheads").bus_fault(self.rows[0], event, self._initiator())

    def _initiator(self) -> Initiator:
        return Initiator(f"{self.name} fault {self.state.faults}", self.kind)
