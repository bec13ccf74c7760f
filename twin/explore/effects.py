"""How much a difference between two designs changes when a figure does: a difference of differences.

All four terms have met the same luck, so they are taken together replication by replication.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.errors import InputError
from twin.estimate import Estimate
from twin.estimate.model import defined, estimate, sample_mean_se, student_limits
from twin.metrics import Metric
from twin.results import Results
from twin.results.estimating import Exposure, column, difference, terms

Array = NDArray[np.float64]


def effect(metric: str, changed: Results, base: Results, b: str, a: str = "") -> Estimate:
    """Return (B - A) where a figure is changed, less (B - A) at the base.

    Parameters
    ----------
    metric
        Name of the metric.
    changed, base
        Results with the figure changed and without, on the same seed.
    b, a
        The designs; without `a`, the effect on B alone.
    """
    if changed.manifest.horizon_years != base.manifest.horizon_years:
        raise InputError(f"{metric}: simulated times differ, so no replications can be paired")
    known = base.metrics[metric]
    frames = [r.rows(name) for r in (changed, base) for name in ((b, a) if a else (b,))]
    common = frames[0].index
    for frame in frames[1:]:
        common = common.intersection(frame.index)
    frames = [frame.loc[common] for frame in frames]
    if known.kind == "ratio":
        return _of_ratios(known, frames)
    half = len(frames) // 2
    sides = [_gap(known, frames[:half]), _gap(known, frames[half:])]
    exposure = Exposure(base.manifest.horizon_years, base.manifest.pods)
    return difference(known, sides[0], sides[1], exposure)


def _gap(metric: Metric, frames: list[pd.DataFrame]) -> pd.DataFrame:
    values = column(frames[0], metric.name)
    if len(frames) > 1:
        values = values - column(frames[1], metric.name)
    return pd.DataFrame({metric.name: values})


def _of_ratios(metric: Metric, frames: list[pd.DataFrame]) -> Estimate:
    """Combine ratios of expectations by the influence of each replication (delta method)."""
    columns = defined(*(part for frame in frames for part in terms(metric, frame)))
    pairs = list(zip(columns[::2], columns[1::2], strict=True))
    if any(den.sum() == 0.0 for _, den in pairs):
        return estimate(None, None, (None, None), np.zeros(0), columns[0].size, metric.unit)
    signs = [1.0, -1.0, -1.0, 1.0] if len(pairs) == 4 else [1.0, -1.0]
    mean, influence = 0.0, np.zeros(columns[0].size)
    for sign, (num, den) in zip(signs, pairs, strict=True):
        ratio = float(num.sum() / den.sum())
        mean += sign * metric.sign * ratio
        influence += sign * metric.sign * (num - ratio * den) / den.mean()
    _, se = sample_mean_se(influence)
    se = None if se is None or not math.isfinite(se) else se
    limits = student_limits(mean, se, influence.size - 1)
    return estimate(mean, se, limits, mean + influence, influence.size, metric.unit)
