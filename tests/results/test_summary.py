"""Estimates: which estimator, over which rows, and what summary.json says."""

from __future__ import annotations

import json

import numpy as np
import pytest
from result_parts import YEARS, Make, record, with_costs

from twin.economics import CrossoverSummary
from twin.estimate import Estimate, garwood_limits
from twin.metrics import METRICS
from twin.results import CROSSOVER, CROSSOVER_WITH_VALUE, Record

PAIR = "b - a"


def both(k: int, a: dict[str, float | None], b: dict[str, float | None]) -> list[Record]:
    return [record(k, "a", **a), record(k, "b", **b)]


def gap(e: object) -> Estimate:
    assert isinstance(e, Estimate)
    return e


def test_a_mean_has_a_student_interval(results: Make) -> None:
    found = results([record(k, "a", om_usd_per_year=v) for k, v in enumerate([1, 2, 3, 6])])
    e = found.estimates["a"]["om_usd_per_year"]
    assert e.mean == 3.0
    assert e.se == pytest.approx(np.std([1, 2, 3, 6], ddof=1) / 2)
    assert e.half_width == pytest.approx(3.182446 * e.se)  # t(3, 0.975)


def test_a_count_is_events_over_years_with_exact_limits(results: Make) -> None:
    rates = [2 / YEARS, 0.0, 1 / YEARS, 1 / YEARS]
    found = results([record(k, "a", storage_fires_per_year=r) for k, r in enumerate(rates)])
    e = found.estimates["a"]["storage_fires_per_year"]
    low, high = garwood_limits(4)
    assert e.mean == pytest.approx(4 / (4 * YEARS))
    assert e.ci_low == pytest.approx(low / (4 * YEARS))
    assert e.ci_high is not None
    assert e.ci_high >= high / (4 * YEARS) * (1 - 1e-12)


@pytest.mark.parametrize(
    ("metric", "events"), [("storage_fires_per_year", 1), ("pod_losses_per_year", 32)]
)
def test_no_event_is_no_certainty(results: Make, metric: str, events: int) -> None:
    found = results([r for k in range(4) for r in both(k, {metric: 0.0}, {metric: 0.0})])
    e = found.estimates["a"][metric]
    assert (e.mean, e.ci_low) == (0.0, 0.0)
    assert e.ci_high == pytest.approx(events * 3.688879 / (4 * YEARS))  # -ln 0.025
    d = gap(found.differences[PAIR][metric])
    assert d.ci_low is not None
    assert d.ci_low < 0.0


def test_a_ratio_is_of_sums_not_a_mean_of_ratios(results: Make) -> None:
    terms = [(1.0, 1.0), (0.0, 9.0)]
    a = [{"degradation_index_num": n, "degradation_index_den": d} for n, d in terms]
    b = [{"degradation_index_num": 2 * n, "degradation_index_den": d} for n, d in terms]
    found = results([r for k in range(2) for r in both(k, a[k], b[k])])
    assert found.estimates["a"]["degradation_index"].mean == pytest.approx(1 - 1 / 10)
    assert gap(found.differences[PAIR]["degradation_index"]).mean == pytest.approx(-1 / 10)


def test_undefined_is_null_with_its_n(results: Make) -> None:
    nothing = {"lcos_usd_per_mwh_num": None, "lcos_usd_per_mwh_den": None}
    found = results([r for k in range(3) for r in both(k, nothing, {})])
    entry = found.summary["architectures"]["a"]["lcos_usd_per_mwh"]
    assert (entry["mean"], entry["n"], entry["unit"]) == (None, 0, "USD/MWh")
    assert found.summary["architectures"]["b"]["lcos_usd_per_mwh"]["n"] == 3
    assert found.summary["differences"][PAIR]["lcos_usd_per_mwh"]["mean"] is None
    assert found.summary["architectures"]["a"]["footprint_m2"]["n"] == 0  # in no row at all


def test_differences_are_taken_within_pairs_only(results: Make) -> None:
    rows = [r for k in range(3) for r in both(k, {"capex_usd": k}, {"capex_usd": k + 5.0})]
    rows.append(record(3, "a", capex_usd=1000.0))  # b failed
    found = results(rows)
    d = gap(found.differences[PAIR]["capex_usd"])
    assert (d.mean, d.se, d.n) == (5.0, 0.0, 3)
    assert found.estimates["a"]["capex_usd"].n == 4
    assert found.differences[PAIR][CROSSOVER].n == 3


