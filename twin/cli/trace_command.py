"""``ridethrough trace``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.app import app
from twin.cli.run_command import DIRECTORY, SCENARIO, SEED, SETS
from twin.errors import InputError, SimulationError

if TYPE_CHECKING:
    from twin.report import Episode
    from twin.scenario import Scenario

SHORT_RUN = 20  # replications to look for the worst one in, where no run is there


@app.command()
def trace(
    scenario: Annotated[str | None, SCENARIO] = None,
    replication: Annotated[
        int | None, typer.Option(metavar="K", help="Replication to watch; left out, 0.")
    ] = None,
    architecture: Annotated[
        str | None, typer.Option(metavar="NAME", help="Architecture; left out, the baseline.")
    ] = None,
    around: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Time to look at: '2031-06-12 14:05', seconds, or hours as 100h; "
            "left out, the worst hour.",
        ),
    ] = None,
    worst: Annotated[
        str | None,
        typer.Option(
            metavar="[METRIC]",
            help="Watch the replication and architecture in which METRIC is "
            "worst; left out, most lost GPU-hours. Looks in the finished replications of DIR, or "
            "in a short run.",
        ),
    ] = None,
    seed: Annotated[int, SEED] = 1,
    sets: Annotated[list[str] | None, SETS] = None,
    out: Annotated[Path | None, DIRECTORY] = None,
) -> None:
    """Tell what happened in one replication: event log, story, and a figure second by second."""
    if worst is not None and (around is not None or replication is not None):
        raise InputError("--worst picks replication and time itself; leave the other options out")
    if replication is not None and replication < 0:
        raise InputError(f"--replication: {replication} must not be negative; the first is 0")
    from twin.cli.session import load
    from twin.montecarlo import default_folder
    from twin.report import story, watch

    loaded = load(scenario, sets or ())
    folder = out or default_folder(loaded)
    names = [architecture] if architecture else []
    number, name = replication or 0, loaded.chosen(names)[0]
    if worst is not None:
        number, name = _worst(loaded, seed, worst, names, folder)
    episode = watch(loaded, seed, number, name, around)
    _write(episode, loaded, seed, folder)
    typer.echo(story(episode))
    typer.echo(f"All events and the figure are in {folder}.")


def _worst(
    scenario: Scenario, seed: int, metric: str, names: list[str], folder: Path
) -> tuple[int, str]:  # fmt: skip
    from twin.montecarlo import Request, carry_out, finished
    from twin.report import worst_replication

    results = finished(scenario, seed, folder)
    if results is None or not set(names or results.architectures) & set(results.architectures):
        typer.echo(f"Looking for the worst of {SHORT_RUN} replications ...", err=True)
        request = Request(scenario, SHORT_RUN, seed, tuple(names), progress=True)
        results = carry_out(request)
        if not results.count and results.failures:
            raise SimulationError(f"no replication could be finished: {results.failures[0].error}")
    return worst_replication(results, metric, names)


def _write(episode: Episode, scenario: Scenario, seed: int, folder: Path) -> None:
    """Write the event log twice, the quantities, and the figure."""
    from twin import plots
    from twin.montecarlo import manifest
    from twin.report import episode_figure, text
    from twin.results import claim
    from twin.results.files import replace_file, write_table, write_text

    claim(folder, manifest(scenario, seed, ("ridethrough", *sys.argv[1:])))
    write_table(folder / "events.parquet", episode.trace.events)
    write_table(folder / "series.parquet", episode.trace.series)
    write_text(folder / "events.txt", text(episode.trace.events))
    drawn = episode_figure(episode)
    replace_file(folder / "trace.png", lambda draft: plots.save(drawn, draft))
