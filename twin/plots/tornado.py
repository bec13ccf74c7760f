"""The tornado: what moving one figure at a time does to a difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from twin.plots.drawing import COLOURS, figure, finish
from twin.plots.sweeps import Shown

LOW, HIGH = COLOURS[0], COLOURS[1]


def tornado_figure(
    table: pd.DataFrame, order: Sequence[str], of: str, shown: Shown, units: dict[str, str]
) -> Figure:
    """Draw a bar per figure, the strongest on top: from its low to its high end, with intervals.

    Parameters
    ----------
    table
        ``key, side, value, of, mean, ci_low, ci_high``.
    order
        Keys, the strongest first.
    of
        The difference ``"B - A"`` that is drawn, or a design.
    shown
        The metric.
    units
        Units of the keys.
    """
    drawn = figure(8.6, 0.55 * max(len(order), 2) + 1.4)
    axes = drawn.add_subplot()
    rows = table[table["of"].eq(of)].to_dict("records")
    mine = {(str(row["key"]), str(row["side"])): row for row in rows}
    base = float(mine[order[0], "base"]["mean"]) * shown.factor
    for place, key in enumerate(order):
        for side, colour in (("low", LOW), ("high", HIGH)):
            row = mine[key, side]
            mean = float(row["mean"]) * shown.factor
            axes.barh(place, mean - base, left=base, height=0.55, color=colour, alpha=0.75,
                      label=f"figure at its {side} end" if place == 0 else None)  # fmt: skip
            ends = [float(row[k]) * shown.factor for k in ("ci_low", "ci_high")]
            if not np.isnan(ends).any():
                axes.plot(ends, [place, place], color="black", lw=1.0)
    axes.axvline(base, color="black", lw=0.8)
    axes.axvline(0.0, color="black", lw=1.2, ls="--")
    axes.set_yticks(range(len(order)), [_label(mine, key, units.get(key, "")) for key in order])
    axes.invert_yaxis()
    axes.set_xlabel(f"{of}: {shown.axis}")
    finish(axes, legend=True)
    return drawn


def _label(mine: Mapping[tuple[str, str], Mapping[Any, Any]], key: str, unit: str) -> str:
    low, high = (float(mine[key, side]["value"]) for side in ("low", "high"))
    short = key.removeprefix("architectures.")
    return f"{short}\n{low:g} to {high:g} {unit if unit != '1' else ''}".rstrip()
