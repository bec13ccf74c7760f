"""Figures as they stand in a page: drawing, caption, and the table that they were drawn from."""

from __future__ import annotations

import math
import urllib.parse
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin import plots
from twin.report.html import Html, details, table, tag
from twin.report.wording import number, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 60  # of a table in the page; the CSV has all
DIGITS = 5  # of a number in the page
CSV_FORMAT = "%.10g"
UNITS = {
    "_usd_per_year": "USD/yr", "_usd_per_kwh": "USD/kWh", "_mwh_per_year": "MWh/yr",
    "_per_year": "1/yr", "_musd": "M USD", "_usd": "USD", "_mw": "MW", "_kw": "kW", "_pu": "pu",
    "_h": "h", "_s": "s",
}  # fmt: skip
HEADS = {"se": "Standard error", "p05": "5 % quantile", "p95": "95 % quantile", "ci_low":
         "95 % interval from", "ci_high": "95 % interval to", "pv": "PV", "soc": "State of charge",
         "it": "IT", "half_width": "± half of the 95 % interval", "_per_year": "Rate",
         "_mwh_per_year": "Energy", "_usd_per_year": "Cost"}  # fmt: skip


def drawing(drawn: Figure, name: str, alt: str) -> Html:
    """Return a figure as markup.

    Parameters
    ----------
    name
        Names the figure; each on its own.
    alt
        What it shows, for those who cannot see it.
    """
    return Html(plots.svg(drawn, name, alt))


def exhibit(name: str, drawings: Iterable[Html], caption: object, data: pd.DataFrame) -> Html:
    """Return a figure with its caption and its numbers.

    Parameters
    ----------
    name
        Anchor, and name of the CSV file.
    drawings
        They stand side by side where there is room.
    caption
        What to see in it, and what the lines and bands are.
    data
        The table that was drawn; units are read from the columns' names.
    """
    panels = [tag("div", drawn) for drawn in drawings]
    words = tag("div", tag("figcaption", caption), numbers_behind(name, data))
    return tag(
        "figure",
        tag("div", *panels, class_="panels"),
        words,
        id=f"figure-{name}",
        class_="single" if len(panels) == 1 else "several",
    )


def numbers_behind(name: str, data: pd.DataFrame) -> Html:
    """Return a table that opens on demand, with a link to all of it as CSV."""
    shown = data.iloc[_evenly(len(data))]
    rows = [[cell(value) for value in row] for row in shown.itertuples(index=False)]
    note = f"{len(data):,} rows" if len(shown) == len(data) else (
        f"{len(shown)} of {len(data):,} rows; the CSV has all of them"
    )  # fmt: skip
    link = tag("a", f"{name}.csv", href=csv_uri(data), download=f"{name}.csv")
    body = table([head(str(c)) for c in data.columns], rows, "data")
    return details("The numbers behind it", body, tag("p", link, f" ({note})"), class_="behind")


def _evenly(count: int) -> list[int]:
    """Return which rows of a long table are shown: evenly spread, first and last included."""
    if count <= MOST_ROWS:
        return list(range(count))
    return [int(k) for k in np.linspace(0, count - 1, MOST_ROWS).round()]


def csv_uri(data: pd.DataFrame) -> str:
    """Return a table as CSV in an address that needs no network."""
    text = data.to_csv(index=False, float_format=CSV_FORMAT, lineterminator="\n")
    return "data:text/csv;charset=utf-8," + urllib.parse.quote(text, safe=",.:;-+_/()@")


def head(column: str) -> str:
    """Return a column's name in words, with its unit."""
    what, _, whose = column.partition(":")
    ending = next((end for end in UNITS if f"_{what}".endswith(end)), "")
    unit = UNITS.get(ending, "")
    bare = f"_{what}".removesuffix(ending)[1:]
    text = HEADS.get(bare or ending) or words(bare)
    return f"{text}{f', {whose}' if whose else ''}{f' [{unit}]' if unit else ''}"


def cell(value: object) -> str:
    """Return a value of a table, numbers to five digits."""
    if not isinstance(value, float):  # numpy's doubles are floats
        return str(value)
    if not math.isfinite(value):
        return "-"
    if value == 0.0:
        return "0"
    places = DIGITS - 1 - math.floor(math.log10(abs(value)))
    text = number(float(value), max(places, 0))
    return text.rstrip("0").rstrip(".") if "." in text else text
