"""Metrics that are undefined, bounded, or have not been seen to move."""

from __future__ import annotations

import pytest
from result_parts import Make, record

from twin.estimate import Estimate, bounded_mean_estimate
from twin.results import Record

PAIR = "b - a"
PODS = 32


def lcos(k: int, name: str, cycles: float, num: float, backup: float) -> Record:
    row = {"storage_cycles_per_year": cycles, "lcos_usd_per_mwh_num": num,
           "lcos_usd_per_mwh_den": 1.0, "backup_cost_usd_per_kw_year": backup}  # fmt: skip
    return record(k, name, **row)


def test_the_mean_of_cycles_decides_between_lcos_and_the_cost_of_standing_by(results: Make) -> None:
    """9, 11, 9, 13 cycles: more than ten in the mean, so all four replications have an LCOS."""
    cycles = [9.0, 11.0, 9.0, 13.0]
    rows = [lcos(k, "a", c, 100.0 + k, 7.0) for k, c in enumerate(cycles)]
    rows += [lcos(k, "b", c - 1.0, 100.0 + k, 7.0) for k, c in enumerate(cycles)]
    found = results(rows)
    trades, waits = found.estimates["a"], found.estimates["b"]
    assert (trades["lcos_usd_per_mwh"].mean, trades["lcos_usd_per_mwh"].n) == (101.5, 4)
    assert trades["backup_cost_usd_per_kw_year"].n == 0
    assert (waits["lcos_usd_per_mwh"].mean, waits["lcos_usd_per_mwh"].n) == (None, 0)
    assert waits["backup_cost_usd_per_kw_year"].mean == 7.0
    for metric in ("lcos_usd_per_mwh", "backup_cost_usd_per_kw_year"):
        gap = found.differences[PAIR][metric]
        assert (gap.mean, gap.n) == (None, 0)


def test_no_pod_was_ever_down_is_no_certainty(results: Make) -> None:
    found = results([record(k, name, max_pods_down=0.0) for k in range(4) for name in ("a", "b")])
    unseen = 1.0 - 0.025 ** (1.0 / 4.0)
    e = found.estimates["a"]["max_pods_down"]
    assert (e.mean, e.se, e.ci_low) == (0.0, None, 0.0)
    assert e.ci_high == pytest.approx(PODS * unseen)
    gap = found.differences[PAIR]["max_pods_down"]
    assert isinstance(gap, Estimate)
    assert (gap.ci_low, gap.ci_high) == pytest.approx((-PODS * unseen, PODS * unseen))


def test_largest_values_that_vary_have_students_interval() -> None:
    e = bounded_mean_estimate([0.0, 4.0, 4.0, 0.0], 0.0, 4.0, "pods")
    assert e.mean == 2.0
    assert e.half_width == pytest.approx(3.182446 * (16.0 / 3.0) ** 0.5 / 2.0)
    full = bounded_mean_estimate([4.0, 4.0], 0.0, 4.0, "pods")
    assert (full.ci_low, full.ci_high) == pytest.approx((4.0 * 0.025**0.5, 4.0))
    assert bounded_mean_estimate([float("nan")], 0.0, 4.0, "pods").n == 0


@pytest.mark.parametrize("metric", ["pod_availability", "degradation_index", "work_saved_share"])
def test_a_ratio_that_nothing_rare_has_moved_has_no_interval(results: Make, metric: str) -> None:
    terms = {f"{metric}_num": 1.0, f"{metric}_den": 1.0}
    found = results([record(k, name, **terms) for k in range(4) for name in ("a", "b")])
    e = found.estimates["a"][metric]
    assert e.mean in (0.0, 1.0)
    assert (e.se, e.ci_low, e.ci_high, e.n) == (None, None, None, 4)
    gap = found.differences[PAIR][metric]
    assert (gap.mean, gap.ci_low, gap.ci_high) == (0.0, None, None)


def test_a_share_without_sun_is_certain(results: Make) -> None:
    terms = {"renewable_share_num": 0.0, "renewable_share_den": 5.0}
    e = results([record(k, "a", **terms) for k in range(4)]).estimates["a"]["renewable_share"]
    assert (e.mean, e.ci_low, e.ci_high) == (0.0, 0.0, 0.0)


def test_classes_of_durations_are_metrics_of_their_own(results: Make) -> None:
    terms = {"degradation_index_over_1_h_num": 3.0, "degradation_index_over_1_h_den": 4.0}
    found = results([record(k, "a", **terms) for k in range(4)]).estimates["a"]
    assert found["degradation_index_over_1_h"].mean == 0.25
    assert found["degradation_index_up_to_1_s"].mean is None
