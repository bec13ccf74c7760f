"""Hands out what is missing, and collects what comes back."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twin.errors import InputError, nearest
from twin.montecarlo.interrupt import Interrupt
from twin.montecarlo.work import Done, Replicate, Task, Work

if TYPE_CHECKING:
    from twin.results import Collector, Failure
    from twin.scenario import Scenario

ENGINES = ("local", "dask")


@dataclass(frozen=True)
class Plan:
    """What is to be simulated, and on what.

    Attributes
    ----------
    scenario, seed
        The scenario and the seed of its luck.
    replications, architectures
        Numbers of the replications, names of the architectures.
    workers
        Number of processes; left out, one per processor. With 1 everything runs in this process.
    engine
        ``"local"`` or ``"dask"``.
    again
        True simulates also what the collector holds already.
    """

    scenario: Scenario
    seed: int
    replications: Sequence[int]
    architectures: Sequence[str]
    workers: int | None = None
    engine: str = "local"
    again: bool = False

    def check(self) -> None:
        """Raise `InputError` for a plan that cannot be carried out."""
        if self.engine not in ENGINES:
            known = " and ".join(ENGINES)
            raise InputError(
                f"--engine: unknown engine '{self.engine}'{nearest(self.engine, ENGINES)}; "
                f"there are {known}"
            )
        if self.engine == "dask":
            from twin.montecarlo.dask_engine import check_installed

            check_installed()
        if self.workers is not None and self.workers < 1:
            raise InputError(f"--workers: {self.workers} must be at least 1")

    def tasks(self, finished: set[tuple[int, str]]) -> list[Task]:
        """Return what is still missing."""
        there = set() if self.again else finished
        listed = (
            Task(k, tuple(a for a in self.architectures if (k, a) not in there))
            for k in self.replications
        )
        return [task for task in listed if task.architectures]

    def processes(self, tasks: int) -> int:
        """Return how many workers so many tasks can use."""
        return max(1, min(self.workers or processors(), tasks))


def processors() -> int:
    """Return the number of processors that this process may use."""
    count: Callable[[], int | None] = getattr(os, "process_cpu_count", os.cpu_count)
    return count() or 1


def simulate(
    plan: Plan,
    collector: Collector,
    stop: Interrupt,
    advance: Callable[[int], None] = lambda _: None,
    replicate: Replicate | None = None,
) -> list[Failure]:
    """Simulate what is missing, and give every record to the collector as soon as it is there.

    Parameters
    ----------
    plan
        What is to be simulated.
    collector
        Takes the records, and knows what is there already.
    stop
        Looked at between replications.
    advance
        Called with the number of replications that just finished.
    replicate
        Stands in for `twin.plant.replicate`.

    Returns
    -------
    list of Failure
        What could not be simulated.
    """
    from twin.results import Failure, Record

    plan.check()
    tasks = plan.tasks(collector.finished)
    if not tasks:
        return []
    failures: list[Failure] = []
    with contextlib.closing(finished_tasks(plan, tasks, stop, replicate)) as finished:
        for done in finished:
            for outcome in done.outcomes:
                collector.add(Record.of(done.task.replication, outcome))
            failures += [Failure(done.task.replication, *error) for error in done.errors]
            advance(1)
    return sorted(failures, key=lambda f: (f.replication, f.architecture))


def finished_tasks(
    plan: Plan, tasks: Sequence[Task], stop: Interrupt, replicate: Replicate | None = None
) -> Generator[Done, None, None]:  # fmt: skip
    """Yield the results of tasks as they finish, in any order.

    Compiles in this process, then starts the workers: they find the compiled code on disk.
    """
    if replicate is None:
        from twin import plant

        plant.warm_up(plan.scenario)
        replicate = plant.replicate
    work = Work(plan.scenario, plan.seed, replicate)
    workers = plan.processes(len(tasks))
    if plan.engine == "dask":
        from twin.montecarlo.dask_engine import on_dask

        yield from on_dask(work, tasks, workers, stop)
    elif workers == 1:
        yield from _here(work, tasks, stop)
    else:
        from twin.montecarlo.pool import pooled

        yield from pooled(work, tasks, workers, stop)


def _here(work: Work, tasks: Sequence[Task], stop: Interrupt) -> Generator[Done, None, None]:
    for task in tasks:
        if stop.requested:
            return
        yield work.do(task)
