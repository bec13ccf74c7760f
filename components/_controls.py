"""What all storages share: controls and firmware whose fault stops them everywhere at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twin.contracts.calendar import YEAR_S
from twin.contracts.parts import Device, DeviceState, PlantView, Unit, repair_time


@dataclass(slots=True)
class ControlsState(DeviceState):
    """Whether they are down, and their faults so far."""

    down: bool = False
    faults: int = 0


class SharedControls(Device):
    """A two-state fault common to storage units, up at the start.

    Parameters
    ----------
    path
        How what fails because of it is booked.
    units
        Whom it concerns.
    rate_per_year, repair_h
        Of the fault.
    mode
        ``"refuse"``: no unit takes over, but those that carry a load go on; ``"trip"``: all stop.
    """

    state_type = ControlsState
    state: ControlsState

    def __init__(
        self,
        plant: PlantView,
        name: str,
        path: str,
        units: Sequence[Unit],
        rate_per_year: float,
        repair_h: float,
        mode: str,
    ) -> None:
        super().__init__(name, plant)
        self.path = path
        self.units = units
        self.names = {u.name for u in units}
        self.mean_up_s = YEAR_S / rate_per_year
        self.repair_h = repair_h
        self.mode = mode

    def begin(self) -> None:
        """Draw the first fault."""
        self.state.until_s = self._up_s()

    def _up_s(self) -> float:
        s = self.state
        wait_s = self.plant.luck.exponential(self.mean_up_s, self.name, "fault", s.faults)
        return self.plant.now + wait_s

    def step(self, reason: str) -> None:
        """Fail, or work again."""
        s, luck = self.state, self.plant.luck
        s.down = not s.down
        if s.down:
            s.faults += 1
            if self.mode == "trip":
                self.plant.count("storage_faults", len(self.units))
            hours, n = self.repair_h, s.faults
            s.until_s = self.plant.now + repair_time(
                luck, "exponential", hours, 0.0, self.name, "repair", n
            )
        else:
            s.until_s = self._up_s()
        self.say("fault" if s.down else "repaired")
        if self.mode == "trip":
            for unit in self.units:
                self.plant.device(unit.name).block(1 if s.down else -1)
        else:
            self.plant.signal("storage")

    def stops(self, unit: Unit) -> bool:
        """Return whether the unit is out because of them."""
        return self.state.down and self.mode == "trip" and unit.name in self.names

    def refuses(self, unit: Unit) -> bool:
        """Return whether the unit would not take over now."""
        return self.state.down and self.mode == "refuse" and unit.name in self.names
