"""Figures about pods: how many a disturbance takes down, and how long they last without the grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from twin.plots.drawing import WIDTH, figure, finish, legend_above, styles

HOUR_TICKS = {1 / 60: "1 min", 0.25: "15 min", 1.0: "1 h", 4.0: "4 h", 12.0: "12 h", 48.0: "2 d",
              96.0: "4 d"}  # fmt: skip


def frequency_figure(table: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Draw how often an event takes at least so many pods down (F-N curve).

    Parameters
    ----------
    table
        Columns architecture, pods, frequency_per_year, ci_low, ci_high; pods rising.
    names
        All architectures in order; they decide the colours.
    """
    drawn = figure(WIDTH, 3.2)
    axes = drawn.add_subplot()
    for name, style in styles(names).items():
        part = table[table["architecture"] == name]
        if part.empty:
            continue
        # the rate belongs to all numbers above the one before, up to this one
        pods = np.concatenate([[0.5], part["pods"].to_numpy(dtype=np.float64) + 0.5])
        curves = [part[c].to_numpy(dtype=np.float64)
                  for c in ("frequency_per_year", "ci_low", "ci_high")]  # fmt: skip
        rate, low, high = (np.concatenate([c[:1], c]) for c in curves)
        axes.fill_between(pods, low, high, step="pre", color=style["color"], alpha=0.2, lw=0)
        axes.step(pods, rate, where="pre", label=name, **style)
    axes.set_yscale("log")
    axes.set_xlim(left=0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.set_xlabel("Pods taken down by one event, at least")
    axes.set_ylabel("Events per year [1/yr]")
    finish(axes, legend=False)
    legend_above(drawn, axes)
    return drawn


def survival_figure(table: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Draw the probability that the site keeps all pods through an outage, against its duration.

    Parameters
    ----------
    table
        Columns architecture, duration_h, probability, lowest, highest (over start hours).
    names
        All architectures in order; they decide the colours.
    """
    drawn = figure(WIDTH, 3.2)
    axes = drawn.add_subplot()
    for name, style in styles(names).items():
        part = table[table["architecture"] == name]
        hours = part["duration_h"].to_numpy(dtype=np.float64)
        axes.fill_between(
            hours, part["lowest"], part["highest"], color=style["color"], alpha=0.2, lw=0
        )
        axes.plot(hours, part["probability"], marker="o", ms=3, label=name, **style)
    axes.set_ylim(0.0, 1.03)
    _hours(axes, table["duration_h"].to_numpy(dtype=np.float64))
    axes.set_ylabel("Probability that no pod is lost [1]")
    finish(axes, legend=False)
    legend_above(drawn, axes)
    return drawn


def _hours(axes: Axes, hours: np.ndarray) -> None:
    """Give an axis of outage durations a logarithmic scale with ticks in words."""
    axes.set_xscale("log")
    axes.set_xlabel("Duration of the outage")
    ticks = {h: t for h, t in HOUR_TICKS.items() if hours.min() * 0.99 <= h <= hours.max() * 1.01}
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.minorticks_off()


def survival_map(table: pd.DataFrame, name: str) -> Figure:
    """Draw the same probability of one architecture by start hour and duration.

    Parameters
    ----------
    table
        Columns start_hour, duration_h, probability.
    name
        The architecture: the title.
    """
    drawn = figure(WIDTH, 2.9)
    axes = drawn.add_subplot()
    grid = table.pivot_table(index="duration_h", columns="start_hour", values="probability")
    shown = axes.pcolormesh(
        np.arange(grid.shape[1] + 1), np.arange(grid.shape[0] + 1), grid.to_numpy(),
        cmap="cividis", vmin=0.0, vmax=1.0, edgecolors="face", lw=0.8,
    )  # fmt: skip
    hours = [int(h) for h in grid.columns]
    every = max(1, len(hours) // 8)
    axes.set_xticks(np.arange(len(hours))[::every] + 0.5, [str(h) for h in hours[::every]])
    axes.set_yticks(np.arange(len(grid.index)) + 0.5, [span(float(h)) for h in grid.index])
    axes.tick_params(axis="y", labelsize=9)
    axes.set_xlabel("Hour of the day at which the outage begins")
    axes.set_ylabel("Duration")
    axes.set_title(name, fontsize=10)
    drawn.colorbar(shown, ax=axes, label="Probability [1]")
    return drawn


def span(hours: float) -> str:
    """Return a duration in few letters."""
    if hours < 0.99:
        return f"{hours * 60.0:.0f} min"
    return f"{hours:g} h" if hours < 48.0 else f"{hours / 24.0:g} d"
