"""What discrete processes do to jobs: the compiled functions that Python may call."""

from __future__ import annotations

from twin.contracts.layout import Arrays
from twin.jit import entry
from twin.kernel.advance import reallocate
from twin.kernel.flows import sweep
from twin.kernel.jobs import (
    advance_jobs,
    begin_restart,
    begin_run,
    interrupt,
    settle_job,
)


@entry
def interrupt_job(k: Arrays, j: int, t: float, cause: int, detect_s: float) -> float:
    """Interrupt a job at `t`; return the work lost, s."""
    return interrupt(k, j, t, cause, detect_s, 0.0)


@entry
def restart_job(k: Arrays, j: int, t: float, seconds: float) -> None:
    """Begin a restart that takes `seconds`."""
    begin_restart(k, j, t, seconds)


@entry
def run_job(k: Arrays, j: int, t: float) -> None:
    """Let a job compute from `t` on."""
    begin_run(k, j, t)


@entry
def settle_one_job(k: Arrays, j: int, t: float) -> None:
    """Book a job's time up to `t`."""
    settle_job(k, j, t)


@entry
def run_jobs_alone(k: Arrays, t: float) -> None:
    """Advance the jobs alone to `t`: the undisturbed world."""
    advance_jobs(k, t)


@entry
def full_need(k: Arrays) -> float:
    """Return the power needed at the site bus without relief by storages and without charging, W."""
    reallocate(k)
    need = sweep(k, 1.0, 0.0)
    k.now[0].dirty = 1
    return float(need)


@entry
def spare_power(k: Arrays) -> float:
    """Return supply minus the need at full service without charging, for the committed inputs, W.

    Where the storage on the site bus forms it, its rating is the supply: the sun may go.
    """
    reallocate(k)
    need = sweep(k, 1.0, 0.0)
    k.now[0].dirty = 1
    supply = k.flow[0].supply_w
    if k.row[0].forms and k.rate[0].live and not (k.flow[0].grid_up or k.site[0].diesel_on):
        supply = k.inp[0].discharge_w
    return float(supply - need)
