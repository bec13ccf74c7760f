"""How often: rates with exact Poisson limits, shares with exact binomial ones, tests for seasons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.errors import InputError
from twin.estimate import garwood_limits
from twin.estimate.model import TAIL
from twin.fitting.model import Array, Figure, plural
from twin.streams import generator

DRAWS = 9_999
"""Draws of a Monte Carlo test; the smallest p it can tell is 1e-4."""
SMALL_CELL = 5.0
"""Below this expectation the χ² distribution no longer holds (Cochran's rule)."""


def rate_figure(
    key: str, n: int, years: float | None, span_years: float, word: str, log: str = "the log"
) -> Figure:
    """Return a Poisson rate with its exact 95 % interval, 1/yr.

    Parameters
    ----------
    key
        Key of the scenario table.
    n
        Events seen.
    years
        Length of the record, yr; then the limits are Garwood's (1936). None if it is unknown: then
        the time from the first event to the last, `span_years`, follows a Gamma distribution with
        n - 1 degrees of freedom, from which (n - 1)/span and its exact limits come.
    word
        What the events are called.
    log
        Name of the log, for messages.
    """
    if years is not None:
        low, high = garwood_limits(n)
        how = f"{plural(n, word)} in {years:.4g} yr (Garwood)"
        return Figure(key, n / years, low / years, high / years, "1/yr", how)
    if n < 2 or span_years <= 0.0:
        raise InputError(
            f"{log}: {plural(n, word)} without a known length of the record give no rate; say --years"
        )
    from scipy.special import gammaincinv

    low, high = (float(gammaincinv(n - 1, p)) / span_years for p in (TAIL, 1.0 - TAIL))
    how = f"{plural(n, word)}, {span_years:.4g} yr from the first to the last"
    return Figure(key, (n - 1) / span_years, low, high, "1/yr", how)


def share_limits(hits: int, n: int) -> tuple[float, float]:
    """Return the exact 95 % limits of a probability (Clopper & Pearson 1934)."""
    from scipy.special import betaincinv

    low = float(betaincinv(hits, n - hits + 1, TAIL)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1.0 - TAIL)) if hits < n else 1.0
    return low, high


def uniformity(counts: NDArray[np.int64], exposure: Array, name: str) -> float:
    """Return the p-value of Pearson's test that events fall evenly on exposed time.

    Parameters
    ----------
    counts, exposure
        Events in each cell, and the time that the record spends there, shape (cells,).
    name
        Names the random stream of the test's Monte Carlo form (``fit/<name>``), which is used if a
        cell expects fewer than five events.
    """
    seen = exposure > 0.0
    found, n = counts[seen], int(counts[seen].sum())
    expected = n * exposure[seen] / exposure[seen].sum()
    if n == 0 or len(found) < 2:
        return 1.0
    statistic = float(np.sum((found - expected) ** 2 / expected))
    if expected.min() >= SMALL_CELL:
        from scipy.special import chdtrc

        return float(chdtrc(len(found) - 1, statistic))
    drawn = generator(0, 0, f"fit/{name}").multinomial(n, expected / n, DRAWS)
    others = np.sum((drawn - expected) ** 2 / expected, axis=1)
    beyond = np.count_nonzero(others >= statistic * (1.0 - 1e-12))
    return (1.0 + beyond) / (1.0 + DRAWS)


def weights(counts: NDArray[np.int64], exposure: Array) -> tuple[float, ...]:
    """Return relative rates with mean 1, drawn towards each other as far as chance explains them.

    Each cell's rate over the mean is 1 + B (k/E - 1), with k events where E are expected and
    B = τ²/(τ² + 1/E); τ² is the variance between cells beyond that of Poisson counts, by moments
    (empirical Bayes; Robbins 1956, Clayton & Kaldor 1987). A cell that the record never saw gets 1.
    """
    seen = exposure > 0.0
    found, n = counts[seen], float(counts[seen].sum())
    expected = n * exposure[seen] / exposure[seen].sum()
    excess = float(np.sum((found - expected) ** 2 / expected)) - (len(found) - 1)
    between = max(0.0, excess / (n - float(np.sum(expected**2)) / n)) if len(found) > 1 else 0.0
    rate = np.ones(len(counts))
    rate[seen] += between * expected / (between * expected + 1.0) * (found / expected - 1.0)
    return tuple((rate / rate.mean()).tolist())


def cells(position: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return how many events fall into each of n cells."""
    return np.bincount(position, minlength=n).astype(np.int64)
