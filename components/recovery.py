"""Recovery: powers lost pods up again, one after another, under a ramp limit.

Pods return only where their bus is joined to a source that can carry them at full service, their
cooling and everything that already runs; on a diesel plant that is what it has accepted so far, on a
storage that forms the site bus its rating. With ``on_islands`` they also return where the storage of
their own compartment, or a neighbour over a tie, can carry them while the site bus is dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from components._cuts import blocked_buses
from twin.contracts.layout import Mode
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView
from twin.contracts.timeline import NORMAL_PU
from twin.quantity import Spec, quantity
from twin.registry import register

IDLE = ("lost",)
BUSY = ("source", "grid", "cooling", "tie")
STUCK = ("lost", *BUSY)
ISLANDS = ("unit", "tie", "source")
"""After these, a compartment may have become an island with a supply."""
SWEPT_S = 1e-6
"""What a bus has after a change is known only when time has moved on."""


@register("recovery")
class RecoverySpec(Spec):
    """How the site comes back."""

    present_by_default: ClassVar[bool] = True

    delay_s: float = quantity(
        "s", "The supply must be there for so long before pods are powered", 60.0, ge=0
    )
    loss_allowance: float = quantity(
        "1",
        "Allowance for conversion losses and pumps when a pod's need "
        "is compared with what the source can spare",
        0.1,
        ge=0,
        le=1,
    )
    check_s: float = quantity(
        "s", "How often capacity is looked at again while pods wait", 30.0, gt=0
    )
    pod_step_s: float = quantity(
        "s", "Least time from one pod to the next, however steep the ramp may be", 1.0, ge=0
    )
    on_islands: bool = quantity(
        "",
        "Whether pods also return while the site bus is dead, where the storage of their own "
        "compartment or a neighbour over a tie carries them",
        False,
        source="assumed: operators wait for a supply that lasts",
        confidence="C",
    )

    def build(self, plant: PlantView) -> None:
        """Add the recovery."""
        plant.add(Recovery(plant, self))


@dataclass(slots=True)
class RecoveryState(DeviceState):
    """The pod that has just come back on an island; -1 for none."""

    returned: int = -1


class Recovery(Device):
    """Gives lost pods their power back."""

    state_type = RecoveryState
    state: RecoveryState

    def __init__(self, plant: PlantView, spec: RecoverySpec) -> None:
        super().__init__("recovery", plant)
        self.spec = spec

    def begin(self) -> None:
        """Listen for lost pods and for sources."""
        self.state.topics = IDLE

    def step(self, reason: str) -> None:
        """Power up the next pod, or wait for the supply."""
        off = self._off()
        if not off:
            self.state.until_s = NEVER
            self.state.topics = IDLE
            return
        self._next(off, reason)
        self.state.topics = BUSY if self.state.until_s < NEVER else STUCK
        if self.spec.on_islands:
            self.state.topics = (*self.state.topics, "unit")

    def _next(self, off: list[int], reason: str) -> None:
        if self.spec.on_islands and self._source() == "none":
            self._next_on_islands(off, reason)
            return
        if self.spec.on_islands and reason == "source":  # whatever was waited for on an island
            self.state.until_s = self.plant.now + self.spec.delay_s
            return
        if self.plant.now < self.state.until_s and reason != "cooling":
            if self.state.until_s == NEVER and self._source() != "none":
                self.state.until_s = self.plant.now + self.spec.delay_s
            elif self._source() == "none":
                self.state.until_s = NEVER
            return
        if self._source() == "none":
            self.state.until_s = NEVER
            return
        self.state.until_s = self.plant.now + self._release(off)

    def _next_on_islands(self, off: list[int], reason: str) -> None:
        """Power up the next pod of an island, some time after its supply has come.

        A pod that is lost as soon as it is back needs more than was allowed for: it waits.
        """
        before, self.state.returned = self.state.returned, -1
        if reason in ISLANDS or (reason == "lost" and self.state.until_s == NEVER):
            self.state.until_s = self.plant.now + max(self.spec.delay_s, SWEPT_S)
        elif self.plant.now >= self.state.until_s:
            wait_s = self.spec.check_s if before in off else self._release(off)
            self.state.until_s = self.plant.now + max(wait_s, SWEPT_S)

    def _source(self) -> str:
        """Return who feeds the site bus with good voltage, or ``"none"``."""
        state = self.plant.device("utility").state
        sagging = state.source == "grid" and state.voltage_pu < NORMAL_PU
        return "none" if sagging else str(state.source)

    def _off(self) -> list[int]:
        """Return the pods that are down, the core network first."""
        off = [n for n, pod in enumerate(self.plant.pods) if pod.state.phase == "off"]
        core = self.plant.tree.core
        if core in off:
            off.remove(core)
            off.insert(0, core)
        return off

    def _release(self, off: list[int]) -> float:
        """Power up the first pod that can be; return when to look again, s (inf: when signalled)."""
        if self.plant.has("cooling") and not self.plant.device("cooling").can_cool():
            return NEVER
        spare_w = self.plant.spare_w() if self._source() != "none" else 0.0
        k = self.plant.arrays
        wait_s = NEVER
        cuts = self.plant.device("protection").state.cuts
        blocked = blocked_buses(self.plant, cuts)  # a repair will be signalled
        for pod in off:
            row = self.plant.tree.pod_rows[pod]
            apart_w = self._apart_w(pod, row)
            if not k.rate[row]["joined"] and apart_w <= 0.0:
                self._ask_neighbours(pod)
                closing = float(k.inp[row]["close_at_s"]) - self.plant.now
                if not blocked[row] and self._source() != "none":  # else a signal will come
                    wait_s = min(
                        wait_s, closing + 1.0 if closing > 0.0 else NEVER, self.spec.check_s
                    )
                continue
            power_w = float(self.plant.load.pod_peak_w())
            if pod == self.plant.tree.core:
                power_w = self.plant.load.core_kw * 1e3
            share = 1.0 + self.spec.loss_allowance
            if apart_w <= 0.0:  # chillers hang on the site bus
                share += float(k.site[0]["cooling_share"])
            if power_w * share > (apart_w or spare_w):
                self._ask_neighbours(pod)
                wait_s = min(wait_s, self.spec.check_s)
                continue
            self.plant.pods[pod].power_up(self.plant.load.boot_s)
            self.state.returned = pod
            ramp_w_per_s = self.plant.grid.ramp_kw_per_min * 1e3 / 60.0
            return max(self.spec.pod_step_s, power_w / ramp_w_per_s)
        return wait_s

    def _apart_w(self, pod: int, row: int) -> float:
        """Return what a pod that is not fed from above could have nevertheless, W."""
        rate = self.plant.arrays.rate[row]
        if rate["joined"] or not rate["live"]:
            return 0.0
        own_w = self._island_w(row) if self.spec.on_islands else 0.0
        if not self.plant.has("ties"):
            return max(0.0, own_w)
        offered_w = self.plant.device("ties").offered_w(pod, hung=not self.spec.on_islands)
        return max(0.0, own_w) + float(offered_w)

    def _island_w(self, row: int) -> float:
        """Return what the nearest storage on the way up could still give, W."""
        k, parent = self.plant.arrays, self.plant.tree.parent
        while row > 0 and k.rate[row]["live"]:
            able = k.inp[row]["storage_ok"] and k.state[row]["mode"] != Mode.EMPTY
            if k.row[row]["has_storage"] and able:
                return float(k.inp[row]["discharge_w"] - k.rate[row]["down_w"])
            if not k.inp[row]["closed"]:
                break
            row = parent[row]
        return 0.0

    def _ask_neighbours(self, pod: int) -> None:
        """Have a tie closed for a pod that waits on an island."""
        if self.spec.on_islands and self.plant.has("ties"):
            self.plant.device("ties").reach(pod)
