"""The plants among which a size is looked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from twin.errors import InputError
from twin.explore.axes import VARY, Axis, numbers
from twin.scenario import Scenario, find
from twin.scenario.merge import ARCHITECTURES, plant_keys

STORAGE, SETS = "storage.energy_kwh", "diesel.sets"
MOST_AXES = 3


def grid(
    scenario: Scenario, name: str, axes: Sequence[Axis], *, largest: bool
) -> dict[str, tuple[float, ...]]:
    """Return the keys to search with their values, rising.

    Left out, they are the battery's energy, in steps of about a tenth and up to four times what the
    scenario has, and the number of diesel sets, from none to twice as many.
    """
    if not axes:
        return _usual_grid(scenario, name, largest)
    if len(axes) > (1 if largest else MOST_AXES):
        most = "one key with --largest" if largest else f"{MOST_AXES} keys"
        raise InputError(f"{VARY}: {len(axes)} keys are varied; at most {most}")
    found = {}
    for axis in axes:
        key = _place(axis.key, name)
        places = find(scenario, key)
        if not places:  # says what is wrong with the key
            scenario.changed([f"{key}={axis.texts[0] if axis.texts else axis.span}"], VARY)
        found[key] = numbers(axis, whole=bool(places) and places[0].whole)
    return found


def _place(key: str, name: str) -> str:
    """Return a shared plant key as the architecture's own."""
    return f"{ARCHITECTURES}.{name}.{key}" if key.split(".")[0] in plant_keys() else key


def _usual_grid(scenario: Scenario, name: str, largest: bool) -> dict[str, tuple[float, ...]]:
    grid: dict[str, tuple[float, ...]] = {}
    for energy in find(scenario, _place(STORAGE, name)):
        step = nice_step(energy.value)
        count = math.floor(4.0 * energy.value / step)
        grid[energy.key] = tuple(round(step * k, 12) for k in range(1, count + 1))
    for sets in [] if largest else find(scenario, _place(SETS, name)):
        grid[sets.key] = tuple(range(2 * max(2, sets.value) + 1))
    if not grid:
        raise InputError(f"{name} has no storage to size; name a key with {VARY}")
    return grid


def nice_step(value: float) -> float:
    """Return the largest of 1, 2, 5, 10 ... that is at most a tenth of a value."""
    power = 10.0 ** math.floor(math.log10(value / 10.0))
    return max(m * power for m in (1.0, 2.0, 5.0) if m * power <= value / 10.0 * (1.0 + 1e-9))
