"""The study of bulkheads: what it cuts up, what it counts, and what it says of known numbers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.studies import Context, carry_out, find, watertight
from experiments.studies.watertight_answers import conclusions, enough, least_containment
from experiments.studies.watertight_grid import LARGE, LOSSES, Grid, Point, Ties, large_events
from twin.errors import InputError
from twin.metrics import METRICS
from twin.plant.tree import lay_out
from twin.scenario import Scenario

POD, CONTAINMENTS = 32, (0.5, 0.99, 0.9999)
LOSS_COLUMNS = ["replication", "event", "kind", "event_pods"]


@pytest.mark.parametrize("ties", ["none", "static"])
def test_all_sites_have_the_same_storage(ties: Ties) -> None:
    scenario = Scenario.load("sea-8000")
    sizes = set()
    for count in (1, 2, 4, 8, 16, 32):
        made = scenario.changed(watertight.changes(scenario, Point(count, 0.9, ties, True)))
        design = made.architectures["distributed"]
        load: Any = made.load
        laid = lay_out(load, design.compartments, dict(design.tables), {})
        banks = [b for b in laid.buses if b.unit is not None and b.name != "core"]
        assert len(banks) == count
        battery: Any = design.tables["storage"]
        modules = sum(battery.modules_of(b.unit) for b in banks)
        total = sum(b.nameplate_j for b in banks), sum(b.power_w for b in banks), modules
        sizes.add(tuple(round(float(x), 3) for x in total))
    assert sizes == {(32 * 920 * 3.6e6, 32 * 280e3, 32.0)}


def test_the_changes_are_those_of_the_point() -> None:
    scenario = Scenario.load("sea-8000")

    def tables(point: Point) -> dict[str, Any]:
        made = scenario.changed(watertight.changes(scenario, point))
        return dict(made.architectures["distributed"].tables)

    tied = tables(Point(8, 0.5, "static", False))
    assert tied["ties"].static
    walls = tied["bulkhead"]
    assert {walls.holds(k) for k in ("bus", "storage", "fire", "short_circuit", "tie")} == {0.5}
    assert (walls.common_cause, walls.ems_fault_per_year) == (0.0, 0.0)
    assert not tables(Point(8, 0.5, "mechanical", True))["ties"].static
    assert tables(Point(8, 0.5, "none", True))["bulkhead"].common_cause == 0.05


def test_large_events_are_counted_once_and_maintenance_never() -> None:
    rows = [
        (0, "a", "sag", 9), (0, "a", "sag", 9),  # two paths of one event
        (0, "b", "sag", 7), (1, "c", "maintenance", 32), (2, "a", "fire", 8),
    ]  # fmt: skip
    found = large_events(pd.DataFrame(rows, columns=LOSS_COLUMNS), 8)
    assert found.to_dict() == {0: 1, 2: 1}


def made_up(losses: Any, n: int = 12) -> Grid:
    """Return a grid whose pod losses a year are a formula of the point, with a little common luck."""
    luck = np.random.default_rng(1).normal(0.0, 0.01, n)
    found: dict[Point, Any] = {}
    for count in (1, 4, 16):
        for containment in CONTAINMENTS:
            for ties in ("none", "mechanical", "static"):
                for common in (False, True):
                    point = Point(count, containment, ties, common)  # type: ignore[arg-type]
                    mean = losses(point)
                    rows = pd.DataFrame({name: np.full(n, 1.0) for name in METRICS})
                    rows[LOSSES] = np.round((mean * (1.0 + luck)) * 1000.0) / 1000.0
                    events = pd.DataFrame(
                        [
                            (r, f"e{k}", "sag", 16)
                            for r in range(n)
                            for k in range(round(10 * mean))
                        ],
                        columns=LOSS_COLUMNS,
                    )
                    found[point] = SimpleNamespace(
                        count=n, metrics=METRICS, losses=events, rows=lambda _, rows=rows: rows,
                        manifest=SimpleNamespace(horizon_years=1000.0),
                    )  # fmt: skip
    return Grid(found, POD)


def leaky(point: Point) -> float:
    """Compartments help with good walls and harm with bad ones; common cause adds a constant."""
    leak = (1.0 - point.containment) * point.compartments
    return 16.0 / point.compartments + 4.0 * leak + 5.0 * point.common_cause


def test_how_many_compartments_help_depends_on_the_walls() -> None:
    grid = made_up(leaky)
    # c = 0.5: 18, 12, 33; c = 0.99: 16.04, 4.16, 1.64
    best = {c: enough(grid, LOSSES, c, common_cause=False) for c in CONTAINMENTS}
    assert best == {0.5: 4, 0.99: 16, 0.9999: 16}
    told = list(conclusions(grid))
    assert "no larger number beats significantly in pod losses: 4 at a containment of 0.5, 16 at a " \
        "containment of 0.99 and 0.9999." in told[0]  # fmt: skip
    assert told[1] == "At a containment of 0.5, 16 bring significantly more of them than 1."


def test_how_good_a_wall_must_be() -> None:
    assert least_containment(made_up(leaky), LOSSES, 16, common_cause=True) == 0.9999
    same = made_up(lambda point: 3.0 + 2.0 * (point.containment < 0.9))
    assert least_containment(same, LOSSES, 16, common_cause=True) == 0.99
    told = " ".join(conclusions(same))
    assert "0.99 is not significantly worse than 0.9999" in told


def test_large_events_are_estimated_from_the_losses() -> None:
    grid = made_up(lambda _: 2.0)
    point = Point(16, 0.5, "none", True)
    found = grid.estimate(point, LARGE)
    assert found.mean == pytest.approx(20.0 / 1000.0)
    assert (found.unit, found.n) == ("1/yr", 12)
    assert grid.gap(point, Point(1, 0.5, "none", True), LARGE).mean == 0.0


def test_the_study_runs_and_goes_on(tmp_path: Path) -> None:
    def once() -> Any:
        return carry_out(find("watertight"), Context(tmp_path, n=1, quick=True, workers=1))

    report = once()
    table = report.tables["watertight"]
    assert sorted(table["compartments"].unique()) == [1, 2, 4]
    assert sorted(table["containment"].unique()) == [0.5, 0.9999]
    assert set(table["ties"]) == {"none", "mechanical", "static"}
    assert table.groupby("metric").size().nunique() == 1
    # a single compartment has no neighbours: its points share one folder
    points = 2 * (1 + 2 * 2 * 3) + 2 * 3
    assert len(list((tmp_path / "points").iterdir())) == points
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.index("Conclusions") > page.index("Large events")
    assert report.conclusions[0] in page.replace("&#x27;", "'")
    assert {"watertight.svg", "watertight_large.png"} <= {f.name for f in tmp_path.iterdir()}
    before = {f: f.stat().st_mtime_ns for f in (tmp_path / "points").rglob("*.parquet")}
    assert once().tables["watertight"].equals(table)
    assert {f: f.stat().st_mtime_ns for f in before} == before


def test_a_scenario_that_cannot_be_cut_up_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"off-grid.toml: .* must be a single table of kind"):
        carry_out(find("watertight"), Context(tmp_path, scenario="off-grid", n=1))
    monkeypatch.setattr(watertight, "ARCHITECTURE", "sunken")
    with pytest.raises(InputError, match=r"tiny.toml: this study needs an architecture 'sunken'"):
        carry_out(find("watertight"), Context(tmp_path, n=1, quick=True))
