"""One row of results: a settled plant turned into metrics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.contracts.calendar import HOUR_S, YEAR_S
from twin.contracts.layout import Cause, Flow, Part
from twin.contracts.losses import MAINTENANCE
from twin.economics import CashFlow, backup_cost_per_kw_year, lcos, npv
from twin.metrics import DURATION_CLASSES
from twin.plant.costs import Money
from twin.plant.losses import LossRow
from twin.plant.machine import Plant
from twin.plant.probing import ProbeRow
from twin.plant.tree import Layout
from twin.plant.undisturbed import WindowWork
from twin.results.details import LASTED, LOSSES
from twin.scenario import Scenario

Row = dict[str, float | int | None]
MWH_J = 3.6e9
ELECTRICITY = ("energy", "demand", "fixed", "demand_response")
"""Items of the electricity cost; a cash flow has those that its scenario knows."""


@dataclass(frozen=True)
class Outcome:
    """Result of one architecture in one replication.

    Attributes
    ----------
    row
        Metric columns, numerators and denominators of ratios included.
    cashflow
        Costs by item and year, real USD, undiscounted.
    asset_value
        Straight-line residual value of all equipment at each year's end, USD.
    losses
        What each event cost.
    lasted
        How long it lasted in probing outages.
    """

    architecture: str
    row: Row
    cashflow: CashFlow
    asset_value: NDArray[np.float64]
    losses: list[LossRow]
    lasted: list[ProbeRow]

    @property
    def details(self) -> dict[str, Sequence[Sequence[Any]]]:
        """Rows of the tables that have several per replication, by the table's name."""
        return {LOSSES.name: self.losses, LASTED.name: self.lasted}


def make_row(
    scenario: Scenario,
    plant: Plant,
    laid: Layout,
    money: Money,
    work: WindowWork,
    stages: tuple[str, ...],
    residual: float,
) -> Row:
    """Return the row of a settled plant.

    Parameters
    ----------
    work
        Useful work in the windows of the degradation index.
    """
    row: Row = {}
    row.update(_counts(plant, scenario.horizon_years))
    row.update(_energy(scenario, plant, laid, stages))
    row.update(_jobs(scenario, plant, work))
    row.update(_money(scenario, plant, laid, money))
    row.update(_interruptions(scenario, plant))
    row["energy_residual"] = residual
    return row


def _counts(plant: Plant, years: float) -> Row:
    names = (
        "grid_sags",
        "grid_momentaries",
        "grid_outages",
        "pod_losses",
        "pod_sheds",
        "job_suspensions",
        "site_blackouts",
        "job_interruptions",
        "storage_faults",
        "storage_fires",
        "bus_faults",
        "core_losses",
        "diesel_starts",
    )
    row: Row = {f"{n}_per_year": plant.counters.get(n, 0.0) / years for n in names}
    other = float(plant.arrays.job_state["interruptions_other"].sum())
    own = plant.counters.get("job_interruptions", 0.0)
    row["job_interruptions_all_causes_per_year"] = (own + other) / years
    row["max_pods_down"] = plant.counters.get("max_pods_down", 0.0)
    return row


def _interruptions(scenario: Scenario, plant: Plant) -> Row:
    """Return how often and how long demand is not served, and how many pods events take."""
    load: Any = scenario.load
    years = scenario.horizon_years
    rows = [row for row in plant.loss_rows() if row.kind != MAINTENANCE]
    times = sum(row.pods + row.sheds for row in rows)
    dark_h = math.fsum(row.pod_h for row in rows)
    reach = {row.event: row.event_pods for row in rows if row.event_pods}
    account = plant.arrays.account
    return {
        "lole_h_per_year": float(account[:, Flow.SHORT_S].sum()) / HOUR_S / years,
        "lolf_per_year": float(account[:, Flow.SHORTFALLS].sum()) / years,
        "saifi_per_pod_year": times / load.pods / years,
        "saidi_h_per_pod_year": dark_h / load.pods / years,
        "caidi_h_num": dark_h,
        "caidi_h_den": float(times),
        "blast_radius_mean_pods_num": float(sum(reach.values())),
        "blast_radius_mean_pods_den": float(len(reach)),
        "blast_radius_max_pods": float(max(reach.values(), default=0)),
    }


