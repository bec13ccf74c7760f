"""The figure of an episode: what happened, second by second."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from twin.plots.drawing import COLOURS, GREY, WIDTH, figure, finish

Array = NDArray[np.float64]
RESOLUTION = 2000  # of an axis: finer cannot be seen
MOST_POINTS = 1200  # per line: more cannot be seen


@dataclass(frozen=True)
class Panel:
    """One panel of the trace figure.

    Attributes
    ----------
    label
        Label of the axis, with its unit.
    lines
        Columns to draw, by label.
    factor
        From the columns' unit to the axis's.
    band
        Columns (low, high) to shade between.
    top
        The axis shows 0 up to this, or to the data where they go higher; None leaves it free.
    whole
        True for numbers of things.
    """

    label: str
    lines: Mapping[str, str]
    factor: float = 1.0
    band: tuple[str, str] | None = None
    top: float | None = None
    whole: bool = False


PANELS = (
    Panel("Mains voltage [pu]", {"mains": "voltage_pu"}, top=1.05),
    Panel("Pods powered", {"pods": "pods_powered"}, top=1.0, whole=True),
    Panel("Jobs running", {"jobs": "jobs_running"}, top=1.0, whole=True),
    Panel("State of charge [1]", {"mean": "soc_mean"}, band=("soc_min", "soc_max"), top=1.0),
    Panel(
        "Power [MW]",
        {"import": "import_w", "diesel": "diesel_w", "PV": "pv_w", "storage": "storage_w",
         "IT": "it_w", "cooling": "cooling_w"},
        factor=1e-6,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """A stretch of an episode as one column of panels.

    Attributes
    ----------
    start_s, end_s
        What is shown, s.
    zero_s, unit_s
        Where the axis counts from, s, and in what.
    label
        Label of the axis, with its unit.
    """

    start_s: float
    end_s: float
    zero_s: float
    unit_s: float
    label: str

    @classmethod
    def close(cls, close_s: tuple[float, float], zero_s: float) -> View:
        """Return the close-up, counted from the worst moment."""
        return cls(*close_s, zero_s, 1.0, "Time from the worst moment [s]")

    @classmethod
    def whole(cls, stretch_s: tuple[float, float]) -> View:
        """Return the whole episode, counted from its beginning."""
        start, end = stretch_s
        unit_s, unit = (3600.0, "h") if end - start > 3 * 3600.0 else (60.0, "min")
        return cls(start, end, start, unit_s, f"Time [{unit}]")


def trace_figure(
    series: pd.DataFrame,
    marks: Sequence[float],
    stretch_s: tuple[float, float],
    close_s: tuple[float, float],
    zero_s: float,
    title: str,
) -> Figure:
    """Draw an episode: on the left second by second around its worst moment, on the right whole.

    Parameters
    ----------
    series
        Quantities over time, from a trace.
    marks
        Times at which pods were lost, s.
    stretch_s, close_s
        (from, to) of the whole episode and of the close-up, s.
    zero_s
        Time that the close-up counts from, s.
    title
        What is shown.
    """
    drawn = figure(11.0, 9.0)
    grid = drawn.subplots(len(PANELS), 2, sharex="col", width_ratios=(1, 1), squeeze=False)
    views = View.close(close_s, zero_s), View.whole(stretch_s)
    for column, view in enumerate(views):
        _panels(list(grid[:, column]), series, marks, view, labels=column == 0, legend=column == 1)
    drawn.suptitle(title)
    return drawn


def view_figure(series: pd.DataFrame, marks: Sequence[float], view: View) -> Figure:
    """Draw one view of an episode as a narrow column of panels; see `trace_figure`."""
    drawn = figure(WIDTH, 8.6)
    grid = drawn.subplots(len(PANELS), 1, sharex="col", squeeze=False)
    _panels(list(grid[:, 0]), series, marks, view, labels=True, legend=True)
    return drawn


def _panels(
    column: Sequence[Axes],
    series: pd.DataFrame,
    marks: Sequence[float],
    view: View,
    *,
    labels: bool,
    legend: bool,
) -> None:
    part = _between(series, view.start_s, view.end_s)
    inside = [t for t in marks if view.start_s <= t <= view.end_s]
    for axes, panel in zip(column, PANELS, strict=True):
        _draw(axes, panel, part, view.zero_s, view.unit_s)
        _mark(axes, inside, view.zero_s, view.unit_s)
        _scale(axes, panel)
        if labels:
            axes.set_ylabel(panel.label)
        finish(axes, legend=legend and len(panel.lines) > 1)
    edges = [(t - view.zero_s) / view.unit_s for t in (view.start_s, view.end_s)]
    column[0].set_xlim(*edges)
    column[-1].set_xlabel(view.label)


def _between(series: pd.DataFrame, start: float, end: float) -> pd.DataFrame:
    """Return the samples of a stretch, and the last one before it: lines are stairs."""
    times = series["time_s"].to_numpy(dtype=np.float64)
    first = max(int(np.searchsorted(times, start, side="right")) - 1, 0)
    return series.iloc[first : int(np.searchsorted(times, end, side="right"))]


def _draw(axes: Axes, panel: Panel, part: pd.DataFrame, origin: float, unit_s: float) -> None:
    times = part["time_s"].to_numpy(dtype=np.float64)
    if panel.band is not None and set(panel.band) <= set(part.columns):
        low, high = (_visible(part[name].to_numpy(dtype=np.float64)) for name in panel.band)
        keep = np.concatenate([[True], (np.diff(low) != 0.0) | (np.diff(high) != 0.0)])
        keep[-1:] = True
        x = (times[keep] - origin) / unit_s
        axes.fill_between(
            x, low[keep], high[keep], step="post", color=COLOURS[0], alpha=0.2, linewidth=0
        )
    for (label, name), colour in zip(panel.lines.items(), COLOURS, strict=False):
        if name in part:
            x, y = thin(times, _visible(part[name].to_numpy(dtype=np.float64) * panel.factor))
            axes.step((x - origin) / unit_s, y, where="post", color=colour, lw=1.2, label=label)


def _visible(values: Array) -> Array:
    """Return values without changes that are too small to be seen."""
    most = float(np.nanmax(np.abs(values), initial=0.0))
    step = most / RESOLUTION
    return np.asarray(np.round(values / step) * step) if step > 0.0 else values


def _scale(axes: Axes, panel: Panel) -> None:
    if panel.top is not None:
        axes.set_ylim(0.0, max(panel.top, axes.get_ylim()[1]))
    if panel.whole:
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def _mark(axes: Axes, times: Sequence[float], origin: float, unit_s: float) -> None:
    for time in dict.fromkeys(round(t, 1) for t in times):
        axes.axvline((time - origin) / unit_s, color=GREY, lw=0.8, ls=":", zorder=0)


def thin(times: Array, values: Array, most: int = MOST_POINTS) -> tuple[Array, Array]:
    """Return a stair with fewer points that looks the same.

    Repeated values go first; if too many are left, each of ``most / 2`` equal stretches of points
    keeps its lowest and its highest one. First and last point stay.
    """
    if times.size < 3:
        return times, values
    keep = np.concatenate([[True], np.diff(values) != 0.0])
    keep[-1] = True
    x, y = times[keep], values[keep]
    if x.size <= most:
        return x, y
    edges = np.linspace(0, x.size, most // 2 + 1).astype(int)
    picked = {0, x.size - 1}
    for start, end in itertools.pairwise(edges.tolist()):
        if end > start:
            chunk = y[start:end]
            picked |= {start + int(np.argmin(chunk)), start + int(np.argmax(chunk))}
    order = sorted(picked)
    return x[order], y[order]
