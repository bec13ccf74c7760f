"""Means of heavy-tailed quantities: bootstrap intervals."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from twin.estimate.counts import two_sided_limits
from twin.estimate.model import (
    TAIL,
    Array,
    Estimate,
    Limits,
    defined,
    estimate,
    sample_mean_se,
    student_limits,
)
from twin.streams import generator

RESAMPLES = 2000
CHUNK = 1_000_000  # resampled values held at a time
FEW = 10  # values that differ from the median; below, resampling often sees none of them


def _studentized(x: Array, name: str) -> Array:
    """Return (m* - m)/se* of the resamples; those without spread are left out."""
    rng = generator(0, 0, f"bootstrap/{name}")
    mean, n = x.mean(), x.size
    parts, rows = [], max(1, CHUNK // n)
    for start in range(0, RESAMPLES, rows):
        sample = x[rng.integers(0, n, size=(min(rows, RESAMPLES - start), n))]
        se = sample.std(axis=1, ddof=1) / math.sqrt(n)
        spread = se > 0.0
        parts.append((sample.mean(axis=1)[spread] - mean) / se[spread])
    return np.concatenate(parts)


def _limits(x: Array, mean: float, se: float | None, name: str) -> Limits:
    if se == 0.0:
        return (None, None) if mean == 0.0 else (mean, mean)
    if se is None or x.size < FEW:
        return student_limits(mean, se, x.size - 1)
    base = float(np.median(x))
    if np.count_nonzero(x != base) < FEW:
        low, high = two_sided_limits(x - base, np.ones_like(x), 0.0)
        return base + low, base + high
    t_low, t_high = np.quantile(_studentized(x, name), [TAIL, 1.0 - TAIL])
    return mean - float(t_high) * se, mean - float(t_low) * se


def _heavy_tail(x: Array, unit: str, name: str) -> Estimate:
    mean, se = sample_mean_se(x)
    limits = (None, None) if mean is None else _limits(x, mean, se, name)
    return estimate(mean, se, limits, x, x.size, unit)


def heavy_tail_estimate(x: ArrayLike, unit: str, name: str) -> Estimate:
    """Estimate the expectation of a skewed quantity, e.g. the cost of interrupted jobs.

    Parameters
    ----------
    x
        One value per replication, NaN where undefined, shape (n,).
    unit
        Unit of `x`.
    name
        Names the resampling stream (``bootstrap/<name>``), so that a result does not depend on
        which other metrics are asked for.

    Returns
    -------
    Estimate
        Mean with the bootstrap-t interval of 2,000 resamples (Efron & Tibshirani 1993, section
        12.5), which follows the skewness where Student's interval misses on one side (200 lognormal
        values with σ = 1.5: it holds the truth in 92 % of cases, Student's in 88 %). If fewer
        than ten values differ from the median, resampling would mostly reshuffle one of them;
        then the compound Poisson limits of `twin.estimate.counts` are used. Fewer than ten
        replications carry Student's interval. If all values are zero, no scale has been seen and
        the interval is None.
    """
    (values,) = defined(x)
    return _heavy_tail(values, unit, name)


def paired_heavy_tail_difference(b: ArrayLike, a: ArrayLike, unit: str, name: str) -> Estimate:
    """Estimate E[B - A] of a skewed quantity; as `heavy_tail_estimate` over paired differences."""
    second, first = defined(b, a)
    return _heavy_tail(second - first, unit, name)
