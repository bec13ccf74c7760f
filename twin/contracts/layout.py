"""The plant as plain arrays: what the compiled pass reads and writes.

Rows are the buses of the tree: row 0 is the site bus, then compartments, then pods; ``parent`` always
has the lower number. Parameters are frozen at build time, *inputs* are what the discrete processes
have committed, *state* is what the pass advances. All of it is plain data, so it saves to JSON.
Units are SI: W, J, s. Positive power flows from a device into its bus.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Records = NDArray[Any]


class Mode(IntEnum):
    """Band of a storage's energy. Latched with hysteresis, so that no limit can chatter.

    LOW is well below the reserve (recharged at once), HOLD at the reserve (kept for outages).
    """

    EMPTY = 0
    LOW = 1
    HOLD = 2
    OK = 3
    FULL = 4


class Phase(IntEnum):
    """What a job is doing; each job is in exactly one phase at any time."""

    OFF = 0
    WAIT = 1
    DETECT = 2
    DOWN = 3
    RESTART = 4
    RUN = 5
    SAVE = 6
    SUSPENDED = 7
    DONE = 8


class Cause(IntEnum):
    """Why GPU time is lost."""

    OTHER = 0
    POWER = 1


class Part(IntEnum):
    """How GPU time is lost. The parts add up to the whole."""

    REWORK = 0
    DETECTION = 1
    RESTART = 2
    IDLE = 3
    SLOWDOWN = 4


class Stop(IntEnum):
    """Why the pass returned before the time it was asked to reach."""

    REACHED = 0
    WATCH_LOW = 1
    WATCH_HIGH = 2
    DEFICIT = 3
    FUEL_OUT = 4
    JOB = 5


class Flow(IntEnum):
    """Columns of the yearly energy account, in J unless the name says otherwise."""

    IMPORT = 0
    EXPORT = 1
    DIESEL = 2
    PV_USED = 3
    PV_CURTAILED = 4
    IT = 5
    PUMPS = 6
    COOLING = 7
    CHARGE = 8
    DISCHARGE = 9
    CONVERSION_LOSS = 10
    STANDBY_BUS = 11
    STANDBY_CELLS = 12
    SELF_DISCHARGE = 13
    SNAP = 14
    FADED = 15
    UNSERVED = 16
    POWERED_POD_S = 17
    FUEL_L = 18
    CHARGE_COST_USD = 19
    REPLACED_J = 20
    USEFUL_GPU_S = 21
    STALL_GPU_S = 22
    DIESEL_RUN_S = 23
    DIESEL_RATED_J = 24
    HELD_POD_S = 25
    SHORT_S = 26
    SHORTFALLS = 27


N_FLOWS = len(Flow)

ROW = np.dtype(
    [
        ("parent", "i4"),
        ("pod", "i4"),
        ("edge_lo", "i4"),
        ("edge_hi", "i4"),
        ("load_lo", "i4"),
        ("load_hi", "i4"),
        ("pump_share", "f8"),
        ("has_storage", "i1"),
        ("forms", "i1"),
        ("trades", "i1"),
        ("nameplate_j", "f8"),
        ("soc_low", "f8"),
        ("soc_high", "f8"),
        ("reserve_j", "f8"),
        ("restart_share", "f8"),
        ("discharge_a", "f8"),
        ("discharge_b", "f8"),
        ("discharge_c", "f8"),
        ("charge_a", "f8"),
        ("charge_b", "f8"),
        ("charge_c", "f8"),
        ("standby_w", "f8"),
        ("self_discharge_w", "f8"),
        ("cell_temperature_k", "f8"),
        ("end_of_life_soh", "f8"),
        ("ages", "i1"),
    ]
)
"""Parameters of a bus: place in the tree, its conversion stages, its storage (if any).

