"""``ridethrough run``."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from twin.cli.app import INTERRUPTED, app
from twin.errors import InputError

if TYPE_CHECKING:
    from twin.montecarlo import Request
    from twin.results import Results

SCENARIO = typer.Argument(
    help="Scenario file, or name of a shipped one; left out, sea-8000.", show_default=False
)
SETS = typer.Option("--set", metavar="KEY=VALUE", help="Change a figure of the scenario.")
DIRECTORY = typer.Option(
    "--out", metavar="DIR", help="Folder for results; left out, runs/SCENARIO-DIGEST."
)
SEED = typer.Option("--seed", help="Seed of the luck.")


@app.command()
def run(
    scenario: Annotated[str | None, SCENARIO] = None,
    n: Annotated[int, typer.Option("-n", metavar="N", help="Number of replications.")] = 200,
    seed: Annotated[int, SEED] = 1,
    architecture: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Architecture to simulate, the first being the baseline; may be repeated.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="W", help="Processes; left out, one per processor.")
    ] = None,
    engine: Annotated[str, typer.Option(help="local or dask.")] = "local",
    only: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="Simulate replication K alone, also if it is finished; without "
            "--out nothing is written.",
        ),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="METRIC=5%", hidden=True)] = None,
    rare: Annotated[str | None, typer.Option(metavar="METRIC", hidden=True)] = None,
    sets: Annotated[list[str] | None, SETS] = None,
    out: Annotated[Path | None, DIRECTORY] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run, which must be there.")
    ] = False,
    all_metrics: Annotated[bool, typer.Option("--all", help="Print every metric.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print summary.json and nothing else.")
    ] = False,
    brief: Annotated[
        bool,
        typer.Option("--brief", help="Only the run itself: nothing that goes beyond the table."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no notes.")] = False,
) -> None:
    """Simulate the architectures of a scenario on the same luck, and compare them.

    Into a folder of the same scenario, seed and version, finished replications are used again.
    """
    _refuse_later_options(until=until, rare=rare)
    from twin.cli.session import load, run_and_report
    from twin.montecarlo import Request, default_folder, silent

    loaded = load(scenario, sets or ())
    folder = out
    if folder is None and only is None:
        folder = default_folder(loaded)
    request = Request(
        loaded, n, seed, tuple(architecture or ()), workers, engine, only, folder, resume,
        progress=not quiet, command=("ridethrough", *sys.argv[1:]), brief=brief,
    )  # fmt: skip
    try:
        results = run_and_report(request, silent if quiet else _note)
    except KeyboardInterrupt:
        _stop(request)
    if as_json:
        typer.echo(json.dumps(results.summary, indent=1))
    else:
        _show(results, request, all_metrics=all_metrics)
    _finish(results)


def _refuse_later_options(**options: str | None) -> None:
    for name, value in options.items():
        if value is not None:
            raise InputError(f"--{name}: not available yet; give a number of replications with -n")


def _note(text: str) -> None:
    typer.echo(text, err=True)


def _show(results: Results, request: Request, *, all_metrics: bool) -> None:
    """Print the answer, the table, and where everything is."""
    from twin.cli.console import print_listing, print_paragraph, print_table
    from twin.report import all_lines, answer, columns, headline_lines

    print_paragraph(answer(results))
    if all_metrics:
        print_listing(all_lines(results), columns(results))
    else:
        print_table(headline_lines(results), columns(results))
    print_paragraph("Estimate ± half-width of the 95 % interval; differences are paired.")
    if request.out is not None:
        print_paragraph(f"Report: {request.out / 'report.html'}")


def _finish(results: Results) -> None:
    """Tell what failed, with exit code 1."""
    failed = results.failures
    if failed:
        first = failed[0]
        typer.echo(
            f"{len(failed)} simulations failed and are left out; the first: replication "
            f"{first.replication} of {first.architecture}: {first.error}\n"
            f"Tracebacks are in manifest.json; again: --only {first.replication}",
            err=True,
        )
        raise typer.Exit(1)


def _stop(request: Request) -> NoReturn:
    """Say how to go on after Ctrl-C, with exit code 130."""
    if request.out is None:
        typer.echo("Interrupted; nothing was to be saved.", err=True)
        raise typer.Exit(INTERRUPTED)
    again = [a for a in request.command if a != "--resume"] + ["--resume"]
    typer.echo(f"Interrupted; what is finished is saved in {request.out}.", err=True)
    typer.echo(f"Go on with: {shlex.join(again)}", err=True)
    raise typer.Exit(INTERRUPTED)
