"""What the grid of sites says about bulkheads, in sentences that its intervals bear out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, product
from typing import TypeVar

from experiments.studies.watertight_grid import (
    COST,
    JOBS,
    LARGE,
    LOSSES,
    STOPS,
    UNSERVED,
    Grid,
    Point,
    Ties,
    metrics_of,
)
from twin.estimate import Estimate
from twin.report.wording import amount, upper_first, verdict

Answer = TypeVar("Answer")
TIED: tuple[Ties, ...] = ("mechanical", "static")


def conclusions(grid: Grid) -> Iterator[str]:
    """Yield the answers: numbers, containment, costs, ties, common cause."""
    for metric in (LOSSES, LARGE):
        yield from _how_many(grid, metric)
    yield from _how_good(grid)
    yield from _what_they_cost(grid)
    yield from _what_ties_do(grid)
    yield from _what_common_cause_leaves(grid)


def significant(gap: Estimate, sign: int) -> bool:
    """Return whether the whole 95 % interval lies above (1) or below (-1) zero."""
    return verdict(gap) == ("higher" if sign > 0 else "lower")


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
        worse = {
            c: _worse_than_one(grid, metric, c, common_cause=common) for c in grid.containments
        }
        for numbers, containments in _runs(worse):
            if numbers:
                yield (
                    f"{upper_first(_at(containments))}, {_listed(numbers)} bring significantly more of "
                    f"them than {grid.counts[0]}."
                )


def _worse_than_one(
    grid: Grid, metric: str, containment: float, *, common_cause: bool
) -> tuple[int, ...]:
    """Return the numbers of compartments that are significantly worse than the fewest."""
    first, *others = (Point(c, containment, "none", common_cause) for c in grid.counts)
    return tuple(p.compartments for p in others if significant(grid.gap(p, first, metric), 1))


def _how_good(grid: Grid) -> Iterator[str]:
    """Say how good bulkheads between the most compartments must be."""
    most = grid.counts[-1]
    for metric in (LOSSES, LARGE):
        what = metrics_of(grid.pods)[metric]
        least = least_containment(grid, metric, most, common_cause=True)
        worst_point, best_point = (
            Point(most, c, "none", True) for c in (grid.containments[0], grid.containments[-1])
        )
        worst, best = (
            amount(grid.estimate(point, metric), signed=False)
            for point in (worst_point, best_point)
        )
        best_name = f"{grid.containments[-1]:g}"
        more = grid.gap(Point(most, least, "none", True), best_point, metric)
        told = (
            f"anything less than {best_name} is significantly worse"
            if least == grid.containments[-1]
            else f"{least:g} is not significantly worse than {best_name} ({amount(more)})"
        )
        yield (
            f"With {most} compartments, no ties and common cause, {what} fall from {worst} at "
            f"a containment of {grid.containments[0]:g} to {best} at "
            f"{grid.containments[-1]:g}; {told}."
        )


def _what_they_cost(grid: Grid) -> Iterator[str]:
    """Say what more compartments do to jobs, energy and money where bulkheads hold."""
    best, most, fewest = grid.containments[-1], grid.counts[-1], grid.counts[0]
    many, few = (Point(count, best, "none", True) for count in (most, fewest))
    gaps = {m: grid.gap(many, few, m) for m in (STOPS, JOBS, UNSERVED, COST)}
    told = "; ".join(f"{metrics_of(grid.pods)[m]} {_amount(gap)}" for m, gap in gaps.items())
    yield (
        f"From {fewest} to {most} compartments at a containment of {best:g}, with common cause and "
        f"without ties, change: {told}."
    )
    if significant(gaps[STOPS], 1):
        yield (
            "A job over many pods stops with any one of them: many small events interrupt it more "
            "often than few large ones."
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
                f"{upper_first(kind)} ties between {most} compartments of containment {containment:g}"
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


def _runs(found: dict[float, Answer]) -> Iterator[tuple[Answer, list[float]]]:
    """Yield runs of containments that share their answer."""
    for answer, run in groupby(found.items(), key=lambda item: item[1]):
        yield answer, [containment for containment, _ in run]


def _at(containments: Sequence[float]) -> str:
    return f"at a containment of {_listed(containments)}"


def _listed(numbers: Sequence[float]) -> str:
    words = [f"{number:g}" for number in numbers]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _amount(gap: Estimate) -> str:
    """Return a difference, and whether the interval bears it out."""
    text = amount(gap)
    if gap.mean is None or gap.ci_low is None or gap.ci_high is None:
        return text
    return text if not gap.ci_low <= 0.0 <= gap.ci_high else f"{text} (not significant)"
