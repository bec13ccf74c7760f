"""Where the difference comes from: taken apart into location, coupling, size and dispatch."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from twin import plots
from twin.estimate import Estimate
from twin.report.data import Evidence, SplitLike
from twin.report.exhibits import drawing, exhibit
from twin.report.html import Section, section, table, tag
from twin.report.wording import HEADLINE, JOBS, MONEY, cell, scale, spoken, upper_first, verdict

TOTAL = "total"
DRAWN = {MONEY: "Total cost of ownership", JOBS: "Interrupted-job cost"}
MEANINGS = {
    "location": "where the storage stands",
    "coupling": "how it is connected",
    "size": "how much of it there is",
    "dispatch": "what it may do when nothing is wrong",
}


def split_part(evidence: Evidence) -> Section | None:
    """Return the section on the parts of the difference, None if it was not taken apart."""
    split = evidence.split
    if split is None:
        return None
    words = "; ".join(f"{part}: {MEANINGS[part]}" for part in split.parts if part in MEANINGS)
    note = (
        f"{split.design} − {split.baseline}, one change after the other in this order; the parts add "
        f"up to the total ({split.n} replications, paired). {upper_first(words)}."
    )
    rows = [
        _row(split, metric, label) for metric, label in HEADLINE.items() if metric in split.total
    ]
    return section(
        "difference",
        "Where the difference comes from",
        tag("p", note),
        table(["Metric", *split.parts, TOTAL], rows, "numbers"),
        tag("p", f"What is credited to distribution itself is only what survives against "
            f"{split.reference}: the same storage on the site bus."),
        tag("ul", *(tag("li", s) for s in credited(split))),
        _waterfalls(split),
    )  # fmt: skip


def _row(split: SplitLike, metric: str, label: str) -> list[str]:
    parts = split.estimates.get(metric, {})
    values = [*(parts.get(part) for part in split.parts), split.total[metric]]
    factor, unit = scale(split.total[metric].unit, values)
    name = f"{label} [{unit}]" if unit else label
    return [name, *(cell(value, factor, signed=True) for value in values)]


def credited(split: SplitLike) -> Iterator[str]:
    """Yield for each headline metric what of its difference is credited to distribution."""
    for metric, label in HEADLINE.items():
        total, rest = split.total.get(metric), split.surviving.get(metric)
        if total is None or rest is None or "undefined" in (verdict(total), verdict(rest)):
            continue
        yield f"{label}: {_credit(total, rest, split)}."


def _credit(total: Estimate, rest: Estimate, split: SplitLike) -> str:
    whole, left = verdict(total), verdict(rest)
    all_of_it, survives = spoken(total, like=[total, rest]), spoken(rest, like=[total, rest])
    text = f"{all_of_it} in all" if whole in ("lower", "higher") else (
        f"no significant difference in all ({all_of_it})"
    )  # fmt: skip
    against = f"against {split.reference}"
    if left not in ("lower", "higher"):
        sure = "no difference" if left == "equal" else f"no significant difference ({survives})"
        return f"{text}; {against} {sure}, so nothing of it is credited to distribution"
    if left == whole:
        return f"{text}; {survives} survives {against} and is credited to distribution"
    if whole in ("lower", "higher"):
        return (
            f"{text}; {against} it is {survives}: distribution itself works the other way, and the "
            f"difference in all comes from the rest of the design"
        )
    return f"{text}; {against} it is {survives}, which is credited to distribution"


def waterfall_table(split: SplitLike, metric: str) -> tuple[pd.DataFrame, str]:
    """Return the parts of a metric's difference and the whole, and the unit they are in."""
    parts = split.estimates.get(metric, {})
    named = [*((p, parts[p]) for p in split.parts if p in parts), (TOTAL, split.total[metric])]
    factor, unit = scale(split.total[metric].unit, [e for _, e in named])

    def scaled(value: float | None) -> float:
        return float("nan") if value is None else value * factor

    rows = [(name, scaled(e.mean), scaled(e.ci_low), scaled(e.ci_high)) for name, e in named]
    return pd.DataFrame(rows, columns=["part", "mean", "ci_low", "ci_high"]), unit


def _waterfalls(split: SplitLike) -> object:
    drawings, tables = [], []
    for metric, label in DRAWN.items():
        if metric not in split.total or verdict(split.total[metric]) == "undefined":
            continue
        data, unit = waterfall_table(split, metric)
        alt = f"{label}: parts of the difference {split.design} - {split.baseline} in {unit}"
        drawn = plots.waterfall_figure(data, label, unit)
        drawings.append(drawing(drawn, f"split-{metric}", alt))
        tables.append(data.assign(metric=metric, unit=unit))
    if not drawings:
        return ""
    caption = (
        f"From {split.baseline} to {split.design}, one change after the other. Blue lowers, orange "
        f"raises; whiskers are 95 % intervals."
    )
    return exhibit("split", drawings, caption, pd.concat(tables, ignore_index=True))
