"""The units of a storage table as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components._blame import Strike
from components._switching import EVENT, Switching, close_in_turn, draw, find_able
from components._tolerance import Flags, Times
from twin.contracts.losses import CONTROLS
from twin.contracts.parts import PlantView, Unit
from twin.jit import bound
from twin.streams import Luck, name_key, name_keys


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
    arrays
        All of it for compiled code, which answers there, too.
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
    arrays: Switching
    _find: Callable[..., int] = field(init=False, repr=False)
    _draw: Callable[..., None] = field(init=False, repr=False)
    _close: Callable[..., int] = field(init=False, repr=False)
    _devices: list[Any] = field(init=False, repr=False, default_factory=list)

    def __post_init__(self) -> None:
        self._find = bound(find_able, self.arrays)
        self._draw = bound(draw, self.arrays)
        self._close = bound(close_in_turn, self.arrays)

    @classmethod
    def of(cls, spec: Any, units: list[Unit], plant: PlantView) -> Bank:
        """Return the bank of a table's units."""
        tree = plant.tree
        rows = np.array([u.row for u in units], dtype=np.int64)
        keys = name_keys([u.name for u in units])
        above = np.full(len(tree.pod_rows), -1)
        for n, unit in enumerate(units):
            above[list(unit.pods)] = n
        order = np.argsort([tree.core not in u.pods for u in units], kind="stable")
        load_w = np.array([u.load_w for u in units])
        texts = [str(u.row) for u in units]
        arrays = _switching(plant, rows, keys, above, load_w, order)
        return cls(spec, units, rows, keys, above, above >= 0, load_w, order, texts, arrays)

    def gaps_s(self, luck: Luck, event: str, lasts_s: float) -> Times:
        """Return for how long the load of each unit sees a disturbance, s, shape (n,)."""
        gaps_s = self.spec.gaps_s(luck, self.keys, event)
        return np.zeros(len(self.rows)) if gaps_s is None else np.minimum(gaps_s, lasts_s)

    def told_gaps(self, luck: Luck, event: str, lasts_s: float, which: Flags) -> str:
        """Return in words for how long the loads of some units see a disturbance."""
        gaps_ms = self.gaps_s(luck, event, lasts_s)[which] * 1e3
        if not gaps_ms.any():
            return "no gap"
        return f"gap {_spread(gaps_ms)} ms"

    def told_return(self, now_s: float) -> tuple[Flags, str]:
        """Return which units were given a time to return just now, and in words when they do."""
        which = self.arrays.turn_w > 0.0
        i = self.arrays.inp[self.rows[which]]
        waits_s = np.where(i["closed"] == 1, 0.0, i["close_at_s"] - now_s)
        if not waits_s.any():
            return which, "at once"
        return which, f"in {_spread(waits_s)} s"

    def able(self, hangs: Flags, exposed: Flags) -> tuple[Flags, int]:
        """Return which units hang on the failing supply and can take over, and how many are open.

        Parameters
        ----------
        hangs, exposed
            Which buses hang on it, and which pods do, shape (buses,) and (pods,).
        """
        self.arrays.hangs[:] = hangs
        self.arrays.exposed[:] = exposed
        n_open = self._find()
        return self.arrays.able, n_open

    def draws(self, luck: Luck, event: str) -> tuple[Flags, Flags]:
        """Return which of the able units open, and which of those are ready to carry their load."""
        u, spec = self.arrays, self.spec
        if luck.left_to_chance:
            u.words[EVENT] = name_key(event)
            self._draw(spec.switch_failure, spec.takeover_failure)
            return u.opens, u.ready
        opens = u.able & (luck.uniforms(self.keys, "switch", event) >= spec.switch_failure)
        takes = luck.uniforms(self.keys, "takeover", event) >= spec.takeover_failure
        return opens, opens & takes

    def meets_demand(self, plant: PlantView, takes: Flags) -> Flags:
        """Return which of the units that take over are not let down by a hidden fault."""
        if not self.spec.hides_faults:
            return takes
        if not self._devices:
            self._devices = [plant.device(u.name) for u in self.units]
        now = plant.now
        if all(d.hides_from_s() > now for d in self._devices):
            return takes
        met = takes.copy()
        for n in takes.nonzero()[0].tolist():
            if not self._devices[n].meets_demand():
                met[n] = False
        return met

    def close(
        self,
        blocked: Flags,
        now_s: float,
        delay_s: float,
        ahead_w: float,
        ramp_w_per_s: float,
        *,
        but_site: bool,
    ) -> float | None:
        """Let units that have no time to return yet do so; return their load, W, if there are any.

        See `components._switching.close_in_turn`.
        """
        self.arrays.blocked[:] = blocked
        if not self._close(delay_s, now_s, ahead_w, ramp_w_per_s, int(but_site)):
            return None
        return float(self.arrays.turn_w.sum())

    def willing(self, plant: PlantView, shared: Any, able: Flags, strike: Strike) -> Flags:
        """Return which units are not held back by controls that they share."""
        refuses = np.array([shared.refuses(u) for u in self.units], dtype=bool)
        for n in np.flatnonzero(able & refuses):
            strike.through(self.units[n].pods, CONTROLS)
        if (able & refuses)[self.rows == 0].any() and plant.has("former"):
            plant.device("former").state.tripped = True
        return ~refuses


def _spread(values: Times) -> str:
    low, high = f"{values.min():.0f}", f"{values.max():.0f}"
    return low if low == high else f"{low} to {high}"


def _switching(
    plant: PlantView,
    rows: np.ndarray,
    keys: np.ndarray,
    above: np.ndarray,
    load_w: np.ndarray,
    order: np.ndarray,
) -> Switching:
    """Return the arrays of a bank for compiled code."""
    k, n, buses = plant.arrays, len(rows), len(plant.tree.parent)
    words = (plant.luck.root, name_key("switch"), name_key("takeover"), 0)
    return Switching(
        inp=k.inp,
        state=k.state,
        rows=rows,
        keys=keys,
        unit_of_pod=above,
        load_w=load_w,
        order=order,
        hangs=np.zeros(buses, dtype=bool),
        exposed=np.zeros(len(above), dtype=bool),
        blocked=np.zeros(buses, dtype=bool),
        words=np.array(words, dtype=np.uint64),
        able=np.zeros(n, dtype=bool),
        opens=np.zeros(n, dtype=bool),
        ready=np.zeros(n, dtype=bool),
        turn_w=np.zeros(n),
    )
