"""The report as a page: self-contained, readable on a phone."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from twin import plots
from twin.economics import CrossoverSummary
from twin.report.episode import Episode
from twin.report.html import Html, details, join, page, table, tag
from twin.report.limits import NOT_MODELLED
from twin.report.story import story
from twin.report.wording import Line, all_lines, answer, columns, headline_lines
from twin.results import CROSSOVER, CROSSOVER_WITH_VALUE, Results
from twin.results.files import write_text
from twin.scenario import Row, Scenario, describe

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REPORT = "report.html"
INTERVALS = (
    "Each figure is the estimate ± half the width of its 95 % confidence interval; differences are "
    "paired on the same grid disturbances, weather and equipment luck. - is undefined. Money is "
    "real (constant) USD."
)


def write(
    results: Results, scenario: Scenario, folder: Path, episode: Episode | None = None
) -> Path:  # fmt: skip
    """Write the report into a folder and return its file."""
    file = folder / REPORT
    write_text(file, render(results, scenario, episode))
    return file


def render(results: Results, scenario: Scenario, episode: Episode | None = None) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    results
        What was found.
    scenario
        What it was found for: its figures, with their sources.
    episode
        The bad day to tell; left out, the section is.
    """
    title = f"Ridethrough: {scenario.name}"
    style = importlib.resources.files("twin.report").joinpath("style.css").read_text("utf-8")
    return page(
        title,
        style,
        tag("h1", title),
        tag("p", scenario.description) if scenario.description else Html(),
        tag("p", answer(results), class_="answer"),
        _failures(results),
        _table(headline_lines(results), results),
        tag("p", INTERVALS),
        _costs(results),
        _bad_day(episode),
        tag("h2", "All metrics"),
        details("Show all metrics", _table(all_lines(results), results), _meanings(results)),
        _assumptions(describe(scenario, sources=True)),
        tag("h2", "What is not modelled"),
        tag("ul", *(tag("li", item) for item in NOT_MODELLED)),
        _footer(results),
    )


def _failures(results: Results) -> Html:
    failed = results.failures
    if not failed:
        return Html()
    first = failed[0]
    text = (
        f"{len(failed)} simulations failed and are left out, the first being replication "
        f"{first.replication} of {first.architecture}: {first.error}"
    )
    return tag("p", text, class_="warning")


def _table(lines: Sequence[Line], results: Results) -> Html:
    rows = [(line.label, line.unit, *line.cells) for line in lines]
    return table(["", "Unit", *columns(results)], rows, "numbers")


def _meanings(results: Results) -> Html:
    rows = [(m.name, m.unit, m.meaning) for m in results.metrics.values()]
    return details("What they mean", table(["Metric", "Unit", "Meaning"], rows))


def _costs(results: Results) -> Html:
    if not results.count:
        return Html()
    curves = {name: results.cumulative(name) for name in results.architectures}
    drawn = Html(plots.svg(plots.cumulative_cost_figure(results.times, curves), "costs"))
    caption = (
        "Line: mean. Band: 90 % of the replications (luck, which more replications do not shrink). "
        "Residual values are not credited here."
    )
    return join(
        [
            tag("h2", "Cumulative discounted cost"),
            tag("figure", drawn, tag("figcaption", caption)),
            *(tag("p", sentence) for sentence in crossovers(results)),
        ]
    )


def crossovers(results: Results) -> Iterator[str]:
    """Yield when each architecture begins to cost less than the baseline, and how surely."""
    bases = {CROSSOVER: "in money spent", CROSSOVER_WITH_VALUE: "with residual values credited"}
    for b, a in results.pairs:
        for metric, basis in bases.items():
            found = results.differences[f"{b} - {a}"][metric]
            if not isinstance(found, CrossoverSummary):
                continue
            share = f"{found.share:.0%} of the replications"
            if found.mean_curve is None:
                yield f"{b} stays dearer than {a} up to the horizon on average, {basis} ({share} "\
                      f"end below)."  # fmt: skip
                continue
            yield f"{b} costs less than {a} on average from year {found.mean_curve:.1f} on "\
                  f"({_interval(found)}), {basis}; {share} end below."  # fmt: skip


def _interval(found: CrossoverSummary) -> str:
    low, high = found.mean_curve_ci_low, found.mean_curve_ci_high
    if low is None and high is None:
        return "no interval"
    start = "0" if low is None else f"{low:.1f}"
    end = "beyond the horizon" if high is None else f"{high:.1f}"
    return f"95 % interval {start} to {end}"


def _bad_day(episode: Episode | None) -> Html:
    if episode is None:
        return Html()
    drawn = Html(plots.svg(episode_figure(episode), "episode"))
    return join(
        [
            tag("h2", "One bad day"),
            tag("p", "The replication in which most was lost to bad power, around its worst hour."),
            tag("figure", drawn, tag("figcaption", f"{episode.title}. Dotted: pods are lost.")),
            details("What happened, line by line", tag("pre", story(episode))),
        ]
    )


def episode_figure(episode: Episode) -> Figure:
    """Return the figure of an episode."""
    events = episode.events
    lost = events.loc[events["event"] == "lost", "time_s"]
    return plots.trace_figure(
        episode.trace.series, lost.tolist(), episode.stretch_s, episode.close_s, episode.centre_s,
        episode.title,
    )  # fmt: skip


def _assumptions(rows: Sequence[Row]) -> Html:
    assumed = [r for r in rows if r.assumed]
    sourced = [r for r in rows if not r.assumed]
    head = ["Key", "Value", "Unit", "Meaning", "Source", "Confidence"]

    def block(title: str, part: Sequence[Row]) -> Html:
        cells = [
            (r.key, shown(r.value), r.unit, r.meaning, r.source, r.confidence) for r in part
        ]  # fmt: skip
        return details(f"{title} ({len(part)})", table(head, cells))

    return join(
        [
            tag("h2", "Assumptions"),
            tag("p", "Every figure that went in. Those that nobody has published come first."),
            block("Assumed", assumed),
            block("With a source", sourced),
        ]
    )


def shown(value: object) -> str:
    """Return a scenario's value as a scenario file would have it."""
    return json.dumps(value, default=str, ensure_ascii=False)


def _footer(results: Results) -> Html:
    manifest = results.manifest
    identity = manifest.identity
    worst = results.energy_residual_max
    audit = "" if worst is None else f" Worst relative residual of the energy balance: {worst:.1e}."
    made = f"Made by ridethrough {identity.version}, {identity}.{audit}"
    return tag("footer", tag("p", made), tag("p", "Command: ", " ".join(manifest.command)))
