"""What a sag does to the cooling, and what line-interactive UPS keep from their load."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from components.cooling import CoolingSpec
from components.psu import PsuSpec
from tests.plant.small_plants import (
    SURE_STORE,
    SURE_UPS,
    Event,
    Table,
    heard,
    jobs,
    plant_of,
    run,
    site,
)
from twin.contracts.calendar import HOUR_S
from twin.errors import ScenarioError
from twin.plant.machine import Plant
from twin.scenario import Scenario, describe

START_S = 1000.0
DEEP: Event = (START_S, 0.2, 0.3)
RESTART_S = 300.0 + 2 * 45.0
DRY: Table = {"pump_trip_pu": 0.85, "pump_restart_failure": 1.0}


def after(events: list[Event], hours: float = 2.0, **more: Any) -> Plant:
    return run(site(hours=hours, **more), events)


def test_hold_up_is_a_fixed_energy() -> None:
    """12 ms at rating; t x P is the same at every load down to what supplies take themselves."""
    psu = PsuSpec(capacitor_health=0.8)
    load_w = np.array([9860.0, 7540.0, 1930.0, 0.0])
    got = psu.hold_ups_s(load_w, np.full(4, 9860.0))
    np.testing.assert_allclose(got[:3] * load_w[:3], 0.8 * 0.012 * 9860.0)
    assert got[3] == pytest.approx(0.8 * 0.012 / 0.01)
    fixed = PsuSpec(hold_up_load_share=0.5).hold_ups_s(load_w, np.full(4, 9860.0))
    np.testing.assert_allclose(fixed, 0.024)


def test_chillers_stop_in_a_sag_that_pods_ride_through_and_start_one_by_one() -> None:
    plant = after([DEEP], storage=SURE_STORE)
    assert heard(plant, "stopped", "cooling") == [START_S]
    assert heard(plant, "running", "cooling") == pytest.approx([START_S + 0.2 + RESTART_S])
    assert heard(plant, "lost") == []


def test_a_further_sag_starts_the_restart_anew_until_the_loop_is_hot() -> None:
    """A buffer of 600 s, and 390 s of restart from each of two sags that lie 300 s apart."""
    plant = after([DEEP, (START_S + 300.0, 0.2, 0.3)], storage=SURE_STORE)
    assert heard(plant, "trip", "cooling") == pytest.approx([START_S + 600.0])
    assert len(heard(plant, "lost", "pod")) == 4
    assert heard(plant, "running", "cooling") == pytest.approx([START_S + 300.2 + RESTART_S])
    assert len(heard(plant, "ready", "pod")) == 4


def test_gpus_throttle_before_jobs_are_suspended_before_pods_trip() -> None:
    store = SURE_STORE | {"power_kw": 300.0}
    plant = after([DEEP], load=jobs(), storage=store, cooling={"restart_s": 1000.0})
    assert heard(plant, "job capped") == pytest.approx([START_S + 420.0] * 2)
    assert heard(plant, "job saves") == pytest.approx([START_S + 510.0] * 2)
    assert heard(plant, "trip", "cooling") == pytest.approx([START_S + 600.0])


@pytest.mark.parametrize(
    ("storage", "stops"),
    [
        (SURE_UPS | {"level": "site"}, 0),  # in series: no gap
        (SURE_STORE | {"level": "site", "power_kw": 600.0}, 0),  # 14 ms at most
        (SURE_STORE | {"level": "site", "power_kw": 600.0, "detection_min_s": 0.04,
                       "detection_max_s": 0.04}, 1),
    ],
)  # fmt: skip
def test_a_storage_on_the_site_bus_protects_its_chillers(storage: Table, stops: int) -> None:
    plant = after([DEEP], storage=storage, psu={"hold_up_s": 0.1})
    assert len(heard(plant, "stopped", "cooling")) == stops
    assert heard(plant, "lost", "pod") == []


@pytest.mark.parametrize(
    ("tolerance", "sag", "stop"),
    [
        ("threshold", (0.69, 0.031), True),
        ("threshold", (0.69, 0.029), False),
        ("semi_f47", (0.55, 0.19), False),
        ("semi_f47", (0.55, 0.21), True),
        ("itic", (0.69, 0.021), True),
        ("all", (0.0, 60.0), False),
    ],
)
def test_tolerances_are_choices(tolerance: Any, sag: tuple[float, float], stop: bool) -> None:
    assert CoolingSpec(chiller_tolerance=tolerance).chillers_stop(*sag) == stop


@pytest.mark.parametrize(
    ("key", "value", "other"),
    [("chiller_trip_pu", 0.5, "chiller"), ("chiller_trip_s", 0.1, "chiller"),
     ("pump_trip_pu", 0.5, "pump")],
)  # fmt: skip
def test_a_threshold_that_a_curve_has_replaced_is_refused(key: str, value: float, other: str) -> None:
    table = {f"{other}_tolerance": "itic", key: value}
    words = rf'cooling\.{key}: {value:g} has no effect with {other}_tolerance = "itic"; leave it out'
    with pytest.raises(ScenarioError, match=words):
        site(cooling=table)
    assert site(cooling=table | {f"{other}_tolerance": "threshold"})


def test_a_threshold_without_effect_has_no_range_and_is_written_in_full() -> None:
    case = site(cooling={"chiller_tolerance": "itic"})
    spans = {r.key.rpartition(".")[2] for r in describe(case) if r.span and ".cooling." in r.key}
    assert "pump_trip_pu" in spans
    assert "chiller_trip_pu" not in spans
    assert Scenario.from_dict(case.to_dict()).digest == case.digest


def test_pumps_that_stay_off_lose_their_pod_after_a_minute() -> None:
    """A bare pod lives through 0.8 pu for 0.4 s; its pumps do not, and stay off."""
    plant = after([(START_S, 0.4, 0.8)], cooling=DRY)
    assert heard(plant, "lost", "pod") == pytest.approx([START_S + 60.0] * 4)
    assert heard(plant, "stopped", "cooling") == []


def test_pumps_that_restart_cost_nothing_unless_sags_follow_each_other() -> None:
    again = DRY | {"pump_restart_failure": 0.0}
    once = after([(START_S, 0.4, 0.8)], cooling=again)
    assert len(heard(once, "pumps tripped")) == 4
    assert heard(once, "lost", "pod") == []
    many = after([(START_S + 9.0 * n, 0.4, 0.8) for n in range(7)], cooling=again)
    assert heard(many, "lost", "pod") == pytest.approx([START_S + 60.0] * 4)


def test_pumps_behind_a_storage_see_only_its_gap() -> None:
    plant = after([DEEP], storage=SURE_STORE, cooling=DRY)
    assert heard(plant, "pumps tripped") == []
    slow = SURE_STORE | {"detection_min_s": 0.021, "detection_max_s": 0.021}
    plant = after([DEEP], storage=slow, cooling=DRY, psu={"hold_up_s": 0.1})
    assert heard(plant, "lost", "pod") == pytest.approx([START_S + 60.0] * 4)


@pytest.mark.parametrize(
    ("coupling", "volts", "transfers"),
    [("eco", 0.8, 2), ("line_interactive", 0.8, 0), ("line_interactive", 0.74, 2), ("series", 0.8, 2)],
)
def test_a_line_interactive_ups_regulates_shallow_sags(
    coupling: str, volts: float, transfers: int
) -> None:
    plant = after([(START_S, 2.0, volts)], storage=SURE_UPS | {"coupling": coupling})
    assert plant.devices["protection"].transfers == transfers
    assert heard(plant, "lost", "pod") == []


def test_line_interactive_transfers_within_two_to_six_milliseconds() -> None:
    case = site(storage=SURE_UPS | {"coupling": "line_interactive"})
    spec: Any = case.architectures["case"].tables["storage"]
    gaps = spec.gaps_s(plant_of(case).luck, np.arange(400, dtype=np.uint64), "sag")
    assert 0.002 <= gaps.min() < 0.0022
    assert 0.0058 < gaps.max() <= 0.006


def test_pods_without_storage_are_lost_in_deep_sags_whatever_cools_them() -> None:
    assert len(heard(after([(HOUR_S, 0.3, 0.3)]), "lost", "pod")) == 4
