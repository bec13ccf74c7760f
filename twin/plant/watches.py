"""Watches: who is to be woken when a storage falls, or rises, to a level.

The pass knows one lower and one upper level per bus. Several devices may watch the same storage (the
energy management its autonomy, the diesel plant its state of charge), so the nearest level of each
side is the one in force, and the next takes its place when it has been reached.
"""

from __future__ import annotations

import math

from twin.contracts.layout import Arrays

Levels = dict[str, tuple[float, float]]
"""Lower and upper level of each owner, J; infinite where there is none."""


class Watches:
    """The levels of all owners, by bus."""

    def __init__(self) -> None:
        self.rows: dict[int, Levels] = {}

    def put(self, k: Arrays, row: int, owner: str, low_j: float, high_j: float) -> None:
        """Replace an owner's levels at a bus; two infinite ones take the watch away."""
        levels = self.rows.setdefault(row, {})
        levels.pop(owner, None)
        if low_j > -math.inf or high_j < math.inf:
            levels[owner] = (low_j, high_j)
        self._arm(k, row)

    def reached(self, k: Arrays, row: int, *, low: bool) -> list[str]:
        """Return whose level has just been reached, and put the next one in force.

        A level is told once; its owner sets a new watch if it wants to be told again.
        """
        levels = self.rows.get(row, {})
        level = self._nearest(levels, low=low)
        owners = [o for o, both in levels.items() if both[0 if low else 1] == level]
        for owner in owners:
            low_j, high_j = levels[owner]
            levels[owner] = (-math.inf, high_j) if low else (low_j, math.inf)
        self._arm(k, row)
        return owners

    def _arm(self, k: Arrays, row: int) -> None:
        levels = self.rows.get(row, {})
        k.inp[row]["watch_low_j"] = self._nearest(levels, low=True)
        k.inp[row]["watch_high_j"] = self._nearest(levels, low=False)
        k.now[0]["dirty"] = 1

    @staticmethod
    def _nearest(levels: Levels, *, low: bool) -> float:
        if low:
            return max((both[0] for both in levels.values()), default=-math.inf)
        return min((both[1] for both in levels.values()), default=math.inf)

    def to_plain(self) -> dict[str, dict[str, list[float]]]:
        """Return the watches as plain data, to be saved."""
        return {str(row): {o: list(x) for o, x in owners.items()}
                for row, owners in self.rows.items()}  # fmt: skip

    def from_plain(self, data: dict[str, dict[str, list[float]]]) -> None:
        """Take up saved watches (what is in force is saved with the pass's inputs)."""
        self.rows = {int(row): {o: (low, high) for o, (low, high) in owners.items()}
                     for row, owners in data.items()}  # fmt: skip
