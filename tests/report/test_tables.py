"""The tables behind the figures, against hand-made numbers; and the CSV that carries them."""

from __future__ import annotations

import io
import re
import urllib.parse

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_parts import everything, losses, survival, with_evidence

from twin.estimate.counts import garwood_limits
from twin.report import render, tables
from twin.report.causes import event_in_words
from twin.report.data import Evidence
from twin.report.exhibits import MOST_ROWS, cell, csv_uri, exhibit, head
from twin.results import Results
from twin.scenario import Scenario

JOBS = "interrupted_job_cost_usd_per_year"


def test_mean_and_quantiles_of_cumulative_costs(results: Results) -> None:
    table = tables.costs(results)
    mine = table[table["architecture"] == "centralized"]
    curves = results.cumulative("centralized")
    assert mine["mean_musd"].tolist() == pytest.approx(curves.mean(axis=0) / 1e6)
    assert mine["p95_musd"].tolist() == pytest.approx(np.quantile(curves, 0.95, axis=0) / 1e6)


def test_differences_of_cumulative_costs_are_paired(results: Results) -> None:
    table = tables.cost_differences(results)
    # 150 against 100 at the start; 10 against 30 in the year, luck is common and cancels
    factor = (1.0 + results.manifest.discount_rate) ** -1
    expected = [50e-6, (50.0 - 20.0 * factor) * 1e-6]
    assert table["mean_musd"].tolist() == pytest.approx(expected)
    assert table["p05_musd"].tolist() == pytest.approx(expected)
    assert table["ci_high_musd"].tolist() == pytest.approx(expected, abs=1e-12)
    assert set(table["difference"]) == {"distributed - centralized"}


def test_pairs_are_found_where_replications_are_missing(results: Results) -> None:
    keys = {(k, a) for k in range(12) for a in results.architectures}
    some = results.tables.only(keys - {(0, "centralized"), (5, "distributed")})
    part = Results(results.manifest, some)
    assert len(tables._paired(part, "distributed", "centralized")) == 10
    whole = tables.cost_differences(results)["mean_musd"]
    assert tables.cost_differences(part)["mean_musd"].tolist() == pytest.approx(whole.tolist())


def test_shares_are_those_at_or_below(results: Results) -> None:
    table = tables.shares(results, JOBS)
    for _, mine in table.groupby("architecture"):
        values = mine[JOBS].to_numpy()
        for value, share in zip(values, mine["share"], strict=True):
            assert share == pytest.approx((values <= value).mean())
    assert tables.shares(results, "unheard_of").empty


def test_paths_of_one_event_are_one_event(results: Results) -> None:
    table = tables.frequencies(losses(), results)
    mine = table[table["architecture"] == "distributed"]
    # 12 replications of one year; events of 3 (two paths), 4, 4, 1 and 2 (shed) pods
    assert mine["pods"].tolist() == [1, 2, 3, 4]
    assert mine["events"].tolist() == [1, 1, 1, 2]
    assert mine["frequency_per_year"].tolist() == pytest.approx([n / 12 for n in (5, 4, 3, 2)])
    low, high = garwood_limits(2.0)
    assert mine["ci_low"].iloc[-1] == pytest.approx(low / 12)
    assert mine["ci_high"].iloc[-1] == pytest.approx(high / 12)


def test_causes_are_ranked_by_pods(results: Results) -> None:
    table = tables.ranking(losses(), results)
    assert table["architecture"].tolist() == ["centralized"] + ["distributed"] * 5
    first = table[table["architecture"] == "distributed"].iloc[0]
    assert (first["kind"], first["path"]) == ("sag", "gap longer than hold-up")
    assert first["pod_losses_per_year"] == pytest.approx(8 / 12)
    assert first["events_per_year"] == pytest.approx(2 / 12)
    assert table["pod_losses_per_year"].sum() == pytest.approx(losses()["pods"].sum() / 12)


@pytest.mark.parametrize(
    ("kind", "element", "words"),
    [("sag", "grid", "sag"), ("bus_fault", "bus fault at a pod", "bus fault at a pod"),
     ("static_switch", "racks fault at a pod", "static switch, racks fault at a pod")],
)  # fmt: skip
def test_events_are_told_apart_in_words(kind: str, element: str, words: str) -> None:
    assert event_in_words(kind, element) == words


