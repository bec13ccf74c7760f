"""Rule-based dispatch of storages that may trade: charge when cheap, discharge when dear.

The plan is made once per calendar from the tariff. It spreads the usable energy evenly over each dear
stretch, and the recharge evenly over each cheap one, so that neither makes a peak of its own. Between
two dear stretches of a day it recharges at the middle price only if the spread pays for losses and
wear. The reserve is not for sale: the pass holds it.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from twin.contracts.parts import PlantView
from twin.contracts.timeline import YearTariff
from twin.quantity import Spec, quantity
from twin.registry import register

SLOT_H = 0.5
MOST_PLANS = 64
_PLANS: dict[tuple[object, ...], NDArray[np.float64]] = {}
"""Plans made so far: a calendar has seven kinds of year, by the weekday of 1 January."""


@register("dispatch")
class DispatchSpec(Spec):
    """Time-of-use rule."""

    present_by_default: ClassVar[bool] = True

    wear_usd_per_kwh: float = quantity(
        "USD/kWh",
        "Wear per energy discharged, which a spread must pay",
        0.025,
        ge=0,
        source="derived: 100 USD/kWh replacement over about 4,000 full cycles",
        confidence="D",
    )
    round_trip: float = quantity(
        "1",
        "Round-trip efficiency the rule reckons with",
        0.85,
        gt=0,
        le=1,
        source="ATB 2024",
        confidence="A-",
    )

    top_up: float = quantity(
        "1",
        "Share of rating at which storage is kept full where trading does not pay",
        0.1,
        gt=0,
        le=1,
    )

    def build(self, plant: PlantView) -> None:
        """Add nothing: the plan is laid out with the year's prices."""

    def plan(self, tariff: YearTariff, usable_h: float) -> NDArray[np.float64]:
        """Return the plan of a year, shape (17520,): share of rating, > 0 charge, < 0 discharge.

        Parameters
        ----------
        tariff
            Prices of the year.
        usable_h
            Usable energy above the reserve, in hours of rated power.
        """
        key = (self, usable_h, tariff.period.tobytes(), tariff.price_usd_per_kwh.tobytes())
        if key not in _PLANS:
            if len(_PLANS) >= MOST_PLANS:
                _PLANS.clear()
            _PLANS[key] = self._make_plan(tariff, usable_h)
        return _PLANS[key]

    def _make_plan(self, tariff: YearTariff, usable_h: float) -> NDArray[np.float64]:
        price = tariff.price_usd_per_kwh[tariff.period]
        plan = np.zeros(len(price))
        high, low = float(price.max()), float(price.min())
        if usable_h <= 0.0:
            return plan
        if high * self.round_trip - low <= self.wear_usd_per_kwh:
            return plan + self.top_up  # nothing to earn: just stay full
        for start, end, length_h in _stretches(price == high):
            plan[start:end] = -min(1.0, usable_h / length_h)
        need_h = usable_h / self.round_trip
        for start, end, length_h in _stretches(price == low):
            plan[start:end] = min(1.0, need_h / length_h)
        for level in np.unique(price):
            pays = high * self.round_trip - level > self.wear_usd_per_kwh
            if low < level < high and pays:
                for start, end, length_h in _stretches(price == level):
                    if _between_peaks(price, start, end, high):
                        plan[start:end] = min(1.0, need_h / length_h)
        return plan


def _stretches(mask: NDArray[np.bool_]) -> list[tuple[int, int, float]]:
    """Return (start, end, length in h) of each run of True; New Year does not cut a run short."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    runs = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    if len(runs) < 2 or runs[0][0] > 0 or runs[-1][1] < len(mask):
        return [(a, b, (b - a) * SLOT_H) for a, b in runs]
    across = (runs[0][1] - runs[0][0] + runs[-1][1] - runs[-1][0]) * SLOT_H
    ends = (runs[0], runs[-1])
    return [(a, b, across if (a, b) in ends else (b - a) * SLOT_H) for a, b in runs]


def _between_peaks(price: NDArray[np.float64], start: int, end: int, high: float) -> bool:
    """Return whether a stretch lies between two dear stretches of one day."""
    return bool(start > 0 and end < len(price) and price[start - 1] == high and price[end] == high)
