"""The report: one page that answers, shows how sure it is, and says what it rests on."""

from __future__ import annotations

from twin.report.episode import WORST, WORST_WITHOUT_JOBS, Episode, watch, worst_replication
from twin.report.page import render, write
from twin.report.story import story, text
from twin.report.wording import Line, all_lines, answer, columns, headline_lines

__all__ = [
    "WORST",
    "WORST_WITHOUT_JOBS",
    "Episode",
    "Line",
    "all_lines",
    "answer",
    "columns",
    "headline_lines",
    "render",
    "story",
    "text",
    "watch",
    "worst_replication",
    "write",
]
