"""What a sag does to what sees it: a voltage and a time, raced against the tolerance of the load."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from twin.contracts.parts import PlantView
from twin.contracts.tolerance import CURVES, ITIC, drops_scalar
from twin.quantity import MisfitError, Spec

ROUNDING_S = 1e-6
"""Times since the start of a decade carry a rounding of about 1e-7 s."""
HOLD_UP_PU = 0.7
"""Below this a power supply lives on its hold-up; above, the steps of the ITIC curve hold, pu."""

LONG_S = 1e9
"""Stands for a disturbance without an end where curves are read, s."""

Times = NDArray[np.float64]
Flags = NDArray[np.bool_]
some = np.count_nonzero
"""Like ``any``, but five times as fast on the few dozen elements of a plant."""
Tolerance = Literal["threshold", "itic", "semi_f47", "ieee_1668_i_ii", "ieee_1668_iii", "all"]
"""Names of tolerances: a threshold with a time, a curve, or of everything."""


def stops(
    tolerance: Tolerance, below_pu: float, after_s: float, volts: float, seen_s: float
) -> bool:
    """Return whether what has a tolerance stops when it sees `volts` (pu) for `seen_s`.

    Parameters
    ----------
    below_pu, after_s
        The threshold, and the time for which it may be passed, s.
    """
    if tolerance == "all" or seen_s <= 0.0:
        return False
    if tolerance == "threshold":
        return volts < below_pu and seen_s > after_s + ROUNDING_S
    return drops_scalar(CURVES[tolerance], min(seen_s, LONG_S), volts)


class Thresholds(Spec):
    """Keys ``X_trip_pu`` and ``X_trip_s`` that hold where ``X_tolerance`` names no curve."""

    @model_validator(mode="after")
    def _none_in_vain(self) -> Self:
        for key, info in type(self).model_fields.items():
            tolerance, value = self._instead_of(key), getattr(self, key)
            if tolerance and value != info.default:  # a scenario written in full tells defaults, too
                raise MisfitError(
                    key,
                    f'{value:g} has no effect with {tolerance} = "{getattr(self, tolerance)}"; leave '
                    f'it out, or set {tolerance} = "threshold"',
                )
        return self

    def idle(self, key: str) -> bool:
        """Return whether a curve holds instead of the threshold to which a key belongs."""
        return bool(self._instead_of(key))

    def _instead_of(self, key: str) -> str:
        """Return the key whose curve holds instead of a key's threshold; empty if none does."""
        what, _, unit = key.partition("_trip_")
        tolerance = f"{what}_tolerance"
        return tolerance if unit and getattr(self, tolerance) != "threshold" else ""


class PowerSupplies:
    """The power supplies of all pods, as far as their tolerance goes."""

    def __init__(self, plant: PlantView) -> None:
        self.plant = plant
        self.spec = plant.tables.get("psu")
        self.rows = np.array(plant.tree.pod_rows, dtype=np.int64)
        core = plant.tree.core
        pods = range(len(self.rows))
        rated_w = [
            self.spec.rated_w(plant.load, core=p == core) if self.spec else 0.0 for p in pods
        ]
        self.rated_w = np.array(rated_w)

    def hold_ups_s(self) -> Times:
        """Return how long the supplies of each pod live at their present load, s, shape (pods,)."""
        if self.spec is None:
            return np.zeros(len(self.rows))
        load_w = self.plant.arrays.rate["it_w"][self.rows]
        return np.asarray(self.spec.hold_ups_s(load_w, self.rated_w))

    def longest_s(self) -> float:
        """Return the longest hold-up of the pods that are powered, s: beyond it nothing lives."""
        powered = self.plant.arrays.inp["powered"][self.rows] == 1
        return float(self.hold_ups_s()[powered].max()) if powered.any() else 0.0

    def lives_s(self, volts: float) -> Times | float:
        """Return for how long the supplies of each pod, or of all, live at a voltage, s."""
        if volts < HOLD_UP_PU:
            return self.hold_ups_s() + ROUNDING_S
        return ITIC.longest_s(volts)

    def drop(self, volts: float, seen_s: Times) -> Flags:
        """Return which pods' supplies drop out that see `volts` for `seen_s`, shape (pods,).

        Parameters
        ----------
        volts, seen_s
            Residual voltage, pu, and for how long each pod sees it, s, shape (pods,).
        """
        return np.asarray(seen_s > self.lives_s(volts))

    def any_drops(self, volts: float, seen_s: float) -> bool:
        """Return whether any pod's supplies would drop out that see `volts` for `seen_s`."""
        return bool(some(seen_s > self.lives_s(volts)))
