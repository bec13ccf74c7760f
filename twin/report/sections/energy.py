"""Losses by stage, and an ordinary week."""

from __future__ import annotations

from twin import plots
from twin.report import tables
from twin.report.exhibits import drawing, exhibit
from twin.report.html import Section, section
from twin.report.week import Week
from twin.results import Results


def losses(results: Results) -> Section | None:
    """Return the losses of each architecture by stage."""
    data = tables.stage_losses(results)
    if data.empty:
        return None
    alt = "Losses by conversion stage in MWh per year, one bar for each architecture"
    caption = (
        "Mean energy lost on the way from the meter to the GPUs, by stage. The number at a bar's end "
        "is the sum."
    )
    drawn = drawing(plots.losses_figure(data), "losses", alt)
    return section("losses", "Losses by stage", exhibit("losses", [drawn], caption, data))


def week_part(week: Week | None) -> Section | None:
    """Return the week, None if none was watched."""
    if week is None or week.table.empty:
        return None
    drawn = plots.week_figure(week.table, week.architectures, week.first_weekday)
    alt = "Price, PV, state of charge, storage power and import over the hours of one week"
    caption = (
        f"Replication {week.replication}, week from {week.start}, half-hour by half-hour. State of "
        f"charge is the mean of all storages; storage gives above zero and takes below."
    )
    return section(
        "week",
        "An ordinary week",
        exhibit("week", [drawing(drawn, "week", alt)], caption, week.table),
    )
