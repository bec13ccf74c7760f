"""Batteries: hidden faults, tests, maintenance, early fires; units redrawn in each step; overloads."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.plant.metric_parts import H, table
from tests.plant.small_plants import (
    NO_FAULTS,
    SURE_DIESEL,
    SURE_STORE,
    Table,
    heard,
    plant_of,
    run,
    site,
    story,
)
from tests.plant.test_bulkheads import COOL, TIGHT
from twin.errors import ScenarioError
from twin.streams import Cause

PROMPT: Table = SURE_STORE | {"commutation_max_s": 0.0}
ONE: Table = {"kind": "constant", "pods": 1, "pod_kw": 100.0}


def hidden_at(hours: float, rate: float) -> object:
    """Let a hidden fault strike once at a time."""

    def draw(cause: Cause) -> float | None:
        if cause[1] == "hidden fault":
            return 1.0 - math.exp(-hours * rate / 8760.0) if cause[2] == 1 else 1.0 - 1e-12
        return 0.5 if cause[1] == "test" else None

    return draw


@pytest.mark.parametrize(("test_days", "fails"), [(1.0, False), (30.0, True)])
def test_a_hidden_fault_is_found_by_test_or_demand(test_days: float, fails: bool) -> None:
    """It strikes after an hour; a test is due after half an interval."""
    store = PROMPT | {"pcs_fault_per_year": 1.0, "latent_share": 1.0, "test_days": test_days,
                      "repair_h": 2.0, "repair_law": "fixed"}  # fmt: skip
    case = site(hours=48.0, load=ONE, compartments=1, storage=store, cooling=COOL, bus=NO_FAULTS)
    plant = run(case, [(30.0 * H, 0.5, 0.0)], forced=hidden_at(1.0, 1.0))
    by = [d for _, s, e, d in plant.log if e == "hidden fault found"]
    assert by == [f"by {'demand' if fails else 'test'}"], story(plant)
    assert [row[2] for row in table(plant)] == (["hidden fault"] if fails else [])


def test_maintenance_takes_a_unit_out_as_often_as_it_should() -> None:
    store = PROMPT | {"maintenance_per_year": 12.0, "maintenance_h": 8.0}
    plant = run(site(hours=8760.0, load=ONE, compartments=1, storage=store, cooling=COOL))
    begins, ends = heard(plant, "maintenance begins"), heard(plant, "maintenance ends")
    assert len(begins) in (11, 12)
    assert ends[0] - begins[0] == pytest.approx(8.0 * H)


def test_fires_are_as_much_more_frequent_in_the_first_years() -> None:
    """Share of units that burn in the first two of ten years, against the exponential law."""
    rate, factor = 0.1, 3.0
    store = SURE_STORE | {"energy_kwh": 1000.0, "fire_per_mwh_year": rate, "early_life_factor": factor}
    plant = plant_of(site(load=ONE, compartments=1, storage=store))
    unit, many = plant.device("storage@pod-000"), 4000
    times = []
    for n in range(many):
        unit.state.fires = n
        times.append(unit._next_fire() / 3.1536e7)
    for years, exposure in ((1.0, 3.0), (2.0, 6.0), (10.0, 14.0)):
        share, exact = np.mean(np.array(times) < years), 1.0 - math.exp(-rate * exposure)
        assert share == pytest.approx(exact, abs=3.5 * (exact * (1.0 - exact) / many) ** 0.5)


def test_redrawn_units_are_out_in_independent_steps() -> None:
    p = 0.3
    redrawn = {"units": [{"unit": "storage@pod-000", "probability": p}]}
    case = site(hours=4000.0, load=ONE, compartments=1, storage=PROMPT, redrawn=redrawn)
    plant = run(case)
    changes = [t / H for t, _, e, _ in plant.log if e in ("out", "back")]
    assert all(t == round(t) for t in changes)
    out = heard(plant, "out", "redrawn")
    assert len(out) == pytest.approx(4000.0 * p * (1.0 - p), abs=4.0 * 4000.0**0.5 * 0.3)


def test_redrawn_outages_last_whole_steps() -> None:
    grid = {"outages": {"kind": "redrawn", "probability": 0.25, "step_h": 2.0}}
    plant = plant_of(site(hours=4000.0, load=ONE, compartments=1, grid=grid))
    d = plant.disturbances
    assert np.all(d.start_s % 7200.0 == 0.0)
    assert np.all(d.duration_s % 7200.0 == 0.0)
    assert np.all(d.start_s[1:] > d.start_s[:-1] + d.duration_s[:-1])
    share = d.duration_s.sum() / (4000.0 * H)
    assert share == pytest.approx(0.25, abs=4.0 * (0.25 * 0.75 / 2000.0) ** 0.5)


def test_unknown_redrawn_units_are_refused_by_name() -> None:
    redrawn = {"units": [{"unit": "storage@pod-00", "probability": 0.1}]}
    with pytest.raises(ScenarioError, match="storage@pod-000"):
        plant_of(site(load=ONE, compartments=1, storage=PROMPT, redrawn=redrawn))


def test_pv_is_stranded_while_pods_are_islands() -> None:
    plant = plant_of(site(storage=PROMPT | {"energy_kwh": 600.0}, pv={"peak_kw": 5000.0}),
                     [(10.0 * H, 2.0 * H, 0.0)])  # fmt: skip
    plant.run(11.0 * H)
    assert plant.arrays.flow[0]["pv_used_w"] == 0.0
    assert plant.arrays.rate["discharge_w"].sum() > 400e3


def test_an_overload_that_nobody_can_shed_trips_the_source() -> None:
    """The standby losses of the batteries alone are more than the contract, or the first set gives."""
    hungry = PROMPT | {"auxiliary_w_per_kwh": 50.0}
    grid = run(site(contracted_kw=10.0, storage=hungry, cooling=COOL))
    assert heard(grid, "overload", "utility")
    diesel = SURE_DIESEL | {"set_kw": 10.0, "sets": 1}
    sets = run(site(storage=hungry | {"energy_kwh": 100.0}, diesel=diesel, cooling=COOL,
                    hours=12.0), [(2.0 * H, 8.0 * H, 0.0)])  # fmt: skip
    assert heard(sets, "overload", "diesel"), story(sets)


def test_storage_on_all_levels_together() -> None:
    more = {"site": PROMPT | {"level": "site", "energy_kwh": 2000.0, "power_kw": 900.0},
            "block": PROMPT | {"level": "block", "energy_kwh": 500.0, "power_kw": 300.0}}  # fmt: skip
    load: Table = {"kind": "constant", "pods": 4, "pod_kw": 100.0, "core_kw": 50.0}
    plant = run(site(load=load, storage=PROMPT, more_storage=more, bulkhead=TIGHT, cooling=COOL),
                [(2.0 * H, 3.0 * H, 0.0)])  # fmt: skip
    assert len(plant.units()) == 1 + 2 + 4 + 1
    assert table(plant) == []


def test_block_and_pod_are_one_bus_where_a_compartment_has_one_pod() -> None:
    more = {"block": PROMPT | {"level": "block"}}
    with pytest.raises(ScenarioError, match="single pod, so block and pod are the same bus"):
        plant_of(site(compartments=4, storage=PROMPT, more_storage=more))


@pytest.mark.parametrize("modules", [1, 4])
def test_hidden_faults_keep_coming_after_a_repair(modules: int) -> None:
    """Converters fail at a constant rate, whether one sees it or not: as many are found as drawn."""
    store = PROMPT | {"pcs_fault_per_year": 20.0 / modules, "latent_share": 0.5, "test_days": 1.0,
                      "repair_h": 2.0, "modules": modules}  # fmt: skip
    load: Table = {"kind": "constant", "pods": 4, "pod_kw": 100.0}
    plant = run(site(hours=8760.0, load=load, compartments=4, storage=store, cooling=COOL))
    assert len(heard(plant, "hidden fault found")) == pytest.approx(40.0, abs=3.0 * 40.0**0.5)
    assert len(heard(plant, "fault", "storage")) == pytest.approx(40.0, abs=3.0 * 40.0**0.5)


def test_a_demand_fails_as_often_as_a_hidden_fault_waits_for_a_test() -> None:
    """With rate l and tests every t: 1 - (1 - exp(-l t)) / (l t) of the time, about l t / 2."""
    rate, days, many = 30.0, 7.0, 80
    store = PROMPT | {"pcs_fault_per_year": rate, "latent_share": 1.0, "test_days": days,
                      "repair_h": 0.05, "repair_law": "fixed"}  # fmt: skip
    load: Table = {"kind": "constant", "pods": many, "pod_kw": 100.0, "boot_s": 60.0}
    events = [((n + 0.5) * 613.0 * H, 0.5, 0.0) for n in range(14)]
    plant = run(site(hours=8760.0, load=load, compartments=many, storage=store, cooling=COOL), events)
    x, n = rate * days / 365.0, many * len(events)
    exact = 1.0 - (1.0 - math.exp(-x)) / x
    found = sum(d == "by demand" for _, _, e, d in plant.log if e == "hidden fault found")
    assert found / n == pytest.approx(exact, abs=3.0 * (exact * (1.0 - exact) / n) ** 0.5)


LOSSY: Table = {"stages": [{"name": "busway", "level": "pod", "constant_pu": 0.1}]}
"""Ten per cent of the rated power are lost without any load."""


@pytest.mark.parametrize("level", ["site", "block"])
@pytest.mark.parametrize("tied", [False, True])
def test_an_island_trips_on_losses_that_it_cannot_carry(level: str, tied: bool) -> None:
    """All pods are shed, and what the conversion takes is still more than the storage gives."""
    ties: Table = {"ties": {"kind": "breakers", "static": True}} if tied else {}
    store = PROMPT | {"level": level, "power_kw": 15.0, "energy_kwh": 2000.0}
    plant = run(site(storage=store, chain=LOSSY, cooling=COOL, **ties), [(2.0 * H, 2.0 * H, 0.0)])
    assert len(heard(plant, "shed", "pod")) == 4
    assert heard(plant, "overload", "ems") == pytest.approx([2.0 * H] * (1 + (level == "block")))


def test_a_tie_trips_on_losses_that_its_donor_cannot_carry() -> None:
    """Not only its own: it is out until seen to, else it would close again at once."""
    store = PROMPT | {"level": "block", "power_kw": 30.0, "energy_kwh": 2000.0}
    redrawn: Table = {"units": [{"unit": "storage@block-01", "probability": 1.0}]}
    plant = run(site(storage=store, chain=LOSSY, cooling=COOL, redrawn=redrawn,
                     ties={"kind": "breakers", "static": True, "failure_to_close": 0.0,
                           "repair_h": 1e4}),
                [(2.0 * H, 2.0 * H, 0.0)])  # fmt: skip
    assert heard(plant, "overload", "ties") == pytest.approx([2.0 * H], abs=0.1)
    assert not plant.arrays.tie["closed"].any()