def _energy(scenario: Scenario, plant: Plant, laid: Layout, stages: tuple[str, ...]) -> Row:
    k, years = plant.arrays, scenario.horizon_years
    a = k.account.sum(axis=0) / MWH_J
    stage = np.bincount(k.stage["kind"], k.stage_loss, len(stages)) / MWH_J
    standby = a[Flow.STANDBY_BUS] + a[Flow.STANDBY_CELLS] + a[Flow.SELF_DISCHARGE]
    per_year = {
        "it_energy": a[Flow.IT],
        "pump": a[Flow.PUMPS],
        "cooling": a[Flow.COOLING],
        "grid_import": a[Flow.IMPORT],
        "grid_export": a[Flow.EXPORT],
        "diesel": a[Flow.DIESEL],
        "pv_used": a[Flow.PV_USED],
        "pv_curtailed": a[Flow.PV_CURTAILED],
        "storage_charge": a[Flow.CHARGE],
        "storage_discharge": a[Flow.DISCHARGE],
        "losses_storage_conversion": a[Flow.CONVERSION_LOSS],
        "losses_storage_standby": standby,
        "losses": stage.sum() + a[Flow.CONVERSION_LOSS] + standby,
    }
    row: Row = {f"{n}_mwh_per_year": float(v) / years for n, v in per_year.items()}
    for name, value in zip(stages, stage, strict=True):
        row[f"losses_{name}_mwh_per_year"] = float(value) / years
    row["eue_it_mwh_per_year"] = float(a[Flow.UNSERVED]) / years
    load: Any = scenario.load
    horizon_s = years * YEAR_S
    powered_s = float(k.account[:, Flow.POWERED_POD_S].sum())
    row["pod_availability_num"] = powered_s - float(k.account[:, Flow.HELD_POD_S].sum())
    row["pod_powered_share_num"] = powered_s
    row["pod_availability_den"] = row["pod_powered_share_den"] = load.pods * horizon_s
    row["renewable_share_num"] = float(a[Flow.PV_USED])
    row["renewable_share_den"] = float(a[Flow.IMPORT] + a[Flow.PV_USED] + a[Flow.DIESEL])
    litres = float(k.account[:, Flow.FUEL_L].sum()) / years
    row["diesel_litres_per_year"] = litres
    run_s = float(k.account[:, Flow.DIESEL_RUN_S].sum())
    row["diesel_run_h_per_year"] = run_s / 3600.0 / years
    row["diesel_cost_usd_per_year"] = litres * scenario.economics.fuel_usd_per_litre
    grid_t = float(a[Flow.IMPORT]) / years * scenario.grid.co2_t_per_mwh
    row["co2_t_per_year"] = grid_t + litres * scenario.economics.diesel_co2_kg_per_litre / 1e3
    row["peak_demand_kw"] = float(k.month_peak.max()) / 1e3
    row.update(_storage(plant, laid, years))
    return row


def _storage(plant: Plant, laid: Layout, years: float) -> Row:
    state = plant.arrays.state
    rows = [i for i, b in enumerate(laid.buses) if b.storage is not None]
    nameplate = sum(laid.buses[i].nameplate_j for i in rows)
    if not rows:
        return {"storage_cycles_per_year": None, "storage_health_end": None}
    through = float(state["throughput_j"][rows].sum())
    if not plant.arrays.row["ages"][rows].any():
        through = float(state["charged_j"][rows].sum() + state["discharged_j"][rows].sum())
    return {
        "storage_cycles_per_year": 0.5 * through / nameplate / years,
        "storage_health_end": float(state["soh"][rows].mean()),
    }


