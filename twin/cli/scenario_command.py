"""``ridethrough scenario list | show | check | schema``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from twin.cli.app import app
from twin.cli.run_command import SETS

group = typer.Typer(help="List, show and check scenarios.", no_args_is_help=True)
app.add_typer(group, name="scenario")


@group.command("list")
def list_shipped() -> None:
    """List the scenarios that come with the product; the first is the default."""
    from twin.scenario import shipped

    found = shipped()
    width = max((len(s.name) for s in found), default=0)
    for scenario in found:
        typer.echo(f"{scenario.name:<{width}}  {scenario.description}".rstrip())


@group.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a shipped scenario, or a file.")],
    sources: Annotated[
        bool, typer.Option("--sources", help="With sources; assumed figures come first.")
    ] = False,
    sets: Annotated[list[str] | None, SETS] = None,
) -> None:
    """Show every figure of a scenario, defaults included."""
    from twin.cli.session import load
    from twin.report.page import shown
    from twin.scenario import describe

    scenario = load(name, sets or ())
    typer.echo(f"{scenario.name} ({scenario.digest}): {scenario.description}\n")
    for row in describe(scenario, sources=sources):
        unit = f" {row.unit}" if row.unit not in ("", "1") else ""
        typer.echo(f"{row.key} = {shown(row.value)}{unit}")
        if sources:
            trust = f" [{row.confidence}]" if row.confidence else ""
            if row.span is not None:
                trust += f"; swept from {row.span[0]:g} to {row.span[1]:g}{unit}"
            typer.echo(f"    {row.meaning}\n    source: {row.source or 'none named'}{trust}")


@group.command()
def check(
    file: Annotated[str, typer.Argument(help="Scenario file, or name of a shipped one.")],
    sets: Annotated[list[str] | None, SETS] = None,
) -> None:
    """Check a scenario: exit code 2 if it is wrong; warn about what is unwise."""
    from twin import scenario as scenarios
    from twin.cli.session import load

    loaded = load(file, sets or ())
    for warning in scenarios.check(loaded):
        typer.echo(f"Warning: {warning}")
    names = ", ".join(loaded.architectures)
    typer.echo(f"{loaded.name} ({loaded.digest}) is valid; architectures: {names}")


@group.command()
def schema() -> None:
    """Print the JSON schema of scenario files, for editors."""
    from twin.scenario import schema as file_schema

    typer.echo(json.dumps(file_schema(), indent=1))
