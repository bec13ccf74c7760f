"""What the answer rests on: assumptions, what it hangs on, what is not modelled, what made it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd

from twin import plots
from twin.report.data import Evidence
from twin.report.deciders import SIDES, Decider, deciders
from twin.report.exhibits import drawing, exhibit
from twin.report.html import Html, Section, details, section, table, tag
from twin.report.limits import NOT_MODELLED
from twin.report.wording import HEADLINE, JOBS, MONEY, scale
from twin.results import Results
from twin.scenario import Row


def assumptions(rows: Sequence[Row]) -> Section:
    """Return every figure with its source, the assumed ones first."""
    assumed = [r for r in rows if r.assumed]
    sourced = [r for r in rows if not r.assumed]
    head = ["Key", "Value", "Unit", "Meaning", "Source", "Confidence"]

    def block(title: str, part: Sequence[Row]) -> Html:
        cells = [
            (r.key, shown(r.value), r.unit, r.meaning, r.source, r.confidence) for r in part
        ]  # fmt: skip
        summary = f"{title} ({len(part)})"
        return details(summary, table(head, cells, "sources"), class_="print")

    text = (
        "Every figure that went in. Those that nobody has published come first. Confidence: A read in "
        "the primary text, B from a secondary source or from memory, C and D derived or assumed."
    )
    return section(
        "assumptions",
        "Assumptions",
        tag("p", text),
        block("Assumed", assumed),
        block("With a source", sourced),
    )


def shown(value: object) -> str:
    """Return a scenario's value as a scenario file would have it."""
    return json.dumps(value, default=str, ensure_ascii=False)


def hinges(results: Results, evidence: Evidence, rows: Sequence[Row]) -> Section | None:
    """Return how the winner changes over the ranges of what matters most, None if not tried."""
    table_ = evidence.tornado
    if table_ is None or not len(table_):
        return None
    parts: list[object] = []
    for metric in (MONEY, JOBS):
        for b, a in results.pairs:
            parts += _hinge(deciders(table_, f"{b} - {a}", metric, rows), f"{b} - {a}", metric)
    if not parts:
        return None
    intro = (
        "One figure at a time is moved from the low to the high end of its range, on the same luck. "
        "Below zero the first-named architecture is lower. The three with the largest effect:"
    )
    return section("hinges", "What the answer hangs on", tag("p", intro), *parts)


def _hinge(found: Sequence[Decider], pair: str, metric: str) -> list[object]:
    if not found:
        return []
    label = HEADLINE[metric]
    data, unit = decider_table(found)
    alt = f"{label}, {pair}, in {unit}, at both ends of the ranges of {len(found)} figures"
    drawn = plots.deciders_figure(data, f"{label}, {pair}", unit)
    b = pair.split(" - ", maxsplit=1)[0]
    what = "total cost" if metric == MONEY else label.lower()
    sentences = [f"{d.name}: {d.told(b, what)}." for d in found]
    caption = (
        f"{label}, {pair}. Bars reach from the answer as it stands (dashed) to both ends of the "
        f"range; whiskers are 95 % intervals."
    )
    return [
        exhibit(f"hinges-{metric.replace('_', '-')}-{pair.replace(' ', '')}",
                [drawing(drawn, f"hinges-{metric}-{pair}", alt)], caption, data),
        tag("ul", *(tag("li", s) for s in sentences)),
    ]  # fmt: skip


def decider_table(found: Sequence[Decider]) -> tuple[pd.DataFrame, str]:
    """Return the differences at the ends of the ranges, and their unit."""
    factor, unit = scale(found[0].gaps[0].unit, [g for d in found for g in d.gaps])

    def scaled(value: float | None) -> float:
        return float("nan") if value is None else value * factor

    rows = [
        (d.key, side, f"{value:g}", scaled(g.mean), scaled(g.ci_low), scaled(g.ci_high))
        for d in found
        for side, value, g in zip(SIDES, d.values, d.gaps, strict=True)
    ]
    columns = ["key", "side", "value", "mean", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns), unit


def limits() -> Section:
    """Return what is not modelled."""
    items = (tag("li", item) for item in NOT_MODELLED)
    return section("limits", "What is not modelled", tag("ul", *items))


def footer(results: Results) -> Section:
    """Return what made the page."""
    manifest = results.manifest
    identity = manifest.identity
    worst = results.energy_residual_max
    audit = "" if worst is None else f" Worst relative residual of the energy balance: {worst:.1e}."
    made = f"Made by ridethrough {identity.version}, {identity}.{audit}"
    command = " ".join(manifest.command)
    return section("made", "", tag("footer", tag("p", made), tag("p", "Command: ", command)))
