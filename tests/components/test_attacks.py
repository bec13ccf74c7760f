"""Scenes that once went wrong: overlapping faults, long outages, short supply, odd reserves."""

from __future__ import annotations

import pytest

from components.diesel import DieselSpec
from tests.plant.small_plants import (
    SURE_DIESEL,
    SURE_STORE,
    Event,
    heard,
    jobs,
    kwh,
    plant_of,
    run,
    site,
)  # fmt: skip
from twin import ledger
from twin.contracts.calendar import HOUR_S
from twin.contracts.layout import Flow, Phase
from twin.kernel.advance import settle
from twin.plant.machine import Plant

H = HOUR_S
BIG_STORE = SURE_STORE | {"power_kw": 300.0, "energy_kwh": 900.0}


def with_dead_bus(plant: Plant, row: int, at_s: float) -> Plant:
    """Kill a bus at an instant, and run to the horizon."""
    plant.observe([at_s], lambda: plant.device("protection").kill_bus(row, "test"))
    plant.run()
    return plant


@pytest.mark.parametrize("reserve", [0.95, 0.9])
def test_a_reserve_as_large_as_the_battery(reserve: float) -> None:
    store = SURE_STORE | {"reserve": reserve, "trades": True, "self_discharge_per_month": 0.1,
                          "energy_kwh": 920.0, "power_kw": 280.0}  # fmt: skip
    load = {"kind": "constant", "pods": 1, "pod_kw": 100.0}
    case = site(hours=8760 * 3, load=load, compartments=1, storage=store)
    plant = plant_of(case, [(1e6 * n, 900.0, 0.0) for n in range(1, 90)])
    initial_j = plant.arrays.state["stored_j"].copy()
    plant.run()
    ledger.close(plant.arrays, initial_j, plant.tree.names)
    assert abs(kwh(plant, Flow.SNAP)) < 1e-6


def test_an_empty_store_on_an_island_of_another_store_stays_empty() -> None:
    case = site(
        hours=6, load={"kind": "constant", "pods": 2, "pod_kw": 100.0}, cooling={"autonomy_s": 1e6},
        storage=SURE_STORE | {"start_soc": 0.11, "energy_kwh": 20.0},
        more_storage={"site": SURE_STORE | {"level": "site", "energy_kwh": 2e3, "power_kw": 500.0}},
    )  # fmt: skip
    plant = plant_of(case, [(1.0, 3 * H, 0.0)])
    low: list[float] = []

    def look() -> None:
        settle(plant.arrays)
        low.append(float(plant.arrays.state["stored_j"].min()))

    plant.observe([600.0 * n for n in range(1, 18)], look)
    plant.run()
    assert min(low) >= 0.0


def test_jobs_resume_when_the_cooling_runs_again() -> None:
    """Two blinks 310 s apart: the second chiller restart uses up the buffer on a healthy grid."""
    case = site(hours=48, load=jobs(), compartments=4, storage=BIG_STORE,
                cooling={"autonomy_s": 660.0})  # fmt: skip
    plant = plant_of(case, [(H, 5.0, 0.0), (H + 310.0, 5.0, 0.0)])
    plant.run()
    assert heard(plant, "job saves")
    assert plant.arrays.job_state["phase"].tolist() == [Phase.RUN] * 2


def test_chillers_stop_with_the_site_bus() -> None:
    case = site(hours=4, load=jobs(), compartments=4, storage=BIG_STORE)
    plant = with_dead_bus(plant_of(case, []), 0, H)
    assert heard(plant, "stopped", "cooling")
    assert heard(plant, "trip", "cooling")


def test_a_bus_with_two_faults_is_dead_until_both_are_repaired() -> None:
    plant = plant_of(site(compartments=4, storage=BIG_STORE), [])
    plant.run(H)
    protection = plant.device("protection")
    protection.kill_bus(1, "x")
    protection.kill_bus(1, "y")
    protection.restore_bus(1)
    assert not plant.arrays.inp["alive"][1]
    protection.restore_bus(1)
    assert plant.arrays.inp["alive"][1]


def test_a_dead_bus_elsewhere_does_not_keep_units_from_returning() -> None:
    case = site(hours=10, compartments=4, storage=BIG_STORE)
    plant = with_dead_bus(plant_of(case, [(H, 0.5, 0.0)]), 4, H + 10.0)
    assert plant.arrays.inp["closed"][1:4].tolist() == [1, 1, 1]
    assert plant.counters["pod_losses"] == 1


