"""The utility connection: plays the disturbances and says which source feeds the site bus.

The connection sees one voltage at each instant, the lowest of all disturbances under way; relays and
counters go by it. Power supplies see another one, behind the transformers' windings and with the
phases that sag (`twin.contracts.phases`). Above 0.1 pu of that the grid still carries what hangs on it
(a sag lasts too short to matter for energy); below, the site bus is dead until the grid or a diesel
set feeds it, or the storage that stands on it forms it. While diesel carries the site, the mains must
have been good for ``mains_stable_s`` before the site returns to them, without a gap. A site without a
utility has a connection whose voltage is always zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from components._tolerance import ROUNDING_S, PowerSupplies
from twin.contracts.layout import Arrays
from twin.contracts.losses import MOMENTARY, OUTAGE, SAG, SOURCE_LOST, Initiator
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView
from twin.contracts.phases import THREE_PHASES, seen_by_supplies
from twin.contracts.timeline import INTERRUPTION_PU, NORMAL_PU, Disturbances, SeenDisturbances


@dataclass(slots=True)
class UtilityState(DeviceState):
    """Position in the list of voltage changes, present voltages, and the source in charge.

    ``origin`` is the disturbance that took the utility away last.
    """

    change: int = 0
    voltage_pu: float = 1.0
    seen_pu: float = 1.0
    disturbance: int = -1
    source: str = "grid"
    stable_at_s: float = NEVER
    losses: int = 0
    origin: int = -1
    planned: bool = False


class Utility(Device):
    """The connection point and the choice of source.

    ``"grid"``, ``"diesel"``, ``"storage"`` (the storage on the site bus forms it) or ``"none"``.
    """

    state_type = UtilityState
    state: UtilityState

    def __init__(self, plant: PlantView) -> None:
        super().__init__("utility", plant)
        self.supplies = PowerSupplies(plant)
        d = plant.disturbances
        levels = np.column_stack([d.voltage_pu, seen_by_loads(d, plant.tables)])
        self.times, self.volts, self.ids = level_changes(d, levels, plant.horizon_s)

    def begin(self) -> None:
        """Count what the grid does, seen here or not, and wait for the first change of voltage.

        Without a utility there is none.
        """
        self._count()
        if not self.plant.grid.connected:
            self.state.source = "none"
            self.state.voltage_pu = self.state.seen_pu = 0.0
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
        before = s.voltage_pu, s.seen_pu
        s.voltage_pu, s.seen_pu = self.volts[n].tolist()
        if self.ids[n] >= 0:
            s.disturbance = int(self.ids[n])
            s.losses = 0
        seen = f", supplies see {s.seen_pu:.3f}" if s.seen_pu != s.voltage_pu else ""
        self.say("voltage", f"{s.voltage_pu:.3f} pu{seen}")
        if s.seen_pu < INTERRUPTION_PU and self.remaining_s() > self._bridged_s():
            if s.source == "grid" or s.stable_at_s < NEVER:  # else it only goes on
                self._begins()
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
        elif (s.voltage_pu, s.seen_pu) != before:
            self.plant.signal("grid")

    def _bridged_s(self) -> float:
        """Return up to when an interruption passes as a sag: some pods may live through it, s."""
        return self.supplies.longest_s() + ROUNDING_S

    def _count(self) -> None:
        """Count the world's disturbances, those of a reclosing sequence once."""
        d = self.plant.disturbances
        world = d.world if isinstance(d, SeenDisturbances) else d
        names = {SAG: "grid_sags", MOMENTARY: "grid_momentaries", OUTAGE: "grid_outages"}
        for n in np.flatnonzero((world.start_s < self.plant.horizon_s) & (world.shot == 0)):
            self.plant.count(names[world.kind(int(n))])

    def _begins(self) -> None:
        """A disturbance takes the utility away: it is to blame for what follows."""
        self.state.origin = self._in_force()
        if self.state.source == "diesel":  # nobody notices yet, but this is the demand before it
            name = self.plant.disturbances.name(self.state.origin)
            for pod in self.plant.pods:
                if pod.state.phase != "off":
                    pod.note_demand(name)

    def _in_force(self) -> int:
        """Return the disturbance that makes the present voltage."""
        n, d, now = self.state.disturbance, self.plant.disturbances, self.plant.now
        if n >= 0 and d.voltage_pu[n] == self.state.voltage_pu:
            if d.start_s[n] + d.duration_s[n] > now:
                return n
        return d.in_force(now)

    def cause(self) -> Initiator | None:
        """Return the event that keeps the site from good mains, None if nothing does.

        On a site without a utility, that a source has given up; while one feeds the site, all is well.
        """
        s, d = self.state, self.plant.disturbances
        if not self.plant.grid.connected:
            lost = s.source == "none"
            return Initiator(f"source-lost-{s.losses:04d}", SOURCE_LOST) if lost else None
        if s.source == "grid" and s.voltage_pu >= NORMAL_PU:
            return None
        n = self._in_force() if s.source == "grid" else s.origin
        return None if n < 0 else Initiator(d.name(n), d.kind(n))

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
        mains = self.state.seen_pu >= INTERRUPTION_PU
        self.set_source("grid" if mains else "none", planned=planned)

    def event_name(self) -> str:
        """Return the name of the present disturbance, as draws are keyed by it."""
        if not self.plant.grid.connected:
            return f"island-{self.state.losses:04d}"
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


