"""``ridethrough fit sags | outages | diesel``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.app import app
from twin.errors import OutputError

if TYPE_CHECKING:
    from twin.fitting import Fit, Record

group = typer.Typer(
    help="Fit a table of a scenario to a log, with intervals.", no_args_is_help=True
)
app.add_typer(group, name="fit")

AS_JSON = typer.Option("--json", help="Print JSON and nothing else.")
OUT = typer.Option("--out", metavar="FILE", help="Write the scenario's table to this TOML file.")
YEARS = typer.Option("--years", metavar="Y", help="Length of the record in years.")
START = typer.Option("--start", metavar="TIME", help="Begin of the record (ISO 8601).")


@group.command()
def sags(
    log: Annotated[
        str, typer.Argument(help="CSV file; or COMTRADE record (.cfg, .cff), or a folder of them.")
    ],
    years: Annotated[float | None, YEARS] = None,
    start: Annotated[str, START] = "",
    declared: Annotated[
        float | None,
        typer.Option(metavar="V", help="Declared voltage of COMTRADE channels, in their unit."),
    ] = None,
    events: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the sags as read to this CSV file.")
    ] = None,
    out: Annotated[Path | None, OUT] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Fit the table grid.sags to a power-quality log: rate, depth, duration, season, phases, shots."""
    from twin.fitting import fit_sags, read_record

    record = read_record(log, voltage=True, declared_v=declared)
    if events is not None:  # first: too few events for a fit are an import all the same
        _write(events, _as_csv(record))
    fit = fit_sags(record, years, start)
    _finish(fit, out, as_json=as_json)


@group.command()
def outages(
    log: Annotated[str, typer.Argument(help="CSV file: start_s or time, duration_s, ended.")],
    years: Annotated[float | None, YEARS] = None,
    start: Annotated[str, START] = "",
    out: Annotated[Path | None, OUT] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Fit the table grid.outages to an outage log: rate, duration with or without a tail, season."""
    from twin.fitting import fit_outages, read_record

    fit = fit_outages(read_record(log, voltage=False), years, start)
    _finish(fit, out, as_json=as_json)


@group.command()
def diesel(
    log: Annotated[str, typer.Argument(help="CSV file: set, time, started, run_h, failed.")],
    prior: Annotated[
        str, typer.Option(help="What is believed before: typical, well-kept or jeffreys.")
    ] = "typical",
    years: Annotated[float | None, YEARS] = None,
    out: Annotated[Path | None, OUT] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Fit the table diesel to start records: failure to start and while running, by conjugate Bayes."""
    from twin.fitting import fit_diesel, read_starts

    _finish(fit_diesel(read_starts(log), prior, years), out, as_json=as_json)


def _finish(fit: Fit, out: Path | None, *, as_json: bool) -> None:
    """Print a fit and write its table."""
    from twin.cli.console import print_paragraph

    if out is not None:
        _write(out, fit.snippet())
    if as_json:
        typer.echo(json.dumps(fit.to_dict(), indent=1))
        return
    print_paragraph(f"{fit.log}: {fit.record}.")
    typer.echo()
    for line in lines(fit):
        typer.echo(line)
    for name, value in fit.indices.items():
        typer.echo(f"{name} = {value:.4g}")
    typer.echo()
    for note in fit.notes:
        print_paragraph(f"Note: {note}.")
    for warning in fit.warnings:
        print_paragraph(f"Warning: {warning}.")
    if out is not None:
        typer.echo(f"Table [{fit.table}]: {out}")
        return
    typer.echo(f"\n{fit.snippet()}")


def lines(fit: Fit) -> list[str]:
    """Return one line per fitted number: key, value, unit and 95 % interval."""
    from twin.fitting.model import rounded, short

    found = []
    for figure in fit.figures:
        if isinstance(figure.value, tuple):
            found.append(f"{figure.key} = {rounded(figure.value)}")
            continue
        unit = f" {figure.unit}" if figure.unit not in ("", "1") else ""
        limits = ""
        if isinstance(figure.low, float) and isinstance(figure.high, float):
            limits = f"  (95 %: {short(figure.low)} to {short(figure.high)})"
        found.append(f"{figure.key} = {figure.value:.4g}{unit}{limits}")
    return found


def _as_csv(record: Record) -> str:
    """Return the sags of a log as the scenario's kind ``csv`` reads them."""
    from twin.contracts.timeline import INTERRUPTION_PU, MOMENTARY_S, NORMAL_PU

    rows = ["start_s,duration_s,voltage_pu,phases"]
    keep = (record.voltage_pu < NORMAL_PU) & (
        (record.voltage_pu >= INTERRUPTION_PU) | (record.duration_s <= MOMENTARY_S)
    )
    sags = record.select(keep)
    columns = (sags.start_s, sags.duration_s, sags.voltage_pu, sags.phases)
    for start, lasts, volts, phases in zip(*(c.tolist() for c in columns), strict=True):
        rows.append(f"{start!r},{lasts!r},{volts!r},{letter(phases)}")
    return "\n".join(rows) + "\n"


def letter(code: int) -> str:
    """Return a sag type as a log writes it; empty if it is unknown."""
    from twin.contracts.phases import SagType

    return "" if code == 0 else str(code) if code <= SagType.A else SagType(code).name


def _write(file: Path, text: str) -> None:
    """Write a new file; an older one is not overwritten."""
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise OutputError(f"{file}: exists already; name another file, or remove it") from None
    except OSError as error:
        raise OutputError(f"{file}: cannot be written: {error.strerror}") from None
