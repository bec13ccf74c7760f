"""The sites of the study of bulkheads, and what was found for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pandas as pd

from twin.contracts.losses import MAINTENANCE
from twin.errors import InputError
from twin.estimate import Estimate
from twin.metrics import Metric
from twin.results import Results
from twin.results.estimating import Exposure, difference, estimate

ARCHITECTURE = "distributed"
LOSSES, UNSERVED, MOST = "pod_losses_per_year", "eue_it_mwh_per_year", "max_pods_down"
STOPS, JOBS = "job_interruptions_per_year", "interrupted_job_cost_usd_per_year"
COST = "tco_npv_usd"
LARGE = "large_events_per_year"
LARGE_SHARE = 4
"""A large event takes at least one pod in so many, and more than one."""

Ties = Literal["none", "mechanical", "static"]


def large_pods(pods: int) -> int:
    """Return the fewest pods that make an event a large one."""
    return max(2, -(-pods // LARGE_SHARE))


def metrics_of(pods: int) -> dict[str, str]:
    """Return the metrics of the study by name, in words."""
    return {
        LOSSES: "pod losses",
        LARGE: f"events that take {large_pods(pods)} pods or more",
        MOST: "most pods down at once",
        UNSERVED: "unserved IT energy",
        STOPS: "job interruptions",
        JOBS: "interrupted-job cost",
        COST: "net present cost",
    }


@dataclass(frozen=True, order=True)
class Point:
    """A site of the study.

    Attributes
    ----------
    converters
        Rated power of the storages' converters, as a multiple of the scenario's.
    """

    compartments: int
    containment: float
    ties: Ties
    common_cause: bool
    converters: float = 1.0

    @property
    def columns(self) -> dict[str, object]:
        """The site as the first columns of a table."""
        return {
            "compartments": self.compartments,
            "containment": self.containment,
            "ties": self.ties,
            "common_cause": self.common_cause,
            "converters": self.converters,
        }


@dataclass
class Grid:
    """All sites of the study.

    Attributes
    ----------
    found
        Results by site; all share their seed and horizon.
    pods
        Number of pods of the site.
    """

    found: dict[Point, Results]
    pods: int
    _frames: dict[int, pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        empty = [point for point, results in self.found.items() if not results.count]
        if empty:
            raise InputError(f"no simulation of {empty[0]} has finished; see its failures")

    @property
    def large(self) -> int:
        """The fewest pods that make an event a large one."""
        return large_pods(self.pods)

    @cached_property
    def counts(self) -> list[int]:
        """Numbers of compartments, the fewest first."""
        return sorted({p.compartments for p in self.found})

    @cached_property
    def containments(self) -> list[float]:
        """Containments, the worst first."""
        return sorted({p.containment for p in self.found})

    def estimate(self, point: Point, metric: str) -> Estimate:
        """Return a metric of a site."""
        return estimate(self._metric(metric), self._rows(point), self._exposure(point))

    def gap(self, b: Point, a: Point, metric: str) -> Estimate:
        """Return the paired difference B - A of two sites."""
        rows_b, rows_a = self._rows(b), self._rows(a)
        common = rows_b.index.intersection(rows_a.index)
        pair = rows_b.loc[common], rows_a.loc[common]
        return difference(self._metric(metric), *pair, self._exposure(a))

    def _metric(self, name: str) -> Metric:
        if name == LARGE:
            return Metric(LARGE, "1/yr", metrics_of(self.pods)[LARGE], "count")
        return next(iter(self.found.values())).metrics[name]

    def _exposure(self, point: Point) -> Exposure:
        return Exposure(self.found[point].manifest.horizon_years, self.pods)

    def _rows(self, point: Point) -> pd.DataFrame:
        """Return the rows of a site by replication, with its large events."""
        results = self.found[point]
        if id(results) not in self._frames:
            rows = results.rows(ARCHITECTURE)
            years = results.manifest.horizon_years
            self._frames[id(results)] = rows.assign(
                **{
                    LARGE: large_events(results.losses, self.large).reindex(
                        rows.index, fill_value=0
                    )
                    / years
                }
            )
        return self._frames[id(results)]


def large_events(losses: pd.DataFrame, least: int) -> pd.Series:
    """Return by replication how many events took at least so many pods, maintenance left out.

    Parameters
    ----------
    losses
        Columns replication, event, kind, event_pods, of one architecture.
    """
    known = losses[losses["kind"].ne(MAINTENANCE) & losses["event_pods"].ge(least)]
    return known.drop_duplicates(["replication", "event"]).groupby("replication").size()
