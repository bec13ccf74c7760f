"""How far a fault spreads: containment, short circuits, fires, halls, common causes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.plant.metric_parts import H, table
from tests.plant.small_plants import (
    NO_FAULTS,
    SURE_DIESEL,
    SURE_STORE,
    SURE_UPS,
    Event,
    Table,
    heard,
    plant_of,
    run,
    site,
    story,
)
from twin.plant.machine import Plant
from twin.scenario import Scenario
from twin.streams import Cause

TIGHT: Table = {
    "bus": 1.0, "storage": 1.0, "fire": 1.0, "short_circuit": 1.0, "tie": 1.0,
    "short_circuit_share_bus": 0.0, "short_circuit_share_storage": 0.0, "common_cause": 0.0,
    "ems_fault_per_year": 0.0,
}  # fmt: skip
"""Nothing leaks."""
FAULTS: Table = NO_FAULTS | {"pod": {"fault_per_year": 1.0, "repair_h": 3.0, "law": "fixed"}}
COOL: Table = {"autonomy_s": 1e6}


def hits(pod: int, at_h: float) -> Callable[[Cause], float | None]:
    """Let the bus of one pod fail once at a time, all others never."""
    mean_h = 8760.0

    def draw(cause: Cause) -> float | None:
        if str(cause[0]).startswith("bus@") and cause[1] == "initially down":
            return 0.999999
        if str(cause[0]).startswith("bus@") and cause[1] == "fault":
            mine = cause[0] == f"bus@pod-{pod:03d}" and cause[2] == 0
            return float(-np.expm1(-at_h / mean_h)) if mine else 1.0 - 1e-12
        return None

    return draw


def row_of_pods(pods: int = 4, hours: float = 24.0, **more: Any) -> Scenario:
    """Return pods in a row, each its own compartment."""
    load = {"kind": "constant", "pods": pods, "pod_kw": 100.0}
    plain: Table = {"load": load, "compartments": pods, "hours": hours, "bus": FAULTS,
                    "cooling": COOL, "storage": SURE_STORE}  # fmt: skip
    return site(**(plain | more))


def test_a_contained_fault_stays_where_it_is() -> None:
    plant = run(row_of_pods(bulkhead=TIGHT), forced=hits(1, 5.0))
    assert table(plant) == [("bus@pod-001 fault 1", "bus_fault", "bus dead", 1, 0)]


def test_a_fault_that_nothing_contains_takes_all_neighbours_until_it_is_mended() -> None:
    plant = run(row_of_pods(bulkhead=TIGHT | {"bus": 0.0}), forced=hits(1, 5.0))
    cause = "bus@pod-001 fault 1", "bus_fault"
    assert table(plant) == [(*cause, "bus dead", 1, 0), (*cause, "bulkhead failed", 3, 0)]
    assert heard(plant, "lost", "pod") == pytest.approx([5.0 * H] * 4), story(plant)
    back = heard(plant, "powered", "pod")
    assert min(back) >= 8.0 * H
    assert len(back) == 4


def test_what_leaves_a_compartment_has_taken_it_as_a_whole() -> None:
    blocks: Table = {"compartments": 2, "storage": SURE_STORE | {"level": "block"}}
    leaky = row_of_pods(8, **blocks, bulkhead=TIGHT | {"bus": 0.0})
    plant = run(leaky, forced=hits(1, 5.0))
    cause = "bus@pod-001 fault 1", "bus_fault"
    assert table(plant) == [(*cause, "bus dead", 1, 0), (*cause, "bulkhead failed", 7, 0)]
    assert len(heard(plant, "powered", "pod")) == 8
    tight = run(row_of_pods(8, **blocks, bulkhead=TIGHT), forced=hits(1, 5.0))
    assert table(tight) == [(*cause, "bus dead", 1, 0)]


def one_converter(cause: Cause) -> float | None:
    """Let the converter of the second pod's storage fail once, after five hours."""
    if str(cause[0]).startswith("storage@") and cause[1] == "fault":
        mine = cause[0] == "storage@pod-001" and cause[2] == 0
        return float(-np.expm1(-5.0 / 8760.0)) if mine else 1.0 - 1e-12
    return 0.999999 if cause[1] in ("initially down", "latent", "hidden fault") else None


