"""Scripted cases in which nothing is left to chance, for the product and the slow twin alike."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

HOUR_S = 3600.0
SURE = {"switch_failure": 0.0, "takeover_failure": 0.0, "fire_per_mwh_year": 0.0, "ageing": "none"}
NO_FAULT = {"fault_per_year": 0.0}
TOU = {
    "kind": "tou",
    "periods": [
        {"name": "peak", "price_per_kwh": 0.15,
         "windows": [{"start": "08:00", "end": "11:00"}, {"start": "17:00", "end": "22:00"}]},
        {"name": "flat", "price_per_kwh": 0.10},
        {"name": "valley", "price_per_kwh": 0.05, "windows": [{"start": "00:00", "end": "08:00"}]},
    ],
}  # fmt: skip
BASE: dict[str, Any] = {
    "name": "case",
    "grid": {"contracted_kw": 2500.0, "sags": {"kind": "none"}, "momentaries": {"kind": "none"},
             "outages": {"kind": "none"}},
    "load": {
        "kind": "jobs", "pods": 4, "core_kw": 100.0, "node_faults": {"kind": "none"},
        "campaigns": [{"name": "mixed", "days": 3000.0, "jobs": [
            {"name": "big", "gpus": 768}, {"name": "small", "gpus": 256}]}],
    },
    "tariff": {"kind": "flat", "price_per_kwh": 0.1},
    "pv": {"peak_kw": 0.0},
    "bus": {"site": NO_FAULT, "block": NO_FAULT, "pod": NO_FAULT},
    "bulkhead": {"kind": "none"},
    "diesel": {"sets": 3, "set_kw": 800.0, "availability": 1.0, "failure_to_start": 0.0,
               "crank_miss": 0.0, "start_sigma": 0.0, "parallel_min_s": 4.0, "parallel_max_s": 4.0,
               "mttf_h": 1e12},
    "policy": {"kind": "ladder"},
    "architectures": {
        "centralized": {"compartments": 1, "storage": {
            "kind": "ups", "level": "block", "energy_kwh": 140.0, "power_kw": 500.0, "modules": 4,
            "module_mtbf_h": 1e15, "shared_fault_per_year": 0.0,
            "bypass_fault_per_year": 0.0, "string_fault_per_year": 0.0,
            "maintenance_per_year": 0.0, **SURE}},
        "distributed": {"compartments": 4, "storage": {
            "kind": "bess", "level": "pod", "energy_kwh": 920.0, "power_kw": 280.0,
            "detection_min_s": 0.004, "detection_max_s": 0.004, "commutation_max_s": 0.0,
            "pcs_fault_per_year": 0.0, "rack_fault_per_year": 0.0, "bms_fault_per_year": 0.0,
            "maintenance_per_year": 0.0, **SURE}},
    },
}  # fmt: skip
ARCHITECTURES = tuple(BASE["architectures"])


def scenario(days: float = 1.0, **changes: Any) -> dict[str, Any]:
    """Return the base scenario with changes; ``grid__outages=...`` sets ``grid.outages``."""
    data = copy.deepcopy(BASE)
    data["horizon_years"] = days / 365.0
    for key, value in changes.items():
        *path, last = key.split("__")
        table = data
        for name in path:
            table = table[name] if name in table else table.setdefault(name, {})
        table[last] = value
    return data


def outages(*events: tuple[float, float]) -> dict[str, Any]:
    """Return a table of scripted outages (start h, duration h)."""
    return {"kind": "script", "events": [
        {"start_s": s * HOUR_S, "duration_s": d * HOUR_S} for s, d in events]}  # fmt: skip


def sags(*events: tuple[float, float, float]) -> dict[str, Any]:
    """Return a table of scripted sags (start s, duration s, residual pu)."""
    return {"kind": "script", "events": [
        {"start_s": s, "duration_s": d, "voltage_pu": v} for s, d, v in events]}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A scenario, and where the slow twin looks more closely.

    Attributes
    ----------
    fine
        (from h, to h): windows stepped by the second instead of by the minute.
    """

    name: str
    data: dict[str, Any]
    fine: tuple[tuple[float, float], ...] = field(default=())


