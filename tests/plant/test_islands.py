"""Pods that return while the site bus is dead: on their own storage, or over a tie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.plant.metric_parts import H
from tests.plant.small_plants import NO_FAULTS, SURE_STORE, Table, heard, run, site, story, total
from tests.plant.test_bulkheads import COOL
from twin.contracts.layout import Flow
from twin.plant.machine import Plant
from twin.streams import Cause

SUPPLY: Table = SURE_STORE | {
    "level": "block", "energy_kwh": 1e6, "power_kw": 500.0, "commutation_max_s": 0.0,
    "detection_min_s": 0.0, "detection_max_s": 0.0,
}  # fmt: skip
STATIC: Table = {"kind": "breakers", "static": True, "failure_to_close": 0.0, "fault_per_year": 0.0,
                 "synchronism_failure": 0.0, "rating_kw": 150.0, "close_below": 0.0}  # fmt: skip
PROMPT: Table = {"delay_s": 0.0, "pod_step_s": 0.0, "loss_allowance": 0.0, "on_islands": True}
OUT = {"storage@block-01": (1,), "storage@block-02": (), "tie-1-2": ()}
"""Steps in which a unit is out."""


def island(
    out: dict[str, tuple[int, ...]],
    recovery: Table = PROMPT,
    *,
    tie: Table | None = STATIC,
    storage: Table = SUPPLY,
    pods: Sequence[int] = (2, 2),
) -> Plant:
    """Return two blocks without a grid for six steps, some units out in some of them."""
    units = [{"unit": name, "probability": 0.5} for name in out if tie or "tie" not in name]

    def forced(cause: Cause) -> float | None:
        return float(cause[2] not in out[str(cause[0])]) if cause[1] == "redrawn" else None

    more: Table = {"ties": tie} if tie else {}
    more["architectures"] = {"case": {"compartments": 2, "compartment_pods": list(pods)}}
    case = site(
        load={"kind": "constant", "pods": sum(pods), "pod_kw": 100.0}, hours=6.0,
        grid={"outages": {"kind": "redrawn", "probability": 1.0}, "ramp_kw_per_min": 1e12},
        bus=NO_FAULTS, cooling=COOL, policy={"kind": "none"}, storage=storage, recovery=recovery,
        redrawn={"units": units}, **more,
    )  # fmt: skip
    return run(case, forced=forced)


def pod_hours(plant: Plant) -> float:
    """Return the pod-hours that were not served."""
    return total(plant, Flow.UNSERVED) / 3.6e6 / 100.0


@pytest.mark.parametrize(
    ("changes", "tie", "dark"),
    [
        ({}, None, 2.0),  # its own storage is out for a step
        ({}, STATIC, 1.0),  # the tie carries one pod meanwhile
        ({"tie-1-2": (0, 1, 2)}, STATIC, 2.0),
        ({"storage@block-01": (1, 2, 3), "tie-1-2": (1, 2)}, STATIC, 5.0),  # back with the tie
        ({"storage@block-01": (1, 2), "storage@block-02": (1,)}, STATIC, 5.0),
        ({"storage@block-01": (1,), "storage@block-02": (2,)}, STATIC, 2.0),  # they change roles
        ({"storage@block-01": (5,)}, None, 2.0),
    ],
)
def test_pods_return_on_islands(changes: Any, tie: Table | None, dark: float) -> None:
    plant = island(OUT | changes, tie=tie)
    assert pod_hours(plant) == pytest.approx(dark, rel=1e-5), story(plant)


def test_pods_stay_down_unless_they_may_return() -> None:
    plant = island(OUT, PROMPT | {"on_islands": False}, tie=None)
    assert pod_hours(plant) == pytest.approx(10.0)


def test_they_wait_and_return_one_by_one() -> None:
    plant = island(OUT, PROMPT | {"delay_s": 90.0, "pod_step_s": 20.0}, tie=None)
    back = [t - 2.0 * H for t in heard(plant, "powered", "pod")]
    assert back == pytest.approx([90.0, 110.0])


def test_a_tie_adds_to_what_a_weak_storage_gives() -> None:
    """The first storage carries two of its three pods; the neighbour has something to spare."""
    out = {"storage@block-01": (1,), "storage@block-02": (1,), "tie-1-2": ()}
    weak: Table = {"storage": SUPPLY | {"power_kw": 290.0}, "pods": [3, 2]}
    assert pod_hours(island(out, **weak)) == pytest.approx(5.0, rel=1e-5)
    assert pod_hours(island(out, **weak, tie=None)) == pytest.approx(10.0, rel=1e-5)


def test_the_supply_from_above_is_not_waited_for_longer_than_without_islands() -> None:
    def back(**more: Any) -> list[float]:
        case = site(
            load={"kind": "constant", "pods": 2, "pod_kw": 100.0}, compartments=1, hours=4.0,
            grid={"ramp_kw_per_min": 1e12}, bus=NO_FAULTS, cooling=COOL,
            recovery={"delay_s": 70.0, "check_s": 3000.0} | more,
        )  # fmt: skip
        return heard(run(case, [(1.0 * H, 1.5 * H, 0.0)]), "powered", "pod")

    assert back() == back(on_islands=True) == pytest.approx([2.5 * H + 70.0, 2.5 * H + 71.0])


def test_a_pod_that_needs_more_than_was_allowed_for_waits_before_it_tries_again() -> None:
    """A pod, its losses and one more pod are less than the storage gives, with its losses more."""
    each_kw = island({"storage@block-01": ()}, tie=None).arrays.rate["down_w"].max() / 2e3
    weak = SUPPLY | {"power_kw": 0.5 * (100.0 + each_kw) + each_kw}
    recovery = PROMPT | {"check_s": 600.0}
    plant = island({"storage@block-01": (1,)}, recovery, tie=None, storage=weak)
    tried = [t for t in heard(plant, "powered", "pod-001") if t >= 2.0 * H]
    assert tried == pytest.approx([2.0 * H + 600.0 * n for n in range(len(tried))], abs=0.01)
    assert 20 <= len(tried) <= 25
