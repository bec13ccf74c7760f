"""Figures about energy: losses by stage, and a week of prices, sun and batteries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twin.plots.drawing import COLOURS, WIDTH, figure, finish, legend_above, styles, thousands

HATCHES = ("", "//", "..", "\\\\", "xx", "--", "oo", "++")
DAY_H = 24.0


def losses_figure(table: pd.DataFrame) -> Figure:
    """Draw losses by conversion stage as stacked bars, one for each architecture.

    Parameters
    ----------
    table
        Columns architecture, stage, mwh_per_year.
    """
    names = list(dict.fromkeys(table["architecture"]))
    stages = list(dict.fromkeys(table["stage"]))
    drawn = figure(WIDTH, 0.9 + 0.42 * len(names))
    axes = drawn.add_subplot()
    left = np.zeros(len(names))
    for k, stage in enumerate(stages):
        part = table[table["stage"] == stage].set_index("architecture")["mwh_per_year"]
        values = part.reindex(names).fillna(0.0).to_numpy(dtype=np.float64)
        axes.barh(
            names, values, left=left, color=COLOURS[k % len(COLOURS)], edgecolor="white", lw=0.6,
            hatch=HATCHES[k // len(COLOURS) % len(HATCHES)], label=stage, height=0.66,
        )  # fmt: skip
        left += values
    for name, total in zip(names, left, strict=True):
        axes.annotate(f"{total:,.0f}", (total, name), xytext=(3, 0), va="center",
                      textcoords="offset points", fontsize=9)  # fmt: skip
    axes.set_xlim(0.0, 1.15 * left.max() if left.max() > 0.0 else 1.0)
    axes.invert_yaxis()
    axes.set_xlabel("Losses [MWh/yr]")
    thousands(axes.xaxis)
    finish(axes, legend=False)
    axes.grid(visible=False, axis="y")
    legend_above(drawn, axes, handle=1.2)
    return drawn


def week_figure(table: pd.DataFrame, names: Sequence[str], first_weekday: int) -> Figure:
    """Draw a week: price, PV, and state of charge, storage power and import by architecture.

    Parameters
    ----------
    table
        Columns hour (middle of each sample, from the week's start), price_usd_per_kwh, pv_mw and for
        each architecture NAME: soc:NAME, storage_mw:NAME, import_mw:NAME.
    names
        The architectures in order; they decide the colours.
    first_weekday
        Weekday of the first day, Monday 0.
    """
    rows = (
        ("Price\n[USD/kWh]", {"": "price_usd_per_kwh"}),
        ("PV available\n[MW]", {"": "pv_mw"}),
        ("State of\ncharge [1]", {n: f"soc:{n}" for n in names}),
        ("Storage\ngives [MW]", {n: f"storage_mw:{n}" for n in names}),
        ("Import\n[MW]", {n: f"import_mw:{n}" for n in names}),
    )
    drawn = figure(WIDTH, 7.0)
    panels = drawn.subplots(len(rows), 1, sharex=True, squeeze=False)[:, 0]
    looks = styles(names)
    hours = table["hour"].to_numpy(dtype=np.float64)
    for axes, (label, columns) in zip(panels, rows, strict=True):
        for name, column in columns.items():
            style = looks.get(name, {"color": "black"})
            axes.step(hours, table[column], where="mid", lw=1.3, label=name or None, **style)
        axes.set_ylabel(label)
        finish(axes, legend=False)
        axes.set_xlim(0.0, 7 * DAY_H)
    panels[2].set_ylim(0.0, 1.03)
    _days(panels[-1], first_weekday)
    legend_above(drawn, panels[2])
    return drawn


def _days(axes: Axes, first_weekday: int) -> None:
    """Mark the midnights, and name the days between them."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    axes.set_xticks(np.arange(8) * DAY_H, [""] * 8)
    axes.set_xticks(
        np.arange(7) * DAY_H + DAY_H / 2, [days[(first_weekday + d) % 7] for d in range(7)],
        minor=True,
    )  # fmt: skip
    axes.tick_params(axis="x", which="minor", length=0)
    axes.set_xlabel("Day (marks at midnight)")
