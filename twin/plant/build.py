"""Builds a fresh plant: one architecture of a scenario in one replication."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from twin.contracts import layout as lay
from twin.contracts.timeline import Disturbances, ProfileContext
from twin.errors import ScenarioError
from twin.plant.almanac import Almanac, Years
from twin.plant.exogenous import Exogenous
from twin.plant.loads import laid_out
from twin.plant.machine import Plant
from twin.plant.tree import Bus, Layout
from twin.scenario import Scenario
from twin.streams import Cause, Luck

PEAK_PERIOD_MIN = 30
"""Mean of which the peak is reported where the tariff does not bill demand, min."""
Forced = Callable[[Cause], float | None] | None


def disturbances(scenario: Scenario, ctx: ProfileContext) -> Disturbances:
    """Return the exogenous disturbances of a replication, the same for all architectures."""
    return Exogenous(scenario, ctx).disturbances


def build(
    scenario: Scenario,
    architecture: str,
    ctx: ProfileContext,
    events: Disturbances,
    *,
    tracing: bool = False,
    forced: Forced = None,
    snapshots_s: np.ndarray | None = None,
    world: Exogenous | None = None,
    luck: Luck | None = None,
    first_day: int = 0,
    begin: bool = True,
) -> Plant:
    """Return a plant at time zero.

    Parameters
    ----------
    events
        Disturbances of the replication, from `disturbances`.
    forced
        Draws that are given instead of left to chance (exact enumeration).
    snapshots_s
        Times at which the useful work is noted, sorted, s.
    world
        The replication's exogenous world, if it is at hand already.
    luck
        The plant's luck; left out, that of the replication.
    first_day
        Day of the first year on which the simulation begins.
    begin
        False to restore a saved plant into it.
    """
    design = scenario.architectures[architecture]
    load: Any = scenario.load
    tables = dict(design.tables)
    laid = laid_out(scenario, design)
    kinds = stage_kinds(laid)
    years = Years(world or Exogenous(scenario, ctx), tables, laid, first_day)
    arrays = make_arrays(scenario, laid, tables.get("cooling"), kinds, years, snapshots_s)
    luck = luck or Luck(ctx.seed, ctx.replication, forced)
    path: Any = tables.get("path")
    if path is not None and scenario.grid.connected:
        events = path.connection().seen(events, luck, scenario.horizon_s)
    plant = Plant(
        arrays=arrays,
        laid=laid,
        luck=luck,
        disturbances=events,
        grid=scenario.grid,
        economics=scenario.economics,
        load=load,
        tables=tables,
        horizon_s=scenario.horizon_s,
        tracing=tracing,
    )
    plant.storage_units = [b.unit for b in laid.buses if b.unit is not None]
    try:
        _populate(plant, laid, load, tables, years)
        if begin:
            plant.start()
    except ScenarioError as error:
        raise ScenarioError(f"{scenario.origin}: architectures.{architecture}: {error}") from None
    return plant


def _populate(plant: Plant, laid: Layout, load: Any, tables: dict[str, Any], years: Years) -> None:
    """Add all devices: the almanac first, then the grid, the pods, the parts, the load."""
    from components._units import ensure_protection
    from components.pod import Pod
    from components.utility import Utility

    plant.add(Almanac(plant, years))
    plant.add(Utility(plant))
    for pod, row in enumerate(plant.tree.pod_rows):
        plant.pods.append(Pod(plant, pod, row))
        plant.add(plant.pods[-1])
    protection = ensure_protection(plant)
    storages: list[Any] = []
    for bus in laid.buses:
        if bus.unit is not None:
            protection.bind(bus.unit, bus.storage)
            if not any(bus.storage is s for s in storages):
                storages.append(bus.storage)
    for spec in storages:
        spec.build(plant)
    for name in sorted(tables):
        if name != "storage":
            tables[name].build(plant)
    if not plant.has("ems"):
        raise ScenarioError("policy: an architecture needs a table 'policy' (kind ladder or none)")
    load.build(plant)


def stage_kinds(laid: Layout) -> tuple[str, ...]:
    """Return the names of all conversion stages; number 0 stands for the site's connection."""
    names: list[str] = [s[0] for s in laid.buses[0].edge][:1] or ["connection"]
    for bus in laid.buses:
        names += [s[0] for s in [*bus.load_stages, *bus.edge] if s[0] not in names]
    return tuple(dict.fromkeys(names))


