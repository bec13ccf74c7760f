"""The pass itself: from one discrete event to the next, through every breakpoint in between.

`advance` allocates power, finds the earliest of profile change, device limit, job step, background
fault, snapshot or month end, integrates to it exactly, and repeats. It returns early only where a
process has asked for it (a watch) or must act (deficit, fuel out, a job that needs the scheduler).
While the allocation is not tight, an hour in which only PV or the price changes costs a few additions
at the root; the tree is swept again only when something on it changed.
"""

from __future__ import annotations

import math

from twin.contracts.layout import Arrays, Stop
from twin.jit import compiled, plant_entry
from twin.kernel.branches import close_breaker, update_branch, update_touched
from twin.kernel.flows import INPUTS, allocate, finish, resweep
from twin.kernel.jobs import (
    due_snapshots,
    next_job_time,
    node_fault,
    phase_over,
    settle_jobs,
    snapshot,
)
from twin.kernel.site import (
    SLOT_S,
    fuel_time,
    integrate_site,
    month_end,
    set_sources,
    slot,
    source_output,
)
from twin.kernel.stores import (
    CLOSE_KIND,
    WATCH_HIGH_KIND,
    WATCH_LOW_KIND,
    age_all,
    change_band,
    earliest_limit,
    find_limits,
    integrate_row,
    integrate_rows,
    limit_goal,
    snap,
)

SAME_INSTANT_S = 1e-6
"""Limits that lie closer together than this are one: batteries alike empty together."""
MAX_STEPS_AT_ONE_INSTANT = 10_000
REACHED, DEFICIT, FUEL_OUT, JOB = (
    int(Stop.REACHED),
    int(Stop.DEFICIT),
    int(Stop.FUEL_OUT),
    int(Stop.JOB),
)
WATCH_LOW, WATCH_HIGH = int(Stop.WATCH_LOW), int(Stop.WATCH_HIGH)


