"""Changes on one branch of the tree, taken up without sweeping the rest.

While the grid is healthy and has power to spare, a bus that hangs on the site bus changes only the
flows of its own branch: each bus tells its parent the difference, up to the site bus, where sources
are set once for all that happened in an instant. Where that is not exact the tree is swept.
"""

from __future__ import annotations

import math

from twin.contracts.layout import Arrays
from twin.jit import compiled, inlined
from twin.kernel.flows import EMPTY, carry, resweep, standby, storage_rate, want
from twin.kernel.jobs import next_job_time
from twin.kernel.loads import BUSES, ROOT, load_bus, run_stages, set_cooling
from twin.kernel.site import set_sources
from twin.kernel.stores import earliest_limit, find_limit, integrate_row


@inlined
def is_local(k: Arrays) -> bool:
    """Return whether a change on one branch leaves the flows of all others as they are."""
    now = k.now[0]
    return bool(not now.dirty and not now.tight and k.flow[0].grid_up and not k.row[0].has_storage)


@compiled
def set_load(k: Arrays, i: int, series_w: float) -> None:
    """Take up a change of load at bus `i`; the bus is settled."""
    r = k.rate[i]
    before_w = r.it_w
    r.down_w -= r.load_bus_w
    load_bus(k, i, series_w)
    r.down_w += r.load_bus_w
    k.flow[0].it_w += r.it_w - before_w


@compiled
def set_flows(k: Arrays, i: int) -> None:
    """Set the flows of a joined bus for what hangs on it, and tell its parent the difference."""
    r = k.rate[i]
    p = k.row[i]
    r.edge_w = r.down_w
    if p.has_storage:
        k.flow[0].priced_w -= r.charge_w + r.standby_bus_w
        want(k, i, k.plan[k.now[0].slot], False)
        carry(k, i, 1.0, 1.0)
        r.self_w = 0.0 if k.state[i].mode == EMPTY else p.self_discharge_w
        storage_rate(k, i)
        k.flow[0].priced_w += r.charge_w + r.standby_bus_w
        find_limit(k, i)
    before_w = r.up_w
    r.up_w = run_stages(k, p.edge_lo, p.edge_hi, r.edge_w)
    k.rate[p.parent].down_w += r.up_w - before_w


@compiled
def update_branch(k: Arrays, i: int) -> None:
    """Take up a change of band at bus `i`, and what it means for the buses above."""
    now = k.now[0]
    if not is_local(k):
        resweep(k)
        return
    while i > 0:
        if not (k.rate[i].joined and k.rate[i].live):
            resweep(k)
            return
        integrate_row(k, i, now.t)
        set_flows(k, i)
        i = k.row[i].parent
    now.touched |= ROOT


@compiled
def close_breaker(k: Arrays, i: int) -> None:
    """Close the breaker of bus `i`: it hangs on its parent again."""
    k.inp[i].closed = 1
    k.inp[i].close_at_s = math.inf
    p = k.row[i]
    r = k.rate[i]
    leaf = p.pod >= 0
    if not (leaf and k.inp[i].alive and k.rate[p.parent].joined and is_local(k)):
        resweep(k)
        return
    integrate_row(k, i, k.now[0].t)
    r.live = r.joined = 1
    k.flow[0].priced_w -= r.charge_w + r.standby_bus_w
    r.charge_w = r.standby_bus_w = 0.0
    if p.has_storage:
        standby(k, i)
        k.flow[0].priced_w += r.standby_bus_w
    r.down_w = r.load_bus_w + r.standby_bus_w
    update_branch(k, i)


@compiled
def update_touched(k: Arrays) -> None:
    """Take up what was touched in this instant."""
    now = k.now[0]
    if not is_local(k):
        resweep(k)
        return
    if now.touched & BUSES and not update_buses(k):
        resweep(k)
        return
    now.touched = 0
    f = k.flow[0]
    before_w = f.cooling_w
    set_cooling(k)
    k.rate[0].down_w += f.cooling_w - before_w
    k.rate[0].edge_w = k.rate[0].down_w
    f.need_w = k.rate[0].down_w
    pv_w = k.pv[now.slot // 2] * k.site[0].pv_peak_w
    if f.need_w > f.supply_w or pv_w > f.need_w:
        resweep(k)
        return
    set_sources(k, pv_w)


@compiled
def update_buses(k: Arrays) -> bool:
    """Take up changes of load at all marked buses; return False where that is not exact."""
    now = k.now[0]
    series_w = k.series[now.slot % k.series.shape[0]]
    for i in range(k.row.shape[0] - 1, 0, -1):
        r = k.rate[i]
        if not r.touched:
            continue
        if not (r.joined and r.live):
            return False
        r.touched = 0
        integrate_row(k, i, now.t)
        if k.row[i].pod >= 0:
            set_load(k, i, series_w)
        set_flows(k, i)
        k.rate[k.row[i].parent].touched = 1
    k.rate[0].touched = 0
    earliest_limit(k)
    k.flow[0].job_t = next_job_time(k)
    return True
