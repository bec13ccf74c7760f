"""Figures. The only package that draws; it gets tables and returns figures, and reads nothing else."""

from __future__ import annotations

from twin.plots.costs import cost_difference_figure, cumulative_cost_figure, share_figure
from twin.plots.deciders import deciders_figure
from twin.plots.drawing import COLOURS, figure, save, svg
from twin.plots.energy import losses_figure, week_figure
from twin.plots.episode import MOST_POINTS, PANELS, Panel, View, thin, trace_figure, view_figure
from twin.plots.pods import frequency_figure, span, survival_figure, survival_map
from twin.plots.waterfall import waterfall_figure

__all__ = [
    "COLOURS",
    "MOST_POINTS",
    "PANELS",
    "Panel",
    "View",
    "cost_difference_figure",
    "cumulative_cost_figure",
    "deciders_figure",
    "figure",
    "frequency_figure",
    "losses_figure",
    "save",
    "share_figure",
    "span",
    "survival_figure",
    "survival_map",
    "svg",
    "thin",
    "trace_figure",
    "view_figure",
    "waterfall_figure",
    "week_figure",
]
