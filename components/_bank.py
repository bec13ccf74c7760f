"""The units of a storage table as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from components._tolerance import Times
from twin.contracts.parts import Tree, Unit
from twin.streams import Luck, name_keys


@dataclass
class Bank:
    """The units of one storage table.

    Attributes
    ----------
    rows, keys
        Bus and name key of each unit, shape (n,).
    unit_of_pod
        For each pod, the unit above it in this bank, or -1, shape (pods,).
    load_w, order
        Design load of each unit, and the order of their return (the core first), shape (n,).
    texts
        Numbers of the buses as text, for what is written down by bus.
    """

    spec: Any
    units: list[Unit]
    rows: np.ndarray
    keys: np.ndarray
    unit_of_pod: np.ndarray
    load_w: np.ndarray
    order: np.ndarray
    texts: list[str]

    @classmethod
    def of(cls, spec: Any, units: list[Unit], tree: Tree) -> Bank:
        """Return the bank of a table's units."""
        rows = np.array([u.row for u in units], dtype=np.int64)
        keys = name_keys([u.name for u in units])
        above = np.full(len(tree.pod_rows), -1)
        for n, unit in enumerate(units):
            above[list(unit.pods)] = n
        order = np.argsort([tree.core not in u.pods for u in units], kind="stable")
        load_w = np.array([u.load_w for u in units])
        return cls(spec, units, rows, keys, above, load_w, order, [str(u.row) for u in units])

    def gaps_s(self, luck: Luck, event: str, lasts_s: float) -> Times:
        """Return for how long the load of each unit sees a disturbance, s, shape (n,)."""
        gaps_s = self.spec.gaps_s(luck, self.keys, event)
        return np.zeros(len(self.rows)) if gaps_s is None else np.minimum(gaps_s, lasts_s)
