"""What a study is, what it gets, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from twin.explore import Settings
from twin.montecarlo import REPLICATIONS, Say, silent
from twin.report.html import Html, tag
from twin.report.sweeps import frame_table, save_figures, write_page
from twin.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure

QUICK_SCENARIO = "tiny"
QUICK_REPLICATIONS = 16


@dataclass(frozen=True)
class Context:
    """How a study was asked for.

    Attributes
    ----------
    out
        Folder of the study: its points, tables, figures and report.
    scenario
        File or name; left out, the study's own choice.
    sets
        Changes to the scenario, as for ``--set``.
    n
        Number of replications; left out, 200 (16 if quick).
    quick
        True asks for the same study in under a minute, on the scenario ``tiny``.
    seed, workers, progress, command
        As for `twin.explore.Settings`.
    say
        Told what is being done.
    """

    out: Path
    scenario: str | None = None
    sets: Sequence[str] = ()
    n: int | None = None
    quick: bool = False
    seed: int = 1
    workers: int | None = None
    progress: bool = False
    command: Sequence[str] = ()
    say: Say = silent

    def load(self, usual: str) -> Scenario:
        """Return the scenario: the one asked for, else the study's usual one, or the quick one."""
        name = self.scenario or (QUICK_SCENARIO if self.quick else usual)
        loaded: Scenario = Scenario.load(name, self.sets)
        return loaded

    def settings(self, n: int = REPLICATIONS, quick: int = QUICK_REPLICATIONS) -> Settings:
        """Return settings for sweeps and searches; all of a study share one folder of points.

        Parameters
        ----------
        n, quick
            Replications of this study unless the user names a number.
        """
        count = self.n or (quick if self.quick else n)
        return Settings(
            count, self.seed, self.workers, self.out, progress=self.progress, command=self.command
        )


@dataclass(frozen=True)
class Section:
    """A part of a report: a heading, words, and by their names a figure and a table.

    Attributes
    ----------
    text
        Paragraphs.
    figure, caption
        Name of a figure of the report, and what to say below it.
    table
        Cells to show, as a frame of texts and numbers.
    """

    heading: str
    text: Sequence[str] = ()
    figure: str = ""
    caption: str = ""
    table: pd.DataFrame | None = None


@dataclass(frozen=True)
class StudyReport:
    """What a study found.

    Attributes
    ----------
    scenario
        What it was found for.
    sections
        In the order of the page.
    conclusions
        Sentences computed from the numbers, with their intervals; the report ends with them.
    tables, figures
        By the names of their files: ``NAME.parquet``, ``NAME.png`` and ``NAME.svg``.
    failures
        Number of simulations that failed and are left out.
    """

    scenario: Scenario
    sections: Sequence[Section]
    conclusions: Sequence[str]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    failures: int = 0


@dataclass(frozen=True)
class Study:
    """A study that comes with the product."""

    name: str
    title: str
    run: Callable[[Context], StudyReport]


def carry_out(study: Study, context: Context) -> StudyReport:
    """Run a study, and write its tables, figures and ``report.html``.

    Raises
    ------
    twin.explore.Stopped
        After Ctrl-C; what is finished is saved, and the same command goes on.
    """
    from twin.results.files import output_errors, write_table

    report = study.run(context)
    with output_errors(context.out):
        context.out.mkdir(parents=True, exist_ok=True)
    for name, table in report.tables.items():
        write_table(context.out / f"{name}.parquet", table)
    save_figures(report.figures, context.out)
    write_page(
        context.out / "report.html", study.title, _body(study, report), _plan(report, context)
    )
    return report


def _plan(report: StudyReport, context: Context) -> dict[str, object]:
    base = report.scenario
    return {"scenario": base.name, "digest": base.digest, "command": list(context.command)}


def _body(study: Study, report: StudyReport) -> list[Html]:
    from twin import plots

    parts = [tag("h1", study.title), tag("p", report.scenario.description)]
    if report.failures:
        text = f"{report.failures} simulations failed and are left out."
        parts.append(tag("p", text, class_="warning"))
    for section in report.sections:
        parts.append(tag("h2", section.heading))
        parts += [tag("p", text) for text in section.text]
        if section.figure:
            drawn = Html(plots.svg(report.figures[section.figure], section.figure))
            parts.append(tag("figure", drawn, tag("figcaption", section.caption)))
        if section.table is not None:
            parts.append(frame_table(section.table))
    parts += [tag("h2", "Conclusions"), tag("p", " ".join(report.conclusions), class_="answer")]
    return parts
