"""What a size is looked for: a metric on the right side of a value."""

from __future__ import annotations

import math
from dataclasses import dataclass

from twin.errors import InputError, nearest
from twin.estimate import Estimate
from twin.metrics import METRICS, MORE_IS_BETTER

RISES_WITH_SIZE = frozenset({
    "asset_loss_usd_per_year", "backup_cost_usd_per_kw_year", "capex_usd", "footprint_m2",
    "lcos_usd_per_mwh", "levelized_cost_usd_per_it_mwh", "levelized_cost_usd_per_useful_gpu_hour",
    "losses_mwh_per_year", "om_usd_per_year", "storage_faults_per_year", "storage_fires_per_year",
    "tco_npv_usd",
})  # fmt: skip
"""Metrics that a larger plant sooner or later worsens: there is a largest plant that meets a target
on them, not a smallest."""


@dataclass(frozen=True)
class Target:
    """A metric at or beyond a value, on its better side.

    Attributes
    ----------
    metric, value
        Name of the metric, and the value in its unit.
    confident
        True asks that the whole 95 % interval lies on the better side, not only the mean.
    """

    metric: str
    value: float
    confident: bool = False

    @classmethod
    def read(cls, text: str, confident: bool = False) -> Target:
        """Return the target that ``METRIC=VALUE`` means."""
        name, sign, number = (part.strip() for part in text.partition("="))
        found = METRICS.get(name)
        if found is None or found.only_differences:
            known = [m.name for m in METRICS.values() if not m.only_differences]
            raise InputError(f"--target: unknown metric '{name}'{nearest(name, known)}")
        try:
            value = float(number) if sign else math.nan
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise InputError(f"--target {text}: write METRIC=VALUE, such as {name}=5")
        return cls(name, value, confident)

    @property
    def unit(self) -> str:
        """Unit of the value."""
        return METRICS[self.metric].unit

    @property
    def more(self) -> bool:
        """Whether more is better."""
        return self.metric in MORE_IS_BETTER

    @property
    def words(self) -> str:
        """The target as people write it."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        surely = ", the whole 95 % interval" if self.confident else ""
        return f"{self.metric} {'≥' if self.more else '≤'} {self.value:,.10g}{unit}{surely}"

    def met(self, found: Estimate) -> bool:
        """Return whether an estimate meets the target; what is undefined does not."""
        return self.surely_met(found) if self.confident else self._right(found.mean)

    def surely_met(self, found: Estimate) -> bool:
        """Return whether the whole 95 % interval lies on the better side."""
        return self._right(found.ci_low if self.more else found.ci_high)

    def _right(self, value: float | None) -> bool:
        return value is not None and (value >= self.value if self.more else value <= self.value)
