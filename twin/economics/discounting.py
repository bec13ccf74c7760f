"""Discounting: factors, net present value, annuities, cumulative cost."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.errors import InputError

Array = NDArray[np.float64]
ROUNDING_YEARS = 1e-9  # a life of 0.1 yr times 30 is year 3, not year 4


def check_rate(rate: float) -> None:
    """Refuse a rate that cannot discount; 0 and negative rates are allowed."""
    if not -1.0 < rate < math.inf:
        raise InputError(f"discount rate: {rate} must be above -1 and finite (0.064 means 6.4 %)")


def check_positive(name: str, value: float) -> None:
    """Refuse a value that is not a finite number above zero."""
    if not 0.0 < value < math.inf:
        raise InputError(f"{name}: {value} must be finite and above 0")


def year_ends(horizon_years: float) -> Array:
    """Return the columns' times [yr]: 0, 1, 2 ... and the horizon, also where it cuts a year."""
    check_positive("horizon_years", horizon_years)
    ends = np.arange(math.ceil(horizon_years - ROUNDING_YEARS) + 1, dtype=np.float64)
    ends[-1] = horizon_years
    return ends


def year_index(time_years: float) -> int:
    """Return the column that a flow at a time [yr] belongs to: 0 at the start, then ⌈time⌉."""
    if not 0.0 <= time_years < math.inf:
        raise InputError(f"time_years: {time_years} must be finite and not negative")
    return math.ceil(time_years - ROUNDING_YEARS) if time_years > 0.0 else 0


def discount_factors(rate: float, horizon_years: float) -> Array:
    """Return (1 + rate)^-t at the `year_ends` of the horizon.

    Parameters
    ----------
    rate
        Real discount rate [1/yr].
    horizon_years
        Horizon [yr]; a last year that it cuts is discounted at the horizon.
    """
    check_rate(rate)
    return np.asarray((1.0 + rate) ** -year_ends(horizon_years), dtype=np.float64)


def _discounted(by_year: ArrayLike, rate: float, horizon_years: float | None) -> Array:
    flows = np.asarray(by_year, dtype=np.float64)
    if flows.ndim == 0 or flows.shape[-1] < 2:
        raise InputError("flows by year: need the start (column 0) and at least one year")
    years = flows.shape[-1] - 1
    factors = discount_factors(rate, years if horizon_years is None else horizon_years)
    if factors.size != years + 1:
        raise InputError(
            f"flows by year: {years + 1} columns do not fit a horizon of {horizon_years} years, "
            f"which has {factors.size} (the start and every begun year)"
        )
    return np.asarray(flows * factors, dtype=np.float64)


def npv(by_year: ArrayLike, rate: float, horizon_years: float | None = None) -> Array | np.float64:
    """Return Σ flowₜ·(1 + rate)^-t over the last axis.

    Parameters
    ----------
    by_year
        Flows at the start and in each year, shape (..., T+1); any unit (USD, MWh, GPU-h).
    rate
        Real discount rate [1/yr].
    horizon_years
        Horizon [yr]; left out, T.
    """
    present: Array | np.float64 = _discounted(by_year, rate, horizon_years).sum(axis=-1)
    return present


def cumulative_cost(by_year: ArrayLike, rate: float, horizon_years: float | None = None,
                    asset_value_by_year: ArrayLike | None = None) -> Array:  # fmt: skip
    """Return the discounted cost up to the end of each year, shape (..., T+1).

    Parameters
    ----------
    by_year, rate, horizon_years
        As for `npv`.
    asset_value_by_year
        Value [USD] of the equipment at the end of each year, from `asset_values`. If given, it is
        credited at every year as if the site were sold then: the curve for a crossover "in NPV
        with residual value". `by_year` must then not hold the residual value of the horizon.
    """
    total = np.cumsum(_discounted(by_year, rate, horizon_years), axis=-1)
    if asset_value_by_year is not None:
        total = total - _discounted(asset_value_by_year, rate, horizon_years)
    return total


def annuity_factor(rate: float, years: float, fade_per_year: float = 0.0) -> float:
    """Return the present value of 1 a year, paid at the end of each year, shrinking by the fade.

    AF = (1 - ((1-d)/(1+r))^N)/(r + d), which is Σₙ (1-d)^(n-1)·(1+r)^-n for whole N (EAI 2018,
    doi:10.4108/eai.13-7-2018.155643).

    Parameters
    ----------
    rate
        Discount rate r [1/yr].
    years
        Number of years N; not necessarily whole.
    fade_per_year
        Relative loss d [1/yr] from each year to the next.
    """
    check_rate(rate)
    check_positive("years", years)
    if not 0.0 <= fade_per_year < 1.0:
        raise InputError(f"fade_per_year: {fade_per_year} must lie in [0, 1)")
    if rate + fade_per_year == 0.0:
        return years / (1.0 + rate)
    log_ratio = math.log1p(-fade_per_year) - math.log1p(rate)
    return -math.expm1(years * log_ratio) / (rate + fade_per_year)


def annuity(rate: float, years: float) -> float:
    """Return the capital recovery factor r/(1 - (1+r)^-N): yearly payment per investment."""
    return 1.0 / annuity_factor(rate, years)


def discounted_years(rate: float, horizon_years: float) -> float:
    """Return Σ (length of year t)·(1 + rate)^-t: `annuity_factor`, with a cut year in part."""
    lengths = np.diff(year_ends(horizon_years))
    return float(lengths @ discount_factors(rate, horizon_years)[1:])
