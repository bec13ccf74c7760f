"""What the commands do, as Python: `run` and `trace` are also ``twin.run`` and ``twin.trace``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from twin.errors import TwinError
from twin.montecarlo import (
    REPLICATIONS,
    SEED,
    Interrupted,
    Request,
    Say,
    carry_out,
    silent,
    with_split,
)
from twin.scenario import DEFAULT, Scenario

if TYPE_CHECKING:
    from twin.plant import Trace
    from twin.report import Episode, Week
    from twin.results import Results


def load(scenario: Scenario | str | Path | None, sets: Sequence[str] = ()) -> Scenario:
    """Return a scenario, given itself, its name, or its file; None means the default one."""
    if isinstance(scenario, Scenario):
        return scenario
    loaded: Scenario = Scenario.load(DEFAULT if scenario is None else scenario, sets)
    return loaded


def run(
    scenario: Scenario | str | Path,
    n: int = REPLICATIONS,
    seed: int = SEED,
    workers: int | None = None,
    out: str | Path | None = None,
    progress: bool = False,
    architectures: Sequence[str] = (),
    brief: bool = False,
) -> Results:
    """Simulate the architectures of a scenario on the same luck, and return the results.

    Parameters
    ----------
    scenario
        A `Scenario`, the name of a shipped one, or a TOML file.
    n
        Number of replications, at least 1; left out, 200. Replication k is the same whatever n is.
    seed
        Seed of their luck.
    workers
        Number of processes; left out, one per processor. Results do not depend on it.
    out
        Folder to write to; finished rows of the same scenario, seed and version are used again.
        Left out, nothing is written.
    progress
        True shows a progress bar on a terminal.
    architectures
        Names of the designs to simulate, the first being the baseline of differences; left out,
        the scenario's default.
    brief
        True leaves out what goes beyond the run itself (needs `out`): the split of the difference.

    Returns
    -------
    Results
        Tables, estimates and paired differences. Replications that could not be simulated are left
        out and listed in `Results.failures`.

    Raises
    ------
    ScenarioError
        The scenario is wrong, or has no architecture of that name.
    DataError
        A data file of the scenario is missing or breaks its format.
    InputError
        n or the number of workers is not positive.
    OutputError
        The folder cannot be written, or holds another scenario, seed or version.
    Interrupted
        After Ctrl-C; what was finished is in its `results`, and in the folder if there is one.

    Examples
    --------
    >>> from twin import Scenario, run
    >>> results = run(Scenario.load("tiny", ["horizon_years=0.2"]), n=3, workers=1)
    >>> results.architectures
    ('centralized', 'distributed')
    >>> cost = results.differences["distributed - centralized"]["tco_npv_usd"]
    >>> cost.n, cost.unit
    (3, 'USD')
    """
    return run_and_report(
        Request(
            load(scenario), n, seed, tuple(architectures), workers, progress=progress,
            out=None if out is None else Path(out), command=("twin.run",), brief=brief,
        )
    )  # fmt: skip


def run_and_report(request: Request, say: Say = silent) -> Results:
    """Carry out a run; if it has a folder, write the report there, also of half a run."""
    out = request.out
    if out is None:
        return carry_out(request, say)
    from twin.report import write

    try:
        results = carry_out(request, say)
    except Interrupted as stopped:
        write(stopped.results, request.scenario, out)
        raise
    if not request.brief:
        results = _extended(request, results, say)
    bad_day, week = _bad_day(results, request, say), _week(results, request, say)
    write(results, request.scenario, out, bad_day, week)
    return results


def _extended(request: Request, results: Results, say: Say) -> Results:
    """Return the results with what goes beyond the run; the run's own report is safe before."""
    from twin.explore import Settings, Stopped, with_deciders
    from twin.report import write

    assert request.out is not None
    settings = Settings(
        request.n, request.seed, request.workers, None, progress=request.progress,
        command=request.command,
    )  # fmt: skip
    try:
        results = with_split(request, results, say)
        return with_deciders(results, request.scenario, request.out, settings)
    except (Interrupted, Stopped):
        write(results, request.scenario, request.out)
        raise


def _bad_day(results: Results, request: Request, say: Say) -> Episode | None:
    """Return the worst episode, None if there is none to tell."""
    from twin.report import WORST, WORST_WITHOUT_JOBS, watch, worst_replication

    if not results.count:
        return None
    jobs = any(found[WORST].n for found in results.estimates.values())
    try:
        number, name = worst_replication(results, WORST if jobs else WORST_WITHOUT_JOBS)
        return watch(request.scenario, request.seed, number, name)
    except TwinError as error:  # the figures stand; only their illustration is missing
        say(f"The report has no bad day in it, since tracing it failed: {error}")
        return None


def _week(results: Results, request: Request, say: Say) -> Week | None:
    """Return an ordinary week, None if nothing was simulated."""
    from twin.report import typical_week

    if not results.count:
        return None
    try:
        return typical_week(request.scenario, request.seed, results.architectures)
    except TwinError as error:
        say(f"The report has no ordinary week in it, since tracing it failed: {error}")
        return None


def trace(
    scenario: Scenario | str | Path,
    replication: int = 0,
    architecture: str | None = None,
    around: float | str | None = None,
    seed: int = SEED,
) -> Trace:
    """Simulate one replication again and watch it closely.

    Parameters
    ----------
    scenario
        A `Scenario`, the name of a shipped one, or a TOML file.
    replication
        Its number, from 0.
    architecture
        Name of the design; left out, the baseline.
    around
        Time to sample closely: ``"2026-06-12 14:05"``, seconds since the start, or hours as
        ``"100h"``; left out, the worst hour.
    seed
        Seed of the run whose replication it is.

    Returns
    -------
    Trace
        `events`, all events of the replication in order, and `series`, the plant's quantities (W,
        pu, state of charge) around that time, by the second in the first minutes.

    Raises
    ------
    ScenarioError
        The scenario is wrong, or has no architecture of that name.
    InputError
        The time cannot be read or lies outside the horizon.

    Examples
    --------
    >>> from twin import trace
    >>> day = trace("tiny", replication=3, architecture="distributed")
    >>> list(day.events.columns)
    ['time_s', 'timestamp', 'architecture', 'source', 'event', 'detail']
    """
    from twin.report import watch

    loaded = load(scenario)
    name = loaded.chosen([architecture] if architecture else ())[0]
    return watch(loaded, seed, replication, name, around).trace
