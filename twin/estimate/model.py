"""The `Estimate` and what all estimators share: cleaning columns, quantiles, Student's t."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import InputError, SimulationError

Array = NDArray[np.float64]
Limits = tuple[float | None, float | None]
TAIL = 0.025  # probability outside a 95 % interval on either side
NUMBERS = ("mean", "se", "ci_low", "ci_high", "p05", "p50", "p95")
QUANTILES = ("p05", "p50", "p95")


@dataclass(frozen=True)
class Estimate:
    """One metric over the replications of one architecture, or of a paired difference.

    Attributes
    ----------
    mean
        Point estimate; None if it is undefined.
    se
        Standard error of `mean`; None if it cannot be told (one replication, no event seen).
    ci_low, ci_high
        Two-sided 95 % confidence interval of the expectation; None for a limit nobody can give.
    p05, p50, p95
        Quantiles of the replications themselves: luck, not error. They do not shrink with n.
    n
        Number of replications in which the metric is defined.
    unit
        Unit of all of them but n.
    """

    mean: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    p05: float | None
    p50: float | None
    p95: float | None
    n: int
    unit: str

    def __post_init__(self) -> None:
        for name in NUMBERS:
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise SimulationError(f"estimate: {name} is {value}; undefined must be None")

    def to_dict(self, *, quantiles: bool = True) -> dict[str, float | int | str | None]:
        """Return the keys of ``summary.json``; differences carry no quantiles there."""
        row: dict[str, float | int | str | None] = {
            name: getattr(self, name) for name in NUMBERS if quantiles or name not in QUANTILES
        }
        return row | {"n": self.n, "unit": self.unit}

    @property
    def half_width(self) -> float | None:
        """Half the width of the 95 % interval, None if a limit is open."""
        if self.ci_low is None or self.ci_high is None:
            return None
        return (self.ci_high - self.ci_low) / 2.0


def defined(*columns: ArrayLike) -> list[Array]:
    """Return the columns without the replications in which any of them is NaN.

    Infinities are refused: a metric that divides by zero must say NaN.
    """
    arrays = [np.asarray(c, dtype=np.float64) for c in columns]
    if any(a.ndim != 1 or a.shape != arrays[0].shape for a in arrays):
        shapes = ", ".join(str(a.shape) for a in arrays)
        raise InputError(f"estimate: columns must be 1-dimensional and equally long, not {shapes}")
    if any(np.isinf(a).any() for a in arrays):
        raise SimulationError("estimate: a replication is infinite; undefined must be NaN")
    keep = ~np.any([np.isnan(a) for a in arrays], axis=0)
    return [a[keep] for a in arrays]


def t_factor(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1.0 - TAIL))


def student_limits(mean: float, se: float | None, freedom: int) -> Limits:
    """Return the symmetric 95 % interval, open (None, None) without an error or freedom."""
    if se is None or freedom < 1:
        return None, None
    half = t_factor(freedom) * se
    return mean - half, mean + half


def sample_mean_se(x: Array) -> tuple[float | None, float | None]:
    """Return mean and standard error; a constant gives exactly itself and zero."""
    if x.size == 0:
        return None, None
    if np.ptp(x) == 0.0:  # rounding must not turn a constant into a spread
        return float(x[0]), 0.0 if x.size > 1 else None
    return float(np.mean(x)), float(np.std(x, ddof=1)) / math.sqrt(x.size)


def estimate(mean: float | None, se: float | None, limits: Limits, values: Array, n: int,
             unit: str) -> Estimate:  # fmt: skip
    """Assemble an `Estimate`; quantiles are those of `values` (linear interpolation)."""
    p05, p50, p95 = (
        (float(q) for q in np.quantile(values, [0.05, 0.5, 0.95]))
        if values.size
        else (None, None, None)
    )
    return Estimate(mean, se, limits[0], limits[1], p05, p50, p95, n, unit)
