from __future__ import annotations

import json

import numpy as np
import pytest

from twin.economics import crossover_summary, crossover_year, cumulative_cost
from twin.errors import InputError


@pytest.mark.parametrize(
    ("b_minus_a", "year"),
    [
        ([3.0, 1.0, -1.0, -3.0], 1.5),
        ([2.0, -1.0, -2.0, -3.0], 2.0 / 3.0),
        ([-1.0, -2.0, -1.0, -3.0], 0.0),  # from the start
        ([-1.0, -2.0, -3.0, -3.0], 0.0),  # and level at the end
        ([0.0, -2.0, -1.0, -3.0], 0.0),  # leaves A at the start
        ([3.0, 2.0, 1.0, 0.5], None),  # not within the horizon
        ([0.0, 0.0, 0.0, 0.0], None),  # equal is not below
        ([-3.0, -2.0, -1.0, 1.0], None),  # ahead, but not at the end
        ([1.0, -1.0, 1.0, -3.0], 2.25),  # the last crossing counts (a replacement in year 2)
        ([3.0, 0.0, -1.0, -3.0], 1.0),  # touches zero at a year's end
        ([3.0, -1.0, 0.0, -3.0], 2.0),  # touches zero again
        ([1.0, 1.0, 1.0, -1.0], 2.5),  # in the last year
    ],
)
def test_crossover_of_one_pair_of_curves(b_minus_a, year):
    a = np.array([10.0, 20.0, 25.0, 40.0])
    assert crossover_year(a, a + b_minus_a) == (year if year is None else pytest.approx(year))


def test_crossover_in_a_cut_last_year():
    assert crossover_year([0, 0, 0], [2, 1, -1], [0.0, 1.0, 1.5]) == pytest.approx(1.25)


def test_payback_time_has_a_closed_form():
    # B costs 100 more and saves 25 a year: without discounting exactly 4 years
    a, b = np.r_[0.0, np.full(10, 25.0)], np.r_[100.0, np.zeros(10)]
    assert crossover_year(cumulative_cost(a, 0.0), cumulative_cost(b, 0.0)) == pytest.approx(4.0)
    # at 8 % the annuity factor reaches 4 between years 5 (3.9927) and 6 (4.6229)
    got = crossover_year(cumulative_cost(a, 0.08), cumulative_cost(b, 0.08))
    assert got == pytest.approx(5.0 + (4.0 - 3.99271) / (4.62288 - 3.99271), abs=1e-4)


def slopes(n: int, seed: int = 0) -> np.ndarray:
    """B - A: starts at 100, falls by 20 ± 2.5 (uniform ± 4.33) a year for ten years."""
    fall = np.random.default_rng(seed).uniform(20.0 - 75**0.5 / 2, 20.0 + 75**0.5 / 2, n)
    return 100.0 - fall[:, np.newaxis] * np.arange(11)


def test_summary_when_all_cross():
    d = slopes(100)
    s = crossover_summary(np.zeros_like(d), d)
    years = 100.0 / ((100.0 - d[:, -1]) / 10.0)
    assert (s.share, s.share_ci_high, s.n, s.unit) == (1.0, 1.0, 100, "yr")
    assert s.share_ci_low == pytest.approx(0.025 ** (1 / 100))  # closed form for k = n
    assert s.mean == pytest.approx(years.mean())
    assert s.ci_low < s.mean < s.ci_high
    assert s.mean_curve == pytest.approx(100.0 / ((100.0 - d[:, -1].mean()) / 10.0))
    assert s.mean_curve < s.mean  # Jensen: crossing of the mean is not the mean of crossings
    # delta method: sd of 100/mean slope = 100/20²·2.5/√100 = 0.0625
    assert s.mean_curve_ci_high - s.mean_curve_ci_low == pytest.approx(2 * 1.96 * 0.0625, rel=0.2)
    assert s.mean_curve_ci_low < s.mean_curve < s.mean_curve_ci_high


def test_summary_with_censored_replications():
    # the crossovers are 1, 2 ... 9 years; one replication in ten never crosses
    d = np.array([[c - t for t in range(11)] for c in (1, 2, 3, 4, 5, 6, 7, 8, 9, 99)], dtype=float)
    s = crossover_summary(np.zeros_like(d), d)
    assert (s.mean, s.se, s.ci_low, s.ci_high) == (None, None, None, None)
    assert s.share == 0.9
    # Clopper-Pearson for 9 of 10 (any table)
    assert (s.share_ci_low, s.share_ci_high) == pytest.approx((0.5550, 0.9975), abs=5e-5)
    assert (s.p05, s.p50, s.p95) == pytest.approx((1.0, 5.0, None))
    assert s.mean_curve is None  # the mean start is 14.4 above, beyond the horizon
    assert s.mean_curve_ci_low is not None
    assert s.mean_curve_ci_high is None  # open: many resamples never cross


def test_summary_when_none_crosses():
    s = crossover_summary(np.zeros((20, 4)), np.ones((20, 4)))
    assert (s.share, s.share_ci_low, s.p05, s.p50, s.p95) == (0.0, 0.0, None, None, None)
    assert (s.mean_curve, s.mean_curve_ci_low, s.mean_curve_ci_high) == (None, None, None)
    assert s.share_ci_high == pytest.approx(1.0 - 0.025 ** (1 / 20))


def test_one_replication_has_no_intervals():
    s = crossover_summary(np.zeros((1, 3)), np.array([[1.0, -1.0, -2.0]]))
    assert (s.mean, s.se, s.ci_low, s.mean_curve, s.mean_curve_ci_low) == (0.5, None, None, 0.5,
                                                                           None)  # fmt: skip


def test_bootstrap_interval_of_the_mean_curve_covers():
    held = 0
    for seed in range(200):
        d = slopes(50, seed)
        s = crossover_summary(np.zeros_like(d), d)
        held += s.mean_curve_ci_low <= 5.0 <= s.mean_curve_ci_high
    # percentile bootstrap with n = 50: a little under 95 %
    assert held / 200 == pytest.approx(0.94, abs=3.0 * np.sqrt(0.06 / 200))


def test_summary_is_json_repeats_itself_and_does_not_depend_on_chunks(monkeypatch):
    from twin.economics import crossover

    d = slopes(30)
    first = crossover_summary(np.zeros_like(d), d)
    json.dumps(first.to_dict(), allow_nan=False)
    monkeypatch.setattr(crossover, "CHUNK", 30 * 700)
    assert crossover_summary(np.zeros_like(d), d) == first


def test_bad_curves_are_refused():
    with pytest.raises(InputError, match="finite"):
        crossover_summary(np.full((2, 3), np.nan), np.zeros((2, 3)))
    with pytest.raises(InputError, match="at least one replication"):
        crossover_summary(np.zeros((0, 3)), np.zeros((0, 3)))
    with pytest.raises(InputError, match="rising times"):
        crossover_year([1.0, 2.0], [1.0, 2.0], [0.0, 0.0])