@pytest.mark.parametrize(("holds", "stopped"), [(1.0, set()), (0.0, {0, 2, 3, 4, 5})])
def test_a_storage_fault_that_leaves_a_compartment_stops_all_units(
    holds: float, stopped: set[int]
) -> None:
    """Two pods, each with its battery, in each of three compartments."""
    case = row_of_pods(6, compartments=3, bulkhead=TIGHT | {"storage": holds}, bus=NO_FAULTS,
                       storage=SURE_STORE | {"pcs_fault_per_year": 1.0})  # fmt: skip
    plant = run(case, forced=one_converter)
    assert plant.counters["storage_faults"] == 1
    found = {s for _, s, e, _ in plant.log if e == "stopped with its neighbour"}
    assert found == {f"storage@pod-{n:03d}" for n in stopped}
    for name in found:
        assert heard(plant, "stopped with its neighbour", name) == pytest.approx([5.0 * H])


def test_neighbours_count_as_listed() -> None:
    leaky = TIGHT | {"bus": 0.0, "neighbours": [[2, 4]]}
    plant = run(row_of_pods(bulkhead=leaky), forced=hits(1, 5.0))
    assert {s for _, s, e, _ in plant.log if e == "lost"} == {"pod-001", "pod-003"}


@pytest.mark.parametrize(("topology", "n"), [("row", 8), ("ring", 8)])
def test_how_far_it_goes_is_percolation(topology: str, n: int) -> None:
    """From the end of a row k further compartments are reached with probability leak**k."""
    leak, many = 0.6, 4000
    wide = TIGHT | {"bus": 1.0 - leak, "topology": topology}
    plant = plant_of(row_of_pods(n, bulkhead=wide))
    walls, row = plant.device("bulkheads"), plant.tree.pod_rows[0]
    sizes = np.array([len(walls.reached(row, "bus", f"fault-{k}")) for k in range(many)])
    powers = leak ** np.arange(n)
    if topology == "row":
        expected = powers[1:].sum()
    else:  # all walls hold but some: a step is reached from the left, or the right, or both
        expected = sum(leak**k + leak ** (n - k) - leak**n for k in range(1, n))
    se = sizes.std() / np.sqrt(many)
    assert abs(sizes.mean() - expected) < 3.5 * se


@pytest.mark.parametrize("topology", ["row", "ring", "none"])
@pytest.mark.parametrize("level", ["pod", "block"])
def test_tight_bulkheads_are_like_none(topology: str, level: str) -> None:
    plants = []
    for bulkhead in ({"kind": "none"}, TIGHT | {"topology": topology}):
        store = SURE_STORE | {"level": level, "pcs_fault_per_year": 30.0, "fire_per_mwh_year": 1.0}
        case = row_of_pods(6, 2000.0, bulkhead=bulkhead, storage=store, diesel=SURE_DIESEL,
                           compartments=6 if level == "pod" else 3,
                           bus=FAULTS | {"block": {"fault_per_year": 9.0}},
                           grid={"outages": {"kind": "lognormal", "rate_per_year": 60.0}})  # fmt: skip
        plants.append(run(case))
    one, two = plants
    assert one.arrays.account.tobytes() == two.arrays.account.tobytes()
    assert one.counters == two.counters
    assert one.losses == two.losses
    assert one.counters["storage_faults"] > 5


def shorted(**bulkhead: Any) -> Plant:
    """Return four pods on the site bus after a short circuit at one of them."""
    return run(
        row_of_pods(4, bulkhead=TIGHT | {"short_circuit_share_bus": 1.0} | bulkhead,
                    storage=SURE_STORE | {"commutation_max_s": 0.0}),
        forced=hits(1, 5.0),
    )  # fmt: skip


