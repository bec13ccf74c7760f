"""Scenarios with everything taken out that a textbook case leaves out, and how to run them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.validation.luck import seed
from twin.contracts.calendar import HOUR_S, YEAR_S
from twin.contracts.layout import Flow
from twin.plant import context
from twin.plant.build import build, disturbances
from twin.plant.machine import Plant
from twin.scenario import Scenario
from twin.streams import Cause

NEVER_H = 1e6
KWH_J = 3.6e6

Table = dict[str, Any]

LOSSLESS_BATTERY: Table = {
    "kind": "bess", "coupling": "rack_dc", "level": "pod", "soc_low": 0.0, "soc_high": 1.0,
    "discharge_constant_pu": 0.0, "discharge_linear_pu": 0.0, "discharge_square_pu": 0.0,
    "charge_constant_pu": 0.0, "charge_linear_pu": 0.0, "charge_square_pu": 0.0,
    "auxiliary_w_per_kwh": 0.0, "self_discharge_per_month": 0.0, "hot_standby_pu": 0.0,
    "ageing": "none", "trades": False, "reserve": 0.0, "switch_failure": 0.0,
    "takeover_failure": 0.0, "fire_per_mwh_year": 0.0, "pcs_fault_per_year": 0.0,
    "rack_fault_per_year": 0.0, "bms_fault_per_year": 0.0, "maintenance_per_year": 0.0,
}  # fmt: skip
"""Takes over without a gap, loses nothing, never fails."""

PROMPT_SWITCH: Table = {
    "coupling": "parallel_static_switch", "level": "block", "detection_min_s": 0.0,
    "detection_max_s": 0.0, "commutation_max_s": 0.0, "switch_linear_pu": 0.0, "stable_s": 0.0,
    "resync_s": 0.0,
}  # fmt: skip
"""Makes a lossless battery one of a compartment of several pods."""

PROMPT_DIESEL: Table = {
    "confirm_s": 0.0, "start_median_s": 0.0, "start_sigma": 0.0, "availability": 1.0,
    "failure_to_start": 0.0, "common_cause": 0.0, "crank_miss": 0.0, "attempts": 1,
    "parallel_min_s": 0.0, "parallel_max_s": 0.0, "load_steps": [1.0], "load_step_s": 0.0,
    "mttf_h": NEVER_H, "hazard": "per_hour", "repair_median_h": NEVER_H, "repair_sigma": 0.0,
    "tank_h": NEVER_H, "recharge": True,
}  # fmt: skip
"""Carries its rating the moment it is called, is not repaired within the case."""

IDEAL_PLANT: Table = {
    "psu": {"constant_pu": 0.0, "linear_pu": 0.0, "square_pu": 0.0},
    "chain": {"stages": []},
    "cooling": {"per_it_kw": 0.0, "pump_per_it_kw": 0.0, "autonomy_s": NEVER_H * HOUR_S,
                "restart_s": 0.0},
    "bus": {level: {"fault_per_year": 0.0} for level in ("site", "block", "pod")},
    "bulkhead": {"kind": "none"},
    "recovery": {"delay_s": 0.0, "loss_allowance": 0.0, "check_s": HOUR_S},
    "policy": {"kind": "none"},
}  # fmt: skip


def bridging_store(power_kw: float) -> Table:
    """Return a battery that carries a load over the instant of a transfer, and no longer."""
    return LOSSLESS_BATTERY | {"energy_kwh": 1e-12 * power_kw, "power_kw": power_kw}


def outage(start_s: float, duration_s: float) -> Table:
    """Return an outage table with one scripted outage."""
    return {"kind": "script", "events": [{"start_s": start_s, "duration_s": duration_s}]}


def scenario(
    name: str,
    load: Table,
    horizon_s: float,
    outages: Table | None = None,
    plant: Mapping[str, Any] | None = None,
    compartments: int | Sequence[int] = 1,
    sags: Table | None = None,
    *,
    contracted_kw: float = 1e9,
) -> Scenario:
    """Return a scenario of one ideal architecture in which only what is given happens.

    Parameters
    ----------
    load
        The table ``load``.
    horizon_s
        Simulated time, s.
    outages
        The table ``grid.outages`` (left out: none).
    plant
        Plant tables that replace the ideal ones.
    compartments
        Their number, or the pods of each.
    sags
        The table ``grid.sags`` (left out: none).
    contracted_kw
        What the grid gives at most.
    """
    case: Table = {"compartments": compartments}
    if not isinstance(compartments, int):
        case = {"compartments": len(compartments), "compartment_pods": list(compartments)}
    return Scenario.from_dict({
        "name": name,
        "horizon_years": horizon_s / YEAR_S,
        "grid": {
            "contracted_kw": contracted_kw, "sags": sags or {"kind": "none"}, "mains_stable_s": 0.0,
            "outages": outages or {"kind": "none"}, "ramp_kw_per_min": 1e12,
        },
        "load": load,
        "tariff": {"kind": "flat", "price_per_kwh": 0.1},
        "architectures": {"case": case},
        **IDEAL_PLANT,
        **(plant or {}),
    })  # fmt: skip


def simulate(
    case: Scenario,
    forced: Callable[[Cause], float | None] | None = None,
    *,
    replication: int = 0,
    tracing: bool = False,
) -> Plant:
    """Return the settled plant of a case after its horizon."""
    ctx = context(case, seed(), replication)
    plant = build(case, "case", ctx, disturbances(case, ctx), forced=forced, tracing=tracing)
    plant.run()
    return plant


def total(plant: Plant, flow: Flow) -> float:
    """Return a column of the account over all years, J (or as its name says)."""
    return float(plant.arrays.account[:, flow].sum())


def served(plant: Plant) -> bool:
    """Return whether no IT energy was missing (a tenth of a microsecond does not count)."""
    return total(plant, Flow.UNSERVED) <= 1e-7 * float(plant.load.pod_peak_w())
