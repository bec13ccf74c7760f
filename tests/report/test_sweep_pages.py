"""Figures and pages of sweeps and sensitivity runs."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from twin import plots
from twin.explore import Settings, SweepResults, Tornado, sweep, tornado
from twin.report.sweeps import shown, sweep_figures, tornado_figure, write_sweep, write_tornado
from twin.report.wording import HEADLINE
from twin.scenario import Scenario

sys.path.append(str(Path(__file__).parent.parent / "explore"))  # the made-up plant

import made_up

ENERGY = "architectures.distributed.storage.energy_kwh"
SETTINGS = Settings(4, workers=1)


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.plant.replicate", made_up.replicate)
    monkeypatch.setattr("twin.plant.warm_up", lambda _: None)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw two of the headline metrics, one of them undefined: drawing takes time."""
    names = ("interrupted_job_cost_usd_per_year", "lcos_usd_per_mwh")
    few = {name: HEADLINE[name] for name in names}
    monkeypatch.setattr("twin.report.sweeps.HEADLINE", few)


@pytest.fixture
def tiny() -> Scenario:
    return Scenario.load("tiny")


def swept(tiny: Scenario, **over: object) -> SweepResults:
    keys = {key.replace("__", "."): value for key, value in over.items()}
    return sweep(tiny, keys, SETTINGS)  # type: ignore[arg-type]


def texts(drawn: Figure) -> str:
    return re.sub(r"<[^>]+>", " ", plots.svg(drawn, "x"))


def test_one_key_makes_lines_with_units_on_both_axes(tiny: Scenario) -> None:
    drawn = sweep_figures(swept(tiny, diesel__sets=[0, 1, 2]))
    assert list(drawn) == ["sweep", "sweep-difference"]
    panels = drawn["sweep"].axes
    assert len(panels) == 6
    assert {axes.get_xlabel() for axes in panels} == {"diesel.sets [sets]"}
    assert "Interrupted-job cost [USD/yr]" in {axes.get_ylabel() for axes in panels}
    cost = next(a for a in panels if a.get_ylabel().startswith("Total cost"))
    assert len(cost.lines) == 2
    assert cost.lines[0].get_xdata().tolist() == [0.0, 1.0, 2.0]
    assert [line.get_color() for line in cost.lines] == list(plots.COLOURS[:2])
    lcos = next(a for a in panels if a.get_ylabel().startswith("Levelized"))
    assert len(lcos.lines) == 0, "undefined is not drawn as zero"


def test_lines_show_the_table(tiny: Scenario) -> None:
    found = swept(tiny, diesel__sets=[2, 0, 1])  # rising on the axis, whatever the order
    panels = sweep_figures(found)["sweep"].axes
    losses = next(a for a in panels if a.get_ylabel().startswith("Pod losses"))
    expected = found.of("pod_losses_per_year", "centralized").sort_values("diesel.sets")["mean"]
    assert losses.lines[0].get_ydata().tolist() == expected.tolist()


def test_words_become_places_and_wide_ranges_logarithms(tiny: Scenario) -> None:
    words = sweep_figures(swept(tiny, policy__kind=["ladder", "none"]))["sweep"].axes[0]
    assert [t.get_text() for t in words.get_xticklabels()] == ["ladder", "none"]
    assert words.get_xscale() == "linear"
    wide = sweep_figures(swept(tiny, storage__switch_failure=[1e-4, 1e-3, 1e-2]))["sweep"].axes[0]
    assert wide.get_xscale() == "log"


def test_two_keys_make_a_map_per_metric_and_design(tiny: Scenario, few: None) -> None:
    found = sweep(tiny, {"diesel.sets": [0, 1, 2], ENERGY: [100, 500]}, SETTINGS)
    drawn = sweep_figures(found)
    assert len(drawn) == 2
    one = drawn["sweep-interrupted_job_cost_usd_per_year"]
    said = texts(one)
    for word in ("centralized", "distributed - centralized", "diesel.sets [sets]",
                 "storage.energy_kwh [kWh]", "Interrupted-job cost [USD/yr]"):  # fmt: skip
        assert word in said
    image = next(a for a in one.axes if a.get_title() == "distributed").images[0]
    rows = found.of("interrupted_job_cost_usd_per_year", "distributed").set_index(
        ["diesel.sets", ENERGY]
    )["mean"]
    assert image.get_array()[1, 2] == rows[2, 500]  # energy down, sets across
    assert "not defined" in texts(drawn["sweep-lcos_usd_per_mwh"])


def test_ranges_make_scatters_with_intervals(tiny: Scenario, few: None) -> None:
    found = sweep(tiny, {"diesel.sets": "0..3", ENERGY: "100..500"}, SETTINGS, samples=5)
    drawn = sweep_figures(found)
    assert len(drawn) == 4
    panels = drawn["sweep-interrupted_job_cost_usd_per_year-difference"].axes
    assert [a.get_xlabel() for a in panels] == ["diesel.sets [sets]", "storage.energy_kwh [kWh]"]
    assert len(panels[0].containers) == 1


def test_large_sums_are_in_millions() -> None:
    assert shown("tco_npv_usd", [2e6, float("nan")]).unit == "M USD"
    assert shown("tco_npv_usd", [2e5]).unit == "USD"
    assert shown("pod_losses_per_year", [2e6]).factor == 1.0


def test_the_tornado_shows_the_strongest_on_top(tiny: Scenario) -> None:
    keys = {"economics.gpu_hour_usd": (1.7, 4.0), ENERGY: (60.0, 900.0)}
    found: Tornado = tornado(tiny, "tco_npv_usd", keys, SETTINGS)
    axes = tornado_figure(found).axes[0]
    labels = [t.get_text() for t in axes.get_yticklabels()]
    assert labels[0] == "distributed.storage.energy_kwh\n60 to 900 kWh"
    assert axes.yaxis_inverted()
    assert axes.get_xlabel() == "distributed - centralized: Total cost of ownership [USD]"
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == pytest.approx([-86_000.0, -2_000.0, 0.0, 0.0], abs=1e-6)


class Checker(HTMLParser):
    """Notes what a page would load, and whether its elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        found = [v for k, v in attributes if k in ("src", "href", "xlink:href") and v]
        self.loads += [v for v in found if v[0] != "#"]
        if name not in ("meta", "br"):
            self.open.append(name)

    def handle_startendtag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(name, attributes)
        self.open.pop()

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name


def test_pages_are_well_formed_and_need_no_network(
    tiny: Scenario, few: None, tmp_path: Path
) -> None:
    found = swept(tiny, diesel__sets=[0, 1])
    moved = tornado(tiny, "tco_npv_usd", {ENERGY: (60.0, 900.0)}, SETTINGS)
    for page in (write_sweep(found, tmp_path), write_tornado(moved, tmp_path)):
        text = page.read_text(encoding="utf-8")
        checker = Checker()
        checker.feed(text)
        assert (checker.open, checker.loads) == ([], [])
        assert "<svg" in text
    assert moved.verdict(ENERGY) in (tmp_path / "sensitivity.html").read_text(encoding="utf-8")


def test_a_page_lists_at_most_so_many_points(
    tiny: Scenario, few: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.report.sweeps.MOST_LISTED", 2)
    text = write_sweep(swept(tiny, diesel__sets=[0, 1, 2]), tmp_path).read_text(encoding="utf-8")
    assert "The first 2 points; sweep.parquet holds all." in text