def test_a_short_circuit_is_a_deep_sag_for_all_on_the_bus() -> None:
    """The batteries take over within the hold-up, and return when it is cleared."""
    plant = shorted()
    assert plant.counters["internal_short_circuits"] == 1
    assert [s for _, s, e, _ in plant.log if e == "lost"] == ["pod-001"]
    assert plant.device("protection").transfers == 3  # not that of the dead bus
    assert np.all(plant.arrays.inp["closed"] == 1)


def test_a_slow_switch_lets_the_short_circuit_through() -> None:
    slow = SURE_STORE | {"detection_min_s": 0.03, "detection_max_s": 0.03}
    plant = run(row_of_pods(4, bulkhead=TIGHT | {"short_circuit_share_bus": 1.0}, storage=slow),
                forced=hits(1, 5.0))  # fmt: skip
    assert table(plant)[1][2:] == ("gap longer than hold-up", 3, 0)


def test_a_breaker_that_stays_closed_takes_the_bus_above() -> None:
    plant = shorted(breaker_failure=1.0, isolation_h=1.0)
    assert heard(plant, "goes dark", "bulkheads") == pytest.approx([5.0 * H])
    assert {s for _, s, e, _ in plant.log if e == "lost"} == {"pod-001"}  # batteries carry the rest
    assert plant.arrays.inp[0]["alive"] == 1  # isolated after an hour


@pytest.mark.parametrize("trips", [0.0, 1.0])
def test_an_island_may_not_clear_it(trips: float) -> None:
    """Two pods on a block's battery: one fails by a short circuit in an outage."""
    store = SURE_STORE | {"level": "block", "energy_kwh": 800.0, "power_kw": 300.0,
                          "commutation_max_s": 0.0}  # fmt: skip
    quick = {"topology": "none", "short_circuit_share_bus": 1.0, "island_trip": trips,
             "sag_min_pu": 0.3, "clearing_max_s": 0.06, "isolation_h": 1.0}  # fmt: skip
    case = row_of_pods(4, storage=store, compartments=2, bulkhead=TIGHT | quick)
    plant = run(case, [(4.5 * H, 2.0 * H, 0.0)], forced=hits(1, 5.0))
    words = [line[2] for line in table(plant)]
    assert ("island tripped" in words) == (trips == 1.0), story(plant)


BURNS: Table = SURE_STORE | {"fire_per_mwh_year": 1.0, "fire_repair_days": 0.1}


def one_fire(cause: Cause) -> float | None:
    """Let the first pod's battery burn once, after about an hour."""
    if len(cause) > 2 and cause[1] == "fire":
        mine = cause[0] == "storage@pod-000" and cause[2] == 0
        return 1e-4 * 0.228 if mine else 1.0 - 1e-12
    return None


def test_a_fire_goes_on_with_a_delay_unless_it_is_put_out() -> None:
    spreads = TIGHT | {"fire": 0.0, "fire_extinguished": 0.0, "fire_delay_min_min": 30.0,
                       "fire_delay_max_min": 30.0}  # fmt: skip
    plant = run(row_of_pods(3, bulkhead=spreads, storage=BURNS, bus=NO_FAULTS), forced=one_fire)
    first, *others = heard(plant, "fire", "storage")
    assert others == pytest.approx([first + 1800.0, first + 3600.0])
    out = run(row_of_pods(3, bulkhead=spreads | {"fire_extinguished": 1.0}, storage=BURNS,
                          bus=NO_FAULTS), forced=one_fire)  # fmt: skip
    assert len(heard(out, "fire", "storage")) == 1


def test_a_fire_stops_its_hall() -> None:
    halls = TIGHT | {"hall_compartments": 2, "hall_stop_h": 3.0}
    plant = run(row_of_pods(4, bulkhead=halls, storage=BURNS, bus=NO_FAULTS), forced=one_fire)
    assert {s for _, s, e, _ in plant.log if e == "lost"} == {"pod-000", "pod-001"}
    at = heard(plant, "fire")[0]
    assert heard(plant, "powered", "pod-001")[0] >= at + 3.0 * H


