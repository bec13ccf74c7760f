"""Where along a figure's range the winner changes. Pure: three points per figure, straight between."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float, float | None, float | None]
"""Value of the figure, difference B - A there, and its 95 % interval."""


@dataclass(frozen=True)
class Change:
    """Where the sign of a difference changes along a range.

    Attributes
    ----------
    at
        Value at which the difference is zero, None if it keeps its sign.
    low, high
        Between these values the interval of the difference holds zero, so that nobody can tell who
        wins; None if it does nowhere. One range: from the first such value to the last.
    """

    at: float | None
    low: float | None
    high: float | None


def change(points: Sequence[Point]) -> Change:
    """Return where the winner changes, interpolating difference and limits in straight lines.

    Parameters
    ----------
    points
        Rising in the figure's value. A point without interval is taken for sure.
    """
    xs = [x for x, *_ in points]
    means = [mean for _, mean, _, _ in points]
    lows = [mean if low is None else low for _, mean, low, _ in points]
    highs = [mean if high is None else high for _, mean, _, high in points]
    crossings = zeros(xs, means)
    edges = {*zeros(xs, lows), *zeros(xs, highs), xs[0], xs[-1]}
    undecided = [x for x in sorted(edges) if _at(xs, lows, x) <= 0.0 <= _at(xs, highs, x)]
    if not undecided or (len(undecided) == 1 and not crossings):
        return Change(crossings[0] if crossings else None, None, None)
    return Change(crossings[0] if crossings else None, undecided[0], undecided[-1])


def zeros(xs: Sequence[float], ys: Sequence[float]) -> list[float]:
    """Return where a line through points passes zero from one sign to the other."""
    found = []
    signs = [(x, y) for x, y in zip(xs, ys, strict=True) if y != 0.0]
    for (x0, y0), (x1, y1) in itertools.pairwise(signs):
        if (y0 < 0.0) == (y1 < 0.0):
            continue
        touched = [x for x, y in zip(xs, ys, strict=True) if y == 0.0 and x0 < x < x1]
        found.append(touched[0] if touched else x0 + (x1 - x0) * y0 / (y0 - y1))
    return found


def _at(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    """Return the line's height at a place; exactly zero at its zeros."""
    if any(abs(x - zero) <= 1e-12 * max(1.0, abs(x)) for zero in zeros(xs, ys)):
        return 0.0
    for k in range(len(xs) - 1):
        if xs[k] <= x <= xs[k + 1]:
            share = 0.0 if xs[k + 1] == xs[k] else (x - xs[k]) / (xs[k + 1] - xs[k])
            return ys[k] + share * (ys[k + 1] - ys[k])
    return ys[0]
