"""What the site sees of the grid behind its own feeders, transfer switch and HV transformers.

None of this depends on the plant, so it is worked out once, before the replication begins: the
disturbances of the world, those of a single feeder filtered by the transfer switch, and the times in
which the site's own equipment has failed, as one list of disturbances at the site bus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from components._series import Series
from twin.contracts.losses import FEEDER, HV_TRANSFORMER
from twin.contracts.parts import NEVER
from twin.contracts.phases import THREE_PHASES
from twin.contracts.timeline import INTERRUPTION_PU, Disturbances, SeenDisturbances
from twin.streams import Luck, name_keys


@dataclass(frozen=True)
class Event:
    """A disturbance as it reaches the site.

    Attributes
    ----------
    origin
        Number of the disturbance of the world, or -1 for a fault of the site's own equipment.
    kind
        Kind of that equipment.
    phases, shot
        As in `Disturbances`.
    """

    start_s: float
    end_s: float
    voltage_pu: float
    origin: int = -1
    kind: str = ""
    phases: int = THREE_PHASES
    shot: int = 0


@dataclass(frozen=True)
class Connection:
    """The site's own equipment between the grid and its bus.

    Attributes
    ----------
    feeders
        The line of each feeder.
    independent_share
        Share of the world's disturbances that are local to one of two feeders.
    transfer_s, transfer_failure
        Of the transfer switch.
    trunk
        The transfer switch itself.
    transformers, needed
        HV transformers side by side, and how many of them carry the site.
    """

    feeders: Sequence[Series]
    independent_share: float
    transfer_s: float
    transfer_failure: float
    trunk: Series
    transformers: Sequence[Series]
    needed: int

    def seen(self, world: Disturbances, luck: Luck, horizon_s: float) -> SeenDisturbances:
        """Return the disturbances at the site bus."""
        local = self._local(world, luck)
        events = [_of_world(world, n) for n in np.flatnonzero(local < 0).tolist()]
        events += self._through_feeders(world, local, luck, horizon_s)
        events += [Event(a, b, 0.0, kind=k) for a, b, k in self.trunk.history(luck, horizon_s)]
        events += self._transformers_short(luck, horizon_s)
        events.sort(key=lambda e: (e.start_s, e.origin))
        return SeenDisturbances(
            np.array([e.start_s for e in events]),
            np.array([e.end_s - e.start_s for e in events]),
            np.array([e.voltage_pu for e in events]),
            np.array([e.phases for e in events], np.int8),
            np.array([e.shot for e in events], np.int8),
            world.storms,
            world=world,
            origin=tuple(e.origin for e in events),
            own_kind=tuple(e.kind for e in events),
        )

    def _local(self, world: Disturbances, luck: Luck) -> np.ndarray:
        """Return the feeder to which each disturbance is local, -1 for both, shape (n,)."""
        both = np.full(len(world), -1)
        if len(self.feeders) == 1 or self.independent_share == 0.0:
            return both
        keys = name_keys([world.name(n) for n in range(len(world))])
        is_local = luck.uniforms(keys, "local") < self.independent_share
        second = luck.uniforms(keys, "feeder") >= 0.5
        feeder = np.where(is_local, second.astype(np.int64), both)
        first = np.where(world.shot == 0, np.arange(len(world)), 0)
        return np.asarray(feeder[np.maximum.accumulate(first)])  # a reclosing sequence stays together

    def _through_feeders(
        self, world: Disturbances, local: np.ndarray, luck: Luck, horizon_s: float
    ) -> list[Event]:
        """Return what the site sees of the disturbances of single feeders."""
        dark: list[list[Event]] = []
        sags: list[tuple[int, Event]] = []
        for n, line in enumerate(self.feeders):
            mine = [_of_world(world, d) for d in np.flatnonzero(local == n).tolist()]
            sags += [(n, e) for e in mine if e.voltage_pu >= INTERRUPTION_PU]
            gone = [e for e in mine if e.voltage_pu < INTERRUPTION_PU]
            gone += [Event(a, b, 0.0, kind=FEEDER) for a, b, _ in line.history(luck, horizon_s)]
            dark.append(_merged(gone))
        if len(self.feeders) == 1:
            return dark[0]
        seen, service = self._transfers(dark, luck)
        starts = np.array([t for t, _ in service])
        for n, sag in sags:
            if service[int(np.searchsorted(starts, sag.start_s, side="right")) - 1][1] == n:
                seen.append(sag)
        return seen

    def _transfers(
        self, dark: list[list[Event]], luck: Luck
    ) -> tuple[list[Event], list[tuple[float, int]]]:
        """Return the interruptions that the site sees, and which feeder serves it from when on."""
        seen: list[Event] = []
        service = [(-NEVER, 0)]
        now_s = -NEVER
        while True:
            on = service[-1][1]
            lost = next((e for e in dark[on] if e.end_s > now_s), None)
            if lost is None:
                return seen, service
            start_s = max(lost.start_s, now_s)
            end_s, serves = self._back(lost, start_s, dark[1 - on], luck)
            seen.append(replace(lost, start_s=start_s, end_s=end_s))
            if serves:
                service.append((end_s, 1 - on))
            now_s = end_s

    def _back(
        self, lost: Event, start_s: float, other: list[Event], luck: Luck
    ) -> tuple[float, bool]:
        """Return when the site has voltage again, s, and whether the other feeder then serves it."""
        try_s = start_s + self.transfer_s
        for e in other:  # sorted: wait while the other feeder has nothing to give either
            if e.start_s <= try_s < e.end_s:
                try_s = e.end_s + self.transfer_s
        if try_s >= lost.end_s:
            return lost.end_s, False
        demand = f"disturbance-{lost.origin:05d}" if lost.origin >= 0 else f"{start_s:.0f}"
        if luck.happens(self.transfer_failure, "ats", "transfer", demand):
            return lost.end_s, False
        return try_s, True

    def _transformers_short(self, luck: Luck, horizon_s: float) -> list[Event]:
        """Return the times in which too few HV transformers are left."""
        changes: list[tuple[float, int]] = []
        for series in self.transformers:
            for start_s, end_s, _ in series.history(luck, horizon_s):
                changes += [(start_s, 1), (end_s, -1)]
        spare = len(self.transformers) - self.needed
        found: list[Event] = []
        down, since_s = 0, 0.0
        for time_s, change in sorted(changes):
            if down == spare and change > 0:
                since_s = time_s
            if down == spare + 1 and change < 0 and time_s > since_s:
                found.append(Event(since_s, time_s, 0.0, kind=HV_TRANSFORMER))
            down += change
        return found


def _of_world(world: Disturbances, n: int) -> Event:
    start_s, volts = float(world.start_s[n]), float(world.voltage_pu[n])
    end_s = start_s + float(world.duration_s[n])
    phases, shot = int(world.phases[n]), int(world.shot[n])
    return Event(start_s, end_s, volts, n, phases=phases, shot=shot)


def _merged(events: list[Event]) -> list[Event]:
    """Return interruptions of a feeder, those that touch as one that is put down to the first."""
    found: list[Event] = []
    for e in sorted(events, key=lambda e: e.start_s):
        if found and e.start_s <= found[-1].end_s:
            found[-1] = replace(found[-1], end_s=max(found[-1].end_s, e.end_s))
        else:
            found.append(e)
    return found
