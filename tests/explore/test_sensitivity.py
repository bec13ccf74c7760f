"""One figure at a time, against closed forms of the made-up plant."""

from __future__ import annotations

from pathlib import Path

import made_up
import numpy as np
import pandas as pd
import pytest

from twin.errors import DataError, InputError, ScenarioError
from twin.explore import Settings, Tornado, tornado
from twin.explore.effects import effect
from twin.explore.ranges import ranges
from twin.explore.sweeping import sweep
from twin.explore.winners import Change, change, zeros
from twin.scenario import Scenario

Log = list[made_up.Asked]
GAP = "distributed - centralized"
ENERGY = "architectures.distributed.storage.energy_kwh"
N = 6
LUCK = np.array([made_up.draw(1, k) for k in range(N)])


def here(out: Path | None = None) -> Settings:
    return Settings(N, workers=1, out=out)


def test_a_tornado_against_its_closed_form(tiny: Scenario, asked: Log, out: Path) -> None:
    keys = {ENERGY: (60.0, 900.0), "economics.gpu_hour_usd": (1.7, 4.0), "diesel.sets": (0.0, 3.0)}
    found = tornado(tiny, "tco_npv_usd", keys, here(out))
    assert list(found.table.columns) == [
        "key", "side", "value", "of", "metric", "mean", "se", "ci_low", "ci_high", "n", "unit",
    ]  # fmt: skip
    assert len(found.table) == 3 * 3 * 3
    gaps = found.table[found.table["of"].eq(GAP)].set_index(["key", "side"])["mean"]
    for side, energy in (("low", 60.0), ("base", 920.0), ("high", 900.0)):
        assert gaps[ENERGY, side] == pytest.approx(made_up.KWH_USD * (energy - 140.0))
    # both designs' costs move alike with these
    assert found.effects["swing"].tolist() == pytest.approx([86_000.0, 0.0, 0.0], abs=1e-6)
    assert found.top(1) == [ENERGY]
    row = found.effects.iloc[0]
    assert (row["to_low"], row["to_high"]) == pytest.approx((-86_000.0, -2_000.0))
    assert (row["unit"], row["low"], row["base"], row["high"]) == ("kWh", 60.0, 920.0, 900.0)
    assert row["changes_at"] == pytest.approx(140.0), "where the sizes are equal"
    assert "distributed is better up to 140 kWh, centralized beyond" in found.verdict(ENERGY)
    assert "nobody can tell" not in found.verdict(ENERGY)
    assert len(asked) == (1 + 5) * N * 2, "one end of diesel.sets is the base, simulated once"

    loaded = Tornado.load(out)
    pd.testing.assert_frame_equal(loaded.table, found.table)
    pd.testing.assert_frame_equal(loaded.effects, found.effects)
    assert loaded.verdict(ENERGY) == found.verdict(ENERGY)
    with pytest.raises(DataError, match="holds no sensitivity run"):
        Tornado.load(out / "points")


def test_effects_are_differences_of_paired_differences(tiny: Scenario, asked: Log) -> None:
    points = sweep(tiny, {ENERGY: [200.0, 400.0]}, here())
    changed, base = points.results(1), points.results(0)

    lost = {
        e: np.array([made_up.eue(e, 3, u) - made_up.eue(140.0, 3, u) for u in LUCK])
        for e in (200.0, 400.0)
    }
    each = lost[400.0] - lost[200.0]
    found = effect("eue_it_mwh_per_year", changed, base, "distributed", "centralized")
    assert found.mean == pytest.approx(each.mean(), rel=1e-12)
    assert found.se == pytest.approx(each.std(ddof=1) / np.sqrt(N), rel=1e-12)
    alone = effect("eue_it_mwh_per_year", changed, base, "distributed")
    assert alone.mean == pytest.approx(each.mean(), rel=1e-12), "centralized has not changed"


def test_effects_on_ratios_agree_with_the_jackknife(tiny: Scenario, asked: Log) -> None:
    points = sweep(tiny, {"diesel.sets": [0, 2]}, here())
    changed, base = points.results(1), points.results(0)

    def ratios(keep: np.ndarray) -> float:
        total = 0.0
        for sign, sets, energy in ((1, 2, 920.0), (-1, 2, 140.0), (-1, 0, 920.0), (1, 0, 140.0)):
            luck = LUCK[keep]
            lost = np.array([made_up.eue(energy, sets, u) for u in luck])
            total += sign * (10.0 - lost / 1000.0 - luck).sum() / (10.0 + luck).sum()
        return total

    whole = np.ones(N, bool)
    leave_one_out = np.array([ratios(np.arange(N) != k) for k in range(N)])
    spread = np.sum((leave_one_out - leave_one_out.mean()) ** 2)
    found = effect("goodput", changed, base, "distributed", "centralized")
    assert found.mean == pytest.approx(ratios(whole), rel=1e-12)
    assert found.se == pytest.approx(np.sqrt((N - 1) / N * spread), rel=0.05)
    nothing = effect("lcos_usd_per_mwh", changed, base, "distributed", "centralized")
    assert (nothing.mean, nothing.n) == (None, 0)


