"""Which law outages follow: one lognormal, or one with a long tail; chosen by Akaike's criterion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from profiles.interruptions import HOUR_S, LognormalOutages
from twin.fitting.durations import (
    Durations,
    Limits,
    Lognormal,
    fit_lognormal,
    fit_two,
    log_beyond,
    log_density,
)
from twin.fitting.model import Array

FREE_FROM = 60
"""Durations from which on a tail of its own is tried: five parameters need them."""
NARROWEST = 0.05
"""Smallest log standard deviation of a free component: narrower ones chase single events."""


@dataclass(frozen=True)
class Law:
    """One of the laws that were tried.

    Attributes
    ----------
    name
        ``"plain"``, ``"reference tail"`` or ``"free tail"``.
    body
        Median and spread of most outages.
    tail_share, tail_median_s, tail_sigma
        The tail; share 0 for none.
    aic
        Akaike's criterion: twice the parameters less twice the log-likelihood.
    intervals
        How the body's intervals were found.
    """

    name: str
    body: Lognormal
    tail_share: float
    tail_median_s: float
    tail_sigma: float
    aic: float
    intervals: str


def mixture_loglik(data: Durations, mu: float, sigma: float, share: float, tail_mu: float,
                   tail_sigma: float) -> float:  # fmt: skip
    """Return the log-likelihood of a lognormal with a lognormal tail."""
    body, tail = math.log1p(-share), math.log(share)

    def both(f: Any, x: Array | float) -> Array:
        return np.asarray(np.logaddexp(body + f(x, mu, sigma), tail + f(x, tail_mu, tail_sigma)))

    total = float(both(log_density, data.log_s[data.ended]).sum())
    total += float(both(log_beyond, data.log_s[~data.ended]).sum())
    if math.isfinite(data.floor_log_s):
        total -= len(data) * float(both(log_beyond, data.floor_log_s))
    return total


def laws(data: Durations) -> list[Law]:
    """Return the laws that can be tried on so many durations, the best by AIC first."""
    spec = LognormalOutages()
    tail = spec.tail_share, spec.tail_median_h * HOUR_S, spec.tail_sigma
    plain = fit_lognormal(data)
    found = [Law("plain", plain, 0.0, *tail[1:], 4.0 - 2.0 * plain.loglik, "profile likelihood")]

    def with_reference(mu: float, sigma: float) -> float:
        return mixture_loglik(data, mu, sigma, tail[0], math.log(tail[1]), tail[2])

    body = fit_two(data, with_reference)
    found.append(
        Law("reference tail", body, *tail, 4.0 - 2.0 * body.loglik, "profile likelihood")
    )
    if len(data) >= FREE_FROM:
        found.append(_free(data, plain))
    return sorted(found, key=lambda law: law.aic)


def _free(data: Durations, plain: Lognormal) -> Law:
    """Fit body and tail alike; intervals from the curvature of the likelihood (Wald)."""
    from scipy.optimize import minimize

    def told(x: Array) -> tuple[float, float, float, float, float]:
        mu, sigma = float(x[0]), math.exp(float(x[1]))
        share = 0.5 / (1.0 + math.exp(-float(x[2])))  # the tail is the smaller part
        return mu, sigma, share, mu + math.exp(float(x[3])), math.exp(float(x[4]))

    def minus(x: Array) -> float:
        return -mixture_loglik(data, *told(x))

    mu, log_s = math.log(plain.median_s), math.log(max(plain.sigma, 2.0 * NARROWEST))
    narrow = math.log(NARROWEST)
    box = [(None, None), (narrow, 3.0), (-9.0, 9.0), (-3.0, 4.0), (narrow, 3.0)]
    best = min(
        (
            minimize(minus, [mu, log_s, share, apart, log_s], method="L-BFGS-B", bounds=box)
            for share in (-3.0, -1.0)
            for apart in (0.2, 1.0)
        ),
        key=lambda result: float(result.fun),
    )
    mu, sigma, share, tail_mu, tail_sigma = told(best.x)
    spread = _wald(minus, best.x)
    body = Lognormal(
        math.exp(mu), sigma, _around(mu, spread[0]), _around(math.log(sigma), spread[1]),
        -float(best.fun),
    )  # fmt: skip
    aic = 10.0 + 2.0 * float(best.fun)
    how = "curvature of the likelihood"
    return Law("free tail", body, share, math.exp(tail_mu), tail_sigma, aic, how)


def _around(middle: float, error: float) -> Limits:
    return math.exp(middle - 1.959964 * error), math.exp(middle + 1.959964 * error)


def _wald(minus: Any, at: Array, step: float = 1e-3) -> Array:
    """Return standard errors from the Hessian by central differences; infinite where it is flat."""
    n = len(at)
    unit = np.eye(n) * step
    hessian = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            corners = [
                a * b * minus(at + a * unit[i] + b * unit[j]) for a in (1, -1) for b in (1, -1)
            ]
            hessian[i, j] = sum(corners) / (4.0 * step * step)
    variance = np.diag(np.linalg.pinv(hessian))
    return np.sqrt(np.where(variance > 0.0, variance, np.inf))
