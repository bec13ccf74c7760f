"""Equipment: replacements, straight-line residual values, the connection fee."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.economics.discounting import ROUNDING_YEARS, check_positive, year_ends
from twin.errors import InputError

Purchase = tuple[float, float]  # (time [yr], price [USD])


def residual_value(capex_usd: float, life_years: float, age_years: float) -> float:
    """Return capex·(1 - age/life) [USD]; 0 from the end of life on (straight-line depreciation).

    Parameters
    ----------
    capex_usd
        Price when bought [USD].
    life_years, age_years
        Service life and age [yr].
    """
    check_positive("life_years", life_years)
    if not age_years >= 0.0:
        raise InputError(f"age_years: {age_years} must not be negative")
    return capex_usd * max(0.0, 1.0 - age_years / life_years)


def asset_value(purchases: Sequence[Purchase], life_years: float, at_years: float) -> float:
    """Return the residual value [USD] at a time of equipment that was replaced several times.

    Only the latest purchase counts: what it replaced is gone, worn out or destroyed. A purchase at
    that very time counts as new. Parts of unequal life (cells, converters) are separate assets.

    Parameters
    ----------
    purchases
        (time [yr], price [USD]) of the first purchase and of every replacement, in order of time.
    life_years
        Service life of each [yr].
    at_years
        The time [yr].
    """
    if any(b[0] < a[0] for a, b in itertools.pairwise(purchases)):
        raise InputError("purchases: must be in order of time")
    made = [p for p in purchases if p[0] <= at_years + ROUNDING_YEARS]
    if not made:
        return 0.0
    bought, price = made[-1]
    return residual_value(price, life_years, max(0.0, at_years - bought))


def asset_values(
    purchases: Sequence[Purchase], life_years: float, horizon_years: float
) -> NDArray[np.float64]:
    """Return `asset_value` at all `year_ends` of the horizon [USD], shape (T+1,)."""
    return np.array([asset_value(purchases, life_years, t) for t in year_ends(horizon_years)])


def replacement_years(life_years: float, horizon_years: float) -> list[float]:
    """Return the times [yr] at which equipment is replaced: each life, before the horizon.

    What reaches its end of life at the horizon itself is not bought again.
    """
    check_positive("life_years", life_years)
    check_positive("horizon_years", horizon_years)
    count = math.ceil(horizon_years / life_years - ROUNDING_YEARS) - 1
    return [k * life_years for k in range(1, count + 1)]


def connection_fee(contracted_kw: float, power_factor: float, usd_per_kva: float) -> float:
    """Return the fee for a connection or its upgrade: P/cos φ times the price per kVA [USD].

    Parameters
    ----------
    contracted_kw
        Contracted active power [kW].
    power_factor
        Power factor at the connection point, (0, 1].
    usd_per_kva
        Price [USD/kVA].
    """
    if not 0.0 < power_factor <= 1.0:
        raise InputError(f"power_factor: {power_factor} must lie in (0, 1]")
    return contracted_kw / power_factor * usd_per_kva
