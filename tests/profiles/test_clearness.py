from __future__ import annotations

import math

import numpy as np
import pytest

from profiles import weather
from profiles.weather import air_temperature_c, clearness
from twin.contracts.world import Site
from twin.streams import generator

TWELVE_HOURS = np.flatnonzero((np.arange(8760) % 24 >= 6) & (np.arange(8760) % 24 < 18))
YEARS = 60


@pytest.fixture(scope="module")
def hours() -> np.ndarray:
    """Clearness by year, day and hour of daylight."""
    years = [clearness(generator(5, r, "weather/0"), TWELVE_HOURS) for r in range(YEARS)]
    return np.array(years).reshape(YEARS, 365, 12)


def test_stationary_distribution_is_the_published_one() -> None:
    share = weather.stationary(weather.TRANSITION)
    np.testing.assert_allclose(share @ weather.TRANSITION, share, atol=1e-12)
    np.testing.assert_allclose(share, [0.26, 0.32, 0.42], atol=0.005)


def test_daily_clearness_has_singapores_statistics(hours: np.ndarray) -> None:
    # weighted with the sun's height, as daily sums of irradiance are
    weight = np.sin((np.arange(12) + 0.5) / 12 * np.pi)
    days = (hours * weight).sum(axis=2) / weight.sum()
    effective = days.size / 1.5  # neighbouring days resemble each other
    assert days.mean() == pytest.approx(0.685, abs=0.005 + 4 * 0.249 / math.sqrt(effective))
    assert days.std() == pytest.approx(0.249, abs=0.02)
    quantiles = np.quantile(days, [0.05, 0.25, 0.5, 0.75, 0.95])
    np.testing.assert_allclose(quantiles, [0.28, 0.50, 0.69, 0.89, 1.06], atol=0.05)


def test_moments_by_closed_form(hours: np.ndarray) -> None:
    share = weather.stationary(weather.TRANSITION)
    mean = share @ weather.STATE_MEAN
    within = share @ weather.STATE_SD**2
    between = share @ (weather.STATE_MEAN - mean) ** 2
    assert hours.mean() == pytest.approx(mean, abs=0.006)  # the limits 0 and 1.2 cost 0.002
    assert hours.std() == pytest.approx(math.sqrt(within + between), abs=0.006)
    one_apart = np.corrcoef(hours[:, :, :-1].ravel(), hours[:, :, 1:].ravel())[0, 1]
    expected = (between + weather.HOURLY_CORRELATION * within) / (between + within)
    assert one_apart == pytest.approx(expected, abs=0.015)


def test_the_first_day_is_like_any_other(hours: np.ndarray) -> None:
    first = [clearness(generator(5, r, "x"), TWELVE_HOURS[:12]).mean() for r in range(4000)]
    sd = hours.mean(axis=2).std()
    assert np.mean(first) == pytest.approx(hours.mean(), abs=4 * sd / math.sqrt(4000) + 0.003)


def test_days_follow_the_markov_chain() -> None:
    noon = np.arange(365) * 24 + 12
    state_of = np.array([0.0, 1.0, 2.0])
    years = np.zeros((80, 365))  # no noise in the hours: the state can be read off
    for r in range(80):
        days = np.random.default_rng(100 + r).random(365)
        weather._hourly(years[r], noon, days, weather._EDGES, state_of, np.ones(3), 0.48, 9.0)
    states = years.astype(int)
    pairs = np.zeros((3, 3))
    np.add.at(pairs, (states[:, :-1].ravel(), states[:, 1:].ravel()), 1)
    rows = pairs.sum(axis=1, keepdims=True)
    sd = np.sqrt(weather.TRANSITION * (1 - weather.TRANSITION) / rows)
    assert np.all(np.abs(pairs / rows - weather.TRANSITION) < 4 * sd)


def test_days_without_daylight_pass_unseen() -> None:
    # polar night: states go on day by day, also where no hour is looked at
    days = np.random.default_rng(4).random(365)
    every, some = np.zeros(365), np.zeros(165)
    noon = np.arange(365) * 24 + 12
    for out, hours in ((every, noon), (some, noon[200:])):
        weather._hourly(out, hours, days, weather._EDGES, np.arange(3.0), np.ones(3), 0.48, 9.0)
    np.testing.assert_array_equal(every[200:], some)


def test_limits_and_scale() -> None:
    bright = clearness(generator(5, 0, "x"), TWELVE_HOURS, 1.5)
    dull = clearness(generator(5, 0, "x"), TWELVE_HOURS, 0.5)
    plain = clearness(generator(5, 0, "x"), TWELVE_HOURS, 1.0)
    assert bright.max() == 1.2
    assert min(bright.min(), dull.min()) >= 0.0
    free = (plain > 0.0) & (plain < 1.2)
    np.testing.assert_allclose(dull[free], 0.5 * plain[free])


def test_air_temperature_has_the_sites_mean_and_swings() -> None:
    site = Site(
        temperature_mean_c=20.0, temperature_daily_swing_c=8.0, temperature_seasonal_swing_c=25.0
    )
    days = air_temperature_c(site).reshape(365, 24)
    assert days.mean() == pytest.approx(20.0, abs=1e-9)
    daily = days.mean(axis=1)
    assert np.ptp(daily) == pytest.approx(25.0, rel=0.01)
    assert np.ptp(days[180]) == pytest.approx(8.0, rel=0.02)
    assert daily.argmax() == pytest.approx(200, abs=2)
    assert days[180].argmax() in (14, 15)
    southern = air_temperature_c(site.model_copy(update={"latitude_deg": -33.0})).reshape(365, 24)
    assert southern.mean(axis=1).argmin() == pytest.approx(200, abs=2)