def test_a_bus_fault_long_after_a_disturbance_interrupts_again() -> None:
    case = site(hours=48, load=jobs(), compartments=4)
    before = plant_of(case, [(H, 100.0, 0.0)])
    before.run()
    after = with_dead_bus(plant_of(case, [(H, 100.0, 0.0)]), 1, 80_000.0)
    gained = after.counters["job_interruptions"] - before.counters["job_interruptions"]
    assert gained >= 1


def test_work_at_risk_is_that_of_this_disturbance() -> None:
    """Lost 20 s after a checkpoint's time, hours after a blink that did no harm."""
    store = BIG_STORE | {"switch_failure": 0.5}
    case = site(hours=24, load=jobs(), compartments=4, storage=store)

    def forced(cause: tuple[str | int, ...]) -> float | None:
        return (0.9 if "00000" in str(cause[2]) else 0.1) if cause[1] == "switch" else None

    plant = plant_of(case, [(3500.0, 5.0, 0.0), (36_040.0, 5.0, 0.0)], forced=forced)
    plant.run()
    assert plant.counters["pod_losses"] == 4
    assert 0.0 < plant.counters["work_at_risk_gpu_h"] < 1024 * 60.0 / 3600.0


# ---- diesel and supply that is short ------------------------------------------------------------


def test_a_repaired_set_is_called_when_the_last_running_one_fails() -> None:
    draws = {("diesel-1", "start"): 1e-9, ("diesel-1", "repair"): 0.02,
             ("diesel-2", "run"): 0.5, ("diesel-2", "repair"): 0.9}  # fmt: skip
    diesel = SURE_DIESEL | {"failure_to_start": 0.01, "mttf_h": 20.0, "repair_median_h": 10.0,
                            "set_kw": 800.0, "tank_h": 1000.0}  # fmt: skip
    plant = plant_of(
        site(hours=60, compartments=4, diesel=diesel), [(H, 50 * H, 0.0)],
        forced=lambda cause: draws.get((str(cause[0]), str(cause[1]))),
    )  # fmt: skip
    plant.run()
    failed = heard(plant, "failure to run")[0]
    confirm_s = DieselSpec(sets=1, set_kw=1.0).confirm_s
    assert any(failed < t <= failed + confirm_s + 1.0 for t in heard(plant, "call"))


def test_a_repaired_set_has_new_luck_at_its_next_call() -> None:
    diesel = SURE_DIESEL | {"sets": 1, "failure_to_start": 0.5, "repair_median_h": 2.0,
                            "set_kw": 800.0, "tank_h": 1000.0}  # fmt: skip
    fails = []
    for k in range(20):
        plant = plant_of(site(hours=300, diesel=diesel), [(H, 290 * H, 0.0)], replication=k)
        plant.run()
        fails.append(len(heard(plant, "failure to start")))
    assert max(fails) < 20  # 0.5 ** 20 is a millionth


def test_pods_that_the_diesel_cannot_carry_stay_off() -> None:
    """Powered up at idle, shed again when the job is back, and so for ever."""
    case = site(hours=60, compartments=4, load=jobs(), storage=SURE_STORE | {
        "power_kw": 300.0, "energy_kwh": 600.0}, diesel=SURE_DIESEL | {
        "sets": 1, "set_kw": 700.0, "tank_h": 100.0})  # fmt: skip
    events: list[Event] = [(H, 40 * H, 0.0)]
    plant = plant_of(case, events)
    plant.run()
    assert plant.counters.get("pod_sheds", 0.0) <= 8.0




def test_an_island_of_site_store_and_sun_makes_no_energy() -> None:
    case = site(
        hours=24, compartments=1, pv={"peak_kw": 200.0}, cooling={"autonomy_s": 200.0},
        load={"kind": "constant", "pods": 3, "pod_kw": 60.0, "core_kw": 30.0},
        storage=SURE_STORE | {"level": "site", "energy_kwh": 5.0, "coupling": "rack_dc"},
    )  # fmt: skip
    for start_s in range(26_000, 40_000, 1000):
        run(case, [(float(start_s), 900.0, 0.0)])
