"""The report: one page that answers, shows how sure it is, and says what it rests on."""

from __future__ import annotations

from twin.report.diagram import diagram, diagrams
from twin.report.episode import WORST, WORST_WITHOUT_JOBS, Episode, watch, worst_replication
from twin.report.page import render, write
from twin.report.sections.bad_day import episode_figure
from twin.report.sections.basis import shown
from twin.report.story import story, text
from twin.report.week import Week, typical_week
from twin.report.wording import Line, all_lines, answer, columns, headline_lines

__all__ = [
    "WORST",
    "WORST_WITHOUT_JOBS",
    "Episode",
    "Line",
    "Week",
    "all_lines",
    "answer",
    "columns",
    "diagram",
    "diagrams",
    "episode_figure",
    "headline_lines",
    "render",
    "shown",
    "story",
    "text",
    "typical_week",
    "watch",
    "worst_replication",
    "write",
]
