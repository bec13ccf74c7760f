"""A disturbance on its way down the tree: who still hangs on it, and for how long each one sees it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from components._blame import Strike
from components._tolerance import Flags, Times
from twin.contracts.parts import PlantView

GRID = -1
"""Stands for the bus above the site bus: the disturbance comes through the connection."""


@dataclass
class Blow:
    """One blow to the supply.

    Attributes
    ----------
    volts, input_pu
        Residual voltage as power supplies see it, and the lowest at the connection, by which relays
        and motors go, pu.
    lasts_s, event
        How long it lasts, s, and what draws are keyed by.
    exposed
        Powered pods that hang on the failing supply still, shape (pods,).
    lost
        Pods that have no supply left, shape (pods,).
    seen_s
        For how long each pod sees it, s, shape (pods,); known for those that storage has taken over.
    site_s
        For how long what hangs on the site bus sees it, s.
    strike
        What losses are put down to.
    """

    volts: float
    input_pu: float
    lasts_s: float
    event: str
    exposed: Flags
    site_s: float
    strike: Strike
    lost: Flags = field(init=False)
    seen_s: Times = field(init=False)

    def __post_init__(self) -> None:
        self.lost = np.zeros(len(self.exposed), dtype=bool)
        self.seen_s = np.zeros(len(self.exposed))

    def spare(self, pods: Flags) -> None:
        """Let pods not notice it."""
        self.exposed &= ~pods


def hanging(plant: PlantView, top: int, *, edge: bool) -> Flags:
    """Return which buses hang on the failing supply: all breakers up to it are closed.

    Parameters
    ----------
    top, edge
        The bus that fails, or `GRID`; whether only what feeds it has failed.
    """
    closed = plant.arrays.inp["closed"].tolist()
    if top == GRID and all(closed):
        return np.ones(len(closed), dtype=bool)
    parent = plant.tree.parent
    hangs = [False] * len(closed)
    for row in range(len(closed)):
        if row == top:
            hangs[row] = bool(closed[row]) or not edge
        elif closed[row]:
            hangs[row] = parent[row] == top or (parent[row] >= 0 and hangs[parent[row]])
    if top >= 0 and not edge:
        hangs[top] = False  # the dead bus itself: a storage on it does not help
    return np.array(hangs)


def hangs_on(plant: PlantView, above: np.ndarray) -> Flags:
    """Return which pods are joined to a bus above them: all breakers in between are closed.

    Parameters
    ----------
    above
        For each pod that bus (its own one is above it, too), or -1, shape (pods,).
    """
    closed, parent = plant.arrays.inp["closed"], plant.tree.parent
    found = above >= 0
    for pod, row in enumerate(plant.tree.pod_rows):
        while found[pod] and row != above[pod]:
            found[pod] = bool(closed[row])
            row = parent[row]
    return found
