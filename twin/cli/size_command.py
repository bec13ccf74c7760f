"""``ridethrough size``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli import options
from twin.cli.app import app

if TYPE_CHECKING:
    from twin.explore import Sizing


@app.command()
def size(
    scenario: options.ScenarioName = None,
    architecture: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Architecture to size; left out, the baseline."),
    ] = None,
    target: Annotated[
        str, typer.Option(metavar="METRIC=VALUE", help="What the plant must reach.")
    ] = "",
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=LOW..HIGH:STEP",
            help="What may be sized; may be repeated. Left out: the battery's energy and the number "
            "of diesel sets.",
        ),
    ] = None,
    confident: Annotated[
        bool,
        typer.Option("--confident", help="The whole 95 % interval must meet the target."),
    ] = False,
    largest: Annotated[
        bool,
        typer.Option(
            "--largest",
            help="Find the largest value of one key that meets the target, such as the largest "
            "battery at a given cost.",
        ),
    ] = False,
    n: options.Count = 200,
    seed: options.Seed = 1,
    workers: options.Workers = None,
    sets: options.Sets = None,
    out: options.Out = None,
    resume: options.Resume = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Find the smallest battery and diesel plant that meet a target, with few simulations."""
    from twin.cli.session import load
    from twin.explore import Target
    from twin.explore import size as run_size
    from twin.montecarlo import silent

    loaded = load(scenario, sets or ())
    (name,) = loaded.chosen([architecture] if architecture else loaded.default_architectures[:1])
    chosen = options.settings("size", loaded, n, seed, workers, out, resume, quiet)
    try:
        found = run_size(
            loaded, name, Target.read(target, confident), vary or (), chosen, largest=largest,
            say=silent if quiet else options.note,
        )  # fmt: skip
    except KeyboardInterrupt:
        options.stop(chosen.out, chosen.command)
    if as_json:
        typer.echo(json.dumps(found.answer, indent=1, ensure_ascii=False))
    else:
        _show(found)
        typer.echo(f"All simulated plants: {chosen.out}/size.parquet")
    options.tell_failures(found.answer["failures"])


def _show(found: Sizing) -> None:
    from twin.cli.console import print_grid, print_paragraph
    from twin.report.sweeps import size_lines

    answer = found.answer
    what = f"{answer['architecture']} with {found.words}"
    looked = f"{answer['simulated']} of {answer['plants']} plants simulated"
    if found.chosen is None:
        print_paragraph(f"No plant of {what} is within the range looked at ({looked}).")
    else:
        which = "The largest plant" if answer["largest"] else "The smallest plants"
        print_paragraph(f"{which} of {what} ({looked}):")
        print_grid(*size_lines(found))
        first = "The cheapest of them" if len(found.minimal) > 1 else "As changes"
        print_paragraph(f"{first}: {' '.join('--set ' + s for s in found.sets)}")
    for warning in answer["warnings"]:
        print_paragraph(f"Note: {warning}.")
