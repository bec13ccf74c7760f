"""Figures show the tables they are given, with units, in one colour per architecture."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from report_parts import losses, split, survival, tornado

from twin import plots
from twin.plots.drawing import columns_of, styles
from twin.report import tables, watch
from twin.report.deciders import deciders
from twin.report.sections.basis import decider_table
from twin.report.sections.parts import waterfall_table
from twin.results import Results
from twin.scenario import Scenario

NAMES = ("centralized", "distributed")
TCO, JOBS = "tco_npv_usd", "interrupted_job_cost_usd_per_year"


def labelled(axes: Axes) -> dict[str, tuple[list[float], list[float]]]:
    """Return x and y of all lines that have a label."""
    return {
        str(line.get_label()): (list(line.get_xdata()), list(line.get_ydata()))
        for line in axes.lines
        if not str(line.get_label()).startswith("_")
    }


def drawn_all(results: Results) -> dict[str, Figure]:
    """Return one figure of each kind."""
    gaps = tables.cost_differences(results)
    pooled = tables.survival(survival(), results)
    waterfall, unit = waterfall_table(split(), TCO)  # type: ignore[arg-type]
    found = deciders(tornado(), "distributed - centralized", TCO, [])
    return {
        "costs": plots.cumulative_cost_figure(tables.costs(results)),
        "gaps": plots.cost_difference_figure(gaps, {}, NAMES),
        "shares": plots.share_figure(tables.shares(results, JOBS), JOBS, "Cost [USD/yr]"),
        "losses": plots.losses_figure(tables.stage_losses(results)),
        "pods": plots.frequency_figure(tables.frequencies(losses(), results), NAMES),
        "survival": plots.survival_figure(pooled[pooled["quantity"] == "site"], NAMES),
        "waterfall": plots.waterfall_figure(waterfall, "Total cost", unit),
        "deciders": plots.deciders_figure(decider_table(found)[0], "Total cost", "M USD"),
    }


@pytest.fixture(scope="module")
def drawn(results: Results) -> dict[str, Figure]:
    return drawn_all(results)


def test_every_axis_has_its_unit(drawn: dict[str, Figure]) -> None:
    unitless = {"Year", "Duration of the outage", "Pods taken down by one event, at least"}
    for name, figure in drawn.items():
        for axes in figure.axes:
            for label in (axes.get_xlabel(), axes.get_ylabel()):
                named = not label and name in ("losses", "waterfall", "deciders")  # names, no scale
                assert named or "[" in label or label in unitless, (name, label)


def test_the_same_figure_gives_the_same_text(results: Results) -> None:
    one, two = (
        plots.svg(plots.cumulative_cost_figure(tables.costs(results)), "x") for _ in range(2)
    )
    assert one == two


def test_svg_leaves_the_rest_of_the_page_alone(drawn: dict[str, Figure]) -> None:
    text = plots.svg(drawn["costs"], "x", 'what "it" shows')
    assert text.startswith('<svg role="img" aria-label="what &quot;it&quot; shows"')
    assert "<style" not in text
    assert "<metadata" not in text
    assert "[M USD]" in text, "text stays text"


def test_lines_and_bands_are_those_of_the_table(results: Results, drawn: dict[str, Figure]) -> None:
    table = tables.costs(results)
    lines = labelled(drawn["costs"].axes[0])
    assert list(lines) == list(NAMES)
    for name, (x, y) in lines.items():
        mine = table[table["architecture"] == name]
        assert x == mine["year"].tolist()
        assert y == mine["mean_musd"].tolist()
    bands = drawn["costs"].axes[0].collections
    mine = table[table["architecture"] == "distributed"]
    extents = bands[1].get_paths()[0].get_extents().extents
    assert extents[[1, 3]] == pytest.approx([mine["p05_musd"].min(), mine["p95_musd"].max()])


def test_a_crossover_is_marked_where_it_is(results: Results) -> None:
    gaps = tables.cost_differences(results)
    marks = {"distributed - centralized": (0.6, 0.5, None)}
    axes = plots.cost_difference_figure(gaps, marks, NAMES).axes[0]
    assert any(t.get_text() == "year 0.6" for t in axes.texts)
    points = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]
    assert ([0.6], [0.0]) in points
    assert ([0.5, 1.0], [0.0, 0.0]) in points, "an open end reaches to the horizon"


def test_shares_rise_to_one(results: Results, drawn: dict[str, Figure]) -> None:
    x, y = labelled(drawn["shares"].axes[0])["distributed"]
    rows = results.rows("distributed")[JOBS]
    assert x[1:] == sorted(rows)
    assert y[0] == 0.0
    assert y[1:] == pytest.approx(np.arange(1, 13) / 12)


def test_pods_per_event_step_down(drawn: dict[str, Figure]) -> None:
    x, y = labelled(drawn["pods"].axes[0])["distributed"]
    # 12 replications of a year: events of 3, 4, 4, 1 and 2 (shed) pods
    assert x == [0.5, 1.5, 2.5, 3.5, 4.5]
    assert y == pytest.approx([n / 12 for n in (5, 5, 4, 3, 2)])
    assert drawn["pods"].axes[0].get_yscale() == "log"


def test_stacked_losses_reach_their_sum(results: Results, drawn: dict[str, Figure]) -> None:
    table = tables.stage_losses(results)
    (axes,) = drawn["losses"].axes
    ends = [bar.get_x() + bar.get_width() for bar in axes.patches]
    assert max(ends) == pytest.approx(table.groupby("architecture")["mwh_per_year"].sum().max())


def test_waterfalls_end_at_the_total(drawn: dict[str, Figure]) -> None:
    bars = drawn["waterfall"].axes[0].patches
    ends = [bar.get_y() + bar.get_height() for bar in bars]
    assert ends == pytest.approx([0.4, 0.3, 1.5, -2.2, -2.2])
    assert [bar.get_y() for bar in bars] == pytest.approx([0.0, 0.4, 0.3, 1.5, 0.0])


def test_bars_of_deciders_reach_from_the_answer_to_the_ends(drawn: dict[str, Figure]) -> None:
    bars = drawn["deciders"].axes[0].patches
    lows = [bar.get_x() + bar.get_width() for bar in bars[:3]]
    highs = [bar.get_x() + bar.get_width() for bar in bars[3:]]
    assert lows == pytest.approx([-4.0, -2.8, -2.4])
    assert highs == pytest.approx([2.1, -2.3, -2.15])
    assert {bar.get_x() for bar in bars} == {-2.3}


def test_an_architecture_keeps_its_colour(drawn: dict[str, Figure]) -> None:
    for name in ("costs", "gaps", "shares", "pods", "survival"):
        for line in drawn[name].axes[0].lines:
            if line.get_label() == "distributed":
                assert line.get_color() == plots.COLOURS[1], name


def test_colours_and_dashes_tell_seven_apart() -> None:
    looks = styles([str(k) for k in range(7)])
    assert len({look["color"] for look in looks.values()}) == 7
    assert len({str(look["ls"]) for look in looks.values()}) == 7


def test_long_names_take_more_lines_of_the_legend() -> None:
    assert columns_of(["a", "b", "c"]) == 3
    assert columns_of(["distributed-backup-only"] * 6) == 2
    assert columns_of(["x" * 90]) == 1
    assert columns_of([]) == 1


def test_the_map_has_a_cell_for_each_hour_and_duration() -> None:
    table = survival()
    mine = table[(table["architecture"] == "distributed") & (table["quantity"] == "site")]
    drawn = plots.survival_map(mine, "distributed")
    (mesh,) = drawn.axes[0].collections
    cells = np.asarray(mesh.get_array())
    assert cells.shape == (9, 24)
    assert cells[0, 18] == pytest.approx(0.8, abs=1e-3)
    assert "[1]" in drawn.axes[1].get_ylabel()


@pytest.mark.parametrize(
    ("hours", "text"),
    [(1 / 60, "1 min"), (0.25, "15 min"), (1.0, "1 h"), (24.0, "24 h"), (96.0, "4 d")],
)
def test_spans_in_few_letters(hours: float, text: str) -> None:
    assert plots.span(hours) == text


def test_every_axis_of_an_episode_has_its_unit(scenario: Scenario, plant: None) -> None:
    seen = watch(scenario, 1, 0, "centralized")
    series = seen.trace.series
    wide = plots.trace_figure(series, [360_005.0], seen.stretch_s, seen.close_s, seen.centre_s, "x")
    views = {
        "Time from the worst moment [s]": plots.View.close(seen.close_s, seen.centre_s),
        "Time [min]": plots.View.whole(seen.stretch_s),
    }
    narrow = [plots.view_figure(series, [360_005.0], view) for view in views.values()]
    for drawn, times in (
        (wide, list(views)),
        *((n, [t]) for n, t in zip(narrow, views, strict=True)),
    ):
        labels = [axes.get_ylabel() for axes in drawn.axes if axes.get_ylabel()]
        assert labels == [panel.label for panel in plots.PANELS]
        assert [axes.get_xlabel() for axes in drawn.axes if axes.get_xlabel()] == times


def test_the_whole_episode_counts_from_its_beginning() -> None:
    assert plots.View.whole((100.0, 700.0)) == plots.View(100.0, 700.0, 100.0, 60.0, "Time [min]")
    assert plots.View.whole((0.0, 20_000.0)).label == "Time [h]"


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


def test_rounding_for_the_eye_hides_no_step() -> None:
    from twin.plots.episode import _visible

    values = np.array([0.0, 1.0, 1.0 + 1e-9, 0.5, 1000.0])
    seen = _visible(values)
    assert np.abs(seen - values).max() <= 1000.0 / 2000.0
    assert seen[1] == seen[2]
    assert _visible(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]


def test_pyplot_is_left_alone() -> None:
    code = "import twin.plots, sys; sys.exit('matplotlib.pyplot' in sys.modules)"
    root = Path(__file__).parent.parent.parent
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_a_week_has_a_panel_for_each_quantity() -> None:
    hours = np.arange(336) / 2 + 0.25
    columns = {f"{q}:{n}": 0.5 for q in ("soc", "storage_mw", "import_mw") for n in NAMES}
    table = pd.DataFrame({"hour": hours, "price_usd_per_kwh": 0.1, "pv_mw": 1.0, **columns})
    drawn = plots.week_figure(table, NAMES, 5)
    assert len(drawn.axes) == 5
    assert all("[" in axes.get_ylabel() for axes in drawn.axes)
    ticks = [t.get_text() for t in drawn.axes[-1].get_xticklabels(minor=True)]
    assert ticks == ["Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri"]
