"""What a bus can give to a neighbour over a tie."""

from __future__ import annotations

import numpy as np

from components._tolerance import Flags
from twin.contracts.layout import Arrays, Mode
from twin.contracts.parts import PlantView

EMPTY = int(Mode.EMPTY)
SLACK_W = 1e-3
"""Rounding in what a donor can carry; what does not fit after all is shed."""


def can_give(k: Arrays, row: int) -> bool:
    """Return whether a bus lives by itself: on its storage, or from above."""
    own = k.row[row]["has_storage"] and k.inp[row]["storage_ok"] and k.state[row]["mode"] != EMPTY
    return bool(k.inp[row]["alive"] and (own or (k.rate[row]["joined"] and k.rate[row]["live"])))


def spare_w(plant: PlantView, row: int) -> float:
    """Return what a bus can give beside its own load, from above or by its own storage, W."""
    k = plant.arrays
    if k.inp[row]["closed"] and k.rate[row]["joined"]:
        return plant.spare_w()
    return float(k.inp[row]["discharge_w"] - k.rate[row]["down_w"])


def carried(plant: PlantView, row: int, rating_w: float, pods: Flags) -> Flags:
    """Return which of the pods a bus can carry beside its own load, lowest number first.

    Parameters
    ----------
    rating_w
        Rating of the tie to them, W.
    pods
        Who asks, shape (pods,).
    """
    found = np.zeros(len(pods), dtype=bool)
    left_w = min(rating_w, spare_w(plant, row))
    for pod in np.flatnonzero(pods):
        load_w = float(plant.arrays.rate[plant.tree.pod_rows[pod]]["load_bus_w"])
        if load_w <= left_w + SLACK_W:
            left_w -= load_w
            found[pod] = True
    return found
