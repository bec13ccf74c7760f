"""From rows to estimates: which estimator fits which kind of metric."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.estimate import (
    Estimate,
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
STAGE = re.compile(r"losses_(.+)_mwh_per_year")


@dataclass(frozen=True)
class Exposure:
    """What counts refer to: simulated years per replication, pods that one cause may take."""

    years: float
    pods: int


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
    if metric.kind == "ratio":
        return ratio_estimate(
            *terms(metric, rows), metric.unit, offset=metric.offset, sign=metric.sign
        )
    values = column(rows, metric.name)
    if metric.kind == "count":
        cluster = float(exposure.pods) if metric.cluster else 1.0
        events = values * exposure.years
        return count_estimate(events, exposure.years, metric.unit, cluster=cluster)
    if metric.kind == "heavy":
        return heavy_tail_estimate(values, metric.unit, metric.name)
    return mean_estimate(values, metric.unit)


def difference(
    metric: Metric, b: pd.DataFrame, a: pd.DataFrame, exposure: Exposure
) -> Estimate:  # fmt: skip
    """Return the estimate of B - A over rows that belong together in pairs."""
    if metric.kind == "ratio":
        return paired_ratio_difference(
            *terms(metric, b), *terms(metric, a), metric.unit, sign=metric.sign
        )
    return linear_difference(metric, column(b, metric.name), column(a, metric.name), exposure)


def linear_difference(metric: Metric, second: Array, first: Array, exposure: Exposure) -> Estimate:
    """Return the estimate of the mean of ``second - first`` for a metric that is no ratio."""
    if metric.kind == "count":
        years = exposure.years
        return paired_count_difference(second * years, first * years, years, metric.unit)
    if metric.kind == "heavy":
        return paired_heavy_tail_difference(second, first, metric.unit, metric.name)
    return paired_difference(second, first, metric.unit)
