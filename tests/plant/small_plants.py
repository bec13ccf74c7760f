"""Small sites in which only what a test scripts happens, and how to run them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from twin import ledger
from twin.contracts.calendar import HOUR_S, YEAR_S
from twin.contracts.layout import Flow
from twin.contracts.timeline import Disturbances
from twin.plant import context
from twin.plant.build import build
from twin.plant.exogenous import Exogenous
from twin.plant.machine import Plant
from twin.scenario import Scenario

Table = dict[str, Any]
Event = tuple[float, float, float]
"""A disturbance: start, s; duration, s; residual voltage, pu."""

NO_FAULTS: Table = {
    level: {"fault_per_year": 0.0} for level in ("site", "block", "pod")
}
SURE_STORE: Table = {
    "kind": "bess", "level": "pod", "energy_kwh": 200.0, "power_kw": 150.0, "trades": False,
    "reserve": 0.1, "switch_failure": 0.0, "takeover_failure": 0.0, "fire_per_mwh_year": 0.0,
    "pcs_fault_per_year": 0.0, "rack_fault_per_year": 0.0, "bms_fault_per_year": 0.0,
    "maintenance_per_year": 0.0, "latent_share": 0.0, "early_life_factor": 1.0,
}  # fmt: skip
"""A battery per pod that never fails, with the losses of the defaults."""
SURE_UPS: Table = {
    "kind": "ups", "level": "block", "energy_kwh": 60.0, "power_kw": 250.0, "modules": 3,
    "switch_failure": 0.0, "takeover_failure": 0.0, "fire_per_mwh_year": 0.0,
    "module_mtbf_h": 1e9, "shared_fault_per_year": 0.0,
}  # fmt: skip
SURE_DIESEL: Table = {
    "sets": 2, "set_kw": 400.0, "availability": 1.0, "failure_to_start": 0.0, "crank_miss": 0.0,
    "start_sigma": 0.0, "mttf_h": 1e9,
}  # fmt: skip
"""Sets that always start, after exactly 3 + 9 s, and never fail."""


def site(
    *,
    hours: float = 24.0,
    load: Table | None = None,
    compartments: int = 2,
    name: str = "case",
    contracted_kw: float = 1e5,
    grid: Table | None = None,
    **plant: Any,
) -> Scenario:
    """Return a scenario of one architecture on a perfect grid; tables given replace the plain ones."""
    body: Table = {
        "name": name,
        "horizon_years": hours * HOUR_S / YEAR_S,
        "grid": {"contracted_kw": contracted_kw, "sags": {"kind": "none"},
                 "outages": {"kind": "none"}} | (grid or {}),
        "load": load or {"kind": "constant", "pods": 4, "pod_kw": 100.0},
        "tariff": {"kind": "flat", "price_per_kwh": 0.1},
        "bus": NO_FAULTS,
        "bulkhead": {"kind": "none"},
        "policy": {"kind": "ladder"},
        "architectures": {"case": {"compartments": compartments}},
    }  # fmt: skip
    return Scenario.from_dict(body | copy.deepcopy(plant))


def jobs(pods: int = 4, **more: Any) -> Table:
    """Return a load of training jobs: one on all pods but the last, one on the last."""
    big = {"name": "big", "gpus": 256 * max(1, pods - 1)}
    small = [{"name": "small", "gpus": 256}] if pods > 1 else []
    campaign = {"name": "mix", "days": 30, "jobs": [big, *small]}
    plain: Table = {"kind": "jobs", "pods": pods, "campaigns": [campaign],
                    "node_faults": {"kind": "none"}}  # fmt: skip
    return plain | more


def timeline(events: Iterable[Event]) -> Disturbances:
    """Return scripted disturbances, sorted by start."""
    rows = sorted(events, key=lambda e: e[0])
    start, duration, volts = (np.array([r[n] for r in rows], dtype=float) for n in range(3))
    return Disturbances(start, duration, volts)


def plant_of(
    scenario: Scenario, events: Iterable[Event] | None = None, *, replication: int = 0, seed: int = 1,
    architecture: str | None = None, **more: Any,
) -> Plant:  # fmt: skip
    """Return a traced plant at time zero; `events` replace the scenario's own disturbances."""
    world = Exogenous(scenario, context(scenario, seed, replication))
    happens = world.disturbances if events is None else timeline(events)
    name = architecture or next(iter(scenario.architectures))
    return build(scenario, name, world.ctx, happens, world=world, **({"tracing": True} | more))


def run(scenario: Scenario, events: Iterable[Event] | None = None, **more: Any) -> Plant:
    """Return the plant of a case after its horizon, its books closed."""
    plant = plant_of(scenario, events, **more)
    initial_j = plant.arrays.state["stored_j"].copy()
    plant.run()
    ledger.close(plant.arrays, initial_j, plant.tree.names)
    return plant


def total(plant: Plant, flow: Flow) -> float:
    """Return a column of the account over all years, J (or as its name says)."""
    return float(plant.arrays.account[:, flow].sum())


def kwh(plant: Plant, flow: Flow) -> float:
    """Return a column of the energy account, kWh."""
    return total(plant, flow) / 3.6e6


def heard(plant: Plant, event: str, source: str = "") -> list[float]:
    """Return the times at which an event (of a source) was logged, s."""
    return [t for t, s, e, _ in plant.log if e == event and s.startswith(source)]


def story(plant: Plant) -> Mapping[float, list[str]]:
    """Return what was logged, by time; for the message of a failed assertion."""
    lines: dict[float, list[str]] = {}
    for t, s, e, d in plant.log:
        lines.setdefault(t, []).append(f"{s}: {e} {d}")
    return lines
