"""The page: complete, self-contained, nothing unescaped, the same text every time."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path

import fake_plant
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_parts import everything, losses, made, split, survival, tornado, with_evidence

from twin import plots
from twin.report import Week, render, typical_week, watch, write
from twin.report.html import escape, tag
from twin.results import Failure, Results
from twin.scenario import Scenario

VOID = {"meta", "br", "hr", "img", "link"}
MORE = {"difference": "results", "disturbances": "job-cost", "survival": "disturbances",
        "hinges": "assumptions"}  # fmt: skip


class Checker(HTMLParser):
    """Checks that every element is closed in order, and collects what the page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(name)
        found = dict(attributes)
        self.ids += [str(found["id"])] if "id" in found else []
        for key in ("src", "href", "xlink:href", "data", "srcset", "poster"):
            link = found.get(key) or "#"
            if not link.startswith(("#", "data:text/csv", "data:image/png")):
                self.loads.append(link)
        if name not in VOID:
            self.open.append(name)

    def handle_startendtag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(name, attributes)
        self.handle_endtag(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name


def checked(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    assert not checker.open
    return checker


def anchors(text: str) -> list[str]:
    return re.findall(r'<section id="([^"]+)"', text)


@pytest.fixture(scope="module")
def week(scenario: Scenario) -> Week:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twin.plant.trace_replication", fake_plant.trace_replication)
        found = typical_week(scenario, 1, scenario.chosen())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def text(results: Results, scenario: Scenario, week: Week) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twin.plant.trace_replication", fake_plant.trace_replication)
        episode = watch(scenario, 1, 3, "distributed")
    return render(with_evidence(results, **everything()), scenario, episode, week)


def test_the_page_is_well_formed_and_needs_no_network(text: str) -> None:
    checker = checked(text)
    assert checker.loads == []
    assert checker.tags & {"script", "link", "iframe", "object", "base"} == set()
    assert not re.search(r"@import|url\((?!#)", text)
    assert len(text.encode()) < 3e6


def test_no_anchor_or_identifier_stands_twice(text: str) -> None:
    ids = checked(text).ids
    assert len(ids) == len(set(ids))


def test_the_sections_stand_in_their_order(text: str) -> None:
    order = ["answer", "results", "difference", "designs", "cost", "job-cost", "disturbances",
             "survival", "losses", "week", "bad-day", "assumptions", "hinges", "limits", "metrics",
             "made"]  # fmt: skip
    assert anchors(text) == order
    linked = re.findall(r'<li><a href="#([^"]+)"', text)
    assert linked == order[1:-1], "the contents lead to all that have a title"


def test_the_page_has_all_its_parts(text: str) -> None:
    for part in (
        "Interrupted-job cost", "levelized_cost_usd_per_it_mwh", "losses_busway_mwh_per_year",
        'name="viewport"', "What is not modelled", "within a second",
        "harmonics", "selectivity",
    ):  # fmt: skip
        assert part in text
    assert text.index("Assumed (") < text.index("With a source (")


def test_every_figure_says_what_it_shows_and_has_its_numbers(text: str) -> None:
    figures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
    assert len(figures) == 12
    for figure in figures:
        drawings = re.findall(r"<svg[^>]*>", figure)
        assert drawings
        assert all(re.search(r'role="img" aria-label="[^"]{20,}"', d) or "single-line" in d
                   for d in drawings)  # fmt: skip
        assert "<figcaption>" in figure
        assert "The numbers behind it" in figure
        assert 'href="data:text/csv' in figure


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the time of drawing where only the text matters."""
    for name in (n for n in plots.__all__ if n.endswith(("_figure", "_map"))):
        monkeypatch.setattr(f"twin.plots.{name}", lambda *_: plots.figure(1.0, 1.0))


@pytest.mark.parametrize("anchor", MORE)
def test_what_a_run_does_not_have_is_left_out(
    anchor: str, results: Results, scenario: Scenario, undrawn: None
) -> None:
    parts = {"difference": {"split": split()}, "disturbances": {"losses": losses()},
             "survival": {"survival": survival()}, "hinges": {"tornado": tornado()}}  # fmt: skip
    without = anchors(render(results, scenario))
    assert not set(MORE) & set(without)
    assert not {"week", "bad-day"} & set(without)
    found = anchors(render(with_evidence(results, **parts[anchor]), scenario))
    assert [a for a in found if a in MORE] == [anchor]


def test_empty_tables_are_left_out_like_missing_ones(
    results: Results, scenario: Scenario, undrawn: None
) -> None:
    empty = {"losses": losses().iloc[:0], "survival": survival().iloc[:0], "split": None,
             "tornado": tornado().iloc[:0]}  # fmt: skip
    assert render(with_evidence(results, **empty), scenario) == render(results, scenario)


def test_the_same_results_give_the_same_page(
    results: Results, scenario: Scenario, week: Week, text: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twin.plant.trace_replication", fake_plant.trace_replication)
        episode = watch(scenario, 1, 3, "distributed")
    assert render(with_evidence(results, **everything()), scenario, episode, week) == text


def test_text_of_users_is_escaped(
    text: str, results: Results, scenario: Scenario, undrawn: None
) -> None:
    assert "<script>" not in text
    assert "&lt;script&gt;" in text  # the scenario's description
    assert "&lt;tiny&gt;" in text  # the command
    assert "&lt;empty&gt;" in text  # an event
    bad = losses().assign(path="<b>", kind="<i>")
    hurt = split()
    object.__setattr__(hurt, "reference", "<u>")
    page = render(with_evidence(results, losses=bad, split=hurt), scenario)
    assert not re.search(r"<[biu]>", page)
    checked(page)


@given(st.text())
def test_any_text_is_escaped_and_comes_back(words: str) -> None:
    for inside in (str(escape(words)), tag("p", title=words)[10:-6]):
        assert not set(inside) & set("<>\"'")
        assert html.unescape(inside) == html.unescape(html.escape(words))


def test_failures_are_not_hidden(results: Results, scenario: Scenario, undrawn: None) -> None:
    from dataclasses import replace

    failed = replace(results.manifest, failures=(Failure(7, "distributed", "E: <x>", ""),))
    page = render(replace(results, manifest=failed), scenario)
    assert "1 simulations failed and are left out" in page
    assert "replication 7 of distributed: E: &lt;x&gt;" in page


def test_a_run_without_results_has_a_page(
    results: Results, scenario: Scenario, tmp_path: Path
) -> None:
    none = Results.of(results.manifest.asking([], scenario.chosen()), results.tables)
    text = write(none, scenario, tmp_path).read_text()
    checked(text)
    assert "no answer" in text
    assert not {"cost", "job-cost", "losses"} & set(anchors(text))


def test_a_single_architecture_has_a_page(
    results: Results, scenario: Scenario, undrawn: None
) -> None:
    alone = Results.of(results.manifest.asking(range(12), ["distributed"]), results.tables)
    text = render(alone, scenario)
    checked(text)
    assert "figure-cost-differences" not in text
    assert "crossovers" not in text


def test_parts_that_are_not_defined_are_shown_as_such(
    results: Results, scenario: Scenario, undrawn: None
) -> None:
    hurt = split(tco_npv_usd=made(None))
    del hurt.estimates["pod_losses_per_year"]["size"]
    text = render(with_evidence(results, split=hurt), scenario)
    row = re.search(
        r"<tr><th[^>]*>Pod losses \[1/yr\]</th>(.*?)</tr>", text[text.index('id="difference"') :]
    )
    assert row is not None
    assert "<td>-</td>" in row.group(1)
