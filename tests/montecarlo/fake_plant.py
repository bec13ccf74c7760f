"""A stand-in for the plant: quick, lucky by the same streams, and breakable on demand.

Workers import it by name. What it should break is told by environment variables, because nothing
else reaches a worker: FAKE_LOG (a folder for files), FAKE_SLEEP_S, FAKE_DIE (a replication).
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.economics import CashFlow, year_ends
from twin.errors import ScenarioError
from twin.streams import generator

BAD = 3  # the replication that some fakes stumble over


@dataclass(frozen=True)
class FakeOutcome:
    architecture: str
    row: dict[str, float | int | None]
    cashflow: CashFlow
    asset_value: NDArray[np.float64]
    details: dict[str, list[list[Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class FakeTrace:
    events: pd.DataFrame
    series: pd.DataFrame


def outcome(seed: int, replication: int, architecture: str, years: float) -> FakeOutcome:
    """Return a made-up outcome; all but "centralized" cost more first and less later."""
    rng = generator(seed, replication, "fake")
    sags, losses, share = int(rng.poisson(5)), int(rng.poisson(1)), float(rng.random())
    other = architecture != "centralized"
    row: dict[str, float | int | None] = {
        "grid_sags_per_year": sags / years,
        "pod_losses_per_year": 0.0 if other else losses / years,
        "lost_gpu_hours_per_year": 100.0 * losses * (1.5 + share if other else 1.0),
        "interrupted_job_cost_usd_per_year": 1e6 * share * (0.5 if other else 1.0),
        "degradation_index_num": share,
        "degradation_index_den": 10.0,
        "goodput_num": 9.0 + share,
        "goodput_den": 10.0,
        "electricity_cost_usd_per_year": 5e6 + 1e5 * share,
        "lcos_usd_per_mwh_num": 150.0 + share if other else None,
        "lcos_usd_per_mwh_den": 1.0 if other else None,
        "tco_npv_usd": 5e7 + 1e6 * share - (2e6 if other else 0.0),
        "losses_busway_mwh_per_year": 7.0,
        "energy_residual": 1e-14 * share,
    }
    columns = year_ends(years).size
    capex, yearly = np.zeros(columns), np.zeros(columns)
    capex[0], yearly[1:] = (150.0, 10.0 + share) if other else (100.0, 30.0 + share)
    flow = CashFlow.of({"capex": capex, "energy": yearly}, years)
    return FakeOutcome(architecture, row, flow, np.linspace(50.0, 0.0, columns))


def replicate(
    scenario: Any, seed: int, replication: int, architectures: Sequence[str]
) -> list[FakeOutcome]:
    _note(replication)
    time.sleep(float(os.environ.get("FAKE_SLEEP_S", "0")))
    return [outcome(seed, replication, a, scenario.horizon_years) for a in architectures]


def echoes_sets(
    scenario: Any, seed: int, replication: int, architectures: Sequence[str]
) -> list[FakeOutcome]:
    """Return the number of diesel sets as total cost: which scenario has the worker simulated?"""
    made = replicate(scenario, seed, replication, architectures)
    for one in made:
        sets = scenario.architectures[one.architecture].tables["diesel"].sets
        one.row["tco_npv_usd"] = float(sets)
    return made


def fails_once_in_a_while(
    scenario: Any, seed: int, replication: int, architectures: Sequence[str]
) -> list[FakeOutcome]:
    """Fail for one architecture of one replication."""
    if replication == BAD and "distributed" in architectures:
        raise ArithmeticError("the distributed one broke")
    return replicate(scenario, seed, replication, architectures)


def finds_bad_input(
    scenario: Any, seed: int, replication: int, architectures: Sequence[str]
) -> list[FakeOutcome]:
    raise ScenarioError("policy: an architecture needs a policy")


def dies_once(
    scenario: Any, seed: int, replication: int, architectures: Sequence[str]
) -> list[FakeOutcome]:
    """Kill the own worker the first time."""
    died = Path(os.environ["FAKE_LOG"]) / "died"
    if replication == BAD and not died.exists():
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return replicate(scenario, seed, replication, architectures)


def dies_always(
    scenario: Any, seed: int, replication: int, architectures: Sequence[str]
) -> list[FakeOutcome]:
    """Kill the own worker every time."""
    if replication == BAD:
        os.kill(os.getpid(), signal.SIGKILL)
    return replicate(scenario, seed, replication, architectures)


def trace_replication(
    scenario: Any,
    seed: int,
    replication: int,
    architecture: str,
    around_s: tuple[float, float] | None = None,
    every_s: float | None = None,
) -> FakeTrace:
    """Return an outage at 100 h that takes both pods for half an hour."""
    at = 360_000.0
    log = [
        (at, "utility", "voltage", "0.000 pu"),
        (at, "utility", "source", "none"),
        (at + 5.0, "pod-000", "lost", "battery <empty>"),
        (at + 5.0, "pod-001", "lost", "battery <empty>"),
        (at + 5.0, "jobs", "job interrupted", "pretrain: 60 s of work lost"),
        (at + 1805.0, "utility", "voltage", "1.000 pu"),
        (at + 1805.0, "utility", "source", "grid"),
        (at + 1865.0, "pod-000", "powered", "boots for 900 s"),
        (at + 1875.0, "pod-001", "powered", "boots for 900 s"),
        (at + 2e6, "utility", "voltage", "0.700 pu"),
        (at + 2e6 + 0.1, "utility", "voltage", "1.000 pu"),
    ]
    events = pd.DataFrame(log, columns=["time_s", "source", "event", "detail"])
    events.insert(1, "timestamp", "2026-01-16 04:00:00.000")
    events.insert(2, "architecture", architecture)
    times = np.linspace(*(around_s or (0.0, 1.0)), 50)
    names = ["voltage_pu", "import_w", "diesel_w", "pv_w", "pv_available_w", "it_w", "cooling_w",
             "storage_w", "price_usd_per_kwh", "pods_powered", "jobs_running", "soc_min",
             "soc_mean", "soc_max"]  # fmt: skip
    series = pd.DataFrame({"time_s": times, **dict.fromkeys(names, 0.5)})
    return FakeTrace(events, series)


def warm_up(scenario: Any) -> None:
    """There is nothing to compile."""


def _note(replication: int) -> None:
    """Write down who simulated what."""
    folder = os.environ.get("FAKE_LOG")
    if folder:
        with (Path(folder) / "calls").open("a") as file:
            file.write(f"{os.getpid()} {replication}\n")