def make_arrays(
    scenario: Scenario,
    laid: Layout,
    cooling: Any,
    kinds: tuple[str, ...],
    years: Years,
    snapshots_s: np.ndarray | None,
) -> lay.Arrays:
    """Return the arrays of a plant at time zero."""
    load: Any = scenario.load
    n = len(laid.buses)
    row, stage = _row_params(laid, cooling, kinds)
    inp = np.zeros(n, lay.ROW_INPUT)
    state = np.zeros(n, lay.ROW_STATE)
    _row_inputs(load, laid, inp)
    _row_state(laid, row, state)
    jobs = load.all_jobs() if load.has_jobs else []
    n_pods = len(laid.tree.pod_rows)
    n_years = math.ceil(scenario.horizon_years - 1e-12)
    first = years.load(0)
    now = np.zeros(1, lay.SITE_STATE)
    now["dirty"] = 1
    snaps = np.zeros(0) if snapshots_s is None else snapshots_s
    return lay.Arrays(
        row=row,
        stage=stage,
        inp=inp,
        state=state,
        rate=np.zeros(n, lay.ROW_RATE),
        limit_s=np.full(n, math.inf),
        site=_site(scenario, load, cooling),
        now=now,
        flow=np.zeros(1, lay.SITE_RATE),
        job=_jobs(load, jobs),
        job_state=np.zeros(len(jobs), lay.JOB_STATE),
        segment_s=np.zeros((len(jobs), lay.MAX_SEGMENTS)),
        segment_cause=np.zeros((len(jobs), lay.MAX_SEGMENTS), np.int8),
        pod_row=np.array(laid.tree.pod_rows, np.int32),
        pod_job=np.full(n_pods, -1, np.int32),
        pod_gpus=np.zeros(n_pods),
        pod_nodes=np.zeros(n_pods, np.int32),
        pv=first.pv.copy(),
        plan=first.plan.copy(),
        period=first.period.copy(),
        change=first.change.copy(),
        price=first.price.copy(),
        series=years.series,
        fault_s=first.fault_s,
        fault_pod=first.fault_pod,
        fault_node=first.fault_node,
        fault_detect=first.fault_detect,
        fault_down=first.fault_down,
        snapshot_s=snaps,
        snapshot_useful=np.zeros(len(snaps)),
        account=np.zeros((n_years, lay.N_FLOWS)),
        stage_w=np.zeros(len(stage)),
        stage_loss=np.zeros(len(stage)),
        period_energy=np.zeros((n_years, len(first.price))),
        month_peak=np.zeros(n_years * 12 + 1),
        lost=np.zeros((n_years, 2, len(lay.Part))),
        tie=np.zeros(0, lay.TIE),
    )


def _row_params(
    laid: Layout, cooling: Any, kinds: tuple[str, ...]
) -> tuple[lay.Records, lay.Records]:
    row = np.zeros(len(laid.buses), lay.ROW)
    stages: list[tuple[float, float, float, int]] = []
    pumps = getattr(cooling, "pump_per_it_kw", 0.0)
    for i, bus in enumerate(laid.buses):
        p = row[i]
        p["parent"] = bus.parent
        p["pod"] = bus.pods[0] if bus.level in ("pod", "both") else -1
        p["pump_share"] = pumps if p["pod"] >= 0 else 0.0
        p["load_lo"] = len(stages)
        stages += [(a, b, c, kinds.index(name)) for name, a, b, c in bus.load_stages]
        p["load_hi"] = p["edge_lo"] = len(stages)
        stages += [(a, b, c, kinds.index(name)) for name, a, b, c in bus.edge]
        p["edge_hi"] = len(stages)
        p["cell_temperature_k"] = 298.15
        if bus.storage is not None:
            for key, value in bus.storage.row_fields(bus.nameplate_j, bus.power_w).items():
                p[key] = value
    return row, np.array(stages or [(0.0, 0.0, 0.0, 0)], lay.STAGE)


