"""Replications that fail, workers that die: the rest is finished and saved."""

from __future__ import annotations

import os
from pathlib import Path

import fake_plant
import pytest
from run_parts import Simulated, assert_equal

from twin.cli import session
from twin.errors import InputError, SimulationError
from twin.montecarlo import Interrupt, Plan, Task, manifest, simulate
from twin.results import Collector
from twin.scenario import Scenario


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_architecture_is_recorded_and_all_else_is_saved(
    simulated: Simulated, workers: int
) -> None:
    results = simulated(6, workers, fake_plant.fails_once_in_a_while)
    (failure,) = results.failures
    assert (failure.replication, failure.architecture) == (fake_plant.BAD, "distributed")
    assert failure.error == "ArithmeticError: the distributed one broke"
    assert "fails_once_in_a_while" in failure.traceback
    assert len(results.rows("centralized")) == 6
    assert list(results.rows("distributed").index) == [0, 1, 2, 4, 5]


def test_a_failed_replication_is_tried_again_by_the_next_run(simulated: Simulated) -> None:
    results = simulated(6, 1, fake_plant.fails_once_in_a_while)
    plan = Plan(session.load("tiny"), 1, range(6), results.architectures)
    assert plan.tasks(results.tables.present()) == [Task(fake_plant.BAD, ("distributed",))]


@pytest.mark.parametrize("workers", [1, 2])
def test_bad_input_that_only_the_plant_notices_is_no_failure_but_an_error(
    simulated: Simulated, workers: int
) -> None:
    with pytest.raises(InputError, match="needs a policy"):
        simulated(4, workers, fake_plant.finds_bad_input)


def test_nothing_is_lost_when_a_worker_dies(simulated: Simulated, log: Path) -> None:
    results = simulated(10, 2, fake_plant.dies_once)
    assert (log / "died").exists()
    assert not results.failures
    assert_equal(results.replications, simulated(10).replications)


def test_a_task_that_always_kills_its_worker_is_given_up(simulated: Simulated) -> None:
    results = simulated(8, 2, fake_plant.dies_always)
    assert {f.replication for f in results.failures} == {fake_plant.BAD}
    assert "died" in results.failures[0].error
    assert sorted(results.rows("distributed").index) == [0, 1, 2, 4, 5, 6, 7]


def test_a_scenario_that_cannot_be_sent_says_what_to_do(simulated: Simulated) -> None:
    with pytest.raises(SimulationError, match="--workers 1"):
        simulated(4, 2, lambda *args: fake_plant.replicate(*args))


def test_no_worker_outlives_a_run(scenario: Scenario, log: Path) -> None:
    wanted = manifest(scenario, 1).asking(range(6), scenario.chosen())
    plan = Plan(scenario, 1, range(6), scenario.chosen(), 2)
    simulate(plan, Collector(wanted), Interrupt(), replicate=fake_plant.replicate)
    for line in (log / "calls").read_text().splitlines():
        with pytest.raises(ProcessLookupError):
            os.kill(int(line.split()[0]), 0)
