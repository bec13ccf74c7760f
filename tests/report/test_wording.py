"""Numbers are rounded to what is known, and sentences say no more than the intervals bear."""

from __future__ import annotations

import dataclasses

import pytest

from twin.estimate import Estimate
from twin.report.wording import answer, cell, headline_lines, line, scale
from twin.results import Results


def made(mean: float | None, half: float | None = None, unit: str = "USD", low: float | None = None,
         high: float | None = None) -> Estimate:  # fmt: skip
    if mean is not None and half is not None:
        low, high = mean - half, mean + half
    return Estimate(mean, None, low, high, None, None, None, 9, unit)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (made(1234.567, 0.1234), "1,234.57 ± 0.12"),
        (made(1234.567, 98.7), "1,235 ± 99"),
        (made(123456.0, 3456.0), "123,500 ± 3,500"),
        (made(0.99851, 0.0026), "0.9985 ± 0.0026"),
        (made(-0.0001, 0.5), "0.00 ± 0.50"),
        (made(5.0, 0.0), "5 ± 0"),
        (made(-3159024.0, 0.0), "-3,159,020 ± 0"),
        (made(1928.3, 7e-13), "1,928.3 ± 0"),
        (made(7.0), "7.00 (no interval)"),
        (made(0.0, low=0.0, high=0.0184), "0 (below 0.018)"),
        (made(1.2345e-12, 3e-12), "1.2e-12 ± 3.0e-12"),
        (made(None), "-"),
        (None, "-"),
    ],
)
def test_rounding(estimate: Estimate | None, text: str) -> None:
    assert cell(estimate) == text


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (made(1.26, 0.5), "+1.26 ± 0.50"),
        (made(-1.26, 0.5), "-1.26 ± 0.50"),
        (made(0.0, 0.5), "0.00 ± 0.50"),
    ],
)
def test_differences_carry_their_sign(estimate: Estimate, text: str) -> None:
    assert cell(estimate, signed=True) == text


def test_scale() -> None:
    assert scale("USD/yr", [made(2.5e6), None]) == (1e-6, "M USD/yr")
    assert scale("USD/yr", [made(999_999.0)]) == (1.0, "USD/yr")
    assert scale("USD/MWh", [made(2.5e6)]) == (1.0, "USD/MWh")
    assert scale("1", []) == (1.0, "")


def replaced(results: Results, **gaps: Estimate) -> Results:
    """Return results whose differences are set by hand."""
    copy = dataclasses.replace(results)
    (pair,) = results.differences
    copy.__dict__["differences"] = {pair: {**results.differences[pair], **gaps}}
    return copy


@pytest.mark.parametrize(
    ("gap", "says"),
    [
        (made(-3e6, 1e6), "total cost lower by 3.0 ± 1.0 M USD"),
        (made(3e6, 1e6), "total cost higher by 3.0 ± 1.0 M USD"),
        (made(-3e6, 4e6), "no significant difference in total cost (-3.0 ± 4.0 M USD)"),
        (made(-3e6, 3e6), "no significant difference in total cost"),
        (made(-3e6), "total cost -3.00 (no interval) M USD, too few replications to tell"),
        (made(0.0), "total cost equal in every replication seen"),
        (made(None), "total cost not defined"),
    ],
)
def test_the_answer_claims_only_what_the_interval_bears(
    results: Results, gap: Estimate, says: str
) -> None:
    text = answer(replaced(results, tco_npv_usd=gap))
    assert says in text
    assert text.startswith("Over 1 year of tiny (12 replications), distributed against centralized")
    assert text.count(". ") == 0
    assert text.endswith(".")


def test_without_jobs_unserved_energy_is_told_instead(results: Results) -> None:
    gaps = {"interrupted_job_cost_usd_per_year": made(None),
            "eue_it_mwh_per_year": made(2.0, 0.5, unit="MWh/yr")}  # fmt: skip
    text = answer(replaced(results, **gaps))
    assert "unserved energy higher by 2.00 ± 0.50 MWh/yr" in text
    assert "interrupted" not in text


def test_a_single_architecture_is_not_compared(results: Results) -> None:
    alone = Results.of(results.manifest.asking(range(12), ["distributed"]), results.tables)
    assert "against" not in answer(alone)
    assert "distributed costs 48." in answer(alone)


def test_without_replications_there_is_no_answer(results: Results) -> None:
    assert "no answer" in answer(Results.of(results.manifest.asking([], ["a"]), results.tables))


def test_the_six_headline_rows_in_their_order(results: Results) -> None:
    lines = headline_lines(results)
    assert [entry.metric for entry in lines] == [
        "interrupted_job_cost_usd_per_year", "pod_losses_per_year", "degradation_index",
        "electricity_cost_usd_per_year", "lcos_usd_per_mwh", "tco_npv_usd",
    ]  # fmt: skip
    assert all(len(entry.cells) == 3 for entry in lines)
    assert lines[3].unit == "M USD/yr"
    assert lines[4].cells[0] == "-"


def test_a_crossover_is_told_with_the_share_that_crosses(results: Results) -> None:
    shown = line(results, results.metrics["crossover_year"], "crossover")
    # 150 against 100 at the start, 10 against 30 a year: not within the single year of 'tiny'
    assert shown.cells == ("-", "-", "never (0% cross)")
