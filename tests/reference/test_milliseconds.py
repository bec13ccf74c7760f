"""The race between a sag, the static switch and the hold-up, one millisecond at a time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.cases import scenario
from tests.reference.milliseconds import MS, SagWatch
from tests.reference.slow_twin import SlowTwin
from tests.reference.world import World
from twin.contracts.calendar import YEAR_S
from twin.contracts.layout import Flow
from twin.contracts.timeline import ProfileContext
from twin.plant.build import build, disturbances
from twin.scenario import Scenario

ENERGY_WINDOW_S, RACE_WINDOW_S = 120.0, 12.0
START_S = 1.0


def watch(
    architecture: str, sag: tuple[float, float], gap_s: float, window_s: float, **changes: Any
) -> tuple[Any, SagWatch]:
    """Run the product and the window over one sag (duration s, residual pu)."""
    event = {"start_s": START_S, "duration_s": sag[0], "voltage_pu": sag[1]}
    data = scenario(
        window_s * 365.0 / YEAR_S, grid__sags={"kind": "script", "events": [event]}, **changes
    )
    storage = data["architectures"]["distributed"]["storage"]
    storage["detection_min_s"] = storage["detection_max_s"] = gap_s
    data["architectures"]["bare"] = {"compartments": 4}
    loaded = Scenario.from_dict(data)
    ctx = ProfileContext(1, 0, loaded.start_year, loaded.horizon_s)
    plant = build(loaded, architecture, ctx, disturbances(loaded, ctx), tracing=True)
    plant.run()
    window = SagWatch(SlowTwin(loaded, architecture, World()), (START_S, *sag), window_s)
    window.run()
    return plant, window


def lost_pods(plant: Any) -> set[int]:
    return {int(source[4:]) for _, source, event, _ in plant.log if event == "lost"}


EVERYTHING = {0, 1, 2, 3, 4}
RACES = [
    ("distributed", (0.2, 0.3), 0.004, set()),  # the switch is faster than the hold-up
    ("distributed", (0.2, 0.3), 0.015, set()),  # the hold-up lasts 15.7 ms at training load
    ("distributed", (0.2, 0.3), 0.016, EVERYTHING),
    ("distributed", (0.2, 0.75), 0.016, set()),  # shallow: 0.5 s are allowed
    ("distributed", (0.015, 0.05), 0.020, set()),  # over before the hold-up is used up
    ("centralized", (0.2, 0.3), 0.015, set()),  # in series there is no gap
    ("bare", (0.4, 0.75), 0.0, set()),
    ("bare", (0.6, 0.75), 0.0, EVERYTHING),
    ("bare", (0.015, 0.3), 0.0, set()),
    ("bare", (0.017, 0.3), 0.0, EVERYTHING),
    ("bare", (9.9, 0.85), 0.0, set()),
    ("bare", (10.1, 0.85), 0.0, EVERYTHING),
]


@pytest.mark.parametrize(("architecture", "sag", "gap_s", "lost"), RACES)
def test_the_same_pods_survive_a_sag(
    architecture: str, sag: tuple[float, float], gap_s: float, lost: set[int]
) -> None:
    plant, window = watch(architecture, sag, gap_s, RACE_WINDOW_S)
    assert window.lost == lost
    assert lost_pods(plant) == lost


IDLE = [{"name": "half", "days": 3000.0, "jobs": [{"name": "one", "gpus": 512}]}]
"""Two of four pods train, the others idle at a fifth of their supplies' rating."""


@pytest.mark.parametrize(
    ("sag", "lost"),
    [((0.016, 0.0), {0, 1, 4}), ((0.061, 0.0), {0, 1, 4}), ((0.062, 0.0), EVERYTHING)],
)
def test_idle_pods_hold_up_longer(sag: tuple[float, float], lost: set[int]) -> None:
    """9.86 kW of rating over 1.93 kW of idling: 12 ms become 61.3 ms, with or without a grid."""
    plant, window = watch("bare", sag, 0.0, RACE_WINDOW_S, load__campaigns=IDLE)
    assert window.lost == lost
    assert lost_pods(plant) == lost


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({"psu__capacitor_health": 0.8}, EVERYTHING),  # 12.6 ms
        ({"psu__node_rated_kw": 12.0}, {4}),  # 19.1 ms, but for the core
        ({"psu__node_rated_kw": 12.0, "psu__design_load_share": 0.5}, set()),
    ],
)
def test_rating_and_age_decide_the_hold_up(changes: dict[str, Any], lost: set[int]) -> None:
    plant, window = watch("distributed", (0.2, 0.3), 0.016, RACE_WINDOW_S, **changes)
    assert window.lost == lost
    assert lost_pods(plant) == lost


@pytest.mark.parametrize(
    ("sag", "run"),
    [
        ((0.03, 0.3), True),  # just as long as they stand
        ((0.032, 0.3), False),
        ((0.2, 0.69), False),
        ((5.0, 0.7), True),
    ],
)
@pytest.mark.parametrize("architecture", ["centralized", "distributed"])
def test_the_same_sags_stop_the_chillers(
    architecture: str, sag: tuple[float, float], run: bool
) -> None:
    """They hang on the site bus, whatever protects the pods."""
    plant, window = watch(architecture, sag, 0.004, RACE_WINDOW_S)
    assert window.chillers_run == run
    assert ("stopped" not in [e for _, s, e, _ in plant.log if s == "cooling"]) == run
    assert not window.lost
    assert not lost_pods(plant)


@pytest.mark.parametrize(("architecture", "gap_s"), [("centralized", 0.0), ("distributed", 0.004)])
def test_energy_of_a_sag_agrees_to_the_millisecond(architecture: str, gap_s: float) -> None:
    """The product lets the battery carry the load from the first instant, not only after the gap."""
    plant, window = watch(architecture, (0.2, 0.3), gap_s, ENERGY_WINDOW_S)
    k = plant.arrays
    assert plant.devices["protection"].transfers == len(window.opened)
    power_w = window.twin.it_w() * 1.2  # the load with its losses, never more than a fifth of it
    blur_j = power_w * (gap_s + 2.0 * MS)  # one millisecond for opening, one for closing
    assert abs(k.account.sum(0)[Flow.DISCHARGE] - window.discharged_j) <= blur_j
    stored = {plant.tree.names[i]: k.state[i]["stored_j"] for i in range(len(k.row))}
    for battery in window.twin.design.batteries():
        assert abs(stored[battery.name] - battery.stored_j) <= 1.1 * blur_j
