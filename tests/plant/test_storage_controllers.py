"""Controllers (BMS) of battery units: what stops a whole unit at once, shown or hidden."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.plant.metric_parts import H, measured, table
from tests.plant.small_plants import (
    NO_FAULTS,
    SURE_STORE,
    Event,
    Table,
    heard,
    plant_of,
    run,
    site,
    story,
)
from tests.plant.test_bulkheads import COOL, TIGHT
from twin.errors import ScenarioError
from twin.plant.machine import Plant
from twin.streams import Cause

PROMPT: Table = SURE_STORE | {"commutation_max_s": 0.0, "repair_law": "exponential"}
FOUR_PODS: Table = {"kind": "constant", "pods": 4, "pod_kw": 100.0}
YEAR_H = 8760.0


def first_at(kind: str, hours: float, rate: float = 1.0) -> Any:
    """Let the first controller of pod or block 0 fail once, with a rate per year."""

    def draw(cause: Cause) -> float | None:
        if len(cause) == 3 and cause[1] == kind:
            mine = cause[0] in ("storage@pod-000", "storage@block-01") and cause[2] == 1
            return 1.0 - math.exp(-hours * rate / YEAR_H) if mine else 1.0 - 1e-12
        return 0.5 if cause[1] == "test" else None

    return draw


@pytest.mark.parametrize("modules", [1, 6])
def test_a_controller_stops_its_unit_whatever_the_modules(modules: int) -> None:
    """One module of six would not be missed; the controller takes all of them."""
    store = PROMPT | {"level": "block", "modules": modules, "energy_kwh": 2e3, "power_kw": 600.0,
                      "bms_fault_per_year": 1.0, "bms_repair_h": 4, "repair_law": "fixed"}  # fmt: skip
    case = site(load=FOUR_PODS, compartments=2, storage=store, cooling=COOL)
    outages: list[Event] = [(5.0 * H, 600.0, 0.0), (12.0 * H, 600.0, 0.0)]
    plant = run(case, outages, forced=first_at("controller fault", 3.0))
    assert heard(plant, "controller fault") == pytest.approx([3.0 * H])
    assert heard(plant, "controller works again") == pytest.approx([7.0 * H])
    assert [row[1:] for row in table(plant)] == [("outage", "storage controller out", 2, 0)]
    single = store | {"bms_fault_per_year": 0.0, "pcs_fault_per_year": 6.0 / modules}
    fewer = run(site(load=FOUR_PODS, compartments=2, storage=single, cooling=COOL), outages,
                forced=lambda c: {"fault": 0.002}.get(str(c[1])))  # fmt: skip
    assert bool(table(fewer)) == (modules == 1), story(fewer)


def test_it_is_down_as_often_as_a_two_state_element() -> None:
    """Share of time and of outages: lambda / (lambda + mu)."""
    up_h, down_h, years, pods = 300.0, 30.0, 4.0, 8
    store = PROMPT | {"bms_fault_per_year": YEAR_H / up_h, "bms_repair_h": down_h}
    outages = [(h * H, 60.0, 0.0) for h in range(200, int(years * YEAR_H), 50)]
    load = FOUR_PODS | {"pods": pods}
    case = site(hours=years * YEAR_H, load=load, compartments=pods, storage=store, cooling=COOL)
    plant, row = measured(case, outages)
    u, hours = down_h / (up_h + down_h), years * YEAR_H * pods
    begins, ends = heard(plant, "controller fault"), heard(plant, "controller works again")
    open_s = (len(begins) - len(ends)) * years * YEAR_H * H
    out_h = (sum(ends) + open_s - sum(begins)) / H
    spread_h = (2.0 * (up_h * down_h) ** 2 / (up_h + down_h) ** 3 * hours) ** 0.5
    assert out_h == pytest.approx(u * hours, abs=3.0 * spread_h)
    lost = sum(r.pods for r in plant.loss_rows() if r.path == "storage controller out")
    assert lost == sum(r.pods for r in plant.loss_rows())
    n = len(outages) * pods
    assert lost == pytest.approx(u * n, abs=3.0 * (u * (1.0 - u) * n * 330.0 / 50.0) ** 0.5)
    assert row["storage_faults_per_year"] * years == pytest.approx(len(begins))


def test_hidden_ones_are_found_by_every_test_that_comes_after_one() -> None:
    """Repaired at once: each test finds one with 1 - exp(-rate x interval)."""
    rate, days, years, pods = 6.0, 20.0, 5.0, 6
    store = PROMPT | {"bms_fault_per_year": rate, "bms_repair_h": 0.0, "latent_share": 1.0,
                      "test_days": days}  # fmt: skip
    case = site(hours=years * YEAR_H, load=FOUR_PODS | {"pods": pods}, compartments=pods,
                storage=store, cooling=COOL)  # fmt: skip
    found = heard(run(case, []), "hidden controller fault found")
    tests, p = pods * years * 365.0 / days, 1.0 - math.exp(-rate * days / 365.0)
    assert len(found) == pytest.approx(tests * p, abs=3.0 * (tests * p * (1.0 - p)) ** 0.5)


@pytest.mark.parametrize(("test_days", "fails"), [(1.0, False), (30.0, True)])
def test_a_hidden_one_is_found_by_test_or_demand(test_days: float, fails: bool) -> None:
    store = PROMPT | {"bms_fault_per_year": 1.0, "latent_share": 1.0, "test_days": test_days,
                      "bms_repair_h": 2.0, "repair_law": "fixed"}  # fmt: skip
    load = FOUR_PODS | {"pods": 1}
    plant = run(site(hours=48.0, load=load, compartments=1, storage=store, cooling=COOL),
                [(30.0 * H, 0.5, 0.0)], forced=first_at("hidden controller fault", 1.0))  # fmt: skip
    by = [d for _, _, e, d in plant.log if e == "hidden controller fault found"]
    assert by == [f"by {'demand' if fails else 'test'}"], story(plant)
    assert [row[2] for row in table(plant)] == (["hidden fault"] if fails else [])
    assert len(heard(plant, "controller works again")) == 1


def test_units_side_by_side_have_a_controller_each() -> None:
    """A core of 150 kW has two units of a pod's size: one controller takes half of them."""
    store = PROMPT | {"bms_fault_per_year": 1.0, "modules": 3}
    plant = plant_of(site(load=FOUR_PODS | {"core_kw": 150.0}, compartments=4, storage=store))
    core: Any = plant.device(plant.units()[-1].name)
    assert core.unit.count == 2
    core.state.bms_back_s = [5.0 * H]
    assert core.spec.share_left(core.unit, core.modules_out) == pytest.approx(0.5)
    assert not core.healthy  # half is less than the load of the core
    core.state.bms_back_s = []
    core.state.failed = 1
    assert core.spec.share_left(core.unit, core.modules_out) == pytest.approx(5.0 / 6.0)


