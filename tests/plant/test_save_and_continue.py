"""A plant saved at any instant and continued in a fresh process goes on bit for bit."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.plant.continue_saved import fingerprint
from tests.plant.small_plants import plant_of, site
from twin.errors import InputError, SimulationError
from twin.plant.machine import Plant
from twin.plant.saving import restore, save
from twin.scenario import Scenario

HELPER = Path(__file__).with_name("continue_saved.py")
STOPS = 60
HARD_TIMES = [
    "horizon_years=1.2", "grid.sags.rate_per_year=200", "grid.outages.rate_per_year=40",
    "diesel.failure_to_start=0.2", "diesel.mttf_h=5", "diesel.crank_miss=0.3", "diesel.tank_h=3",
    "bus.pod.fault_per_year=3", "bus.site.fault_per_year=1", "cooling.autonomy_s=400",
    "load.node_faults={kind=\"poisson\", rate_per_1000_node_days=200}",
]  # fmt: skip
WEAK = "{{ fault_per_year = {}, repair_h = {} }}"
HARD_TIMES += [
    "path={feeders=2, independent_share=0.5, feeds=2, transfer_failure=0.2, feeder_km=50.0, "
    "feed_transfer_failure=0.3, hv_transformers=1, maintenance_per_year=2.0, "
    f"mv_transformer={WEAK.format(9.0, 40.0)}, feed_switch={WEAK.format(1.0, 5.0)}, "
    f"rack_breaker={WEAK.format(2.0, 8.0)}, hv_transformer={WEAK.format(1.0, 9.0)}}}",
    "architectures.centralized.storage.string_fault_per_year=6",
    "architectures.centralized.storage.bypass_fault_per_year=5",
    "architectures.centralized.storage.module_mtbf_h=400",
    "architectures.centralized.storage.common_cause=0.2",
    "architectures.centralized.storage.maintenance_per_year=6",
    "bulkhead={bus=0.4, storage=0.3, fire=0.2, short_circuit=0.5, common_cause=0.3, "
    "short_circuit_share_storage=0.5, breaker_failure=0.2, hall_compartments=2, "
    "fire_extinguished=0.1, ems_fault_per_year=20.0}",
    "architectures.distributed.storage.fire_per_mwh_year=0.5",
    "architectures.distributed.storage.pcs_fault_per_year=5",
    "architectures.distributed.storage.bms_fault_per_year=5",
]
ARCHITECTURES = ("centralized", "distributed")


@pytest.fixture(scope="module")
def scenario() -> Any:
    return Scenario.load("tiny", sets=HARD_TIMES)


def moments(plant: Plant) -> list[float]:
    """Return 30 instants: exactly at events (ties), between cascades, in quiet stretches."""
    chance = random.Random(2)
    log = plant.log

    def at(*words: str) -> list[float]:
        return [t for t, _, e, _ in log if any(e.startswith(w) for w in words)]

    chosen: list[float] = []
    for words, offset, n in (
        (("call",), 5.0, 2),  # cranking
        (("source",), 0.0, 2),  # in the instant of the change
        (("source",), 40.0, 2),  # in the outage
        (("powered", "job restarts"), 0.0, 2),
        (("powered",), 300.0, 2),  # booting
        (("voltage",), 0.02, 3),  # in a sag
        (("voltage",), 0.0, 3),
        (("watch", "job saves"), 1.0, 2),
        (("fault", "repaired"), 0.0, 2),
        (("job interrupted",), 100.0, 2),
        (("on bypass", "string fault", "transfer failed"), 30.0, 3),
        (("maintenance begins",), -30.0, 1),
        (("maintenance begins",), 30.0, 1),
        (("fire", "goes dark", "short circuit"), 60.0, 3),
    ):
        times = at(*words)
        chosen += [chance.choice(times) + offset for _ in range(n if times else 0)]
    while len(chosen) < STOPS // 2:
        chosen.append(chance.uniform(0.0, plant.horizon_s * 0.999))
    return chosen


def initial(plant: Plant) -> np.ndarray:
    return plant.arrays.state["stored_j"].copy()


@pytest.fixture(scope="module")
def continued(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return (stop, what an uninterrupted run shows, what the continued run shows)."""
    cases, stops, expected = [], [], []
    for name in ARCHITECTURES:
        whole = plant_of(scenario, architecture=name)
        start_j = initial(whole)
        whole.run()
        truth = fingerprint(whole, scenario, name, start_j)
        for stop in moments(whole):
            plant = plant_of(scenario, architecture=name)
            plant.run(stop)
            saved = save(plant, scenario, name, 1, 0)
            cases.append({"scenario": "s", "saved": saved, "initial_j": start_j.tolist()})
            stops.append((name, stop))
            expected.append(truth)
    folder = tmp_path_factory.mktemp("saved")
    source, target = folder / "in.json", folder / "out.json"
    body = {"scenarios": {"s": scenario.to_dict()}, "cases": cases}
    source.write_text(json.dumps(body, allow_nan=False))
    subprocess.run([sys.executable, str(HELPER), str(source), str(target)], check=True)
    return list(zip(stops, expected, json.loads(target.read_text()), strict=True))


