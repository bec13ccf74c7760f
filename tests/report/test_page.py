"""The page: complete, self-contained, nothing unescaped; figures are deterministic."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import fake_plant
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import plots
from twin.report import answer, render, watch, write
from twin.report.html import escape, tag
from twin.results import Failure, Results
from twin.scenario import Scenario

VOID = {"meta", "br", "hr", "img", "link"}


class Checker(HTMLParser):
    """Checks that every element is closed in order, and collects what the page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(name)
        self.loads += [
            v for k, v in attributes if k in ("src", "href", "xlink:href") and v and v[0] != "#"
        ]
        if name not in VOID:
            self.open.append(name)

    def handle_startendtag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(name, attributes)
        self.handle_endtag(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name


@pytest.fixture(scope="module")
def text(results: Results, scenario: Scenario) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twin.plant.trace_replication", fake_plant.trace_replication)
        return render(results, scenario, watch(scenario, 1, 3, "distributed"))


def test_the_page_is_well_formed_and_needs_no_network(text: str) -> None:
    checker = Checker()
    checker.feed(text)
    assert not checker.open
    assert checker.loads == []
    assert "script" not in checker.tags
    assert not re.search(r"@import|url\((?!#)", text)


def test_the_page_has_all_its_parts(text: str, results: Results) -> None:
    assert str(escape(answer(results))) in text
    for part in (
        "Cumulative discounted cost", "One bad day", "All metrics", "Assumptions",
        "What is not modelled", "Interrupted-job cost", "levelized_cost_usd_per_it_mwh",
        "losses_busway_mwh_per_year", 'name="viewport"',
    ):  # fmt: skip
        assert part in text
    assert text.count("<svg") == 2
    assert text.index("Assumed (") < text.index("With a source (")


def test_text_of_users_is_escaped(text: str) -> None:
    assert "<script>" not in text
    assert "&lt;script&gt;" in text  # the scenario's description
    assert "&lt;tiny&gt;" in text  # the command
    assert "&lt;empty&gt;" in text  # an event


@given(st.text())
def test_any_text_is_escaped_and_comes_back(words: str) -> None:
    for inside in (str(escape(words)), tag("p", title=words)[10:-6]):
        assert not set(inside) & set("<>\"'")
        assert html.unescape(inside) == html.unescape(html.escape(words))


def test_without_a_bad_day_there_is_no_such_section(results: Results, scenario: Scenario) -> None:
    assert "One bad day" not in render(results, scenario)


def test_failures_are_not_hidden(results: Results, scenario: Scenario) -> None:
    from dataclasses import replace

    failed = replace(results.manifest, failures=(Failure(7, "distributed", "E: <x>", ""),))
    page = render(replace(results, manifest=failed), scenario)
    assert "1 simulations failed and are left out" in page
    assert "replication 7 of distributed: E: &lt;x&gt;" in page


def test_a_run_without_results_has_a_page(
    results: Results, scenario: Scenario, tmp_path: Path
) -> None:
    none = Results.of(results.manifest.asking([], scenario.chosen()), results.tables)
    file = write(none, scenario, tmp_path)
    assert "no answer" in file.read_text()


def test_the_same_figure_gives_the_same_text(results: Results) -> None:
    curves = {name: results.cumulative(name) for name in results.architectures}
    one, two = (
        plots.svg(plots.cumulative_cost_figure(results.times, curves), "x") for _ in range(2)
    )
    assert one == two
    assert "[M USD]" in one


def test_the_cost_figure_shows_mean_and_band() -> None:
    costs = np.arange(101.0)[:, np.newaxis] * [0.0, 1e6]
    drawn = plots.cumulative_cost_figure([0.0, 1.0], {"a": costs})
    (line,) = drawn.axes[0].lines
    assert line.get_ydata().tolist() == [0.0, 50.0]
    (band,) = drawn.axes[0].collections
    assert band.get_paths()[0].get_extents().extents[[1, 3]] == pytest.approx([0.0, 95.0])


def test_every_axis_of_the_trace_figure_has_its_unit(scenario: Scenario, plant: None) -> None:
    seen = watch(scenario, 1, 0, "centralized")
    drawn = plots.trace_figure(
        seen.trace.series, [360_005.0], seen.stretch_s, seen.close_s, seen.centre_s, "x"
    )
    labels = [axes.get_ylabel() for axes in drawn.axes if axes.get_ylabel()]
    assert labels == [panel.label for panel in plots.PANELS]
    times = [axes.get_xlabel() for axes in drawn.axes if axes.get_xlabel()]
    assert times == ["Time from the worst moment [s]", "Time [min]"]


@given(st.lists(st.sampled_from([0.0, 1.0, 2.5, -7.0]), min_size=1, max_size=300))
def test_thinned_stairs_look_the_same(values: list[float]) -> None:
    y = np.array(values)
    x = np.arange(y.size, dtype=float)
    thin_x, thin_y = plots.thin(x, y, most=1000)
    back = thin_y[np.searchsorted(thin_x, x, side="right") - 1]
    assert np.array_equal(back, y)


@given(st.integers(500, 5000), st.integers(0, 2**32 - 1))
def test_thinning_keeps_extremes_and_limits_the_number(n: int, seed: int) -> None:
    y = np.random.default_rng(seed).random(n)
    x, kept = plots.thin(np.arange(n, dtype=float), y, most=100)
    assert kept.size <= 102
    assert (kept.min(), kept.max()) == (y.min(), y.max())
    assert (x[0], x[-1]) == (0.0, n - 1.0)


def test_pyplot_is_left_alone() -> None:
    code = "import twin.plots, sys; sys.exit('matplotlib.pyplot' in sys.modules)"
    root = Path(__file__).parent.parent.parent
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
