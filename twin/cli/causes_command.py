"""``ridethrough causes``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.app import app
from twin.cli.run_command import SEED, SETS
from twin.errors import InputError, SimulationError, one_by_one

if TYPE_CHECKING:
    from twin.results import Results

SHORT_RUN = 20  # replications, where no run is there


@app.command()
def causes(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="DIR|SCENARIO",
            help="Folder of a run, or a scenario; left out, sea-8000. A scenario's default folder "
            "is used, or a short run if there is none.",
            show_default=False,
        ),
    ] = None,
    architecture: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this architecture; may be repeated."),
    ] = None,
    seed: Annotated[int, SEED] = 1,
    sets: Annotated[list[str] | None, SETS] = None,
) -> None:
    """Rank what takes pods down: which event, where, by which path, at what cost."""
    from twin.cli.console import print_paragraph, print_wrapped
    from twin.report.causes import CAUSE_HEAD, blast_sentence, cause_cells

    results = _found(what, seed, sets or [], architecture or [])
    for name in _chosen(results, architecture or []):
        mine = results.causes[results.causes["architecture"] == name]
        print_paragraph(blast_sentence(results, name))
        if len(mine):
            print_wrapped(CAUSE_HEAD, [cause_cells(row) for row in mine.itertuples()], texts=2)


def _found(what: str | None, seed: int, sets: list[str], names: list[str]) -> Results:
    """Return the results of a folder, of a scenario's own folder, or of a short run."""
    from twin.results import Results

    if what is not None and Path(what).is_dir():
        if sets:
            raise InputError(f"--set: {what} is a finished run, whose figures are what they are")
        return Results.load(what)
    from twin.cli.session import load
    from twin.montecarlo import Request, carry_out, default_folder, finished

    scenario = load(what, sets)
    results = finished(scenario, seed, default_folder(scenario))
    if results is not None and set(names) <= set(results.architectures):
        return results
    typer.echo(f"Nothing finished yet: simulating {SHORT_RUN} replications ...", err=True)
    results = carry_out(Request(scenario, SHORT_RUN, seed, tuple(names), progress=True))
    if not results.count and results.failures:
        raise SimulationError(f"no replication could be finished: {results.failures[0].error}")
    return results


def _chosen(results: Results, names: list[str]) -> list[str]:
    for name in names:
        if name not in results.architectures:
            hint = one_by_one(name, results.architectures, "--architecture")
            raise InputError(
                f"--architecture: no results of '{name}'{hint}; "
                f"there are {', '.join(results.architectures)}"
            )
    return names or list(results.architectures)
