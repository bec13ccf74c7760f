"""The utility connection: plays the disturbances and says which source feeds the site bus.

The connection sees one voltage at each instant, the lowest of all disturbances under way. Above
0.1 pu the grid still carries what hangs on it (a sag lasts too short to matter for energy); below,
the site bus is dead until the grid or a diesel set feeds it. While diesel carries the site, the mains
must have been good for ``mains_stable_s`` before the site returns to them, without a gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.contracts.layout import Arrays
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView
from twin.contracts.timeline import (
    INTERRUPTION_PU,
    MOMENTARY_S,
    NORMAL_PU,
    Disturbances,
    SeenDisturbances,
)


@dataclass(slots=True)
class UtilityState(DeviceState):
    """Position in the list of voltage changes, present voltage, and the source in charge."""

    change: int = 0
    voltage_pu: float = 1.0
    disturbance: int = -1
    source: str = "grid"
    stable_at_s: float = NEVER
    losses: int = 0


class Utility(Device):
    """The connection point and the choice of source (``"grid"``, ``"diesel"``, ``"none"``)."""

    state_type = UtilityState
    state: UtilityState

    def __init__(self, plant: PlantView) -> None:
        super().__init__("utility", plant)
        self.hold_up_s = plant.tables["psu"].ride_through_s if "psu" in plant.tables else 0.0
        self.times, self.volts, self.ids = voltage_changes(plant.disturbances, plant.horizon_s)

    def begin(self) -> None:
        """Count what the grid does, seen here or not, and wait for the first change of voltage."""
        self._count()
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
        self.say("voltage", f"{s.voltage_pu:.3f} pu")
        if s.voltage_pu < INTERRUPTION_PU and self.remaining_s() > self.hold_up_s + 1e-6:
            s.stable_at_s = NEVER
            if s.source == "grid":
                self.set_source("none")
            return
        if s.source == "none":
            self.set_source("grid")
        elif s.source == "diesel" and s.voltage_pu >= NORMAL_PU:
            s.stable_at_s = self.plant.now + self.plant.grid.mains_stable_s
        elif s.source == "diesel":
            s.stable_at_s = NEVER
        elif s.voltage_pu != before:
            self.plant.signal("grid")

    def _count(self) -> None:
        d = self.plant.disturbances
        world = d.world if isinstance(d, SeenDisturbances) else d
        happens = world.start_s < self.plant.horizon_s
        gone = happens & (world.voltage_pu < INTERRUPTION_PU)
        outage = gone & (world.duration_s > MOMENTARY_S)
        kinds = {"sags": happens & ~gone, "momentaries": gone & ~outage, "outages": outage}
        for kind, which in kinds.items():
            if which.any():
                self.plant.count(f"grid_{kind}", float(which.sum()))

    def set_source(self, source: str) -> None:
        """Let another source feed the site bus (also called by the diesel plant)."""
        s = self.state
        if source == s.source:
            return
        if source == "none":
            s.losses += 1
        s.source = source
        self.say("source", source)
        self.plant.changed(self)
        self.plant.signal("grid")
        self.plant.signal("source")

    def diesel_lost(self) -> None:
        """Fall back to the mains, if they are there, when the diesel plant leaves the bus."""
        self.state.stable_at_s = NEVER
        self.set_source("grid" if self.state.voltage_pu >= INTERRUPTION_PU else "none")

    def event_name(self) -> str:
        """Return the name of the present disturbance, as draws are keyed by it."""
        n = self.state.disturbance
        name = self.plant.disturbances.name(n) if n >= 0 else "undisturbed"
        return f"{name}-{self.state.losses:04d}"

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
    starts, ends, depth = start.tolist(), end.tolist(), d.voltage_pu[:n].tolist()
    running: list[int] = []
    ahead = 0
    for t in sorted({*starts, *ends}):
        running = [i for i in running if ends[i] > t]
        begun = []
        while ahead < n and starts[ahead] <= t:
            begun.append(ahead)
            running += [ahead] if ends[ahead] > t else []
            ahead += 1
        level = min([depth[i] for i in running], default=1.0)
        for i in begun or [-1]:
            times_l.append(t)
            volts_l.append(level)
            ids_l.append(i)
    return np.array(times_l), np.array(volts_l), np.array(ids_l, np.int64)
