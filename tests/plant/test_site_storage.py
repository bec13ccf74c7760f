"""Storage on the site bus, eco mode, and units of many modules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.plant.small_plants import (
    SURE_DIESEL,
    SURE_STORE,
    SURE_UPS,
    heard,
    kwh,
    plant_of,
    run,
    site,
)
from twin.contracts.calendar import HOUR_S
from twin.contracts.layout import Flow
from twin.streams import name_keys

SITE_STORE = SURE_STORE | {"level": "site", "energy_kwh": 2000.0, "power_kw": 1000.0}
PEAKS = {"kind": "tou", "periods": [
    {"name": "peak", "price_per_kwh": 0.3, "windows": [{"start": "08:00", "end": "12:00"}]},
    {"name": "valley", "price_per_kwh": 0.05},
]}  # fmt: skip


@pytest.mark.parametrize("at_h", [2.0, 9.0, 13.0])
@pytest.mark.parametrize("peak_kw", [50.0, 420.0, 900.0])
def test_energy_adds_up_with_pv_and_trading_on_the_site_bus(at_h: float, peak_kw: float) -> None:
    """An outage while the plan says sell, buy, or nothing; PV below, about and above the load."""
    store = SITE_STORE | {"trades": True, "reserve": 0.3}
    case = site(hours=48.0, storage=store, pv={"peak_kw": peak_kw}, tariff=PEAKS)
    plant = run(case, [(at_h * HOUR_S, 2.0 * HOUR_S, 0.0), ((24 + at_h) * HOUR_S, 0.4, 0.3)])
    assert kwh(plant, Flow.DISCHARGE) > 300.0


def test_weak_pv_does_not_charge_an_idle_unit() -> None:
    """PV of a few kW is below the constant losses of a large converter: charging would cost more."""
    store = SITE_STORE | {"energy_kwh": 33_000.0, "power_kw": 10_000.0}
    load = {"kind": "constant", "pods": 1, "pod_kw": 2.0}
    case = site(hours=48.0, compartments=1, load=load, storage=store, pv={"peak_kw": 120.0},
                cooling={"autonomy_s": 1e6})  # fmt: skip
    plant = run(case, [(6.0 * HOUR_S, 12.0 * HOUR_S, 0.0)])
    assert kwh(plant, Flow.PV_CURTAILED) > 0.0
    assert kwh(plant, Flow.UNSERVED) == 0.0


@pytest.mark.parametrize("event", [(HOUR_S, 300.0, 0.0), (HOUR_S, 0.5, 0.4)])
def test_chillers_go_before_pods_where_a_storage_is_short_of_power(
    event: tuple[float, float, float],
) -> None:
    """400 kW of pods and 200 kW of chillers on a storage of 500 kW, in an outage and in a sag."""
    store = SITE_STORE | {"power_kw": 500.0}
    chillers = {"fixed_kw": 200.0, "per_it_kw": 0.0}
    case = site(hours=8.0, storage=store, cooling=chillers, diesel=SURE_DIESEL,
                psu={"hold_up_s": 0.05})  # fmt: skip
    plant = run(case, [event])
    assert heard(plant, "stopped", "cooling") != []
    assert heard(plant, "shed", "pod") == []
    assert heard(plant, "lost", "pod") == []


def test_eco_mode_loses_less_and_sees_a_gap() -> None:
    ups = SURE_UPS | {"constant_pu": 0.003, "linear_pu": 0.002, "square_pu": 0.004}
    double = run(site(hours=24.0, compartments=1, storage=SURE_UPS), [])
    eco_case = site(hours=24.0, compartments=1, storage=ups | {"coupling": "eco"})
    eco = run(eco_case, [])
    assert kwh(eco, Flow.IMPORT) < kwh(double, Flow.IMPORT)
    spec: Any = eco_case.architectures["case"].tables["storage"]
    plant = plant_of(eco_case)
    gaps = spec.gaps_s(plant.luck, name_keys(["a", "b"] * 200), "sag")
    assert gaps.min() >= 0.002
    assert gaps.max() <= 0.004


@pytest.mark.parametrize(("transfer_s", "lost"), [(0.004, 0), (0.0157, 0), (0.0159, 4)])
def test_eco_mode_races_its_transfer_against_the_hold_up(transfer_s: float, lost: int) -> None:
    eco = {"coupling": "eco", "transfer_min_s": transfer_s, "transfer_max_s": transfer_s}
    case = site(hours=2.0, compartments=1, storage=SURE_UPS | eco)
    plant = run(case, [(600.0, 0.2, 0.2)])
    assert len(heard(plant, "lost", "pod")) == lost


def test_a_failed_module_leaves_the_rest_of_a_large_unit() -> None:
    store = SITE_STORE | {"modules": 4, "pcs_fault_per_year": 100.0, "repair_h": 200.0}
    case = site(hours=300.0, storage=store)
    plant = run(case, [])
    unit: Any = plant.device("storage@site")
    failed = unit.state.failed
    assert 0 < failed < 4
    assert plant.arrays.inp["discharge_w"][0] == pytest.approx(1e6 * (4 - failed) / 4)
    assert plant.arrays.inp["storage_ok"][0]


def test_a_single_pod_is_served_by_its_unit_or_not_at_all() -> None:
    spec: Any = site(storage=SURE_STORE | {"modules": 2}).architectures["case"].tables["storage"]
    unit: Any = plant_of(site(storage=SURE_STORE)).units()[0]
    assert spec.healthy(unit, 0)
    assert not spec.healthy(unit, 1)  # 75 kW are left for 100 kW and losses


@pytest.mark.parametrize(("level", "falls"), [("pod", 1), ("site", 0)])
def test_a_fire_takes_the_bus_beside_it_alone(level: str, falls: int) -> None:
    """In the hall the compartment is lost; a container in the yard leaves the load on the mains."""
    store = SURE_STORE | {"level": level, "energy_kwh": 4000.0, "power_kw": 800.0,
                          "fire_per_mwh_year": 1.0}  # fmt: skip
    case = site(hours=800.0, compartments=4, storage=store)
    for seed in range(1, 30):
        plant = run(case, [], seed=seed)
        fires = heard(plant, "fire")
        if fires:
            assert (len(heard(plant, "lost", "pod")) >= 1) == bool(falls)
            return
    raise AssertionError("no fire in 30 histories")


def test_a_fire_destroys_a_container_at_most() -> None:
    spec: Any = site(storage=SITE_STORE).architectures["case"].tables["storage"]
    assert spec.burnt_kwh(33_000.0) == 5000.0
    assert spec.burnt_kwh(900.0) == 900.0
    assert np.isclose(spec.capex_usd_per_kwh * 2 + spec.capex_usd_per_kw, 360.0)  # 180 USD/kWh, 2 h


@pytest.mark.parametrize(("level", "modules"), [("pod", 1), ("block", 4)])
def test_units_fail_as_often_however_their_size_is_given(level: str, modules: int) -> None:
    """430 kWh a unit, or the same as a total that the units share by load: the same racks."""
    load = {"kind": "constant", "pods": 4, "pod_kw": 100.0, "core_kw": 50.0}
    faults = {"level": level, "modules": modules, "rack_fault_per_year": 0.02}
    compartments = {"pod": 4, "block": 2}[level]
    rates = []
    for size in (
        {"energy_kwh": 430.0, "power_kw": 300.0},
        {"energy_kwh": 430.0 * 4.5 * compartments / 4, "power_kw": 300.0 * 4.5 * compartments / 4,
         "size_basis": "site"},
    ):  # fmt: skip
        case = site(load=load, compartments=compartments, storage=SURE_STORE | faults | size)
        plant = plant_of(case)
        first = plant.units()[0]
        assert first.nameplate_j == pytest.approx(430.0 * 3.6e6)
        device: Any = plant.device(first.name)
        rates.append(device.fault_rate())
    assert rates[1] == pytest.approx(rates[0])


def test_a_small_core_unit_is_judged_by_its_own_power() -> None:
    """The core's unit is half a block's: 300 kW in 4 modules become 75 kW, for 53 kW of load."""
    load = {"kind": "constant", "pods": 4, "pod_kw": 100.0, "core_kw": 50.0}
    store = SURE_STORE | {"level": "block", "modules": 4, "power_kw": 300.0}
    plant = plant_of(site(load=load, compartments=2, storage=store))
    core: Any = plant.device("storage@core")
    assert core.unit.power_w == pytest.approx(75e3)
    assert core.spec.healthy(core.unit, 1)  # 56 kW left
    assert not core.spec.healthy(core.unit, 2)  # 37 kW left


def test_every_repair_draws_a_fault_of_its_own() -> None:
    """Two repairs between two faults, then one: no number is drawn twice."""
    store = SITE_STORE | {"modules": 8, "pcs_fault_per_year": 200.0, "repair_h": 20.0}
    plant = plant_of(site(hours=400.0, storage=store))
    unit: Any = plant.device("storage@site")
    drawn: list[tuple[str, int]] = []
    draw = unit._draw

    def noting(kind: str, rate: float, number: int) -> float:
        drawn.append((kind, number))
        return float(draw(kind, rate, number))

    unit._draw = noting
    plant.run()
    assert len(drawn) > 20
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize(("kind", "power_kw", "stops"), [("bess", 1000.0, 0), ("bess", 460.0, 1),
                                                         ("ups", 300.0, 0)])  # fmt: skip
def test_a_storage_on_the_site_bus_carries_the_chillers_if_it_can(
    kind: str, power_kw: float, stops: int
) -> None:
    """An hour without any source: 400 kW of pods and 52 kW of chillers on 2 MWh."""
    store = SITE_STORE if kind == "bess" else SURE_UPS | {"level": "site", "energy_kwh": 2000.0}
    case = site(hours=8.0, storage=store | {"power_kw": power_kw}, cooling={"per_it_kw": 0.13})
    plant = run(case, [(HOUR_S, HOUR_S, 0.0)])
    assert len(heard(plant, "stopped", "cooling")) == stops
    assert len(heard(plant, "lost", "pod")) == (4 if stops else 0)


def test_the_chillers_stop_when_the_storage_on_the_site_bus_is_empty() -> None:
    store = SITE_STORE | {"energy_kwh": 600.0}
    case = site(hours=8.0, storage=store, cooling={"per_it_kw": 0.13}, policy={"kind": "none"})
    plant = run(case, [(HOUR_S, 3.0 * HOUR_S, 0.0)])
    lost, stopped = heard(plant, "lost", "pod"), heard(plant, "stopped", "cooling")
    assert HOUR_S + 600.0 < lost[0] < 2.5 * HOUR_S
    assert stopped == pytest.approx([lost[0]])
    assert heard(plant, "running", "cooling") == pytest.approx([4.0 * HOUR_S + 300.0 + 2 * 45.0])
