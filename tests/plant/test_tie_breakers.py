"""Tie breakers: who rides through, who is only restored, who is not helped at all."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.plant.metric_parts import H
from tests.plant.small_plants import (
    NO_FAULTS,
    SURE_STORE,
    Table,
    heard,
    kwh,
    plant_of,
    run,
    site,
    story,
)
from tests.plant.test_bulkheads import COOL, FAULTS, TIGHT, hits
from twin.contracts.layout import Flow
from twin.errors import ScenarioError
from twin.plant.costs import assets
from twin.plant.machine import Plant
from twin.scenario import Scenario, check
from twin.streams import Cause

STORE: Table = SURE_STORE | {
    "level": "block", "energy_kwh": 2000.0, "power_kw": 500.0, "commutation_max_s": 0.0,
    "pcs_fault_per_year": 1.0, "repair_h": 100.0, "repair_law": "fixed",
}  # fmt: skip
STATIC: Table = {"kind": "breakers", "static": True, "failure_to_close": 0.0, "fault_per_year": 0.0,
                 "synchronism_failure": 0.0}  # fmt: skip
MECHANICAL = STATIC | {"static": False}
DARK = (4.0 * H, 2.0 * H, 0.0)
"""An outage."""


def fails_at(hours: float) -> Any:
    """Let the storage of the first block fail once at a time."""

    def draw(cause: Cause) -> float | None:
        if str(cause[0]).startswith("storage@") and cause[1] == "fault":
            mine = cause[0] == "storage@block-01" and cause[2] == 0
            return 1.0 - math.exp(-hours * RATE / 8760.0) if mine else 1.0 - 1e-12
        return None

    return draw


RATE = 1.0
"""Faults of a unit in a year."""


def case(ties: Table | None, compartments: int = 2, **more: Any) -> Scenario:
    """Return two pods to a block."""
    load = {"kind": "constant", "pods": 2 * compartments, "pod_kw": 100.0}
    plain: Table = {"load": load, "compartments": compartments, "hours": 12.0, "bus": NO_FAULTS,
                    "cooling": COOL, "storage": STORE}  # fmt: skip
    return site(**(plain | ({"ties": ties} if ties else {}) | more))


def lost(plant: Plant) -> list[str]:
    return sorted({s for _, s, e, _ in plant.log if e in ("lost", "shed")})


@pytest.mark.parametrize("fails_h", [2.0, 5.0], ids=["before", "in the outage"])
@pytest.mark.parametrize(
    ("ties", "gone"), [(None, 2), (MECHANICAL, 2), (STATIC, 0), ({"kind": "none"}, 2)]
)
def test_only_a_static_tie_rides_through(ties: Table | None, gone: int, fails_h: float) -> None:
    plant = run(case(ties), [DARK], forced=fails_at(fails_h))
    assert lost(plant) == ["pod-000", "pod-001"][:gone], story(plant)
    if gone == 0:  # the second block carries four pods for as long as the first cannot
        carried_h = DARK[1] / H if fails_h < 4.0 else 6.0 - fails_h
        assert kwh(plant, Flow.DISCHARGE) > 200.0 * 2.0 + 200.0 * carried_h


def test_a_tie_opens_when_the_supply_is_back() -> None:
    plant = run(case(STATIC), [DARK], forced=fails_at(5.0))
    assert heard(plant, "closes", "ties") == pytest.approx([5.0 * H])
    assert heard(plant, "opens", "ties")[0] > 6.0 * H
    assert not plant.arrays.tie["closed"].any()


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"rating_kw": 99.0}, 2), ({"rating_kw": 150.0}, 1), ({"failure_to_close": 1.0}, 2),
        ({"close_min_s": 0.02, "close_max_s": 0.03}, 2), ({"topology": "none"}, 2),
    ],
)  # fmt: skip
def test_a_tie_helps_as_far_as_it_can(change: Table, gone: int) -> None:
    plant = run(case(STATIC | change), [DARK], forced=fails_at(2.0))
    assert len(lost(plant)) == gone, story(plant)


def test_a_mechanical_tie_restores_a_block_whose_way_is_cut() -> None:
    """Its transformer and its battery are out; the neighbour hangs on the grid and has plenty."""
    path = {"mv_transformer": {"fault_per_year": 1.0, "repair_h": 6.0}, "law": "fixed",
            **{e: {"fault_per_year": 0.0, "repair_h": 1.0} for e in
               ("hv_transformer", "pod_breaker", "static_switch", "rack_breaker", "cable")},
            }  # fmt: skip
    fails = fails_at(2.0)

    def draw(cause: Cause) -> float | None:
        if str(cause[0]).startswith("feed@") and cause[1] == "fault":
            mine = cause[0] == "feed@block-01" and cause[-1] in (0, 1)
            return 1.0 - math.exp(-4.0 / 8760.0) if mine else 1.0 - 1e-12
        if str(cause[0]).startswith("feed@") and cause[1] == "initially down":
            return 0.999999
        return fails(cause)

    for ties, back in ((None, False), (MECHANICAL, True)):
        plant = run(case(ties, path=path), [], forced=draw)
        assert lost(plant) == ["pod-000", "pod-001"], story(plant)
        down_h = heard(plant, "lost", "pod")[0] / H
        early = [t / H for t in heard(plant, "powered", "pod") if t / H < down_h + 1.0]
        assert len(early) == (2 if back else 0), story(plant)


def test_a_mechanical_tie_closes_before_the_battery_is_empty() -> None:
    """The first block has twice the load: without a tie it is empty before nine hours are over."""
    load = {"kind": "constant", "pods": 3, "pod_kw": 100.0}
    store = STORE | {"pcs_fault_per_year": 0.0}
    gone = []
    for ties in (None, MECHANICAL | {"close_below": 0.0}, MECHANICAL):
        table = {"ties": ties and ties | {"rating_kw": 500.0}} if ties else {}
        plant = run(site(load=load, compartments=2, hours=16.0, bus=NO_FAULTS, cooling=COOL,
                         storage=store, **table), [(4.0 * H, 9.0 * H, 0.0)])  # fmt: skip
        gone.append(lost(plant))
    assert gone == [["pod-000", "pod-001"], ["pod-000", "pod-001"], []]


@pytest.mark.parametrize("holds", [1.0, 0.0])
def test_a_tie_may_pass_the_fault_on(holds: float) -> None:
    plant = run(case(STATIC, bulkhead=TIGHT | {"tie": holds}), [DARK], forced=fails_at(5.0))
    assert len(lost(plant)) == (0 if holds else 4), story(plant)


def test_investment_counts_what_ties_can_carry() -> None:
    plant = plant_of(case(STATIC | {"rating_kw": 300.0, "topology": "ring"}, compartments=4))
    bought = {a.name: a for a in assets(plant.laid, plant.tables, plant.load)}["ties"]
    assert bought.price_usd == pytest.approx(4 * 300.0 * 40.0)
    assert bought.floor_m2 == pytest.approx(4 * 300.0 * 0.002)


def test_times_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ScenarioError, match="close_min_s"):
        case(STATIC | {"close_min_s": 0.5})


@pytest.mark.parametrize("ties", [STATIC, MECHANICAL], ids=["static", "mechanical"])
def test_a_tie_that_closes_after_the_return_of_the_supply_opens_too(ties: Table) -> None:
    """The storage fails while it waits to return: nothing tells the tie that all is well again."""
    plant = run(case(ties), [DARK], forced=fails_at((DARK[0] + DARK[1] + 5.0) / H))
    assert heard(plant, "closes", "ties") == pytest.approx([6.0 * H + 5.0], abs=0.2)
    assert heard(plant, "opens", "ties")[0] < 6.0 * H + 300.0
    assert not plant.arrays.tie["closed"].any()


def test_who_has_failed_to_take_over_helps_nobody() -> None:
    """Both storages fail on demand, in the same instant."""
    both = STORE | {"pcs_fault_per_year": 0.0, "takeover_failure": 1.0}
    plant = run(case(STATIC, storage=both), [DARK])
    assert len(lost(plant)) == 4, story(plant)
    assert heard(plant, "closes", "ties") == []


def test_a_tie_that_did_not_close_in_a_sag_is_repaired_in_time() -> None:
    ties = STATIC | {"failure_to_close": 0.5, "repair_h": 1.0}
    store = STORE | {"pcs_fault_per_year": 0.0, "takeover_failure": 0.5}

    def draw(cause: Cause) -> float | None:
        if cause[1] == "takeover":
            return 1e-9 if cause[0] == "storage@block-01" else 0.999
        return {"close": 1e-9, "repair": 0.5}.get(str(cause[1]))

    plant = run(case(ties, storage=store), [(2.0 * H, 0.5, 0.3)], forced=draw)
    assert heard(plant, "fault", "ties") == pytest.approx([2.0 * H])
    assert heard(plant, "repaired", "ties") == pytest.approx([2.0 * H + H * math.log(2.0)])


def test_a_storage_that_is_only_empty_is_not_sent_to_repair() -> None:
    """It has just begun to recharge when the next interruption comes, which the tie bridges."""
    load = {"kind": "constant", "pods": 3, "pod_kw": 100.0}
    store = STORE | {"pcs_fault_per_year": 0.0}
    again = 13.0 * H + 120.0
    plant = run(case(STATIC | {"rating_kw": 500.0}, load=load, hours=16.0, storage=store),
                [(4.0 * H, 9.0 * H, 0.0), (again, 0.5, 0.3)])  # fmt: skip
    assert lost(plant) == []
    assert heard(plant, "closes", "ties")[-1] == pytest.approx(again), story(plant)
    assert heard(plant, "stopped with its neighbour") == []


@pytest.mark.parametrize("holds", [1.0, 0.0])
def test_a_tie_that_saves_pods_may_pass_the_fault_on_too(holds: float) -> None:
    """The storage has failed before the outage, and is still out."""
    plant = run(case(STATIC, bulkhead=TIGHT | {"tie": holds}), [DARK], forced=fails_at(2.0))
    assert len(lost(plant)) == (0 if holds else 4), story(plant)
    words = {row.path for row in plant.loss_rows()}
    assert ("tie passed the fault on" in words) == (not holds), words


def test_no_fault_comes_over_from_a_storage_in_maintenance() -> None:
    """It is out, but nothing is wrong with it."""
    cared = STORE | {"pcs_fault_per_year": 0.0, "maintenance_per_year": 1.0, "maintenance_h": 8.0}

    def draw(cause: Cause) -> float | None:
        if cause[1] == "maintenance":
            return 3.0 / 8760.0 if cause[0] == "storage@block-01" else 0.9
        return None

    plant = run(case(STATIC, storage=cared, bulkhead=TIGHT | {"tie": 0.0}), [DARK], forced=draw)
    assert lost(plant) == [], story(plant)


@pytest.mark.parametrize("where", ["storage", "bus"])
def test_no_tie_helps_a_bus_on_which_the_short_circuit_is(where: str) -> None:
    """Its voltage is down until that is cleared, whoever feeds it."""
    shorts = TIGHT | {f"short_circuit_share_{where}": 1.0, "sag_max_pu": 0.0, "clearing_min_s": 0.3}
    plants = []
    for ties in (None, STATIC):
        if where == "storage":
            plants.append(run(case(ties, bulkhead=shorts), [], forced=fails_at(5.0)))
        else:
            store = STORE | {"pcs_fault_per_year": 0.0}
            plants.append(run(case(ties, bulkhead=shorts, storage=store, bus=FAULTS), [],
                              forced=hits(0, 5.0)))  # fmt: skip
    assert [lost(p) for p in plants] == [["pod-000", "pod-001"]] * 2


CUT: Table = {"mv_transformer": {"fault_per_year": 1.0, "repair_h": 6.0}, "law": "fixed",
              **{e: {"fault_per_year": 0.0, "repair_h": 1.0} for e in
                 ("hv_transformer", "pod_breaker", "static_switch", "rack_breaker", "cable")},
              }  # fmt: skip


@pytest.mark.parametrize("why", ["the tie was out", "the donor was dark"])
def test_a_tie_that_could_not_close_does_so_as_soon_as_it_can(why: str) -> None:
    """The first block's way is cut for six hours, and its storage is out."""
    fails = fails_at(2.0)
    dark = why == "the donor was dark"  # both storages are out, and so is the grid for an hour
    ties = MECHANICAL if dark else MECHANICAL | {"failure_to_close": 0.5, "repair_h": 1.0}

    def draw(cause: Cause) -> float | None:
        if str(cause[0]).startswith("feed@") and cause[1] == "fault":
            mine = cause[0] == "feed@block-01" and cause[-1] in (0, 1)
            return 1.0 - math.exp(-4.0 / 8760.0) if mine else 1.0 - 1e-12
        if cause[1] == "initially down":
            return 0.999999
        if cause[0] == "tie-1-2" and cause[1] in ("close", "repair"):
            return {"close": 0.1 if cause[2] == 1 else 0.9, "repair": 1.0 - math.exp(-1.0)}[
                cause[1]
            ]
        if dark and cause[0] == "storage@block-02" and cause[1:] == ("fault", 0):
            return 1.0 - math.exp(-2.0 * RATE / 8760.0)
        return fails(cause)

    plant = run(case(ties, path=CUT), [(3.5 * H, 1.0 * H, 0.0)] if dark else [], forced=draw)
    assert {"pod-000", "pod-001"} <= set(lost(plant)), story(plant)
    closed_h = heard(plant, "closes", "ties")[0] / H
    assert closed_h == pytest.approx(4.5 + 60.0 / 3600.0 if dark else 5.0, abs=0.01), story(plant)
    back = [t / H for t, s, e, _ in plant.log if e == "powered" and s in ("pod-000", "pod-001")]
    assert closed_h < max(back[:2]) < closed_h + 0.5


