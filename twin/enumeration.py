"""Exact probabilities: every random decision of a run is tried in turn, instead of sampled.

Draws on demand are named by their cause (`twin.streams.Luck`), so a run can be told the luck of
each one. The uniform of a cause is cut into *strata* within which the run's outcome does not depend
on it; a depth-first search runs the model once for each combination of strata that really comes up
and weights it by the product of their widths. No sampling error remains.

The cuts are the caller's claim. `Outcomes` found with ``at`` close to 0 and close to 1 (the edges
of the strata) agree only if the model decides at the claimed cuts: see `at_both_edges`. Bulk
exogenous arrays (`twin.streams.generator`) are not enumerated; script them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from twin.errors import SimulationError
from twin.streams import Cause

R = TypeVar("R")
Forced = Callable[[Cause], float]
Strata = Callable[[Cause], Sequence[float] | None]
EDGE = 1e-9
"""Distance of an edge run from the edge of a stratum, as a share of its width."""


@dataclass(frozen=True)
class Outcomes(Generic[R]):
    """What can happen, and how probable it is.

    Attributes
    ----------
    leaves
        (probability, result) of every combination of decisions that was followed.
    dropped
        Probability of the combinations that were too improbable to be followed: the error bound.
    """

    leaves: list[tuple[float, R]]
    dropped: float

    def mean(self, value: Callable[[R], float]) -> float:
        """Return the expectation of a value of the result, dropped branches counting as zero."""
        return math.fsum(p * value(result) for p, result in self.leaves)


@dataclass
class _Choice:
    """One decision on the way to a leaf: the cause, its strata's edges, the stratum taken."""

    cause: Cause
    edges: tuple[float, ...]
    index: int = 0

    @property
    def last(self) -> bool:
        return self.index == len(self.edges) - 2

    @property
    def width(self) -> float:
        return self.edges[self.index + 1] - self.edges[self.index]

    def uniform(self, at: float) -> float:
        return self.edges[self.index] + at * self.width


class _LeftOutError(Exception):
    """Ends a run whose branch is not followed."""


class _Search(Generic[R]):
    """Depth-first walk over the decisions of a run."""

    def __init__(self, strata: Strata, prune: float, at: float, alike: Sequence[str]) -> None:
        self.strata = strata
        self.prune = prune
        self.at = at
        self.alike = alike
        self.path: list[_Choice] = []
        self.known: dict[Cause, _Choice] = {}

    def forced(self, cause: Cause) -> float:
        """Return the luck of a cause on the present branch; open a decision at a new cause."""
        if cause not in self.known:
            choice = _Choice(cause, _edges(cause, self.strata(cause)))
            self.path.append(choice)
            self.known[cause] = choice
            while self._mirrored():
                if choice.last:
                    raise _LeftOutError
                choice.index += 1
            if self._weight() < self.prune:
                raise _LeftOutError
        return self.known[cause].uniform(self.at)

    def next_branch(self) -> bool:
        """Move to the next branch worth following; return False when there is none."""
        while self.path:
            choice = self.path[-1]
            if choice.last:
                del self.known[choice.cause]
                self.path.pop()
                continue
            choice.index += 1
            if not self._mirrored() and self._weight() >= self.prune:
                return True
        return False

    def leaf_weight(self) -> float:
        """Return the probability of a finished run and of its mirror images."""
        if not self.alike:
            return self._weight()
        own = Counter(tuple(self._decisions(name)) for name in self.alike)
        images = math.factorial(len(self.alike))
        for count in own.values():
            images //= math.factorial(count)
        return self._weight() * images

    def _weight(self) -> float:
        return math.prod(choice.width for choice in self.path)

    def _decisions(self, name: str) -> list[tuple[Cause, int]]:
        return [(c.cause[1:], c.index) for c in self.path if c.cause[0] == name]

    def _mirrored(self) -> bool:
        """Return whether like units stand in another order than the one that is followed."""
        for left, right in pairwise(self._decisions(name) for name in self.alike):
            for (cause, a), (other, b) in zip(left, right, strict=False):
                if cause != other:
                    raise SimulationError(f"units are not alike: {cause} here, {other} there")
                if a != b:
                    if a > b:
                        return True
                    break
        return False


def _edges(cause: Cause, cuts: Sequence[float] | None) -> tuple[float, ...]:
    """Return the edges of a cause's strata, 0 and 1 included; strata of no width left out."""
    if cuts is None:
        raise SimulationError(f"the draw {cause} is not among those to be enumerated")
    edges = (0.0, *(c for c in cuts if 0.0 < c < 1.0), 1.0)
    if any(b <= a for a, b in pairwise(edges)):
        raise SimulationError(f"the cuts of the draw {cause} do not rise: {list(cuts)}")
    return edges


def enumerate_outcomes(
    run: Callable[[Forced], R],
    strata: Strata,
    prune: float = 1e-12,
    *,
    at: float = 0.5,
    alike: Sequence[str] = (),
) -> Outcomes[R]:
    """Follow every combination of decisions that a run can take.

    Parameters
    ----------
    run
        The model: given the function that tells each cause its uniform, return the result.
    strata
        Given a cause, the points in (0, 1) at which the outcome may change, rising; an empty list
        for a draw that does not matter; None for one that should not have been asked for (an error,
        because the result would not be exact).
    prune
        Branches less probable than this are not followed.
    at
        Where in its stratum a uniform stands, as a share of the width.
    alike
        Names of units that differ in name only, each the first word of its own causes: orders of
        the same fates are followed once and counted as often as they occur.

    Raises
    ------
    SimulationError
        At an unplanned draw, at cuts that do not rise, or if units are not alike after all.
    """
    search: _Search[R] = _Search(strata, prune, at, alike)
    leaves: list[tuple[float, R]] = []
    more = True
    while more:
        try:
            result = run(search.forced)
            leaves.append((search.leaf_weight(), result))
        except _LeftOutError:
            pass
        more = search.next_branch()
    return Outcomes(leaves, max(0.0, 1.0 - math.fsum(p for p, _ in leaves)))


def at_both_edges(
    run: Callable[[Forced], R],
    strata: Strata,
    value: Callable[[R], float],
    prune: float = 1e-12,
    *,
    alike: Sequence[str] = (),
) -> tuple[float, float]:
    """Return an expectation and its error, enumerated at the lower and the upper edges of strata.

    If the model decides elsewhere than at the claimed cuts, the two differ: half their difference,
    with the probability of what was not followed, is the error.
    """
    low, high = (
        enumerate_outcomes(run, strata, prune, at=at, alike=alike) for at in (EDGE, 1.0 - EDGE)
    )
    a, b = low.mean(value), high.mean(value)
    return 0.5 * (a + b), 0.5 * abs(a - b) + max(low.dropped, high.dropped)
