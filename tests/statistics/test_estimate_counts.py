from __future__ import annotations

import math

import numpy as np
import pytest

from twin.errors import InputError
from twin.estimate import count_estimate, garwood_limits, mean_estimate, paired_count_difference
from twin.estimate.counts import dispersion

# Exact 95 % Poisson limits as tabulated (Garwood 1936; Ulm 1990, Am. J. Epidemiology 131, 373-375)
GARWOOD = {
    0: (0.0, 3.6889),
    1: (0.0253, 5.5716),
    2: (0.2422, 7.2247),
    3: (0.6187, 8.7673),
    10: (4.7954, 18.3904),
}


@pytest.mark.parametrize(("events", "limits"), GARWOOD.items())
def test_garwood_limits_are_the_tabulated_ones(events, limits):
    assert garwood_limits(events) == pytest.approx(limits, abs=6e-5)


@pytest.mark.parametrize("events", [1, 7, 100])
def test_garwood_limits_fulfil_their_definition(events):
    def at_most(k: int, expected: float) -> float:
        return math.fsum(math.exp(i * math.log(expected) - expected - math.lgamma(i + 1))
                         for i in range(k + 1))  # fmt: skip

    low, high = garwood_limits(events)
    assert 1.0 - at_most(events - 1, low) == pytest.approx(0.025, rel=1e-9)
    assert at_most(events, high) == pytest.approx(0.025, rel=1e-9)


def test_no_event_in_ten_years_does_not_mean_never():
    e = count_estimate([0.0], 10.0, "1/yr")
    assert (e.mean, e.se, e.ci_low, e.n) == (0.0, None, 0.0, 1)
    assert e.ci_high == pytest.approx(0.3689, abs=5e-5)
    spread = count_estimate(np.zeros(10), 1.0, "1/yr")
    assert spread.ci_high == e.ci_high


def test_unseen_clusters_widen_the_limit():
    e = count_estimate(np.zeros(20), 10.0, "1/yr", cluster=32)
    assert e.ci_high == pytest.approx(32 * 3.68888 / 200, rel=1e-5)


def test_single_events_have_exact_poisson_limits():
    e = count_estimate([1.0] + [0.0] * 99, 10.0, "1/yr")
    assert e.mean == pytest.approx(1e-3)
    assert e.se == pytest.approx(1e-3)
    assert (e.ci_low, e.ci_high) == pytest.approx((2.53178e-5, 5.57164e-3), rel=1e-5)


def test_one_blackout_of_32_pods_is_one_event():
    x = np.zeros(200)
    x[5] = 32.0
    assert dispersion(x, np.ones(200)) == pytest.approx(32.0)
    e = count_estimate(x, 10.0, "1/yr")
    assert (e.ci_low, e.ci_high) == pytest.approx((32 * 2.53178e-2 / 2000, 32 * 5.57164 / 2000),
                                                  rel=1e-4)  # fmt: skip
    assert e.se == pytest.approx(mean_estimate(x / 10.0, "").se)


def test_many_clustered_counts_approach_students_interval():
    x = np.random.default_rng(5).negative_binomial(2, 0.02, 400).astype(float)
    e, t = count_estimate(x, 10.0, "1/yr"), mean_estimate(x / 10.0, "1/yr")
    assert e.se == pytest.approx(t.se)
    assert (e.ci_low, e.ci_high) == pytest.approx((t.ci_low, t.ci_high), rel=0.01)


def test_many_events_in_two_replications_carry_students_doubt():
    e = count_estimate([80.0, 120.0], 1.0, "1/yr")  # dispersion 8, error √(8·200)/2 = 20
    assert (e.mean, e.se) == pytest.approx((100.0, 20.0))
    assert e.ci_high == pytest.approx(100.0 + 12.7062 * 20.0, rel=1e-6)
    assert e.ci_low == pytest.approx(8.0 * garwood_limits(25.0)[0] / 2.0)  # t would be below 0


def test_unequal_exposure_weighs_by_years():
    e = count_estimate([3.0, 0.0, 1.0], [30.0, 5.0, 5.0], "1/yr")
    assert e.mean == pytest.approx(0.1)
    assert e.p95 == pytest.approx(np.quantile([0.1, 0.0, 0.2], 0.95))


def test_undefined_and_impossible_counts():
    assert count_estimate([np.nan, 2.0], 1.0, "1/yr").n == 1
    assert count_estimate([np.nan], 1.0, "1/yr").mean is None
    with pytest.raises(InputError, match="count is -1"):
        count_estimate([-1.0, 2.0], 1.0, "1/yr")
    with pytest.raises(InputError, match="exposure_years"):
        count_estimate([1.0], 0.0, "1/yr")


def test_difference_of_equal_counts_keeps_the_rule_of_three():
    x = np.random.default_rng(0).poisson(4.0, 25)
    e = paired_count_difference(x, x, 8.0, "1/yr")
    assert (e.mean, e.se, e.n) == (0.0, None, 25)
    assert (e.ci_low, e.ci_high) == pytest.approx((-3.68888 / 200, 3.68888 / 200), rel=1e-5)


def test_difference_of_counts_by_hand():
    # B loses one pod more in one of 100 years: gain [0.0253, 5.5716], loss [0, 3.6889], joined
    b = np.zeros(100)
    b[3] = 1.0
    e = paired_count_difference(b, np.zeros(100), 1.0, "1/yr")
    low = 1.0 - np.hypot(1.0 - 0.0253178, 3.6888795)
    assert (e.mean, e.ci_high) == pytest.approx((0.01, 0.055716434), rel=1e-6)
    assert e.ci_low == pytest.approx(low / 100.0, rel=1e-6)
    mirrored = paired_count_difference(np.zeros(100), b, 1.0, "1/yr")
    assert (mirrored.ci_low, mirrored.ci_high) == pytest.approx((-e.ci_high, -e.ci_low))


def test_frequent_differences_pair():
    rng = np.random.default_rng(6)
    common = rng.poisson(100.0, 200)
    b, a = common + rng.poisson(3.0, 200), common + rng.poisson(1.0, 200)
    e = paired_count_difference(b, a, 1.0, "1/yr")
    assert e.se == pytest.approx(np.sqrt(4.0 / 200), rel=0.1)  # 1.0 if unpaired
    assert e.ci_low < 2.0 < e.ci_high
