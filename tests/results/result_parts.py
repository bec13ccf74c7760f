"""Made-up records."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from twin.results import Record, Results

sys.path.append(str(Path(__file__).parent.parent / "montecarlo"))  # the fake plant

import fake_plant

YEARS = 4.0
Make = Callable[..., Results]


def record(replication: int, architecture: str, seed: int = 1, **row: float | None) -> Record:
    """Return a made-up record; `row` replaces metrics."""
    made = Record.of(replication, fake_plant.outcome(seed, replication, architecture, YEARS))
    made.row.update(row)
    return made


def with_costs(replication: int, architecture: str, **costs: Sequence[float]) -> Record:
    """Return a record with given costs by year, and no assets."""
    named = {item: [float(v) for v in values] for item, values in costs.items()}
    years = len(next(iter(named.values())))
    return Record(replication, architecture, {"goodput_num": 1.0}, named, [0.0] * years)