def test_common_causes_take_their_share_of_controllers() -> None:
    """With beta the rate of each unit stays; the common fault lasts as long as its kinds do."""
    store = PROMPT | {"bms_fault_per_year": 50.0, "bms_repair_h": 0.5}
    for beta, spread in ((0.0, 20.0), (0.2, (320.0 + 64.0 * 10.0) ** 0.5)):
        case = site(hours=YEAR_H, load=FOUR_PODS | {"pods": 8}, compartments=8, storage=store,
                    bulkhead=TIGHT | {"common_cause": beta}, bus=NO_FAULTS)  # fmt: skip
        plant = run(case)
        common = len(heard(plant, "fault", "common-cause@pod-000"))
        assert common == pytest.approx(beta * 50.0, abs=4.0 * (beta * 50.0) ** 0.5)
        assert plant.counters["storage_faults"] == pytest.approx(400.0, abs=4.0 * spread)


def plant_with(**faults: float) -> Plant:
    store = {k: v for k, v in PROMPT.items() if not k.endswith("fault_per_year")} | faults
    return plant_of(site(load=FOUR_PODS, compartments=4, storage=store | {"energy_kwh": 920.0}))


def test_the_rate_of_what_stops_a_unit_and_its_repair() -> None:
    plant = plant_with(pcs_fault_per_year=3.0, rack_fault_per_year=0.0, bms_fault_per_year=1.0,
                       repair_h=24.0, bms_repair_h=4.0)  # fmt: skip
    unit: Any = plant.device("storage@pod-000")
    assert unit.spec.stop_rate(unit.unit) == pytest.approx(4.0)
    assert unit.spec.stop_repair_h(unit.unit) == pytest.approx((3 * 24.0 + 4.0) / 4.0)


def test_controllers_are_not_counted_twice() -> None:
    """A unit of 920 kWh fails as often as with 0.02 a rack, the BMS included, and 0.1 a converter."""
    unit: Any = plant_with().device("storage@pod-000")
    assert unit.spec.stop_rate(unit.unit) == pytest.approx(0.1 + 4 * 0.02)


def test_detection_must_be_in_order() -> None:
    with pytest.raises(ScenarioError, match=r"detection_min_s \(0.03\) lies above detection_max_s"):
        site(storage=PROMPT | {"detection_min_s": 0.03})
