"""What takes pods down, and how long the site lasts without the grid."""

from __future__ import annotations

import pandas as pd

from twin import plots
from twin.report import tables
from twin.report.causes import CAUSE_HEAD, cause_cells
from twin.report.data import Evidence
from twin.report.exhibits import drawing, exhibit, numbers_behind
from twin.report.html import Html, Section, section, table, tag
from twin.results import Results

MOST_CAUSES = 5


def disturbances(results: Results, evidence: Evidence) -> Section | None:
    """Return which causes take most pods, and how many pods an event takes down."""
    if evidence.losses is None:
        return None
    data = tables.frequencies(evidence.losses, results)
    if data.empty:
        return None
    drawn = plots.frequency_figure(data, results.architectures)
    alt = "Events per year that take down at least a number of pods, one line for each architecture"
    caption = (
        "How often one event (a sag, an outage, a fault of equipment) takes down at least so many "
        "pods, lost or shed. Bands: exact 95 % Poisson limits. Planned maintenance is left out."
    )
    safe = [n for n in results.architectures if n not in set(data["architecture"])]
    note = f" No pod was lost or shed in any replication of {', '.join(safe)}." if safe else ""
    return section(
        "disturbances",
        "What takes pods down",
        _causes(results, evidence.losses),
        exhibit("pods-down", [drawing(drawn, "frequencies", alt)], caption + note, data),
    )


def _causes(results: Results, losses: pd.DataFrame) -> Html:
    """Return the causes that take most pods, as a table."""
    data = tables.ranking(losses, results)
    most = data.groupby("architecture", sort=False).head(MOST_CAUSES)
    rows = [(r.architecture, *cause_cells(r)) for r in most.itertuples()]
    intro = f"The {MOST_CAUSES} largest causes of each architecture:"
    head = ["Architecture", *CAUSE_HEAD]
    return tag(
        "div", tag("p", intro), table(head, rows, "causes"), numbers_behind("causes", data)
    )  # fmt: skip


def survival(results: Results, evidence: Evidence) -> Section | None:
    """Return how long the site lasts, by duration and by start hour."""
    if evidence.survival is None:
        return None
    data = tables.survival(evidence.survival, results)
    site = data[data["quantity"] == tables.SITE]
    if site.empty:
        return None
    drawn = plots.survival_figure(site, results.architectures)
    alt = "Probability that the site loses no pod, against the duration of an outage"
    caption = (
        "Given an outage of the whole grid. Line: mean over the hours of the day at which it begins. "
        "Band: from the worst to the best hour."
    )
    maps = evidence.survival[evidence.survival["quantity"] == tables.SITE]
    names = [n for n in results.architectures if n in set(maps["architecture"])]
    drawings = [
        drawing(plots.survival_map(maps[maps["architecture"] == name], name), f"map-{name}",
                f"Probability that {name} loses no pod, by start hour and duration of an outage")
        for name in names
    ]  # fmt: skip
    return section(
        "survival",
        "Survival of an outage",
        exhibit("survival", [drawing(drawn, "survival", alt)], caption, data),
        tag("ul", *(tag("li", s) for s in _halves(site, names))),
        exhibit("survival-by-hour", drawings, "The same by start hour; yellow is safe.", maps),
    )


def _halves(site: pd.DataFrame, names: list[str]) -> list[str]:
    """Return how long each architecture keeps all pods with a probability of at least one half."""
    found = []
    for name in names:
        mine = site[site["architecture"] == name].sort_values("duration_h")
        safe = mine[mine["probability"] >= 0.5]
        longest, most = safe["duration_h"].max(), mine["duration_h"].max()
        if safe.empty:
            text = f"below one half already at {plots.span(mine['duration_h'].min())}"
        elif longest == most:
            text = f"at least one half up to the longest outage tried, {plots.span(most)}"
        else:
            text = f"at least one half up to {plots.span(longest)}"
        found.append(f"{name}: the probability of losing no pod is {text}.")
    return found
