"""A pod of GPUs: powered or not, booting after a loss. The core network and storage is one, too."""

from __future__ import annotations

from dataclasses import dataclass

from twin.contracts.layout import Arrays
from twin.contracts.losses import MAINTENANCE, Loss
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView


@dataclass(slots=True)
class PodState(DeviceState):
    """Phase, what has hit the pod, and what it is denied.

    Attributes
    ----------
    phase
        ``"on"``, ``"boot"`` or ``"off"``.
    event, kind
        The initiating event that took its power last.
    noted, demand_w
        The event before which the demand was noted, and that demand, W.
    reference_w
        Demand that is denied at present, W: it counts as unserved beyond what the pod draws.
    held
        Its job is suspended by decision.
    """

    phase: str = "on"
    event: str = ""
    kind: str = ""
    noted: str = ""
    demand_w: float = 0.0
    reference_w: float = 0.0
    held: bool = False


class Pod(Device):
    """One pod on its bus."""

    state_type = PodState
    state: PodState

    def __init__(self, plant: PlantView, number: int, row: int) -> None:
        super().__init__(f"pod-{number:03d}", plant)
        self.number = number
        self.row = row
        self.is_core = number == plant.tree.core

    def note_demand(self, event: str) -> None:
        """Note the demand at the beginning of an event, W; what follows from it changes nothing."""
        s = self.state
        if s.noted != event:
            s.noted = event
            s.demand_w = float(self.plant.arrays.rate[self.row]["it_w"])

    def _deny(self, event: str) -> None:
        self.note_demand(event)
        self.state.reference_w = max(self.state.reference_w, self.state.demand_w)
        self.plant.changed(self)

    def lose(self, loss: Loss, *, shed: bool) -> None:
        """Go from powered to unpowered (by a fault, or shed by decision)."""
        s = self.state
        self._deny(loss.initiator.name)
        s.phase = "off"
        s.until_s = NEVER
        s.event, s.kind = loss.initiator.name, loss.initiator.kind
        if self.is_core:
            self.plant.count("core_losses")
        elif s.kind != MAINTENANCE:
            self.plant.count("pod_sheds" if shed else "pod_losses")
        word = "off" if s.kind == MAINTENANCE else "shed" if shed else "lost"
        self.say(word, str(loss))
        self.plant.rewait(self)

    def curtail(self, event: str, *, hold: bool) -> None:
        """Have less power than it would draw, by decision: its job is capped, or held."""
        self._deny(event)
        self.state.held = self.state.held or hold

    def release(self) -> None:
        """Have all the power it wants again, unless it is off."""
        s = self.state
        if s.held or s.reference_w != 0.0:
            s.held = False
            if s.phase != "off":
                s.reference_w = 0.0
            self.plant.changed(self)

    def power_up(self, boot_s: float) -> None:
        """Energize the pod; its nodes boot before they take jobs."""
        s = self.state
        s.phase = "boot"
        s.reference_w = 0.0
        s.until_s = self.plant.now + boot_s
        self.plant.note_power(self.number)
        self.say("powered", f"boots for {boot_s:.0f} s")
        self.plant.changed(self)
        self.plant.rewait(self)

    def step(self, reason: str) -> None:
        """Finish booting."""
        s = self.state
        if s.phase == "boot" and self.plant.now >= s.until_s:
            s.phase = "on"
            s.until_s = NEVER
            self.say("ready")
            self.plant.signal("pods")

    def commit(self, k: Arrays) -> None:
        """Tell the pass whether the pod draws power, and what it is denied."""
        inp = k.inp[self.row]
        inp["powered"] = self.state.phase != "off"
        inp["held"] = self.state.held
        inp["reference_w"] = self.state.reference_w
