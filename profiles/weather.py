"""Weather of a year: stochastic clearness of the sky and a plain air temperature.

Clearness is global irradiance over clear-sky irradiance. Its day-to-day course is a Markov chain of
three states (dull, mixed, clear), its hours an AR(1) process around the day's state. Statistics
were computed from the Singapore-Changi typical meteorological year; the form follows Aguiar,
Collares-Pereira & Conde 1988 (days; Solar Energy 40(3)) and Graham & Hollands 1990 (hours; Solar
Energy 44(6)).
"""

from __future__ import annotations

import numpy as np

from twin.contracts.calendar import HOUR_S, HOURS_PER_YEAR, YEAR_S
from twin.contracts.storms import Storms
from twin.contracts.timeline import Array, Ints
from twin.contracts.world import Site
from twin.jit import entry

DAYS = 365
TRANSITION = np.array([[0.37, 0.35, 0.28], [0.21, 0.36, 0.43], [0.23, 0.27, 0.50]])
"""Probability of tomorrow's state (column) given today's (row): dull, mixed, clear."""
STATE_MEAN = np.array([0.37, 0.63, 0.93])
STATE_SD = np.array([0.19, 0.27, 0.16])
HOURLY_CORRELATION = 0.48
CLEARNESS_MAX = 1.2
"""Cloud edges reflect: an hour may be brighter than clear sky, hardly by more than this."""
HOTTEST_HOUR = 15.0  # assumed
HOTTEST_DAY_NORTH = 200  # assumed: about 20 July; half a year later in the south


def stationary(transition: Array) -> Array:
    """Return the stationary distribution of a Markov chain, shape (n,)."""
    n = len(transition)
    balance = np.vstack([transition.T - np.eye(n), np.ones(n)])
    target = np.append(np.zeros(n), 1.0)
    return np.asarray(np.linalg.lstsq(balance, target, rcond=None)[0])


_BEFORE = len(TRANSITION)
_EDGES = np.cumsum(np.vstack([TRANSITION, stationary(TRANSITION)]), axis=1)
"""Cumulative chances of the next state, by state; the last row is for the first day of a year."""


def clearness(rng: np.random.Generator, daylight: Ints, scale: float = 1.0) -> Array:
    """Return the clearness of each daylight hour of one year, shape (n,).

    Parameters
    ----------
    rng
        Generator of this year's weather.
    daylight
        Shape (n,), rising: the hours of the year (0 to 8759) in which the sun stands high enough.
    scale
        Factor on mean and spread, for sites that are clearer or duller than Singapore. The limits
        0 and 1.2 of an hour's clearness stay.
    """
    days = rng.random(DAYS)
    out = rng.standard_normal(len(daylight))
    mean, sd = scale * STATE_MEAN, scale * STATE_SD
    _hourly(out, daylight, days, _EDGES, mean, sd, HOURLY_CORRELATION, CLEARNESS_MAX)
    return out


def darkened(clear: Array, daylight: Ints, storms: Storms, year: int) -> Array:
    """Return the clearness of a year's daylight hours with its storms, shape (n,).

    In a storm clearness is multiplied by the storms' factor; outside it is raised so that its mean
    over the daylight hours of many years stays (but for the limit of an hour's clearness).

    Parameters
    ----------
    clear, daylight
        Clearness in any weather, and its hours of the year (0 to 8759), shape (n,).
    storms, year
        Storms of the replication, and which simulated year this is (counted from zero).
    """
    factor = storms.clearness_factor
    if factor == 1.0 or not storms.share.size:
        return clear
    share = float(storms.share.ravel()[daylight].mean())
    outside = (1.0 - share * factor) / (1.0 - share)
    stormy = storms.during(np.asarray(year * YEAR_S + (daylight + 0.5) * HOUR_S, np.float64))
    return np.minimum(clear * np.where(stormy, factor, outside), CLEARNESS_MAX)


@entry
def _hourly(
    out: Array,
    daylight: Ints,
    days: Array,
    edges: Array,
    mean: Array,
    sd: Array,
    correlation: float,
    highest: float,
) -> None:
    """Turn normals per hour (`out`, in place) and uniforms per day into clearness.

    The AR(1) of the hours starts anew each day.
    """
    state, today, deviation = _BEFORE, -1, 0.0
    for k in range(out.shape[0]):
        day = daylight[k] // 24
        kept = correlation if day == today else 0.0
        deviation = kept * deviation + np.sqrt(1.0 - kept * kept) * out[k]
        while today < day:
            today += 1
            u, here, state = days[today], state, 0
            while state < _BEFORE - 1 and u >= edges[here, state]:
                state += 1
        out[k] = min(max(mean[state] + sd[state] * deviation, 0.0), highest)


def air_temperature_c(site: Site) -> Array:
    """Return the mean air temperature of each hour of a year at mid-hour, shape (8760,), degC.

    Two cosines, daily and seasonal, around the annual mean; the same in every year.
    """
    hour = np.arange(HOURS_PER_YEAR) + 0.5
    hottest_day = HOTTEST_DAY_NORTH if site.latitude_deg >= 0 else HOTTEST_DAY_NORTH - DAYS / 2
    season = np.cos(2.0 * np.pi * (hour / 24.0 - hottest_day) / DAYS)
    day = np.cos(2.0 * np.pi * (hour % 24.0 - HOTTEST_HOUR) / 24.0)
    swing = site.temperature_seasonal_swing_c * season + site.temperature_daily_swing_c * day
    return np.asarray(site.temperature_mean_c + 0.5 * swing)
