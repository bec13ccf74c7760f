"""Options that several commands share."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from twin.cli.app import INTERRUPTED
from twin.cli.run_command import SCENARIO, SEED, SETS

if TYPE_CHECKING:
    from twin.explore import Settings
    from twin.scenario import Scenario

ScenarioName = Annotated[str | None, SCENARIO]
Count = Annotated[int, typer.Option("-n", metavar="N", help="Number of replications.")]
Seed = Annotated[int, SEED]
Sets = Annotated[list[str] | None, SETS]
Workers = Annotated[
    int | None, typer.Option(metavar="W", help="Processes; left out, one per processor.")
]
Architectures = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Architecture, the first being the baseline; may be repeated."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Folder for results; left out, one below runs/."),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with an interrupted one, which must be there.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no notes.")]


def settings(
    what: str,
    scenario: Scenario,
    n: int,
    seed: int,
    workers: int | None,
    out: Path | None,
    resume: bool = False,
    quiet: bool = False,
) -> Settings:
    """Return the settings of a command; the default folder is named by command and scenario."""
    from twin.explore import Settings

    folder = out or Path("runs") / f"{what}-{scenario.name}-{scenario.digest}"
    command = ("ridethrough", *sys.argv[1:])
    return Settings(n, seed, workers, folder, resume, progress=not quiet, command=command)


def stop(out: Path | None, command: Sequence[str], *, resume: bool = True) -> NoReturn:
    """Say how to go on after Ctrl-C, with exit code 130."""
    if out is None:
        typer.echo("Interrupted; nothing was to be saved.", err=True)
        raise typer.Exit(INTERRUPTED)
    again = [word for word in command if word != "--resume"] + (["--resume"] if resume else [])
    typer.echo(f"Interrupted; what is finished is saved in {out}.", err=True)
    typer.echo(f"Go on with: {shlex.join(again)}", err=True)
    raise typer.Exit(INTERRUPTED)


def tell_failures(count: int) -> None:
    """Tell that simulations failed, with exit code 1."""
    if count:
        typer.echo(
            f"{count} simulations failed and are left out; tracebacks are in the points' "
            f"manifest.json",
            err=True,
        )
        raise typer.Exit(1)


def note(text: str) -> None:
    """Print a note to standard error."""
    typer.echo(text, err=True)
