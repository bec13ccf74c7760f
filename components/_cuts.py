"""Buses cut off from what feeds them, until that is mended.

A bus may be cut off for several reasons at once; it is joined again when the last one is gone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from components._tolerance import some
from twin.contracts.losses import Initiator
from twin.contracts.parts import NEVER, PlantView

Cuts = dict[str, int]
"""How many faults hold the edge above each bus, by its number as text (which JSON keeps)."""


def cut(plant: PlantView, row: int, event: str, cause: Initiator) -> None:
    """Take away what feeds a bus: storage on it or below takes over, the rest is lost.

    Parameters
    ----------
    event
        Names the draws of those that must take over.
    cause
        What losses are put down to.
    """
    protection, inp = plant.device("protection"), plant.arrays.inp[row]
    cuts: Cuts = protection.state.cuts
    cuts[str(row)] = cuts.get(str(row), 0) + 1
    if cuts[str(row)] == 1:
        protection.edge_failed(row, event, cause)
    inp["closed"] = 0
    inp["close_at_s"] = NEVER
    plant.arrays.now[0]["dirty"] = 1


def mend(plant: PlantView, row: int) -> None:
    """Give a bus its feed back once everything that took it is mended."""
    protection = plant.device("protection")
    cuts: Cuts = protection.state.cuts
    cuts[str(row)] -= 1
    if cuts[str(row)] > 0:
        return
    if not plant.arrays.row[row]["has_storage"]:  # else it returns like after an outage
        plant.arrays.inp[row]["closed"] = 1
    plant.arrays.now[0]["dirty"] = 1
    protection.fed_again()


def blocked_buses(plant: PlantView, cuts: Cuts) -> NDArray[np.bool_]:
    """Return which buses have no way to the site bus for a fault that is still to be mended."""
    parent, inp = plant.tree.parent, plant.arrays.inp
    found = inp["alive"] == 0
    for bus, n in cuts.items():
        if n > 0:
            found[int(bus)] = True
    if some(found):
        for row in range(1, len(found)):
            found[row] |= found[parent[row]]
    return np.asarray(found)
