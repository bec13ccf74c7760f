"""One task, and what a worker does with it. Imported by workers: nothing heavy at the top."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from twin.errors import InputError

if TYPE_CHECKING:
    from twin.plant import Outcome
    from twin.scenario import Scenario

Replicate = Callable[["Scenario", int, int, Sequence[str]], "list[Outcome]"]


class Task(NamedTuple):
    """A replication, and the architectures of it that are still missing.

    Attributes
    ----------
    sets
        Changes to the run's scenario, as for ``--set``: one run may simulate many scenarios.
    """

    replication: int
    architectures: tuple[str, ...]
    sets: tuple[str, ...] = ()


class Error(NamedTuple):
    """Why an architecture of a replication could not be simulated."""

    architecture: str
    error: str
    traceback: str


class Done(NamedTuple):
    """What came out of a task."""

    task: Task
    outcomes: list[Outcome]
    errors: list[Error]


class Work(NamedTuple):
    """What all tasks of a run have in common.

    Attributes
    ----------
    scenario, seed
        What is simulated.
    replicate
        The function that simulates; workers import it by its name.
    """

    scenario: Scenario
    seed: int
    replicate: Replicate

    def do(self, task: Task) -> Done:
        """Simulate a task. A failure is a result; only mistakes of the user are raised."""
        try:
            scenario = _changed(self.scenario, task.sets)
            outcomes = self.replicate(scenario, self.seed, task.replication, task.architectures)
            return Done(task, outcomes, [])
        except InputError:
            raise
        except Exception as error:
            if len(task.architectures) == 1:
                return Done(task, [], [describe(task.architectures[0], error)])
        # which architecture was it? the others may well be finished
        parts = [self.do(task._replace(architectures=(name,))) for name in task.architectures]
        return Done(
            task, [o for p in parts for o in p.outcomes], [e for p in parts for e in p.errors]
        )  # fmt: skip


_last: tuple[Scenario, tuple[str, ...], Scenario] | None = None


def _changed(scenario: Scenario, sets: tuple[str, ...]) -> Scenario:
    """Return the changed scenario; the last one is kept, since its replications come in a row."""
    global _last
    if not sets:
        return scenario
    if _last is None or _last[0] is not scenario or _last[1] != sets:
        _last = scenario, sets, scenario.changed(sets)
    return _last[2]


def describe(architecture: str, error: BaseException) -> Error:
    """Return an exception as plain text."""
    text = f"{type(error).__name__}: {error}"
    return Error(architecture, text, "".join(traceback.format_exception(error)))


def failed(task: Task, error: BaseException) -> Done:
    """Return a task of which no architecture came back."""
    return Done(task, [], [describe(name, error) for name in task.architectures])
