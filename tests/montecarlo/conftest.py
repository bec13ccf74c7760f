"""What the tests of runs share."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import fake_plant
import pytest
from run_parts import Simulated

from twin.cli import session
from twin.montecarlo import Interrupt, Plan, Replicate, manifest, simulate
from twin.results import Collector, Results
from twin.scenario import Scenario


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return session.load("tiny")


@pytest.fixture(scope="session", autouse=True)
def _log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Name the folder once: the fork server keeps the environment in which it was started."""
    folder = tmp_path_factory.mktemp("log")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAKE_LOG", str(folder))
        _stop_fork_server()
        yield folder
    _stop_fork_server()


def _stop_fork_server() -> None:
    """Let the next pool start a server with today's environment; other tests may have begun one."""
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


@pytest.fixture
def log(_log: Path) -> Path:
    """Return the folder in which the fakes write down what they do, empty."""
    for file in _log.iterdir():
        file.unlink()
    return _log


@pytest.fixture
def simulated(scenario: Scenario) -> Simulated:
    """Simulate with a fake plant."""

    def run(
        n: int,
        workers: int = 1,
        replicate: Replicate = fake_plant.replicate,
        collector: Collector | None = None,
        **more: Any,
    ) -> Results:
        names = scenario.chosen()
        wanted = manifest(scenario, 1).asking(range(n), names)
        plan = Plan(scenario, 1, range(n), names, workers, **more)
        into = collector or Collector(wanted)
        return into.save(simulate(plan, into, Interrupt(), replicate=replicate))

    return run
