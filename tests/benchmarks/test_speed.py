"""Costs as ratios measured in one run; nothing is asserted. Run with ``-m benchmark -s``.

Counting: a *physical state change* is a line of the event log (a voltage, a source, a set, a pod, a
job, the chillers, a fault change state) or a breaker that opens or closes; lines that only sum up what
breakers do are left out. *SimPy events* are wake-ups
of devices. CPU of the product is that of one replication in one architecture after compilation,
without building the exogenous timeline; the slow twin's is that of one architecture.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.reference.slow_twin import SlowTwin
from tests.reference.world import World
from twin.contracts.timeline import ProfileContext
from twin.plant.build import build, disturbances
from twin.scenario import Scenario

pytestmark = pytest.mark.benchmark
ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ("tiny", "sea-8000", "wanka-10000")
YEAR_S, DAY_S = 31_536_000.0, 86_400.0


def show(title: str, rows: list[tuple[Any, ...]], head: tuple[str, ...]) -> None:
    """Print a Markdown table."""
    lines = ["", f"### {title}", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(f"{x:.4g}" if isinstance(x, float) else str(x) for x in row) + " |"
              for row in rows]  # fmt: skip
    print("\n".join(lines))  # noqa: T201


def product(name: str, architecture: str, replication: int = 1) -> dict[str, float]:
    """Return CPU, s, and counts of one replication (the second one run: nothing left to compile)."""
    scenario = Scenario.load(name)
    for n in (0, replication):
        ctx = ProfileContext(1, n, scenario.start_year, scenario.horizon_s)
        events = disturbances(scenario, ctx)
        start = time.process_time()
        plant: Any = build(scenario, architecture, ctx, events)
        built = time.process_time()
        plant.run()
        end = time.process_time()
    counted = build(scenario, architecture, ctx, events, tracing=True)
    counted.run()
    protection: Any = counted.devices["protection"]
    closings = protection.transfers
    told = sum(event in ("takes over", "returns") for _, _, event, _ in counted.log)
    changes = len(counted.log) - told + 2 * closings
    return {"build": built - start, "run": end - built, "events": float(plant.sim_events),
            "changes": float(changes), "years": scenario.horizon_years}  # fmt: skip


def slow_year_s(name: str, architecture: str) -> float:
    """Return the CPU of the slow twin per site-year, from a day of healthy grid."""
    scenario = Scenario.load(name, sets=[f"horizon_years={1 / 365}"])
    twin = SlowTwin(scenario, architecture, World())
    start = time.process_time()
    twin.run()
    return (time.process_time() - start) * YEAR_S / DAY_S


def test_cpu_against_the_slow_twin() -> None:
    rows: list[tuple[Any, ...]] = []
    for name in SCENARIOS:
        for architecture in Scenario.load(name).default_architectures:
            p, slow = product(name, architecture), slow_year_s(name, architecture)
            each = (p["build"] + p["run"]) / p["years"]
            rows.append((name, architecture, p["build"], p["run"], slow, slow / each,
                         p["events"] / p["changes"]))  # fmt: skip
    show("CPU of a replication", rows, ("scenario", "architecture", "build, s", "run, s",
         "slow twin, s per site-year", "ratio per site-year", "SimPy events per change"))  # fmt: skip


def test_share_of_pv() -> None:
    from profiles.photovoltaic import PvYield

    rows: list[tuple[Any, ...]] = []
    for name in SCENARIOS:
        scenario = Scenario.load(name)
        architecture = scenario.default_architectures[0]
        pv: Any = scenario.architectures[architecture].tables["pv"]
        made = PvYield(scenario.site, pv.tilt_deg, pv.azimuth_deg, pv.dc_ac_ratio,
                       pv.losses_percent, pv.temp_coefficient_per_k)  # fmt: skip
        whole = product(name, architecture)
        years = round(scenario.horizon_years)
        for n in (10, 11):  # the first one fills what all replications share
            ctx = ProfileContext(1, n, scenario.start_year, scenario.horizon_s)
            start = time.process_time()
            for year in range(years):
                made.year(ctx, year)
            cpu = time.process_time() - start
        rows.append((name, cpu, whole["build"] + whole["run"],
                     100.0 * cpu / (whole["build"] + whole["run"])))  # fmt: skip
    show("PV", rows, ("scenario", "PV of a replication, s", "replication, s", "share, %"))


RUN = """
import resource, sys
from twin.contracts.timeline import ProfileContext
from twin.plant.build import build, disturbances
from twin.scenario import Scenario
s = Scenario.load(sys.argv[1], sets=[f"horizon_years={sys.argv[2]}"])
c = ProfileContext(1, 0, s.start_year, s.horizon_s)
build(s, s.default_architectures[0], c, disturbances(s, c)).run()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_horizon() -> None:
    rows: list[tuple[Any, ...]] = []
    for name in SCENARIOS:
        used = []
        for years in (10, 20):
            done = subprocess.run([sys.executable, "-c", RUN, name, str(years)], cwd=ROOT,
                                  capture_output=True, text=True, check=True)  # fmt: skip
            used.append(int(done.stdout) / 1024.0)
        rows.append((name, used[0], used[1], used[1] / used[0]))
    show("Peak memory", rows, ("scenario", "10 years, MiB", "20 years, MiB", "ratio"))
