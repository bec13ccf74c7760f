"""``ridethrough study list | NAME``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from twin.cli import options
from twin.cli.app import app
from twin.errors import InputError

LIST = "list"


@app.command()
def study(
    name: Annotated[str, typer.Argument(help="Name of a study, or list.")] = LIST,
    n: Annotated[
        int | None, typer.Option("-n", metavar="N", help="Replications; left out, the study's own.")
    ] = None,
    sets: options.Sets = None,
    scenario: Annotated[
        str | None,
        typer.Option(metavar="SCENARIO", help="Scenario; left out, the study's own."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="The same study in under a minute, on tiny.")
    ] = False,
    seed: options.Seed = 1,
    workers: options.Workers = None,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Run a study: tables, figures, and a report that ends in conclusions.

    What is finished is used again: after an interruption the same command goes on.
    """
    from experiments.studies import Context, carry_out, find, studies

    if name == LIST:
        for known in studies().values():
            typer.echo(f"{known.name}  {known.title}")
        return
    if n is not None and n < 1:
        raise InputError(f"-n: {n} replications; must be at least 1")
    chosen = find(name)
    folder = out or Path("runs") / (f"study-{name}-quick" if quick else f"study-{name}")
    context = Context(
        folder, scenario, sets or (), n, quick, seed, workers, progress=not quiet,
        command=("ridethrough", *sys.argv[1:]), say=(lambda _: None) if quiet else options.note,
    )  # fmt: skip
    try:
        report = carry_out(chosen, context)
    except KeyboardInterrupt:
        options.stop(folder, context.command, resume=False)
    from twin.cli.console import print_paragraph

    for sentence in report.conclusions:
        print_paragraph(sentence)
    typer.echo(f"Report: {folder / 'report.html'}")
    options.tell_failures(report.failures)
