"""Pumps of the pods' liquid loops: they see what their pod sees, and a pod lives a minute without.

A pump that trips restarts after the sag; until then its pod lives on what is in the loop. A further sag
before the restart finds that autonomy partly used up. Only pods that will be lost cost an event.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components._blame import Entries, entry, read
from components._blow import Blow
from twin.contracts.losses import COOLING, Loss
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView


@dataclass(slots=True)
class PumpState(DeviceState):
    """By pod without flow: when it is lost, when its pumps run again, s, and what tripped them."""

    dry_at_s: dict[str, float] = field(default_factory=dict)
    restart_at_s: dict[str, float] = field(default_factory=dict)
    tripped_by: Entries = field(default_factory=dict)


class Pumps(Device):
    """The pumps of all pods."""

    state_type = PumpState
    state: PumpState

    def __init__(self, plant: PlantView, spec: Any) -> None:
        super().__init__("pumps", plant)
        self.spec = spec

    def sees(self, blow: Blow) -> None:
        """Trip the pumps that do not tolerate what their pod, still powered, sees."""
        volts, seen_s = blow.input_pu, blow.seen_s
        if not self.spec.pumps_stop(volts, float(seen_s.max(initial=0.0))):
            return
        for pod in np.flatnonzero(seen_s):
            if self.spec.pumps_stop(volts, float(seen_s[pod])):
                self._trip(int(pod), blow)
        self._wait()
        self.plant.rewait(self)

    def _trip(self, pod: int, blow: Blow) -> None:
        s, key, now = self.state, str(pod), self.plant.now
        if s.restart_at_s.get(key, 0.0) <= now:  # they run: the loop is cold
            s.dry_at_s[key] = now + self.spec.pump_autonomy_s
        s.tripped_by[key] = entry(blow.strike.cause)
        fails = self.plant.luck.uniform("pumps", pod, blow.event) < self.spec.pump_restart_failure
        s.restart_at_s[key] = (
            NEVER if fails else now + float(blow.seen_s[pod]) + self.spec.pump_restart_s
        )
        self.say("pumps tripped", self.plant.pods[pod].name + (", no restart" if fails else ""))

    def step(self, reason: str) -> None:
        """Lose the pods whose loops are hot."""
        s, now = self.state, self.plant.now
        due = [k for k, dry in s.dry_at_s.items() if dry <= now and s.restart_at_s[k] > dry]
        lost: dict[Loss, list[int]] = {}
        for key in due:
            found = read(s.tripped_by, int(key))
            assert found is not None
            lost.setdefault(Loss(found, COOLING), []).append(int(key))
            del s.dry_at_s[key], s.restart_at_s[key], s.tripped_by[key]
        for loss, pods in lost.items():
            self.plant.lose_pods(pods, loss)
        self._wait()

    def _wait(self) -> None:
        s = self.state
        hot = (d for k, d in s.dry_at_s.items() if d < s.restart_at_s[k])
        s.until_s = min(hot, default=NEVER)
