"""The answer and the tables of metrics."""

from __future__ import annotations

from collections.abc import Sequence

from twin.report.conclusion import paragraph
from twin.report.data import Evidence
from twin.report.html import Html, Section, details, section, table, tag
from twin.report.wording import Line, all_lines, columns, headline_lines
from twin.results import Results
from twin.scenario import Row, Scenario

INTERVALS = (
    "Each figure is the estimate ± half the width of its 95 % confidence interval; differences are "
    "paired on the same grid disturbances, weather and equipment luck. Less is better in every row "
    "but the degradation index (1: disturbances go unnoticed). - is undefined. Money is real "
    "(constant) USD."
)


def answer_part(
    results: Results, scenario: Scenario, evidence: Evidence, rows: Sequence[Row]
) -> Section:
    """Return title, answer and what failed: the top of the page."""
    verdict, *more = paragraph(results, evidence, rows)
    return section(
        "answer",
        "",
        tag("h1", f"Ridethrough: {scenario.name}"),
        tag("p", scenario.description, class_="lead") if scenario.description else Html(),
        tag("p", tag("strong", verdict), " ", " ".join(more), class_="answer"),
        failures(results),
    )


def failures(results: Results) -> Html:
    """Return what could not be simulated, empty if all could."""
    failed = results.failures
    if not failed:
        return Html()
    first = failed[0]
    text = (
        f"{len(failed)} simulations failed and are left out, the first being replication "
        f"{first.replication} of {first.architecture}: {first.error}"
    )
    return tag("p", text, class_="warning")


def headline(results: Results) -> Section:
    """Return the table of the headline metrics."""
    return section(
        "results", "Results", _table(headline_lines(results), results),
        tag("p", INTERVALS, class_="note"),
    )  # fmt: skip


def all_metrics(results: Results) -> Section:
    """Return all metrics with their meanings, to be opened on demand."""
    meanings = [(m.name, m.unit, m.meaning) for m in results.metrics.values()]
    return section(
        "metrics",
        "All metrics",
        details("Show all metrics", _table(all_lines(results), results)),
        details("What they mean", table(["Metric", "Unit", "Meaning"], meanings)),
    )


def _table(lines: Sequence[Line], results: Results) -> Html:
    named = [f"{line.label} [{line.unit}]" if line.unit else line.label for line in lines]
    rows = [(name, *line.cells) for name, line in zip(named, lines, strict=True)]
    return table(["Metric", *columns(results)], rows, "numbers")