def controls_down(cause: Cause) -> float | None:
    """Let the shared controls fail after an hour, for long."""
    if cause[0] == "controls":
        return {"fault": float(-np.expm1(-1.0 / 87600.0 * 10.0)), "repair": 1.0 - 1e-9}[
            str(cause[1])
        ]
    return None


@pytest.mark.parametrize("store", [SURE_STORE, SURE_UPS], ids=["bess", "ups"])
@pytest.mark.parametrize("mode", ["refuse", "trip"])
@pytest.mark.parametrize("begins_h", [0.5, 3.0])
def test_shared_controls_break_every_bulkhead(store: Table, mode: str, begins_h: float) -> None:
    """Who carries a load goes on if controls refuse; nobody does if they trip."""
    shared = TIGHT | {"ems_fault_per_year": 1.0, "ems_repair_h": 2.0, "ems_mode": mode}
    compartments = 4 if store is SURE_STORE else 2
    big = store | {"energy_kwh": 1500.0, "commutation_max_s": 0.0} if store is SURE_STORE else (
        store | {"energy_kwh": 1500.0})  # fmt: skip
    case = row_of_pods(4, compartments=compartments, storage=big, bulkhead=shared, bus=NO_FAULTS)
    outage: Event = (begins_h * H, 2.0 * H, 0.0)
    plant = run(case, [outage], forced=controls_down)
    lost = len(heard(plant, "lost", "pod"))
    assert lost == (0 if mode == "refuse" and begins_h < 1.0 else 4), story(plant)
    assert {row.path for row in plant.loss_rows()} <= {"controls failed"}


def test_a_common_cause_is_a_path_of_its_own() -> None:
    shared = TIGHT | {"common_cause": 0.5}
    store = SURE_STORE | {"pcs_fault_per_year": 1.0}

    def draw(cause: Cause) -> float | None:
        if cause[1] == "fault":
            mine = str(cause[0]).startswith("common-cause@")
            return float(-np.expm1(-0.5 / 8760.0)) if mine and cause[2] == 0 else 1.0 - 1e-12
        return {"repair": 1.0 - 1e-9, "hidden fault": 1.0 - 1e-12}.get(str(cause[1]))

    case = row_of_pods(4, bulkhead=shared, storage=store, bus=NO_FAULTS)
    plant = run(case, [(3.0 * H, 1.0 * H, 0.0)], forced=draw)
    assert table(plant) == [("disturbance-00000", "outage", "common cause", 4, 0)], story(plant)
    assert plant.counters["storage_faults"] == 4


def test_common_causes_leave_the_rate_of_each_unit_as_it_was() -> None:
    store = SURE_STORE | {"pcs_fault_per_year": 50.0, "repair_h": 0.5}
    counts = []
    for beta in (0.0, 0.2):
        case = row_of_pods(8, 8760.0, bulkhead=TIGHT | {"common_cause": beta}, storage=store,
                           bus=NO_FAULTS)  # fmt: skip
        counters = run(case, tracing=False).counters
        counts.append(counters["storage_faults"])
    assert counts[0] == pytest.approx(400.0, abs=4.0 * 20.0)
    assert counts[1] == pytest.approx(400.0, abs=4.0 * (320.0 + 64.0 * 10.0) ** 0.5)


