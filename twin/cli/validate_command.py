"""``ridethrough validate``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.app import app

if TYPE_CHECKING:
    from experiments.validation import Check


@app.command()
def validate(
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this check; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Check the model against published and closed-form results; exit code 1 if one fails."""
    from experiments.validation import run_checks

    sources: list[str] = []

    def show(check: Check) -> None:
        if check.source not in sources[-1:]:
            sources.append(check.source)
            typer.echo(f"# {check.source}")
        typer.echo(line(check))

    checks = run_checks(only or [], None if as_json else show)
    passed = sum(check.passed for check in checks)
    if as_json:
        typer.echo(json.dumps([check.to_dict() for check in checks], indent=1))
    else:
        typer.echo(f"{passed} of {len(checks)} numbers agree.")
    if passed < len(checks):
        raise typer.Exit(1)


def line(check: Check) -> str:
    """Return a check as one line."""
    word = "pass" if check.passed else "FAIL"
    error = f" ± {check.se:.2g} (se)" if check.se else ""
    limit = "at most " if check.at_most else ""
    return f"{word}  {check.name}: {check.got:.5g}{error}, expected {limit}{check.expected:.5g}"
