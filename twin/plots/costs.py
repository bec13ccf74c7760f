"""Figures about money."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from twin.plots.drawing import COLOURS, figure, finish


def cumulative_cost_figure(times: ArrayLike, curves: Mapping[str, ArrayLike]) -> Figure:
    """Draw cumulative discounted costs: mean, and the band that holds 90 % of the replications.

    Parameters
    ----------
    times
        Times of the columns, yr, shape (T+1,).
    curves
        Costs by architecture, USD, shape (replications, T+1).
    """
    drawn = figure(6.4, 3.8)
    axes = drawn.add_subplot()
    for (name, costs), colour in zip(curves.items(), COLOURS * 9, strict=False):
        millions = np.asarray(costs, dtype=np.float64) * 1e-6
        if not len(millions):
            continue
        low, high = np.quantile(millions, [0.05, 0.95], axis=0)
        axes.fill_between(times, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(times, millions.mean(axis=0), color=colour, marker="o", ms=3, label=name)
    axes.set_xlabel("Year")
    axes.set_ylabel("Cumulative discounted cost [M USD]")
    finish(axes, legend=True)
    return drawn
