"""Storms bring troubles together and leave their mean numbers alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from profiles import weather
from profiles.interruptions import LognormalOutages, PoissonMomentaries
from profiles.photovoltaic import PvYield
from profiles.sags import EcdfSags
from profiles.storms import NoStorms, StormDays, stormy
from twin.contracts.calendar import DAY_S, HOUR_S, MONTH_START_DAY, YEAR_S
from twin.contracts.storms import CALM, Storms
from twin.contracts.timeline import Array, ProfileContext
from twin.contracts.world import Site

MakeContext = Callable[..., ProfileContext]
AFTERNOON = [0.5] * 12 + [2.0] * 8 + [1.0] * 4


def with_storms(ctx: ProfileContext, **more: Any) -> ProfileContext:
    return ProfileContext(
        ctx.seed, ctx.replication, ctx.start_year, ctx.horizon_s, StormDays(**more).sample(ctx)
    )


@pytest.mark.parametrize("spell", [1, 3])
def test_as_many_storm_days_as_stated(context: MakeContext, spell: int) -> None:
    years = 400
    storms = StormDays(days_per_year=30.0, spell_days=spell).sample(context(years=years))
    days = storms.start_s // DAY_S
    assert len(days) / years == pytest.approx(30.0, abs=4 * math.sqrt(30.0 * spell / years))
    assert np.all(storms.start_s % DAY_S == 13 * HOUR_S)
    assert np.all(storms.end_s - storms.start_s == 6 * HOUR_S)
    month = np.searchsorted(MONTH_START_DAY, days % 365, side="right") - 1
    wet, dry = np.isin(month, [5, 6, 7]).sum() / 92.0, np.isin(month, [0, 1]).sum() / 59.0
    assert wet / dry == pytest.approx(1.3 / 0.6, rel=0.12)
    runs = np.diff(np.flatnonzero(np.diff(days, prepend=-9.0) > 1))
    assert runs.min() >= 1 if spell == 1 else spell


def test_the_share_of_hours_is_that_of_the_samples(context: MakeContext) -> None:
    years = 300
    spec = StormDays(days_per_year=100.0, spell_days=2, from_hour=20, duration_h=9)
    storms = spec.sample(context(years=years))
    assert storms.share.sum() == pytest.approx(100.0 * 9, rel=1e-9)
    hours = (np.arange(years * 8760) + 0.5) * HOUR_S
    found = storms.during(hours).reshape(years, 365, 24).mean(axis=0)
    assert found.sum() == pytest.approx(900.0, rel=0.03)
    by_hour = storms.share.mean(axis=0)
    assert np.all(np.abs(found.mean(axis=0) - by_hour) < 0.02)
    assert by_hour[4] == pytest.approx(by_hour[20])  # past midnight
    assert by_hour[5] == by_hour[19] == 0.0


def test_overlapping_spells_count_once() -> None:
    begins = np.zeros(365)
    begins[[10, 11]] = 0.5
    assert stormy(begins, 2)[9:14].tolist() == [0.0, 0.5, 0.75, 0.5, 0.0]


@pytest.mark.parametrize(
    ("spec", "factor"),
    [
        (EcdfSags(rate_per_year=40.0, hourly_weight=AFTERNOON), 6.0),
        (LognormalOutages(rate_per_year=40.0), 3.0),
        (PoissonMomentaries(rate_per_year=40.0), 6.0),
    ],
    ids=["sags", "outages", "momentaries"],
)
def test_mean_rates_stay_and_storms_multiply_them(
    context: MakeContext, spec: Any, factor: float
) -> None:
    years = 600
    ctx = with_storms(context(years=years), days_per_year=40.0, sag_factor=6.0, outage_factor=3.0)
    start = spec.sample(ctx).start_s
    # overdispersed by the storms of the record: their number moves the count
    assert len(start) / years == pytest.approx(40.0, rel=4 * math.sqrt(2.0 / (40.0 * years)))
    inside = ctx.storms.during(start)
    weight = np.outer(np.repeat(spec.monthly_weight, np.diff(MONTH_START_DAY)), spec.hourly_weight)
    odds = (weight * ctx.storms.share).sum() / (weight * (1.0 - ctx.storms.share)).sum()
    share = factor * odds / (1.0 + factor * odds)
    assert inside.mean() == pytest.approx(share, rel=0.05)
    assert inside.mean() > 1.5 * odds


def test_without_storms_nothing_moves(context: MakeContext) -> None:
    spec = EcdfSags()
    calm = spec.sample(context())
    assert NoStorms().sample(context()) is CALM
    idle = with_storms(context(), sag_factor=1.0)
    np.testing.assert_array_equal(spec.sample(idle).start_s, calm.start_s)


def test_sags_and_outages_come_together(context: MakeContext) -> None:
    """Days with an outage have more sags than others."""

    def sags_on_outage_days(ctx: ProfileContext) -> float:
        sags = EcdfSags(rate_per_year=30.0, monthly_weight=[1.0] * 12).sample(ctx).start_s // DAY_S
        outages = LognormalOutages(rate_per_year=30.0).sample(ctx).start_s // DAY_S
        return float(np.isin(sags, outages).mean())

    calm = sags_on_outage_days(context(years=200))
    stormy = sags_on_outage_days(
        with_storms(context(years=200), days_per_year=20.0, sag_factor=60.0, outage_factor=60.0)
    )
    assert calm == pytest.approx(1.0 - math.exp(-30.0 / 365.0), abs=0.02)
    hours = 120.0 / 8760.0
    share = 60.0 * hours / (1.0 + 59.0 * hours)  # of all events that storms bring
    bad, good = (1.0 - math.exp(-30.0 * x) for x in (share / 20.0, (1.0 - share) / 365.0))
    assert stormy == pytest.approx(share * bad + (1.0 - share) * good, abs=0.03)
    assert stormy > 2.5 * calm


def test_a_longer_horizon_leaves_earlier_storms_alone(context: MakeContext) -> None:
    spec = StormDays(spell_days=3)
    short, long = (spec.sample(context(years=y)) for y in (2.5, 8))
    n = len(short.start_s)
    np.testing.assert_array_equal(short.start_s, long.start_s[:n])
    one, two = (
        EcdfSags().sample(with_storms(context(years=y), spell_days=3)).start_s for y in (2.5, 8)
    )
    np.testing.assert_array_equal(one, two[: len(one)])
    assert two[len(one)] >= 2.5 * YEAR_S


def test_storms_darken_the_sky_and_the_mean_stays() -> None:
    daylight = np.flatnonzero((np.arange(8760) % 24 >= 6) & (np.arange(8760) % 24 < 18))
    spec = StormDays(days_per_year=60.0, clearness_factor=0.4)
    means, inside = [], []
    for replication in range(40):
        storms = spec.sample(ProfileContext(3, replication, 2026, YEAR_S))
        flat = np.full(len(daylight), 0.6)
        dark = weather.darkened(flat, daylight, storms, 0)
        stormy = storms.during((daylight + 0.5) * HOUR_S)
        assert np.allclose(dark[stormy], 0.24)
        assert np.ptp(dark[~stormy]) == 0.0
        means.append(dark.mean())
        inside.append(stormy.mean())
    error = np.std(means) / math.sqrt(len(means))
    assert np.mean(means) == pytest.approx(0.6, abs=4 * error)
    assert np.mean(inside) == pytest.approx(60.0 * 5 / (365.0 * 12), rel=0.05)


def test_the_plant_on_the_roof_sees_the_storms(context: MakeContext) -> None:
    plant = PvYield(Site())
    calm: Array = plant.year(context(years=1), 0)
    ctx = with_storms(context(years=1), days_per_year=60.0)
    dark: Array = plant.year(ctx, 0)
    stormy = ctx.storms.during((np.arange(8760) + 0.5) * HOUR_S) & (calm > 0.05)
    assert stormy.sum() > 100
    assert np.all(dark[stormy] < calm[stormy])
    assert dark.sum() == pytest.approx(calm.sum(), rel=0.05)


def test_fuel_ordered_in_a_storm_comes_late() -> None:
    storms = Storms(np.array([100.0, 300.0]), np.array([200.0, 400.0]), refuel_factor=3.0)
    times = [0.0, 99.9, 100.0, 199.9, 200.0, 250.0, 399.0, 400.0]
    factors = [storms.delay_factor(t) for t in times]
    assert factors == [1.0, 1.0, 3.0, 3.0, 1.0, 1.0, 3.0, 1.0]
    assert CALM.delay_factor(0.0) == 1.0


def test_a_storm_that_begins_before_the_record_is_under_way(context: MakeContext) -> None:
    spec = StormDays(days_per_year=325.0, from_hour=20, duration_h=10, monthly_weight=[1.0] * 12)
    begins = [spec.sample(context(replication=k)).start_s[0] for k in range(60)]
    assert sum(b == 0.0 for b in begins) == pytest.approx(60 * 325 / 365, abs=10)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"days_per_year": 310.0}, "days_per_year must be at most 2"),
        ({"monthly_weight": [0.0] * 12}, "not all of them 0"),
        ({"duration_h": 25}, "duration_h"),
        ({"from_hour": 24}, "from_hour"),
        ({"sag_factor": 0.5}, "sag_factor"),
        ({"clearness_factor": 1.5}, "clearness_factor"),
        ({"spell_days": 31}, "spell_days"),
    ],
)
def test_bad_parameters_are_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        StormDays.model_validate(body)
