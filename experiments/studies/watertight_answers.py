"""What the grid of sites says about bulkheads, in sentences that its intervals bear out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, product

from experiments.studies.watertight_grid import (
    COST,
    LARGE,
    LOSSES,
    UNSERVED,
    Grid,
    Point,
    Ties,
    metrics_of,
)
from twin.estimate import Estimate
from twin.report.wording import cell, scale

TIED: tuple[Ties, ...] = ("mechanical", "static")


def conclusions(grid: Grid) -> Iterator[str]:
    """Yield the answers: containment, ties, common cause."""
    for metric in (LOSSES, LARGE):
        yield from _how_many(grid, metric)
    yield from _how_good(grid)
    yield from _what_ties_do(grid)
    yield from _what_common_cause_leaves(grid)


def significant(gap: Estimate, sign: int) -> bool:
    """Return whether the whole 95 % interval lies above (1) or below (-1) zero."""
    low, high = gap.ci_low, gap.ci_high
    if low is None or high is None:
        return False
    return low > 0.0 if sign > 0 else high < 0.0


def enough(grid: Grid, metric: str, containment: float, *, common_cause: bool) -> int:
    """Return the fewest compartments that no larger number beats significantly, without ties."""
    points = [Point(c, containment, "none", common_cause) for c in grid.counts]
    for n, here in enumerate(points):
        if not any(significant(grid.gap(p, here, metric), -1) for p in points[n + 1 :]):
            return here.compartments
    return points[-1].compartments


def least_containment(grid: Grid, metric: str, count: int, *, common_cause: bool) -> float:
    """Return the worst containment that is not significantly worse than the best one."""
    best = Point(count, grid.containments[-1], "none", common_cause)
    found = best.containment
    for containment in reversed(grid.containments[:-1]):
        point = Point(count, containment, "none", common_cause)
        if significant(grid.gap(point, best, metric), 1):
            break
        found = containment
    return found


def _how_many(grid: Grid, metric: str) -> Iterator[str]:
    """Say up to which number compartments help, at each containment."""
    what = metrics_of(grid.pods)[metric]
    for common in (False, True):
        fewest = {c: enough(grid, metric, c, common_cause=common) for c in grid.containments}
        told = ", ".join(f"{n} {_at(cs)}" for n, cs in _runs(fewest))
        words = "with" if common else "without"
        yield (
            f"Without ties and {words} common cause, the fewest compartments that no larger number "
            f"beats significantly in {what}: {told}."
        )
        most = grid.counts[-1]
        worse = [
            containment
            for containment, n in fewest.items()
            if n < most
            and significant(
                grid.gap(Point(most, containment, "none", common),
                         Point(n, containment, "none", common), metric), 1)
        ]  # fmt: skip
        if worse:
            yield f"{_upper(_at(worse))}, {most} bring significantly more than that number does."


def _how_good(grid: Grid) -> Iterator[str]:
    """Say how good bulkheads between the most compartments must be."""
    most = grid.counts[-1]
    for metric in (LOSSES, LARGE):
        what = metrics_of(grid.pods)[metric]
        least = least_containment(grid, metric, most, common_cause=True)
        worst_point, best_point = (
            Point(most, c, "none", True) for c in (grid.containments[0], grid.containments[-1])
        )
        worst, best = (grid.estimate(point, metric) for point in (worst_point, best_point))
        best_name = f"{grid.containments[-1]:g}"
        more = grid.gap(Point(most, least, "none", True), best_point, metric)
        verdict = (
            f"anything less than {best_name} is significantly worse"
            if least == grid.containments[-1]
            else f"{least:g} is not significantly worse than {best_name} ({_change(more)})"
        )
        yield (
            f"With {most} compartments, no ties and common cause, {what} fall from {_value(worst)} at "
            f"a containment of {grid.containments[0]:g} to {_value(best)} at "
            f"{grid.containments[-1]:g}; {verdict}."
        )


def _what_ties_do(grid: Grid) -> Iterator[str]:
    """Say what ties buy, and what they cost, at the worst and the best containment."""
    most, sizes = grid.counts[-1], sorted({p.converters for p in grid.found})
    for size, containment in product(sizes, (grid.containments[0], grid.containments[-1])):
        without = Point(most, containment, "none", True, size)
        for kind in TIED:
            tied = Point(most, containment, kind, True, size)
            told = "; ".join(
                f"{metrics_of(grid.pods)[m]} {_amount(grid.gap(tied, without, m))}"
                for m in (LOSSES, LARGE, UNSERVED, COST)
            )
            rated = "" if size == 1.0 else f" and {size:g} times the converters"
            yield (
                f"{_upper(kind)} ties between {most} compartments of containment {containment:g}"
                f"{rated} change: {told}."
            )


def _what_common_cause_leaves(grid: Grid) -> Iterator[str]:
    """Say what common cause leaves of the gain from the fewest to the most compartments."""
    best, most, fewest = grid.containments[-1], grid.counts[-1], grid.counts[0]
    for metric in (LOSSES, LARGE):
        gains = [
            grid.gap(Point(most, best, "none", common), Point(fewest, best, "none", common), metric)
            for common in (False, True)
        ]
        itself = grid.gap(Point(most, best, "none", True), Point(most, best, "none", False), metric)
        yield (
            f"From {fewest} to {most} compartments at a containment of {best:g}, "
            f"{metrics_of(grid.pods)[metric]} change by {_amount(gains[0])} without common cause and "
            f"by {_amount(gains[1])} with it; common cause itself adds {_amount(itself)} to {most}."
        )


def _runs(found: dict[float, int]) -> Iterator[tuple[int, list[float]]]:
    """Yield runs of containments that share their number."""
    for number, run in groupby(found.items(), key=lambda item: item[1]):
        yield number, [containment for containment, _ in run]


def _at(containments: Sequence[float]) -> str:
    words = [f"{c:g}" for c in containments]
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return f"at a containment of {listed}"


def _value(found: Estimate) -> str:
    return f"{cell(found)} {found.unit}".strip()


def _change(gap: Estimate) -> str:
    factor, unit = scale(gap.unit, [gap])
    return f"{cell(gap, factor, signed=True)} {unit}".strip()


def _amount(gap: Estimate) -> str:
    """Return a difference, and whether the interval bears it out."""
    text = _change(gap)
    if gap.mean is None or gap.ci_low is None or gap.ci_high is None:
        return text
    return text if not gap.ci_low <= 0.0 <= gap.ci_high else f"{text} (not significant)"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
