"""Rows of results for scripted cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.plant.small_plants import Event, timeline
from twin import ledger
from twin.plant import context
from twin.plant.build import build, stage_kinds
from twin.plant.costs import Money, settle_money
from twin.plant.exogenous import Exogenous
from twin.plant.losses import LossRow
from twin.plant.machine import Plant
from twin.plant.outcome import Row, make_row
from twin.plant.tree import lay_out
from twin.plant.undisturbed import Windows, WindowWork, undisturbed_work, windows
from twin.scenario import Scenario

H = 3600.0


def measured(
    scenario: Scenario, events: Iterable[Event] = (), **more: Any
) -> tuple[Plant, dict[str, Any]]:
    """Return a plant after its horizon, and its row."""
    plant, row, _ = priced(scenario, events, **more)
    return plant, row


def priced(
    scenario: Scenario, events: Iterable[Event] = (), **more: Any
) -> tuple[Plant, Row, Money]:
    """Return a plant after its horizon, its row and its money."""
    name, design = next(iter(scenario.architectures.items()))
    load: Any = scenario.load
    world = Exogenous(scenario, context(scenario, 1, 0))
    happens = timeline(events)
    seen = windows(happens, scenario.horizon_s)
    ideal = undisturbed_work(world, seen.edges_s)
    plant = build(scenario, name, world.ctx, happens, world=world, snapshots_s=seen.edges_s,
                  tracing=True, **more)  # fmt: skip
    initial_j = plant.arrays.state["stored_j"].copy()
    plant.run()
    residual = ledger.close(plant.arrays, initial_j, plant.tree.names)
    laid = lay_out(load, design.division, dict(design.tables), dict(design.more_storage))
    money = settle_money(scenario, plant, laid)
    work = WindowWork(seen.duration_s, Windows.work(plant.arrays.snapshot_useful), ideal)
    row = make_row(scenario, plant, laid, money, work, stage_kinds(laid), residual)
    return plant, row, money


def table(plant: Plant) -> list[tuple[str, str, str, int, int]]:
    """Return what each event cost: event, kind, path, pods lost, pods shed."""
    return [(r.event, r.kind, r.path, r.pods, r.sheds) for r in rows(plant)]


def rows(plant: Plant) -> list[LossRow]:
    return plant.loss_rows()
