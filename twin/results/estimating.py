"""From rows to estimates: which estimator fits which kind of metric."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.economics import MIN_CYCLES_PER_YEAR
from twin.estimate import (
    Estimate,
    bounded_mean_estimate,
    count_estimate,
    heavy_tail_estimate,
    mean_estimate,
    paired_count_difference,
    paired_difference,
    paired_heavy_tail_difference,
    paired_ratio_difference,
    ratio_estimate,
)
from twin.metrics import METRICS, Metric, stage_metric

Array = NDArray[np.float64]
CYCLES = "storage_cycles_per_year"
ROUNDING = 1e-9
"""What sums of GPU-seconds and pod-seconds may be off, relative."""
STAGE = re.compile(r"losses_(.+)_mwh_per_year")


@dataclass(frozen=True)
class Exposure:
    """What counts refer to: simulated years per replication, pods that one cause may take."""

    years: float
    pods: int

    def of(self, metric: Metric) -> float:
        """Return what a count refers to, yr or pod-years."""
        return self.years * self.pods if metric.per_pod else self.years


def metrics_of(rows: pd.DataFrame) -> dict[str, Metric]:
    """Return all metrics by name: the known ones, and the losses of the stages that stand here."""
    stages = (STAGE.fullmatch(name) for name in rows.columns if name not in METRICS)
    return METRICS | {m.group(): stage_metric(m.group(1)) for m in stages if m}


def column(rows: pd.DataFrame, name: str) -> Array:
    """Return a column; NaN throughout if no replication defines it."""
    if name in rows:
        return rows[name].to_numpy(dtype=np.float64)
    return np.full(len(rows), np.nan)


def terms(metric: Metric, rows: pd.DataFrame) -> tuple[Array, Array]:
    """Return numerator and denominator of a ratio."""
    numerator = metric.numerator or f"{metric.name}_num"
    denominator = metric.denominator or f"{metric.name}_den"
    return column(rows, numerator), column(rows, denominator)


def estimate(metric: Metric, rows: pd.DataFrame, exposure: Exposure) -> Estimate:
    """Return the estimate of a metric over the rows of one architecture."""
    rows = _where_defined(metric, rows)
    if metric.kind == "ratio":
        found = ratio_estimate(
            *terms(metric, rows), metric.unit, offset=metric.offset, sign=metric.sign
        )
        return without_certainty(metric, found)
    values = column(rows, metric.name)
    if metric.most:
        return bounded_mean_estimate(values, 0.0, float(exposure.pods), metric.unit)
    if metric.kind == "count":
        cluster = float(exposure.pods) if metric.cluster else 1.0
        years = exposure.of(metric)
        return count_estimate(values * years, years, metric.unit, cluster=cluster)
    if metric.kind == "heavy":
        return heavy_tail_estimate(values, metric.unit, metric.name)
    return mean_estimate(values, metric.unit)


def difference(
    metric: Metric, b: pd.DataFrame, a: pd.DataFrame, exposure: Exposure
) -> Estimate:  # fmt: skip
    """Return the estimate of B - A over rows that belong together in pairs."""
    b, a = _where_defined(metric, b), _where_defined(metric, a)
    if metric.kind == "ratio":
        found = paired_ratio_difference(
            *terms(metric, b), *terms(metric, a), metric.unit, sign=metric.sign
        )
        return without_certainty(metric, found)
    return linear_difference(metric, column(b, metric.name), column(a, metric.name), exposure)


def linear_difference(metric: Metric, second: Array, first: Array, exposure: Exposure) -> Estimate:
    """Return the estimate of the mean of ``second - first`` for a metric that is no ratio."""
    if metric.kind == "count":
        years = exposure.of(metric)
        return paired_count_difference(second * years, first * years, years, metric.unit)
    if metric.kind == "heavy":
        return paired_heavy_tail_difference(second, first, metric.unit, metric.name)
    if metric.most:
        most = float(exposure.pods)
        return bounded_mean_estimate(second - first, -most, most, metric.unit)
    return paired_difference(second, first, metric.unit)


def applies(metric: Metric, rows: pd.DataFrame) -> bool:
    """Return whether a metric is meant for storage that cycles as much as that of these rows.

    The mean of the cycles decides for all replications: else the lucky ones would make one figure and
    the others another.
    """
    cycles = column(rows, CYCLES)
    known = cycles[~np.isnan(cycles)]
    if metric.cycling is None or not known.size:
        return True
    return bool((known.mean() >= MIN_CYCLES_PER_YEAR) == metric.cycling)


def _where_defined(metric: Metric, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows, without a value of a metric that does not apply."""
    if applies(metric, rows):
        return rows
    return rows.assign(**dict.fromkeys({metric.name, metric.numerator} - {""}, np.nan))


def without_certainty(metric: Metric, found: Estimate) -> Estimate:
    """Return the estimate, without an interval where nothing rare has been seen to happen."""
    if metric.rare and found.se is not None and found.se <= ROUNDING:
        return replace(found, se=None, ci_low=None, ci_high=None)
    return found
