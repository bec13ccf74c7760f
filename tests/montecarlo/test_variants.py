"""One run over many scenarios, and workers that are kept between runs."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import fake_plant
import pytest

from twin.montecarlo import Interrupt, Plan, Replicate, Task, finished_tasks, kept_workers
from twin.scenario import Scenario

VARIANTS = ((), ("diesel.sets=1",), ("architectures.distributed.diesel.sets=2",))


def outcomes(
    scenario: Scenario, workers: int, replicate: Replicate, count: int = 4
) -> dict[tuple[object, ...], float | None]:
    names = tuple(scenario.chosen())
    plan = Plan(scenario, 1, range(count), names, workers)
    tasks = [Task(k, names, sets) for sets in VARIANTS for k in range(count)]
    return {
        (done.task.sets, done.task.replication, made.architecture): made.row["tco_npv_usd"]
        for done in finished_tasks(plan, tasks, Interrupt(), replicate)
        for made in done.outcomes
    }


def pids(log: Path) -> Counter[int]:
    return Counter(int(line.split()[0]) for line in (log / "calls").read_text().splitlines())


@pytest.mark.parametrize("workers", [1, 2])
def test_each_task_is_simulated_on_its_own_scenario(
    scenario: Scenario, log: Path, workers: int
) -> None:
    found = outcomes(scenario, workers, fake_plant.echoes_sets)
    assert len(found) == 3 * 4 * 2
    expected = {VARIANTS[0]: (3.0, 3.0), VARIANTS[1]: (1.0, 1.0), VARIANTS[2]: (3.0, 2.0)}
    for (sets, _, name), value in found.items():
        assert value == expected[sets][int(name == "distributed")]  # type: ignore[index]
    if workers > 1:
        assert len(pids(log)) <= workers, "one pool serves all scenarios"


def test_kept_workers_serve_again_and_are_gone_afterwards(scenario: Scenario, log: Path) -> None:
    with kept_workers(), kept_workers():
        first = outcomes(scenario, 2, fake_plant.replicate)
        second = outcomes(scenario, 2, fake_plant.replicate)
        assert first == second
    assert len(pids(log)) <= 2
    assert sum(pids(log).values()) == 2 * 3 * 4
    for pid in pids(log):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_kept_worker_that_dies_is_replaced(scenario: Scenario, log: Path) -> None:
    with kept_workers():
        whole = outcomes(scenario, 2, fake_plant.replicate)
        assert outcomes(scenario, 2, fake_plant.dies_once) == whole
        assert (log / "died").exists()
        assert outcomes(scenario, 2, fake_plant.dies_once) == whole


def test_nothing_is_kept_after_an_error(scenario: Scenario, log: Path) -> None:
    from twin.errors import InputError

    with kept_workers():
        with pytest.raises(InputError, match="needs a policy"):
            outcomes(scenario, 2, fake_plant.finds_bad_input)
        assert len(outcomes(scenario, 2, fake_plant.replicate)) == 3 * 4 * 2
