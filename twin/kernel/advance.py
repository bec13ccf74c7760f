"""The pass itself: from one discrete event to the next, through every breakpoint in between.

`advance` allocates power, finds the earliest of profile change, device limit, job step, background
fault, snapshot or month end, integrates to it exactly, and repeats. It returns early only where a
process has asked for it (a watch) or must act (deficit, fuel out, a job that needs the scheduler).
While the allocation is not tight, an hour in which only PV or the price changes costs a few additions
at the root; the tree is swept again only when something on it changed.
"""

from __future__ import annotations

import math

from twin.contracts.calendar import MONTH_START_S
from twin.contracts.layout import Arrays, Flow, Stop
from twin.jit import compiled, entry
from twin.kernel.flows import allocate, finish, update_bus
from twin.kernel.jobs import (
    due_snapshots,
    next_job_time,
    node_fault,
    phase_over,
    settle_jobs,
    snapshot,
)
from twin.kernel.loads import energy_price, run_stages, set_cooling, source_output
from twin.kernel.stores import (
    CLOSE_KIND,
    WATCH_HIGH_KIND,
    WATCH_LOW_KIND,
    age_all,
    change_band,
    earliest_limit,
    find_limit,
    find_limits,
    integrate_row,
    integrate_rows,
    limit_goal,
    snap,
)

SLOT_S = 1800.0
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
IMPORT, EXPORT, DIESEL = int(Flow.IMPORT), int(Flow.EXPORT), int(Flow.DIESEL)
PV_USED, PV_CURTAILED = int(Flow.PV_USED), int(Flow.PV_CURTAILED)
COOLING, FUEL = int(Flow.COOLING), int(Flow.FUEL_L)
COST, RUN_S = int(Flow.CHARGE_COST_USD), int(Flow.DIESEL_RUN_S)
RATED = int(Flow.DIESEL_RATED_J)


@compiled
def slot(k: Arrays) -> int:
    """Return the half-hour of the year in which the present instant lies."""
    n = int((k.now[0].t - k.now[0].year_t) / SLOT_S)
    return int(min(max(n, 0), k.period.shape[0] - 1))


@compiled
def set_sources(k: Arrays, pv_w: float) -> None:
    """Split the need at the site bus among PV, grid and diesel."""
    f = k.flow[0]
    site = k.site[0]
    pv = pv_w if k.rate[0].live or k.rate[0].charge_w > 0.0 else 0.0
    f.pv_used_w = min(pv, f.need_w)
    rest = f.need_w - f.pv_used_w
    f.export_w = 0.0
    f.import_w = 0.0
    f.diesel_w = 0.0
    for s in range(k.row[0].edge_lo, k.row[0].edge_hi):
        k.stage_w[s] = 0.0
    if f.grid_up:
        if rest <= 0.0 and site.export_limit_w > 0.0:
            f.export_w = min(pv - f.pv_used_w, site.export_limit_w)
            f.pv_used_w += f.export_w
        f.import_w = run_stages(k, k.row[0].edge_lo, k.row[0].edge_hi, rest)
    elif site.diesel_on:
        f.diesel_w = rest
    f.pv_curtailed_w = pv_w - f.pv_used_w


@compiled
def reallocate(k: Arrays) -> int:
    """Sweep the tree for the present inputs; return the bus in deficit or -1."""
    now = k.now[0]
    n = slot(k)
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
    if k.plan[n] != k.plan[now.slot] or k.series.shape[0] > 1 or now.tight:
        now.dirty = 1
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
        now.dirty = 1
        return
    f.supply_w = firm + pv
    set_sources(k, pv_w)


@compiled
def meter(k: Arrays, t: float) -> None:
    """Keep the highest mean import over the demand period, month by month."""
    now = k.now[0]
    width = k.site[0].demand_period_s
    power = k.flow[0].import_w
    month = now.year * 12 + now.month
    t0 = now.t
    while t0 < t:
        end = now.meter_t + width
        if t < end:
            now.meter_j += power * (t - t0)
            t0 = t
        else:
            now.meter_j += power * (end - t0)
            k.month_peak[month] = max(k.month_peak[month], now.meter_j / width)
            whole = math.floor((t - end) / width)
            if whole > 0.0:
                k.month_peak[month] = max(k.month_peak[month], power)
            now.meter_t = end + whole * width
            now.meter_j = 0.0
            t0 = now.meter_t


@compiled
def integrate_site(k: Arrays, t: float) -> None:
    """Integrate the site's flows from the present instant to `t`."""
    now = k.now[0]
    f = k.flow[0]
    dt = t - now.t
    if dt <= 0.0:
        return
    meter(k, t)
    a = k.account[now.year]
    a[IMPORT] += f.import_w * dt
    a[EXPORT] += f.export_w * dt
    a[DIESEL] += f.diesel_w * dt
    a[PV_USED] += f.pv_used_w * dt
    a[PV_CURTAILED] += f.pv_curtailed_w * dt
    a[COOLING] += f.cooling_w * dt
    period = k.period[now.slot]  # a change of period is a breakpoint
    a[COST] += f.priced_w * dt * energy_price(k, period)
    k.period_energy[now.year, period] += f.import_w * dt
    for n in range(k.row[0].edge_lo, k.row[0].edge_hi):
        k.stage_loss[n] += k.stage_w[n] * dt
    burn(k, dt)


