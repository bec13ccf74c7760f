"""Figures of sweeps: lines over one key, heat maps over two, scatter over many."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, ScalarFormatter
from numpy.typing import NDArray

from twin.plots.drawing import COLOURS, figure, finish

Array = NDArray[np.float64]
MOST_WRITTEN = 60
"""Cells of a heat map up to which their values are written into them."""
WIDE_RANGE = 50.0
"""Ratio of a key's largest to its smallest value from which its axis is logarithmic."""


@dataclass(frozen=True)
class Shown:
    """A metric as it is drawn: its name in the table, its label, unit and factor to it."""

    metric: str
    label: str
    unit: str
    factor: float = 1.0

    @property
    def axis(self) -> str:
        """Text of an axis."""
        return f"{self.label} [{self.unit or 1}]"


def line_figure(
    table: pd.DataFrame, key: str, key_label: str, shown: Sequence[Shown], names: Sequence[str]
) -> Figure:
    """Draw metrics over one key: a panel each, a line with the band of its interval per name.

    Parameters
    ----------
    table
        Tidy table of a sweep.
    key, key_label
        Column of the key, and what its axis says.
    shown
        The metrics.
    names
        Architectures, or differences ``"B - A"``.
    """
    columns = min(3, len(shown))
    rows = math.ceil(len(shown) / columns)
    drawn = figure(3.5 * columns + 0.4, 2.9 * rows + 0.5)
    grid = drawn.subplots(rows, columns, squeeze=False)
    for axes, metric in zip(grid.flat, shown, strict=False):
        for name, colour in zip(names, COLOURS * 9, strict=False):
            _line(axes, _rows(table, metric.metric, name), key, metric.factor, name, colour)
        _key_axis(axes, table[key], key_label)
        axes.set_ylabel(metric.axis)
        finish(axes, legend=False)
    for axes in list(grid.flat)[len(shown) :]:
        axes.set_visible(False)
    _legend(drawn, list(grid.flat))
    return drawn


def heat_figure(
    table: pd.DataFrame,
    keys: tuple[str, str],
    labels: tuple[str, str],
    shown: Shown,
    names: Sequence[str],
) -> Figure:
    """Draw a metric over two keys: a map for each name.

    All designs share one scale of colours, each difference has its own around zero.
    Values are written into the cells where there is room, in brackets where the 95 % interval of a
    difference holds zero.
    """
    drawn = figure(4.2 * len(names) + 0.3, 3.6)
    designs = table[table["metric"].eq(shown.metric) & table["architecture"].isin(_plain(names))]
    common = _norm(designs["mean"].to_numpy(dtype=np.float64) * shown.factor, around_zero=False)
    for axes, name in zip(drawn.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        rows = _rows(table, shown.metric, name)
        values = _matrix(rows, keys, "mean") * shown.factor
        if np.isnan(values).all():
            axes.text(0.5, 0.5, "not defined", ha="center", va="center", transform=axes.transAxes)
            axes.set_axis_off()
            axes.set_title(name, fontsize="medium")
            continue
        gap = " - " in name
        image = axes.imshow(
            values, origin="lower", aspect="auto", cmap="PuOr_r" if gap else "viridis",
            norm=_norm(values, around_zero=True) if gap else common,
        )  # fmt: skip
        for place, key, label in (
            (axes.xaxis, keys[0], labels[0]),
            (axes.yaxis, keys[1], labels[1]),
        ):
            words = [_word(value) for value in _levels(rows[key])]
            place.set_ticks(range(len(words)), words)
            place.set_label_text(label)
        if values.size <= MOST_WRITTEN:
            _write(axes, values, _matrix(rows, keys, "ci_low"), _matrix(rows, keys, "ci_high"), gap)
        axes.set_title(name, fontsize="medium")
        drawn.colorbar(image, ax=axes, label=shown.axis, format=ScalarFormatter(useOffset=False))
    return drawn


def scatter_figure(
    table: pd.DataFrame, keys: Mapping[str, str], shown: Shown, names: Sequence[str]
) -> Figure:
    """Draw a metric over many keys: a panel per key, a dot with its interval per point and name.

    Parameters
    ----------
    keys
        What the axis of each key says, by its column.
    """
    columns = min(3, len(keys))
    rows = math.ceil(len(keys) / columns)
    drawn = figure(3.5 * columns + 0.4, 2.9 * rows + 0.5)
    grid = drawn.subplots(rows, columns, squeeze=False, sharey=True)
    for axes, (key, label) in zip(grid.flat, keys.items(), strict=False):
        for name, colour in zip(names, COLOURS * 9, strict=False):
            part = _rows(table, shown.metric, name).dropna(subset=["mean"])
            if part.empty:
                continue
            x = _positions(part[key], table[key])
            y, low, high = _limits(part, shown.factor)
            axes.errorbar(
                x, y, yerr=np.stack([y - low, high - y]), fmt="o", ms=3, lw=0.8, color=colour,
                label=name,
            )  # fmt: skip
        _key_axis(axes, table[key], label)
        finish(axes, legend=False)
    for axes in grid[:, 0]:
        axes.set_ylabel(shown.axis)
    for axes in list(grid.flat)[len(keys) :]:
        axes.set_visible(False)
    _legend(drawn, list(grid.flat))
    return drawn


def _rows(table: pd.DataFrame, metric: str, name: str) -> pd.DataFrame:
    return table[table["metric"].eq(metric) & table["architecture"].eq(name)]


def _line(
    axes: Axes, part: pd.DataFrame, key: str, factor: float, name: str, colour: str
) -> None:  # fmt: skip
    part = part.dropna(subset=["mean"])
    if part.empty:
        return
    x = _positions(part[key], part[key])
    order = np.argsort(x, kind="stable")
    y, low, high = _limits(part, factor)
    axes.fill_between(x[order], low[order], high[order], color=colour, alpha=0.2, linewidth=0)
    axes.plot(x[order], y[order], color=colour, marker="o", ms=3, label=name)


def _limits(part: pd.DataFrame, factor: float) -> tuple[Array, Array, Array]:
    """Return means and limits; where there is no interval it has no width."""
    y = part["mean"].to_numpy(dtype=np.float64)
    low = part["ci_low"].fillna(part["mean"]).to_numpy(dtype=np.float64)
    high = part["ci_high"].fillna(part["mean"]).to_numpy(dtype=np.float64)
    return y * factor, low * factor, high * factor


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column))


