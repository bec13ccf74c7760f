"""Numbers and sentences for people: rounded to what is known, and never saying more."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from twin.economics import CrossoverSummary
from twin.estimate import Estimate
from twin.metrics import Metric
from twin.results import Difference, Results

Verdict = Literal["lower", "higher", "equal", "unclear", "unknown", "undefined"]
UNDEFINED = "-"
HEADLINE = {
    "interrupted_job_cost_usd_per_year": "Interrupted-job cost",
    "pod_losses_per_year": "Pod losses",
    "degradation_index": "Degradation index",
    "electricity_cost_usd_per_year": "Electricity cost",
    "lcos_usd_per_mwh": "Levelized cost of storage",
    "tco_npv_usd": "Total cost of ownership",
}
"""Labels of the headline metrics, in the order of the table."""

MOST_PLACES = 7
NOISE = 1e-9  # relative; a spread below it is rounding, and the figure the same in all replications
MONEY = "tco_npv_usd"
JOBS = "interrupted_job_cost_usd_per_year"
UNSERVED = "eue_it_mwh_per_year"


@dataclass(frozen=True)
class Line:
    """One metric in a table: label, unit as shown, and one text per column."""

    metric: str
    label: str
    unit: str
    cells: tuple[str, ...]


def headline_lines(results: Results) -> list[Line]:
    """Return the lines of the headline table."""
    order = list(HEADLINE)
    chosen = [m for m in results.metrics.values() if m.headline]
    chosen.sort(key=lambda m: order.index(m.name) if m.name in order else len(order))
    return [line(results, m, HEADLINE.get(m.name, words(m.name))) for m in chosen]


def all_lines(results: Results) -> list[Line]:
    """Return the lines of all metrics."""
    return [line(results, m, m.name) for m in results.metrics.values()]


def columns(results: Results) -> list[str]:
    """Return the names of a table's columns: architectures, then differences."""
    return [*results.architectures, *results.differences]


def line(results: Results, metric: Metric, label: str) -> Line:
    """Return a metric's line; all its cells share one scale."""
    values: list[Difference | None] = [
        results.estimates[a].get(metric.name) for a in results.architectures
    ]
    gaps = [d.get(metric.name) for d in results.differences.values()]
    factor, unit = scale(metric.unit, [*values, *gaps])
    cells = [cell(v, factor) for v in values] + [cell(g, factor, signed=True) for g in gaps]
    return Line(metric.name, label, unit, tuple(cells))


def scale(unit: str, values: Iterable[Difference | None]) -> tuple[float, str]:
    """Return the factor and the unit in which large sums of money are shown."""
    sizes = [abs(v.mean) for v in values if v is not None and v.mean is not None]
    if unit in ("USD", "USD/yr") and sizes and max(sizes) >= 1e6:
        return 1e-6, unit.replace("USD", "M USD")
    return 1.0, "" if unit == "1" else unit


def cell(value: Difference | None, factor: float = 1.0, *, signed: bool = False) -> str:
    """Return ``mean ± half-width of the 95 % interval``, rounded to the half-width's 2nd digit.

    What was never seen has only an upper limit, and what has no interval says so.
    """
    if value is None:
        return UNDEFINED
    if isinstance(value, CrossoverSummary):
        return crossover_cell(value)
    if value.mean is None:
        return UNDEFINED
    mean, half = value.mean * factor, value.half_width
    if half is None:
        return f"{number(mean, _decimals(mean, 3), signed=signed)} (no interval)"
    if mean == 0.0 and value.ci_low == 0.0 and value.ci_high:
        limit = value.ci_high * factor
        return f"0 (below {number(limit, _decimals(limit, 2))})"
    half *= factor
    if half <= NOISE * abs(mean):
        return f"{_short(number(mean, _decimals(mean, 6), signed=signed))} ± 0"
    places = _decimals(half, 2)
    return f"{number(mean, places, signed=signed)} ± {number(half, places)}"