def test_what_a_fault_has_reached_waits_for_that_fault() -> None:
    """What all UPS blocks share fails and is repaired meanwhile."""
    shared = SURE_UPS | {"shared_fault_per_year": 1.0, "shared_repair_h": 1.0}
    faults = NO_FAULTS | {"block": {"fault_per_year": 1.0, "repair_h": 5.0, "law": "fixed"}}

    def draw(cause: Cause) -> float | None:
        if cause[1] == "initially down":
            return 0.999999
        at_h = {"bus@block-01": 5.0, "block-plant-shared": 6.0}.get(str(cause[0]))
        if cause[1] == "fault" and at_h is not None and cause[2] == 0:
            return float(-np.expm1(-at_h / 8760.0))
        return {"fault": 1.0 - 1e-12, "repair": 0.5}.get(str(cause[1]))

    plant = run(row_of_pods(compartments=2, bulkhead=TIGHT | {"bus": 0.0}, storage=shared, bus=faults),
                forced=draw)  # fmt: skip
    assert len(heard(plant, "repaired", "block-plant-shared")) == 1
    assert min(heard(plant, "powered", "pod")) > 10.0 * H, story(plant)


def test_what_is_common_to_storages_does_not_depend_on_what_else_there_is() -> None:
    """Neither on further storages, nor on how many compartments there are."""
    shared = TIGHT | {"common_cause": 0.5}
    pod = SURE_STORE | {"pcs_fault_per_year": 50.0, "repair_h": 0.5}
    block = SURE_STORE | {"level": "block", "pcs_fault_per_year": 50.0}
    times = []
    for compartments, more in ((4, {}), (2, {}), (2, {"block": block})):
        case = row_of_pods(compartments=compartments, hours=4000.0, bulkhead=shared, storage=pod,
                           more_storage=more, bus=NO_FAULTS)  # fmt: skip
        times.append(heard(run(case), "fault", "common-cause@pod-000"))
    assert times[0] == times[1] == times[2]
    assert len(times[0]) > 2


ON_SITE: Table = SURE_STORE | {"level": "site", "energy_kwh": 4000.0, "power_kw": 1500.0,
                               "commutation_max_s": 0.0}  # fmt: skip


@pytest.mark.parametrize("trips", [0.0, 1.0])
def test_a_site_that_its_storage_forms_is_an_island_too(trips: float) -> None:
    shorts = TIGHT | {"short_circuit_share_bus": 1.0, "island_trip": trips, "isolation_h": 1.0}
    plant = run(row_of_pods(bulkhead=shorts, storage=ON_SITE), [(4.0 * H, 4.0 * H, 0.0)],
                forced=hits(1, 5.0))  # fmt: skip
    assert ("island tripped" in [line[2] for line in table(plant)]) == (trips == 1.0)
    none = [t for t, s, e, d in plant.log if s == "utility" and e == "source" and d == "none"]
    assert len(none) == 1 + (trips == 1.0), story(plant)


def test_controls_that_refuse_form_no_dead_bus_either() -> None:
    """The storage is started anew once they work again, not five minutes after it refused."""
    shared = TIGHT | {"ems_fault_per_year": 1.0}
    works_h = 4.0
    waits = {("fault", 0): 1.0 / 8760.0, ("repair", 1): (works_h - 1.0) / 8.0}

    def draw(cause: Cause) -> float | None:
        if cause[0] != "controls":
            return None
        return float(-np.expm1(-waits.get((str(cause[1]), int(cause[2])), 25.0)))

    plant = run(row_of_pods(bulkhead=shared, storage=ON_SITE, bus=NO_FAULTS),
                [(2.0 * H, 6.0 * H, 0.0)], forced=draw)  # fmt: skip
    formed = [t for t, s, e, d in plant.log if e == "source" and d == "storage"]
    assert formed == pytest.approx([works_h * H + 300.0]), story(plant)


def test_a_compartment_is_a_hall_of_its_own() -> None:
    """By default: a fire at one of its pods stops the others, too, for as long as the hall."""
    halls = TIGHT | {"hall_stop_h": 3.0}
    case = row_of_pods(4, compartments=2, bulkhead=halls, storage=BURNS, bus=NO_FAULTS)
    plant = run(case, forced=one_fire)
    assert {s for _, s, e, _ in plant.log if e == "lost"} == {"pod-000", "pod-001"}
    at = heard(plant, "fire")[0]
    assert at + 3.0 * H < heard(plant, "powered", "pod-001")[0] < at + 3.2 * H
