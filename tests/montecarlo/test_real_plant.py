"""The same promises with the real plant, on a month of the smallest site."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from run_parts import assert_equal

from twin import run
from twin.cli import session
from twin.metrics import METRICS
from twin.report import watch, worst_replication
from twin.results import Results
from twin.scenario import Scenario


@pytest.fixture(scope="module")
def month() -> Scenario:
    return session.load("tiny", ["horizon_years=0.08", "grid.sags.rate_per_year=500"])


@pytest.fixture(scope="module")
def results(month: Scenario) -> Results:
    return run(month, n=6, workers=1)


def test_rows_do_not_depend_on_workers_number_or_interruption(
    month: Scenario, results: Results, tmp_path: Path
) -> None:
    run(month, n=2, workers=1, out=tmp_path / "r")
    resumed = run(month, n=6, workers=2, out=tmp_path / "r")
    assert not resumed.failures
    assert_equal(resumed.replications, results.replications)
    assert_equal(resumed.tables.costs, results.tables.costs)
    assert_equal(Results.load(tmp_path / "r").replications, results.replications)


def test_an_architecture_alone_has_the_same_rows(month: Scenario, results: Results) -> None:
    alone = run(month, n=3, workers=1, architectures=["distributed"])
    both = results.rows("distributed").loc[:2]
    shared = [c for c in alone.replications.columns if c in both]
    pd.testing.assert_frame_equal(alone.rows("distributed")[shared], both[shared], check_exact=True)


def test_energy_adds_up(results: Results) -> None:
    assert results.energy_residual_max is not None
    assert results.energy_residual_max < 1e-9


def test_every_metric_is_defined_or_says_why_not(results: Results) -> None:
    # storage that hardly cycles has no levelized cost, one that does has no cost of standing by
    either = {"lcos_usd_per_mwh", "backup_cost_usd_per_kw_year"}
    for name, found in results.estimates.items():
        missing = {metric for metric, e in found.items() if e.n == 0 and metric in METRICS}
        assert missing <= either, name
    grid = results.differences["distributed - centralized"]["grid_sags_per_year"]
    assert grid.mean == 0.0


def test_the_worst_replication_is_the_one_that_is_watched(
    month: Scenario, results: Results
) -> None:
    number, name = worst_replication(results, "pod_losses_per_year")
    seen = watch(month, 1, number, name)
    lost = seen.trace.events[seen.trace.events["event"] == "lost"]
    losses = (lost["source"] != "pod-004").sum()  # the core network's pod holds no GPUs
    row = results.rows(name).loc[number]
    assert losses == pytest.approx(row["pod_losses_per_year"] * month.horizon_years)
    series = seen.trace.series
    assert np.all(np.diff(series["time_s"]) > 0.0)
    assert series["pods_powered"].min() < series["pods_powered"].max()
