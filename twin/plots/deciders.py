"""Figure of what an answer hangs on: a difference over the ranges of uncertain figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from twin.plots.drawing import COLOURS, GREY, WIDTH, figure, finish, legend_above, thousands

SIDES = {"low": (COLOURS[5], -0.19), "high": (COLOURS[4], 0.19)}


def deciders_figure(table: pd.DataFrame, title: str, unit: str) -> Figure:
    """Draw a difference with each figure at the low and at the high end of its range.

    Parameters
    ----------
    table
        Columns key, side (low, base, high), value (as text), mean, ci_low, ci_high (NaN: no
        interval). Keys are drawn from the top, bars start at the base.
    title, unit
        Which difference is shown, and in what.
    """
    keys = list(dict.fromkeys(table["key"]))
    drawn = figure(WIDTH, 1.1 + 0.85 * len(keys))
    axes = drawn.add_subplot()
    base = float(table.loc[table["side"] == "base", "mean"].iloc[0])
    for side, (colour, shift) in SIDES.items():
        part = table[table["side"] == side].set_index("key").reindex(keys)
        mean = part["mean"].to_numpy(dtype=np.float64)
        places = np.arange(len(keys)) + shift
        axes.barh(places, mean - base, left=base, height=0.36, color=colour, edgecolor="black",
                  lw=0.6, label=f"{side} end of the range")  # fmt: skip
        errors = np.abs(part[["ci_low", "ci_high"]].to_numpy(dtype=np.float64).T - mean)
        known = ~np.isnan(errors).any(axis=0)
        axes.errorbar(mean[known], places[known], xerr=errors[:, known], fmt="none",
                      ecolor="black", elinewidth=1.2, capsize=3)  # fmt: skip
    axes.axvline(base, color=GREY, lw=1.0, ls="--")
    axes.axvline(0.0, color="black", lw=1.0)
    axes.set_yticks(np.arange(len(keys)), [_named(table, key) for key in keys], fontsize=9)
    axes.invert_yaxis()
    axes.set_xlabel(f"{title}\n[{unit}]")
    thousands(axes.xaxis)
    finish(axes, legend=False)
    axes.grid(visible=False, axis="y")
    legend_above(drawn, axes, handle=1.2)
    return drawn


def _named(table: pd.DataFrame, key: str) -> str:
    """Return a key with its range, broken into short lines."""
    mine = table[table["key"] == key].set_index("side")["value"]
    ends = [str(mine[side]) for side in ("low", "high") if side in mine]
    return "\n".join([*key.replace(".", ".\n").split("\n"), " to ".join(ends)])
