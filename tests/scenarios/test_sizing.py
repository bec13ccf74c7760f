"""The shipped scenarios have the sizes that the rules give, and the rules say what they claim."""

from __future__ import annotations

from typing import Any

import pytest

from experiments import sizing
from twin.plant import loads
from twin.scenario import Scenario, describe, shipped

NAMES = [name for name, _ in shipped() if Scenario.load(name).load.has_jobs]


def value(scenario: Scenario, key: str) -> Any:
    """Return the value at a dotted key as the file gives it."""
    return next(row.value for row in describe(scenario) if row.key == key)


@pytest.mark.parametrize("name", NAMES)
def test_the_files_have_the_sizes_of_the_rules(name: str) -> None:
    scenario = Scenario.load(name)
    rules = sizing.sizes(scenario)
    assert {key: value(scenario, key) for key in rules} == pytest.approx(rules)


@pytest.mark.parametrize("name", NAMES)
def test_every_size_is_marked_as_following_a_rule(name: str) -> None:
    scenario = Scenario.load(name)
    sources = {row.key: row.source for row in describe(scenario)}
    assert {k for k in sizing.sizes(scenario) if not sources[k].startswith("rule: ")} == set()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_rules_follow_a_change_of_the_load(name: str) -> None:
    small = Scenario.load(name)
    big = Scenario.load(name, ["load.node_training_kw=12", "load.gpu_tdp_kw=1.2"])
    before, after = sizing.sizes(small), sizing.sizes(big)
    grown = {key for key in before if after[key] > before[key]}
    assert "architectures.distributed.storage.energy_kwh" in grown
    assert {"grid.contracted_kw", "load.core_kw", "diesel.sets"} <= grown


def test_blocks_modules_and_sets_by_hand() -> None:
    assert sizing.blocks(2500.0) == 1
    assert sizing.blocks(2500.1) == 2
    assert sizing.modules(2000.0, 500.0) == 5  # four carry it, one is redundant
    assert sizing.modules(2000.1, 500.0) == 6
    assert sizing.diesel_sets(10_500.0, 2500.0) == 6


def test_five_minutes_at_the_end_of_life_by_hand() -> None:
    # 2,171 kW of cells for 5 min are 180.9 kWh; the window is 0.95, health 0.7: 272.1 kWh
    assert sizing.energy_kwh(2171.0, 5.0 / 60.0, 0.95, 0.7) == 280.0


def test_two_hours_at_the_end_of_life_by_hand() -> None:
    # 272.3 kW of cells for 2 h are 544.6 kWh; 0.85 of it is usable, health 0.7: 915.3 kWh
    assert sizing.energy_kwh(272.3, 2.0, 0.85, 0.7) == 920.0
    # sized for new cells the same pod would have "about 650 kWh"
    assert sizing.energy_kwh(272.3, 2.0, 0.85, 1.0) == 650.0


def test_a_pods_load_by_hand() -> None:
    """241.28 kW of IT, behind supplies and busway at 80 % of their rating, plus 2 % pumps."""
    scenario = Scenario.load("tiny")
    design = scenario.architectures["distributed"]
    laid = loads.laid_out(scenario, design)
    pod = next(b for b in laid.buses if b.name == "pod-000")
    it, rated = 241.28, 241.28 * 1.25
    supplies = it + 0.0075 * rated + 0.008 * it + 0.0205 * it**2 / rated
    busway = supplies + 0.0156 * supplies**2 / rated
    assert loads.pod_bus_w(pod, 0.02) / 1e3 == pytest.approx(busway + 0.02 * it)
    assert busway + 0.02 * it == pytest.approx(257.47, abs=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_no_block_is_larger_than_the_limit(name: str) -> None:
    scenario = Scenario.load(name)
    design = scenario.architectures["centralized"]
    storage: Any = design.tables["storage"]
    carried_kw = (storage.modules - 1) * storage.power_kw
    laid = loads.laid_out(scenario, design)
    bus_loads = loads.bus_loads_w(laid, 0.02)
    for bus, load_w in zip(laid.buses, bus_loads, strict=True):
        if bus.level == "block":
            assert load_w / 1e3 * sizing.PEAK_FACTOR <= min(carried_kw, sizing.BLOCK_LIMIT_KW)
