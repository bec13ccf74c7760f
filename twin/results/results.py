"""Results of a run: tidy tables, estimates with their errors, paired differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.economics import (
    CashFlow,
    CrossoverSummary,
    crossover_summary,
    cumulative_cost,
    year_ends,
)
from twin.estimate import Estimate
from twin.metrics import Metric
from twin.results.causes import blast, causes
from twin.results.details import LASTED, LOSSES
from twin.results.estimating import Exposure, column, difference, estimate, metrics_of
from twin.results.manifest import Manifest
from twin.results.record import Failure
from twin.results.split import Split, split
from twin.results.survival import survival
from twin.results.tables import Tables

Array = NDArray[np.float64]
Difference = Estimate | CrossoverSummary
CROSSOVER = "crossover_year"
CROSSOVER_WITH_VALUE = "crossover_year_with_residual_value"
RESIDUAL_COLUMN = "energy_residual"


@dataclass(frozen=True)
class Results:
    """What a run found: rows by replication, estimates with intervals, paired differences.

    `run` returns one; ``Results.load(folder)`` reads one back. Units are in the metrics' names, and in
    `Estimate.unit`. A metric that is undefined has the mean None and says in how many replications it
    was defined.

    Attributes
    ----------
    manifest
        What was asked for, and with what it was made.
    tables
        Rows and costs of the replications and architectures that were asked for.
    companion
        A smaller run of the same identity that holds the architectures on the way from the baseline
        to the design under test.
    tornado
        What the difference hangs on, figure by figure (``tornado.parquet``).

    Examples
    --------
    >>> from twin import run
    >>> results = run("tiny", n=2, workers=1)
    >>> sorted(results.estimates)
    ['centralized', 'distributed']
    >>> lost = results.estimates["distributed"]["pod_losses_per_year"]
    >>> lost.n, lost.unit, lost.ci_low <= lost.mean <= lost.ci_high
    (2, '1/yr', True)
    >>> len(results.replications)
    4
    """

    manifest: Manifest
    tables: Tables
    companion: Results | None = None
    tornado: pd.DataFrame | None = None

    @classmethod
    def of(cls, manifest: Manifest, tables: Tables) -> Results:
        """Return the results that a manifest asks for."""
        return cls(manifest, tables.select(manifest.replications, manifest.architectures))

    @classmethod
    def load(cls, path: str | Path) -> Results:
        """Return the results in a folder that a run has written.

        Parameters
        ----------
        path
            The folder.

        Raises
        ------
        DataError
            It holds no results, or damaged ones.
        """
        from twin.results.folder import load

        return load(path)

    @property
    def replications(self) -> pd.DataFrame:
        """One row per replication and architecture.

        Columns ``replication``, ``architecture``, every metric, and numerator and denominator of each
        ratio (``goodput_num``, ``goodput_den``).
        """
        return self.tables.rows

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What could not be simulated."""
        return self.manifest.failures

    @property
    def architectures(self) -> tuple[str, ...]:
        """Architectures that were asked for; the first is the baseline of differences."""
        return self.manifest.architectures

    @cached_property
    def count(self) -> int:
        """Number of replications in which at least one architecture finished."""
        return int(self.tables.rows["replication"].nunique())

    @cached_property
    def times(self) -> Array:
        """Times of the columns of costs, yr."""
        return year_ends(self.manifest.horizon_years)

    def rows(self, architecture: str) -> pd.DataFrame:
        """Return the rows of one architecture, by replication."""
        table = self.tables.rows
        return table[table["architecture"] == architecture].set_index("replication")

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """All metrics by name, those of this scenario's conversion stages included."""
        return metrics_of(self.tables.rows)

    @cached_property
    def estimates(self) -> dict[str, dict[str, Estimate]]:
        """Estimates by architecture and metric."""
        shown = [m for m in self.metrics.values() if not m.only_differences]
        found = {}
        for name in self.architectures:
            rows = self.rows(name)
            found[name] = {m.name: estimate(m, rows, self.exposure) for m in shown}
        return found

    @cached_property
    def differences(self) -> dict[str, dict[str, Difference]]:
        """Paired differences to the baseline, by ``"B - A"`` and metric."""
        return {f"{b} - {a}": dict(self._differences(b, a)) for b, a in self.pairs}

    def estimates_of(self, metric: str) -> dict[str, Estimate]:
        """Return one metric of each architecture, and of each difference ``"B - A"``."""
        known, exposure = self.metrics[metric], self.exposure
        rows = {name: self.rows(name) for name in self.architectures}
        found = {name: estimate(known, part, exposure) for name, part in rows.items()}
        for b, a in self.pairs:
            common = rows[b].index.intersection(rows[a].index)
            pair = rows[b].loc[common], rows[a].loc[common]
            found[f"{b} - {a}"] = difference(known, *pair, exposure)
        return found

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Pairs (B, A) of which differences are taken."""
        return [(b, self.architectures[0]) for b in self.architectures[1:]]

    def _differences(self, b: str, a: str) -> Iterator[tuple[str, Difference]]:
        rows_b, rows_a = self.rows(b), self.rows(a)
        common = rows_b.index.intersection(rows_a.index)
        pair = rows_b.loc[common], rows_a.loc[common]
        for metric in self.metrics.values():
            if not metric.only_differences:
                yield metric.name, difference(metric, *pair, self.exposure)
        yield CROSSOVER, self.crossover(b, a)
        yield CROSSOVER_WITH_VALUE, self.crossover(b, a, with_value=True)

    def crossover(self, b: str, a: str, *, with_value: bool = False) -> Difference:
        """Return from when on B has cost less than A, in discounted cumulative cost.

        Parameters
        ----------
        b, a
            The architectures.
        with_value
            True credits the equipment's residual value at each year.
        """
        paired = Tables.only(self.tables, self._paired_keys(b, a))
        if paired.rows.empty:
            return Estimate(None, None, None, None, None, None, None, 0, "yr")
        curves = [_cumulative(paired, x, self.manifest, with_value=with_value) for x in (a, b)]
        return crossover_summary(curves[0], curves[1], self.times)

    def _paired_keys(self, b: str, a: str) -> set[tuple[int, str]]:
        keys = self.tables.present()
        return {k for k in keys if k[1] in (a, b) and {(k[0], a), (k[0], b)} <= keys}

    def cumulative(self, architecture: str, *, with_value: bool = False) -> Array:
        """Return cumulative discounted costs at `times`, USD, shape (replications, T+1)."""
        if self.rows(architecture).empty:
            return np.zeros((0, self.times.size))
        return _cumulative(self.tables, architecture, self.manifest, with_value=with_value)

    @cached_property
    def cashflow(self) -> pd.DataFrame:
        """Mean costs: ``architecture, year, item, usd``, undiscounted."""
        listed: list[dict[str, Any]] = []
        for name in self.architectures:
            items, cube = self.tables.cube(name)
            if len(cube):
                mean = CashFlow(items, cube.mean(axis=0), self.manifest.horizon_years)
                listed += mean.to_rows(name)
        return pd.DataFrame(listed, columns=["architecture", "year", "item", "usd"])

    @cached_property
    def split(self) -> Split | None:
        """Where the difference comes from, None where the scenario or the run has no such chain."""
        content = self.manifest.content
        steps = content.get("split", [])
        chain = [*content.get("default_architectures", [])[:1], *(s["to"] for s in steps)]
        if not steps or chain[0] in chain[1:]:
            return None
        if not set(chain) <= set(self.architectures):
            return self.companion.split if self.companion is not None else None
        parts = [s["part"] for s in steps]
        return split(list(self.metrics.values()), self.tables.rows, chain, parts, self.exposure)

    @cached_property
    def losses(self) -> pd.DataFrame:
        """What each initiating event cost, by path; see `twin.plant.losses.LossRow`."""
        return self.tables.details[LOSSES.name]

    @cached_property
    def causes(self) -> pd.DataFrame:
        """What takes pods down, ranked; see `twin.results.causes.causes`."""
        return causes(self.losses, self.finished, self.exposure)

    @cached_property
    def blast(self) -> pd.DataFrame:
        """How many pods one event takes down, and how often; see `twin.results.causes.blast`."""
        return blast(self.losses, self.finished, self.exposure)

    @cached_property
    def survival(self) -> pd.DataFrame:
        """Probability to survive an outage, by start hour, duration and quantity.

        Columns architecture, start_hour, duration_h, quantity (``"site"``, ``"8_pods"``),
        probability, se, ci_low, ci_high, n; see `twin.results.survival`.
        """
        return survival(self.tables.details[LASTED.name], self.architectures)

    @cached_property
    def survival_at_any_hour(self) -> pd.DataFrame:
        """The same for an outage that may start at any hour: start hours drawn together."""
        lasted = self.tables.details[LASTED.name]
        return survival(lasted, self.architectures, by_hour=False)

    @property
    def energy_residual_max(self) -> float | None:
        """Worst relative residual of the energy balance, None if there is no replication."""
        residuals = np.abs(column(self.tables.rows, RESIDUAL_COLUMN))
        known = residuals[~np.isnan(residuals)]
        return float(known.max()) if known.size else None

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of ``summary.json``."""
        identity = self.manifest.identity
        return {
            "scenario": identity.scenario,
            "digest": identity.digest,
            "seed": identity.seed,
            "replications": self.count,
            "horizon_years": self.manifest.horizon_years,
            "architectures": {
                name: {metric: e.to_dict() for metric, e in found.items()}
                for name, found in self.estimates.items()
            },
            "differences": {
                pair: {metric: _entry(e) for metric, e in found.items()}
                for pair, found in self.differences.items()
            },
            "split": None if self.split is None else self.split.to_dict(),
            "audit": {"energy_residual_max": self.energy_residual_max},
        }

    def table(self) -> pd.DataFrame:
        """Return all estimates and differences as one tidy table.

        Returns
        -------
        DataFrame
            Columns ``of`` (an architecture, or ``"B - A"``), ``metric``, ``mean``, ``se``, ``ci_low``,
            ``ci_high``, ``p05``, ``p50``, ``p95``, ``n``, ``unit``.
        """
        blocks = {**self.summary["architectures"], **self.summary["differences"]}
        rows = [
            {"of": of, "metric": metric, **entry}
            for of, block in blocks.items()
            for metric, entry in block.items()
        ]
        return pd.DataFrame(rows)

    @property
    def finished(self) -> dict[str, list[int]]:
        """Replications by architecture, those that were asked for and are there."""
        return {name: self.rows(name).index.tolist() for name in self.architectures}

    @property
    def exposure(self) -> Exposure:
        """What counts per year refer to."""
        return Exposure(self.manifest.horizon_years, self.manifest.pods)


def _entry(e: Difference) -> dict[str, Any]:
    return e.to_dict(quantiles=False) if isinstance(e, Estimate) else e.to_dict()


def _cumulative(
    tables: Tables, architecture: str, manifest: Manifest, *, with_value: bool
) -> Array:  # fmt: skip
    items, cube = tables.cube(architecture)
    flows = cube[:, [i for i, item in enumerate(items) if item != "residual"]].sum(axis=1)
    values = tables.assets(architecture) if with_value else None
    return cumulative_cost(flows, manifest.discount_rate, manifest.horizon_years, values)
