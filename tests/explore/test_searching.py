"""Searches on grids, against looking at every cell."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.explore.searching import Cell, below, largest, minimal_cells
from twin.streams import generator


@st.composite
def monotone(draw: st.DrawFn) -> tuple[tuple[int, ...], list[Cell]]:
    """Return a shape, and corners above which the answer is yes."""
    shape = tuple(draw(st.lists(st.integers(1, 7), min_size=1, max_size=3)))
    cell = st.tuples(*(st.integers(0, size - 1) for size in shape))
    return shape, draw(st.lists(cell, max_size=4))


@given(monotone())
@settings(max_examples=200, deadline=None)
def test_the_minimal_cells_are_those_of_looking_everywhere(
    case: tuple[tuple[int, ...], list[Cell]],
) -> None:
    shape, corners = case
    asked: list[Cell] = []

    def ask(cell: Cell) -> bool:
        asked.append(cell)
        return any(below(corner, cell) for corner in corners)

    cells = itertools.product(*(range(size) for size in shape))
    yes = [c for c in cells if any(below(corner, c) for corner in corners)]
    expected = sorted(c for c in yes if not any(below(o, c) for o in yes if o != c))
    assert minimal_cells(shape, ask) == expected
    assert len(set(asked)) == len(asked), "nothing is asked twice"
    assert all(c in asked for c in expected), "what is told was looked at"


def test_few_questions_are_asked() -> None:
    """74 batteries, 13 numbers of sets, of which those beyond the sixth change nothing."""
    worst = 0
    for case in range(20):
        rng = generator(case, 0, "staircase")
        steps = sorted(rng.integers(0, 74, 7).tolist(), reverse=True)
        asked: list[Cell] = []

        def ask(
            cell: Cell, steps: list[int] = steps, asked: list[Cell] = asked
        ) -> bool:  # fmt: skip
            asked.append(cell)
            return bool(cell[0] >= steps[min(cell[1], 6)])

        minimal_cells((74, 13), ask)
        worst = max(worst, len(asked))
    assert worst <= 7 * (math.ceil(math.log2(74)) + 1) + 1  # of 962


@pytest.mark.parametrize("size", [1, 2, 5, 9, 10, 50, 137])
def test_the_largest_yes_of_a_falling_answer(size: int) -> None:
    for last in range(-1, size):
        assert largest(size, lambda k, last=last: k <= last) == (last if last >= 0 else None)  # type: ignore[misc]


def test_a_hump_is_found_from_its_far_side() -> None:
    """Net present cost falls, then rises: the yes's lie in the middle."""
    asked: list[int] = []

    def ask(k: int) -> bool:
        asked.append(k)
        return 20 <= k <= 63

    assert largest(100, ask) == 63
    assert len(asked) <= 9 + 4