def _row_inputs(load: Any, laid: Layout, inp: lay.Records) -> None:
    inp["closed"] = inp["alive"] = 1
    inp["close_at_s"] = math.inf
    inp["watch_low_j"] = -math.inf
    inp["watch_high_j"] = math.inf
    for i, bus in enumerate(laid.buses):
        _load_inputs(load, bus, inp[i], laid.tree.core)
        if bus.storage is not None:
            for key, value in bus.storage.input_fields(bus.nameplate_j, bus.power_w).items():
                inp[i][key] = value


def _load_inputs(load: Any, bus: Bus, row: Any, core: int) -> None:
    if bus.level not in ("pod", "both"):
        return
    if bus.pods[0] == core:
        row["base_load_w"] = load.core_kw * 1e3
        return
    row["is_pod"] = 1
    row["base_load_w"] = load.pod_base_w()
    row["follows_jobs"] = load.has_jobs
    row["series_share"] = 0.0 if load.has_jobs else 1.0 / load.pods


def _row_state(laid: Layout, row: lay.Records, state: lay.Records) -> None:
    state["soh"] = 1.0
    for i, bus in enumerate(laid.buses):
        if bus.storage is None:
            continue
        p, s = row[i], state[i]
        s["capacity_j"] = (p["soc_high"] - p["soc_low"]) * p["nameplate_j"]
        soc = bus.storage.start_soc
        share = p["soc_high"] if soc is None else soc
        s["stored_j"] = min(max(0.0, (share - p["soc_low"]) * p["nameplate_j"]), s["capacity_j"])
        s["turn_j"] = s["stored_j"]
        full = s["stored_j"] >= s["capacity_j"]
        empty = s["stored_j"] <= 0.0
        reserve = s["stored_j"] > p["reserve_j"]
        s["mode"] = (
            lay.Mode.FULL
            if full
            else lay.Mode.EMPTY
            if empty
            else lay.Mode.OK
            if reserve
            else lay.Mode.LOW
        )


def _site(scenario: Scenario, load: Any, cooling: Any) -> lay.Records:
    site = np.zeros(1, lay.SITE)
    s = site[0]
    s["grid_on"] = 1
    s["import_limit_w"] = scenario.grid.contracted_kw * 1e3
    s["export_limit_w"] = scenario.grid.export_limit_kw * 1e3
    if cooling is not None:
        s["cooling_fixed_w"] = cooling.fixed_kw * 1e3
        s["cooling_share"] = cooling.per_it_kw
    if load.has_jobs:
        per_node = load.gpus_per_pod / load.nodes_per_pod
        s["idle_gpu_w"] = load.node_idle_kw * 1e3 / per_node
        s["hung_gpu_w"] = load.node_hung_kw * 1e3 / per_node
        s["gpus_per_pod"] = load.gpus_per_pod
    tariff: Any = scenario.tariff
    billed = tariff.demand_usd_per_kw_month > 0.0
    s["demand_period_s"] = (tariff.demand_period_min if billed else PEAK_PERIOD_MIN) * 60.0
    s["export_usd_per_j"] = tariff.export_usd_per_kwh / 3.6e6
    s["fuel_usd_per_l"] = scenario.economics.fuel_usd_per_litre
    return site


def _jobs(load: Any, jobs: list[Any]) -> lay.Records:
    table = np.zeros(len(jobs), lay.JOB)
    largest = max((job.gpus for _, job in jobs), default=0)
    for j, (_, job) in enumerate(jobs):
        work_s = math.inf if job.work_h is None else job.work_h * 3600.0
        table[j] = (
            job.gpus,
            job.checkpoint_interval_min * 60.0,
            job.checkpoint_stall_s,
            load.restart_s(job.gpus),
            work_s,
            job.gpus == largest,
        )
    return table
