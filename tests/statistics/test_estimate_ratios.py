from __future__ import annotations

import numpy as np
import pytest

from twin.estimate import (
    delta_se,
    jackknife_se,
    mean_estimate,
    paired_difference,
    paired_ratio_difference,
    ratio_complement,
    ratio_estimate,
)


def test_ratio_of_sums_is_not_the_mean_of_ratios():
    num, den = [1.0, 90.0], [10.0, 100.0]
    e = ratio_estimate(num, den, "1")
    assert e.mean == pytest.approx(91.0 / 110.0)
    assert mean_estimate(np.divide(num, den), "1").mean == pytest.approx(0.5)
    assert e.p50 == pytest.approx(0.5)  # quantiles belong to the single replications


def test_standard_errors_by_hand():
    num, den = np.array([1.0, 2.0, 6.0]), np.array([2.0, 2.0, 4.0])
    # R = 9/8; e = -1.25, -0.25, 1.5 -> Σe² = 3.875; √(1.5·3.875)/8
    assert delta_se(num, den) == pytest.approx(np.sqrt(1.5 * 3.875) / 8.0)
    # leave one out: 8/6, 7/6, 3/4, mean 13/12
    left = np.array([8 / 6, 7 / 6, 3 / 4])
    assert jackknife_se(num, den) == pytest.approx(np.sqrt(2 / 3 * np.sum((left - 13 / 12) ** 2)))


def test_jackknife_of_a_constant_denominator_is_the_error_of_the_mean():
    x = np.random.default_rng(1).normal(5.0, 2.0, 40)
    e, m = ratio_estimate(x, np.full(40, 4.0), "1"), mean_estimate(x / 4.0, "1")
    assert (e.mean, e.se, e.ci_low) == pytest.approx((m.mean, m.se, m.ci_low))


def test_jackknife_and_delta_agree_and_match_the_true_spread():
    rng = np.random.default_rng(7)
    estimates = []
    for _ in range(600):
        den = rng.gamma(4.0, 1.0, 100)
        num = 0.3 * den + rng.normal(0.0, 0.5, 100)
        estimates.append((num.sum() / den.sum(), jackknife_se(num, den), delta_se(num, den)))
    ratio, jackknife, delta = np.array(estimates).T
    assert jackknife == pytest.approx(delta, rel=0.05)
    # exact to first order: 0.5/(√100·4); the spread of 600 ratios has a relative error of 2.9 %
    assert ratio.std() == pytest.approx(0.0125, rel=0.09)
    assert jackknife.mean() == pytest.approx(0.0125, rel=0.04)


def test_method_delta_is_offered():
    rng = np.random.default_rng(2)
    num, den = rng.random(12), rng.random(12)
    assert ratio_estimate(num, den, "1", method="delta").se == delta_se(num, den)
    assert ratio_estimate(num, den, "1").se == jackknife_se(num, den)


def test_nothing_to_divide_by_is_none_with_its_n():
    e = ratio_estimate([0.0, 0.0, np.nan], [0.0, 0.0, 1.0], "1")
    assert (e.mean, e.se, e.ci_low, e.ci_high, e.p50, e.n) == (None, None, None, None, None, 2)


def test_replications_without_a_window_count_in_the_sums_only():
    e = ratio_estimate([1.0, 0.0, 2.0], [2.0, 0.0, 2.0], "1")
    assert (e.mean, e.n, e.p50) == (0.75, 3, 0.75)


def test_degrees_of_freedom_count_informative_replications():
    e = ratio_estimate([1.0, 2.0] + [0.0] * 50, [2.0, 2.0] + [0.0] * 50, "1")
    assert e.ci_high - e.mean == pytest.approx(12.7062 * e.se, rel=1e-5)  # t(1), not t(51)


def test_one_informative_replication_has_no_error():
    e = ratio_estimate([1.0, 0.0, 0.0], [2.0, 0.0, 0.0], "1")
    assert (e.mean, e.se, e.ci_low, e.ci_high) == (0.5, None, None, None)


def test_complement_mirrors_everything():
    rng = np.random.default_rng(3)
    lost, whole = rng.random(30), 5.0 + rng.random(30)
    r, c = ratio_estimate(lost, whole, "1"), ratio_complement(lost, whole)
    assert (c.mean, c.se) == pytest.approx((1.0 - r.mean, r.se))
    assert (c.ci_low, c.ci_high) == pytest.approx((1.0 - r.ci_high, 1.0 - r.ci_low))
    assert (c.p05, c.p50, c.p95) == pytest.approx((1.0 - r.p95, 1.0 - r.p50, 1.0 - r.p05))


def test_paired_ratios_cancel_common_luck():
    rng = np.random.default_rng(4)
    den = rng.gamma(4.0, 1.0, 300)
    num = 0.3 * den + rng.normal(0.0, 0.5, 300)
    shifted = num + 0.05 * den + rng.normal(0.0, 0.01, 300)
    e = paired_ratio_difference(shifted, den, num, den, "1")
    assert e.ci_low < 0.05 < e.ci_high
    assert e.se == pytest.approx(0.01 / (np.sqrt(300) * 4.0), rel=0.15)
    assert ratio_estimate(num, den, "1").se > 20.0 * e.se


def test_paired_ratio_difference_with_unit_denominators_is_the_paired_mean():
    rng = np.random.default_rng(5)
    b, a, one = rng.random(20), rng.random(20), np.ones(20)
    r, m = paired_ratio_difference(b, one, a, one, "1"), paired_difference(b, a, "1")
    assert (r.mean, r.se, r.ci_low, r.p50) == pytest.approx((m.mean, m.se, m.ci_low, m.p50))


def test_paired_complements_change_the_sign():
    b, a, one = [3.0, 1.0, 2.0], [1.0, 1.0, 1.0], [4.0, 4.0, 5.0]
    plain = paired_ratio_difference(b, one, a, one, "1")
    complement = paired_ratio_difference(b, one, a, one, "1", sign=-1.0)
    assert complement.mean == -plain.mean
    assert (complement.se, complement.ci_low) == pytest.approx((plain.se, -plain.ci_high))


def test_paired_ratio_difference_undefined_on_one_side():
    e = paired_ratio_difference([1.0, 2.0], [1.0, 1.0], [0.0, 0.0], [0.0, 0.0], "1")
    assert (e.mean, e.se, e.n) == (None, None, 2)
    once = paired_ratio_difference([1.0, 2.0], [1.0, 1.0], [1.0, 0.0], [1.0, 0.0], "1")
    assert (once.mean, once.se, once.ci_low) == (0.5, None, None)


@pytest.mark.parametrize("n", [0, 1])
def test_few_replications(n):
    e = ratio_estimate(np.ones(n), np.ones(n), "1")
    assert (e.mean, e.se, e.n) == (1.0 if n else None, None, n)
