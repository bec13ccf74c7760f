"""The energy management: graceful degradation when supply is short, and shedding as a last resort.

Ladder (``kind = "ladder"``): when the site has lived on batteries for ``act_after_s`` (a site without
a utility always does), each storage is watched; below ``cap_below_min`` of autonomy the jobs on its
pods are capped, below ``suspend_below_min`` they are checkpointed and suspended, and when it is empty
its pods are lost. A step stays in force until a source carries the site at full service again, or
until the storage that forms the site bus has recovered. ``kind = "none"`` does nothing but shed pods
that no supply can carry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from components._causes import by_loss, cause_at
from twin.contracts.layout import Mode
from twin.contracts.losses import SUPPLY_SHORT
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView
from twin.errors import SimulationError
from twin.quantity import Spec, quantity
from twin.registry import register

CHECK_S = 30.0
"""How often the end of a degradation is looked for while its cause lasts, s."""
ON_BATTERIES = ("none", "storage")
"""Sources of the site bus on which the site lives on its batteries."""
FULL_SHARE = 0.95
"""Share of a storage's capacity at which it has recovered in any case."""


@register("policy", "ladder")
class LadderSpec(Spec):
    """Cap, then checkpoint and suspend, then lose power."""

    act_after_s: float = quantity(
        "s",
        "Time on batteries before the ladder acts (sags and short interruptions pass)",
        20.0,
        ge=0,
    )
    cap_below_min: float = quantity(
        "min", "Autonomy at design load below which jobs are capped", 15.0, ge=0
    )
    cap: float = quantity("1", "GPU power cap as a share of rated power", 0.6, gt=0.2, le=1)
    suspend_below_min: float = quantity(
        "min", "Autonomy below which jobs checkpoint and suspend", 3.0, ge=0
    )
    resume_ratio: float = quantity(
        "1",
        "The steps of a storage that forms the site bus are lifted when its autonomy is so many times "
        "cap_below_min (or at 95 % of its capacity)",
        2.0,
        gt=1,
    )
    checkpoint_s: float = quantity(
        "s",
        "Emergency checkpoint: notice, residual step, copy, persist",
        35.0,
        ge=0,
        source="derived: 10 to 35 s to local storage, 40 to 150 s remote",
        confidence="D",
    )
    active: ClassVar[bool] = True

    def build(self, plant: PlantView) -> None:
        """Add the energy management."""
        plant.add(EnergyManagement(plant, self))


@register("policy", "none")
class NoPolicy(Spec):
    """No degradation: full power until it is gone."""

    active: ClassVar[bool] = False
    act_after_s: ClassVar[float] = NEVER

    def build(self, plant: PlantView) -> None:
        """Add the energy management (it still sheds what cannot be carried)."""
        plant.add(EnergyManagement(plant, self))


@dataclass(slots=True)
class EmsState(DeviceState):
    """Whether the ladder is in force, and its step at each storage (0 none, 1 cap, 2 suspend)."""

    acting: bool = False
    act_at_s: float = NEVER
    step_of: dict[str, int] | None = None


