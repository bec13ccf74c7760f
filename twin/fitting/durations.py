"""How long: lognormal durations, some of them still running when last seen, some too short to count.

A duration is known (`ended`) or only known to be at least as long (right-censored); none below a
floor was written down (left-truncated). Intervals come from the profile likelihood: the values of a
parameter that the data contradict by less than χ²(0.95; 1)/2 whatever the other is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import InputError
from twin.fitting.model import Array

HALF_CHI2 = 1.920729410347062
"""Half the 95 % quantile of χ² with one degree of freedom."""
_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
Limits = tuple[float, float]


@dataclass(frozen=True)
class Durations:
    """Durations as a log has them.

    Attributes
    ----------
    log_s
        Logarithms of the durations in s, shape (n,).
    ended
        False where the event was still under way, shape (n,).
    floor_log_s
        Logarithm of the duration below which nothing was written down; minus infinity for none.
    """

    log_s: Array
    ended: NDArray[np.bool_]
    floor_log_s: float = -math.inf

    def __len__(self) -> int:
        return len(self.log_s)


@dataclass(frozen=True)
class Lognormal:
    """A fitted lognormal distribution.

    Attributes
    ----------
    median_s, sigma
        Maximum-likelihood estimates: median, s, and log standard deviation.
    median_limits_s, sigma_limits
        95 % intervals by profile likelihood.
    loglik
        Log-likelihood at the estimates.
    """

    median_s: float
    sigma: float
    median_limits_s: Limits
    sigma_limits: Limits
    loglik: float


def durations(
    name: str, seconds: Array, ended: NDArray[np.bool_] | None = None, floor_s: float = 0.0
) -> Durations:
    """Return a log's durations for fitting; at least two must differ and have ended."""
    over = np.ones(len(seconds), dtype=np.bool_) if ended is None else ended
    if np.any(seconds <= floor_s):
        raise InputError(f"{name}: a duration is not above {floor_s:g} s")
    known = seconds[over]
    if len(known) < 2 or np.ptp(known) == 0.0:
        raise InputError(
            f"{name}: no spread of durations can be fitted; at least two must have ended and differ"
        )
    return Durations(np.log(seconds), over, math.log(floor_s) if floor_s > 0.0 else -math.inf)


def log_density(log_s: Array, mu: float, sigma: float) -> Array:
    """Return the log density of log durations, shape (n,)."""
    z = (log_s - mu) / sigma
    return np.asarray(-0.5 * z * z - math.log(sigma) - _HALF_LOG_2PI)


def log_beyond(log_s: Array | float, mu: float, sigma: float) -> Array:
    """Return the log probability of a longer duration, shape (n,)."""
    from scipy.special import log_ndtr

    return np.asarray(log_ndtr(-(np.asarray(log_s) - mu) / sigma))


def loglik(data: Durations, mu: float, sigma: float) -> float:
    """Return the log-likelihood of a lognormal distribution."""
    known, open_ = data.log_s[data.ended], data.log_s[~data.ended]
    total = float(log_density(known, mu, sigma).sum())
    if len(open_):
        total += float(log_beyond(open_, mu, sigma).sum())
    if math.isfinite(data.floor_log_s):
        total -= len(data) * float(log_beyond(data.floor_log_s, mu, sigma))
    return total


def fit_lognormal(data: Durations) -> Lognormal:
    """Return the maximum-likelihood lognormal distribution with profile intervals."""
    if data.ended.all() and not math.isfinite(data.floor_log_s):
        return _fit_plain(data)
    return fit_two(data, lambda mu, sigma: loglik(data, mu, sigma))


def _fit_plain(data: Durations) -> Lognormal:
    """Fit complete durations: all in closed form but the limits of sigma, each a root."""
    from scipy.optimize import brentq

    n, mu, s = len(data), float(data.log_s.mean()), float(data.log_s.std())
    reach = s * math.sqrt(math.expm1(2.0 * HALF_CHI2 / n))

    def gap(log_ratio: float) -> float:  # of the profile at sigma = s * exp(log_ratio)
        return n * (log_ratio + 0.5 * math.expm1(-2.0 * log_ratio)) - HALF_CHI2

    sigma = tuple(s * math.exp(float(brentq(gap, *ends))) for ends in ((-9.0, 0.0), (0.0, 99.0)))
    return Lognormal(
        math.exp(mu), s, (math.exp(mu - reach), math.exp(mu + reach)), (sigma[0], sigma[1]),
        loglik(data, mu, s),
    )  # fmt: skip


def fit_two(data: Durations, likelihood: Callable[[float, float], float]) -> Lognormal:
    """Fit median and sigma of any likelihood of both, numerically, with profile intervals."""
    from scipy.optimize import minimize

    def minus(x: Array) -> float:
        return -likelihood(float(x[0]), math.exp(float(x[1])))

    known = data.log_s[data.ended]
    start = np.array([known.mean(), math.log(known.std())])
    found = minimize(minus, start, method="Nelder-Mead",
                     options={"xatol": 1e-9, "fatol": 1e-10, "maxiter": 4000})  # fmt: skip
    best = float(found.fun)
    mu = _profile(minus, found.x, best, 0)
    log_sigma = _profile(minus, found.x, best, 1)
    return Lognormal(
        math.exp(found.x[0]), math.exp(found.x[1]), (math.exp(mu[0]), math.exp(mu[1])),
        (math.exp(log_sigma[0]), math.exp(log_sigma[1])), -best,
    )  # fmt: skip


def _profile(minus: Callable[[Array], float], at: Array, best: float, which: int) -> Limits:
    """Return the limits of one of two parameters; infinite where the data set none."""
    from scipy.optimize import brentq, minimize_scalar

    def gap(value: float) -> float:
        def along(other: float) -> float:
            x = np.array([value, other] if which == 0 else [other, value])
            return minus(x)

        middle = float(at[1 - which])
        least = minimize_scalar(along, bracket=(middle - 0.1, middle + 0.1), tol=1e-9)
        return float(least.fun) - best - HALF_CHI2

    ends = []
    for way in (-1.0, 1.0):
        step = 0.05
        while gap(float(at[which]) + way * step) < 0.0 and step < 50.0:
            step *= 2.0
        if step >= 50.0:
            ends.append(way * math.inf)
            continue
        inner, outer = float(at[which]), float(at[which]) + way * step
        ends.append(float(brentq(gap, inner, outer, xtol=1e-8)))
    return ends[0], ends[1]
