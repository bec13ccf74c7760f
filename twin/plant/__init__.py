"""Builds and runs plants: `replicate` gives the results of one replication.

A replication's exogenous timeline (disturbances, weather, node faults) and its undisturbed world are
the same for all architectures.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin import ledger
from twin.contracts.kinds import parse_kind
from twin.contracts.timeline import ProfileContext
from twin.kernel import commands
from twin.plant.build import build, stage_kinds
from twin.plant.costs import settle_money
from twin.plant.exogenous import Exogenous
from twin.plant.outcome import Outcome, make_row
from twin.plant.probing import probes
from twin.plant.undisturbed import Windows, WindowWork, undisturbed_work, windows
from twin.plant.watching import Trace, trace_replication
from twin.scenario import Scenario
from twin.streams import name_keys

__all__ = ["Outcome", "Trace", "context", "replicate", "trace_replication", "warm_up"]

DISTURBANCES = ("sags", "momentaries", "outages")


def context(scenario: Scenario, seed: int, replication: int) -> ProfileContext:
    """Return what profiles may know of a replication."""
    return ProfileContext(seed, replication, scenario.start_year, scenario.horizon_s)


def replicate(
    scenario: Scenario, seed: int, replication: int, architectures: Sequence[str]
) -> list[Outcome]:
    """Simulate all architectures on the same replication.

    Returns
    -------
    list of Outcome
        One per architecture, in the order given. A row depends on the scenario, the seed and the
        replication alone.
    """
    world = Exogenous(scenario, context(scenario, seed, replication))
    seen = windows(world.disturbances, scenario.horizon_s)
    ideal = undisturbed_work(world, seen.edges_s)
    return [_outcome(world, name, seen, ideal) for name in architectures]


def _outcome(world: Exogenous, name: str, seen: Windows, ideal: np.ndarray) -> Outcome:
    scenario = world.scenario
    plant = build(
        scenario, name, world.ctx, world.disturbances, snapshots_s=seen.edges_s, world=world
    )
    initial_j = plant.arrays.state["stored_j"].copy()
    plant.run()
    laid = plant.laid
    residual = ledger.close(plant.arrays, initial_j, plant.tree.names)
    money = settle_money(scenario, plant, laid)
    work = WindowWork(seen.duration_s, Windows.work(plant.arrays.snapshot_useful), ideal)
    row = make_row(scenario, plant, laid, money, work, stage_kinds(laid), residual)
    losses, lasted = plant.loss_rows(), probes(world, name)
    return Outcome(name, row, money.cashflow, money.asset_value, losses, lasted)


def warm_up(scenario: Scenario) -> None:
    """Compile, and fill the caches of profiles, before workers start.

    Every function that Python calls is called once: a worker that met its first outage would else
    compile on its own, and so would all the others.
    """
    calm = {table: parse_kind(table, {"kind": "none"}) for table in DISTURBANCES}
    # a log whose events all lie beyond a shortened horizon would be refused
    grid = scenario.grid.model_copy(update=calm)
    short = scenario.model_copy(update={"horizon_years": 0.02, "grid": grid})
    name = scenario.default_architectures[0]
    replicate(short, 0, 0, [name])
    world = Exogenous(short, context(short, 0, 0))
    plant = build(short, name, world.ctx, world.disturbances, world=world)
    k = plant.arrays
    commands.spare_power(k, 0.0, 0.0)
    commands.full_need(k, 0.0, 0.0)
    if len(k.job_state):
        commands.settle_one_job(k, 0, 0.0)
        commands.interrupt_job(k, 0, 0.0, 0, 1.0)
        commands.restart_job(k, 0, 0.0, 1.0)
        commands.run_job(k, 0, 0.0)
        commands.run_jobs_alone(k, 1.0)
    plant.luck.uniforms(name_keys(["warm"]), "up")
