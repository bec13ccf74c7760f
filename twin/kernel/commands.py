"""What discrete processes do to jobs: the compiled functions that Python may call."""

from __future__ import annotations

from twin.contracts.layout import Arrays
from twin.jit import compiled, plant_entry
from twin.kernel.advance import reallocate
from twin.kernel.flows import INPUTS, sweep
from twin.kernel.jobs import (
    advance_jobs,
    begin_restart,
    begin_run,
    interrupt,
    settle_job,
)


@plant_entry
def interrupt_job(k: Arrays, j: int, t: float, cause: int, detect_s: float) -> float:
    """Interrupt a job at `t`; return the work lost, s."""
    return interrupt(k, j, t, cause, detect_s, 0.0)


@plant_entry
def restart_job(k: Arrays, j: int, t: float, seconds: float) -> None:
    """Begin a restart that takes `seconds`."""
    begin_restart(k, j, t, seconds)


@plant_entry
def run_job(k: Arrays, j: int, t: float) -> None:
    """Let a job compute from `t` on."""
    begin_run(k, j, t)


@plant_entry
def settle_one_job(k: Arrays, j: int, t: float) -> None:
    """Book a job's time up to `t`."""
    settle_job(k, j, t)


@plant_entry
def run_jobs_alone(k: Arrays, t: float) -> None:
    """Advance the jobs alone to `t`: the undisturbed world."""
    advance_jobs(k, t)


@compiled
def full_service(k: Arrays, pod_peak_w: float, allowance: float) -> float:
    """Return the need at the site bus at full service, without relief or charging, W.

    Full service is full power of every powered pod (`pod_peak_w`; 0 where the load is given) and
    running chillers. What pods and chillers lack of it is reckoned with an allowance for losses.
    """
    reallocate(k)
    site = k.site[0]
    need_w = sweep(k, 1.0, 0.0)
    k.now[0].dirty = INPUTS
    growth_w = 0.0
    it_w = 0.0
    for i in range(k.row.shape[0]):
        it_w += k.rate[i].it_w
        if pod_peak_w > 0.0 and k.inp[i].powered and k.inp[i].is_pod:
            growth_w += pod_peak_w - k.rate[i].it_w
    need_w += max(0.0, growth_w) * (1.0 + allowance + site.cooling_share)
    if not site.cooling_on:
        need_w += site.cooling_fixed_w + site.cooling_share * it_w
    return float(need_w)


@plant_entry
def full_need(k: Arrays, pod_peak_w: float, allowance: float) -> float:
    """Return what full service needs at the site bus, W; see `full_service`."""
    return float(full_service(k, pod_peak_w, allowance))


@plant_entry
def spare_power(k: Arrays, pod_peak_w: float, allowance: float) -> float:
    """Return supply minus the need at full service without charging, for the committed inputs, W.

    Where the storage on the site bus forms it, its rating is the supply: the sun may go.
    """
    need_w = full_service(k, pod_peak_w, allowance)
    supply_w = k.flow[0].supply_w
    if k.row[0].forms and k.rate[0].live and not (k.flow[0].grid_up or k.site[0].diesel_on):
        supply_w = k.inp[0].discharge_w
    return float(supply_w - need_w)
