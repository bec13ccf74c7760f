"""``ridethrough sensitivity``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from twin.cli import options
from twin.cli.app import app
from twin.errors import InputError, nearest

METHODS = ("tornado", "morris", "sobol")
LATER = ("morris", "sobol")


@app.command()
def sensitivity(
    scenario: options.ScenarioName = None,
    metric: Annotated[str, typer.Option(metavar="METRIC", help="What to look at.")] = "tco_npv_usd",
    method: Annotated[
        str, typer.Option(help="tornado: one figure at a time from low to high.")
    ] = "tornado",
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=LOW..HIGH",
            help="Figure to move; may be repeated. Left out, every figure that declares a range "
            "(scenario show --sources).",
        ),
    ] = None,
    n: options.Count = 200,
    seed: options.Seed = 1,
    architecture: options.Architectures = None,
    workers: options.Workers = None,
    sets: options.Sets = None,
    out: options.Out = None,
    resume: options.Resume = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Show which figures the difference between two architectures hangs on."""
    _check_method(method)
    from twin.cli.console import print_paragraph
    from twin.cli.session import load
    from twin.explore import tornado
    from twin.report.sweeps import write_tornado

    loaded = load(scenario, sets or ())
    chosen = options.settings("sensitivity", loaded, n, seed, workers, out, resume, quiet)
    try:
        found = tornado(loaded, metric, over or None, chosen, architecture or ())
    except KeyboardInterrupt:
        options.stop(chosen.out, chosen.command)
    assert chosen.out is not None
    page = write_tornado(found, chosen.out)
    if as_json:
        rows = json.loads(found.table.to_json(orient="records", double_precision=15))
        effects = json.loads(found.effects.to_json(orient="records", double_precision=15))
        body = {**found.plan, "rows": rows, "effects": effects}
        typer.echo(json.dumps(body, indent=1, ensure_ascii=False))
    else:
        print_paragraph(f"{found.metric} of {found.of}, the figure that moves it most first:")
        for key in found.top(len(found.effects)):
            print_paragraph(f"- {found.verdict(key)}")
        typer.echo(f"Figure and table: {page}")
    options.tell_failures(found.plan["failures"])


def _check_method(method: str) -> None:
    if method in LATER:
        raise InputError(f"--method {method}: not available yet; there is tornado")
    if method not in METHODS:
        raise InputError(f"--method: unknown method '{method}'{nearest(method, METHODS)}")
