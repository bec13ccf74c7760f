"""The same scenario and seed give the same rows, whatever N, workers, or an interruption."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_plant import replicate
from run_parts import Simulated, assert_equal

from twin.errors import InputError
from twin.montecarlo import Interrupt, Plan, Task, manifest, simulate
from twin.results import RunFolder
from twin.scenario import Scenario


def test_rows_do_not_depend_on_the_number_of_replications(simulated: Simulated) -> None:
    few, many = simulated(3), simulated(7)
    first = many.replications.query("replication < 3").reset_index(drop=True)
    assert_equal(few.replications, first)


def test_rows_do_not_depend_on_the_number_of_workers(simulated: Simulated, log: Path) -> None:
    here, there = simulated(12), simulated(12, workers=2)
    assert_equal(here.replications, there.replications)
    assert_equal(here.tables.costs, there.tables.costs)
    pids = {line.split()[0] for line in (log / "calls").read_text().splitlines()}
    assert len(pids) > 1, "the second run took place in this process as well"


def test_rows_of_other_seeds_differ(scenario: Scenario, simulated: Simulated) -> None:
    other = replicate(scenario, 2, 0, ["centralized"])[0].row["tco_npv_usd"]
    assert other != simulated(1).replications["tco_npv_usd"].iloc[0]


def test_a_resumed_run_equals_an_undisturbed_one(
    scenario: Scenario, simulated: Simulated, tmp_path: Path
) -> None:
    names = scenario.chosen()
    wanted = manifest(scenario, 1).asking(range(6), names)

    def stops_after_three(*args: object) -> object:
        if args[2] == 3:
            raise KeyboardInterrupt
        return replicate(*args)

    plan = Plan(scenario, 1, range(6), names, 1)
    with RunFolder(tmp_path / "out", wanted) as folder, pytest.raises(KeyboardInterrupt):
        simulate(plan, folder, Interrupt(), replicate=stops_after_three)
    with RunFolder(tmp_path / "out", wanted) as folder:
        assert [t.replication for t in plan.tasks(folder.finished)] == [3, 4, 5]
        resumed = simulated(6, collector=folder)
    assert_equal(resumed.replications, simulated(6).replications)
    assert_equal(resumed.tables.costs, simulated(6).tables.costs)


def test_only_missing_architectures_are_simulated(scenario: Scenario) -> None:
    plan = Plan(scenario, 1, range(2), ["centralized", "distributed"])
    assert plan.tasks({(0, "centralized"), (0, "distributed"), (1, "distributed")}) == [
        Task(1, ("centralized",))
    ]


def test_what_is_asked_for_again_is_simulated_again(scenario: Scenario) -> None:
    plan = Plan(scenario, 1, [4], ["centralized"], again=True)
    assert plan.tasks({(4, "centralized")}) == [Task(4, ("centralized",))]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"workers": 0}, "--workers: 0 must be at least 1"),
        ({"workers": -2}, "--workers: -2"),
        ({"engine": "dusk"}, "did you mean 'dask'"),
    ],
)
def test_impossible_plans_are_refused(
    scenario: Scenario, more: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Plan(scenario, 1, range(2), ["centralized"], **more).check()


def test_dask_must_be_installed(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'ridethrough\[dask\]'"):
        Plan(scenario, 1, range(2), ["centralized"], engine="dask").check()


@pytest.mark.filterwarnings("ignore")  # of a package that is not ours
def test_rows_do_not_depend_on_the_engine(simulated: Simulated) -> None:
    pytest.importorskip("distributed")
    there = simulated(4, workers=2, engine="dask")
    assert_equal(there.replications, simulated(4).replications)


def test_no_more_workers_than_tasks(scenario: Scenario) -> None:
    assert Plan(scenario, 1, range(2), ["centralized"], workers=8).processes(2) == 2
