"""``ridethrough validate``."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.app import app
from twin.errors import InputError

if TYPE_CHECKING:
    from experiments.validation import Check


@app.command()
def validate(
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this check; may be repeated.")
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option(
            metavar="N|random",
            help="A second seed for what is sampled: reported beside the fixed one, fails nothing.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Check the model against published and closed-form results; exit code 1 if one fails."""
    from experiments.validation import run_checks

    second = _second_seed(seed)
    if second is not None:
        typer.echo(f"Second seed: {second}", err=True)
    sources: list[str] = []

    def show(check: Check) -> None:
        if check.source not in sources[-1:]:
            sources.append(check.source)
            typer.echo(f"# {check.source}")
        typer.echo(line(check))

    checks = run_checks(only or [], None if as_json else show, second_seed=second)
    passed = sum(check.passed for check in checks)
    if as_json:
        typer.echo(json.dumps([check.to_dict() for check in checks], indent=1))
    else:
        typer.echo(f"{passed} of {len(checks)} numbers agree.")
    if passed < len(checks):
        raise typer.Exit(1)


def _second_seed(text: str | None) -> int | None:
    """Return the second seed: a number, or one that changes from run to run."""
    if text is None:
        return None
    if text == "random":
        return secrets.randbelow(2**31)
    if not text.isdecimal():
        raise InputError(f"--seed: '{text}' must be a whole number from 0 upwards, or random")
    return int(text)


def line(check: Check) -> str:
    """Return a check as one line."""
    word = "pass" if check.passed else "FAIL"
    error = f" ± {check.se:.2g} (se)" if check.se else ""
    limit = "at most " if check.at_most else ""
    again = "" if check.got2 is None else f"; second seed {check.got2:.5g}"
    again += "" if check.z2 is None else f", {check.z2:+.1f} se away"
    return (
        f"{word}  {check.name}: {check.got:.5g}{error}, "
        f"expected {limit}{check.expected:.5g}{again}"
    )
