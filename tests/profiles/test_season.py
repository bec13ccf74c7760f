from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from profiles._season import mean_factor
from profiles.interruptions import LognormalOutages, PoissonMomentaries
from profiles.sags import EcdfSags
from twin.contracts.calendar import DAY_S, HOUR_S, MONTH_DAYS, YEAR_S
from twin.contracts.timeline import ProfileContext

MakeContext = Callable[..., ProfileContext]
DAY = [0.0] * 6 + [1.0] * 6 + [4.0] * 6 + [2.0] * 5 + [0.0]
YEAR = [1.0] * 6 + [3.0] * 6


def test_hours_and_months_follow_their_weights(context: MakeContext) -> None:
    for spec in (
        EcdfSags(rate_per_year=300.0, hourly_weight=DAY, monthly_weight=YEAR),
        LognormalOutages(rate_per_year=300.0, hourly_weight=DAY, monthly_weight=YEAR),
        PoissonMomentaries(rate_per_year=300.0, hourly_weight=DAY, monthly_weight=YEAR),
    ):
        start = spec.sample(context(years=100)).start_s
        assert abs(len(start) - 30_000) <= 4 * math.sqrt(30_000)
        found = np.bincount((start % DAY_S // HOUR_S).astype(int), minlength=24)
        expected = 30_000 * np.array(DAY) / sum(DAY)
        assert np.all(np.abs(found - expected) <= 4 * np.sqrt(expected))
        second = (start % YEAR_S >= 181 * DAY_S).sum()
        share = 3 * 184 / (181 + 3 * 184)
        assert abs(second - 30_000 * share) <= 4 * math.sqrt(30_000 * share * (1 - share))


def test_flat_hours_leave_the_times_alone(context: MakeContext) -> None:
    plain = EcdfSags().sample(context()).start_s
    np.testing.assert_allclose(
        EcdfSags(hourly_weight=[2.0] * 24).sample(context()).start_s, plain, rtol=1e-12
    )
    nearly = [1.0] * 23 + [1.0 + 1e-9]
    np.testing.assert_allclose(
        EcdfSags(hourly_weight=nearly).sample(context()).start_s, plain, atol=0.1
    )


def test_mean_factor_is_the_weighted_one() -> None:
    share = np.zeros((365, 24))
    assert mean_factor(np.zeros(0), YEAR, DAY, 5.0) == 1.0
    assert mean_factor(share, YEAR, DAY, 5.0) == 1.0
    share[:31, 6:12] = 0.5  # January, at the hours of weight 1
    weight = 31 * 6 * 1.0 / (sum(d * m for d, m in zip(MONTH_DAYS, YEAR, strict=True)) * sum(DAY))
    assert math.isclose(mean_factor(share, YEAR, DAY, 5.0), 1.0 + 4.0 * 0.5 * weight)
