"""The figure of bulkheads: what is lost over the number of compartments, by containment and case."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from twin.plots.drawing import COLOURS, figure

MARKS = ("o", "s", "^", "D", "v", "P", "X")


def watertight_figure(table: pd.DataFrame, metric: str, label: str, unit: str) -> Figure:
    """Draw a metric over the number of compartments: a line per containment.

    A column of panels for each kind of tie; a row without common cause, and one with it.

    Parameters
    ----------
    table
        Columns compartments, containment, ties, common_cause, metric, mean, ci_low, ci_high, and
        converters, of which only those of the scenario's own rating (1) are drawn.
    metric, label, unit
        What is drawn, its name for people, and its unit.
    """
    part = table[table["metric"].eq(metric) & table["converters"].eq(1.0)]
    ties, causes = list(dict.fromkeys(part["ties"])), sorted(part["common_cause"].unique())
    drawn = figure(2.6 * len(ties) + 0.6, 2.4 * len(causes) + 0.8)
    grid = drawn.subplots(len(causes), len(ties), squeeze=False, sharex=True, sharey=True)
    counts = sorted(part["compartments"].unique())
    for row, common in enumerate(causes):
        for column, kind in enumerate(ties):
            axes = grid[row, column]
            _lines(axes, part[part["ties"].eq(kind) & part["common_cause"].eq(common)])
            words = "with" if common else "without"
            head = "no ties" if kind == "none" else f"{kind} ties"
            axes.set_title(f"{head}, {words} common cause", fontsize="small")
            axes.set_xscale("log", base=2)
            axes.xaxis.set_major_locator(FixedLocator(counts))
            axes.xaxis.set_minor_locator(NullLocator())
            axes.set_xticklabels([f"{c:g}" for c in counts])
            axes.grid(visible=True, color="#dddddd", lw=0.6)
            axes.set_axisbelow(True)
            axes.spines[["top", "right"]].set_visible(False)
        grid[row, 0].set_ylabel(f"{label[:1].upper()}{label[1:]}\n[{unit}]", fontsize="small")
    for axes in grid[-1]:
        axes.set_xlabel("Compartments [1]")
    grid[0, 0].set_ylim(bottom=0.0)  # for all, and only now: it ends the scaling to what is drawn
    handles, labels = grid[0, 0].get_legend_handles_labels()
    drawn.legend(handles, labels, title="Containment [1]", loc="outside upper center",
                 ncols=len(labels), frameon=False, fontsize="small")  # fmt: skip
    return drawn


def _lines(axes: Any, part: pd.DataFrame) -> None:
    """Draw a line with its band for each containment."""
    for n, (containment, line) in enumerate(part.groupby("containment")):
        points = line.sort_values("compartments")
        x, y, low, high = (
            points[c].to_numpy(dtype=np.float64)
            for c in ("compartments", "mean", "ci_low", "ci_high")
        )
        colour = COLOURS[n % len(COLOURS)]
        axes.fill_between(x, low, high, color=colour, alpha=0.12, linewidth=0)
        axes.plot(x, y, color=colour, marker=MARKS[n % len(MARKS)], ms=4, lw=1.2,
                  label=f"{containment:g}")  # fmt: skip