@compiled
def burn(k: Arrays, dt: float) -> None:
    """Burn fuel in the running sets."""
    site = k.site[0]
    if site.diesel_running_w <= 0.0:
        return
    now = k.now[0]
    litres = (site.fuel_per_ws * site.diesel_running_w + site.fuel_per_j * k.flow[0].diesel_w) * dt
    now.fuel_l = max(0.0, now.fuel_l - litres)
    k.account[now.year, FUEL] += litres
    k.account[now.year, RUN_S] += dt
    k.account[now.year, RATED] += site.diesel_running_w * dt


@compiled
def fuel_time(k: Arrays) -> float:
    """Return when the tank runs dry at the present flows (inf if it does not)."""
    site = k.site[0]
    rate = site.fuel_per_ws * site.diesel_running_w + site.fuel_per_j * k.flow[0].diesel_w
    if site.diesel_running_w <= 0.0 or rate <= 0.0 or k.now[0].fuel_l <= 0.0:
        return math.inf
    return float(k.now[0].t + k.now[0].fuel_l / rate)


@compiled
def profile_time(k: Arrays) -> float:
    """Return the next instant at which a profile changes, or the month ends."""
    now = k.now[0]
    change = now.year_t + k.change[now.slot] * SLOT_S
    return float(min(change, month_end(k)))


@compiled
def month_end(k: Arrays) -> float:
    """Return the end of the running month (inf once the year is over)."""
    now = k.now[0]
    if now.month >= 12:
        return math.inf
    return float(now.year_t + MONTH_START_S[now.month + 1])


@compiled
def breakpoint_ahead(k: Arrays) -> float:
    """Return the next instant at which something changes by itself."""
    now = k.now[0]
    f = k.flow[0]
    te = min(min(f.limit_t, f.job_t), profile_time(k))
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
        now.dirty = 1
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
        k.inp[i].closed = 1
        k.inp[i].close_at_s = math.inf
        now.dirty = 1
        return REACHED
    integrate_row(k, i, now.t)
    snap(k, i, limit_goal(k, i, kind))
    now.stop_row = i
    if kind == WATCH_LOW_KIND:
        k.inp[i].watch_low_j = -math.inf
        now.dirty = 1
        return WATCH_LOW
    if kind == WATCH_HIGH_KIND:
        k.inp[i].watch_high_j = math.inf
        now.dirty = 1
        return WATCH_HIGH
    change_band(k, i)
    k.rate[i].touched = 1
    now.touched = 1
    return REACHED


@compiled
def update_touched(k: Arrays) -> None:
    """Take up changes of single buses without sweeping the tree, where that is exact."""
    now = k.now[0]
    f = k.flow[0]
    now.touched = 0
    if now.tight or not f.grid_up or k.row[0].has_storage:
        now.dirty = 1
        return
    series_w = k.series[now.slot % k.series.shape[0]]
    for i in range(k.row.shape[0] - 1, 0, -1):
        if k.rate[i].touched:
            integrate_row(k, i, now.t)
            if not update_bus(k, i, k.plan[now.slot], series_w):
                now.dirty = 1
                return
            if k.row[i].has_storage:
                find_limit(k, i)
    before_w = f.cooling_w
    set_cooling(k)
    k.rate[0].down_w += f.cooling_w - before_w
    k.rate[0].edge_w = k.rate[0].down_w
    f.need_w = k.rate[0].down_w
    pv_w = k.pv[now.slot // 2] * k.site[0].pv_peak_w
    if f.need_w > f.supply_w or pv_w > f.need_w:
        now.dirty = 1
        return
    set_sources(k, pv_w)
    earliest_limit(k)
    f.job_t = next_job_time(k)


@entry
def advance(k: Arrays, t1: float) -> int:
    """Advance the plant to `t1` or to the first instant that needs a process.

    Returns
    -------
    int
        A `Stop` code; the time reached is ``now.t``, the bus concerned ``now.stop_row``.
    """
    now = k.now[0]
    still = 0
    while True:
        if now.touched and not now.dirty:
            update_touched(k)
        if now.dirty:
            bad = reallocate(k)
            if bad >= 0:
                now.stop_row = bad
                return DEFICIT
        if now.t >= t1:
            return REACHED
        ahead = breakpoint_ahead(k)
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
            now.dirty = 1
            return FUEL_OUT
        if ahead <= te:
            code = pass_breakpoint(k, te)
            if code != REACHED:
                return int(code)


@entry
def settle(k: Arrays) -> None:
    """Bring storages and jobs, which are integrated lazily, up to the present instant."""
    integrate_rows(k, k.now[0].t)
    settle_jobs(k, k.now[0].t)
    due_snapshots(k, k.now[0].t)
