from __future__ import annotations

import json

import numpy as np
import pytest

from twin.errors import InputError, SimulationError
from twin.estimate import (
    Estimate,
    heavy_tail_estimate,
    mean_estimate,
    paired_difference,
    paired_heavy_tail_difference,
)

SUMMARY_KEYS = ["mean", "se", "ci_low", "ci_high", "p05", "p50", "p95", "n", "unit"]
DIFFERENCE_KEYS = ["mean", "se", "ci_low", "ci_high", "n", "unit"]


def test_hand_computed_mean_with_published_t_quantile():
    # mean 5, s = sqrt(10), n = 5; t(4, 0.975) = 2.776445 (any t table)
    e = mean_estimate([1.0, 3.0, 5.0, 7.0, 9.0], "kW")
    assert e.mean == 5.0
    assert e.se == pytest.approx(np.sqrt(2.0))
    assert e.ci_high == pytest.approx(5.0 + 2.776445105 * np.sqrt(2.0))
    assert e.half_width == pytest.approx(2.776445105 * np.sqrt(2.0))
    assert (e.p05, e.p50, e.p95) == pytest.approx((1.4, 5.0, 8.6))


def test_dict_has_exactly_the_keys_of_the_summary_and_is_json():
    e = mean_estimate(np.array([1.0, np.nan, 2.0]), "MWh/yr")
    assert list(e.to_dict()) == SUMMARY_KEYS
    assert list(e.to_dict(quantiles=False)) == DIFFERENCE_KEYS
    assert json.loads(json.dumps(e.to_dict(), allow_nan=False))["n"] == 2
    assert all(type(v) in (float, int, str) for v in e.to_dict().values())


def test_undefined_replications_are_left_out_and_counted():
    assert mean_estimate([np.nan, 4.0, 6.0], "1") == mean_estimate([4.0, 6.0], "1")


def test_no_defined_replication_is_none_with_n_zero():
    for e in (mean_estimate([np.nan, np.nan], "1"), heavy_tail_estimate([], "USD", "x")):
        assert list(e.to_dict().values()) == [None] * 7 + [0, e.unit]


def test_one_replication_has_a_mean_but_no_error():
    for e in (mean_estimate([7.0], "1"), heavy_tail_estimate([7.0], "1", "x")):
        assert (e.mean, e.se, e.ci_low, e.ci_high, e.n) == (7.0, None, None, None, 1)
        assert e.half_width is None


def test_constant_has_no_spread_despite_rounding():
    e = mean_estimate([0.1] * 7, "1")
    assert (e.mean, e.se, e.ci_low, e.ci_high) == (0.1, 0.0, 0.1, 0.1)


def test_nan_and_infinity_never_get_into_an_estimate():
    with pytest.raises(SimulationError, match="must be None"):
        Estimate(float("nan"), None, None, None, None, None, None, 0, "1")
    with pytest.raises(SimulationError, match="infinite"):
        mean_estimate([1.0, np.inf], "1")
    with pytest.raises(InputError, match="equally long"):
        paired_difference([1.0, 2.0], [1.0], "1")


def test_pairing_cancels_common_luck():
    rng = np.random.default_rng(3)
    luck = rng.gamma(2.0, 50.0, 400)
    a = luck + rng.normal(0.0, 1.0, 400)
    b = luck + 5.0 + rng.normal(0.0, 1.0, 400)
    paired = paired_difference(b, a, "MWh/yr")
    alone = np.hypot(mean_estimate(a, "").se, mean_estimate(b, "").se)
    # exact: sqrt(2)/20 = 0.0707 against sqrt(2·5000)/20 = 5.0
    assert paired.se == pytest.approx(np.sqrt(2.0 / 400), rel=0.1)
    assert alone == pytest.approx(np.sqrt(2.0 * 5001.0 / 400), rel=0.15)
    assert paired.ci_low < 5.0 < paired.ci_high


def test_paired_difference_drops_pairs_with_one_undefined_side():
    e = paired_difference([1.0, np.nan, 5.0, 9.0], [0.0, 1.0, np.nan, 4.0], "1")
    assert (e.mean, e.n) == (3.0, 2)


def test_equal_by_construction_is_exactly_zero():
    x = np.random.default_rng(0).random(9)
    e = paired_difference(x, x, "1/yr")
    assert (e.mean, e.se, e.ci_low, e.ci_high) == (0.0, 0.0, 0.0, 0.0)


def test_bootstrap_repeats_itself_and_follows_its_name():
    x = np.random.default_rng(1).lognormal(0.0, 1.5, 60)
    assert heavy_tail_estimate(x, "USD", "cost") == heavy_tail_estimate(x, "USD", "cost")
    assert heavy_tail_estimate(x, "USD", "cost") != heavy_tail_estimate(x, "USD", "other")


def test_bootstrap_interval_is_skewed_like_its_data_and_t_like_for_normal_data():
    rng = np.random.default_rng(2)
    skewed = heavy_tail_estimate(rng.lognormal(0.0, 1.5, 200), "USD", "cost")
    assert skewed.ci_high - skewed.mean > 1.2 * (skewed.mean - skewed.ci_low)
    normal = rng.normal(10.0, 1.0, 500)
    boot, student = heavy_tail_estimate(normal, "", "x"), mean_estimate(normal, "")
    assert (boot.ci_low, boot.ci_high) == pytest.approx(
        (student.ci_low, student.ci_high), abs=0.1 * student.se
    )


def test_bootstrap_chunks_do_not_change_the_result(monkeypatch):
    from twin.estimate import bootstrap

    x = np.random.default_rng(1).lognormal(0.0, 1.0, 50)
    whole = heavy_tail_estimate(x, "USD", "cost")
    monkeypatch.setattr(bootstrap, "CHUNK", 50 * 300)  # 300 resamples at a time, the last 200
    assert heavy_tail_estimate(x, "USD", "cost") == whole


def test_one_disaster_in_many_replications_has_a_garwood_like_interval():
    # one event of size c in n replications: c/n·[0.0253, 5.572] up to the centring of order 1/n
    x = np.zeros(1000)
    x[17] = 5e6
    e = heavy_tail_estimate(x, "USD/yr", "cost")
    assert e.mean == 5e3
    assert e.ci_low == pytest.approx(5e3 * 0.0253178, rel=0.01)
    assert e.ci_high == pytest.approx(5e3 * 5.5716434, rel=0.01)
    assert e.ci_high > 1.8 * mean_estimate(x, "").ci_high  # Student's interval: 2.96


def test_a_disaster_above_a_steady_cost_is_counted_from_that_cost():
    x = np.full(1000, 200.0)
    x[17] += 5e6
    e = heavy_tail_estimate(x, "USD/yr", "cost")
    assert (e.ci_low, e.ci_high) == pytest.approx(
        (200.0 + 5e3 * 0.0253178, 200.0 + 5e3 * 5.5716434), rel=0.01
    )


def test_no_disaster_seen_is_no_proof_of_zero_cost():
    e = heavy_tail_estimate(np.zeros(50), "USD/yr", "cost")
    assert (e.mean, e.ci_low, e.ci_high, e.n) == (0.0, None, None, 50)


def test_heavy_tailed_difference_pairs():
    rng = np.random.default_rng(4)
    a = rng.lognormal(3.0, 2.0, 100)
    e = paired_heavy_tail_difference(a + rng.lognormal(0.0, 0.5, 100), a, "USD", "cost")
    assert e.ci_low < np.exp(0.125) < e.ci_high
    assert e.half_width < 0.2
