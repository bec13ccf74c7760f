"""Voltage tolerance curves: which disturbance an unprotected load rides through.

A lower curve gives, for each duration, the lowest residual voltage that the load must survive, an
upper one the highest voltage. Vertices of ITIC (2000), SEMI F47 and IEEE 1668 as tabulated in the
Grid Protection Alliance's MagDurCurvePoint table.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """One boundary of a tolerance curve.

    Attributes
    ----------
    name
        The curve's usual name.
    duration_s, voltage_pu
        Vertices in order, s and pu; a repeated duration is a vertical edge. Beyond the last vertex
        the voltage stays.
    """

    name: str
    duration_s: tuple[float, ...]
    voltage_pu: tuple[float, ...]

    def threshold(self, duration_s: float) -> float:
        """Return the lowest voltage tolerated for a duration, pu. On an edge the load survives."""
        i = bisect_left(self.duration_s, duration_s)
        if i == 0:
            return self.voltage_pu[0]
        if i == len(self.duration_s):
            return self.voltage_pu[-1]
        left, right = self.duration_s[i - 1], self.duration_s[i]
        low, high = self.voltage_pu[i - 1], self.voltage_pu[i]
        return low + (high - low) * (duration_s - left) / (right - left)

    def longest_s(self, voltage_pu: float) -> float:
        """Return the longest time for which a curve of steps tolerates a voltage, s."""
        for duration_s, tolerated_pu in zip(self.duration_s, self.voltage_pu, strict=True):
            if tolerated_pu > voltage_pu:
                return duration_s
        return math.inf


ITIC = Curve(
    "ITIC",
    (0.0, 0.02, 0.02, 0.5, 0.5, 10.0, 10.0),
    (0.0, 0.0, 0.7, 0.7, 0.8, 0.8, 0.9),
)
"""ITIC (CBEMA) curve of 2000, lower boundary: information technology equipment."""

SEMI_F47 = Curve(
    "SEMI F47",
    (0.0, 0.02, 0.02, 0.2, 0.2, 0.5, 0.5, 10.0, 10.0),
    (0.0, 0.0, 0.5, 0.5, 0.7, 0.7, 0.8, 0.8, 0.9),
)
"""SEMI F47: semiconductor processing equipment."""

IEEE_1668_I_II = Curve(
    "IEEE 1668 type I and II",
    (0.0, 0.01, 0.01, 0.2, 0.2, 0.5, 0.5, 2.0, 2.0),
    (0.0, 0.0, 0.5, 0.5, 0.7, 0.7, 0.8, 0.8, 1.0),
)
"""IEEE 1668, recommended for sags of one and of two phases. Shorter than half a cycle (10 ms) is not
tested, beyond 2 s nothing is asked for."""

IEEE_1668_III = Curve(
    "IEEE 1668 type III",
    (0.0, 0.01, 0.01, 0.05, 0.05, 0.1, 0.1, 2.0, 2.0),
    (0.0, 0.0, 0.5, 0.5, 0.7, 0.7, 0.8, 0.8, 1.0),
)
"""IEEE 1668, recommended for sags of three phases; limits as in types I and II."""

CURVES = {
    "itic": ITIC,
    "semi_f47": SEMI_F47,
    "ieee_1668_i_ii": IEEE_1668_I_II,
    "ieee_1668_iii": IEEE_1668_III,
}
"""The lower curves by name."""

ITIC_UPPER = Curve(
    "ITIC, upper",
    (1.667e-4, 1e-3, 3e-3, 3e-3, 0.5, 0.5),
    (5.0, 2.0, 1.4, 1.2, 1.2, 1.1),
)
"""ITIC curve of 2000, upper boundary: from a spike of 5 pu for a hundredth of a 60 Hz cycle to 1.1 pu.
Drawn over the logarithm of time, so straight lines between vertices are straight there."""


def drops(curve: Curve, duration_s: Array, voltage_pu: Array) -> NDArray[np.bool_]:
    """Return which disturbances lie below the curve, so that an unprotected load drops.

    Parameters
    ----------
    curve
        The load's tolerance.
    duration_s, voltage_pu
        Duration, s, and residual voltage, pu, of each disturbance, shape (n,).
    """
    x, y = np.asarray(curve.duration_s), np.asarray(curve.voltage_pu)
    i = np.searchsorted(x, duration_s, side="left")
    right = np.minimum(i, len(x) - 1)
    left = np.maximum(i - 1, 0)
    width = x[right] - x[left]
    share = np.where(width > 0, (duration_s - x[left]) / np.where(width > 0, width, 1.0), 0.0)
    inside = (i > 0) & (i < len(x))
    threshold = np.where(inside, y[left] + (y[right] - y[left]) * share, y[right])
    return np.asarray(voltage_pu < threshold, dtype=np.bool_)


def exceeds(curve: Curve, duration_s: Array, voltage_pu: Array) -> NDArray[np.bool_]:
    """Return which swells lie above an upper curve, so that a load may be damaged.

    Parameters
    ----------
    curve
        An upper boundary, `ITIC_UPPER`; straight between vertices over the logarithm of time.
    duration_s, voltage_pu
        Duration, s, above 0, and highest voltage, pu, of each swell, shape (n,).
    """
    x, y = np.log(curve.duration_s), np.asarray(curve.voltage_pu)
    return np.asarray(voltage_pu > np.interp(np.log(duration_s), x, y), dtype=np.bool_)


def drops_scalar(curve: Curve, duration_s: float, voltage_pu: float) -> bool:
    """Return whether one disturbance lies below the curve; the scalar form of `drops`."""
    return voltage_pu < curve.threshold(duration_s)
