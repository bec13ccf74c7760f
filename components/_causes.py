"""Which initiating event a loss is put down to, and by which path it came.

From a pod upwards to the site bus, the first bus that is dead or cut off names the event: what killed
it, or what opened its breaker. A pod that hangs on the site bus is at the mercy of what has taken the
utility away; if nothing has, the load is simply too much for the source: an overload.
"""

from __future__ import annotations

from collections.abc import Iterable

from twin.contracts.layout import Mode
from twin.contracts.losses import (
    BATTERY_EMPTY,
    BUS_DEAD,
    NO_STORAGE,
    OVERLOAD,
    Initiator,
    Loss,
)
from twin.contracts.parts import PlantView

EMPTY = int(Mode.EMPTY)


def site_cause(plant: PlantView) -> Initiator:
    """Return the event behind whatever is wrong at the site bus."""
    found: Initiator | None = plant.device("protection").blamed(0)
    found = found or plant.device("utility").cause()
    return found or Initiator(f"overload-{int(plant.now):010d}", OVERLOAD)


def cause_at(plant: PlantView, row: int) -> Initiator:
    """Return the event behind whatever is wrong at a bus."""
    protection = plant.device("protection")
    while row > 0:
        found: Initiator | None = protection.blamed(row)
        if found is not None:
            return found
        row = plant.tree.parent[row]
    return site_cause(plant)


def protection_path(plant: PlantView, pod: int) -> str:
    """Return why a pod has no power: the dead bus, or the storage that failed it, nearest to it."""
    k, row = plant.arrays, plant.tree.pod_rows[pod]
    while row >= 0:
        if not k.inp[row]["alive"]:
            return BUS_DEAD
        if k.row[row]["has_storage"]:
            return BATTERY_EMPTY if k.state[row]["mode"] == EMPTY else _out_of_order(plant, row)
        row = plant.tree.parent[row]
    return NO_STORAGE


def _out_of_order(plant: PlantView, row: int) -> str:
    """Return why the storage on a bus is of no help although it has energy."""
    unit = next(u for u in plant.units() if u.row == row)
    for shared in plant.device("protection").controls:
        if shared.stops(unit):
            return str(shared.path)
    return str(plant.device(unit.name).path_out)


def by_loss(plant: PlantView, pods: Iterable[int], path: str = "") -> dict[Loss, list[int]]:
    """Return pods that go dark in one instant, by what each loss is put down to.

    Parameters
    ----------
    path
        The path, if it is known; left out, it is looked for on each pod's way to the supply.
    """
    found: dict[Loss, list[int]] = {}
    for pod in pods:
        initiator = cause_at(plant, plant.tree.pod_rows[pod])
        loss = Loss(initiator, path or protection_path(plant, pod))
        found.setdefault(loss, []).append(pod)
    return found
