"""The metrics: names, units, meaning, and how each is estimated over replications.

The table is data. A row of ``replications.parquet`` carries each metric's value in that replication,
and for ratios their numerator and denominator too (``goodput_num``, ``goodput_den``), because a ratio
of expectations is not the mean of ratios.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

MetricKind = Literal["mean", "count", "ratio", "heavy", "max"]


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes
    ----------
    kind
        ``mean``, ``count`` (per year; Poisson limits), ``ratio`` (of expectations), ``heavy``
        (heavy-tailed mean, bootstrap), ``max`` (mean of the replications' maxima).
    sign, offset
        A ratio's value is ``offset + sign * numerator / denominator``.
    cluster
        One event counts once per pod (widens the limits of a rare count).
    per_pod
        A count per pod and year.
    rare
        A ratio that only rare events move: all replications alike says little, and no interval.
    most
        What a ``max`` cannot exceed: ``"pods"``, or nothing.
    cycling
        Defined for storage of at least (True) or less than (False) ten equivalent full cycles a year
        in the mean over replications; None: whatever it cycles.
    """

    name: str
    unit: str
    meaning: str
    kind: MetricKind = "mean"
    numerator: str = ""
    denominator: str = ""
    sign: float = 1.0
    offset: float = 0.0
    cluster: bool = False
    per_pod: bool = False
    headline: bool = False
    only_differences: bool = False
    rare: bool = False
    most: str = ""
    cycling: bool | None = None


def _ratio(
    name: str,
    unit: str,
    meaning: str,
    *,
    complement: bool = False,
    headline: bool = False,
    rare: bool = False,
    cycling: bool | None = None,
) -> Metric:
    sign, offset = (-1.0, 1.0) if complement else (1.0, 0.0)
    terms = (f"{name}_num", f"{name}_den")
    return Metric(
        name, unit, meaning, "ratio", *terms, sign, offset,
        headline=headline, rare=rare, cycling=cycling,
    )  # fmt: skip


def _count(name: str, meaning: str, *, cluster: bool = False, headline: bool = False) -> Metric:
    return Metric(name, "1/yr", meaning, "count", cluster=cluster, headline=headline)


def _spell(above_s: float, up_to_s: float) -> str:
    """Return a class of durations in words."""
    words = {1.0: "1 s", 60.0: "1 min", 3600.0: "1 h"}
    low = f"longer than {words[above_s]}" if above_s > 0.0 else ""
    high = f"up to {words[up_to_s]}" if up_to_s < math.inf else ""
    return f"disturbances {' and '.join(filter(None, (low, high)))}"