@compiled
def reallocate(k: Arrays) -> int:
    """Sweep the tree for the present inputs; return the bus in deficit or -1."""
    now = k.now[0]
    n = slot(k)
    if n != now.slot:  # a limit at the instant at which a profile changes: all loads are new
        now.dirty = INPUTS
    integrate_rows(k, now.t)
    pv_w = k.pv[n // 2] * k.site[0].pv_peak_w
    series_w = k.series[n % k.series.shape[0]]
    now.slot = n
    bad = allocate(k, k.plan[n], pv_w, series_w)
    if bad >= 0:
        return int(bad)
    finish(k)
    set_sources(k, pv_w)
    find_limits(k)
    k.flow[0].job_t = next_job_time(k)
    now.dirty = 0
    now.touched = 0
    return -1


@compiled
def profile_changed(k: Arrays) -> None:
    """React to a new half-hour: cheaply at the root if nothing on the tree depends on it."""
    n = slot(k)
    now = k.now[0]
    if k.series.shape[0] > 1:
        now.dirty = INPUTS
        return
    if k.plan[n] != k.plan[now.slot] or now.tight:
        resweep(k)
        return
    now.slot = n
    f = k.flow[0]
    pv_w = k.pv[n // 2] * k.site[0].pv_peak_w
    pv = pv_w if k.rate[0].live else 0.0
    site = k.site[0]
    firm = 0.0
    if f.grid_up:
        firm = source_output(k, site.import_limit_w)
    elif site.diesel_on:
        firm = site.diesel_w
    if f.need_w > firm + pv or pv > f.need_w or not f.grid_up:
        resweep(k)
        return
    f.supply_w = firm + pv
    set_sources(k, pv_w)


@compiled
def profile_time(k: Arrays) -> float:
    """Return the next instant at which a profile changes, or the month ends."""
    now = k.now[0]
    change = now.year_t + k.change[now.slot] * SLOT_S
    return float(min(change, month_end(k)))


@compiled
def event_ahead(k: Arrays) -> float:
    """Return the next instant at which something other than a limit changes by itself."""
    now = k.now[0]
    te = min(k.flow[0].job_t, profile_time(k))
    if now.fault < k.fault_s.shape[0]:
        te = min(te, k.fault_s[now.fault])
    if now.snapshot < k.snapshot_s.shape[0]:
        te = min(te, k.snapshot_s[now.snapshot])
    return float(te)


@compiled
def pass_breakpoint(k: Arrays, te: float) -> int:
    """Apply what happens at `te`, one thing at a time; return a stop code."""
    now = k.now[0]
    f = k.flow[0]
    if now.snapshot < k.snapshot_s.shape[0] and k.snapshot_s[now.snapshot] <= te:
        snapshot(k, te)
        return REACHED
    if f.limit_t <= te:
        return limits_reached(k)
    if now.fault < k.fault_s.shape[0] and k.fault_s[now.fault] <= te:
        node_fault(k, now.fault)
        now.fault += 1
        return REACHED
    if f.job_t <= te:
        code = REACHED
        for j in range(k.job_state.shape[0]):
            if k.job_state[j].until_s <= te and phase_over(k, j, te):
                code = JOB
        return code
    if month_end(k) <= te:
        integrate_rows(k, te)
        settle_jobs(k, te)
        age_all(k)
        now.month += 1
        now.dirty = INPUTS
        return REACHED
    if slot(k) > now.slot:
        profile_changed(k)
    return REACHED


@compiled
def limits_reached(k: Arrays) -> int:
    """Snap storages to the limits they have reached, close breakers; return a stop code.

    All limits of this instant are handled before the tree is swept again, except that the pass
    returns at the first watch; later ones of the same instant are found again at once.
    """
    code = REACHED
    while code == REACHED and k.flow[0].limit_t <= k.now[0].t + SAME_INSTANT_S:
        code = one_limit(k, k.flow[0].limit_row)
        earliest_limit(k)
    return code


@compiled
def one_limit(k: Arrays, i: int) -> int:
    """Handle the limit that bus `i` has reached; return a stop code."""
    now = k.now[0]
    kind = k.rate[i].limit_kind
    k.limit_s[i] = math.inf
    if kind == CLOSE_KIND:
        close_breaker(k, i)
        return REACHED
    integrate_row(k, i, now.t)
    snap(k, i, limit_goal(k, i, kind))
    now.stop_row = i
    if kind == WATCH_LOW_KIND:
        k.inp[i].watch_low_j = -math.inf
        resweep(k)
        return WATCH_LOW
    if kind == WATCH_HIGH_KIND:
        k.inp[i].watch_high_j = math.inf
        resweep(k)
        return WATCH_HIGH
    change_band(k, i)
    update_branch(k, i)
    return REACHED


@plant_entry
def advance(k: Arrays, t1: float) -> int:
    """Advance the plant to `t1` or to the first instant that needs a process.

    Returns
    -------
    int
        A `Stop` code; the time reached is ``now.t``, the bus concerned ``now.stop_row``.
    """
    now = k.now[0]
    still = 0
    event = now.t  # none is known yet
    while True:
        if now.touched and not now.dirty:
            update_touched(k)
        if now.dirty:
            bad = reallocate(k)
            if bad >= 0:
                now.stop_row = bad
                return DEFICIT
            event = now.t
        if now.t >= t1:
            return REACHED
        if event <= now.t:
            event = event_ahead(k)
        ahead = min(event, k.flow[0].limit_t)
        dry = fuel_time(k)
        te = max(now.t, min(min(t1, ahead), dry))
        still = still + 1 if te <= now.t else 0
        if still > MAX_STEPS_AT_ONE_INSTANT:
            return -1
        integrate_site(k, te)
        now.t = te
        now.steps += 1
        if dry <= te:
            now.fuel_l = 0.0
            now.dirty = INPUTS
            return FUEL_OUT
        if ahead <= te:
            code = pass_breakpoint(k, te)
            if code != REACHED:
                return int(code)


@plant_entry
def settle(k: Arrays) -> None:
    """Bring storages and jobs, which are integrated lazily, up to the present instant."""
    integrate_rows(k, k.now[0].t)
    settle_jobs(k, k.now[0].t)
    due_snapshots(k, k.now[0].t)
