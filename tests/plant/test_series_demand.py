"""A load without jobs goes on wanting what its series says, whatever has happened to its pods."""

from __future__ import annotations

import pytest

from tests.plant.metric_parts import H
from tests.plant.small_plants import run, site, total
from tests.plant.test_bulkheads import COOL
from twin.contracts.layout import Flow


@pytest.mark.parametrize(
    ("start_h", "hours", "unserved_kwh"),
    [(1.0, 2.0, 500.0), (0.5, 1.0, 150.0), (2.0, 1.0, 300.0), (1.0, 3.0, 500.0)],
)
def test_unserved_energy_follows_the_series(
    start_h: float, hours: float, unserved_kwh: float
) -> None:
    load = {"kind": "series", "pods": 2, "values_kw": [100.0, 200.0, 300.0, 0.0], "step_min": 60}
    case = site(load=load, hours=4.0, compartments=1, recovery={"delay_s": 0.0, "pod_step_s": 0.0},
                grid={"ramp_kw_per_min": 1e12}, cooling=COOL)  # fmt: skip
    plant = run(case, [(start_h * H, hours * H, 0.0)])
    assert total(plant, Flow.UNSERVED) / 3.6e6 == pytest.approx(unserved_kwh, rel=1e-9)
    short_h = hours if hours < 3.0 else 2.0  # nothing is missing where nothing is wanted
    assert total(plant, Flow.SHORT_S) / H == pytest.approx(short_h, rel=1e-9)
