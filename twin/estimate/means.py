"""Means with Student-t intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twin.estimate.model import (
    TAIL,
    Array,
    Estimate,
    defined,
    estimate,
    sample_mean_se,
    student_limits,
)


def _mean(x: Array, unit: str) -> Estimate:
    mean, se = sample_mean_se(x)
    limits = (None, None) if mean is None else student_limits(mean, se, x.size - 1)
    return estimate(mean, se, limits, x, x.size, unit)


def mean_estimate(x: ArrayLike, unit: str) -> Estimate:
    """Estimate the expectation of a metric by its mean over replications.

    Parameters
    ----------
    x
        One value per replication, NaN where undefined, shape (n,).
    unit
        Unit of `x`.

    Returns
    -------
    Estimate
        Mean ± t(n-1, 0.975)·s/√n. One replication has no error (None). A constant has the error 0:
        it is taken for deterministic, so counts belong into `count_estimate`.
    """
    (values,) = defined(x)
    return _mean(values, unit)


def paired_difference(b: ArrayLike, a: ArrayLike, unit: str) -> Estimate:
    """Estimate E[B - A] from replications that share their random numbers.

    The interval is Student's over the differences of pairs in which both are defined, so luck that
    both architectures share cancels. All differences equal means [d, d]: exact for quantities that
    are equal by construction (sags at the grid); for counts use `paired_count_difference`.

    Parameters
    ----------
    b, a
        The metric in architectures B and A, one value per replication, in the same order.
    unit
        Unit of both.
    """
    second, first = defined(b, a)
    return _mean(second - first, unit)


def bounded_mean_estimate(x: ArrayLike, low: float, high: float, unit: str) -> Estimate:
    """Estimate the expectation of a quantity that cannot leave [low, high].

    As `mean_estimate`, except that a constant is not taken for certain: of n replications alike, a
    share of up to 1 - 0.025^(1/n) may yet be different (the exact binomial limit where none of n
    was), as far as the bounds allow. The error is then None.

    Parameters
    ----------
    x
        One value per replication, NaN where undefined, shape (n,).
    low, high
        The bounds.
    unit
        Unit of `x`.
    """
    (values,) = defined(x)
    if values.size == 0 or np.ptp(values) > 0.0:
        return _mean(values, unit)
    seen = float(values[0])
    unseen = 1.0 - TAIL ** (1.0 / values.size)
    limits = seen - unseen * (seen - low), seen + unseen * (high - seen)
    return estimate(seen, None, limits, values, values.size, unit)
