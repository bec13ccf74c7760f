"""Where a difference comes from: a chain of architectures in which one thing changes a step.

The difference between the two ends is the telescoping sum of the steps' differences, replication by
replication, so the parts add up to the whole exactly. Steps of the same part are taken together. The
last step leads from the *reference* to the design under test: what is left of its advantage against a
design that has all the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from twin.estimate import Estimate, combined_ratios
from twin.metrics import Metric
from twin.results.estimating import (
    Exposure,
    applies,
    column,
    linear_difference,
    terms,
    without_certainty,
)

Rows = dict[str, pd.DataFrame]
PARTS = ("location", "coupling", "size", "dispatch")


@dataclass(frozen=True)
class Split:
    """The difference ``design - baseline`` in parts.

    Attributes
    ----------
    baseline, design, reference
        First, last and last but one architecture of the chain.
    parts
        Names of the parts that the chain has, in the order of `PARTS`.
    n
        Replications in which all architectures of the chain are there.
    estimates
        By metric and part; the means add up to that of `total`.
    total, surviving
        By metric: ``design - baseline`` and ``design - reference``, on the same replications.
    """

    baseline: str
    design: str
    reference: str
    parts: tuple[str, ...]
    n: int
    estimates: dict[str, dict[str, Estimate]]
    total: dict[str, Estimate]
    surviving: dict[str, Estimate]

    def to_dict(self) -> dict[str, object]:
        """Return the entry of ``summary.json``."""
        return {
            "baseline": self.baseline,
            "design": self.design,
            "reference": self.reference,
            "replications": self.n,
            "metrics": {
                metric: {
                    **{part: e.to_dict(quantiles=False) for part, e in parts.items()},
                    "total": self.total[metric].to_dict(quantiles=False),
                    "surviving": self.surviving[metric].to_dict(quantiles=False),
                }
                for metric, parts in self.estimates.items()
            },
        }


Signs = dict[str, float]
"""How often each architecture counts in a part: +1 where a step ends, -1 where it begins."""


def signs(chain: Sequence[str], steps: Sequence[str]) -> dict[str, Signs]:
    """Return for each part which architectures it adds and takes away.

    Parameters
    ----------
    chain
        Architectures, the baseline first, shape (n + 1).
    steps
        Part of each step, shape (n).
    """
    found: dict[str, Signs] = {part: {} for part in PARTS if part in steps}
    for part, start, end in zip(steps, chain[:-1], chain[1:], strict=True):
        for name, sign in ((end, 1.0), (start, -1.0)):
            found[part][name] = found[part].get(name, 0.0) + sign
    return found


def split(
    metrics: Sequence[Metric],
    rows: pd.DataFrame,
    chain: Sequence[str],
    steps: Sequence[str],
    exposure: Exposure,
) -> Split | None:
    """Return the split of a difference, None where no replication has the whole chain.

    Parameters
    ----------
    metrics
        What to split.
    rows
        Rows of ``replications.parquet``.
    chain, steps
        As in `signs`.
    exposure
        Simulated years and pods, for counts.
    """
    by_name = {n: rows[rows["architecture"] == n].set_index("replication") for n in chain}
    common = sorted(set.intersection(*(set(table.index) for table in by_name.values())))
    if not common:
        return None
    tables: Rows = {name: table.loc[common] for name, table in by_name.items()}

    def over(metric: Metric, weights: Signs) -> Estimate:
        return _combined(metric, tables, weights, exposure)

    baseline, reference, design = chain[0], chain[-2], chain[-1]
    parts = signs(chain, steps)
    whole: Signs = {design: 1.0, baseline: -1.0}
    last: Signs = {design: 1.0, reference: -1.0}
    chosen = [m for m in metrics if not m.only_differences and _defined(m, tables)]
    return Split(
        baseline,
        design,
        reference,
        tuple(parts),
        len(common),
        {m.name: {p: over(m, s) for p, s in parts.items()} for m in chosen},
        {m.name: over(m, whole) for m in chosen},
        {m.name: over(m, last) for m in chosen},
    )


def _defined(metric: Metric, tables: Rows) -> bool:
    """Return whether a metric has a value all along the chain (LCOS has none for idle storage)."""
    if not all(applies(metric, t) for t in tables.values()):
        return False
    if metric.kind == "ratio":
        return all(np.nansum(terms(metric, t)[1]) != 0.0 for t in tables.values())
    return all(not np.isnan(column(t, metric.name)).any() for t in tables.values())


def _combined(metric: Metric, tables: Rows, weights: Signs, exposure: Exposure) -> Estimate:
    used = {name: weight for name, weight in weights.items() if weight != 0.0}
    if metric.kind == "ratio":
        ratios = [(metric.sign * w, *terms(metric, tables[n])) for n, w in used.items()]
        return without_certainty(metric, combined_ratios(ratios, metric.unit))
    zero = np.zeros(len(next(iter(tables.values()))))
    values = {n: column(tables[n], metric.name) for n in used}
    gains = sum((w * values[n] for n, w in used.items() if w > 0.0), start=zero)
    losses = sum((-w * values[n] for n, w in used.items() if w < 0.0), start=zero)
    return linear_difference(metric, gains, losses, exposure)