def test_all_figures_that_declare_a_range_are_moved_where_they_stand(tiny: Scenario) -> None:
    found = {r.key: r for r in ranges(tiny, ["centralized", "distributed"])}
    both = found["storage.switch_failure"]
    assert both.places == tuple(
        f"architectures.{n}.storage.switch_failure" for n in ("centralized", "distributed")
    )
    assert (both.low, both.base, both.high, both.unit) == (1e-4, 1e-3, 1e-2, "1/demand")
    assert both.sets("high") == tuple(f"{place}=0.01" for place in both.places)
    alone = found["architectures.distributed.storage.capex_usd_per_kwh"]
    assert alone.places == ("architectures.distributed.storage.capex_usd_per_kwh",)
    assert "architectures.centralized.storage.capex_usd_per_kwh" not in found, "a UPS has no range"
    assert "economics.gpu_hour_usd" in found
    only = {r.key for r in ranges(tiny, ["centralized"])}
    assert not any("distributed" in key for key in only)


def test_figures_may_be_named(tiny: Scenario) -> None:
    names = ["centralized", "distributed"]
    (declared,) = ranges(tiny, names, ["psu.hold_up_s"])
    assert (declared.low, declared.high) == (0.010, 0.020)
    (given,) = ranges(tiny, names, ["storage.switch_failure=0..0.5"])
    assert (given.low, given.high, len(given.places)) == (0.0, 0.5, 2)
    (whole,) = ranges(tiny, names, {"diesel.sets": (1, 4)})
    assert whole.sets("low") == tuple(f"architectures.{n}.diesel.sets=1" for n in names)


@pytest.mark.parametrize(
    ("metric", "keys", "error", "message"),
    [
        ("goodputt", None, InputError, "--metric: unknown metric 'goodputt' .*'goodput'"),
        ("crossover_year", None, InputError, "unknown metric"),
        ("goodput", ["diesel.sets"], InputError, "declares no range"),
        ("goodput", ["psu.hold_up"], InputError, "did you mean 'psu.hold_up_s'"),
        ("goodput", ["diesel.sets=1,2"], InputError, "write KEY=LOW..HIGH"),
        ("goodput", {"diesel.sets": (2, 1)}, InputError, "rising"),
        ("goodput", ["diesel.setz=1..2"], ScenarioError, "did you mean 'diesel.sets'"),
        ("goodput", ["load.kind=1..2"], ScenarioError, "load"),
        ("goodput", ["diesel.failure_to_start=0..2"], ScenarioError, "from 0 to 1"),
    ],
)
def test_impossible_requests(
    tiny: Scenario, asked: Log, metric: str, keys: list[str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        tornado(tiny, metric, keys, here())
    assert asked == []


def test_one_design_alone_can_be_looked_at(tiny: Scenario, asked: Log) -> None:
    found = tornado(
        tiny, "tco_npv_usd", ["economics.gpu_hour_usd"], here(), architectures=["centralized"]
    )
    assert found.of == "centralized"
    expected = made_up.GPU_HOURS * LUCK.mean() * (4.0 - 1.7)
    assert found.effects["swing"].iloc[0] == pytest.approx(expected)
    assert "moves centralized by" in found.verdict("economics.gpu_hour_usd")


def test_an_undefined_metric_gives_no_verdict(tiny: Scenario, asked: Log) -> None:
    found = tornado(tiny, "lcos_usd_per_mwh", ["economics.gpu_hour_usd"], here())
    assert "is not defined" in found.verdict("economics.gpu_hour_usd")


# ---- where the winner changes --------------------------------------------------------------------


def test_zeros_of_a_broken_line() -> None:
    assert zeros([0.0, 1.0, 3.0], [-1.0, 1.0, 2.0]) == [0.5]
    assert zeros([0.0, 1.0, 3.0], [1.0, -1.0, 1.0]) == [0.5, 2.0]
    assert zeros([0.0, 1.0, 3.0], [1.0, 0.0, -1.0]) == [1.0]
    assert zeros([0.0, 1.0, 3.0], [1.0, 0.0, 1.0]) == []
    assert zeros([0.0, 1.0], [0.0, 0.0]) == []


def test_the_winner_changes_where_the_line_passes_zero() -> None:
    points = [(0.0, -2.0, -3.0, -1.0), (1.0, 0.5, -0.5, 1.5), (2.0, 3.0, 2.0, 4.0)]
    found = change(points)
    assert found.at == pytest.approx(0.8)
    assert found.low == pytest.approx(0.4)  # the upper limit passes zero
    assert found.high == pytest.approx(1.2)  # the lower limit does


def test_who_wins_everywhere_changes_nowhere() -> None:
    assert change([(0.0, 1.0, 0.5, 1.5), (1.0, 2.0, 1.0, 3.0)]) == Change(None, None, None)
    exact = [(0.0, -1.0, None, None), (1.0, 1.0, None, None)]
    assert change(exact) == Change(0.5, 0.5, 0.5)


def test_where_nobody_can_tell_the_whole_range_is_open() -> None:
    found = change([(0.0, 0.1, -1.0, 1.2), (1.0, 0.2, -1.0, 1.4)])
    assert found == Change(None, 0.0, 1.0)