@pytest.mark.parametrize("begins", ["takes over not", "fails later"])
def test_a_tie_does_not_reach_past_an_open_switch(begins: str) -> None:
    """Batteries stand at the pods: a tie to their block neither feeds nor disturbs an island below."""
    late = begins == "fails later"
    store = STORE | {"level": "pod", "pcs_fault_per_year": float(late), "takeover_failure": 0.5}

    def draw(cause: Cause) -> float | None:
        mine = cause[0] == "storage@pod-000"
        if cause[1] == "takeover":
            return 1e-9 if mine and not late else 0.999
        if str(cause[0]).startswith("storage@") and cause[1] == "fault":
            return 1.0 - math.exp(-5.0 / 8760.0) if mine and cause[2] == 0 else 1.0 - 1e-12
        return None

    ties = STATIC | {"close_min_s": 0.02, "close_max_s": 0.03} if late else STATIC
    load = {"kind": "constant", "pods": 3, "pod_kw": 100.0}
    plant = run(case(ties, load=load, storage=store), [DARK], forced=draw)
    assert lost(plant) == ["pod-000"], story(plant)


@pytest.mark.parametrize(("compartments", "level", "told"), [
    (2, "pod", True), (4, "pod", False), (2, "block", False),
])  # fmt: skip
def test_ties_of_blocks_do_not_help_storage_in_pods(
    compartments: int, level: str, told: bool
) -> None:
    case = site(compartments=compartments, storage=SURE_STORE | {"level": level}, ties=STATIC)
    words = [w for w in check(case) if "ties join 2 compartments of 4 pods" in w]
    assert bool(words) == told
