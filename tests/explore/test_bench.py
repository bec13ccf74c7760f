"""Many variants on one luck: what is simulated, what is kept, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import made_up
import pandas as pd
import pytest

from twin.errors import InputError, OutputError, ScenarioError
from twin.explore import Bench, Settings, Stopped
from twin.montecarlo import Request, carry_out
from twin.results import Results
from twin.scenario import Scenario

Log = list[made_up.Asked]


def simulate(found: Bench) -> None:
    """Simulate the scenario as it is."""
    found.simulate([found.variant([])])


def bench(tiny: Scenario, out: Path | None = None, n: int = 4, **more: object) -> Bench:
    return Bench(tiny, Settings(n, out=out, workers=1, **more))  # type: ignore[arg-type]


def test_rows_are_those_of_a_run_of_the_changed_scenario(
    tiny: Scenario, asked: Log, out: Path
) -> None:
    """The luck of a point is that of any run: variants are compared on common random numbers."""
    for folder in (None, out):
        found = bench(tiny, folder)
        two = found.variant(["diesel.sets=1"])
        found.simulate([found.variant([]), two])
        alone = carry_out(Request(Scenario.load("tiny", ["diesel.sets=1"]), 4, workers=1))
        pd.testing.assert_frame_equal(
            found.results(two).replications, alone.replications, check_exact=True
        )


def test_equal_scenarios_are_simulated_once(tiny: Scenario, asked: Log) -> None:
    found = bench(tiny)
    sets = ([], ["diesel.sets=3"], ["architectures.centralized.diesel.sets=3"])
    same = [found.variant(changes) for changes in sets]
    assert len({variant.digest for variant in same}) == 1
    found.simulate(same)
    assert len(asked) == 4 * 2
    found.simulate(same)
    assert len(asked) == 4 * 2


def test_what_is_finished_is_used_again(tiny: Scenario, asked: Log, out: Path) -> None:
    first = bench(tiny, out, n=3)
    first.simulate([first.variant(["diesel.sets=1"])])
    more = bench(tiny, out, n=5)
    variant = more.variant(["diesel.sets=1"])
    more.simulate([variant])
    assert len(asked) == 5 * 2
    assert more.summary(variant)["replications"] == 5
    less = bench(tiny, out, n=2)
    less.simulate([variant])
    assert len(asked) == 5 * 2
    assert less.summary(variant)["replications"] == 2
    one = Bench(tiny, Settings(5, workers=1, out=out), ["distributed"])
    one.simulate([variant])
    assert len(asked) == 5 * 2
    assert list(one.summary(variant)["architectures"]) == ["distributed"]


def test_a_point_is_a_folder_of_results_like_any(tiny: Scenario, asked: Log, out: Path) -> None:
    found = bench(tiny, out)
    variant = found.variant(["diesel.sets=1"])
    found.simulate([variant])
    assert Results.load(out / "points" / variant.digest).count == 4
    saved = json.loads((out / "points" / variant.digest / "summary.json").read_text())
    assert saved == found.summary(variant)
    assert found.results(variant).summary == saved


def test_an_interruption_loses_nothing(
    tiny: Scenario, asked: Log, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os
    import signal

    def impatient(scenario: Scenario, seed: int, k: int, names: list[str]) -> list[made_up.Made]:
        if len(asked) == 10:
            os.kill(os.getpid(), signal.SIGINT)
        return made_up.replicate(scenario, seed, k, names)

    monkeypatch.setattr("twin.plant.replicate", impatient)
    first = bench(tiny, out)
    variants = [first.variant([f"diesel.sets={k}"]) for k in range(3)]
    with pytest.raises(Stopped):
        first.simulate(variants)
    assert len(asked) == 12, "the replication under way is finished"
    monkeypatch.setattr("twin.plant.replicate", made_up.replicate)
    again = bench(tiny, out, resume=True)
    again.simulate(variants)
    assert len(asked) == 3 * 4 * 2
    assert len(set(asked)) == len(asked)
    assert [again.results(v).count for v in variants] == [4, 4, 4]


def test_a_failure_is_told_and_tried_again(tiny: Scenario, asked: Log, out: Path) -> None:
    found = bench(tiny, out)
    variant = found.variant(["diesel.sets=1"])
    made_up.BREAKS.append(made_up.Asked(variant.digest, 2, "distributed"))
    try:
        found.simulate([variant])
    finally:
        made_up.BREAKS.clear()
    ((where, failure),) = found.failures
    assert (where, failure.replication, failure.architecture) == (variant, 2, "distributed")
    assert found.results(variant).estimates["distributed"]["tco_npv_usd"].n == 3
    again = bench(tiny, out)
    again.simulate([variant])
    assert again.failures == []
    assert again.results(variant).estimates["distributed"]["tco_npv_usd"].n == 4


def test_a_folder_of_something_else_is_refused(tiny: Scenario, asked: Log, out: Path) -> None:
    out.mkdir()
    (out / "thesis.tex").write_text("")
    with pytest.raises(OutputError, match=r"no folder of results \(it holds thesis\.tex"):
        simulate(bench(tiny, out))
    (out / "thesis.tex").unlink()
    simulate(bench(tiny, out))
    with pytest.raises(OutputError, match="holds results of scenario tiny"):
        simulate(bench(tiny, out, seed=2))
    with pytest.raises(OutputError, match="holds results of scenario tiny"):
        simulate(bench(Scenario.load("tiny", ["diesel.sets=1"]), out))
    assert len(asked) == 4 * 2


def test_resume_insists_on_something_to_go_on_with(tiny: Scenario, asked: Log, out: Path) -> None:
    found = bench(tiny, out, resume=True)
    with pytest.raises(OutputError, match="--resume"):
        simulate(found)
    assert not out.exists()


def test_bad_input_is_refused_before_anything_is_simulated(tiny: Scenario, asked: Log) -> None:
    with pytest.raises(InputError, match="-n: 0"):
        bench(tiny, n=0)
    found = bench(tiny)
    with pytest.raises(ScenarioError, match=r"--over diesel\.setz=1: unknown key"):
        found.variant(["diesel.setz=1"], "--over")
    assert asked == []


def test_a_scenario_remembers_what_was_changed_before(tiny: Scenario) -> None:
    twice = tiny.changed(["diesel.sets=1"]).changed(["grid.sags.rate_per_year=7"])
    at_once = Scenario.from_dict(tiny.to_dict(), ["diesel.sets=1", "grid.sags.rate_per_year=7"])
    assert twice.digest == at_once.digest
    assert twice._given["diesel.sets"] == "--set"
    shorter = tiny.model_copy(update={"horizon_years": 0.5}).changed(["diesel.sets=1"])
    assert (shorter.horizon_years, shorter.architectures["distributed"].tables["diesel"].sets) == (  # type: ignore[attr-defined]
        0.5, 1,
    )  # fmt: skip
