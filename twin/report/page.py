"""The report as a page: self-contained, readable on a phone, in print and in the dark."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from twin.report.data import Evidence
from twin.report.episode import Episode
from twin.report.html import contents, page
from twin.report.sections import bad_day, basis, designs, energy, headline, money, parts, pods
from twin.report.week import Week
from twin.results import Results
from twin.results.files import write_text
from twin.scenario import Scenario, describe

REPORT = "report.html"


def write(
    results: Results,
    scenario: Scenario,
    folder: Path,
    episode: Episode | None = None,
    week: Week | None = None,
) -> Path:
    """Write the report into a folder and return its file; see `render`."""
    file = folder / REPORT
    write_text(file, render(results, scenario, episode, week))
    return file


def render(
    results: Results,
    scenario: Scenario,
    episode: Episode | None = None,
    week: Week | None = None,
) -> str:
    """Return the report as HTML; what a run does not have is left out.

    Parameters
    ----------
    results
        What was found.
    scenario
        What it was found for: its figures, with their sources.
    episode
        The bad day to tell.
    week
        The ordinary week to show.
    """
    evidence, rows = Evidence.of(results), describe(scenario, sources=True)
    top = headline.answer_part(results, scenario, evidence, rows)
    found = [
        headline.headline(results),
        parts.split_part(evidence),
        designs.designs(results, scenario),
        money.costs(results),
        money.job_costs(results),
        pods.disturbances(results, evidence),
        pods.survival(results, evidence),
        energy.losses(results),
        energy.week_part(week),
        bad_day.bad_day(episode),
        basis.assumptions(rows),
        basis.hinges(results, evidence, rows),
        basis.limits(),
        headline.all_metrics(results),
        basis.footer(results),
    ]
    sections = [s for s in found if s is not None]
    style = importlib.resources.files("twin.report").joinpath("style.css").read_text("utf-8")
    body = [top.html, contents(sections), *(s.html for s in sections)]
    return page(f"Ridethrough: {scenario.name}", style, *body)
