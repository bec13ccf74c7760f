"""Counts of few events: exact Poisson limits, widened where events come in clusters."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from twin.errors import InputError
from twin.estimate.model import TAIL, Array, Estimate, defined, estimate, student_limits


def garwood_limits(events: float) -> tuple[float, float]:
    """Return the exact 95 % limits of a Poisson expectation after `events` events were seen.

    Lower limit χ²(0.025; 2k)/2, upper χ²(0.975; 2k+2)/2 (Garwood 1936, Biometrika 28, 437-442),
    written with the incomplete gamma function, which also takes effective, non-integer numbers.
    """
    from scipy.special import gammaincinv

    low = float(gammaincinv(events, TAIL)) if events > 0.0 else 0.0
    return low, float(gammaincinv(events + 1.0, 1.0 - TAIL))


def dispersion(x: Array, exposure: Array) -> float:
    """Return Pearson's dispersion Σ(x - λE)²/(λE)/(n-1): 1 for Poisson, ~k if k come at once."""
    total = float(x.sum())
    if total <= 0.0 or x.size < 2:
        return 0.0
    expected = total / float(exposure.sum()) * exposure
    return float(np.sum((x - expected) ** 2 / expected)) / (x.size - 1)


def compound_limits(x: Array, exposure: Array, smallest: float) -> tuple[float, float]:
    """Return 95 % limits of the rate of amounts that rare events bring.

    If events bring φ at once, a total of X is worth X/φ independent events, and the limits are φ
    times Garwood's for those: quasi-Poisson with exact tails. φ is the dispersion, at least
    `smallest` (1 for counts; 0 for amounts whose scale only the data know).
    """
    scale = max(dispersion(x, exposure), smallest)
    if scale == 0.0:
        return 0.0, 0.0
    low, high = garwood_limits(float(x.sum()) / scale)
    years = float(exposure.sum())
    return scale * low / years, scale * high / years


def two_sided_limits(x: Array, exposure: Array, smallest: float) -> tuple[float, float]:
    """Return 95 % limits of a rate to which rare events add or from which they take.

    Gains and losses get their own `compound_limits`, joined by recovery of variance estimates
    (Zou & Donner 2008, Statistics in Medicine 27, 1693-1702). Nothing seen on either side leaves
    ± 3.69·smallest/exposure, the rule of three at 97.5 %.
    """
    years = float(exposure.sum())
    gain, loss = np.maximum(x, 0.0), np.maximum(-x, 0.0)
    gain_rate, loss_rate = float(gain.sum()) / years, float(loss.sum()) / years
    gain_low, gain_high = compound_limits(gain, exposure, smallest)
    loss_low, loss_high = compound_limits(loss, exposure, smallest)
    rate = gain_rate - loss_rate
    return (
        rate - math.hypot(gain_rate - gain_low, loss_high - loss_rate),
        rate + math.hypot(gain_high - gain_rate, loss_rate - loss_low),
    )


def _exposures(events: ArrayLike, exposure_years: ArrayLike) -> Array:
    exposure = np.broadcast_to(np.asarray(exposure_years, dtype=np.float64), np.shape(events))
    if not np.all(exposure > 0.0):
        raise InputError("estimate: exposure_years must be above 0 in every replication")
    return exposure


def count_estimate(events_per_replication: ArrayLike, exposure_years: ArrayLike, unit: str, *,
                   cluster: float = 1.0) -> Estimate:  # fmt: skip
    """Estimate a rate of events per year, with limits that hold for none or few events.

    Parameters
    ----------
    events_per_replication
        Number of events in each replication, NaN where undefined, shape (n,).
    exposure_years
        Simulated years [yr] behind each number, one for all or one each.
    unit
        Unit of the rate, e.g. ``"1/yr"``.
    cluster
        Used only if no event was seen: how many of them one cause may bring (a site blackout takes
        all pods). The upper limit is then ``cluster·3.69/exposure``.

    Returns
    -------
    Estimate
        Total events / total exposure. Poisson counts have Garwood's exact limits. Those assume
        that events come one by one; a cause that takes 32 pods makes 32 events out of one, and
        the limits would be far too narrow. So they are scaled by the observed dispersion, never
        below 1 (`compound_limits`). Student's interval alone fails for few events (it reaches below
        zero), but is the wider one when few replications hold many events: the union of both is
        taken, except for a lower t limit below zero, which says nothing about a rate. The error
        is √(φ·events)/exposure, None if no event was seen.
    """
    exposures = _exposures(events_per_replication, exposure_years)
    x, exposure = defined(events_per_replication, exposures)
    if x.size == 0:
        return estimate(None, None, (None, None), x, 0, unit)
    if np.any(x < 0.0):
        raise InputError(f"estimate: a count is {x.min():g}; see paired_count_difference")
    total, years = float(x.sum()), float(exposure.sum())
    low, high = compound_limits(x, exposure, 1.0 if total > 0.0 else cluster)
    se = math.sqrt(max(dispersion(x, exposure), 1.0) * total) / years if total > 0.0 else None
    t_low, t_high = student_limits(total / years, se, x.size - 1)
    if t_low is not None and t_low > 0.0:
        low = min(low, t_low)
    limits = low, high if t_high is None else max(high, t_high)
    return estimate(total / years, se, limits, x / exposure, x.size, unit)


def paired_count_difference(b: ArrayLike, a: ArrayLike, exposure_years: ArrayLike,
                            unit: str) -> Estimate:  # fmt: skip
    """Estimate the difference B - A of two event rates on common random numbers.

    Parameters
    ----------
    b, a
        Number of events in each replication, in the same order.
    exposure_years
        Simulated years [yr] behind each pair of numbers, one for all or one each.
    unit
        Unit of the rates.

    Returns
    -------
    Estimate
        The union of two intervals: Student's over the paired differences, right for many events,
        and the two-sided compound Poisson one (`two_sided_limits`) over the pairs that differ,
        right for few. If no pair differs, the error is unknown (None) and the interval is
        ± 3.69/exposure: events that hit one architecture alone may have stayed unseen.
    """
    exposures = _exposures(b, exposure_years)
    second, first, exposure = defined(b, a, exposures)
    x = second - first
    if x.size == 0:
        return estimate(None, None, (None, None), x, 0, unit)
    years = float(exposure.sum())
    rate = float(x.sum()) / years
    low, high = two_sided_limits(x, exposure, 1.0)
    se = None
    if x.size > 1 and np.any(x != 0.0):
        spread = float(np.sum((x - rate * exposure) ** 2)) * x.size / (x.size - 1)
        se = math.sqrt(spread) / years or None
    t_low, t_high = student_limits(rate, se, x.size - 1)
    if t_low is not None and t_high is not None:
        low, high = min(low, t_low), max(high, t_high)
    return estimate(rate, se, (low, high), x / exposure, x.size, unit)
