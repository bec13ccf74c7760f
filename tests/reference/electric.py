"""Conversion stages, batteries and buses of the slow twin: plain objects, one loss at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

EMPTY, LOW, HOLD, OK, FULL = "empty", "low", "hold", "ok", "full"


@dataclass
class Stage:
    """A transformer, switch or supply: what it loses depends on what leaves it."""

    name: str
    constant_w: float
    linear: float
    square_per_w: float

    def loss_w(self, leaving_w: float) -> float:
        """Return the loss when `leaving_w` goes on towards the load."""
        return self.constant_w + self.linear * leaving_w + self.square_per_w * leaving_w**2


def entering_w(stages: list[Stage], leaving_w: float) -> float:
    """Return what must enter a chain (listed from the load upwards) for `leaving_w` to leave it."""
    power = leaving_w
    for stage in stages:
        power = power + stage.loss_w(power)
    return power


def leaving_w(stages: list[Stage], entering: float) -> float:
    """Return what leaves a chain when `entering` enters it, found by halving an interval."""
    low, high = 0.0, entering
    if entering_w(stages, 0.0) >= entering:
        return 0.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if entering_w(stages, middle) > entering:
            high = middle
        else:
            low = middle
    return low


@dataclass
class Battery:
    """A storage unit. Energy counts from the lowest allowed state of charge."""

    name: str
    capacity_j: float
    stored_j: float
    reserve_j: float
    give_w: float
    take_w: float
    refill_w: float
    give_loss: tuple[float, float, float]
    take_loss: tuple[float, float, float]
    standby_w: float
    leak_w: float
    trades: bool
    design_load_w: float
    nameplate_j: float
    coupling: str
    band: str = FULL
    rung: int = 0
    charge_w: float = 0.0
    discharge_w: float = 0.0
    standby_bus_w: float = 0.0
    standby_cells_w: float = 0.0

    def begin(self) -> None:
        """Find the band of the stored energy at the start."""
        if self.stored_j >= self.capacity_j:
            self.band = FULL
        elif self.stored_j <= 0.0:
            self.band = EMPTY
        else:
            self.band = OK if self.stored_j > self.reserve_j else LOW

    def cell_loss_w(self) -> float:
        """Return the conversion loss of the present charging or discharging."""
        power, (a, b, c) = self.discharge_w, self.give_loss
        if power <= 0.0:
            power, (a, b, c) = self.charge_w, self.take_loss
        return a + b * power + c * power * power if power > 0.0 else 0.0

    def worth_taking(self, power_w: float) -> bool:
        """Return whether charging at `power_w` stores anything at all."""
        a, b, c = self.take_loss
        return power_w > a + b * power_w + c * power_w * power_w

    def leaks_w(self) -> float:
        """Return the self-discharge; an empty battery has nothing to lose."""
        return 0.0 if self.band == EMPTY else self.leak_w

    def net_w(self) -> float:
        """Return the rate of stored energy."""
        given = self.discharge_w + self.cell_loss_w() + self.standby_cells_w + self.leaks_w()
        return self.charge_w - given

    def run(self, seconds: float) -> None:
        """Go one explicit step; what lies beyond a limit at its end is cut off."""
        net = self.net_w()
        self.stored_j = min(max(self.stored_j + net * seconds, 0.0), self.capacity_j)
        if net < 0.0:
            self._fall()
        elif net > 0.0:
            self._rise()

    def _fall(self) -> None:
        if self.stored_j <= 0.0:
            self.band = EMPTY
        if self.band == FULL and self.stored_j <= 0.98 * self.capacity_j:
            self.band = OK
        if self.band == OK and 0.0 < self.stored_j <= self.reserve_j:
            self.band = HOLD
        if self.band == HOLD and self.stored_j <= self.reserve_j - 0.05 * self.capacity_j:
            self.band = LOW

    def _rise(self) -> None:
        if self.band == EMPTY and self.stored_j >= 0.02 * self.capacity_j:
            self.band = LOW
        rearm = min(self.reserve_j + 0.02 * self.capacity_j, self.capacity_j)
        if self.band in (LOW, HOLD) and self.stored_j >= rearm:
            self.band = OK
        if self.band == OK and self.stored_j >= self.capacity_j:
            self.band = FULL


@dataclass
class Bus:
    """A node of the site's tree, with its breaker towards the bus above."""

    name: str
    design_w: float
    parent: Bus | None = None
    children: list[Bus] = field(default_factory=list)
    pods: list[int] = field(default_factory=list)
    pod: int | None = None
    upstream: list[Stage] = field(default_factory=list)
    racks: list[Stage] = field(default_factory=list)
    battery: Battery | None = None
    closed: bool = True
    closes_s: float | None = None
    live: bool = True
    joined: bool = True
    load_w: float = 0.0
    through_w: float = 0.0

    def has_energy(self) -> bool:
        """Return whether the bus could live on its own battery."""
        return self.battery is not None and self.battery.band != EMPTY

    def family(self) -> list[Bus]:
        """Return this bus and all below it."""
        return [self] + [b for child in self.children for b in child.family()]
