"""Watching one replication closely: the event log, and the plant's quantities second by second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.contracts.calendar import timestamp
from twin.contracts.layout import Phase
from twin.contracts.timeline import ProfileContext
from twin.plant.build import build
from twin.plant.exogenous import Exogenous
from twin.plant.machine import Plant
from twin.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

FINE_S = 600.0
MOST_SAMPLES = 2_000


@dataclass(frozen=True)
class Trace:
    """What happened in one replication.

    Attributes
    ----------
    events
        Columns time_s, timestamp, architecture, source, event, detail.
    series
        One row per instant at which something changed, or was sampled: time_s, voltage_pu,
        import_w, diesel_w, pv_w, it_w, cooling_w, storage_w, pods_powered, jobs_running,
        soc_min, soc_mean, soc_max.
    """

    events: pd.DataFrame
    series: pd.DataFrame


def trace_replication(
    scenario: Scenario,
    seed: int,
    replication: int,
    architecture: str,
    around_s: tuple[float, float] | None = None,
) -> Trace:
    """Run one replication again and write down what happens.

    Parameters
    ----------
    around_s
        (from, to): the stretch for which quantities are sampled; left out, only events are logged.
        Sampling does not change the physics beyond rounding.
    """
    import pandas as pd

    ctx = ProfileContext(seed, replication, scenario.start_year, scenario.horizon_s)
    world = Exogenous(scenario, ctx)
    plant = build(scenario, architecture, ctx, world.disturbances, tracing=True, world=world)
    samples: list[dict[str, float]] = []
    if around_s is not None:
        _sample(plant, around_s, samples)
    plant.run()
    events = pd.DataFrame(plant.log, columns=["time_s", "source", "event", "detail"])
    stamps = [timestamp(scenario.start_year, t) for t in events["time_s"]]
    events.insert(1, "timestamp", stamps)
    events.insert(2, "architecture", architecture)
    return Trace(events, pd.DataFrame(samples))


def _sample(plant: Plant, around_s: tuple[float, float], samples: list[dict[str, float]]) -> None:
    """Note the plant's quantities through the stretch: by the second at first, then more thinly."""
    start, end = max(0.0, around_s[0]), min(around_s[1], plant.horizon_s)
    fine = np.arange(start, min(end, start + FINE_S), 1.0)
    grid = np.concatenate([fine, np.linspace(start, end, MOST_SAMPLES)])
    plant.observe(sorted({*grid.tolist(), end}), lambda: samples.append(_quantities(plant)))


def _quantities(plant: Plant) -> dict[str, float]:
    k = plant.arrays
    flow = k.flow[0]
    utility: Any = plant.device("utility")
    rows = np.flatnonzero(k.row["has_storage"])
    soc = np.array([_soc(plant, int(i)) for i in rows]) if len(rows) else np.array([np.nan])
    return {
        "time_s": plant.now,
        "voltage_pu": utility.state.voltage_pu,
        "import_w": float(flow["import_w"]),
        "diesel_w": float(flow["diesel_w"]),
        "pv_w": float(flow["pv_used_w"]),
        "it_w": float(flow["it_w"]),
        "cooling_w": float(flow["cooling_w"]),
        "storage_w": float((k.rate["discharge_w"] - k.rate["charge_w"]).sum()),
        "pods_powered": float((k.inp["powered"] * k.inp["is_pod"]).sum()),
        "jobs_running": float(np.sum(k.job_state["phase"] == Phase.RUN)),
        "soc_min": float(soc.min()),
        "soc_mean": float(soc.mean()),
        "soc_max": float(soc.max()),
    }


def _soc(plant: Plant, row: int) -> float:
    p, s = plant.arrays.row[row], plant.arrays.state[row]
    return float(p["soc_low"] + plant.stored_j(row) / (p["nameplate_j"] * s["soh"]))
