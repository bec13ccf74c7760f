"""Voltage tolerance curves: which disturbance an unprotected load rides through.

A curve gives, for each duration, the lowest residual voltage that the load must survive. Vertices
of ITIC (2000) and SEMI F47 as tabulated in the Grid Protection Alliance's MagDurCurvePoint table.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Lower boundary of a tolerance curve.

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

CURVES = {"itic": ITIC, "semi_f47": SEMI_F47}
"""The curves by the word that a scenario uses."""


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


def drops_scalar(curve: Curve, duration_s: float, voltage_pu: float) -> bool:
    """Return whether one disturbance lies below the curve; the scalar form of `drops`."""
    return voltage_pu < curve.threshold(duration_s)
