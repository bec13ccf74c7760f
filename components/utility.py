"""The utility connection: plays the disturbances and says which source feeds the site bus.

The connection sees one voltage at each instant, the lowest of all disturbances under way. Above
0.1 pu the grid still carries what hangs on it (a sag lasts too short to matter for energy); below,
the site bus is dead until the grid or a diesel set feeds it, or the storage that stands on it forms
it. While diesel carries the site, the mains must have been good for ``mains_stable_s`` before the site
returns to them, without a gap. A site without a utility has a connection whose voltage is always zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.contracts.layout import Arrays
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView
from twin.contracts.timeline import INTERRUPTION_PU, MOMENTARY_S, NORMAL_PU, Disturbances


@dataclass(slots=True)
class UtilityState(DeviceState):
    """Position in the list of voltage changes, present voltage, and the source in charge."""

    change: int = 0
    voltage_pu: float = 1.0
    disturbance: int = -1
    source: str = "grid"
    stable_at_s: float = NEVER
    losses: int = 0
    planned: bool = False


class Utility(Device):
    """The connection point and the choice of source.

    ``"grid"``, ``"diesel"``, ``"storage"`` (the storage on the site bus forms it) or ``"none"``.
    """

    state_type = UtilityState
    state: UtilityState

    def __init__(self, plant: PlantView) -> None:
        super().__init__("utility", plant)
        self.hold_up_s = plant.tables["psu"].ride_through_s if "psu" in plant.tables else 0.0
        self.times, self.volts, self.ids = voltage_changes(plant.disturbances, plant.horizon_s)

    def begin(self) -> None:
        """Wait for the first change of voltage; without a utility there is none."""
        if not self.plant.grid.connected:
            self.state.source, self.state.voltage_pu = "none", 0.0
        self._next()

    def _next(self) -> None:
        s = self.state
        ahead = float(self.times[s.change]) if s.change < len(self.times) else NEVER
        s.until_s = min(ahead, s.stable_at_s)

    def step(self, reason: str) -> None:
        """Play the next change of voltage, or return to the mains when they are stable."""
        s = self.state
        while s.change < len(self.times) and self.times[s.change] <= self.plant.now:
            self._play(s.change)
            s.change += 1
        if s.stable_at_s <= self.plant.now:
            s.stable_at_s = NEVER
            if s.source == "diesel":
                self.set_source("grid")
        self._next()

    def _play(self, n: int) -> None:
        s = self.state
        before = s.voltage_pu
        s.voltage_pu = float(self.volts[n])
        if self.ids[n] >= 0:
            s.disturbance = int(self.ids[n])
            s.losses = 0
            self._count(s.disturbance)
        self.say("voltage", f"{s.voltage_pu:.3f} pu")
        if s.voltage_pu < INTERRUPTION_PU and self.remaining_s() > self.hold_up_s + 1e-6:
            s.stable_at_s = NEVER
            if s.source == "grid":
                self.set_source("none")
            return
        if s.source in ("none", "storage"):
            self.set_source("grid")
        elif s.source == "diesel" and s.voltage_pu >= NORMAL_PU:
            s.stable_at_s = self.plant.now + self.plant.grid.mains_stable_s
        elif s.source == "diesel":
            s.stable_at_s = NEVER
        elif s.voltage_pu != before:
            self.plant.signal("grid")

    def _count(self, n: int) -> None:
        d = self.plant.disturbances
        if d.voltage_pu[n] >= INTERRUPTION_PU:
            self.plant.count("grid_sags")
        elif d.duration_s[n] <= MOMENTARY_S:
            self.plant.count("grid_momentaries")
        else:
            self.plant.count("grid_outages")

    def set_source(self, source: str, *, planned: bool = False) -> None:
        """Let another source feed the site bus (also called by diesel plant and site storage).

        A planned loss is one that the storages were told of before: they take over without a gap.
        """
        s = self.state
        if source == s.source:
            return
        s.planned = planned
        if source == "none":
            s.losses += 1
        s.source = source
        self.say("source", source)
        self.plant.changed(self)
        self.plant.signal("grid")
        self.plant.signal("source")

    def diesel_lost(self, *, planned: bool = False) -> None:
        """Fall back to the mains, if they are there, when the diesel plant leaves the bus."""
        self.state.stable_at_s = NEVER
        mains = self.state.voltage_pu >= INTERRUPTION_PU
        self.set_source("grid" if mains else "none", planned=planned)

    def event_name(self) -> str:
        """Return the name of the present disturbance, as draws are keyed by it."""
        if not self.plant.grid.connected:
            return f"island-{self.state.losses:04d}"
        return f"disturbance-{self.state.disturbance:05d}-{self.state.losses:04d}"

    def remaining_s(self) -> float:
        """Return how long the present voltage will last, s (protection asks after the fact)."""
        s = self.state
        n = (
            s.change + 1
            if s.change < len(self.times) and self.times[s.change] <= self.plant.now
            else s.change
        )
        end = float(self.times[n]) if n < len(self.times) else NEVER
        return end - self.plant.now

    def commit(self, k: Arrays) -> None:
        """Tell the pass whether the grid feeds the site bus."""
        k.site[0]["grid_on"] = self.state.source == "grid"


def voltage_changes(d: Disturbances, horizon_s: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, voltages and numbers of the disturbances that begin (-1: none begins).

    Overlapping disturbances give the lowest voltage; two that touch give one change in between.
    Those that start at or after the horizon never happen.
    """
    n = int(np.searchsorted(d.start_s, horizon_s, side="left"))
    start, end = d.start_s[:n], d.start_s[:n] + d.duration_s[:n]
    if n == 0:
        return np.zeros(0), np.zeros(0), np.zeros(0, np.int64)
    if np.all(end[:-1] < start[1:]):  # the usual case: nothing overlaps or touches
        times = np.column_stack([start, end]).ravel()
        volts = np.column_stack([d.voltage_pu[:n], np.ones(n)]).ravel()
        ids = np.column_stack([np.arange(n), np.full(n, -1)]).ravel()
        return times, volts, ids
    times_l: list[float] = []
    volts_l: list[float] = []
    ids_l: list[int] = []
    starts: dict[float, list[int]] = {}
    for i, t in enumerate(start.tolist()):
        starts.setdefault(t, []).append(i)
    for t in sorted(set(start.tolist()) | set(end.tolist())):
        running = np.flatnonzero((start <= t) & (end > t))
        level = float(d.voltage_pu[running].min()) if len(running) else 1.0
        begun = starts.get(t, [-1])
        for i in begun:
            times_l.append(t)
            volts_l.append(level)
            ids_l.append(i)
    return np.array(times_l), np.array(volts_l), np.array(ids_l, np.int64)
