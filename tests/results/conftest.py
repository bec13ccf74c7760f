"""What the tests of results share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from result_parts import YEARS, Make

from twin.results import Identity, Manifest, Record, Results, Tables


@pytest.fixture
def manifest() -> Manifest:
    content: dict[str, Any] = {
        "horizon_years": YEARS,
        "economics": {"discount_rate_real": 0.0},
        "load": {"pods": 32},
    }
    return Manifest(
        Identity("demo", "0123456789ab", 1, "0.1.0", "abcdef"), content, tuple(range(4)), ("a", "b")
    )


@pytest.fixture
def results(manifest: Manifest) -> Make:
    """Return results of records."""

    def make(records: Sequence[Record], n: int = 4, names: Sequence[str] = ("a", "b")) -> Results:
        return Results.of(manifest.asking(range(n), names), Tables.of(records))

    return make
