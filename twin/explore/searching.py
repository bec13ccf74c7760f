"""Searching grids with as few questions as possible. Pure: what is asked is up to the caller."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

Cell = tuple[int, ...]
"""Place in a grid: one index per axis."""
SCANNED = 9
"""Cells that `largest` looks at before it bisects: it must not rely on monotony alone."""


def below(a: Cell, b: Cell) -> bool:
    """Return whether no index of `a` is larger than that of `b`."""
    return all(x <= y for x, y in zip(a, b, strict=True))


@dataclass
class Oracle:
    """Answers of a question that, once yes, stays yes where any index grows.

    Attributes
    ----------
    ask
        The question, dear to ask.
    yes, no
        Cells for which it was asked.
    """

    ask: Callable[[Cell], bool]
    yes: set[Cell] = field(default_factory=set)
    no: set[Cell] = field(default_factory=set)

    def known(self, cell: Cell) -> bool | None:
        """Return what follows from earlier answers, None if nothing does."""
        if any(below(found, cell) for found in self.yes):
            return True
        if any(below(cell, found) for found in self.no):
            return False
        return None

    def __call__(self, cell: Cell) -> bool:
        """Return the answer for a cell, asking only if it does not follow."""
        known = self.known(cell)
        if known is not None:
            return known
        answer = self.ask(cell)
        (self.yes if answer else self.no).add(cell)
        return answer


def minimal_cells(shape: Sequence[int], ask: Callable[[Cell], bool]) -> list[Cell]:
    """Return the cells with a yes below which there is none, sorted.

    The question must be monotone: along the longest axis each line is bisected, between limits
    that follow from the lines before.

    Parameters
    ----------
    shape
        Number of cells along each axis.
    ask
        The question.
    """
    oracle = Oracle(ask)
    if not oracle(tuple(size - 1 for size in shape)):
        return []
    inner = max(range(len(shape)), key=lambda axis: shape[axis])
    for line in _lines(shape, inner):
        _bisect(oracle, line)
    return sorted(
        cell for cell in oracle.yes if not any(below(o, cell) for o in oracle.yes - {cell})
    )


def _lines(shape: Sequence[int], inner: int) -> Iterator[list[Cell]]:
    """Yield the lines along an axis: the last first, which bounds all others, then from the start.

    Plants saturate: beyond some number of sets more of them change nothing, and the lines there
    follow from the first ones.
    """
    axes = [[n - 1, *range(n - 1)] if axis != inner else [0] for axis, n in enumerate(shape)]
    for start in itertools.product(*axes):
        yield [(*start[:inner], k, *start[inner + 1 :]) for k in range(shape[inner])]


def _bisect(oracle: Oracle, line: Sequence[Cell]) -> None:
    """Find the first yes along a line, if there is one."""
    known = [oracle.known(cell) for cell in line]
    low = max((k for k, answer in enumerate(known) if answer is False), default=-1)
    high = min((k for k, answer in enumerate(known) if answer), default=len(line))
    if high == len(line):
        if low == high - 1 or not oracle(line[-1]):
            return
        high -= 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if oracle(line[middle]) else (middle, high)


def largest(size: int, ask: Callable[[int], bool]) -> int | None:
    """Return the largest index with a yes, None if none was found.

    The answers need not be monotone: a few evenly spaced places are asked first, then the gap above
    the largest yes is bisected. What changes back and forth within one gap stays unseen.
    """
    places = sorted({round(k * (size - 1) / (SCANNED - 1)) for k in range(SCANNED)})
    answers = {place: ask(place) for place in places}
    good = [place for place in places if answers[place]]
    if not good:
        return None
    low = good[-1]
    high = next((place for place in places if place > low), size)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if ask(middle) else (low, middle)
    return low
