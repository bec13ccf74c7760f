"""Elements in series as one two-state thing: any of them failing takes it down until that is repaired.

Rates add; which element failed is drawn by its share of the rate, and its repair time follows. While
the series is down none of the others fails, so that it is down for the share sum(rate x repair) /
(1 + sum(rate x repair)) of the time. So forty pods do not cost four hundred devices.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from twin.contracts.calendar import HOUR_S, YEAR_S
from twin.contracts.parts import NEVER, repair_time
from twin.streams import Luck

LENGTH_BIAS = "length-biased"


@dataclass(frozen=True)
class Part:
    """One element: its kind, failure rate (1/yr) and mean repair time (h)."""

    kind: str
    rate_per_year: float
    repair_h: float

    def times(self, factor: float) -> Part:
        """Return the element with its rate multiplied, e.g. by a length or a common-cause share."""
        return Part(self.kind, self.rate_per_year * factor, self.repair_h)


@dataclass(frozen=True)
class Series:
    """Elements in series.

    Attributes
    ----------
    name
        Names the draws.
    parts
        The elements; those that never fail are left out.
    law, sigma
        Law of the repair times (see `repair_time`) and log-standard deviation of lognormal ones.
    """

    name: str
    parts: tuple[Part, ...]
    law: str
    sigma: float

    @staticmethod
    def of(name: str, parts: Sequence[Part], law: str, sigma: float) -> Series:
        """Return the series of those elements that can fail."""
        return Series(name, tuple(p for p in parts if p.rate_per_year > 0.0), law, sigma)

    @property
    def rate_per_year(self) -> float:
        """Failure rate of the series, 1/yr."""
        return math.fsum(p.rate_per_year for p in self.parts)

    @property
    def unavailability(self) -> float:
        """Share of the time in which the series is down."""
        load = math.fsum(p.rate_per_year * p.repair_h * HOUR_S / YEAR_S for p in self.parts)
        return load / (1.0 + load)

    def up_s(self, luck: Luck, number: int) -> float:
        """Return the time to fault `number` from the last repair, s (inf if nothing fails)."""
        rate = self.rate_per_year
        if rate <= 0.0:
            return NEVER
        return luck.exponential(YEAR_S / rate, self.name, "fault", number)

    def down(self, luck: Luck, number: int) -> tuple[str, float]:
        """Return which kind of element fault `number` strikes, and its repair time, s."""
        part = self._drawn([p.rate_per_year for p in self.parts], luck, number)
        repair_h, cause = part.repair_h, (self.name, "repair", number)
        return part.kind, repair_time(luck, self.law, repair_h, self.sigma, *cause)

    def begin(self, luck: Luck) -> tuple[str, float]:
        """Return the state at time zero, stationary: the kind that is down, or ``""``, and until when.

        Returns
        -------
        (kind, s)
            Of an element under repair and the rest of its repair; else ``""`` and the first fault.
        """
        if not self.parts or not luck.happens(self.unavailability, self.name, "initially down"):
            return "", self.up_s(luck, 0)
        part = self._drawn([p.rate_per_year * p.repair_h for p in self.parts], luck, -1)
        whole_s = biased_repair_s(luck, self.law, part.repair_h, self.sigma, self.name)
        return part.kind, whole_s * luck.uniform(self.name, "residual")

    def _drawn(self, weights: Sequence[float], luck: Luck, number: int) -> Part:
        if len(self.parts) == 1:
            return self.parts[0]
        mark = luck.uniform(self.name, "element", number) * math.fsum(weights)
        for part, weight in zip(self.parts, weights, strict=True):
            mark -= weight
            if mark < 0.0:
                return part
        return self.parts[-1]

    def history(self, luck: Luck, horizon_s: float) -> list[tuple[float, float, str]]:
        """Return (start s, end s, kind) of all times down that begin before the horizon."""
        found = []
        kind, time_s = self.begin(luck)
        if kind:
            found.append((0.0, time_s, kind))
            time_s += self.up_s(luck, 0)
        number = 1
        while time_s < horizon_s:
            kind, repair_s = self.down(luck, number)
            found.append((time_s, time_s + repair_s, kind))
            time_s += repair_s + self.up_s(luck, number)
            number += 1
        return found


def biased_repair_s(luck: Luck, law: str, mean_h: float, sigma: float, name: str) -> float:
    """Return a repair that is met under way at a given instant, s: long ones are met more often.

    A uniform share of it is left.
    """
    mean_s = mean_h * HOUR_S
    if law == "fixed":
        return mean_s
    if law == "exponential":  # the sum of two
        return luck.exponential(mean_s, name, LENGTH_BIAS, "a") + luck.exponential(
            mean_s, name, LENGTH_BIAS, "b"
        )
    median_s = mean_s * math.exp(0.5 * sigma * sigma)  # median times e^(sigma^2)
    return luck.lognormal(median_s, sigma, name, LENGTH_BIAS)
