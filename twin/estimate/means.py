"""Means with Student-t intervals."""

from __future__ import annotations

from numpy.typing import ArrayLike

from twin.estimate.model import Array, Estimate, defined, estimate, sample_mean_se, student_limits


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
