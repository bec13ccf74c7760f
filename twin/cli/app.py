"""The application: its commands, and what becomes of errors."""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperGroup

import twin
from twin.errors import TwinError

INTERRUPTED = 130
METRIC = re.compile(r"goodput|ettr|[a-z0-9]+(_[a-z0-9]+)+")


class _Group(TyperGroup):
    """Ends with our exit code when interrupted, whatever the version of typer does."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    name="ridethrough",
    cls=_Group,
    help="How an AI training cluster rides through bad power: a discrete-event digital twin.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ridethrough {twin.__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Take the options that stand before a command."""
    del version


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0 all done; 1 some replication or check failed; 2 bad input; 130 interrupted.
    """
    _tolerate_terminals()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(with_worst_metric(given), prog_name="ridethrough")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except TwinError as error:
        typer.echo(f"Error: {error}", err=True)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has left
        _leave_quietly(sys.stdout)
        return 1
    return 0


def with_worst_metric(arguments: Sequence[str]) -> list[str]:
    """Give ``--worst`` its default metric where none follows; typer has no such options."""
    from_here = list(arguments)
    for i, word in enumerate(from_here):
        follows = from_here[i + 1] if i + 1 < len(from_here) else ""
        if word == "--worst" and not METRIC.fullmatch(follows):
            from_here[i] = "--worst=lost_gpu_hours_per_year"
    return from_here


def _tolerate_terminals() -> None:
    """Show a replacement for signs that a terminal's encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _leave_quietly(stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


for _module in sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)])):
    if _module.endswith("_command"):
        importlib.import_module(f"twin.cli.{_module}")
