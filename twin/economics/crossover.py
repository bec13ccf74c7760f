"""Crossover: from when on architecture B has cost less than A."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import InputError
from twin.streams import generator

Array = NDArray[np.float64]
RESAMPLES = 2000
CHUNK = 1_000_000  # resampling weights held at a time
TAIL = 0.025


def _times(curves: Array, times_years: ArrayLike | None) -> Array:
    columns = curves.shape[-1]
    times = np.arange(columns) if times_years is None else np.asarray(times_years)
    if times.shape != (columns,) or columns < 2 or np.any(np.diff(times) <= 0.0):
        raise InputError(f"crossover: needs {columns} rising times, one per column, at least two")
    return times.astype(np.float64)


def _crossings(difference: Array, times: Array) -> Array:
    """Return for each row of B - A the last upcrossing of zero [yr], inf if it ends above."""
    above = ~(difference < 0.0)
    last = above.shape[1] - 1 - np.argmax(above[:, ::-1], axis=1)  # last time B is not below A
    never, always = above[:, -1], ~above.any(axis=1)
    rows, k = np.arange(last.size), np.minimum(last, above.shape[1] - 2)
    start, end = difference[rows, k], difference[rows, k + 1]
    step = np.where(never | always, 1.0, start - end)
    crossing = times[k] + start / step * (times[k + 1] - times[k])
    return np.where(never, np.inf, np.where(always, 0.0, crossing))


def crossover_year(cum_a: ArrayLike, cum_b: ArrayLike,
                   times_years: ArrayLike | None = None) -> float | None:  # fmt: skip
    """Return the first time [yr] from which B's cumulative cost stays below A's to the horizon.

    Between the times, costs run in straight lines. 0 if B is below from the start or leaves A right
    there; None if B is not below at the horizon (so for equal costs).

    Parameters
    ----------
    cum_a, cum_b
        Cumulative discounted costs [USD], shape (T+1,).
    times_years
        Their times [yr], from `year_ends`; left out, 0, 1 ... T.
    """
    difference = np.subtract(cum_b, cum_a, dtype=np.float64)[np.newaxis]
    year = float(_crossings(difference, _times(difference, times_years))[0])
    return year if math.isfinite(year) else None


@dataclass(frozen=True)
class CrossoverSummary:
    """When B beats A, with its uncertainty. All times in years; None beyond the horizon.

    Attributes
    ----------
    mean_curve, mean_curve_ci_low, mean_curve_ci_high
        Crossover of the mean cumulative costs with its 95 % bootstrap interval; an upper limit of
        None says that more than 2.5 % of the resampled mean curves do not cross.
    share, share_ci_low, share_ci_high
        Share of replications that cross, with its exact 95 % interval (Clopper & Pearson 1934).
    p05, p50, p95
        Quantiles of the replications' crossover, right-censored at the horizon; None if censored.
    mean, se, ci_low, ci_high
        Of the replications' crossover; None unless all cross.
    n
        Number of replications.
    """

    mean: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    p05: float | None
    p50: float | None
    p95: float | None
    mean_curve: float | None
    mean_curve_ci_low: float | None
    mean_curve_ci_high: float | None
    share: float
    share_ci_low: float
    share_ci_high: float
    n: int
    unit: str = "yr"

    def to_dict(self) -> dict[str, float | int | str | None]:
        """Return the entry of ``summary.json``."""
        return asdict(self)


def crossover_summary(cum_a: ArrayLike, cum_b: ArrayLike, times_years: ArrayLike | None = None,
                      name: str = "crossover") -> CrossoverSummary:  # fmt: skip
    """Summarize the crossover over replications that share their random numbers.

    Every replication is watched to the same horizon, so the Kaplan-Meier estimate is the plain
    empirical distribution with the uncrossed ones at infinity, and its quantiles need no more.

    Parameters
    ----------
    cum_a, cum_b
        Cumulative discounted costs [USD] of paired replications, shape (n, T+1).
    times_years
        Times [yr] of the columns, from `year_ends`; left out, 0, 1 ... T.
    name
        Names the resampling stream (``bootstrap/<name>``).
    """
    difference = np.subtract(cum_b, cum_a, dtype=np.float64)
    if difference.ndim != 2 or not np.isfinite(difference).all():
        raise InputError("crossover: curves must be finite, of shape (replications, years + 1)")
    times, n = _times(difference, times_years), difference.shape[0]
    if n == 0:
        raise InputError("crossover: needs at least one replication")
    years = _crossings(difference, times)
    crossed = int(np.isfinite(years).sum())
    (mean_curve,) = _quantiles(_crossings(difference.mean(axis=0, keepdims=True), times), (1.0,))
    resampled = _resampled(difference, times, name) if n > 1 else np.array([np.inf])
    curve_low, curve_high = _quantiles(resampled, (TAIL, 1.0 - TAIL))
    mean, se, ci_low, ci_high = _mean_of(years)
    p05, p50, p95 = _quantiles(years, (0.05, 0.5, 0.95))
    share_low, share_high = _share_limits(crossed, n)
    return CrossoverSummary(
        mean=mean, se=se, ci_low=ci_low, ci_high=ci_high, p05=p05, p50=p50, p95=p95,
        mean_curve=mean_curve, mean_curve_ci_low=curve_low, mean_curve_ci_high=curve_high,
        share=crossed / n, share_ci_low=share_low, share_ci_high=share_high, n=n,
    )  # fmt: skip


def _resampled(difference: Array, times: Array, name: str) -> Array:
    """Return the crossovers of 2,000 resampled mean curves."""
    rng, n = generator(0, 0, f"bootstrap/{name}"), difference.shape[0]
    parts, rows = [], max(1, CHUNK // n)
    for start in range(0, RESAMPLES, rows):
        count = min(rows, RESAMPLES - start)
        picks = rng.integers(0, n, size=(count, n)) + n * np.arange(count)[:, np.newaxis]
        weights = np.bincount(picks.ravel(), minlength=count * n).reshape(count, n)
        parts.append(_crossings(weights @ difference / n, times))
    return np.concatenate(parts)


def _quantiles(years: Array, shares: tuple[float, ...]) -> list[float | None]:
    found = np.quantile(years, shares, method="inverted_cdf")
    return [float(q) if np.isfinite(q) else None for q in found]


def _mean_of(years: Array) -> tuple[float | None, float | None, float | None, float | None]:
    from scipy.special import stdtrit

    if not np.isfinite(years).all():
        return None, None, None, None
    mean = float(years.mean())
    if years.size < 2:
        return mean, None, None, None
    se = float(years.std(ddof=1)) / math.sqrt(years.size)
    half = float(stdtrit(years.size - 1, 1.0 - TAIL)) * se
    return mean, se, mean - half, mean + half


def _share_limits(k: int, n: int) -> tuple[float, float]:
    from scipy.special import betaincinv

    low = float(betaincinv(k, n - k + 1, TAIL)) if k > 0 else 0.0
    high = float(betaincinv(k + 1, n - k, 1.0 - TAIL)) if k < n else 1.0
    return low, high
