"""The table of survival: counted probes with their errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from result_parts import Make, record

from twin.metrics import SURVIVAL_H
from twin.results import Manifest, Record, Results, RunFolder
from twin.results.details import LASTED, LOSSES

Lasted = list[tuple[int, int, str, float]]


def probed(k: int, name: str, lasted: Lasted) -> Record:
    made = record(k, name)
    made.details["lasted"] = [list(row) for row in lasted]
    return made


def at(table: pd.DataFrame, **keys: object) -> pd.Series:
    mask = np.ones(len(table), bool)
    for key, value in keys.items():
        column = table[key]
        mask &= np.isclose(column, value) if key == "duration_h" else (column == value).to_numpy()
    (row,) = table[mask].index
    return table.loc[row]


def test_shares_and_their_errors_by_hand(results: Make) -> None:
    """Of four probes at noon one lasted 0.5 h, one 1 h, two to the end."""
    hours = [0.5, 1.0, 96.0, 96.0]
    found = results([probed(k, "a", [(0, 12, "site", h)]) for k, h in enumerate(hours)]).survival
    assert list(found.columns)[:6] == [
        "architecture", "start_hour", "duration_h", "quantity", "probability", "se"]  # fmt: skip
    shares = {d: at(found, duration_h=d)["probability"] for d in SURVIVAL_H}
    assert [shares[d] for d in (0.25, 0.5, 1.0, 2.0, 96.0)] == [1.0, 1.0, 0.75, 0.5, 0.5]
    half = at(found, duration_h=2.0)
    assert half["se"] == pytest.approx((2.5 * 2.5 / 25.0 / 6.0) ** 0.5)
    assert (half["ci_low"], half["ci_high"]) == pytest.approx((0.0675860, 0.9324140))  # exact
    sure = at(found, duration_h=0.25)
    assert (sure["ci_low"], sure["ci_high"]) == pytest.approx((0.025**0.25, 1.0))
    assert 0.0 < sure["se"] < 0.2
    assert set(found["n"]) == {4}


def test_hours_are_kept_apart_and_can_be_drawn_together(results: Make) -> None:
    rows: Lasted = [(0, 0, "site", 96.0), (1, 7, "site", 0.0)]
    made = results([probed(k, name, rows) for k in range(4) for name in ("a", "b")])
    table = made.survival
    assert at(table, architecture="a", start_hour=0, duration_h=4.0)["probability"] == 1.0
    assert at(table, architecture="a", start_hour=7, duration_h=4.0)["probability"] == 0.0
    pooled = made.survival_at_any_hour
    assert "start_hour" not in pooled
    assert at(pooled, architecture="b", duration_h=4.0)["probability"] == 0.5
    assert at(pooled, architecture="b", duration_h=4.0)["n"] == 8


def test_order_is_that_of_the_run_and_of_the_quantities(results: Make) -> None:
    rows: Lasted = [(0, 3, q, 1.0) for q in ("1_pods", "site", "16_pods")]
    made = results([probed(k, name, rows) for k in range(2) for name in ("b", "a")])
    assert list(dict.fromkeys(made.survival["architecture"])) == ["a", "b"]
    assert list(dict.fromkeys(made.survival["quantity"])) == ["site", "16_pods", "1_pods"]


def test_without_probes_the_table_is_empty(results: Make) -> None:
    table = results([record(0, "a")]).survival
    assert table.empty
    assert "probability" in table


def test_losses_and_probes_survive_the_folder(tmp_path: Path, manifest: Manifest) -> None:
    path = tmp_path / "r"
    for numbers in ((0, 1), (2, 3)):
        with RunFolder(path, manifest) as out:
            for k in numbers:
                for name in ("a", "b"):
                    made = probed(k, name, [(0, k, "site", 0.1 * k), (1, 5, "1_pods", 96.0)])
                    event = [1.5 * k, "disturbance-00001", "outage", "no storage", "", 2, 0, 1, 0.5, 2]
                    made.details["losses"] = [event] * (k % 2)
                    out.add(made)
            killed = Results.load(path)  # tables of the first two, journal of the others
            saved = out.save()
    for found in (killed, Results.load(path)):
        pd.testing.assert_frame_equal(found.losses, saved.losses, check_exact=True)
        pd.testing.assert_frame_equal(found.survival, saved.survival, check_exact=True)
    assert saved.losses["pods"].tolist() == [2] * 4
    assert len(saved.tables.details[LASTED.name]) == 16
    on_disk = pd.read_parquet(path / LOSSES.file)
    pd.testing.assert_frame_equal(on_disk, saved.losses, check_exact=True, check_dtype=False)
    table = pd.read_parquet(path / "survival.parquet")
    assert len(table) == 2 * 13 * (4 + 1)
