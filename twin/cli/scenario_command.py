"""``ridethrough scenario list | show | check | schema | reference | diagram``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from twin.cli.app import app
from twin.cli.run_command import SETS
from twin.errors import InputError

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
    from twin.report import shown
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
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 if there is any warning.")
    ] = False,
    sets: Annotated[list[str] | None, SETS] = None,
) -> None:
    """Check a scenario: exit code 2 if it is wrong; warn about what is unwise."""
    from twin.cli.session import load
    from twin.plant import context
    from twin.plant.build import build
    from twin.plant.design import check as judged
    from twin.plant.design import expected_sarfi
    from twin.plant.exogenous import Exogenous

    loaded = load(file, sets or ())
    findings = judged(loaded)
    world = Exogenous(loaded, context(loaded, 1, 0))
    for name in loaded.architectures:  # what only the parts know, such as the names of units
        build(loaded, name, world.ctx, world.disturbances, world=world)
    for finding in findings:
        typer.echo(f"Warning ({finding.rule}): {finding}")
    sags = ", ".join(f"{index} {rate:.3g}" for index, rate in expected_sarfi(loaded).items())
    typer.echo(f"Sags and momentary interruptions of the grid per year, on average: {sags}")
    names = ", ".join(loaded.architectures)
    typer.echo(f"{loaded.name} ({loaded.digest}) is valid; architectures: {names}")
    if findings:
        typer.echo(f"{len(findings)} warning{'s' if len(findings) > 1 else ''}")
        raise typer.Exit(int(strict))


@group.command()
def schema() -> None:
    """Print the JSON schema of scenario files, for editors."""
    from twin.scenario import schema as file_schema

    typer.echo(json.dumps(file_schema(), indent=1))


@group.command()
def reference(
    table: Annotated[
        str | None, typer.Argument(help="Only this table, e.g. diesel.", show_default=False)
    ] = None,
) -> None:
    """Print every table, kind and key with unit, default, range, meaning and source (Markdown)."""
    from twin.scenario import reference as markdown

    typer.echo(markdown(table))


@group.command("diagram")
def draw(
    name: Annotated[str, typer.Argument(help="Name of a shipped scenario, or a file.")],
    architecture: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Architecture to draw, may be repeated; left out, those that `run` simulates.",
        ),
    ] = None,
    sets: Annotated[list[str] | None, SETS] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.svg", help="Left out, it is printed.")
    ] = None,
) -> None:
    """Draw the single-line diagram of a scenario's architectures as SVG."""
    from twin.cli.session import load
    from twin.report import diagrams
    from twin.results.files import write_text

    if out is not None and (out.suffix.lower() != ".svg" or out.is_dir()):
        raise InputError(f"--out: {out} must be a file that ends in .svg")
    scenario = load(name, sets or ())
    drawn = diagrams(scenario, scenario.chosen(architecture or ()))
    if out is None:
        typer.echo(drawn, nl=False)
        return
    write_text(out, drawn)
    typer.echo(f"Single-line diagram: {out}")
