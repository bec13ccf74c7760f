"""Ratios of expectations: Σ numerator / Σ denominator, never the mean of ratios.

The mean of per-replication ratios answers another question (and a replication with a small
denominator rules it); only its quantiles are reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from twin.estimate.model import Array, Estimate, defined, estimate, student_limits

Method = Literal["jackknife", "delta"]


def delta_se(numerator: Array, denominator: Array) -> float | None:
    """Return the delta-method standard error of Σnum/Σden.

    With residuals e = num - R·den it is √(n/(n-1)·Σe²)/Σden (Cochran 1977, Sampling Techniques,
    3rd ed., section 6.4). None for fewer than two informative replications.
    """
    if np.count_nonzero(denominator) < 2:
        return None
    total = float(denominator.sum())
    residual = numerator - float(numerator.sum()) / total * denominator
    n = residual.size
    return math.sqrt(n / (n - 1) * float(residual @ residual)) / abs(total)


def _leave_one_out(numerator: Array, denominator: Array) -> Array:
    return np.asarray((numerator.sum() - numerator) / (denominator.sum() - denominator))


def _jackknife(leave_one_out: Array) -> float:
    n = leave_one_out.size
    if np.ptp(leave_one_out) == 0.0:
        return 0.0
    return math.sqrt((n - 1) / n * float(np.sum((leave_one_out - leave_one_out.mean()) ** 2)))


def jackknife_se(numerator: Array, denominator: Array) -> float | None:
    """Return the jackknife standard error √((n-1)/n·Σ(R₍ᵢ₎ - R̄)²) of Σnum/Σden.

    Efron & Stein 1981, Annals of Statistics 9, 586-596. None for fewer than two informative
    replications: leaving one out would leave nothing.
    """
    if np.count_nonzero(denominator) < 2:
        return None
    return _jackknife(_leave_one_out(numerator, denominator))


def ratio_estimate(numerator: ArrayLike, denominator: ArrayLike, unit: str, *,
                   method: Method = "jackknife", offset: float = 0.0,
                   sign: float = 1.0) -> Estimate:  # fmt: skip
    """Estimate ``offset + sign·E[numerator]/E[denominator]``.

    Parameters
    ----------
    numerator, denominator
        One value each per replication, NaN where undefined, shape (n,). A replication with 0/0
        (no disturbance, no window) counts: it adds nothing to either sum.
    unit
        Unit of the result.
    method
        Standard error by ``"jackknife"`` (default, sees the curvature) or ``"delta"``.
    offset, sign
        Affine transformation of the ratio; see `ratio_complement`.

    Returns
    -------
    Estimate
        Ratio of sums with Student's interval, m - 1 degrees of freedom for m replications with a
        denominator. Quantiles are those of the m ratios of single replications. The mean is None
        if the denominators add up to 0.
    """
    num, den = defined(numerator, denominator)
    informative = den != 0.0
    values = offset + sign * num[informative] / den[informative]
    if den.sum() == 0.0:
        return estimate(None, None, (None, None), values, num.size, unit)
    mean = offset + sign * float(num.sum() / den.sum())
    raw = delta_se(num, den) if method == "delta" else jackknife_se(num, den)
    se = None if raw is None else abs(sign) * raw
    return estimate(mean, se, student_limits(mean, se, values.size - 1), values, num.size, unit)


def ratio_complement(lost: ArrayLike, whole: ArrayLike, unit: str = "1", *,
                     method: Method = "jackknife") -> Estimate:  # fmt: skip
    """Estimate ``1 - E[lost]/E[whole]``, e.g. the degradation index or an availability."""
    return ratio_estimate(lost, whole, unit, method=method, offset=1.0, sign=-1.0)


def combined_ratios(terms: Sequence[tuple[float, ArrayLike, ArrayLike]], unit: str) -> Estimate:
    """Estimate a weighted sum of ratios of expectations on common random numbers.

    Parameters
    ----------
    terms
        (weight, numerator, denominator) of each ratio: one value per replication, in the same order,
        NaN where undefined, shape (n,).
    unit
        Unit of the ratios.

    Returns
    -------
    Estimate
        Σ weight·R; the standard error comes from leaving out one replication at a time in all
        ratios together. None where a denominator adds up to 0.
    """
    columns = defined(*(c for _, num, den in terms for c in (num, den)))
    weights = [weight for weight, _, _ in terms]
    pairs = list(zip(columns[::2], columns[1::2], strict=True))
    n = columns[0].size
    if n == 0 or any(den.sum() == 0.0 for _, den in pairs):
        return estimate(None, None, (None, None), np.zeros(0), n, unit)
    mean = math.fsum(
        w * float(num.sum() / den.sum()) for w, (num, den) in zip(weights, pairs, strict=True)
    )
    informative = min(int(np.count_nonzero(den)) for _, den in pairs)
    se = None
    if informative >= 2:
        left_out = [_leave_one_out(num, den) for num, den in pairs]
        se = _jackknife(np.asarray(np.tensordot(weights, np.array(left_out), 1)))
    whole = np.all([den != 0.0 for _, den in pairs], axis=0)
    ratios = np.array([num[whole] / den[whole] for num, den in pairs])
    values = np.asarray(np.tensordot(weights, ratios, 1))
    return estimate(mean, se, student_limits(mean, se, informative - 1), values, n, unit)


def paired_ratio_difference(numerator_b: ArrayLike, denominator_b: ArrayLike,
                            numerator_a: ArrayLike, denominator_a: ArrayLike, unit: str, *,
                            sign: float = 1.0) -> Estimate:  # fmt: skip
    """Estimate the difference of two ratios of expectations on common random numbers.

    Parameters
    ----------
    numerator_b, denominator_b, numerator_a, denominator_a
        One value each per replication, in the same order, NaN where undefined.
    unit
        Unit of the ratios.
    sign
        -1 for complements: (1 - R_B) - (1 - R_A) = -(R_B - R_A).

    Returns
    -------
    Estimate
        R_B - R_A; the standard error comes from leaving out one *pair* at a time, so that common
        luck cancels. None where either denominator adds up to 0.
    """
    columns = defined(numerator_b, denominator_b, numerator_a, denominator_a)
    num_b, den_b, num_a, den_a = columns
    n = num_b.size
    both = (den_b != 0.0) & (den_a != 0.0)
    values = sign * (num_b[both] / den_b[both] - num_a[both] / den_a[both])
    if den_b.sum() == 0.0 or den_a.sum() == 0.0:
        return estimate(None, None, (None, None), values, n, unit)
    mean = sign * float(num_b.sum() / den_b.sum() - num_a.sum() / den_a.sum())
    informative = int(min(np.count_nonzero(den_b), np.count_nonzero(den_a)))
    se = None
    if informative >= 2:
        loo = _leave_one_out(num_b, den_b) - _leave_one_out(num_a, den_a)
        se = abs(sign) * _jackknife(loo)
    return estimate(mean, se, student_limits(mean, se, informative - 1), values, n, unit)