def test_only_what_was_asked_for_is_estimated(results: Make) -> None:
    rows = [record(k, name) for k in range(6) for name in ("a", "b", "c")]
    found = results(rows, n=2, names=("c", "a"))
    assert found.count == 2
    assert list(found.summary["architectures"]) == ["c", "a"]
    assert list(found.summary["differences"]) == ["a - c"]
    assert found.summary["architectures"]["a"]["tco_npv_usd"]["n"] == 2


def test_the_summary_has_the_promised_keys(results: Make) -> None:
    found = results([record(k, name) for k in range(4) for name in ("a", "b")])
    summary = json.loads(json.dumps(found.summary, allow_nan=False))
    assert list(summary) == [
        "scenario", "digest", "seed", "replications", "horizon_years", "architectures",
        "differences", "split", "audit",
    ]  # fmt: skip
    plain = {name for name, m in METRICS.items() if not m.only_differences}
    stage = {"losses_busway_mwh_per_year"}
    for entries in summary["architectures"].values():
        assert set(entries) == plain | stage
        for entry in entries.values():
            assert list(entry) == [
                "mean", "se", "ci_low", "ci_high", "p05", "p50", "p95", "n", "unit",
            ]  # fmt: skip
    assert set(summary["differences"][PAIR]) == set(METRICS) | stage | {CROSSOVER_WITH_VALUE}
    assert list(summary["differences"][PAIR]["tco_npv_usd"]) == [
        "mean", "se", "ci_low", "ci_high", "n", "unit",
    ]  # fmt: skip
    worst = max(abs(v) for v in found.replications["energy_residual"])
    assert summary["audit"] == {"energy_residual_max": worst}


def test_crossover_of_straight_lines(results: Make) -> None:
    # a: 100 and then 30 a year; b: 150 and then 10 a year, undiscounted: equal after 2.5 years
    rows = [with_costs(k, "a", capex=[100, 0, 0, 0, 0], om=[0, 30, 30, 30, 30]) for k in range(3)]
    rows += [with_costs(k, "b", capex=[150, 0, 0, 0, 0], om=[0, 10, 10, 10, 10]) for k in range(3)]
    found = results(rows).differences[PAIR][CROSSOVER]
    assert isinstance(found, CrossoverSummary)
    assert found.mean_curve == pytest.approx(2.5)
    assert (found.mean, found.share, found.n) == (pytest.approx(2.5), 1.0, 3)


def test_residual_values_move_the_crossover_and_are_counted_once(results: Make) -> None:
    flow = {"capex": [100, 0, 0, 0, 0], "residual": [0, 0, 0, 0, -40]}
    rows = [with_costs(0, "a", **flow), with_costs(0, "b", **flow)]
    rows[1].asset_value[:] = [100, 90, 80, 70, 60]
    found = results(rows)
    assert found.cumulative("a").tolist() == [[100] * 5]
    assert found.cumulative("b", with_value=True).tolist() == [[0, 10, 20, 30, 40]]
    with_value = found.differences[PAIR][CROSSOVER_WITH_VALUE]
    without = found.differences[PAIR][CROSSOVER]
    assert isinstance(with_value, CrossoverSummary)
    assert isinstance(without, CrossoverSummary)
    assert (with_value.mean_curve, without.mean_curve) == (0.0, None)


def test_the_mean_cash_flow(results: Make) -> None:
    rows = [with_costs(k, "a", om=[0, v, v, v, v]) for k, v in enumerate([1, 2, 6])]
    table = results(rows).cashflow
    assert list(table.columns) == ["architecture", "year", "item", "usd"]
    assert table["year"].tolist() == [0, 1, 2, 3, 4]
    assert table["usd"].tolist() == [0, 3, 3, 3, 3]


def test_nothing_finished_is_a_result_too(results: Make) -> None:
    found = results([])
    assert found.count == 0
    assert found.summary["audit"]["energy_residual_max"] is None
    assert found.summary["architectures"]["a"]["tco_npv_usd"]["n"] == 0
    assert found.summary["differences"][PAIR][CROSSOVER]["n"] == 0
    assert found.cashflow.empty


def test_the_tidy_table_holds_the_summary(results: Make) -> None:
    found = results([record(k, name) for k in range(3) for name in ("a", "b")])
    table = found.table().set_index(["of", "metric"])
    assert table.loc[("b", "tco_npv_usd"), "mean"] == found.estimates["b"]["tco_npv_usd"].mean
    assert table.loc[(PAIR, CROSSOVER), "n"] == 3
