"""The smallest plant that meets a target, against simulating every plant."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import made_up
import numpy as np
import pytest

from twin.errors import InputError
from twin.estimate import Estimate
from twin.explore import Bench, Settings, Sizing, Target, size
from twin.explore.grids import grid, nice_step
from twin.explore.searching import below
from twin.scenario import Scenario

Log = list[made_up.Asked]
B = "architectures.distributed"
ENERGY, SETS = f"{B}.storage.energy_kwh", f"{B}.diesel.sets"
VARY = ("storage.energy_kwh=50..1000:50", "diesel.sets=0..5")
LUCK = np.array([made_up.draw(1, k) for k in range(5)])


def here(out: Path | None = None, n: int = 5) -> Settings:
    return Settings(n, workers=1, out=out)


def looked_at_everything(value: float) -> list[tuple[int, int]]:
    """Return the minimal plants of the made-up plant by computing all of them."""
    plants = itertools.product(range(50, 1001, 50), range(6))
    good = [p for p in plants if np.mean([made_up.eue(*p, u) for u in LUCK]) <= value]
    return sorted(p for p in good if not any(below(o, p) for o in good if o != p))


@pytest.mark.parametrize("value", [0.0, 120.0, 700.0])
def test_size_finds_what_looking_at_every_plant_finds(
    tiny: Scenario, asked: Log, value: float
) -> None:
    found = size(tiny, "distributed", f"eue_it_mwh_per_year={value}", VARY, here())
    pairs = [(int(row[ENERGY]), int(row[SETS])) for row in found.minimal.to_dict("records")]
    assert pairs == looked_at_everything(value)
    costs = {p: np.mean([made_up.cost(*p, u, 2.5) for u in LUCK]) for p in pairs}
    cheapest = min(costs, key=lambda p: costs[p])
    assert found.chosen == {ENERGY: cheapest[0], SETS: cheapest[1]}
    assert found.sets == (f"{ENERGY}={cheapest[0]}", f"{SETS}={cheapest[1]}")
    assert found.answer["simulated"] == len(found.table) <= 30 < found.answer["plants"] == 120
    assert len(asked) == 5 * len(found.table), "one design, each plant once"
    assert found.answer["warnings"] == []


def test_an_unreachable_target_is_said_after_one_simulation(tiny: Scenario, asked: Log) -> None:
    found = size(tiny, "distributed", "eue_it_mwh_per_year=-1", VARY, here())
    assert (found.chosen, found.sets, found.answer["simulated"]) == (None, (), 1)
    assert found.minimal.empty


def test_confident_asks_for_the_whole_interval(tiny: Scenario, asked: Log) -> None:
    target = Target("eue_it_mwh_per_year", 100.0)
    usual = size(tiny, "distributed", target, VARY, here())
    sure = size(tiny, "distributed", Target("eue_it_mwh_per_year", 100.0, True), VARY, here())
    assert sure.minimal["surely_met"].all()
    assert not usual.minimal["surely_met"].all()
    for row in sure.minimal.to_dict("records"):
        assert row["ci_high"] <= 100.0
        assert any(
            row[ENERGY] >= other[ENERGY] and row[SETS] >= other[SETS]
            for other in usual.minimal.to_dict("records")
        )


def test_more_may_be_better(tiny: Scenario, asked: Log) -> None:
    target = Target.read("degradation_index=0.99")
    assert target.more
    found = size(tiny, "distributed", target, ["storage.energy_kwh=50..2000:50"], here())
    lost = {e: np.mean([made_up.eue(e, 3, u) for u in LUCK]) for e in range(50, 2001, 50)}
    assert found.chosen == {ENERGY: next(e for e in lost if 1.0 - lost[e] / 1e4 >= 0.99)}


def test_the_largest_battery_at_a_cost(tiny: Scenario, asked: Log) -> None:
    mean_luck = made_up.GPU_HOURS * 2.5 * LUCK.mean()
    value = made_up.KWH_USD * 1234.0 + made_up.SET_USD * 3 + mean_luck
    found = size(tiny, "distributed", f"tco_npv_usd={value}", (), here(), largest=True)
    assert found.chosen == {ENERGY: 1200.0}  # in steps of 50
    assert found.answer["simulated"] < 20


def test_a_plant_that_does_worse_when_larger_is_told(
    tiny: Scenario, asked: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = made_up.eue
    monkeypatch.setattr(
        made_up, "eue", lambda e, s, u: usual(e, s, u) + (30.0 if e >= 1000.0 else 0.0)
    )
    found = size(tiny, "distributed", "eue_it_mwh_per_year=40", VARY, here())
    (warning,) = found.answer["warnings"]
    assert "more did not always help" in warning
    assert "energy_kwh 1000" in warning
    assert "by 30 MWh/yr" in warning


def test_the_answer_is_saved_and_used_again(tiny: Scenario, asked: Log, out: Path) -> None:
    told: list[str] = []
    made = size(tiny, "distributed", "eue_it_mwh_per_year=30", VARY, here(out), say=told.append)
    assert told[0] == "1: energy_kwh 1000, sets 5: 0 MWh/yr, met"
    assert len(told) == made.answer["simulated"]
    found = Sizing.load(out)
    assert found.answer == made.answer == json.loads((out / "size.json").read_text())
    assert found.table.equals(made.table)
    before = len(asked)
    size(tiny, "distributed", "eue_it_mwh_per_year=60", VARY, here(out))
    assert len(asked) - before < 5 * 12, "plants of the first search are not simulated again"


def test_the_usual_plants(tiny: Scenario) -> None:
    assert [nice_step(v) for v in (920.0, 140.0, 280.0, 100.0, 99.0)] == [50, 10, 20, 10, 5]
    plants = grid(tiny, "distributed", (), largest=False)
    assert list(plants) == [ENERGY, SETS]
    assert (plants[ENERGY][0], plants[ENERGY][-1], len(plants[ENERGY])) == (50.0, 3650.0, 73)
    assert plants[SETS] == (0, 1, 2, 3, 4, 5, 6)
    assert list(grid(tiny, "distributed", (), largest=True)) == [ENERGY]


@pytest.mark.parametrize(
    ("target", "vary", "largest", "message"),
    [
        ("eue=1", (), False, "--target: unknown metric 'eue'"),
        ("goodputt=1", (), False, "did you mean 'goodput'"),
        ("goodput", (), False, "write METRIC=VALUE, such as goodput=5"),
        ("goodput=much", (), False, "write METRIC=VALUE"),
        ("goodput=nan", (), False, "write METRIC=VALUE"),
        ("crossover_year=5", (), False, "unknown metric 'crossover_year'"),
        ("tco_npv_usd=1e6", (), False, "add --largest"),
        ("goodput=1", ["diesel.sets=1..1:1"], False, "is not below"),
        ("goodput=1", ["diesel.sets=1"], False, "one value is no range"),
        ("goodput=1", ["diesel.setz=1..3"], False, "unknown key"),
        ("goodput=1", ["diesel.sets=-1..3"], False, "diesel.sets = -1"),
        ("goodput=1", [f"diesel.{k}=1..3" for k in "abcd"], False, "4 keys are varied; at most 3"),
        ("tco_npv_usd=1", VARY, True, "at most one key with --largest"),
    ],
)
def test_impossible_requests(
    tiny: Scenario, asked: Log, target: str, vary: list[str], largest: bool, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        size(tiny, "distributed", target, vary, here(), largest=largest)
    assert asked == []


def test_an_undefined_metric_meets_no_target() -> None:
    nothing = Estimate(None, None, None, None, None, None, None, 0, "1")
    zero = Estimate(0.0, 0.0, None, None, None, None, None, 9, "1")
    at_most = Target("eue_it_mwh_per_year", 1.0)
    assert (at_most.met(nothing), at_most.met(zero), at_most.surely_met(zero)) == (False, True, False)
    assert at_most.words == "eue_it_mwh_per_year ≤ 1 MWh/yr"
    assert Target("goodput", 0.9, True).words == "goodput ≥ 0.9, the whole 95 % interval"


def test_on_the_real_plant_size_finds_what_brute_force_finds(tiny: Scenario, out: Path) -> None:
    """Every plant of a small grid is simulated, then the search may look at few of them."""
    metric, vary = "eue_it_mwh_per_year", ["storage.energy_kwh=150..900:375", "diesel.sets=0..2"]
    settings = Settings(3, workers=1, out=out)
    bench = Bench(tiny, settings, ["distributed"])
    plants = list(itertools.product((150, 525, 900), (0, 1, 2)))
    variants = [bench.variant([f"{ENERGY}={float(e)}", f"{SETS}={s}"]) for e, s in plants]
    bench.simulate(variants)
    lost = {
        plant: bench.summary(variant)["architectures"]["distributed"][metric]["mean"]
        for plant, variant in zip(plants, variants, strict=True)
    }
    levels = sorted(set(lost.values()))
    assert len(levels) > 3
    value = levels[len(levels) // 2]
    good = [p for p in plants if lost[p] <= value]
    expected = sorted(p for p in good if not any(below(o, p) for o in good if o != p))
    found = size(tiny, "distributed", f"{metric}={value!r}", vary, settings)
    pairs = [(int(r[ENERGY]), int(r[SETS])) for r in found.minimal.to_dict("records")]
    assert pairs == expected
    assert found.answer["simulated"] < len(plants)
