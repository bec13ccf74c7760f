"""Sags of one and two phases in a plant: relays see the connection, nodes what the windings leave."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.plant.small_plants import SURE_STORE, SURE_UPS, Table, heard, run, site
from twin.contracts.calendar import HOUR_S
from twin.contracts.timeline import Disturbances
from twin.plant import context
from twin.plant.build import build, disturbances
from twin.plant.exogenous import Exogenous
from twin.plant.machine import Plant
from twin.plant.saving import restore, save
from twin.plant.undisturbed import windows

START_S = 1000.0
SWIFT_SWITCH = SURE_STORE | {"commutation_max_s": 0.0}
SLOW_SWITCH = SURE_STORE | {"detection_min_s": 0.02, "detection_max_s": 0.02}


def after(sag: tuple[float, float, Any], **more: Any) -> Plant:
    """Return a plant of four pods after a scripted sag: duration s, residual pu, phases."""
    lasts, volts, phases = sag
    event = {"start_s": START_S, "duration_s": lasts, "voltage_pu": volts, "phases": phases}
    sags: Table = {"kind": "script", "events": [event]}
    return run(site(hours=2.0, grid={"sags": sags}, **more))


def lost(plant: Plant) -> int:
    return int(plant.counters.get("pod_losses", 0))


@pytest.mark.parametrize(
    ("sag", "pods"),
    [
        ((0.1, 0.36, 3), 4),
        ((0.1, 0.36, 1), 0),  # six supplies, four needed, see 0.705 pu for less than 0.5 s
        ((0.1, 0.34, 1), 4),  # 0.697 pu: the hold-up is over after 12 ms
        ((0.011, 0.34, 1), 0),
        ((0.1, 0.34, 2), 4),  # both phases to ground: the same
        ((0.1, 0.0, "C"), 0),  # phase to phase: two supplies see nothing, four see 0.866 pu
        ((0.6, 0.5, 1), 4),  # 0.764 pu: longer than ITIC's 0.5 s
        ((0.6, 0.6, 1), 0),  # 0.808 pu
    ],
)
def test_bare_pods_live_by_what_their_supplies_see(sag: tuple[float, float, Any], pods: int) -> None:
    assert lost(after(sag)) == pods


def test_windings_and_supplies_are_choices() -> None:
    sag = (0.1, 0.2, 1)
    assert lost(after(sag)) == 4
    assert lost(after(sag, chain={"winding": "none"})) == 0  # four supplies on sound phases
    assert lost(after(sag, chain={"winding": "none"}, psu={"supplies_needed": 5})) == 4
    assert lost(after(sag, chain={"winding": "dyn_dyn"})) == 0  # 0.89 pu
    assert lost(after(sag, psu={"supplies_needed": 2})) == 0  # two on the phase that stays whole


def test_a_gap_counts_with_the_seen_voltage() -> None:
    """A switch that takes 20 ms: fatal for a deep sag on three phases, not for a milder one."""
    for sag, pods in (((0.1, 0.36, 3), 4), ((0.1, 0.36, 1), 0), ((0.1, 0.3, 1), 4)):
        plant = after(sag, storage=SLOW_SWITCH)
        assert plant.devices["protection"].transfers == 5 - 1  # type: ignore[attr-defined]
        assert lost(plant) == pods


def test_relays_go_by_the_connection() -> None:
    """One phase at 0.85 pu: supplies see 0.93, yet every UPS and switch transfers."""
    for storage in (SURE_UPS, SURE_STORE):
        plant = after((0.2, 0.85, 1), storage=storage)
        assert plant.devices["protection"].transfers == len(plant.storage_units)  # type: ignore[attr-defined]
        assert plant.counters["grid_sags"] == 1
        assert lost(plant) == 0


def test_one_dead_phase_leaves_the_site_its_source() -> None:
    """A residual of 0.05 pu on one phase counts as an interruption, and the bus stays alive."""
    plant = after((20.0, 0.05, 1), storage=SWIFT_SWITCH)
    assert plant.counters == {"grid_momentaries": 1.0}
    assert heard(plant, "source") == []
    plant = after((20.0, 0.05, 3), storage=SWIFT_SWITCH)
    assert heard(plant, "source") == [START_S, START_S + 20.0]


def test_overlapping_sags_give_the_lowest_of_both_voltages() -> None:
    events = Disturbances(
        np.array([1000.0, 1000.5]), np.array([2.0, 0.2]), np.array([0.7, 0.3]),
        np.array([3, 1], np.int8),
    )  # fmt: skip
    case = site(hours=2.0)
    plant = build(case, "case", context(case, 1, 0), events, tracing=True)
    utility: Any = plant.devices["utility"]
    np.testing.assert_allclose(utility.times, [1000.0, 1000.5, 1000.7, 1002.0])
    np.testing.assert_allclose(utility.volts[:, 0], [0.7, 0.3, 0.7, 1.0])
    np.testing.assert_allclose(utility.volts[:, 1], [0.7, 0.6807, 0.7, 1.0], atol=1e-4)


def test_a_sequence_counts_once_and_acts_each_time() -> None:
    lasts, shots = np.full(3, 0.1), np.array([0, 1, 2], np.int8)
    start = START_S + np.array([0.0, 0.5, 40.0])
    events = Disturbances(start, lasts, np.full(3, 0.3), shot=shots)
    case = site(hours=2.0, storage=SWIFT_SWITCH)
    plant = build(case, "case", context(case, 1, 0), events, tracing=True)
    plant.run()
    assert plant.counters["grid_sags"] == 1
    protection: Any = plant.devices["protection"]
    # the second dip finds the units away from the mains (30 s), the third not
    assert protection.transfers == 2 * len(plant.storage_units)
    n = len(plant.storage_units)
    told = [(e, d) for _, s, e, d in plant.log if s == "protection"]
    assert [e for e, _ in told] == ["takes over", "returns", "returns", "takes over", "returns"]
    assert all(d.startswith(f"{n} of {n} units, ") for _, d in told)


def test_windows_of_the_index_go_by_the_connection() -> None:
    one_phase = Disturbances(
        np.array([10.0]), np.array([0.1]), np.array([0.5]), np.array([1], np.int8)
    )
    assert windows(one_phase, 1e6).edges_s.tolist() == [10.0, 10.1 + 4 * HOUR_S]


def test_saved_in_the_middle_of_an_unbalanced_sag() -> None:
    sags = {"kind": "ecdf", "rate_per_year": 1000.0, "sequence_share": 0.5,
            "duration_median_s": 5.0}  # fmt: skip
    case = site(hours=200.0, grid={"sags": sags}, storage=SURE_STORE)
    ctx = context(case, 1, 0)
    whole, parted = (build(case, "case", ctx, disturbances(case, ctx)) for _ in range(2))
    first = Exogenous(case, ctx).disturbances
    k = int(np.flatnonzero(first.phases == 1)[3])
    parted.run(float(first.start_s[k] + 0.5 * first.duration_s[k]))
    again = restore(json.loads(json.dumps(save(parted, case, "case", 1, 0))), case)
    utility: Any = again.devices["utility"]
    assert utility.state.seen_pu > utility.state.voltage_pu
    whole.run()
    again.run()
    assert again.counters == whole.counters
    assert again.arrays.account.tobytes() == whole.arrays.account.tobytes()


def test_storms_reach_the_plant() -> None:
    storms = {"kind": "days", "days_per_year": 200.0, "refuel_factor": 3.0, "duration_h": 24,
              "from_hour": 0}  # fmt: skip
    case = site(hours=24.0 * 60, grid={"storms": storms, "outages": {
        "kind": "script", "events": [{"start_s": s * 86_400.0, "duration_s": 600.0}
                                     for s in range(1, 50)]}},
                diesel={"sets": 1, "set_kw": 900.0, "refuel_h": 5.0, "availability": 1.0,
                        "failure_to_start": 0.0, "crank_miss": 0.0})  # fmt: skip
    plant = run(case)
    known = Exogenous(case, context(case, 1, 0)).ctx.storms
    assert len(known.start_s) > 5
    calls = heard(plant, "call", "diesel")
    filled = heard(plant, "refuelled", "diesel")
    waits = [f - c for c, f in zip(calls, filled, strict=False)]
    expected = [15 * HOUR_S if known.during(np.array([c]))[0] else 5 * HOUR_S for c in calls]
    np.testing.assert_allclose(waits, expected[: len(waits)])
    assert {5 * HOUR_S, 15 * HOUR_S} == set(expected)
