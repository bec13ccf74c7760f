"""V9: one job on one host that fails once, with and without checkpoints. Exact."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from experiments.validation.plants import Table, outage, scenario, simulate, total
from experiments.validation.suite import Measured, Suite
from twin.contracts.layout import Flow

IDLE_W, TASK_W = 100.0, 150.0
TASK_S, FAULT_S, DOWN_S = 600.0, 300.0, 300.0
LONG_S = 7200.0
NO_CHECKPOINT_MIN = 1e6


@dataclass(frozen=True)
class Story:
    """What happens to the job, its time until done, s, and the host's energy until then, J."""

    fails: bool
    checkpoint_min: float
    duration_s: float
    energy_j: float
    without_power: bool = False


STORIES = {
    "no-failure": Story(False, NO_CHECKPOINT_MIN, 600.0, 90_000.0),
    "no-checkpoint": Story(True, NO_CHECKPOINT_MIN, 1200.0, 165_000.0),
    "checkpoint-each-minute": Story(True, 1.0, 965.0, 129_750.0),
    "power-lost": Story(True, NO_CHECKPOINT_MIN, 1200.0, 135_000.0, without_power=True),
}
"""The last one is ours: a host without power draws nothing while it is down."""


def _load(story: Story) -> Table:
    faults: Table = {"kind": "none"}
    if story.fails and not story.without_power:
        event = {"time_s": FAULT_S, "pod": 0, "node": 0, "detect_s": 0.0, "down_s": DOWN_S}
        faults = {"kind": "script", "events": [event]}
    job = {"name": "task", "gpus": 1, "work_h": TASK_S / 3600.0,
           "checkpoint_interval_min": story.checkpoint_min, "checkpoint_stall_s": 1.0}  # fmt: skip
    return {
        "kind": "jobs", "pods": 1, "gpus_per_pod": 1, "nodes_per_pod": 1,
        "node_training_kw": TASK_W / 1e3, "node_idle_kw": IDLE_W / 1e3,
        "node_hung_kw": IDLE_W / 1e3, "node_faults": faults, "detect_power_s": 0.0,
        "restart_base_s": 0.0, "restart_per_doubling_s": 0.0, "restart_least_s": 0.0,
        "boot_s": 0.0, "campaigns": [{"name": "once", "days": 1.0, "jobs": [job]}],
    }  # fmt: skip


@lru_cache
def run_story(story: Story) -> tuple[float, float]:
    """Return when the job is done, s, and the IT energy until then, J."""
    away = outage(FAULT_S, DOWN_S) if story.without_power else None
    long = simulate(scenario("task", _load(story), LONG_S, away))
    done_s = float(long.arrays.job_state["active_s"][0])
    until_done = simulate(scenario("task", _load(story), done_s, away))
    return done_s, total(until_done, Flow.IT)


def _measure(name: str) -> Measured:
    _, story, what = name.split("/")
    done_s, energy_j = run_story(STORIES[story])
    return Measured(done_s if what == "duration-s" else energy_j)


V9 = Suite(
    "V9",
    "OpenDC, FailuresAndCheckpointingTest, checked by hand",
    {
        f"V9/{name}/{what}": value
        for name, story in STORIES.items()
        for what, value in (("duration-s", story.duration_s), ("energy-j", story.energy_j))
    },
    _measure,
)