``forms`` marks a storage that can feed the bus alone, chillers and all (a UPS feeds its load only).
Usable energy is counted from ``soc_low`` up; an empty storage serves again from ``restart_share`` of
the usable capacity on; losses are ``a + b*P + c*P**2`` with P the AC power.
"""

STAGE = np.dtype([("a_w", "f8"), ("b", "f8"), ("c_per_w", "f8"), ("kind", "i4")])
"""A conversion stage: loss = a + b*P + c*P**2 with P the power that leaves it towards the load."""

ROW_INPUT = np.dtype(
    [
        ("closed", "i1"),
        ("alive", "i1"),
        ("powered", "i1"),
        ("held", "i1"),
        ("is_pod", "i1"),
        ("follows_jobs", "i1"),
        ("series_share", "f8"),
        ("base_load_w", "f8"),
        ("reference_w", "f8"),
        ("storage_ok", "i1"),
        ("discharge_w", "f8"),
        ("charge_w", "f8"),
        ("recharge_w", "f8"),
        ("close_at_s", "f8"),
        ("watch_low_j", "f8"),
        ("watch_high_j", "f8"),
    ]
)
"""What the processes have committed for a bus: breaker, health, load, ratings in force, watches."""

ROW_STATE = np.dtype(
    [
        ("t", "f8"),
        ("stored_j", "f8"),
        ("capacity_j", "f8"),
        ("mode", "i1"),
        ("soh", "f8"),
        ("charged_j", "f8"),
        ("discharged_j", "f8"),
        ("lost_j", "f8"),
        ("snapped_j", "f8"),
        ("faded_j", "f8"),
        ("replaced_j", "f8"),
        ("throughput_j", "f8"),
        ("replacements", "i4"),
        ("fade_calendar", "f8"),
        ("fade_cycle", "f8"),
        ("month_s", "f8"),
        ("month_soc_s", "f8"),
        ("month_throughput_j", "f8"),
        ("month_rate_j", "f8"),
        ("month_depth", "f8"),
        ("month_depth_depth", "f8"),
        ("turn_j", "f8"),
        ("direction", "i1"),
        ("unserved_j", "f8"),
    ]
)
"""State of a bus: stored energy, band, energy account of the storage, ageing accumulators."""

ROW_RATE = np.dtype(
    [
        ("live", "i1"),
        ("joined", "i1"),
        ("it_w", "f8"),
        ("load_bus_w", "f8"),
        ("down_w", "f8"),
        ("edge_w", "f8"),
        ("charge_w", "f8"),
        ("discharge_w", "f8"),
        ("standby_bus_w", "f8"),
        ("standby_cells_w", "f8"),
        ("self_w", "f8"),
        ("stored_rate_w", "f8"),
        ("loss_w", "f8"),
        ("want_w", "f8"),
        ("plan_w", "f8"),
        ("spare_w", "f8"),
        ("limit_kind", "i4"),
        ("up_w", "f8"),
        ("unserved_w", "f8"),
        ("counted", "i1"),
        ("held", "i1"),
        ("short", "i1"),
        ("touched", "i1"),
        ("tied", "i1"),
        ("tie_w", "f8"),
    ]
)
"""Scratch of the allocation: power flows of the current step (never state)."""

TIE = np.dtype(
    [
        ("a", "i4"),
        ("b", "i4"),
        ("rating_w", "f8"),
        ("closed", "i1"),
        ("flow_w", "f8"),
    ]
)
"""A tie breaker between the buses of two compartments; its flow, positive from a to b, is scratch."""

SITE = np.dtype(
    [
        ("grid_on", "i1"),
        ("diesel_on", "i1"),
        ("diesel_w", "f8"),
        ("diesel_running_w", "f8"),
        ("fuel_per_j", "f8"),
        ("fuel_per_ws", "f8"),
        ("import_limit_w", "f8"),
        ("export_limit_w", "f8"),
        ("charge_on_diesel", "i1"),
        ("fuel_usd_per_l", "f8"),
        ("cooling_on", "i1"),
        ("cooling_fixed_w", "f8"),
        ("cooling_share", "f8"),
        ("pv_peak_w", "f8"),
        ("idle_gpu_w", "f8"),
        ("hung_gpu_w", "f8"),
        ("gpus_per_pod", "f8"),
        ("demand_period_s", "f8"),
        ("fuel_capacity_l", "f8"),
        ("export_usd_per_j", "f8"),
    ]
)
"""Inputs of the whole site: sources, limits, cooling, GPU power levels."""

SITE_STATE = np.dtype(
    [
        ("t", "f8"),
        ("dirty", "i1"),
        ("touched", "i1"),
        ("tight", "i1"),
        ("year", "i4"),
        ("year_t", "f8"),
        ("month", "i4"),
        ("fault", "i8"),
        ("snapshot", "i8"),
        ("fuel_l", "f8"),
        ("meter_t", "f8"),
        ("meter_j", "f8"),
        ("steps", "i8"),
        ("sweeps", "i8"),
        ("stop_row", "i4"),
        ("slot", "i4"),
        ("short_rows", "i4"),
        ("was_short", "i1"),
    ]
)
"""State of the whole site: time, cursors, fuel, demand meter."""

SITE_RATE = np.dtype(
    [
        ("need_w", "f8"),
        ("it_w", "f8"),
        ("cooling_w", "f8"),
        ("priced_w", "f8"),
        ("import_w", "f8"),
        ("export_w", "f8"),
        ("diesel_w", "f8"),
        ("pv_used_w", "f8"),
        ("pv_curtailed_w", "f8"),
        ("supply_w", "f8"),
        ("limit_t", "f8"),
        ("limit_row", "i4"),
        ("job_t", "f8"),
        ("alpha", "f8"),
        ("beta", "f8"),
        ("gamma", "f8"),
        ("pv_charging", "i1"),
        ("grid_up", "i1"),
        ("musts_w", "f8"),
    ]
)
"""Scratch of the allocation for the whole site (never state)."""

JOB = np.dtype(
    [
        ("gpus", "f8"),
        ("interval_s", "f8"),
        ("stall_s", "f8"),
        ("restart_s", "f8"),
        ("work_s", "f8"),
        ("largest", "i1"),
    ]
)
"""Parameters of a job: GPUs, checkpoint interval (of work) and stall, restart time, total work."""

JOB_STATE = np.dtype(
    [
        ("phase", "i1"),
        ("cause", "i1"),
        ("placed", "i1"),
        ("then", "i1"),
        ("until_s", "f8"),
        ("last_s", "f8"),
        ("down_s", "f8"),
        ("rate", "f8"),
        ("run_gpu_w", "f8"),
        ("position_s", "f8"),
        ("safe_s", "f8"),
        ("furthest_s", "f8"),
        ("since_s", "f8"),
        ("stall_left_s", "f8"),
        ("segments", "i4"),
        ("useful_s", "f8"),
        ("active_s", "f8"),
        ("interruptions_other", "i8"),
        ("lost_work_s", "f8"),
    ]
)
"""State of a job. ``position_s``, ``safe_s`` (last checkpoint) and ``furthest_s`` count work."""

MAX_SEGMENTS = 16


class Arrays(NamedTuple):
    """Everything the compiled pass works on."""

    row: Records
    stage: Records
    inp: Records
    state: Records
    rate: Records
    limit_s: NDArray[np.float64]
    site: Records
    now: Records
    flow: Records
    job: Records
    job_state: Records
    segment_s: NDArray[np.float64]
    segment_cause: NDArray[np.int8]
    pod_row: NDArray[np.int32]
    pod_job: NDArray[np.int32]
    pod_gpus: NDArray[np.float64]
    pod_nodes: NDArray[np.int32]
    pv: NDArray[np.float64]
    plan: NDArray[np.float64]
    period: NDArray[np.int64]
    change: NDArray[np.int64]
    price: NDArray[np.float64]
    series: NDArray[np.float64]
    fault_s: NDArray[np.float64]
    fault_pod: NDArray[np.int64]
    fault_node: NDArray[np.int64]
    fault_detect: NDArray[np.float64]
    fault_down: NDArray[np.float64]
    snapshot_s: NDArray[np.float64]
    snapshot_useful: NDArray[np.float64]
    account: NDArray[np.float64]
    stage_w: NDArray[np.float64]
    stage_loss: NDArray[np.float64]
    period_energy: NDArray[np.float64]
    month_peak: NDArray[np.float64]
    lost: NDArray[np.float64]
    tie: Records
