"""Units whose availability is redrawn independently in each step, as resource adequacy models have it.

For comparison with models that know no durations: within a step a unit is there or not, whatever it
was before. A storage that is out keeps its energy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import field_validator

from twin.contracts.parts import NEVER, Device, DeviceState, PlantView
from twin.errors import ScenarioError, nearest
from twin.quantity import Spec, quantity
from twin.registry import register


class RedrawnUnit(Spec):
    """One unit, and how often it is out."""

    unit: str = quantity("", "Name of a storage (storage@pod-000) or of a tie (tie-1-2)")
    probability: float = quantity("1", "Probability that it is out in a step", ge=0, le=1)
    step_h: float = quantity("h", "Length of a step", 1.0, gt=0, source="convention: hourly steps")


@register("redrawn")
class RedrawnSpec(Spec):
    """Units that are redrawn; besides, storages and ties keep their own faults."""

    units: list[RedrawnUnit] = quantity("", "The units", min_length=1)

    @field_validator("units")
    @classmethod
    def _each_once(cls, units: list[RedrawnUnit]) -> list[RedrawnUnit]:
        seen: set[str] = set()
        for unit in units:
            if unit.unit in seen:
                raise ValueError(f"'{unit.unit}' is listed twice; a unit is redrawn by one luck")
            seen.add(unit.unit)
        return units

    def build(self, plant: PlantView) -> None:
        """Add one device per unit."""
        plant.add(Redrawing(plant, self.units))


@dataclass(slots=True)
class RedrawingState(DeviceState):
    """Per unit: out or not, and the step from which that changes."""

    out: list[bool] | None = None
    changes: list[int] | None = None


class Redrawing(Device):
    """Takes units out, and puts them back, at the steps where their luck changes."""

    state_type = RedrawingState
    state: RedrawingState

    def __init__(self, plant: PlantView, units: list[RedrawnUnit]) -> None:
        super().__init__("redrawn", plant)
        self.units = units

    def begin(self) -> None:
        """Draw the first step of every unit."""
        known = self._known()
        for spec in self.units:
            if spec.unit not in known:
                raise ScenarioError(
                    f"redrawn.units: there is no unit '{spec.unit}'{nearest(spec.unit, known)}; "
                    f"known: {', '.join(known)}"
                )
        self.state.out = [self._is_out(n, 0) for n in range(len(self.units))]
        self.state.changes = [self._next_change(n, 0) for n in range(len(self.units))]
        for n, out in enumerate(self.state.out):
            if out:
                self._take(n, 1)
        self._wait()

    def _known(self) -> list[str]:
        ties: Any = self.plant.device("ties").names if self.plant.has("ties") else []
        return [*(u.name for u in self.plant.units()), *ties]

    def _is_out(self, n: int, step: int) -> bool:
        spec = self.units[n]
        return self.plant.luck.happens(spec.probability, spec.unit, "redrawn", step)

    def _next_change(self, n: int, step: int) -> int:
        """Return the next step in which the unit's luck differs from that of `step`; -1 for none."""
        now, step_s = self._is_out(n, step), self.units[n].step_h * 3600.0
        step += 1
        while step * step_s < self.plant.horizon_s:
            if self._is_out(n, step) != now:
                return step
            step += 1
        return -1

    def _take(self, n: int, more: int) -> None:
        name = self.units[n].unit
        self.say("out" if more > 0 else "back", name)
        if name.startswith("tie-"):
            self.plant.device("ties").hold(name, more)
        else:
            self.plant.device(name).block(more)

    def _wait(self) -> None:
        steps = self.state.changes or []
        times = [
            step * spec.step_h * 3600.0
            for step, spec in zip(steps, self.units, strict=True)
            if step >= 0
        ]
        self.state.until_s = min(times, default=NEVER)

    def step(self, reason: str) -> None:
        """Take out or put back what changes now."""
        out, changes = self.state.out or [], self.state.changes or []
        for n, spec in enumerate(self.units):
            if changes[n] >= 0 and changes[n] * spec.step_h * 3600.0 <= self.plant.now:
                out[n] = not out[n]
                self._take(n, 1 if out[n] else -1)
                changes[n] = self._next_change(n, changes[n])
        self._wait()
