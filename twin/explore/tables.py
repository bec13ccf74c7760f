"""Tidy tables of estimates, and the estimates in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from twin.estimate import Estimate
from twin.scenario.toml_text import literal

NUMBERS = ["mean", "se", "ci_low", "ci_high"]
ENTRY = [*NUMBERS, "n", "unit"]


def rows(summary: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield ``architecture, metric, mean, se, ci_low, ci_high, n, unit`` of a ``summary.json``.

    The architecture of a paired difference is ``"B - A"``.
    """
    for name, block in {**summary["architectures"], **summary["differences"]}.items():
        for metric, entry in block.items():
            yield {"architecture": name, "metric": metric, **_entry(entry)}


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    if "mean_curve" in entry:  # a crossover: that of the mean curve is the one with an interval
        return {
            "mean": entry["mean_curve"],
            "se": None,
            "ci_low": entry["mean_curve_ci_low"],
            "ci_high": entry["mean_curve_ci_high"],
            "n": entry["n"],
            "unit": "yr",
        }
    return {key: entry[key] for key in ENTRY}


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose estimates are floats (NaN where undefined) and whose n is whole."""
    kinds = {name: "float64" for name in NUMBERS if name in table}
    return table.astype(kinds | ({"n": "int64"} if "n" in table else {}))


def column_of(values: Sequence[Any]) -> pd.Series[Any]:
    """Return values as a column: numbers where all are numbers, else words, tables as TOML."""
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return pd.Series(list(values))
    return pd.Series([v if isinstance(v, str) else literal(v) for v in values], dtype="object")


def estimate_in(row: Mapping[Any, Any]) -> Estimate:
    """Return the estimate that a row holds, without its quantiles."""
    mean, se, low, high = (None if pd.isna(row[k]) else float(row[k]) for k in NUMBERS)
    return Estimate(mean, se, low, high, None, None, None, int(row["n"]), str(row["unit"]))
