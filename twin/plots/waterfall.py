"""Figure of a difference taken apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from twin.plots.drawing import GREY, LESS, MORE, WIDTH, figure, finish, thousands


def waterfall_figure(table: pd.DataFrame, title: str, unit: str) -> Figure:
    """Draw parts of a difference one after the other, and the whole, with 95 % intervals.

    Parameters
    ----------
    table
        Columns part, mean, ci_low, ci_high (NaN: no interval); the last row is the whole.
    title, unit
        What is taken apart, and in what.
    """
    drawn = figure(WIDTH, 3.2)
    axes = drawn.add_subplot()
    means = table["mean"].to_numpy(dtype=np.float64)
    starts = np.concatenate([[0.0], np.cumsum(means[:-1])])
    starts[-1] = 0.0
    colours = [LESS if mean < 0.0 else MORE for mean in means]
    places = np.arange(len(means))
    axes.bar(places, means, bottom=starts, width=0.62, color=colours, edgecolor="black", lw=0.6)
    errors = np.abs(table[["ci_low", "ci_high"]].to_numpy(dtype=np.float64).T - means)
    known = ~np.isnan(errors).any(axis=0)
    axes.errorbar(
        places[known], (starts + means)[known], yerr=errors[:, known], fmt="none",
        ecolor="black", elinewidth=1.2, capsize=4,
    )  # fmt: skip
    ends = starts + means
    for k in range(len(means) - 1):
        axes.plot([k + 0.31, k + 0.69], [ends[k], ends[k]], color=GREY, lw=0.8)
    axes.axhline(0.0, color="black", lw=0.8)
    axes.set_xticks(places, [str(part) for part in table["part"]])
    axes.set_ylabel(f"Difference [{unit}]")
    axes.set_title(title, fontsize=10)
    thousands(axes.yaxis)
    finish(axes, legend=False)
    axes.grid(visible=False, axis="x")
    return drawn
