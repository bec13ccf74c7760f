"""Figures. The only package that draws; it gets tables and returns figures, and reads nothing else."""

from __future__ import annotations

from twin.plots.costs import cumulative_cost_figure
from twin.plots.dots import dot_figure
from twin.plots.drawing import COLOURS, figure, save, svg
from twin.plots.episode import MOST_POINTS, PANELS, Panel, thin, trace_figure
from twin.plots.sweeps import Shown, heat_figure, line_figure, scatter_figure
from twin.plots.tornado import tornado_figure

__all__ = [
    "COLOURS",
    "MOST_POINTS",
    "PANELS",
    "Panel",
    "Shown",
    "cumulative_cost_figure",
    "dot_figure",
    "figure",
    "heat_figure",
    "line_figure",
    "save",
    "scatter_figure",
    "svg",
    "thin",
    "tornado_figure",
    "trace_figure",
]
