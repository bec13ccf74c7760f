"""What counts as a sag, a momentary interruption, an outage; and that each counts once."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from components.utility import voltage_changes
from tests.plant.small_plants import Event, heard, run, site, timeline
from twin.contracts.calendar import HOUR_S

H = HOUR_S
SAG, MOMENTARY, OUTAGE = "grid_sags", "grid_momentaries", "grid_outages"


def counts(events: list[Event], hours: float = 24.0) -> dict[str, float]:
    plant = run(site(hours=hours), events)
    return {n: v for n, v in plant.counters.items() if n.startswith("grid_")}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ((H, 0.5, 0.1), SAG),  # residual 0.1 pu is a sag still
        ((H, 0.5, 0.0999), MOMENTARY),
        ((H, 60.0, 0.0), MOMENTARY),  # up to 60 s
        ((H, 60.001, 0.0), OUTAGE),
        ((H, 300.0, 0.5), SAG),  # a long one, but never below 0.1
        ((H, 0.001, 0.0), MOMENTARY),  # shorter than the hold-up
    ],
)
def test_words_of_the_contract(event: Event, kind: str) -> None:
    assert counts([event]) == {kind: 1.0}


def test_outage_at_the_very_start() -> None:
    plant = run(site(), [(0.0, H, 0.0)])
    assert plant.counters[OUTAGE] == 1
    assert heard(plant, "source") == [0.0, H]


def test_outage_at_the_horizon_never_happens() -> None:
    assert counts([(24 * H, H, 0.0)]) == {}


def test_outage_across_the_horizon_counts_once() -> None:
    assert counts([(24 * H - 60.0, 2 * H, 0.0)]) == {OUTAGE: 1.0}


def test_outage_that_ends_at_the_horizon_counts_once() -> None:
    assert counts([(23 * H, H, 0.0)]) == {OUTAGE: 1.0}


def test_two_that_touch_are_two_but_the_supply_is_lost_once() -> None:
    plant = run(site(), [(H, H, 0.0), (2 * H, H, 0.0)])
    assert plant.counters[OUTAGE] == 2
    assert heard(plant, "source") == [H, 3 * H]
    assert plant.counters["pod_losses"] == 4


def test_sag_inside_an_outage_counts_but_the_supply_stays_away() -> None:
    plant = run(site(), [(H, H, 0.0), (1.5 * H, 0.5, 0.6)])
    assert (plant.counters[OUTAGE], plant.counters[SAG]) == (1, 1)
    assert heard(plant, "source") == [H, 2 * H]


def test_outage_inside_a_sag() -> None:
    plant = run(site(), [(H, 10.0, 0.8), (H + 2.0, 100.0, 0.0)])
    assert (plant.counters[OUTAGE], plant.counters[SAG]) == (1, 1)
    assert heard(plant, "source") == [H + 2.0, H + 102.0]


def test_identical_starts() -> None:
    for order in itertools.permutations([(H, H, 0.0), (H, 0.5, 0.6), (H, 10.0, 0.05)]):
        plant = run(site(), list(order))
        assert (plant.counters[OUTAGE], plant.counters[SAG], plant.counters[MOMENTARY]) == (1, 1, 1)
        assert heard(plant, "source") == [H, 2 * H]
        assert plant.counters["pod_losses"] == 4


def test_losses_of_pods_do_not_hang_on_the_battery_of_overlaps() -> None:
    """Outage with gaps of nothing: ten pieces are ten outages and one loss per pod."""
    pieces: list[Event] = [(H + n * 120.0, 120.0, 0.0) for n in range(10)]
    plant = run(site(), pieces)
    assert plant.counters[OUTAGE] == 10
    assert plant.counters["pod_losses"] == 4


def brute(events: list[Event], t: float) -> float:
    return min((v for s, d, v in events if s <= t < s + d), default=1.0)


@pytest.mark.parametrize("seed", range(20))
def test_voltage_is_the_lowest_of_all_under_way(seed: int) -> None:
    chance = np.random.default_rng(seed)
    events: list[Event] = [
        (float(chance.integers(0, 40)), float(chance.integers(1, 12)),
         float(chance.choice([0.0, 0.05, 0.3, 0.7])))
        for _ in range(int(chance.integers(1, 12)))
    ]  # fmt: skip
    times, volts, ids = voltage_changes(timeline(events), 1e9)
    assert sorted(ids[ids >= 0].tolist()) == list(range(len(events)))
    assert np.all(np.diff(times) >= 0.0)
    for t in np.arange(-0.5, 60.0, 0.5):
        n = int(np.searchsorted(times, t, side="right")) - 1
        assert (volts[n] if n >= 0 else 1.0) == brute(events, float(t))
