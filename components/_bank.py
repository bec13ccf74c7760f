"""The units of one storage table, as the protection handles them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from components._tolerance import Times
from twin.contracts.parts import Unit
from twin.streams import Luck


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
    """

    spec: Any
    units: list[Unit]
    rows: np.ndarray
    keys: np.ndarray
    unit_of_pod: np.ndarray
    load_w: np.ndarray
    order: np.ndarray

    def gaps_s(self, luck: Luck, event: str, lasts_s: float) -> Times:
        """Return for how long the load of each unit sees a disturbance, s, shape (n,)."""
        gaps_s = self.spec.gaps_s(luck, self.keys, event)
        return np.zeros(len(self.rows)) if gaps_s is None else np.minimum(gaps_s, lasts_s)
