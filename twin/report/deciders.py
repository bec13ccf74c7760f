"""What an answer hangs on: how a difference changes over the ranges of the figures behind it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from twin.estimate import Estimate
from twin.report.wording import cell, scale, verdict
from twin.scenario import Row

MOST = 3
SIDES = ("low", "base", "high")
SIGNS = {"lower": -1, "higher": 1}


@dataclass(frozen=True)
class Decider:
    """A figure, and a difference of architectures at the ends of its range.

    Attributes
    ----------
    key, meaning, unit
        The figure.
    values
        Its value at the low end, as it is, and at the high end (NaN: not there).
    gaps
        The difference B - A at the same.
    """

    key: str
    meaning: str
    unit: str
    values: tuple[float, float, float]
    gaps: tuple[Estimate, Estimate, Estimate]

    @property
    def swing(self) -> float:
        """How much the difference changes over the range, in its unit."""
        means = [g.mean for g in self.gaps if g.mean is not None]
        return max(means) - min(means) if means else 0.0

    @property
    def name(self) -> str:
        """The key with what it means and its range."""
        what = f"{self.meaning}; " if self.meaning else ""
        return f"{self.key} ({what}{self._range})"

    @property
    def words(self) -> str:
        """The figure in words with its range, for a sentence."""
        what = f"{self.meaning[:1].lower()}{self.meaning[1:]}" if self.meaning else self.key
        return f"“{what}” ({self._range})"

    @property
    def _range(self) -> str:
        return f"{self.values[0]:g} to {self.values[2]:g} {self.unit}".strip()

    @property
    def signs(self) -> list[int]:
        """For each side: -1 or 1 if B is surely lower or higher, else 0."""
        return [SIGNS.get(verdict(gap), 0) for gap in self.gaps]

    def told(self, b: str, what: str = "total cost") -> str:
        """Return in words whether the winner changes over the range."""
        low, base, high = self.signs
        ends = f"{what} {self._at(0)}, {self._at(2)}"
        if low == base == high != 0:
            return f"{b} keeps the {'lower' if base < 0 else 'higher'} {what}: {ends}"
        if low * high < 0:
            where = "" if self.zero is None else f", zero near {self.zero:.3g} by interpolation"
            return f"the winner changes: {ends}{where}"
        if not any(self.signs):
            return f"no winner can be told: {ends}"
        return f"a winner cannot be told everywhere: {ends}"

    @property
    def zero(self) -> float | None:
        """The value at which the difference is zero, straight lines between the three; or None."""
        points = [(v, g.mean) for v, g in zip(self.values, self.gaps, strict=True)
                  if g.mean is not None and not math.isnan(v)]  # fmt: skip
        for (v0, m0), (v1, m1) in itertools.pairwise(points):
            if m0 != m1 and min(m0, m1) <= 0.0 <= max(m0, m1):
                return v0 - m0 * (v1 - v0) / (m1 - m0)
        return None

    def _at(self, side: int) -> str:
        gap = self.gaps[side]
        factor, unit = scale(gap.unit, list(self.gaps))
        return f"{cell(gap, factor, signed=True)} {unit} at {self.values[side]:g}"


def deciders(
    table: pd.DataFrame | None, of: str, metric: str, rows: Sequence[Row], most: int = MOST
) -> list[Decider]:
    """Return the figures over whose range a difference changes most, the largest change first.

    Parameters
    ----------
    table
        As `Evidence.tornado`.
    of, metric
        The difference ("B - A") and what of it.
    rows
        All figures of the scenario.
    most
        How many.
    """
    if table is None:
        return []
    mine = table[(table["of"] == of) & (table["metric"] == metric)]
    found = []
    for key, part in mine.groupby("key", sort=False):
        sides = {str(row["side"]): row for _, row in part.iterrows()}
        if not {"low", "high"} <= set(sides):
            continue
        low, base, high = (sides.get(side) for side in SIDES)
        values = _value(low), _value(base), _value(high)
        gaps = _estimate(low), _estimate(base), _estimate(high)
        found.append(Decider(str(key), *_known(str(key), rows), values, gaps))
    return sorted(found, key=lambda d: -d.swing)[:most]


def _value(row: pd.Series | None) -> float:
    return math.nan if row is None else float(row["value"])


def _known(key: str, rows: Sequence[Row]) -> tuple[str, str]:
    """Return meaning and unit of a figure, also of one that each architecture has its own of."""
    for row in rows:
        if row.key == key or row.key.endswith(f".{key}"):
            return row.meaning, "" if row.unit == "1" else row.unit
    return "", ""


def _estimate(row: pd.Series | None) -> Estimate:
    if row is None:
        return Estimate(None, None, None, None, None, None, None, 0, "")

    def known(name: str) -> float | None:
        return None if pd.isna(row[name]) else float(row[name])

    mean, se, low, high = (known(name) for name in ("mean", "se", "ci_low", "ci_high"))
    return Estimate(mean, se, low, high, None, None, None, int(row["n"]), str(row["unit"]))