def _jobs(scenario: Scenario, plant: Plant, work: WindowWork) -> Row:
    k, years = plant.arrays, scenario.horizon_years
    load: Any = scenario.load
    if not load.has_jobs:
        return {}
    lost = k.lost.sum(axis=0) / 3600.0
    row: Row = {
        f"lost_gpu_hours_{p.name.lower()}_per_year": float(lost[Cause.POWER, p]) / years
        for p in Part
    }
    total = float(lost[Cause.POWER].sum()) / years
    row["lost_gpu_hours_per_year"] = total
    row["lost_gpu_hours_other_causes_per_year"] = float(lost[Cause.OTHER].sum()) / years
    row["interrupted_job_cost_usd_per_year"] = total * scenario.economics.gpu_hour_usd
    useful = float(k.account[:, Flow.USEFUL_GPU_S].sum()) / 3600.0
    row["useful_gpu_hours_per_year"] = useful / years
    row["checkpoint_gpu_hours_per_year"] = (
        float(k.account[:, Flow.STALL_GPU_S].sum()) / 3600.0 / years
    )
    row["goodput_num"] = useful
    row["goodput_den"] = load.pods * load.gpus_per_pod * years * YEAR_S / 3600.0
    big = k.job["largest"] == 1
    row["ettr_num"] = float((k.job_state["useful_s"] * k.job["gpus"])[big].sum())
    row["ettr_den"] = float((k.job_state["active_s"] * k.job["gpus"])[big].sum())
    row.update(_degradation(work))
    risk = plant.counters.get("work_at_risk_gpu_h", 0.0)
    gone = plant.counters.get("work_lost_gpu_h", 0.0)
    row["work_at_risk_gpu_h_per_year"] = risk / years
    row["work_lost_gpu_h_per_year"] = gone / years
    row["work_saved_share_num"] = gone
    row["work_saved_share_den"] = risk
    return row


def _degradation(work: WindowWork) -> Row:
    """Return lost and undisturbed work of all windows, and of each class of durations."""
    row: Row = {}
    classes = {"degradation_index": (-1.0, np.inf)} | DURATION_CLASSES
    for name, (above_s, up_to_s) in classes.items():
        inside = (work.duration_s > above_s) & (work.duration_s <= up_to_s)
        ideal = float(work.ideal[inside].sum())
        row[f"{name}_num"] = ideal - float(work.done[inside].sum())
        row[f"{name}_den"] = ideal
    return row


def _money(scenario: Scenario, plant: Plant, laid: Layout, money: Money) -> Row:
    rate, years = scenario.economics.discount_rate_real, scenario.horizon_years
    flow = money.cashflow
    grid = sum(flow.item(n).sum() for n in ELECTRICITY if n in flow.items)
    tco = flow.npv(rate)
    row: Row = {
        "electricity_cost_usd_per_year": float(grid) / years,
        "export_credit_usd_per_year": -float(flow.item("export_credit").sum()) / years,
        "capex_usd": money.capex_usd,
        "om_usd_per_year": money.om_usd_per_year,
        "tco_npv_usd": tco,
        "asset_loss_usd_per_year": float(flow.item("asset_loss").sum()) / years,
        "footprint_m2": money.footprint_m2,
        "levelized_cost_usd_per_it_mwh_num": tco,
        "levelized_cost_usd_per_it_mwh_den": _discounted(plant, Flow.IT, MWH_J, rate, years),
    }
    load: Any = scenario.load
    if load.has_jobs:
        work = _discounted(plant, Flow.USEFUL_GPU_S, 3600.0, rate, years)
        row["levelized_cost_usd_per_useful_gpu_hour_num"] = tco
        row["levelized_cost_usd_per_useful_gpu_hour_den"] = work
    row.update(_storage_cost(laid, money, rate, years))
    return row


def _discounted(plant: Plant, flow: Flow, unit: float, rate: float, years: float) -> float:
    yearly = np.concatenate([[0.0], plant.arrays.account[:, flow] / unit])
    return float(npv(yearly, rate, years))


def _storage_cost(laid: Layout, money: Money, rate: float, years: float) -> Row:
    """Return the terms of LCOS, and the cost of standing by; how much it cycles decides later."""
    power_kw = sum(b.power_w for b in laid.buses if b.storage is not None) / 1e3
    if power_kw <= 0.0:
        return {
            "lcos_usd_per_mwh_num": None,
            "lcos_usd_per_mwh_den": None,
            "backup_cost_usd_per_kw_year": None,
        }
    level = lcos(money.storage_cost, money.discharged_mwh, rate, years)
    standing = backup_cost_per_kw_year(level.cost_usd, power_kw, rate, years)
    return {
        "lcos_usd_per_mwh_num": level.cost_usd,
        "lcos_usd_per_mwh_den": level.output,
        "backup_cost_usd_per_kw_year": standing,
    }
