"""Watching one replication closely: the event log, and the plant's quantities second by second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.contracts.calendar import HOUR_S, timestamp
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
        import_w, diesel_w, pv_w (used), pv_available_w, it_w, cooling_w, storage_w,
        price_usd_per_kwh, pods_powered, jobs_running, soc_min, soc_mean, soc_max.
    """

    events: pd.DataFrame
    series: pd.DataFrame


def trace_replication(
    scenario: Scenario,
    seed: int,
    replication: int,
    architecture: str,
    around_s: tuple[float, float] | None = None,
    every_s: float | None = None,
) -> Trace:
    """Run one replication again and write down what happens.

    Parameters
    ----------
    around_s
        (from, to): the stretch for which quantities are sampled; left out, only events are logged.
        Sampling does not change the physics beyond rounding.
    every_s
        Sample evenly instead, in the middle of each such span of the stretch, and stop at its end:
        for series over days. Left out, samples are dense and the replication runs to its horizon.
    """
    import pandas as pd

    ctx = ProfileContext(seed, replication, scenario.start_year, scenario.horizon_s)
    world = Exogenous(scenario, ctx)
    plant = build(scenario, architecture, ctx, world.disturbances, tracing=True, world=world)
    samples: list[dict[str, float]] = []
    end_s = None
    if around_s is not None:
        times = _dense(plant, around_s) if every_s is None else _even(plant, around_s, every_s)
        plant.observe(times, lambda: samples.append(_quantities(plant)))
        end_s = None if every_s is None else min(around_s[1], plant.horizon_s)
    plant.run(end_s)
    events = pd.DataFrame(plant.log, columns=["time_s", "source", "event", "detail"])
    stamps = [timestamp(scenario.start_year, t) for t in events["time_s"]]
    events.insert(1, "timestamp", stamps)
    events.insert(2, "architecture", architecture)
    return Trace(events, pd.DataFrame(samples))


def _dense(plant: Plant, around_s: tuple[float, float]) -> list[float]:
    """Return sampling times through a stretch: by the second at first, then more thinly."""
    start, end = max(0.0, around_s[0]), min(around_s[1], plant.horizon_s)
    fine = np.arange(start, min(end, start + FINE_S), 1.0)
    grid = np.concatenate([fine, np.linspace(start, end, MOST_SAMPLES)])
    return sorted({*grid.tolist(), end})


def _even(plant: Plant, around_s: tuple[float, float], every_s: float) -> list[float]:
    """Return the middles of equal spans of a stretch."""
    end = min(around_s[1], plant.horizon_s)
    times: list[float] = np.arange(max(0.0, around_s[0]) + every_s / 2.0, end, every_s).tolist()
    return times


def _quantities(plant: Plant) -> dict[str, float]:
    k = plant.arrays
    flow = k.flow[0]
    utility: Any = plant.device("utility")
    rows = np.flatnonzero(k.row["has_storage"])
    soc = np.array([_soc(plant, int(i)) for i in rows]) if len(rows) else np.array([np.nan])
    of_year = plant.now - float(k.now[0]["year_t"])
    slot, hour = (min(int(of_year / step), n - 1) for step, n in ((1800.0, 17520), (HOUR_S, 8760)))
    return {
        "time_s": plant.now,
        "voltage_pu": utility.state.voltage_pu,
        "import_w": float(flow["import_w"]),
        "diesel_w": float(flow["diesel_w"]),
        "pv_w": float(flow["pv_used_w"]),
        "pv_available_w": float(k.pv[hour] * k.site[0]["pv_peak_w"]),
        "price_usd_per_kwh": float(k.price[k.period[slot]]),
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
