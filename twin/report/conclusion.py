"""The answer as a paragraph: who wins, by how much, at what price, and what that hangs on.

Every clause is chosen by the interval of its difference; where that holds zero, none claims a winner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twin.economics import CrossoverSummary
from twin.estimate import Estimate
from twin.report.data import Evidence
from twin.report.deciders import deciders
from twin.report.wording import JOBS, MONEY, amount, conditions, single, spoken, verdict
from twin.results import CROSSOVER, Difference, Results
from twin.scenario import Row

PODS = "pod_losses_per_year"
CAVEAT = (
    "Intervals are at 95 % and cover the luck of the simulation: neither the assumptions nor what is "
    "not modelled."
)


def paragraph(results: Results, evidence: Evidence, rows: Sequence[Row]) -> list[str]:
    """Return the answer as the sentences of one paragraph, the verdict first.

    Parameters
    ----------
    results, evidence
        What was found.
    rows
        All figures of the scenario.
    """
    if not results.count:
        return ["No replication was finished, so there is no answer."]
    if not results.pairs:
        return [f"{conditions(results)}, {single(results)}.", CAVEAT]
    (b, a), *others = results.pairs
    gap = results.differences[f"{b} - {a}"]
    return [
        f"{conditions(results)}, {_money(results, gap.get(MONEY), b, a)}.",
        *_price(gap, b),
        *_ahead(gap.get(CROSSOVER), b, a),
        *_credit(evidence, b),
        *_rest(results, others, a),
        _hangs(evidence, b, a, rows),
        CAVEAT,
    ]


def _money(results: Results, gap: Difference | None, b: str, a: str) -> str:
    found, size = verdict(gap), amount(gap, signed=False)
    if found in ("lower", "higher"):
        base = results.estimates[a][MONEY].mean
        mean = gap.mean if isinstance(gap, Estimate) else None
        share = f" ({100.0 * abs(mean / base):.1f} %)" if base and mean else ""
        return (
            f"{b} costs {'less' if found == 'lower' else 'more'} than {a}: its total cost of "
            f"ownership is {found} by {size}{share}"
        )
    if found == "unclear":
        return (
            f"there is no significant difference in total cost between {b} and {a} "
            f"({amount(gap)}): which of them is cheaper this run cannot tell"
        )
    if found == "equal":
        return f"{b} and {a} had the same total cost in every replication seen"
    if found == "unknown":
        return (
            f"the total cost of {b} differs from that of {a} by {amount(gap)}, too few replications "
            f"to tell whether by chance"
        )
    return f"the difference in total cost between {b} and {a} is not defined"


def _price(gap: dict[str, Difference], b: str) -> Iterator[str]:
    """Yield what it means for jobs and pods."""
    jobs, pods = gap.get(JOBS), gap.get(PODS)
    clauses = [c for c in (_jobs(jobs), _pods(pods)) if c]
    if not clauses:
        return
    sure = {verdict(jobs), verdict(pods)} & {"lower", "higher"}
    start = "As to protection, "
    if len(sure) == 1:
        start = f"In protection, {b} is {'worse' if 'higher' in sure else 'better'}: "
    yield f"{start}{', and '.join(clauses)}."


def _jobs(gap: Difference | None) -> str:
    found = verdict(gap)
    if found in ("lower", "higher"):
        more = "more" if found == "higher" else "less"
        return f"interrupted jobs cost {spoken(gap, signed=False)} {more}"
    return _alike(gap, "the cost of interrupted jobs")


def _pods(gap: Difference | None) -> str:
    found = verdict(gap)
    if found in ("lower", "higher"):
        size = spoken(gap, signed=False).removesuffix(" a year")
        return f"{size} {'more' if found == 'higher' else 'fewer'} pods are lost a year"
    return _alike(gap, "the number of pod losses")


def _alike(gap: Difference | None, what: str) -> str:
    found = verdict(gap)
    if found == "undefined":
        return ""
    if found == "equal":
        return f"{what} was the same in every replication seen"
    if found == "unknown":
        return f"{what} differs by {spoken(gap)}, perhaps by chance"
    return f"{what} does not differ significantly ({spoken(gap)})"


def _ahead(found: Difference | None, b: str, a: str) -> Iterator[str]:
    """Yield from when on it has cost less, in money spent."""
    if not isinstance(found, CrossoverSummary):
        return
    if found.mean_curve is None:
        return
    when = f"from year {found.mean_curve:.1f} on" if found.mean_curve else "from the start"
    yield (
        f"In money spent, residual values left out, {b} is ahead of {a} {when} (95 % interval of that "
        f"year: {interval(found)})."
    )


def interval(found: CrossoverSummary) -> str:
    """Return the interval of a crossover in words."""
    low, high = found.mean_curve_ci_low, found.mean_curve_ci_high
    if low is None and high is None:
        return "none"
    end = "beyond the horizon" if high is None else f"{high:.1f}"
    return f"{low or 0.0:.1f} to {end}"


def _credit(evidence: Evidence, b: str) -> Iterator[str]:
    """Yield what of the difference survives against the same storage elsewhere."""
    split = evidence.split
    if split is None or split.design != b or MONEY not in split.surviving:
        return
    gap = split.surviving[MONEY]
    found, rest = verdict(gap), f"Against {split.reference}, the same storage on the site bus, "
    if found in ("lower", "higher"):
        yield (
            f"{rest}its total cost is {found} by {amount(gap, signed=False)}: only that is the doing "
            f"of where the storage stands and how it is connected."
        )
    elif found in ("unclear", "equal"):
        yield (
            f"{rest}its total cost does not differ significantly ({amount(gap)}), so nothing of the "
            f"difference is credited to distribution itself."
        )


def _rest(results: Results, pairs: list[tuple[str, str]], a: str) -> Iterator[str]:
    """Yield the total cost of further architectures."""
    words = []
    for b, _ in pairs:
        gap = results.differences[f"{b} - {a}"].get(MONEY)
        found = verdict(gap)
        if found in ("lower", "higher"):
            words.append(f"{b} {found} by {amount(gap, signed=False)}")
        elif found == "undefined":
            words.append(f"{b} not defined")
        else:
            words.append(f"{b} not significantly different ({amount(gap)})")
    if words:
        yield f"Total cost of the others against {a}: {'; '.join(words)}."


def _hangs(evidence: Evidence, b: str, a: str, rows: Sequence[Row]) -> str:
    found = deciders(evidence.tornado, f"{b} - {a}", MONEY, rows, 1)
    if found:
        first = found[0]
        return f"Of the figures tried, it hangs most on {first.words}, over which {first.told(b)}."
    some, of = sum(row.assumed for row in rows), len(rows)
    return (
        f"It rests on {of} figures, of which {some} are assumed; how it changes over their ranges was "
        f"not looked into here."
    )
