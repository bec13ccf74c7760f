"""The answer as a paragraph, the split and the deciders: no clause says more than its interval."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_parts import PAIR, made, split, tornado, with_evidence

from twin.estimate import Estimate
from twin.report.conclusion import paragraph
from twin.report.data import Evidence
from twin.report.deciders import Decider, deciders
from twin.report.sections.parts import credited
from twin.report.wording import spoken, verdict
from twin.results import Results
from twin.scenario import Row

TCO, JOBS, PODS = "tco_npv_usd", "interrupted_job_cost_usd_per_year", "pod_losses_per_year"
ROWS = [
    Row("psu.hold_up_load_share", 1.0, "1", "Load at which the hold-up is reckoned", "assumed", "C"),
    Row("pv.peak_kw", 1.0, "kW", "Rating", "somebody", "A"),
    Row("architectures.distributed.storage.capex_usd_per_kwh", 180.0, "USD/kWh", "Installed cost",
        "Ember", "C"),
]  # fmt: skip


def replaced(results: Results, **gaps: Estimate) -> Results:
    """Return results whose differences are set by hand."""
    copy = dataclasses.replace(results)
    copy.__dict__["differences"] = {PAIR: {**results.differences[PAIR], **gaps}}
    return copy


def told(results: Results, evidence: Evidence | None = None, rows: Sequence[Row] = ROWS) -> str:
    return " ".join(paragraph(results, evidence or Evidence(), rows))


@pytest.mark.parametrize(
    ("gap", "found"),
    [
        (made(-3.0, 1.0), "lower"), (made(3.0, 1.0), "higher"), (made(-3.0, 4.0), "unclear"),
        (made(-3.0, 3.0), "unclear"), (made(3.0), "unknown"), (made(0.0), "equal"),
        (made(0.0, 0.0), "equal"), (made(0.0, 1.0), "unclear"), (made(None), "undefined"),
        (None, "undefined"),
    ],
)  # fmt: skip
def test_verdicts(gap: Estimate | None, found: str) -> None:
    assert verdict(gap) == found


def test_the_winner_and_its_price(results: Results) -> None:
    gaps = {TCO: made(-2e6, 5e5), JOBS: made(6e4, 2e3, "USD/yr"), PODS: made(70.0, 2.0, "1/yr")}
    text = told(replaced(results, **gaps))
    base = results.estimates["centralized"][TCO].mean
    assert base is not None
    assert text.startswith(
        "Over 1 year of tiny (12 replications), distributed costs less than centralized: its total "
        f"cost of ownership is lower by 2.00 ± 0.50 M USD ({2e8 / base:.1f} %). In protection, "
        "distributed is worse: interrupted jobs cost 60,000 ± 2,000 USD a year more, and 70.0 ± 2.0 "
        "more pods are lost a year. "
    )
    assert "rests on 3 figures, of which 1 are assumed" in text
    assert text.endswith("neither the assumptions nor what is not modelled.")


@pytest.mark.parametrize(
    ("gap", "says"),
    [
        (made(3e6, 1e6), "distributed costs more than centralized: its total cost of ownership is "
                         "higher by 3.0 ± 1.0 M USD"),
        (made(-3e6, 4e6), "there is no significant difference in total cost between distributed and "
                          "centralized (-3.0 ± 4.0 M USD): which of them is cheaper this run cannot"),
        (made(-3e6), "too few replications to tell whether by chance"),
        (made(0.0), "had the same total cost in every replication seen"),
        (made(None), "the difference in total cost between distributed and centralized is not defined"),
    ],
)  # fmt: skip
def test_the_first_sentence(results: Results, gap: Estimate, says: str) -> None:
    sentences = paragraph(replaced(results, tco_npv_usd=gap), Evidence(), ROWS)
    assert says in sentences[0]


@given(mean=st.floats(-1e7, 1e7), half=st.floats(0.0, 1e7), jobs=st.floats(-1e5, 1e5),
       wide=st.floats(0.0, 1e5))  # fmt: skip
def test_no_winner_without_an_interval_that_bears_it(
    results: Results, mean: float, half: float, jobs: float, wide: float
) -> None:
    gaps = {TCO: made(mean, half), JOBS: made(jobs, wide, "USD/yr")}
    first, second = paragraph(replaced(results, **gaps), Evidence(), ROWS)[:2]
    sure = abs(mean) > half
    assert ("costs less" in first) == (sure and mean < 0.0)
    assert ("costs more" in first) == (sure and mean > 0.0)
    sure_jobs = abs(jobs) > wide
    assert ("a year more, and" in second) == (sure_jobs and jobs > 0.0)
    assert ("a year less, and" in second) == (sure_jobs and jobs < 0.0)


def test_protection_that_is_not_surely_worse_is_no_price(results: Results) -> None:
    gaps = {TCO: made(-2e6, 5e5), JOBS: made(6e4, 9e4, "USD/yr"), PODS: made(0.0, unit="1/yr")}
    text = told(replaced(results, **gaps))
    assert "As to protection, the cost" in text
    assert (
        "the cost of interrupted jobs does not differ significantly (+60,000 ± 90,000 USD a year)"
        in text
    )
    assert "the number of pod losses was the same in every replication seen" in text


@pytest.mark.parametrize(
    ("jobs", "pods", "start"),
    [
        (
            made(-6e4, 2e3),
            made(-7.0, 2.0),
            "In protection, distributed is better: interrupted jobs cost 60,000",
        ),
        (
            made(6e4, 9e4),
            made(7.0, 2.0),
            "In protection, distributed is worse: the cost of interrupted jobs does",
        ),
        (made(6e4, 2e3), made(-7.0, 2.0), "As to protection, interrupted jobs cost 60,000"),
        (made(6e4), made(7.0), "As to protection, the cost of interrupted jobs differs by"),
    ],
)
def test_protection_is_called_worse_or_better_only_if_nothing_speaks_against_it(
    results: Results, jobs: Estimate, pods: Estimate, start: str
) -> None:
    gaps = {JOBS: jobs, PODS: pods}
    assert paragraph(replaced(results, **gaps), Evidence(), ROWS)[1].startswith(start)


@pytest.mark.parametrize(
    ("curve", "says"),
    [
        ((4.2, 4.1, 4.3), "from year 4.2 on (95 % interval of that year: 4.1 to 4.3)"),
        (
            (0.0, 0.0, None),
            "from the start (95 % interval of that year: 0.0 to beyond the horizon)",
        ),
        ((None, 9.0, None), ""),
    ],
)
def test_the_crossover_carries_its_interval(
    results: Results, curve: tuple[float | None, ...], says: str
) -> None:
    found = dataclasses.replace(
        results.differences[PAIR]["crossover_year"], mean_curve=curve[0],  # type: ignore[arg-type]
        mean_curve_ci_low=curve[1], mean_curve_ci_high=curve[2],
    )  # fmt: skip
    text = told(replaced(results, crossover_year=found))  # type: ignore[arg-type]
    assert ("is ahead of" in text) == bool(says)
    assert says in text


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        (made(-5e5, 1e5), "its total cost is lower by 500,000 ± 100,000 USD: only that is the doing"),
        (made(1e5, 5e5), "does not differ significantly (+100,000 ± 500,000 USD), so nothing of the "
                         "difference is credited"),
    ],
)  # fmt: skip
def test_distribution_is_credited_with_what_survives(
    results: Results, rest: Estimate, says: str
) -> None:
    evidence = Evidence(split=split(tco_npv_usd=rest))  # type: ignore[arg-type]
    assert "Against centralized-bess, the same storage on the site bus, its total cost" in told(
        results, evidence
    )
    assert says in told(results, evidence)


def test_what_the_answer_hangs_on(results: Results) -> None:
    text = told(results, Evidence(tornado=tornado()))
    assert (
        "Of the figures tried, it hangs most on “installed cost” (110 to 350 USD/kWh), over which "
        "the winner changes: total cost -4.00 ± 0.26 M USD at 110, +2.10 ± 0.26 M USD at 350, "
        "zero near 269 by interpolation."
    ) in text


def test_further_architectures_get_a_clause_each(results: Results) -> None:
    names = ["centralized", "distributed", "other"]
    copy = Results.of(results.manifest.asking(range(12), names), results.tables)
    gap = results.differences[PAIR]
    copy.__dict__["differences"] = {PAIR: gap, "other - centralized": {**gap, TCO: made(1e6, 2e6)}}
    copy.__dict__["estimates"] = {**results.estimates, "other": results.estimates["distributed"]}
    assert (
        "Total cost of the others against centralized: other not significantly different "
        "(+1.0 ± 2.0 M USD)."
    ) in told(copy)


def test_one_architecture_and_none(results: Results) -> None:
    alone = Results.of(results.manifest.asking(range(12), ["distributed"]), results.tables)
    assert "against" not in told(alone)
    none = Results.of(results.manifest.asking([], ["a"]), results.tables)
    assert told(none) == "No replication was finished, so there is no answer."


def test_amounts_in_sentences() -> None:
    assert spoken(made(3.0, 1.0, "1/yr")) == "+3.0 ± 1.0 a year"
    assert spoken(made(-3e6, 1e6, "USD/yr"), signed=False) == "3.0 ± 1.0 M USD a year"
    assert spoken(made(3.0, 1.0, "USD")) == "+3.0 ± 1.0 USD"


# ---- the split -----------------------------------------------------------------------------------


def test_each_metric_is_credited_on_its_own() -> None:
    jobs, pods, money = credited(split())  # type: ignore[arg-type]
    assert jobs == (
        "Interrupted-job cost: +63,500 ± 2,000 USD a year in all; against centralized-bess no "
        "significant difference (-480 ± 900 USD a year), so nothing of it is credited to distribution."
    )
    assert "it is -0.40 ± 0.20 a year: distribution itself works the other way" in pods
    assert money.startswith("Total cost of ownership: -2.20 ± 0.20 M USD in all")
    assert "+0.31 ± 0.12 M USD: distribution itself works the other way" in money


@given(total=st.floats(-9.0, 9.0), wide=st.floats(0.0, 9.0), rest=st.floats(-9.0, 9.0),
       half=st.floats(0.0, 9.0))  # fmt: skip
def test_nothing_is_credited_without_an_interval_that_bears_it(
    total: float, wide: float, rest: float, half: float
) -> None:
    found = split()
    one = dataclasses.replace(
        found, total={PODS: made(total, wide, "1/yr")}, surviving={PODS: made(rest, half, "1/yr")}
    )
    (text,) = credited(one)  # type: ignore[arg-type]
    sure, whole = abs(rest) > half, abs(total) > wide
    assert ("nothing of it is credited" in text) == (not sure)
    assert ("survives" in text) == (sure and whole and (rest > 0.0) == (total > 0.0))
    assert ("other way" in text) == (sure and whole and (rest > 0.0) != (total > 0.0))


def test_what_is_not_defined_is_not_credited() -> None:
    found = split(tco_npv_usd=made(None))
    assert all("Total cost" not in text for text in credited(found))  # type: ignore[arg-type]


# ---- the deciders --------------------------------------------------------------------------------


def test_deciders_are_ranked_by_their_effect() -> None:
    found = deciders(tornado(), PAIR, TCO, ROWS)
    assert [d.key.rpartition(".")[2] for d in found] == [
        "capex_usd_per_kwh", "hold_up_load_share", "gpu_hour_usd"]  # fmt: skip
    assert [d.swing for d in found] == pytest.approx([6.1e6, 0.5e6, 0.25e6])
    assert deciders(tornado(), "other - centralized", TCO, ROWS) == []
    assert deciders(None, PAIR, TCO, ROWS) == []


def test_a_figure_with_one_end_only_decides_nothing() -> None:
    table = tornado()
    cut = table[~((table["key"] == "economics.gpu_hour_usd") & (table["side"] == "low"))]
    assert "economics.gpu_hour_usd" not in [d.key for d in deciders(cut, PAIR, TCO, ROWS, 9)]


def test_the_meaning_of_a_shared_key_is_found() -> None:
    table = tornado().replace(
        {
            "key": {
                "architectures.distributed.storage.capex_usd_per_kwh": "storage.capex_usd_per_kwh"
            }
        }
    )
    first = deciders(table, PAIR, TCO, ROWS)[0]
    assert first.words == "“installed cost” (110 to 350 USD/kWh)"
    assert first.name == "storage.capex_usd_per_kwh (Installed cost; 110 to 350 USD/kWh)"


@pytest.mark.parametrize(
    ("means", "half", "says"),
    [
        ((-3.0, -2.0, -1.0), 0.5, "B keeps the lower total cost: total cost -3.00 ± 0.50 USD at 0"),
        ((3.0, 2.0, 1.0), 0.5, "B keeps the higher total cost"),
        ((-3.0, -1.0, 1.0), 0.5, "the winner changes: total cost -3.00 ± 0.50 USD at 0, +1.00 ± 0.50 "
                                 "USD at 2, zero near 1.5 by interpolation"),
        ((-3.0, -1.0, -0.2), 0.5, "a winner cannot be told everywhere"),
        ((-0.3, 0.1, 0.2), 0.5, "no winner can be told"),
    ],
)  # fmt: skip
def test_whether_the_winner_changes(
    means: tuple[float, float, float], half: float, says: str
) -> None:
    low, base, high = (made(m, half) for m in means)
    assert says in Decider("k", "", "", (0.0, 1.0, 2.0), (low, base, high)).told("B")


def test_results_without_more_know_no_more(results: Results) -> None:
    assert Evidence.of(results) == Evidence()
    known = Evidence.of(with_evidence(results, tornado=tornado(), losses=pd.DataFrame()))
    assert known.tornado is not None
    assert known.losses is None
