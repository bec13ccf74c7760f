"""Storms of one replication: what sags, outages, low sun and late fuel have in common."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def _never() -> Array:
    return np.zeros(0)


@dataclass(frozen=True)
class Storms:
    """Periods in which the grid fails more often, the sky is dark and fuel comes late.

    Attributes
    ----------
    start_s, end_s
        Begin and end of each storm, shape (n,), s since scenario start; sorted, disjoint.
    sag_factor, outage_factor
        What the rates of sags (and momentary interruptions) and of outages are multiplied by
        during a storm. Rates outside are lower, so that the long-run mean stays as stated.
    clearness_factor
        What the clearness of the sky is multiplied by during a storm; its mean stays, too.
    refuel_factor
        What the time until a delivery of fuel is multiplied by if it is ordered during a storm.
    share
        Probability that an hour of the year is stormy, shape (365, 24); empty without storms.
    """

    start_s: Array = field(default_factory=_never)
    end_s: Array = field(default_factory=_never)
    sag_factor: float = 1.0
    outage_factor: float = 1.0
    clearness_factor: float = 1.0
    refuel_factor: float = 1.0
    share: Array = field(default_factory=_never)

    def during(self, time_s: Array) -> Flags:
        """Return which times lie in a storm, shape (n,)."""
        if len(self.start_s) == 0:
            return np.zeros(len(time_s), dtype=np.bool_)
        last = np.searchsorted(self.start_s, time_s, side="right") - 1
        return np.asarray((last >= 0) & (time_s < self.end_s[np.maximum(last, 0)]))

    def delay_factor(self, time_s: float) -> float:
        """Return what a fuel delivery's time is multiplied by if ordered at `time_s`."""
        if self.refuel_factor == 1.0 or not self.during(np.array([time_s]))[0]:
            return 1.0
        return self.refuel_factor


CALM = Storms()
"""No storms at all."""