def seen_by_loads(d: Disturbances, tables: Mapping[str, Any]) -> np.ndarray:
    """Return the residual voltage of each disturbance as a node's power supplies see it, pu."""
    if "chain" not in tables or "psu" not in tables or np.all(d.phases == THREE_PHASES):
        return d.voltage_pu
    chain, psu = tables["chain"], tables["psu"]
    return seen_by_supplies(
        d.voltage_pu, d.phases, chain.winding, psu.supplies, psu.supplies_needed
    )


def voltage_changes(d: Disturbances, horizon_s: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, voltages and numbers of the disturbances that begin (-1: none begins)."""
    times, levels, ids = level_changes(d, d.voltage_pu[:, np.newaxis], horizon_s)
    return times, levels[:, 0], ids


def level_changes(
    d: Disturbances, levels: np.ndarray, horizon_s: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, lowest levels and numbers of the disturbances that begin (-1: none begins).

    Overlapping disturbances give the lowest level; two that touch give one change in between.
    Those that start at or after the horizon never happen.

    Parameters
    ----------
    levels
        What is asked of each disturbance, shape (n, kinds), pu; 1 where none is under way.
    """
    n = int(np.searchsorted(d.start_s, horizon_s, side="left"))
    start, end = d.start_s[:n], d.start_s[:n] + d.duration_s[:n]
    kinds = levels.shape[1]
    if n == 0:
        return np.zeros(0), np.zeros((0, kinds)), np.zeros(0, np.int64)
    if np.all(end[:-1] < start[1:]):  # the usual case: nothing overlaps or touches
        times = np.column_stack([start, end]).ravel()
        volts = np.hstack([levels[:n], np.ones((n, kinds))]).reshape(2 * n, kinds)
        ids = np.column_stack([np.arange(n), np.full(n, -1)]).ravel()
        return times, volts, ids
    times_l: list[float] = []
    volts_l: list[np.ndarray] = []
    ids_l: list[int] = []
    starts, ends = start.tolist(), end.tolist()
    running: list[int] = []
    ahead = 0
    for t in sorted({*starts, *ends}):
        running = [i for i in running if ends[i] > t]
        begun = []
        while ahead < n and starts[ahead] <= t:
            begun.append(ahead)
            running += [ahead] if ends[ahead] > t else []
            ahead += 1
        level = levels[running].min(axis=0) if running else np.ones(kinds)
        for i in begun or [-1]:
            times_l.append(t)
            volts_l.append(level)
            ids_l.append(i)
    return np.array(times_l), np.array(volts_l), np.array(ids_l, np.int64)
