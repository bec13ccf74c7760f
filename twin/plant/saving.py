"""Save a plant to JSON at any instant, restore it in a fresh process, continue bit for bit.

What is saved: the time, every device's state, the pass's inputs and state, the counters. What is not:
parameters (the scenario has them), profiles (made again from the seed), scratch, timers and signals
(they follow from the states). Saving never settles, because cutting an interval would change the
rounding; the storages and jobs that are integrated lazily are saved as they stand.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from twin.errors import InputError, SimulationError
from twin.plant.build import build
from twin.plant.exogenous import Exogenous
from twin.plant.losses import LossFact
from twin.plant.machine import Plant
from twin.scenario import Scenario

VERSION = 3
SAVED = (
    "inp",
    "state",
    "site",
    "now",
    "flow",
    "rate",
    "limit_s",
    "job_state",
    "segment_s",
    "segment_cause",
    "pod_job",
    "pod_gpus",
    "pod_nodes",
    "snapshot_useful",
    "account",
    "stage_w",
    "stage_loss",
    "period_energy",
    "month_peak",
    "lost",
    "tie",
)
"""Arrays that change. Rates are scratch, but the pass goes on with those of the open interval."""


def save(
    plant: Plant, scenario: Scenario, architecture: str, seed: int, replication: int
) -> dict[str, Any]:
    """Return a plant as plain data for ``json.dumps``.

    Raises
    ------
    SimulationError
        Something is still due at this instant, or an ordinary SimPy process is running.
    """
    if not plant.savable:
        raise SimulationError(
            "this plant cannot be saved: a component is an ordinary SimPy process, whose local "
            "variables nobody can write down"
        )
    if plant.env.ahead() <= plant.env.now:
        raise SimulationError(f"something is still due at t={plant.now} s; run to an instant first")
    k = plant.arrays
    return {
        "version": VERSION,
        "digest": scenario.digest,
        "architecture": architecture,
        "seed": seed,
        "replication": replication,
        "now_s": plant.now,
        "ticket": plant.ticket,
        "sim_events": plant.sim_events,
        "devices": {name: _plain(asdict(d.state)) for name, d in plant.devices.items()},
        "arrays": {name: _dump(getattr(k, name)) for name in SAVED},
        "watches": _plain(plant.watches.to_plain()),
        "counters": dict(plant.counters),
        "losses": [fact.to_plain() for fact in plant.losses],
        "powered": [list(line) for line in plant.powered],
        "asset_losses": [list(x) for x in plant.asset_losses],
        "log": [list(line) for line in plant.log],
    }


def restore(
    data: dict[str, Any],
    scenario: Scenario,
    *,
    tracing: bool = False,
    snapshots_s: np.ndarray | None = None,
) -> Plant:
    """Return the plant that was saved, ready to run on.

    Raises
    ------
    InputError
        The data belong to another version or scenario.
    """
    if data.get("version") != VERSION or data.get("digest") != scenario.digest:
        raise InputError(
            f"saved plant: version {data.get('version')} of scenario {data.get('digest')}, "
            f"expected version {VERSION} of {scenario.digest}"
        )
    from twin.plant import context

    world = Exogenous(scenario, context(scenario, data["seed"], data["replication"]))
    plant = build(
        scenario,
        data["architecture"],
        world.ctx,
        world.disturbances,
        tracing=tracing,
        snapshots_s=snapshots_s,
        world=world,
        begin=False,
    )
    year = int(_load_field(data["arrays"]["now"], "year"))
    if year:
        plant.devices["almanac"].turn_to(year)  # type: ignore[attr-defined]
    for name in SAVED:
        _restore(getattr(plant.arrays, name), data["arrays"][name])
    plant.watches.from_plain(_from_plain(data["watches"]))
    plant.counters.update(data["counters"])
    plant.losses.extend(LossFact.from_plain(line) for line in data["losses"])
    plant.powered.extend((float(t), int(pod)) for t, pod in data["powered"])
    plant.asset_losses.extend((a, b, c, d) for a, b, c, d in data["asset_losses"])
    plant.log.extend((float(t), str(a), str(b), str(c)) for t, a, b, c in data["log"])
    plant.sim_events = data["sim_events"]
    states = {name: _state(plant, name, body) for name, body in data["devices"].items()}
    plant.resume(float(data["now_s"]), int(data["ticket"]), states)
    return plant


def _state(plant: Plant, name: str, body: dict[str, Any]) -> Any:
    kind = type(plant.devices[name].state)
    values = {key: _from_plain(value) for key, value in body.items()}
    values["topics"] = tuple(values["topics"])
    return kind(**values)


def _plain(value: Any) -> Any:
    """Return a value with infinities as texts (JSON has none)."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if isinstance(value, np.generic):
        return _plain(value.item())
    return value


def _from_plain(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"float"}:
            return float(value["float"])
        return {k: _from_plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_from_plain(v) for v in value]
    return value


def _dump(array: np.ndarray) -> Any:
    if array.dtype.names:
        return {field: _plain(array[field].tolist()) for field in array.dtype.names}
    return _plain(array.tolist())


def _restore(array: np.ndarray, data: Any) -> None:
    if array.dtype.names:
        for field in array.dtype.names:
            array[field] = _from_plain(data[field])
    elif array.size:
        array[...] = np.array(_from_plain(data), dtype=array.dtype).reshape(array.shape)


def _load_field(data: dict[str, list[Any]], field: str) -> Any:
    return _from_plain(data[field])[0]


__all__ = ["restore", "save"]
