"""Statistics of replications: every number with its error, its interval and its n.

Columns are NumPy arrays with one value per replication; NaN marks a replication in which the metric
is undefined. Which function fits which metric:

====================  =======================================  ==============================
metric                one architecture                         difference B - A
====================  =======================================  ==============================
energy, peak, price   `mean_estimate`                          `paired_difference`
count of events       `count_estimate`                         `paired_count_difference`
largest value         `bounded_mean_estimate`                  the same, over differences
ratio                 `ratio_estimate`, `ratio_complement`     `paired_ratio_difference`
cost of rare events   `heavy_tail_estimate`                    `paired_heavy_tail_difference`
====================  =======================================  ==============================

All intervals are two-sided 95 % confidence intervals.
"""

from __future__ import annotations

from twin.estimate.bootstrap import heavy_tail_estimate, paired_heavy_tail_difference
from twin.estimate.counts import count_estimate, garwood_limits, paired_count_difference
from twin.estimate.means import bounded_mean_estimate, mean_estimate, paired_difference
from twin.estimate.model import Estimate
from twin.estimate.ratios import (
    combined_ratios,
    delta_se,
    jackknife_se,
    paired_ratio_difference,
    ratio_complement,
    ratio_estimate,
)

__all__ = [
    "Estimate",
    "bounded_mean_estimate",
    "combined_ratios",
    "count_estimate",
    "delta_se",
    "garwood_limits",
    "heavy_tail_estimate",
    "jackknife_se",
    "mean_estimate",
    "paired_count_difference",
    "paired_difference",
    "paired_heavy_tail_difference",
    "paired_ratio_difference",
    "ratio_complement",
    "ratio_estimate",
]