_FAULTS = {"kind": "script", "events": [
    {"time_s": 2.30 * HOUR_S, "pod": 1, "node": 3, "detect_s": 60.0},
    {"time_s": 5.00 * HOUR_S, "pod": 3, "node": 31, "detect_s": 600.0, "down_s": 1200.0},
    {"time_s": 5.10 * HOUR_S, "pod": 2, "node": 0, "detect_s": 120.0},
    {"time_s": 5.18 * HOUR_S, "pod": 0, "node": 0, "detect_s": 120.0},
    {"time_s": 5.40 * HOUR_S, "pod": 0, "node": 0, "detect_s": 60.0}]}  # fmt: skip
_ALWAYS_COOL = {"autonomy_s": 86_400.0}

CASES = [
    Case("quiet, trading, PV", scenario(3.0, tariff=TOU, pv__peak_kw=300.0)),
    Case("more PV than load", scenario(2.0, tariff=TOU, pv__peak_kw=4000.0,
                                       grid__export_limit_kw=300.0)),
    Case("trading down to empty", scenario(
        2.0, tariff=TOU, architectures__distributed__storage__reserve=0.0)),
    Case("contract below need and recharge", scenario(
        1.5, tariff=TOU, grid__contracted_kw=1500.0)),
    Case("2 h outage, diesel", scenario(1.0, grid__outages=outages((1.0, 2.0))),
         ((0.99, 1.2), (2.99, 3.3))),
    Case("2 h outage, no diesel", scenario(
        1.0, grid__outages=outages((1.0, 2.0)), diesel__sets=0, cooling=_ALWAYS_COOL),
         ((0.99, 1.6), (2.7, 3.6))),
    Case("4 h outage, no diesel: pods lost", scenario(
        1.0, grid__outages=outages((1.0, 4.0)), diesel__sets=0, cooling=_ALWAYS_COOL),
         ((0.99, 1.6), (3.0, 5.8))),
    Case("diesel too small", scenario(
        1.0, grid__outages=outages((1.0, 3.0)), diesel__sets=2, diesel__set_kw=550.0),
         ((0.99, 1.7), (3.99, 4.5))),
    Case("two outages close together", scenario(
        1.0, grid__outages=outages((1.0, 2.0), (4.0, 2.0)), diesel__sets=0, cooling=_ALWAYS_COOL),
         ((0.99, 1.6), (2.7, 3.6), (3.99, 6.8))),
    Case("momentary interruption, 2 s", scenario(0.5, grid__momentaries={
        "kind": "script", "events": [{"start_s": HOUR_S, "duration_s": 2.0}]}), ((0.99, 1.2),)),
    Case("cooling trips", scenario(
        1.0, grid__outages=outages((1.0, 2.0)), diesel__sets=0), ((0.99, 1.25), (2.99, 3.6))),
    Case("node faults", scenario(0.5, load__node_faults=_FAULTS),
         ((2.25, 2.5), (4.9, 6.0))),
    Case("faults and an outage", scenario(
        0.6, load__node_faults=_FAULTS, grid__outages=outages((5.05, 1.5)), diesel__sets=0,
        cooling=_ALWAYS_COOL), ((2.25, 2.5), (4.9, 7.2))),
    Case("outage at 0", scenario(0.5, grid__outages=outages((0.0, 1.0))), ((0.0, 0.2), (0.99, 1.2))),
    Case("outage across the end", scenario(0.25, grid__outages=outages((5.5, 3.0))),
         ((5.49, 6.1),)),
    Case("sags that stop chillers until the loop is hot", scenario(
        0.5, policy={"kind": "ladder"}, cooling={"chiller_trip_s": 0.1}, grid__sags=sags(
            *((2.2 * HOUR_S + 200.0 * n, 0.2, 0.65) for n in range(3)))), ((2.19, 2.8),)),
    Case("deep sag, gap above hold-up", scenario(
        0.5, grid__sags=sags((2.2 * HOUR_S, 0.2, 0.3)),
        architectures__distributed__storage__detection_min_s=0.017,
        architectures__distributed__storage__detection_max_s=0.017), ((2.19, 2.7),)),
]  # fmt: skip