def _levels(column: pd.Series) -> list[object]:
    """Return the values of a key: numbers rising, words in the order of the sweep."""
    values = list(dict.fromkeys(column))
    return sorted(values) if _is_number(column) else values


def _positions(part: pd.Series, whole: pd.Series) -> Array:
    if _is_number(whole):
        return part.to_numpy(dtype=np.float64)
    levels = _levels(whole)
    return np.array([levels.index(value) for value in part], dtype=np.float64)


def _key_axis(axes: Axes, column: pd.Series, label: str) -> None:
    axes.set_xlabel(label)
    levels = _levels(column)
    if not _is_number(column):
        axes.set_xticks(range(len(levels)), [_word(value) for value in levels])
        return
    if pd.api.types.is_integer_dtype(column):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    numbers = [float(str(value)) for value in levels]
    if len(numbers) > 2 and numbers[0] > 0.0 and numbers[-1] / numbers[0] >= WIDE_RANGE:
        axes.set_xscale("log")


def _word(value: object) -> str:
    text = f"{value:g}" if isinstance(value, int | float) else str(value)
    return text if len(text) <= 16 else f"{text[:13]}..."


def _matrix(rows: pd.DataFrame, keys: tuple[str, str], column: str) -> Array:
    """Return a column as a matrix, second key down, first key across."""
    across, down = _levels(rows[keys[0]]), _levels(rows[keys[1]])
    matrix = np.full((len(down), len(across)), np.nan)
    for _, row in rows.iterrows():
        matrix[down.index(row[keys[1]]), across.index(row[keys[0]])] = row[column]
    return matrix


def _plain(names: Sequence[str]) -> list[str]:
    """Return the names that are no differences."""
    return [name for name in names if " - " not in name]


def _norm(values: Array, *, around_zero: bool) -> Normalize:
    if np.isnan(values).all():
        return Normalize(0.0, 1.0)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if not around_zero:
        return Normalize(low, high)
    reach = max(abs(low), abs(high)) or 1.0
    return TwoSlopeNorm(0.0, -reach, reach)


def _write(axes: Axes, values: Array, low: Array, high: Array, gap: bool) -> None:
    for (row, column), value in np.ndenumerate(values):
        if math.isnan(value):
            continue
        open_ = gap and not (low[row, column] > 0.0 or high[row, column] < 0.0)
        number = f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"
        text = f"({number})" if open_ else number
        box = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 1.0}
        axes.text(column, row, text, ha="center", va="center", fontsize="small", bbox=box,
                  color="#555555" if open_ else "black")  # fmt: skip


def _legend(drawn: Figure, panels: Sequence[Axes]) -> None:
    """Give the figure one legend above all panels."""
    found: dict[str, Artist] = {}
    for axes in panels:
        handles, labels = axes.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    if found:
        drawn.legend(
            list(found.values()), list(found), loc="outside upper center", frameon=False,
            fontsize="small", ncols=len(found),
        )  # fmt: skip
