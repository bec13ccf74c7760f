"""Figures. The only package that draws; it gets tables and returns figures, and reads nothing else."""

from __future__ import annotations

from twin.plots.costs import cost_difference_figure, cumulative_cost_figure, share_figure
from twin.plots.deciders import deciders_figure
from twin.plots.dots import dot_figure
from twin.plots.drawing import COLOURS, figure, save, svg
from twin.plots.energy import losses_figure, week_figure
from twin.plots.episode import MOST_POINTS, PANELS, Panel, View, thin, trace_figure, view_figure
from twin.plots.pods import frequency_figure, span, survival_figure, survival_map
from twin.plots.sweeps import Shown, heat_figure, line_figure, scatter_figure
from twin.plots.tornado import tornado_figure
from twin.plots.waterfall import waterfall_figure
from twin.plots.watertight import watertight_figure

__all__ = [
    "COLOURS",
    "MOST_POINTS",
    "PANELS",
    "Panel",
    "Shown",
    "View",
    "cost_difference_figure",
    "cumulative_cost_figure",
    "deciders_figure",
    "dot_figure",
    "figure",
    "frequency_figure",
    "heat_figure",
    "line_figure",
    "losses_figure",
    "save",
    "scatter_figure",
    "share_figure",
    "span",
    "survival_figure",
    "survival_map",
    "svg",
    "thin",
    "tornado_figure",
    "trace_figure",
    "view_figure",
    "waterfall_figure",
    "watertight_figure",
    "week_figure",
]
