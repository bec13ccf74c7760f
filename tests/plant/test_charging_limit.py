"""What is left for charging is never passed, however little it is."""

from __future__ import annotations

import pytest

from tests.plant.small_plants import SURE_STORE, run, site


@pytest.mark.parametrize("contracted_kw", [112.5, 113.75, 115.0, 116.25, 119.0])
def test_import_stays_within_the_contract_where_a_converter_begins_to_charge(
    contracted_kw: float,
) -> None:
    """A converter of 500 kW takes nothing below its own loss: there the need jumps."""
    store = SURE_STORE | {"energy_kwh": 400.0, "power_kw": 500.0, "start_soc": 0.5}
    case = site(
        hours=1.0, storage=store, load={"kind": "constant", "pods": 1, "pod_kw": 100.0},
        compartments=1, contracted_kw=contracted_kw,
        cooling={"per_it_kw": 0.0, "pump_per_it_kw": 0.0},
    )  # fmt: skip
    plant = run(case, [])
    assert 110e3 < plant.arrays.month_peak.max() <= contracted_kw * 1e3 * (1.0 + 1e-12)
