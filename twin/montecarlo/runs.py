"""A run from beginning to end: check, look what is there, simulate the rest, save."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from twin.errors import InputError, OutputError
from twin.montecarlo.driver import Plan, simulate
from twin.montecarlo.interrupt import Interrupt
from twin.montecarlo.progress import progress_bar

if TYPE_CHECKING:
    from twin.results import Identity, Manifest, Results, Tables
    from twin.scenario import Scenario

REPLICATIONS = 200
SEED = 1
Say = Callable[[str], None]


class Interrupted(KeyboardInterrupt):
    """The run was interrupted softly.

    Attributes
    ----------
    results
        What was finished; if the run has a folder, it is saved there.
    """

    def __init__(self, results: Results) -> None:
        super().__init__("interrupted")
        self.results = results


def silent(text: str) -> None:
    """Say nothing."""
    del text


@dataclass(frozen=True)
class Request:
    """A run as it was asked for.

    Attributes
    ----------
    scenario, n, seed
        What to simulate, how often, with which luck.
    architectures
        Names; left out, the scenario's default.
    workers, engine
        Number of processes (left out, one per processor), ``"local"`` or ``"dask"``.
    only
        Number of the one replication to simulate, whether or not it is finished.
    out
        Folder for the results; None keeps them in memory.
    resume
        True insists on a folder that holds an earlier run.
    progress
        True shows a progress bar on a terminal.
    command
        The command line, for the manifest.
    label
        What the progress bar counts.
    brief
        True leaves out what goes beyond the run itself.
    """

    scenario: Scenario
    n: int = REPLICATIONS
    seed: int = SEED
    architectures: Sequence[str] = ()
    workers: int | None = None
    engine: str = "local"
    only: int | None = None
    out: Path | None = None
    resume: bool = False
    progress: bool = False
    command: Sequence[str] = ()
    label: str = "replications"
    brief: bool = False


def carry_out(request: Request, say: Say = silent, adopt: Tables | None = None) -> Results:
    """Carry out a run, save what is finished whatever happens, and return the results.

    Parameters
    ----------
    request
        The run.
    say
        Told what is there already.
    adopt
        Finished rows of the same identity, which need not be simulated again.

    Raises
    ------
    Interrupted
        After Ctrl-C, when everything that is finished has been saved.
    """
    from twin.results import Collector, RunFolder

    plan = _plan(request)
    wanted = manifest(request.scenario, request.seed, request.command)
    wanted = wanted.asking(plan.replications, plan.architectures)
    if request.resume:
        _check_resumable(request.out, wanted)
    with contextlib.ExitStack() as stack:
        collector = Collector(wanted)
        if request.out is not None:
            collector = stack.enter_context(RunFolder(request.out, wanted))
        if adopt is not None:
            collector.adopt(adopt.select(plan.replications, plan.architectures))
        missing, asked = len(plan.tasks(collector.finished)), len(plan.replications)
        if missing < asked:
            say(f"{asked - missing} of {asked} replications are there.")
        failures = []
        with Interrupt() as stop:
            try:
                with progress_bar(missing, request.label, show=request.progress) as advance:
                    failures = simulate(plan, collector, stop, advance)
            finally:
                results = collector.save(failures)
    if stop.requested:
        raise Interrupted(results)
    return results


def _plan(request: Request) -> Plan:
    plan = Plan(
        request.scenario, request.seed, _replications(request),
        request.scenario.chosen(request.architectures), request.workers, request.engine,
        again=request.only is not None,
    )  # fmt: skip
    plan.check()
    return plan


def _replications(request: Request) -> list[int]:
    if request.only is not None:
        if request.only < 0:
            raise InputError(f"--only: {request.only} must not be negative; the first is 0")
        return [request.only]
    if request.n < 1:
        raise InputError(f"-n: {request.n} replications; must be at least 1")
    return list(range(request.n))


def manifest(scenario: Scenario, seed: int, command: Sequence[str] = ()) -> Manifest:
    """Return the manifest of a run that has not asked for anything yet."""
    from twin.results import Manifest

    return Manifest(identity(scenario, seed), scenario.to_dict(), command=tuple(command))


def identity(scenario: Scenario, seed: int) -> Identity:
    """Return what rows must have in common to share a folder."""
    from twin.results import Identity, source_hash

    sources = source_hash(scenario.modules)
    # by name: this layer must not depend on what the package's root offers to users
    version: str = importlib.import_module("twin").__version__
    return Identity(scenario.name, scenario.digest, seed, version, sources)


def default_folder(scenario: Scenario) -> Path:
    """Return the folder of a scenario's results unless another one is named."""
    return Path("runs") / f"{scenario.name}-{scenario.digest}"


def _check_resumable(out: Path | None, wanted: Manifest) -> None:
    from twin.results.folder import check

    if out is None or check(out, wanted) is None:
        raise OutputError(f"--resume: {out} holds no run to go on with; leave --resume out")


def finished(scenario: Scenario, seed: int, folder: Path) -> Results | None:
    """Return everything that is finished in a folder, None if it has no results yet."""
    from twin.results import Results
    from twin.results.folder import check, load_tables

    found = check(folder, manifest(scenario, seed))
    if found is None:
        return None
    tables = load_tables(folder)
    done = sorted({number for number, _ in tables.present()})
    names = [name for name in scenario.architectures if name in tables.finished()]
    return Results.of(found.asking(done, names), tables)
