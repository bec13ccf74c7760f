"""A pod of GPUs: powered or not, booting after a loss. The core network and storage is one, too."""

from __future__ import annotations

from dataclasses import dataclass

from twin.contracts.layout import Arrays
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView


@dataclass(slots=True)
class PodState(DeviceState):
    """Phase (``"on"``, ``"boot"``, ``"off"``) and the demand that was cut off, W."""

    phase: str = "on"
    reference_w: float = 0.0
    capped: bool = False
    why: str = ""


class Pod(Device):
    """One pod on its bus."""

    state_type = PodState
    state: PodState

    def __init__(self, plant: PlantView, number: int, row: int) -> None:
        super().__init__(f"pod-{number:03d}", plant)
        self.number = number
        self.row = row
        self.is_core = number == plant.tree.core

    def lose(self, why: str, *, shed: bool, planned: bool = False) -> None:
        """Go from powered to unpowered (by a fault, shed by decision, or switched off as planned)."""
        s = self.state
        demand = float(self.plant.arrays.rate[self.row]["it_w"])
        s.reference_w = max(s.reference_w, demand)
        s.phase = "off"
        s.until_s = NEVER
        s.why = why
        if not (self.is_core or planned):
            self.plant.count("pod_sheds" if shed else "pod_losses")
        self.say("off" if planned else "shed" if shed else "lost", why)
        self.plant.changed(self)
        self.plant.rewait(self)

    def power_up(self, boot_s: float) -> None:
        """Energize the pod; its nodes boot before they take jobs."""
        s = self.state
        s.phase = "boot"
        s.reference_w = 0.0
        s.until_s = self.plant.now + boot_s
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
        k.inp[self.row]["powered"] = self.state.phase != "off"
        k.inp[self.row]["reference_w"] = self.state.reference_w
