"""The units of a storage table as arrays, and what their power supplies stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.contracts.parts import Tree, Unit
from twin.contracts.tolerance import ITIC, drops_scalar
from twin.streams import name_keys

ROUNDING_S = 1e-6
"""Times since the start of a decade carry a rounding of about 1e-7 s."""


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


def supply_drops(volts: float, lasts_s: float, hold_up_s: float) -> bool:
    """Return whether a server's power supply drops out.

    Below 0.7 pu it lives on its hold-up; above, the steps of the ITIC curve hold.
    """
    if volts < 0.7:
        return lasts_s > hold_up_s + ROUNDING_S
    return drops_scalar(ITIC, lasts_s, volts)
