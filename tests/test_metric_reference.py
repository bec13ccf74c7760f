"""docs/metrics.md says of every metric what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twin.contracts.losses import KINDS, PATHS
from twin.metrics import METRICS, Metric
from twin.results.details import LOSSES
from twin.results.survival import COLUMNS

TEXT = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text(encoding="utf-8")
ROWS = {m[1]: m for m in re.findall(r"^\| (`(\w+)`) \| ([^|]*) \| ([^|]*) \| (.*) \|$", TEXT, re.M)}


def kind_of(metric: Metric) -> str:
    if metric.only_differences:
        return "–"
    return "ratio, rare" if metric.rare else metric.kind


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_explained(name: str) -> None:
    metric = METRICS[name]
    _, _, unit, kind, definition = ROWS[name]
    assert (unit, kind.strip()) == (metric.unit, kind_of(metric))
    assert len(definition) > 8


def test_nothing_is_explained_that_does_not_exist() -> None:
    assert set(ROWS) - {"losses_STAGE_mwh_per_year"} == set(METRICS)


@pytest.mark.parametrize("word", [*KINDS, *PATHS, *LOSSES.columns, *COLUMNS])
def test_words_of_the_tables_are_explained(word: str) -> None:
    assert f"`{word}`" in TEXT
