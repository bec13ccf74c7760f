"""Sweeps: the tidy table, points compared in pairs, the way back in."""

from __future__ import annotations

from pathlib import Path

import made_up
import numpy as np
import pandas as pd
import pytest

from twin.errors import DataError, InputError, ScenarioError
from twin.explore import Settings, SweepResults, sweep
from twin.scenario import Scenario

Log = list[made_up.Asked]
ENERGY = "architectures.distributed.storage.energy_kwh"


def here(out: Path | None = None, n: int = 6) -> Settings:
    return Settings(n, workers=1, out=out)


def test_the_table_has_a_row_per_point_design_and_metric(tiny: Scenario, asked: Log) -> None:
    found = sweep(tiny, {"diesel.sets": [0, 2], ENERGY: [100, 400]}, here())
    assert list(found.table.columns) == [
        "point", "diesel.sets", ENERGY, "architecture", "metric", "mean", "se", "ci_low", "ci_high",
        "n", "unit",
    ]  # fmt: skip
    assert found.points.to_numpy().tolist() == [[0, 0, 100], [1, 0, 400], [2, 2, 100], [3, 2, 400]]
    assert found.keys == ("diesel.sets", ENERGY)
    assert found.units == {"diesel.sets": "sets", ENERGY: "kWh"}
    lost = found.of("eue_it_mwh_per_year", "distributed")
    luck = np.array([made_up.draw(1, k) for k in range(6)])
    for row in lost.to_dict("records"):
        values = [made_up.eue(row[ENERGY], row["diesel.sets"], u) for u in luck]
        assert row["mean"] == pytest.approx(np.mean(values), rel=1e-12)
        assert (row["n"], row["unit"]) == (6, "MWh/yr")
    gap = found.of("tco_npv_usd", "distributed - centralized")
    assert gap["mean"].tolist() == pytest.approx([(e - 140) * made_up.KWH_USD for e in [100, 400] * 2])
    assert found.table["mean"].dtype == np.float64


def test_what_is_undefined_is_a_row_with_n_0(tiny: Scenario, asked: Log) -> None:
    found = sweep(tiny, {"diesel.sets": [0, 1]}, here())
    lcos = found.of("lcos_usd_per_mwh", "centralized")
    assert lcos["mean"].isna().all()
    assert lcos["n"].tolist() == [0, 0]


def test_points_are_compared_in_pairs(tiny: Scenario, asked: Log) -> None:
    found = sweep(tiny, {"economics.gpu_hour_usd": [2.0, 3.0]}, here())
    gap = found.difference("tco_npv_usd", 1, 0, "distributed")
    luck = np.array([made_up.draw(1, k) for k in range(6)])
    each = made_up.GPU_HOURS * luck
    assert gap.mean == pytest.approx(each.mean(), rel=1e-9)
    assert gap.se == pytest.approx(each.std(ddof=1) / np.sqrt(6), rel=1e-9)
    ratio = found.difference("goodput", 1, 0, "distributed")
    assert (ratio.mean, ratio.se) == (0.0, 0.0), "both points have met the same luck"


def test_times_that_differ_cannot_be_paired(tiny: Scenario, asked: Log) -> None:
    found = sweep(tiny, {"horizon_years": [1.0, 2.0]}, here())
    with pytest.raises(InputError, match="different times"):
        found.difference("tco_npv_usd", 1, 0, "distributed")
    with pytest.raises(InputError, match="did you mean 'goodput'"):
        found.difference("goodputt", 0, 0, "distributed")
    with pytest.raises(InputError, match="did you mean 'goodput'"):
        found.of("goodputt", "distributed")


def test_words_and_tables_are_columns_too(tiny: Scenario, asked: Log, out: Path) -> None:
    over = {"policy.kind": ["ladder", "none"], "grid.momentaries": [{"kind": "none"}]}
    found = sweep(tiny, over, here(out))
    assert found.points["policy.kind"].tolist() == ["ladder", "none"]
    assert found.points["grid.momentaries"].tolist() == ['{ kind = "none" }'] * 2
    assert pd.read_parquet(out / "sweep.parquet").equals(found.table)


def test_a_sweep_can_be_loaded(tiny: Scenario, asked: Log, out: Path) -> None:
    made = sweep(tiny, {"diesel.sets": [0, 2]}, here(out))
    found = SweepResults.load(out)
    pd.testing.assert_frame_equal(found.table, made.table)
    assert found.plan == made.plan
    assert found.architectures == ("centralized", "distributed")
    gap = found.difference("eue_it_mwh_per_year", 1, 0, "centralized")
    assert gap == made.difference("eue_it_mwh_per_year", 1, 0, "centralized")
    with pytest.raises(DataError, match="no folder of a sweep"):
        SweepResults.load(out / "points")


def test_another_sweep_in_the_same_folder_shares_points(
    tiny: Scenario, asked: Log, out: Path
) -> None:
    sweep(tiny, {"diesel.sets": [0, 2]}, here(out))
    found = sweep(tiny, {"diesel.sets": [0, 1, 2, 3]}, here(out))
    assert len(asked) == 4 * 6 * 2
    assert len(SweepResults.load(out).points) == 4
    assert found.failures == ()


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"diesel.setz": [1]}, r"--over diesel\.setz=1: unknown key .*did you mean 'diesel\.sets'"),
        ({"storage.energy_kwh": [1]}, r"--over storage\.energy_kwh=1: every architecture sets its own"),
        ({"diesel.sets": [1, -1]}, r"diesel\.sets = -1"),
        ({"architectures.distribute.compartments": [1]}, "did you mean 'distributed'"),
    ],
)  # fmt: skip
def test_wrong_keys_are_refused_before_anything_is_simulated(
    tiny: Scenario, asked: Log, out: Path, over: dict[str, list[int]], message: str
) -> None:
    with pytest.raises(ScenarioError, match=message):
        sweep(tiny, over, here(out))
    assert asked == []
    assert not out.exists()
