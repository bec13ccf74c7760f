"""Planned maintenance of the way to a block: postponed while anything is wrong, jobs saved before.

With one feed the pods are switched off meanwhile; that is no loss, but time without power. With two
feeds one is taken out at a time, in turn, and the other carries the load alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from components._path_branch import PathBranch
from components._upkeep import POSTPONED_S, calm
from twin.contracts.calendar import HOUR_S, YEAR_S
from twin.contracts.losses import BUS_DEAD, MAINTENANCE, Initiator, Loss
from twin.contracts.parts import Device, DeviceState, PlantView

AFTER_SAVING_S = 1.0
"""The switch is thrown so long after the checkpoints are due."""


@dataclass(slots=True)
class MaintenanceState(DeviceState):
    """Windows so far, how far the present one is, and the pods whose jobs were told to stop.

    ``phase`` is ``""``, ``"notice"`` or ``"out"``.
    """

    windows: int = 0
    phase: str = ""
    held: list[int] = field(default_factory=list)


class Maintenance(Device):
    """Windows of one block, or of what else hangs on the site bus.

    Parameters
    ----------
    row
        Its bus.
    branches
        The ways to it and to the buses below, if they have two feeds; none with one.
    """

    state_type = MaintenanceState
    state: MaintenanceState

    def __init__(
        self, plant: PlantView, spec: Any, row: int, branches: list[PathBranch]
    ) -> None:  # fmt: skip
        super().__init__(f"maintenance@{plant.tree.names[row]}", plant)
        self.spec = spec
        self.row = row
        self.branches = branches
        self.every_s = YEAR_S / spec.maintenance_per_year

    def begin(self) -> None:
        """Begin at a phase of the block's own."""
        self.state.until_s = self.plant.luck.uniform(self.name, "phase") * self.every_s

    def step(self, reason: str) -> None:
        """Give notice, take out, give back."""
        s, now = self.state, self.plant.now
        if s.phase == "notice":
            self._switch_off()
        elif s.phase == "out":
            self._give_back()
        elif not self._quiet():
            s.until_s = now + POSTPONED_S
        elif self.branches:
            self._take_out()
        else:
            self._notice()

    def _quiet(self) -> bool:
        """Return whether the supply is well and everything below the bus is whole."""
        inp = self.plant.arrays.inp
        rows = list(self.plant.tree.below(self.row))
        whole = (inp["closed"][rows] == 1).all() and (inp["alive"][rows] == 1).all()
        return bool(calm(self.plant) and whole and not any(b.faulty for b in self.branches))

    def _notice(self) -> None:
        """Let the jobs on the pods save their work."""
        s, notice_s = self.state, float(self.spec.maintenance_notice_s)
        s.phase = "notice"
        s.until_s = self.plant.now + notice_s + AFTER_SAVING_S
        if self.plant.has("scheduler"):
            scheduler, pods = self.plant.device("scheduler"), set(self._pods())
            if self.plant.tree.core in pods:  # the core carries every job
                pods = set(range(len(self.plant.tree.pod_rows)))
            for job in scheduler.jobs_on(pods):
                s.held += scheduler.state.pods[job]
                scheduler.suspend(job, notice_s, self._event())

    def _event(self) -> str:
        """Return the name of the window that is about to begin."""
        return f"{self.name} {self.state.windows + 1}"

    def _pods(self) -> tuple[int, ...]:
        return self.plant.tree.pods_below(self.row)

    def _switch_off(self) -> None:
        s, event = self.state, self._event()
        self._begin_window()
        cause = Initiator(event, MAINTENANCE)
        self.plant.lose_pods(self._pods(), Loss(cause, BUS_DEAD))
        self.plant.device("protection").kill_bus(self.row, event, cause)
        for pod in s.held if not self.plant.device("ems").state.acting else ():
            self.plant.pods[pod].release()  # its job may go elsewhere
        s.held = []

    def _take_out(self) -> None:
        lane = self.state.windows % 2
        self._begin_window()
        for branch in self.branches:
            branch.hold(lane)

    def _begin_window(self) -> None:
        s = self.state
        s.phase = "out"
        s.windows += 1
        s.until_s = self.plant.now + self.spec.maintenance_h * HOUR_S
        self.say("maintenance begins")

    def _give_back(self) -> None:
        s = self.state
        s.phase = ""
        s.until_s = self.plant.now + max(0.0, self.every_s - self.spec.maintenance_h * HOUR_S)
        self.say("maintenance ends")
        for branch in self.branches:
            branch.release()
        if not self.branches:
            self.plant.device("protection").restore_bus(self.row)
