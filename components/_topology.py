"""Which compartments are neighbours: in a row, a ring, a grid, or as listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import field_validator, model_validator

from twin.quantity import MisfitError, Spec, quantity

Pair = tuple[int, int]
"""Two compartments, numbered from 0, the lower first."""


class Topology(Spec):
    """Neighbours among the compartments; the core network has none."""

    topology: Literal["row", "ring", "grid", "none"] = quantity(
        "", "How compartments stand to each other", "row",
        source="assumed: rooms along a corridor", confidence="C")  # fmt: skip
    width: int | None = quantity("", "Compartments side by side in a grid", None, ge=1)
    neighbours: list[list[int]] | None = quantity(
        "", "Pairs of neighbours instead, by number from 1: [[1, 2], [2, 3]]", None)  # fmt: skip
    tree: bool = quantity(
        "", "Whether a loop of neighbours is refused (ties that may only be radial)", False)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.neighbours is not None and self.topology != type(self).model_fields["topology"].default:
            raise MisfitError(
                "topology",
                f'"{self.topology}" is told, but neighbours lists the pairs; leave one of them out',
            )
        if self.width is not None and self.topology != "grid":
            raise MisfitError(
                "width", f'is for a grid, but topology = "{self.topology}"; leave it out'
            )
        if self.width is None and self.topology == "grid":
            raise MisfitError(
                "width", 'is missing: topology = "grid" needs the compartments side by side'
            )
        return self

    @field_validator("neighbours")
    @classmethod
    def _in_pairs(cls, neighbours: list[list[int]] | None) -> list[list[int]] | None:
        for pair in neighbours or ():
            if len(pair) != 2:
                raise ValueError(f"{pair} is not a pair of compartments")
        _refuse_twice(neighbours or [])
        return neighbours

    def fits(self, compartments: int) -> None:
        """Refuse what does not go with so many compartments.

        Raises
        ------
        MisfitError
            A grid wider than there are compartments, an unknown neighbour, or a loop where a tree is
            needed.
        """
        if self.width is not None and self.width > compartments:
            raise MisfitError(
                "width",
                f"{self.width} is more than the {compartments} compartments (1 to {compartments}; the "
                f"nearest is {compartments})",
            )
        for pair in self.neighbours or ():
            for number in pair:
                if not 1 <= number <= compartments:
                    raise MisfitError(
                        "neighbours",
                        f"{pair} names compartment {number}, but there are {compartments} "
                        f"(1 to {compartments}; the nearest is {min(max(number, 1), compartments)})",
                    )
        if self.tree:
            key = "topology" if self.neighbours is None else "neighbours"
            _refuse_loop(self.pairs(compartments), key)

    def pairs(self, compartments: int) -> list[Pair]:
        """Return the pairs of neighbours among so many compartments."""
        if self.neighbours is not None:
            return [(min(p) - 1, max(p) - 1) for p in self.neighbours]
        return list(self._regular(compartments))

    def _regular(self, n: int) -> Iterator[Pair]:
        if self.topology == "none":
            return
        width = n if self.width is None else self.width
        for c in range(n):
            if (c + 1) % width and c + 1 < n:
                yield c, c + 1
            if c + width < n:
                yield c, c + width
        if self.topology == "ring" and n > 2:
            yield 0, n - 1


def _refuse_twice(pairs: list[list[int]]) -> None:
    """Refuse a pair that is given twice, and a neighbour of itself."""
    seen: set[frozenset[int]] = set()
    for pair in pairs:
        if pair[0] == pair[1]:
            raise ValueError(f"{pair} ties compartment {pair[0]} to itself")
        if frozenset(pair) in seen:
            raise ValueError(f"{pair} is given twice")
        seen.add(frozenset(pair))


def _refuse_loop(pairs: list[Pair], key: str) -> None:
    """Refuse a loop."""
    root: dict[int, int] = {}

    def find(c: int) -> int:
        while root.get(c, c) != c:
            c = root[c]
        return c

    for a, b in pairs:
        if find(a) == find(b):
            raise MisfitError(
                key,
                f"[{a + 1}, {b + 1}] closes a loop where a tree is needed; leave it out, or set "
                "tree = false",
            )
        root[find(a)] = find(b)


def around(pairs: list[Pair]) -> dict[int, list[int]]:
    """Return the neighbours of each compartment that has any, in order."""
    found: dict[int, list[int]] = {}
    for a, b in pairs:
        found.setdefault(a, []).append(b)
        found.setdefault(b, []).append(a)
    return {c: sorted(ns) for c, ns in found.items()}
