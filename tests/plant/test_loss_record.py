"""Every lost pod is booked to the event that began it, and to the path by which it came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.plant.metric_parts import H, rows, table
from tests.plant.off_grid_parts import STORE, off_grid
from tests.plant.small_plants import (
    NO_FAULTS,
    SURE_DIESEL,
    SURE_STORE,
    SURE_UPS,
    Event,
    Table,
    heard,
    jobs,
    plant_of,
    run,
    site,
)  # fmt: skip
from twin.contracts.losses import KINDS, MAINTENANCE, PATHS, Initiator, Loss
from twin.plant.machine import Plant
from twin.scenario import Scenario
from twin.streams import Cause

FIRST = "disturbance-00000"
COOL: Table = {"autonomy_s": 1e6}
OUT_1H: Event = (H, H, 0.0)
PROMPT: Table = SURE_STORE | {"commutation_max_s": 0.0}
"""Opens within the hold-up; its switches wait 30 s before they close again."""


def unlucky(**worst: float) -> Callable[[Cause], float | None]:
    """Give the draws named by their second word a fixed uniform."""
    return lambda cause: worst.get(str(cause[1]))


@pytest.mark.parametrize(
    ("event", "kind"), [((H, 0.3, 0.5), "sag"), ((H, 30.0, 0.0), "momentary"), (OUT_1H, "outage")]
)
def test_without_storage_the_disturbance_comes_straight_through(event: Event, kind: str) -> None:
    plant = run(site(), [event])
    assert table(plant) == [(FIRST, kind, "no storage", 4, 0)]
    assert rows(plant)[0].time_s == H


@pytest.mark.parametrize(
    ("store", "draw", "path"),
    [
        (SURE_STORE | {"switch_failure": 0.5}, "switch", "switch failed"),
        (SURE_STORE | {"takeover_failure": 0.5}, "takeover", "takeover failed"),
        (SURE_UPS | {"switch_failure": 0.5}, "switch", "switch failed"),
        (SURE_UPS | {"takeover_failure": 0.5}, "takeover", "string failed"),
    ],
)
def test_a_failure_on_demand_names_the_path(store: Table, draw: str, path: str) -> None:
    case = site(storage=store, cooling=COOL)
    plant = run(case, [(H, 5.0, 0.0)], forced=unlucky(**{draw: 0.1}))
    assert table(plant) == [(FIRST, "momentary", path, 4, 0)]


def test_a_gap_longer_than_the_hold_up() -> None:
    slow = SURE_STORE | {"detection_min_s": 0.02, "detection_max_s": 0.02}
    assert table(run(site(storage=slow), [(H, 0.3, 0.0)]))[0][2] == "gap longer than hold-up"


def test_a_battery_that_empties_belongs_to_the_outage_that_drained_it() -> None:
    plant = run(site(storage=SURE_STORE, cooling=COOL), [(H, 5 * H, 0.0)])
    (row,) = rows(plant)
    assert row[1:4] == (FIRST, "outage", "battery empty")
    assert (row.pods, row.sheds) == (4, 0)
    assert row.time_s == pytest.approx(heard(plant, "lost")[0])
    assert 2 * H < row.time_s < 3 * H


def test_a_unit_that_was_out_of_order() -> None:
    def broken(cause: Cause) -> float | None:
        return {"fault": 1e-9, "repair": 0.99}.get(str(cause[1]))

    case = site(storage=SURE_STORE | {"pcs_fault_per_year": 0.1, "repair_h": 1e6}, cooling=COOL)
    plant = run(case, [OUT_1H], forced=broken)
    assert table(plant) == [(FIRST, "outage", "storage out", 4, 0)]


def test_a_dead_bus_and_what_it_drains() -> None:
    """Block 1 dies: pods with a battery of their own last for a while, others do not."""
    faults = NO_FAULTS | {"block": {"fault_per_year": 1.0, "repair_h": 100.0, "law": "fixed"}}

    def forced(cause: Cause) -> float | None:
        if cause[0] == "bus@block-01" and cause[1] == "fault" and cause[2] == 0:
            return 1e-6
        return {"fault": 1.0 - 1e-12, "initially down": 0.99}.get(str(cause[1]))

    case = site(hours=48, storage=SURE_STORE, cooling=COOL, bus=faults)
    plant = run(case, [], forced=forced)
    assert table(plant) == [("bus@block-01 fault 1", "bus_fault", "battery empty", 2, 0)]
    bare = run(site(hours=48, cooling=COOL, bus=faults), [], forced=forced)
    assert table(bare) == [("bus@block-01 fault 1", "bus_fault", "bus dead", 2, 0)]


def test_a_fault_that_all_blocks_share() -> None:
    ups = SURE_UPS | {"shared_fault_per_year": 1.0, "shared_repair_h": 2.0}
    draws = unlucky(**{"fault": 1e-6, "initially down": 0.99})
    plant = run(site(hours=3, storage=ups, cooling=COOL), [], forced=draws)
    names = {(r.event, r.kind, r.path) for r in rows(plant)}
    assert ("block-plant-shared fault 1", "shared_fault", "bus dead") in names
    assert rows(plant)[0].pods == 4


def test_a_fire() -> None:
    def forced(cause: Cause) -> float | None:
        early = cause[:2] == ("storage@pod-002", "fire")
        return 1e-6 if early else 1.0 - 1e-12 if cause[1] == "fire" else None

    case = site(compartments=4, storage=SURE_STORE | {"fire_per_mwh_year": 1.0}, cooling=COOL)
    plant = run(case, [], forced=forced)
    assert table(plant) == [("storage@pod-002 fire 1", "fire", "bus dead", 1, 0)]


def test_a_cooling_trip_after_the_outage_belongs_to_it() -> None:
    """500 s without chillers, 300 s of restart: the buffer of 600 s ends on a healthy grid."""
    plant = run(site(storage=SURE_STORE), [(H, 500.0, 0.0)])
    (row,) = rows(plant)
    assert row[1:4] == (FIRST, "outage", "cooling")
    assert row.time_s == pytest.approx(H + 600.0)
    assert row.pods == 4


def test_a_later_outage_is_to_blame_where_the_chillers_were_about_to_return() -> None:
    plant = run(site(storage=SURE_STORE), [(H, 5.0, 0.0), (H + 200.0, 2 * H, 0.0)])
    assert table(plant)[0][:3] == ("disturbance-00001", "outage", "cooling")


# ---- which disturbance it was --------------------------------------------------------------------


def test_an_outage_that_comes_while_switches_wait_is_to_blame_itself() -> None:
    """A sag opens the switches; 10 s later, before they close, the outage begins that drains them."""
    case = site(storage=PROMPT, cooling=COOL)
    plant = run(case, [(H, 0.2, 0.5), (H + 10.0, 5 * H, 0.0)])
    assert table(plant) == [("disturbance-00001", "outage", "battery empty", 4, 0)]


def test_an_outage_inside_a_sag_is_to_blame() -> None:
    case = site(storage=PROMPT, cooling=COOL)
    plant = run(case, [(H, 60.0, 0.5), (H + 10.0, 5 * H, 0.0)])
    assert table(plant) == [("disturbance-00001", "outage", "battery empty", 4, 0)]


def test_a_sag_inside_an_outage_is_not() -> None:
    case = site(storage=SURE_STORE, cooling=COOL)
    plant = run(case, [(H, 5 * H, 0.0), (1.5 * H, 1.0, 0.5)])
    assert table(plant) == [(FIRST, "outage", "battery empty", 4, 0)]


def test_outages_that_touch_are_one_event() -> None:
    case = site(storage=SURE_STORE, cooling=COOL)
    plant = run(case, [(H, H, 0.0), (2 * H, 4 * H, 0.0)])
    assert table(plant) == [(FIRST, "outage", "battery empty", 4, 0)]


def test_equal_starts_blame_the_one_that_is_felt() -> None:
    for events in ([(H, H, 0.0), (H, 0.5, 0.6)], [(H, 0.5, 0.6), (H, H, 0.0)]):
        (row,) = table(run(site(), events))
        assert row[1] == "outage"


def test_a_new_outage_while_diesel_waits_for_stable_mains() -> None:
    """The mains are back for 60 s of the 120 s asked for, then away; an hour later the sets fail."""
    diesel = SURE_DIESEL | {"mttf_h": 1.0}
    case = site(hours=12, storage=SURE_STORE, cooling=COOL, diesel=diesel)
    run_s = unlucky(run=0.86)  # exponential: 1.97 h
    plant = run(case, [(H, H, 0.0), (2 * H + 60.0, 8 * H, 0.0)], forced=run_s)
    assert {r.event for r in rows(plant)} == {"disturbance-00001"}
    assert {r.diesel for r in rows(plant)} == {"failed"}


# ---- diesel and shedding -------------------------------------------------------------------------


def test_what_the_diesel_plant_was_doing() -> None:
    bare = {"cooling": COOL, "hours": 40.0}
    fails = unlucky(start=1e-9)
    some = SURE_DIESEL | {"failure_to_start": 0.5}
    starting = run(site(diesel=SURE_DIESEL, **bare), [OUT_1H])
    assert [(r.path, r.diesel) for r in rows(starting)] == [("no storage", "starting")]
    failed = run(site(diesel=some, storage=SURE_STORE, **bare), [(H, 9 * H, 0.0)], forced=fails)
    assert [(r.path, r.diesel) for r in rows(failed)] == [("battery empty", "failed")]
    dry = SURE_DIESEL | {"tank_h": 2.0, "refuel_h": 1e4}
    empty = run(site(diesel=dry, storage=SURE_STORE, **bare), [(H, 30 * H, 0.0)])
    assert [(r.path, r.diesel) for r in rows(empty)] == [("battery empty", "no fuel")]


def test_pods_shed_because_the_diesel_is_too_small() -> None:
    small = SURE_DIESEL | {"sets": 1, "set_kw": 250.0}
    plant = run(site(diesel=small, storage=SURE_STORE, cooling=COOL), [(H, 8 * H, 0.0)])
    first = rows(plant)[0]
    assert first[1:5] == (FIRST, "outage", "supply short", "running")
    assert first.sheds == plant.counters["pod_sheds"] > 0
    assert first.pods == 0


def test_more_load_than_the_contract_is_an_overload() -> None:
    series = {"kind": "series", "pods": 4, "values_kw": [200.0, 400.0], "step_min": 60}
    plant = run(site(hours=2, load=series, contracted_kw=330.0), [])
    (row,) = rows(plant)
    assert (row.event, row.kind, row.path) == ("overload-0000003600", "overload", "supply short")
    assert row.sheds == plant.counters["pod_sheds"]


def test_the_core_is_counted_apart() -> None:
    plant = run(site(load=jobs(4, core_kw=100.0)), [OUT_1H])
    (row,) = rows(plant)
    assert (row.pods, row.core) == (4, 1)
    assert plant.counters["core_losses"] == 1


def test_scheduled_maintenance_is_no_pod_loss() -> None:
    plant = plant_of(site(), [])
    work = Loss(Initiator("maintenance@pod-000 1", MAINTENANCE), "bus dead")
    plant.observe([H], lambda: plant.lose_pods([0], work))
    plant.run()
    assert plant.counters.get("pod_losses", 0.0) == 0.0
    assert plant.counters["max_pods_down"] == 1.0
    assert table(plant) == [("maintenance@pod-000 1", MAINTENANCE, "bus dead", 1, 0)]


# ---- in hard times -------------------------------------------------------------------------------

HARD = ["grid.sags.rate_per_year=200", "grid.outages.rate_per_year=60", "diesel.tank_h=3",
        "diesel.failure_to_start=0.3", "diesel.mttf_h=3", "bus.pod.fault_per_year=3",
        "bus.site.fault_per_year=1", "cooling.autonomy_s=400",
        "architectures.distributed.storage.fire_per_mwh_year=0.3"]  # fmt: skip


def hard_times(name: str) -> Plant:
    plant = plant_of(Scenario.load("tiny", sets=HARD), architecture=name)
    plant.run()
    return plant


@pytest.mark.parametrize("name", ["centralized", "distributed"])
def test_nothing_is_booked_twice_or_forgotten(name: str) -> None:
    plant = hard_times(name)
    found = rows(plant)
    assert sum(r.pods for r in found) == plant.counters["pod_losses"] > 40
    assert sum(r.sheds for r in found) == plant.counters.get("pod_sheds", 0.0)
    assert sum(r.core for r in found) == plant.counters["core_losses"]
    keys = [(r.event, r.path, r.diesel) for r in found]
    assert len(set(keys)) == len(keys)
    assert {r.kind for r in found} <= set(KINDS)
    assert {r.path for r in found} <= set(PATHS)


@pytest.mark.parametrize("name", ["centralized", "distributed"])
def test_losses_come_after_what_they_are_put_down_to(name: str) -> None:
    plant = hard_times(name)
    d = plant.disturbances
    for row in rows(plant):
        if row.event.startswith("disturbance-"):
            n = int(row.event.removeprefix("disturbance-"))
            assert row.kind == d.kind(n)
            assert row.time_s >= d.start_s[n] - 1e-6
            # what it left behind is over after a day: batteries, chillers, recovery
            assert row.time_s <= d.start_s[n] + d.duration_s[n] + 86_400.0


def test_a_job_is_stopped_once_by_one_event() -> None:
    """Lost, back on diesel, lost again when the sets fail: one outage, one interruption."""
    diesel = SURE_DIESEL | {"mttf_h": 1.0, "repair_median_h": 100.0}
    load: Any = jobs(1, boot_s=60.0)
    case = site(hours=30, load=load, compartments=1, diesel=diesel, cooling=COOL)
    plant = run(case, [(H, 20 * H, 0.0)], forced=unlucky(run=0.9))
    assert plant.counters["pod_losses"] == 2
    assert len(heard(plant, "job interrupted")) == 2
    assert plant.counters["job_interruptions"] == 1
    twice = run(case, [(H, 60.0, 0.0), (10 * H, 60.0, 0.0)])
    assert twice.counters["job_interruptions"] == 2


# ---- other sources, other couplings --------------------------------------------------------------


def test_a_storage_that_forms_the_site_dies_of_the_outage() -> None:
    store = SURE_STORE | {"level": "site", "energy_kwh": 800.0, "power_kw": 600.0,
                          "commutation_max_s": 0.0}  # fmt: skip
    plant = run(site(compartments=1, storage=store), [(H, 8 * H, 0.0)])
    lost = [row for row in rows(plant) if row.pods]
    assert {row[1:4] for row in lost} == {(FIRST, "outage", "battery empty")}
    assert sum(row.pods for row in lost) == 4


def test_without_a_utility_a_source_that_gives_up_is_an_event() -> None:
    plant = run(off_grid(storage=STORE), [])
    (row,) = rows(plant)
    assert (row.kind, row.path, row.pods) == ("source_lost", "battery empty", 2)


def test_eco_mode_may_be_too_slow() -> None:
    eco = SURE_UPS | {"coupling": "eco", "transfer_min_s": 0.02, "transfer_max_s": 0.02}
    plant = run(site(storage=eco, cooling=COOL), [(H, 0.3, 0.0)])
    assert table(plant)[0][:3] == (FIRST, "momentary", "gap longer than hold-up")