def test_sixty_instants_were_tried_and_something_happened(continued: Any) -> None:
    assert len(continued) == STOPS
    words = {line[2] for _, truth, _ in continued for line in truth["log"]}
    assert {"call", "on the bus", "failure to start", "lost", "powered", "fault"} <= words
    assert {"on bypass", "string fault found", "string back", "bypass fault", "common fault",
            "transfer failed", "maintenance begins"} <= words  # fmt: skip


@pytest.mark.parametrize("what", ["log", "row", "arrays", "counters", "losses", "sim_events"])
def test_continued_equals_uninterrupted(continued: Any, what: str) -> None:
    for stop, truth, got in continued:
        mine, theirs = got[what], truth[what]
        if isinstance(mine, dict):
            wrong = [k for k in theirs if mine.get(k) != theirs[k]]
            assert wrong == [], (stop, wrong)
        assert mine == theirs, stop


def test_saving_twice_on_the_way_changes_nothing(scenario: Scenario) -> None:
    name = "distributed"
    whole = plant_of(scenario, architecture=name)
    whole.run()
    plant = plant_of(scenario, architecture=name)
    for stop in (3e6, 3e6 + 1.0, 2e7):
        plant.run(stop)
        text = json.dumps(save(plant, scenario, name, 1, 0), allow_nan=False)
        plant = restore(json.loads(text), scenario, tracing=True)
    plant.run()
    assert plant.log == whole.log
    assert plant.arrays.account.tobytes() == whole.arrays.account.tobytes()


def test_a_plant_with_an_ordinary_process_cannot_be_saved(scenario: Scenario) -> None:
    plant = plant_of(scenario, architecture="distributed")
    plant.observe([10.0], lambda: None)
    plant.run(20.0)
    with pytest.raises(SimulationError, match="cannot be saved"):
        save(plant, scenario, "distributed", 1, 0)


def test_a_plant_saved_under_another_scenario_is_refused(scenario: Scenario) -> None:
    plant = plant_of(scenario, architecture="distributed")
    plant.run(1e5)
    data = save(plant, scenario, "distributed", 1, 0)
    other = Scenario.load("tiny")
    with pytest.raises(InputError, match=scenario.digest):
        restore(data, other)
    with pytest.raises(InputError, match="version"):
        restore(data | {"version": 0}, scenario)


def test_something_due_now_cannot_be_saved() -> None:
    case = site(hours=2.0)
    plant = plant_of(case, [(600.0, 300.0, 0.0)])
    with pytest.raises(SimulationError, match="due"):
        save(plant, case, "case", 1, 0)  # the devices have not begun to wait
    plant.run(700.0)
    save(plant, case, "case", 1, 0)
    plant.signal("source")
    with pytest.raises(SimulationError, match="due"):
        save(plant, case, "case", 1, 0)
