"""The tables behind the figures: each figure is drawn from the table that stands below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.estimate.means import mean_estimate
from twin.metrics import METRICS
from twin.report.site import stage_in_words
from twin.results import Results
from twin.results.causes import ANY_KIND, blast, causes
from twin.results.estimating import STAGE

Array = NDArray[np.float64]
MILLION = 1e-6
SITE = "site"


def costs(results: Results) -> pd.DataFrame:
    """Return cumulative discounted costs: architecture, year, mean and 5 and 95 % quantile, M USD."""
    parts = []
    for name in results.architectures:
        curves = results.cumulative(name) * MILLION
        if len(curves):
            low, high = np.quantile(curves, [0.05, 0.95], axis=0)
            parts.append({"architecture": name, "year": results.times, "mean_musd":
                          curves.mean(axis=0), "p05_musd": low, "p95_musd": high})  # fmt: skip
    return _joined(parts, ["architecture", "year", "mean_musd", "p05_musd", "p95_musd"])


def cost_differences(results: Results) -> pd.DataFrame:
    """Return paired differences of cumulative costs: mean, 95 % interval of the mean, quantiles."""
    parts = []
    for b, a in results.pairs:
        gap = _paired(results, b, a) * MILLION
        if len(gap) < 2:
            continue
        low, high = np.quantile(gap, [0.05, 0.95], axis=0)
        means = [mean_estimate(column, "M USD") for column in gap.T]
        parts.append({
            "difference": f"{b} - {a}", "year": results.times,
            "mean_musd": [m.mean for m in means], "ci_low_musd": [m.ci_low for m in means],
            "ci_high_musd": [m.ci_high for m in means], "p05_musd": low, "p95_musd": high,
        })  # fmt: skip
    return _joined(parts, ["difference", "year", "mean_musd", "ci_low_musd", "ci_high_musd",
                           "p05_musd", "p95_musd"])  # fmt: skip


def _paired(results: Results, b: str, a: str) -> Array:
    """Return B - A in the replications that both have, USD, shape (n, T+1)."""
    both = [results.rows(name).index for name in (b, a)]
    common = both[0].intersection(both[1])
    second, first = (
        results.cumulative(name)[index.get_indexer(common)]
        for name, index in zip((b, a), both, strict=True)
    )
    return np.asarray(second - first)


def shares(results: Results, metric: str) -> pd.DataFrame:
    """Return a metric's values, sorted, with the share of replications at or below each."""
    parts = []
    for name in results.architectures:
        rows = results.rows(name)
        values = rows[metric].dropna().sort_values() if metric in rows else pd.Series(dtype=float)
        if len(values):
            parts.append({"architecture": name, "replication": values.index, metric:
                          values.to_numpy(), "share":
                          np.arange(1, len(values) + 1) / len(values)})  # fmt: skip
    return _joined(parts, ["architecture", "replication", metric, "share"])


def frequencies(losses: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return how often one event takes at least so many pods, by architecture (F-N curve)."""
    table = blast(losses, results.finished, results.exposure)
    return table[table["kind"] == ANY_KIND].drop(columns="kind").reset_index(drop=True)


def ranking(losses: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return what takes pods down, by architecture, the costliest first."""
    return causes(losses, results.finished, results.exposure)


def survival(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return survival pooled over start hours: mean, its standard error, lowest and highest hour."""
    rows = []
    for name in results.architectures:
        mine = table[table["architecture"] == name]
        for (quantity, hours), part in mine.groupby(["quantity", "duration_h"], observed=True):
            known = part.dropna(subset=["probability"])
            if len(known):
                p = known["probability"]
                se = float(np.sqrt((known["se"].fillna(0.0) ** 2).sum())) / len(known)
                rows.append((name, quantity, hours, p.mean(), se, p.min(), p.max()))
    found = pd.DataFrame(rows, columns=["architecture", "quantity", "duration_h", "probability",
                                        "se", "lowest", "highest"])  # fmt: skip
    first = found["quantity"] != SITE
    order = found["architecture"].map({n: i for i, n in enumerate(results.architectures)})
    return found.assign(a=first, b=order).sort_values(
        ["a", "b", "quantity", "duration_h"], kind="stable"
    ).drop(columns=["a", "b"]).reset_index(drop=True)  # fmt: skip


def stage_losses(results: Results) -> pd.DataFrame:
    """Return losses by stage: architecture, stage in words, MWh/yr and half of the 95 % interval."""
    rows: list[tuple[str, str, float, float | None]] = []
    for stage, metric in _stages(results):
        found = [results.estimates[name].get(metric) for name in results.architectures]
        if any(e is not None and e.mean for e in found):
            rows += [
                (name, stage, e.mean or 0.0, e.half_width)
                for name, e in zip(results.architectures, found, strict=True)
                if e is not None
            ]
    return pd.DataFrame(
        rows, columns=["architecture", "stage", "mwh_per_year", "half_width_mwh_per_year"]
    )


def _stages(results: Results) -> Iterator[tuple[str, str]]:
    """Yield all stages with their metric, those of the scenario's chain first."""
    found = [(m, STAGE.fullmatch(m)) for m in results.metrics]
    stages = [(stage_in_words(match.group(1)), name) for name, match in found if match]
    yield from sorted(stages, key=lambda pair: pair[1] in METRICS)


def _joined(parts: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat([pd.DataFrame(p) for p in parts], ignore_index=True)[columns]
