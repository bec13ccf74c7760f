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
from tests.plant.test_bulkheads import COOL, TIGHT
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
    return site(**plain, **({"ties": ties} if ties else {}), **more)


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


@pytest.mark.parametrize(("compartments", "level", "told"), [
    (2, "pod", True), (4, "pod", False), (2, "block", False),
])  # fmt: skip
def test_ties_of_blocks_do_not_help_storage_in_pods(
    compartments: int, level: str, told: bool
) -> None:
    case = site(compartments=compartments, storage=SURE_STORE | {"level": level}, ties=STATIC)
    words = [w for w in check(case) if "ties join 2 compartments of 4 pods" in w]
    assert bool(words) == told