def _short(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def crossover_cell(value: CrossoverSummary) -> str:
    """Return when the mean costs cross, and in how many replications they do."""
    when = "never" if value.mean_curve is None else f"{value.mean_curve:.1f}"
    return f"{when} ({value.share:.0%} cross)"


def _decimals(value: float, digits: int) -> int:
    """Return the decimal places that show so many significant digits; negative for tens."""
    if value == 0.0:
        return 0
    return digits - 1 - math.floor(math.log10(abs(value)))


def number(value: float, places: int, *, signed: bool = False) -> str:
    """Return a number rounded to decimal places (negative: to tens), thousands separated."""
    if places > MOST_PLACES:  # rounding noise and the like
        return f"{value:+.1e}" if signed else f"{value:.1e}"
    rounded = round(value, places) + 0.0  # + 0.0 turns -0.0 into 0.0
    sign = "+" if signed and rounded > 0.0 else ""
    return f"{sign}{rounded:,.{max(places, 0)}f}"


def words(name: str) -> str:
    """Return a metric's name as words."""
    return name.replace("_", " ").capitalize()


def answer(results: Results) -> str:
    """Return one sentence: who is better on total cost and on interrupted jobs, and how surely."""
    if not results.count:
        return "No replication was finished, so there is no answer."
    parts = [_compared(results, b, a) for b, a in results.pairs]
    text = "; ".join(parts) if parts else single(results)
    return f"{conditions(results)}, {text}."


def conditions(results: Results) -> str:
    """Return what the answer holds for."""
    m, n = results.manifest, results.count
    runs = f"{n:,} replication{'s' if n != 1 else ''}"
    years = f"{m.horizon_years:g} year{'s' if m.horizon_years != 1 else ''}"
    return f"Over {years} of {m.identity.scenario} ({runs})"


def single(results: Results) -> str:
    """Return what one architecture costs, where there is nothing to compare it with."""
    name = results.architectures[0]
    found = results.estimates[name]
    jobs = defined(found.get(JOBS))
    lost, what = (JOBS, "interrupted-job cost") if jobs else (UNSERVED, "unserved energy")
    cost, lost_amount = (amount(found.get(m), signed=False) for m in (MONEY, lost))
    return f"{name} costs {cost} in all (net present cost), {what} {lost_amount}"


def _compared(results: Results, b: str, a: str) -> str:
    gap = results.differences[f"{b} - {a}"]
    total = _told(gap.get(MONEY), "total cost")
    lost = _told(gap.get(JOBS), "interrupted-job cost")
    if not defined(gap.get(JOBS)) and defined(gap.get(UNSERVED)):  # a load without jobs
        lost = _told(gap.get(UNSERVED), "unserved energy")
    return f"{b} against {a}: {total}, and {lost}"


def defined(gap: Difference | None) -> bool:
    """Return whether an estimate has a value."""
    return isinstance(gap, Estimate) and gap.mean is not None


def verdict(gap: Difference | None) -> Verdict:
    """Return what the interval of a difference bears out.

    ``unclear``: it holds zero. ``unknown``: there is none. ``equal``: always the same.
    """
    if not isinstance(gap, Estimate) or gap.mean is None:
        return "undefined"
    if gap.mean == 0.0 and not gap.half_width:
        return "equal"
    if gap.ci_low is None or gap.ci_high is None:
        return "unknown"
    if gap.ci_low <= 0.0 <= gap.ci_high:
        return "unclear"
    return "lower" if gap.mean < 0.0 else "higher"


def _told(gap: Difference | None, what: str) -> str:
    """Return how B differs from A, in words that the interval bears out."""
    found = verdict(gap)
    if found == "undefined":
        return f"{what} not defined"
    if found == "equal":
        return f"{what} equal in every replication seen"
    if found == "unknown":
        return f"{what} {amount(gap)}, too few replications to tell whether by chance"
    if found == "unclear":
        return f"no significant difference in {what} ({amount(gap)})"
    return f"{what} {found} by {amount(gap, signed=False)}"


def spoken(
    value: Difference | None, *, signed: bool = True, like: Iterable[Difference | None] = ()
) -> str:
    """Return an amount as it stands in a sentence: ``3 ± 1 a year`` for ``3 ± 1 1/yr``."""
    text = amount(value, signed=signed, like=like)
    for ending in (" 1/yr", "/yr"):
        if text.endswith(ending):
            return f"{text.removesuffix(ending)} a year"
    return text


def upper_first(text: str) -> str:
    """Return a text as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def amount(
    value: Difference | None, *, signed: bool = True, like: Iterable[Difference | None] = ()
) -> str:
    """Return an amount with its unit; without sign where a word carries it.

    Parameters
    ----------
    like
        Amounts that share its scale, itself included; left out, it stands alone.
    """
    if not isinstance(value, Estimate) or value.mean is None:
        return "not defined"
    factor, unit = scale(value.unit, list(like) or [value])
    text = cell(value, factor, signed=signed)
    return f"{text if signed else text.removeprefix('-')} {unit}".strip()
