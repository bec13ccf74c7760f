"""What else a report may show: the split, survival, the record of losses, the tornado.

The only place that knows where they come from. A part that a run does not have is None, and its
section is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from twin.estimate import Estimate
from twin.results import Results


class SplitLike(Protocol):
    """A difference taken apart into what a design changes; the parts add up to the total."""

    @property
    def baseline(self) -> str:
        """Architecture A of the difference."""

    @property
    def design(self) -> str:
        """Architecture B of the difference."""

    @property
    def reference(self) -> str:
        """The architecture with the same storage in another place."""

    @property
    def n(self) -> int:
        """Number of replications."""

    @property
    def parts(self) -> Sequence[str]:
        """Names of the parts, in order."""

    @property
    def estimates(self) -> Mapping[str, Mapping[str, Estimate]]:
        """By metric and part."""

    @property
    def total(self) -> Mapping[str, Estimate]:
        """Design - baseline by metric."""

    @property
    def surviving(self) -> Mapping[str, Estimate]:
        """Design - reference by metric."""


@dataclass(frozen=True)
class Evidence:
    """What a run knows beyond its metrics; None where it does not.

    Attributes
    ----------
    split
        The difference of two architectures, taken apart.
    survival
        Columns architecture, start_hour, duration_h, quantity, probability, se.
    losses
        Columns replication, architecture, time_s, event, kind, path, pods, sheds.
    tornado
        Columns key, side, value, of, metric, mean, se, ci_low, ci_high, n, unit.
    """

    split: SplitLike | None = None
    survival: pd.DataFrame | None = None
    losses: pd.DataFrame | None = None
    tornado: pd.DataFrame | None = None

    @classmethod
    def of(cls, results: Results) -> Evidence:
        """Return what results have."""
        return cls(
            getattr(results, "split", None),
            _filled(getattr(results, "survival", None)),
            _filled(getattr(results, "losses", None)),
            _filled(getattr(results, "tornado", None)),
        )


def _filled(table: Any) -> pd.DataFrame | None:
    return table if isinstance(table, pd.DataFrame) and not table.empty else None
