"""Figures about money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twin.plots.drawing import GREY, WIDTH, figure, finish, legend_above, styles, thousands

Interval = tuple[float, float | None, float | None]


def cumulative_cost_figure(table: pd.DataFrame) -> Figure:
    """Draw cumulative discounted costs: mean, and the band that holds 90 % of the replications.

    Parameters
    ----------
    table
        Columns architecture, year, mean_musd, p05_musd, p95_musd.
    """
    drawn = figure(WIDTH, 3.2)
    axes = drawn.add_subplot()
    names = list(dict.fromkeys(table["architecture"]))
    for name, style in styles(names).items():
        part = table[table["architecture"] == name]
        year = part["year"].to_numpy()
        axes.fill_between(
            year, part["p05_musd"], part["p95_musd"], color=style["color"], alpha=0.2, lw=0
        )
        axes.plot(year, part["mean_musd"], marker="o", ms=3, label=name, **style)
    axes.set_xlabel("Year")
    axes.set_ylabel("Cumulative discounted cost [M USD]")
    finish(axes, legend=False)
    legend_above(drawn, axes)
    return drawn


def cost_difference_figure(
    table: pd.DataFrame, crossings: Mapping[str, Interval], names: Sequence[str]
) -> Figure:
    """Draw how cumulative costs differ from the baseline's, and from when on they are lower.

    Parameters
    ----------
    table
        Columns difference ("B - A"), year, mean_musd, ci_low_musd, ci_high_musd, p05_musd, p95_musd.
    crossings
        By difference: crossover of the mean curve and its 95 % interval, yr; an open end is None.
    names
        All architectures in order; they decide the colours.
    """
    drawn = figure(WIDTH, 3.2)
    axes = drawn.add_subplot()
    looks, a = styles(names), "baseline"
    last = float(table["year"].max()) if len(table) else 1.0
    for pair in dict.fromkeys(table["difference"]):
        part = table[table["difference"] == pair]
        b, _, a = str(pair).partition(" - ")
        style = looks[b]
        year = part["year"].to_numpy()
        for low, high, alpha in (
            ("p05_musd", "p95_musd", 0.15),
            ("ci_low_musd", "ci_high_musd", 0.3),
        ):
            axes.fill_between(year, part[low], part[high], color=style["color"], alpha=alpha, lw=0)
        axes.plot(year, part["mean_musd"], marker="o", ms=3, label=b, **style)
        if pair in crossings:
            _crossing(axes, crossings[pair], style["color"], last)
    axes.axhline(0.0, color="black", lw=0.8)
    axes.set_xlabel("Year")
    axes.set_ylabel(f"Difference to {a} [M USD]")
    finish(axes, legend=False)
    legend_above(drawn, axes)
    return drawn


def _crossing(axes: Axes, found: Interval, colour: object, last: float) -> None:
    """Mark a crossover and its interval on the zero line."""
    at, low, high = found
    axes.plot(
        [at if low is None else low, last if high is None else high], [0.0, 0.0],
        color=str(colour), lw=4, alpha=0.5, solid_capstyle="butt",
    )  # fmt: skip
    axes.plot([at], [0.0], marker="D", ms=6, color=str(colour), mec="black", zorder=5)
    axes.annotate(
        f"year {at:.1f}", (at, 0.0), xytext=(5, 7), textcoords="offset points", fontsize=9
    )


def share_figure(table: pd.DataFrame, column: str, label: str) -> Figure:
    """Draw the distribution of a figure over replications: the share of them at or below it.

    Parameters
    ----------
    table
        Columns architecture, share, and the figure, sorted within an architecture.
    column, label
        Column of the figure, and the axis's label with its unit.
    """
    drawn = figure(WIDTH, 3.2)
    axes = drawn.add_subplot()
    names = list(dict.fromkeys(table["architecture"]))
    for name, style in styles(names).items():
        part = table[table["architecture"] == name]
        values = part[column].to_numpy(dtype=np.float64)
        x, y = np.concatenate([values[:1], values]), np.concatenate([[0.0], part["share"]])
        axes.step(x, y, where="post", label=name, **style)
        axes.plot([values.mean()], [0.02], marker="^", ms=8, color=style["color"], mec="white",
                  clip_on=False)  # fmt: skip
    axes.axhline(0.5, color=GREY, lw=0.8, ls=":")
    axes.set_ylim(0.0, 1.02)
    axes.set_xlabel(label)
    thousands(axes.xaxis)
    axes.set_ylabel("Share of replications at or below [1]")
    finish(axes, legend=False)
    legend_above(drawn, axes)
    return drawn
