"""Dots with intervals: a difference on several footings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from twin.plots.drawing import COLOURS, figure, finish
from twin.plots.sweeps import Shown


def dot_figure(table: pd.DataFrame, label: str, shown: Sequence[Shown]) -> Figure:
    """Draw metrics side by side: a panel each, a dot with its 95 % interval per label.

    Parameters
    ----------
    table
        ``metric, mean, ci_low, ci_high`` and the column of labels.
    label
        Name of that column.
    shown
        The metrics.
    """
    words = list(dict.fromkeys(table[label]))
    drawn = figure(3.4 * len(shown) + 1.0, 0.5 * max(len(words), 2) + 1.2)
    grid = drawn.subplots(1, len(shown), squeeze=False, sharey=True)[0]
    for axes, metric in zip(grid, shown, strict=True):
        mine = table[table["metric"].eq(metric.metric)].set_index(label).reindex(words)
        mean = mine["mean"].to_numpy(dtype=np.float64) * metric.factor
        low, high = (
            mine[k].fillna(mine["mean"]).to_numpy(dtype=np.float64) * metric.factor
            for k in ("ci_low", "ci_high")
        )
        axes.errorbar(mean, range(len(words)), xerr=np.stack([mean - low, high - mean]), fmt="o",
                      color=COLOURS[0], ms=5, lw=1.4, capsize=3)  # fmt: skip
        axes.axvline(0.0, color="black", lw=1.0, ls="--")
        axes.set_xlabel(metric.axis)
        axes.set_yticks(range(len(words)), words)
        finish(axes, legend=False)
    grid[0].set_ylim(len(words) - 0.5, -0.5)
    return drawn
