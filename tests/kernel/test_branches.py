"""What is taken up on one branch must leave the flows that a sweep of the whole tree gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.plant.small_plants import SURE_DIESEL, SURE_STORE, heard, run, site, story
from twin.contracts.layout import Arrays
from twin.kernel.advance import advance
from twin.plant import context
from twin.plant.build import build, disturbances
from twin.scenario import Scenario

HOUR_S = 3600.0
ROW_FLOWS = ("down_w", "edge_w", "up_w", "charge_w", "discharge_w", "stored_rate_w",
             "standby_bus_w", "standby_cells_w", "self_w", "it_w")  # fmt: skip
SITE_FLOWS = ("need_w", "it_w", "cooling_w", "priced_w", "import_w", "export_w", "pv_used_w")


def copied(k: Arrays) -> Arrays:
    return Arrays._make(a.copy() for a in k)


def swept(k: Arrays) -> Arrays:
    """Return a copy in which the whole tree was swept at the same instant."""
    fresh = copied(k)
    fresh.now["dirty"] = 1
    advance(fresh, float(fresh.now[0]["t"]))
    return fresh


def compare(k: Arrays) -> None:
    """Hold the present flows and limits against those of a sweep."""
    full = swept(k)
    for key in ROW_FLOWS:
        np.testing.assert_allclose(k.rate[key], full.rate[key], rtol=1e-9, atol=1e-3)
    for key in SITE_FLOWS:
        assert k.flow[0][key] == pytest.approx(full.flow[0][key], rel=1e-9, abs=1e-3)
    np.testing.assert_array_equal(k.rate["live"], full.rate["live"])
    np.testing.assert_array_equal(k.rate["joined"], full.rate["joined"])
    np.testing.assert_allclose(k.limit_s, full.limit_s, rtol=1e-9)
    assert k.flow[0]["limit_t"] == k.limit_s.min() == k.limit_s[k.flow[0]["limit_row"]]


def a_plant(name: str, architecture: str) -> Any:
    scenario = Scenario.load(name, sets=["horizon_years=0.2"])
    ctx = context(scenario, 1, 3)
    return build(scenario, architecture, ctx, disturbances(scenario, ctx))


DESIGNS = [("tiny", "distributed"), ("wanka-10000", "distributed"), ("sea-8000", "centralized")]


@pytest.mark.parametrize(("name", "architecture"), DESIGNS)
def test_limits_and_jobs_leave_the_flows_of_a_sweep(name: str, architecture: str) -> None:
    plant = a_plant(name, architecture)
    alone = 0
    for day in range(1, 50, 4):
        plant.run(day * 24 * HOUR_S)
        k = copied(plant.arrays)
        for quarter in range(96):
            sweeps, steps = int(k.now[0]["sweeps"]), int(k.now[0]["steps"])
            time = day * 24 * HOUR_S + quarter * 901.0
            if time < k.now[0]["t"] or advance(k, time) != 0:
                continue
            alone += k.now[0]["sweeps"] == sweeps and k.now[0]["steps"] > steps + 1
            compare(k)
    assert alone > 30  # branches were taken up without a sweep


@pytest.mark.parametrize(("name", "architecture"), DESIGNS)
def test_closing_breakers_leave_the_flows_of_a_sweep(name: str, architecture: str) -> None:
    plant = a_plant(name, architecture)
    for hour in range(10, 240, 7):
        plant.run(hour * HOUR_S)
        k = copied(plant.arrays)
        now = float(k.now[0]["t"])
        for n, i in enumerate(np.flatnonzero(k.row["has_storage"])):
            k.inp["closed"][i] = 0
            k.inp["close_at_s"][i] = now + 30.0 + 5.0 * n
        k.now["dirty"] = 1
        for n in range(12):
            if advance(k, now + 28.0 + 5.0 * n) != 0:
                break
            compare(k)
        else:
            assert k.inp["closed"].sum() > 10 or name == "tiny"


def test_a_limit_at_a_step_of_the_load_sees_the_new_load() -> None:
    """2 kWh carry 2 kW for an hour; in that instant the load falls to what one set of 1 kW carries."""
    load = {"kind": "series", "values_kw": [2.0, 1.0], "step_min": 60}
    store = SURE_STORE | {
        "coupling": "rack_dc", "energy_kwh": 1.0, "power_kw": 2.0, "soc_low": 0.0, "soc_high": 1.0,
        "reserve": 0.0, "auxiliary_w_per_kwh": 0.0, "hot_standby_pu": 0.0, "ageing": "none",
        "self_discharge_per_month": 0.0, **{f"{way}_{part}_pu": 0.0 for way in ("charge", "discharge")
                                            for part in ("constant", "linear", "square")},
    }  # fmt: skip
    sets = SURE_DIESEL | {
        "sets": 1, "set_kw": 1.0, "confirm_s": 0.0, "start_median_s": 0.0, "load_steps": [1.0],
        "parallel_min_s": 0.0, "parallel_max_s": 0.0,
    }  # fmt: skip
    case = site(
        hours=1.9, load=load, compartments=1, storage=store, diesel=sets,
        chain={"stages": []}, psu={"constant_pu": 0.0, "linear_pu": 0.0, "square_pu": 0.0},
        cooling={"per_it_kw": 0.0, "pump_per_it_kw": 0.0},
    )  # fmt: skip
    plant = run(case, [(0.0, 2.0 * 3600.0, 0.0)])
    assert heard(plant, "lost", "pod") + heard(plant, "shed", "pod") == [], story(plant)
