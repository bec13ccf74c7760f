"""What a recorder at the connection of a scenario would count."""

from __future__ import annotations

import math

import pytest

from tests.plant.small_plants import Table, site
from twin.plant.design import expected_sarfi


def test_sarfi_of_the_grid_is_rate_times_share() -> None:
    """Events no shorter than half a cycle, a sequence once; momentary interruptions count as well."""
    sags = {"kind": "ecdf", "rate_per_year": 50.0, "duration_median_s": 0.2, "sequence_share": 0.3,
            "voltage_pu": [0.2, 0.5, 0.7, 0.9], "probability": [0.0, 0.2, 0.5, 1.0]}  # fmt: skip
    grid: Table = {"sags": sags, "momentaries": {"kind": "poisson", "rate_per_year": 10.0}}
    for hours in (24.0, 3 * 8760.0):
        got = expected_sarfi(site(grid=grid, hours=hours))
        for index, share in (("SARFI-90", 1.0), ("SARFI-70", 0.5), ("SARFI-50", 0.2)):
            rate = 10.0 + 50.0 * share
            assert got[index] == pytest.approx(rate, abs=3.0 * math.sqrt(rate / 300.0)), index
