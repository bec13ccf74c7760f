"""``ridethrough sweep``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli import options
from twin.cli.app import app

if TYPE_CHECKING:
    from twin.explore import SweepResults
    from twin.results import Failure

PRINTED = {
    "tco_npv_usd": "total cost",
    "interrupted_job_cost_usd_per_year": "interrupted jobs",
    "pod_losses_per_year": "pod losses",
}
MOST_PRINTED = 50


@app.command()
def sweep(
    scenario: options.ScenarioName = None,
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=V1,V2,...",
            help="Key and its values; may be repeated, for a grid. KEY=LOW..HIGH is drawn from a "
            "Latin hypercube.",
        ),
    ] = None,
    n: options.Count = 200,
    samples: Annotated[
        int | None,
        typer.Option(metavar="M", help="Draws of the Latin hypercube; left out, 32."),
    ] = None,
    seed: options.Seed = 1,
    architecture: options.Architectures = None,
    workers: options.Workers = None,
    sets: options.Sets = None,
    out: options.Out = None,
    resume: options.Resume = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Simulate the architectures at many points of a grid, all on the same luck.

    Into a folder of the same scenario, seed and version, finished replications are used again, also
    those of other points.
    """
    from twin.cli.session import load
    from twin.explore import sweep as run_sweep
    from twin.report.sweeps import write_sweep

    loaded = load(scenario, sets or ())
    chosen = options.settings("sweep", loaded, n, seed, workers, out, resume, quiet)
    try:
        found = run_sweep(loaded, over or (), chosen, architecture or (), samples)
    except KeyboardInterrupt:
        options.stop(chosen.out, chosen.command)
    assert chosen.out is not None
    page = write_sweep(found, chosen.out)
    if as_json:
        rows = json.loads(found.table.to_json(orient="records", double_precision=15))
        typer.echo(json.dumps({**found.plan, "rows": rows}, indent=1, ensure_ascii=False))
    else:
        _show(found)
        typer.echo(f"Figures and tables: {page}; all metrics: {chosen.out / 'sweep.parquet'}")
    finish([(f"point {number}", failure) for number, failure in found.failures])


def _show(found: SweepResults) -> None:
    """Print one line per point: the difference of the designs, or the only design."""
    from twin.cli.console import print_grid, print_paragraph
    from twin.explore.tables import estimate_in
    from twin.metrics import METRICS
    from twin.report.sweeps import names_of
    from twin.report.wording import cell, scale

    designs, gaps = names_of(found)
    of = (gaps or designs)[0]
    columns = []
    head = [key.split(".")[-1] for key in found.keys]
    for metric, label in PRINTED.items():
        estimates = [estimate_in(row) for row in found.of(metric, of).to_dict("records")]
        factor, unit = scale(METRICS[metric].unit, estimates)
        columns.append([cell(e, factor, signed=" - " in of) for e in estimates])
        head.append(f"{label}, {unit}")
    points = found.points[list(found.keys)].astype(str).to_numpy().tolist()
    lines = [[*point, *cells] for point, *cells in zip(points, *columns, strict=True)]
    print_paragraph(f"{of}, at {len(points)} points:")
    print_grid(head, lines[:MOST_PRINTED])
    if len(lines) > MOST_PRINTED:
        typer.echo(f"... and {len(lines) - MOST_PRINTED} more points.")
    print_paragraph("Estimate ± half-width of the 95 % interval; all points share their luck.")


def finish(failures: list[tuple[str, Failure]]) -> None:
    """Tell what failed, with exit code 1."""
    if failures:
        where, first = failures[0]
        typer.echo(
            f"{len(failures)} simulations failed and are left out; the first: {where}, replication "
            f"{first.replication} of {first.architecture}: {first.error}",
            err=True,
        )
        raise typer.Exit(1)
