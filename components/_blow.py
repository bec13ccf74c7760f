"""A disturbance on its way down the tree: who still hangs on it, and for how long each one sees it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from components._tolerance import Flags, Times


@dataclass
class Blow:
    """One blow to the supply.

    Attributes
    ----------
    volts, input_pu
        Residual voltage as power supplies see it, and the lowest at the connection, by which relays
        and motors go, pu.
    lasts_s, event
        How long it lasts, s, and what draws are keyed by.
    exposed
        Powered pods that hang on the failing supply still, shape (pods,).
    lost
        Pods that have no supply left, shape (pods,).
    seen_s
        For how long each pod sees it, s, shape (pods,); known for those that storage has taken over.
    site_s
        For how long what hangs on the site bus sees it, s.
    """

    volts: float
    input_pu: float
    lasts_s: float
    event: str
    exposed: Flags
    site_s: float
    lost: Flags = field(init=False)
    seen_s: Times = field(init=False)

    def __post_init__(self) -> None:
        self.lost = np.zeros(len(self.exposed), dtype=bool)
        self.seen_s = np.zeros(len(self.exposed))

    def spare(self, pods: Flags) -> None:
        """Let pods not notice it."""
        self.exposed &= ~pods