class EnergyManagement(Device):
    """Watches storages, caps and suspends jobs, sheds pods."""

    state_type = EmsState
    state: EmsState

    def __init__(self, plant: PlantView, spec: Any) -> None:
        super().__init__("ems", plant)
        self.spec = spec

    def begin(self) -> None:
        """Listen to the source and to what the cooling says."""
        self.state.step_of = {}
        if self.spec.active and self.plant.device("utility").state.source in ON_BATTERIES:
            self.state.act_at_s = self.plant.now + self.spec.act_after_s
        self._listen()

    def _listen(self) -> None:
        rows = [f"watch:{u.row}" for u in self.plant.units()] if self.state.acting else []
        self.state.topics = ("source", "cooling", "thermal-throttle", "thermal-warning", *rows)
        self.state.until_s = self.state.act_at_s

    def step(self, reason: str) -> None:
        """Start, continue or end the ladder."""
        s = self.state
        source = self.plant.device("utility").state.source
        if self.spec.active:
            if reason in ("thermal-throttle", "thermal-warning"):
                self._answer_heat(reason)
            elif reason.startswith("watch:"):
                self._watched(int(reason[6:]))
            elif source in ON_BATTERIES:
                if not s.acting and s.act_at_s == NEVER:
                    s.act_at_s = self.plant.now + self.spec.act_after_s
                elif s.acting:
                    self._maybe_lift()
            else:
                self._maybe_end(source)
            if s.act_at_s <= self.plant.now:
                s.act_at_s = NEVER
                if source in ON_BATTERIES:
                    self._start()
            self.plant.changed(self)
        self._listen()

    def _start(self) -> None:
        self.state.acting = True
        for unit in self.plant.units():
            self._arm(unit.row, unit.load_w)

    def _arm(self, row: int, load_w: float) -> None:
        """Watch the storage for the next step of the ladder, or take it at once if it is due."""
        steps = self._steps()
        while steps.get(str(row), 0) < 2:
            n = steps.get(str(row), 0)
            minutes = (self.spec.cap_below_min, self.spec.suspend_below_min)[n]
            goal_j = minutes * 60.0 * load_w
            if self.plant.stored_j(row) > goal_j:
                self.plant.watch(row, self, low_j=goal_j, high_j=self._lifted_j(row))
                return
            self._take(row)
        self.plant.watch(row, self, high_j=self._lifted_j(row))

    def _lifted_j(self, row: int) -> float:
        """Return the energy at which the steps of the storage on the site bus are lifted."""
        steps = self._steps()
        if row != 0 or not steps.get("0", 0):
            return NEVER
        minute_j = 60.0 * next(u.load_w for u in self.plant.units() if u.row == row)
        most_j = FULL_SHARE * float(self.plant.arrays.state[row]["capacity_j"])
        capped_j = float(self.spec.cap_below_min) * minute_j
        level_j = min(float(self.spec.resume_ratio) * capped_j, most_j)
        return level_j if level_j > capped_j else NEVER

    def _steps(self) -> dict[str, int]:
        if self.state.step_of is None:
            self.state.step_of = {}
        return self.state.step_of

    def _watched(self, row: int) -> None:
        """Take the next step at a storage, or lift those of the storage on the site bus."""
        if self._recovered(row):
            self._maybe_lift()
            return
        self._take(row)
        unit = next(u for u in self.plant.units() if u.row == row)
        self._arm(row, unit.load_w)

    def _recovered(self, row: int) -> bool:
        return self.plant.stored_j(row) >= self._lifted_j(row) * (1.0 - 1e-9)

    def _maybe_lift(self) -> None:
        """Lift all steps once the storage that forms the site bus has recovered."""
        if self.plant.device("utility").state.source == "storage" and self._recovered(0):
            self._steps().clear()
            if self.plant.has("scheduler"):
                self.plant.device("scheduler").resume()
            self._start()

    def _take(self, row: int) -> None:
        steps = self._steps()
        steps[str(row)] = steps.get(str(row), 0) + 1
        if not self.plant.has("scheduler"):
            return
        event = cause_at(self.plant, row).name
        pods = set(self.plant.tree.pods_below(row))
        if self.plant.tree.core in pods:
            pods = set(range(len(self.plant.tree.pod_rows)))  # the core carries every job
        if steps[str(row)] == 1:
            scheduler = self.plant.device("scheduler")
            for job in scheduler.jobs_on(pods):
                scheduler.cap(job, self.spec.cap, event)
        else:
            self._suspend(pods, event)

    def _answer_heat(self, reason: str) -> None:
        """Let GPUs throttle, or save and suspend all jobs, before the pods trip."""
        everything = set(range(len(self.plant.tree.pod_rows)))
        event = self.plant.device("cooling").initiator().name
        if reason == "thermal-warning":
            self._suspend(everything, event)
        elif self.plant.has("scheduler"):
            scheduler = self.plant.device("scheduler")
            for job in scheduler.jobs_on(everything):
                scheduler.cap(job, self.plant.tables["cooling"].throttle_cap, event)
        self.state.acting = True
        self.state.act_at_s = self.plant.now + CHECK_S

    def _suspend(self, pods: set[int], event: str) -> None:
        if self.plant.has("scheduler"):
            scheduler = self.plant.device("scheduler")
            for job in scheduler.jobs_on(pods):
                scheduler.suspend(job, self.spec.checkpoint_s, event)

    def _maybe_end(self, source: str) -> None:
        """End the ladder once the source carries full service and the cooling runs."""
        s = self.state
        s.act_at_s = NEVER
        if not s.acting:
            return
        cool = not self.plant.has("cooling") or self.plant.device("cooling").state.phase == "on"
        if not cool or (source == "diesel" and not self._carries()):
            s.act_at_s = self.plant.now + CHECK_S
            return
        s.acting = False
        s.step_of = {}
        for unit in self.plant.units():
            self.plant.watch(unit.row, self)
        if self.plant.has("scheduler"):
            self.plant.device("scheduler").resume()

    def _carries(self) -> bool:
        """Return whether the diesel plant could carry every powered pod at full power."""
        return self.plant.spare_w() >= 0.0

    # ---- deficits -------------------------------------------------------------------------------

    def deficit(self, row: int) -> None:
        """Supply cannot carry what hangs on a bus: shed one pod, or let a dead bus collapse.

        Called by the plant until the deficit is gone; pods go in reverse order of their number
        (small jobs and spares first), the core network last.
        """
        if row > 0 and self.plant.has("ties") and self.plant.device("ties").answer(row):
            return
        k, tree = self.plant.arrays, self.plant.tree
        inside = [p for p in tree.pods_below(row) if k.inp[tree.pod_rows[p]]["powered"]]
        if row == 0:
            inside = [p for p in inside if k.rate[tree.pod_rows[p]]["joined"]]
            inside = [p for p in inside if not self._carried(tree.pod_rows[p])] or inside
        if not inside or self._on_storage_alone(row):
            self._last_resort(row)
            return
        storage_here = bool(k.row[row]["has_storage"]) and k.state[row]["mode"] != Mode.EMPTY
        alive = bool(k.rate[row]["live"])
        helped = bool(k.rate[row]["tied"]) or k.rate[row]["tie_w"] > 0.0
        if alive and (row == 0 or storage_here or helped):
            core = tree.core
            victim = max(inside, key=lambda p: (p != core, p))
            for loss, pods in by_loss(self.plant, [victim], SUPPLY_SHORT).items():
                self.plant.lose_pods(pods, loss, shed=True)
        else:
            for loss, pods in by_loss(self.plant, self._dark()).items():
                self.plant.lose_pods(pods, loss)

    def _on_storage_alone(self, row: int) -> bool:
        """Return whether chillers run on a storage: they have a buffer, so they go before pods."""
        k = self.plant.arrays
        alone = row == 0 and not k.flow[0]["grid_up"] and not k.site[0]["diesel_on"]
        return (
            alone
            and self.plant.has("cooling")
            and (self.plant.device("cooling").state.phase == "on")
        )

    def _dark(self) -> list[int]:
        """Return all powered pods without voltage: those that die in one instant go together."""
        k = self.plant.arrays
        rows = self.plant.tree.pod_rows
        return [
            p
            for p, r in enumerate(rows)
            if k.inp[r]["powered"] and k.rate[r]["load_bus_w"] > 0.0 and not k.rate[r]["live"]
        ]

    def _carried(self, row: int) -> bool:
        """Return whether the storage at a pod's own bus could carry it."""
        k = self.plant.arrays
        return bool(k.rate[row]["spare_w"] >= k.rate[row]["down_w"] > 0.0)

    def _last_resort(self, row: int) -> None:
        """Nothing is left to shed: the chillers go, then what feeds it trips, or the model is wrong."""
        if row == 0 and self.plant.has("cooling"):
            cooling = self.plant.device("cooling")
            if cooling.state.phase == "on":
                cooling.give_up()
                return
        source = self.plant.device("utility").state.source if row == 0 else ""
        if source in ("grid", "diesel"):
            self.plant.device("utility" if source == "grid" else "diesel").trip()
            return
        if self._island_trips(row):
            return
        raise SimulationError(
            f"bus '{self.plant.tree.names[row]}' has a deficit at t={self.plant.now} s, "
            "and nothing on it can be shed"
        )

    def _island_trips(self, row: int) -> bool:
        """Let what feeds an island trip: the ties that help it, else its storage (out for a repair)."""
        if self.plant.has("ties") and self.plant.device("ties").trip(row):
            return True
        for unit in self.plant.units():
            if unit.row == row and self.plant.device(unit.name).in_service:
                self.say("overload", unit.name)
                self.plant.device(unit.name).fail_with(f"overload-{int(self.plant.now):010d}")
                return True
        return False
