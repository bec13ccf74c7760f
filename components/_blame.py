"""Which event opened which breaker, and how a blow to the supply got through to each pod.

Plain bookkeeping beside the protection: it decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from components._causes import protection_path
from twin.contracts.losses import BUS_DEAD, DISTURBANCES, Initiator, Loss
from twin.contracts.parts import PlantView, Unit

Entries = dict[str, list[str]]
"""Name and kind of an event by bus (as text: plain data that JSON keeps)."""


@dataclass
class Strike:
    """One blow to the supply.

    Attributes
    ----------
    cause
        What it is put down to.
    from_grid
        It comes through the connection; else a bus of the site has died.
    lasting
        Pods may be lost later, too, so that their demand is noted.
    paths
        How it got through, by pod, as far as something failed or was too slow.
    """

    cause: Initiator
    from_grid: bool
    lasting: bool
    paths: dict[int, str] = field(default_factory=dict)

    def through(self, pods: Iterable[int], path: str) -> None:
        """Note the path to pods (Python numbers, whatever they come as)."""
        self.paths.update(dict.fromkeys(map(int, pods), path))

    def note_demand(self, plant: PlantView, pods: Iterable[int]) -> None:
        """Note what powered pods demand now, if they may be lost later."""
        if self.lasting:
            for pod in pods:
                if plant.pods[pod].state.phase != "off":
                    plant.pods[pod].note_demand(self.cause.name)

    def lose(self, plant: PlantView, pods: Iterable[int]) -> None:
        """Let pods lose power, by the paths noted; else nothing stood in the way."""
        found: dict[str, list[int]] = {}
        for pod in pods:
            path = self.paths.get(pod)
            if path is None:
                path = protection_path(plant, pod) if self.from_grid else BUS_DEAD
            found.setdefault(path, []).append(pod)
        for path, gone in found.items():
            plant.lose_pods(gone, Loss(self.cause, path))


def entry(initiator: Initiator) -> list[str]:
    """Return an event as plain data."""
    return [initiator.name, initiator.kind]


def read(entries: Entries, row: int) -> Initiator | None:
    """Return the event noted for a bus."""
    found = entries.get(str(row))
    return None if found is None else Initiator(found[0], found[1])


def take_over(
    plant: PlantView, opened: Entries, units: list[Unit], open_before: np.ndarray, strike: Strike
) -> None:
    """Blame a further blow for units that are open still, where it is what keeps them open.

    They would have returned (they are waiting to), or an earlier disturbance of the grid opened them,
    of which this one is the continuation. A bus that died before, and is dead still, keeps its blame.
    """
    waiting = plant.arrays.inp["close_at_s"]
    for n in np.flatnonzero(open_before):
        unit = units[n]
        before = opened.get(str(unit.row))
        goes_on = strike.from_grid and before is not None and before[1] in DISTURBANCES
        if waiting[unit.row] < np.inf or goes_on:
            opened[str(unit.row)] = entry(strike.cause)
            strike.note_demand(plant, unit.pods)
