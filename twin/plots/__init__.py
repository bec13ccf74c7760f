"""Figures. The only package that draws; it gets tables and returns figures, and reads nothing else."""

from __future__ import annotations

from twin.plots.costs import cumulative_cost_figure
from twin.plots.drawing import COLOURS, figure, save, svg
from twin.plots.episode import MOST_POINTS, PANELS, Panel, thin, trace_figure

__all__ = [
    "COLOURS",
    "MOST_POINTS",
    "PANELS",
    "Panel",
    "cumulative_cost_figure",
    "figure",
    "save",
    "svg",
    "thin",
    "trace_figure",
]