def test_survival_is_pooled_over_start_hours(results: Results) -> None:
    table = tables.survival(survival(), results)
    row = table[(table["architecture"] == "distributed") & (table["quantity"] == "site")
                & (table["duration_h"] == 2.0)].iloc[0]  # fmt: skip
    best = 1.0 / (1.0 + (2.0 / 3.0) ** 2 * 0.25)
    assert row["highest"] == pytest.approx(best)
    assert row["lowest"] == pytest.approx(0.8 * best)
    assert row["probability"] == pytest.approx(best * (19 + 5 * 0.8) / 24)
    assert row["se"] == pytest.approx(0.02 / 24**0.5)
    assert list(dict.fromkeys(table["quantity"])) == ["site", "2_pods"]


def test_losses_by_stage_are_the_metrics(results: Results) -> None:
    table = tables.stage_losses(results)
    assert table["stage"].tolist() == ["busway", "busway"]
    assert table["mwh_per_year"].tolist() == [7.0, 7.0]


# ---- how they stand in the page ------------------------------------------------------------------


def from_uri(uri: str) -> pd.DataFrame:
    kind, _, text = uri.partition(",")
    assert kind == "data:text/csv;charset=utf-8"
    return pd.read_csv(io.StringIO(urllib.parse.unquote(text)))


def test_the_page_carries_the_tables_of_its_figures(
    results: Results, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.plots.svg", lambda *_: "<svg></svg>")
    known = with_evidence(results, **everything())
    text = render(known, scenario)
    links = {name: from_uri(uri) for uri, name in
             re.findall(r'href="(data:text/csv[^"]+)" download="([^"]+)"', text)}  # fmt: skip
    evidence = Evidence.of(known)
    assert evidence.losses is not None
    assert evidence.survival is not None
    expected = {
        "costs.csv": tables.costs(known),
        "cost-differences.csv": tables.cost_differences(known),
        "job-costs.csv": tables.shares(known, JOBS).rename(columns={JOBS: "usd_per_year"}),
        "pods-down.csv": tables.frequencies(evidence.losses, known),
        "causes.csv": tables.ranking(evidence.losses, known),
        "survival.csv": tables.survival(evidence.survival, known),
        "losses.csv": tables.stage_losses(known),
    }
    assert links.keys() >= expected.keys()
    for name, table in expected.items():
        pd.testing.assert_frame_equal(links[name], table, check_dtype=False, rtol=1e-9)


@given(st.lists(st.tuples(st.text(max_size=8), st.floats(-1e9, 1e9)), min_size=1, max_size=9))
def test_any_table_survives_its_csv(rows: list[tuple[str, float]]) -> None:
    data = pd.DataFrame([(f"x{t}".replace("\r", "").replace("\0", ""), v) for t, v in rows],
                        columns=["words, and \"more\"", "value"])  # fmt: skip
    uri = csv_uri(data)
    assert not set(uri) & set("\"'<>& \n")
    pd.testing.assert_frame_equal(from_uri(uri), data, rtol=1e-9, check_dtype=False)


def test_long_tables_are_shown_in_part_with_first_and_last() -> None:
    data = pd.DataFrame({"hour": np.arange(1000), "price_usd_per_kwh": 0.1})
    text = str(exhibit("x", [], "caption", data))
    shown = re.findall(r'<th scope="row">(\d+)</th>', text)
    assert len(shown) == MOST_ROWS
    assert (shown[0], shown[-1]) == ("0", "999")
    assert f"{MOST_ROWS} of 1,000 rows" in text
    assert len(from_uri(re.findall(r'href="([^"]+)"', text)[0])) == 1000


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("mean_musd", "Mean [M USD]"),
        ("p05_musd", "5 % quantile [M USD]"),
        ("ci_low_per_year", "95 % interval from [1/yr]"),
        ("half_width_mwh_per_year", "± half of the 95 % interval [MWh/yr]"),
        ("price_usd_per_kwh", "Price [USD/kWh]"),
        ("soc:distributed", "State of charge, distributed"),
        ("storage_mw:distributed", "Storage, distributed [MW]"),
        ("duration_h", "Duration [h]"),
        ("per_year", "Rate [1/yr]"),
        ("mwh_per_year", "Energy [MWh/yr]"),
        ("usd_per_year", "Cost [USD/yr]"),
        ("from_worst_moment_s", "From worst moment [s]"),
    ],
)
def test_heads_carry_units(column: str, text: str) -> None:
    assert head(column) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234567.0, "1,234,567"), (0.123456, "0.12346"), (5.0, "5"), (0.0, "0"), (float("nan"), "-"),
     (-1.5e-9, "-1.5e-09"), ("word", "word"), (7, "7"), (np.float64(2.5), "2.5")],
)  # fmt: skip
def test_cells(value: object, text: str) -> None:
    assert cell(value) == text
