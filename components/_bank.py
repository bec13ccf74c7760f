"""The units of a storage table as arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from components._blame import Strike
from components._tolerance import Flags, Times
from twin.contracts.layout import Mode, Records
from twin.contracts.losses import CONTROLS
from twin.contracts.parts import PlantView, Tree, Unit
from twin.streams import Luck, name_keys

EMPTY = int(Mode.EMPTY)


@dataclass
class Bank:
    """The units of one storage table.

    Attributes
    ----------
    rows, keys
        Bus and name key of each unit, shape (n,).
    unit_of_pod, has_unit
        For each pod, the unit above it in this bank, or -1, and whether there is one, shape (pods,).
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
    has_unit: Flags
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
        texts = [str(u.row) for u in units]
        return cls(spec, units, rows, keys, above, above >= 0, load_w, order, texts)

    def gaps_s(self, luck: Luck, event: str, lasts_s: float) -> Times:
        """Return for how long the load of each unit sees a disturbance, s, shape (n,)."""
        gaps_s = self.spec.gaps_s(luck, self.keys, event)
        return np.zeros(len(self.rows)) if gaps_s is None else np.minimum(gaps_s, lasts_s)

    def able(self, plant: PlantView, hangs: Flags, exposed: Flags) -> Flags:
        """Return which units hang on the failing supply and have energy to take over with.

        Parameters
        ----------
        hangs, exposed
            Which buses hang on it, and which pods do, shape (buses,) and (pods,).
        """
        k = plant.arrays
        able = (k.inp["storage_ok"][self.rows] == 1) & (k.state["mode"][self.rows] != EMPTY)
        able &= (k.inp["closed"][self.rows] == 1) & (k.inp["alive"][self.rows] == 1)
        able &= hangs[self.rows]
        concerned = np.zeros(len(self.rows) + 1, dtype=bool)
        concerned[self.unit_of_pod[exposed]] = True
        return np.asarray(able & concerned[:-1])

    def meets_demand(self, plant: PlantView, takes: Flags) -> Flags:
        """Return which of the units that take over are not let down by a hidden fault."""
        if not self.spec.hides_faults:
            return takes
        met = takes.copy()
        for n in takes.nonzero()[0].tolist():
            if not plant.device(self.units[n].name).meets_demand():
                met[n] = False
        return met

    def stays_open(self, inp: Records) -> Flags:
        """Return which units are cut off from the supply and have no time to return yet."""
        never = inp["close_at_s"][self.rows] == math.inf
        return np.asarray(never & (inp["closed"][self.rows] == 0))

    def willing(self, plant: PlantView, shared: Any, able: Flags, strike: Strike) -> Flags:
        """Return which units are not held back by controls that they share."""
        if not shared.state.down:
            return np.ones(len(self.rows), dtype=bool)
        refuses = np.array([shared.refuses(u) for u in self.units], dtype=bool)
        for n in np.flatnonzero(able & refuses):
            strike.through(self.units[n].pods, CONTROLS)
        if (able & refuses)[self.rows == 0].any() and plant.has("former"):
            plant.device("former").state.tripped = True
        return ~refuses