DURATION_CLASSES = {
    "degradation_index_up_to_1_s": (-1.0, 1.0),
    "degradation_index_1_s_to_1_min": (1.0, 60.0),
    "degradation_index_1_min_to_1_h": (60.0, 3600.0),
    "degradation_index_over_1_h": (3600.0, math.inf),
}
"""Degradation index by duration of the disturbance: longer than, up to, s."""
_LOST = "lost to power causes"
_ALL = [
    _count("grid_sags_per_year", "voltage sags at the connection point"),
    _count("grid_momentaries_per_year", "momentary interruptions at the connection point"),
    _count("grid_outages_per_year", "outages at the connection point"),
    _count(
        "pod_losses_per_year",
        "times a pod goes from powered to unpowered, over all pods",
        cluster=True,
        headline=True,
    ),
    _count("pod_sheds_per_year", "times a pod is shed by decision", cluster=True),
    _count("job_suspensions_per_year", "times a job is checkpointed and suspended by decision"),
    _count("site_blackouts_per_year", "times the last powered pod is lost"),
    _count("core_losses_per_year", "times the core network and storage loses power"),
    Metric("max_pods_down", "pods", "most pods unpowered at once", "max", most="pods"),
    _ratio(
        "pod_availability",
        "1",
        "pod-time with power and not held by a suspension / pod-time",
        rare=True,
    ),
    _ratio("pod_powered_share", "1", "powered pod-time / pod-time", rare=True),
    Metric("eue_it_mwh_per_year", "MWh/yr", "expected unserved IT energy", "heavy"),
    Metric("lole_h_per_year", "h/yr", "time in which some IT demand is not served", "heavy"),
    _count("lolf_per_year", "times such a period begins"),
    Metric(
        "saifi_per_pod_year",
        "1/(pod yr)",
        "interruptions of supply that a pod sees in a year",
        "count",
        cluster=True,
        per_pod=True,
    ),
    Metric("saidi_h_per_pod_year", "h/(pod yr)", "their duration for a pod in a year", "heavy"),
    _ratio("caidi_h", "h", "mean duration of an interruption of a pod", rare=True),
    _ratio("blast_radius_mean_pods", "pods", "pods that an event takes down, if any", rare=True),
    Metric(
        "blast_radius_max_pods", "pods", "most pods that one event takes down", "max", most="pods"
    ),
    _count("job_interruptions_per_year", "running jobs stopped by a power cause"),
    _count("job_interruptions_all_causes_per_year", "running jobs stopped by any cause"),
    Metric("lost_gpu_hours_per_year", "GPU-h/yr", f"GPU time {_LOST}", "heavy"),
    Metric("lost_gpu_hours_rework_per_year", "GPU-h/yr", f"re-executed work {_LOST}", "heavy"),
    Metric("lost_gpu_hours_detection_per_year", "GPU-h/yr", f"detection {_LOST}", "heavy"),
    Metric("lost_gpu_hours_restart_per_year", "GPU-h/yr", f"restart {_LOST}", "heavy"),
    Metric("lost_gpu_hours_idle_per_year", "GPU-h/yr", f"waiting {_LOST}", "heavy"),
    Metric("lost_gpu_hours_slowdown_per_year", "GPU-h/yr", f"slowdown by caps {_LOST}", "heavy"),
    Metric("lost_gpu_hours_other_causes_per_year", "GPU-h/yr", "GPU time lost to node faults"),
    Metric("checkpoint_gpu_hours_per_year", "GPU-h/yr", "stalls of regular checkpoints"),
    Metric(
        "interrupted_job_cost_usd_per_year",
        "USD/yr",
        f"money value of GPU time {_LOST}",
        "heavy",
        headline=True,
    ),
    _ratio("goodput", "1", "useful GPU-hours / installed GPU-hours"),
    _ratio("ettr", "1", "productive run time / wall-clock time, jobs of the largest size class"),
    _ratio(
        "degradation_index",
        "1",
        "1 - lost / undisturbed useful GPU-hours in the windows of "
        "disturbances that drop an unprotected ITIC load",
        complement=True,
        headline=True,
        rare=True,
    ),
    *(
        _ratio(name, "1", f"the same, {_spell(*span)}", complement=True, rare=True)
        for name, span in DURATION_CLASSES.items()
    ),
    Metric(
        "work_at_risk_gpu_h_per_year", "GPU-h/yr", "uncheckpointed work at the warning", "heavy"
    ),
    Metric("work_lost_gpu_h_per_year", "GPU-h/yr", "what of it was lost", "heavy"),
    _ratio(
        "work_saved_share",
        "1",
        "share of the work at risk that was saved",
        complement=True,
        rare=True,
    ),
    Metric("it_energy_mwh_per_year", "MWh/yr", "IT energy at the output of the power supplies"),
    Metric("pump_mwh_per_year", "MWh/yr", "pumps and coolant distribution"),
    Metric("cooling_mwh_per_year", "MWh/yr", "chillers and heat rejection"),
    Metric("grid_import_mwh_per_year", "MWh/yr", "energy imported at the meter"),
    Metric("grid_export_mwh_per_year", "MWh/yr", "energy fed back"),
    Metric("diesel_mwh_per_year", "MWh/yr", "energy from diesel sets"),
    Metric("pv_used_mwh_per_year", "MWh/yr", "PV energy used or fed back"),
    Metric("pv_curtailed_mwh_per_year", "MWh/yr", "PV energy curtailed"),
    Metric("storage_charge_mwh_per_year", "MWh/yr", "storage charging at AC terminals"),
    Metric("storage_discharge_mwh_per_year", "MWh/yr", "storage discharging at AC terminals"),
    Metric("storage_cycles_per_year", "1/yr", "equivalent full cycles of the storages"),
    Metric("storage_health_end", "1", "mean state of health at the horizon"),
    _ratio("renewable_share", "1", "PV used / (import + PV used + diesel)"),
    Metric("losses_mwh_per_year", "MWh/yr", "conversion, cable, standby and auxiliary losses"),
    Metric(
        "losses_storage_conversion_mwh_per_year", "MWh/yr", "losses of charging and discharging"
    ),
    Metric(
        "losses_storage_standby_mwh_per_year",
        "MWh/yr",
        "hot standby, auxiliaries and self-discharge of storages",
    ),
    _count("diesel_starts_per_year", "times a diesel set comes onto the bus"),
    Metric("diesel_run_h_per_year", "h/yr", "time in which at least one diesel set runs"),
    Metric("diesel_litres_per_year", "L/yr", "fuel burnt", "heavy"),
    Metric("diesel_cost_usd_per_year", "USD/yr", "cost of it", "heavy"),
    Metric("co2_t_per_year", "t/yr", "carbon dioxide of grid energy and diesel"),
    Metric(
        "peak_demand_kw",
        "kW",
        "highest mean import over 30 min, or over the tariff's own period where it bills demand",
        "max",
    ),
    Metric("useful_gpu_hours_per_year", "GPU-h/yr", "useful work"),
    Metric(
        "electricity_cost_usd_per_year",
        "USD/yr",
        "grid contract: energy, demand and fixed charges, less payments for demand response",
        headline=True,
    ),
    Metric("export_credit_usd_per_year", "USD/yr", "payment for energy fed back"),
    Metric("capex_usd", "USD", "investment in the power system"),
    Metric("om_usd_per_year", "USD/yr", "operation and maintenance of it"),
    _ratio(
        "lcos_usd_per_mwh",
        "USD/MWh",
        "levelized cost of storage (Schmidt et al. 2019)",
        headline=True,
        cycling=True,
    ),
    Metric(
        "backup_cost_usd_per_kw_year",
        "USD/(kW yr)",
        "levelized cost of storage that only stands by (below 10 cycles a year)",
        cycling=False,
    ),
    Metric(
        "tco_npv_usd",
        "USD",
        "net present cost of the power system with electricity, diesel, "
        "interrupted jobs and destroyed assets, residual values credited",
        "heavy",
        headline=True,
    ),
    Metric("asset_loss_usd_per_year", "USD/yr", "equipment destroyed", "heavy"),
    _ratio("levelized_cost_usd_per_it_mwh", "USD/MWh", "tco / discounted IT energy"),
    _ratio("levelized_cost_usd_per_useful_gpu_hour", "USD/GPU-h", "tco / discounted useful work"),
    Metric(
        "crossover_year",
        "yr",
        "from when B's cumulative discounted cost stays below A's",
        only_differences=True,
    ),
    Metric(
        "footprint_m2",
        "m2",
        "floor and yard space of the power system, rack positions and fire separation included",
    ),
    _count("storage_faults_per_year", "faults of storage units"),
    _count("storage_fires_per_year", "serious incidents of storage units"),
    _count("bus_faults_per_year", "faults of buses"),
]

SURVIVAL_H = (1.0 / 60.0, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0, 48.0, 96.0)
"""Durations of outages for which survival is given, h; probes last for the longest."""

METRICS: dict[str, Metric] = {m.name: m for m in _ALL}
"""All metrics by name, in the order of reports. Losses by stage are added per scenario."""


def stage_metric(stage: str) -> Metric:
    """Return the metric of one conversion stage's losses."""
    return Metric(f"losses_{stage}_mwh_per_year", "MWh/yr", f"losses of stage {stage}")


MORE_IS_BETTER = frozenset({
    "degradation_index", "ettr", "export_credit_usd_per_year", "goodput", "it_energy_mwh_per_year",
    "pod_availability", "pod_powered_share", "pv_used_mwh_per_year", "renewable_share",
    "storage_health_end", "useful_gpu_hours_per_year", "work_saved_share", *DURATION_CLASSES,
})  # fmt: skip
"""Metrics of which more is better; of all others less is."""
