"""Who feeds whom: the allocation of power on the tree, in closed form.

One sweep from the leaves to the root turns (relief ``alpha``, charging ``beta``) into flows:

* every storage carries what its rating allows; of that the common share ``alpha`` is relieved by the
  supply above it; what exceeds its rating is a *must*;
* what may charge does so with the common share ``beta`` of its wish.

The flow at the root is convex in either share, because stage losses are convex and increasing.
Interpolating linearly between the shares 0 and 1 therefore never asks more of the supply than there
is; no iteration is needed, and sweeping once more with the shares found gives exact balances.
"""

from __future__ import annotations

from twin.contracts.layout import Arrays, Mode
from twin.jit import compiled, inlined
from twin.kernel.loads import load_bus, run_stages, set_cooling, stage_input
from twin.kernel.site import source_output
from twin.kernel.stores import refresh_band
from twin.kernel.ties import cut_ties_to_the_site, energize_over_ties, help_over_ties

EMPTY, LOW, HOLD = int(Mode.EMPTY), int(Mode.LOW), int(Mode.HOLD)
OK, FULL = int(Mode.OK), int(Mode.FULL)
TOLERANCE_W = 1e-6
CHORDS = 3
INPUTS, FLOWS = 1, 2
"""How much is out of date: anything a process may have committed, or the flows alone."""


@inlined
def resweep(k: Arrays) -> None:
    """Have the tree swept before time moves on; loads that nobody touched are as they were."""
    if not k.now[0].dirty:
        k.now[0].dirty = FLOWS


@compiled
def mark_live(k: Arrays) -> None:
    """Find which buses have voltage, and which of them hang on the site bus."""
    site = k.site[0]
    for i in range(k.row.shape[0]):
        own = k.row[i].has_storage and k.inp[i].storage_ok and k.state[i].mode != EMPTY
        rate = k.rate[i]
        if i == 0:
            k.flow[0].grid_up = site.grid_on and k.inp[0].closed
            fed = k.flow[0].grid_up or site.diesel_on
            rate.live = k.inp[i].alive and (fed or own)
            rate.joined = rate.live
            continue
        parent = k.row[i].parent
        closed = k.inp[i].closed and k.inp[i].alive
        rate.joined = closed and k.rate[parent].joined
        rate.live = k.inp[i].alive and (own or (closed and k.rate[parent].live))
    energize_over_ties(k)


@inlined
def want(k: Arrays, i: int, plan: float, from_pv: bool) -> None:
    """Set what the storage of bus `i` may give (spare), must give by plan, and would like to take."""
    p = k.row[i]
    inp = k.inp[i]
    r = k.rate[i]
    refresh_band(k, i)
    mode = k.state[i].mode
    r.want_w = 0.0
    r.plan_w = 0.0
    r.spare_w = 0.0
    if not inp.storage_ok:
        return
    healthy = r.joined and k.flow[0].grid_up
    if not healthy:
        r.spare_w = inp.discharge_w if mode != EMPTY else 0.0
        may = r.joined and (k.site[0].charge_on_diesel or from_pv)
        r.want_w = inp.recharge_w if may and mode != FULL else 0.0
        return
    if (mode <= LOW and p.reserve_j > 0.0) or not p.trades:
        r.want_w = inp.recharge_w if mode != FULL else 0.0
        return
    if mode >= OK:
        r.spare_w = inp.discharge_w
    if mode != FULL:
        if from_pv:
            r.want_w = inp.charge_w
        elif plan > 0.0:
            r.want_w = plan * inp.charge_w
    if plan < 0.0 and mode >= OK:
        r.plan_w = -plan * inp.discharge_w


@inlined
def carry(k: Arrays, i: int, alpha: float, beta: float) -> None:
    """Set what the storage of a live bus gives or takes, and what is left for the edge above."""
    r = k.rate[i]
    r.charge_w = 0.0
    share = alpha if r.joined else 0.0
    plan = min(k.flow[0].gamma * r.plan_w, r.down_w)
    r.discharge_w = plan + (1.0 - share) * min(r.spare_w - plan, r.down_w - plan)
    if r.joined and r.want_w > 0.0 and beta > 0.0 and r.discharge_w <= 0.0:
        x = beta * r.want_w
        p = k.row[i]
        if x > p.charge_a + (p.charge_b + p.charge_c * x) * x:
            r.charge_w = x
    r.edge_w = r.down_w - r.discharge_w + r.charge_w


@compiled
def sweep(k: Arrays, alpha: float, beta: float) -> float:
    """Set all flows for the given shares; return the power needed at the site bus, W."""
    n = k.row.shape[0]
    k.now[0].sweeps += 1
    for i in range(n):
        k.rate[i].down_w = k.rate[i].load_bus_w
    for i in range(n - 1, -1, -1):
        r = k.rate[i]
        if not r.live:
            r.charge_w = 0.0
            r.discharge_w = 0.0
            r.edge_w = 0.0
            r.down_w = 0.0
            continue
        down = r.down_w + r.standby_bus_w - r.tie_w
        if i == 0:
            down += k.flow[0].cooling_w
        r.down_w = down
        r.edge_w = down
        if k.row[i].has_storage:
            carry(k, i, alpha, beta)
        if i > 0:
            parent = k.row[i].parent
            if k.inp[i].closed and k.inp[i].alive and k.rate[parent].live:
                k.rate[parent].down_w += stage_input(
                    k, k.row[i].edge_lo, k.row[i].edge_hi, r.edge_w
                )
    return float(k.rate[0].edge_w)


@compiled
def standby(k: Arrays, i: int) -> None:
    """Set what the storage of bus `i` draws without doing anything."""
    r = k.rate[i]
    p = k.row[i]
    r.standby_bus_w = 0.0
    r.standby_cells_w = 0.0
    r.self_w = 0.0
    if k.state[i].mode != EMPTY:
        r.self_w = p.self_discharge_w
    if k.inp[i].storage_ok and r.live:
        if r.joined and (k.flow[0].grid_up or k.site[0].diesel_on):
            r.standby_bus_w = p.standby_w
        elif k.state[i].mode != EMPTY:
            r.standby_cells_w = p.standby_w


@compiled
def prepare(k: Arrays, plan: float, series_w: float) -> None:
    """Set loads, standby and wishes of all buses for the present inputs."""
    f = k.flow[0]
    f.it_w = 0.0
    everything = k.now[0].dirty != FLOWS
    for i in range(k.row.shape[0]):
        if everything or k.rate[i].touched:
            load_bus(k, i, series_w)
        f.it_w += k.rate[i].it_w
        if k.row[i].has_storage:
            standby(k, i)
            want(k, i, plan, False)
    set_cooling(k)


@compiled
def island_deficit(k: Arrays) -> int:
    """Return a bus that heads an island whose storage cannot carry it, or a dead bus with load."""
    for i in range(k.row.shape[0]):
        r = k.rate[i]
        if not r.live:
            if r.load_bus_w > 0.0:
                return i
            continue
        if r.joined:
            continue
        parent = k.row[i].parent
        head = not (k.inp[i].closed and k.inp[i].alive and k.rate[parent].live)
        if head and r.edge_w > TOLERANCE_W:
            return i
    return -1


@compiled
def allocate(k: Arrays, plan: float, pv_w: float, series_w: float) -> int:
    """Allocate power for the present inputs; return the bus in deficit or -1.

    Parameters
    ----------
    plan
        Dispatch plan of this half-hour as a share of rating: > 0 charge, < 0 discharge.
    pv_w, series_w
        PV power available at the site bus and total power of the load series, W.
    """
    site = k.site[0]
    f = k.flow[0]
    mark_live(k)
    prepare(k, plan, series_w)
    pv = pv_w if k.rate[0].live else 0.0
    firm = 0.0
    if f.grid_up:
        firm = source_output(k, site.import_limit_w)
    elif site.diesel_on:
        firm = site.diesel_w
    supply = firm + pv
    for_charging = supply
    if not f.grid_up and not site.charge_on_diesel:
        for_charging = pv
    f.alpha = 1.0
    f.beta = 1.0
    f.gamma = 1.0
    f.pv_charging = 0
    f.musts_w = 0.0
    need = sweep(k, 1.0, 1.0)
    tight = 0
    if k.tie.shape[0] > 0 and help_over_ties(k):
        need = sweep(k, 1.0, 1.0)
        tight = 1
    if need > min(supply, for_charging):
        tight = 1
        full = need
        need = sweep(k, 1.0, 0.0)
        f.beta = 0.0
        if need <= min(supply, for_charging):
            need = share_charging(k, min(supply, for_charging), need, full)
        elif need > supply:
            full = need
            need = sweep(k, 0.0, 0.0)
            if need > supply + TOLERANCE_W and cut_ties_to_the_site(k):
                need = sweep(k, 0.0, 0.0)
            f.musts_w = need
            f.alpha = 0.0
            if need > supply + TOLERANCE_W:
                f.supply_w = supply
                return 0
            need = share_relief(k, supply, need, full)
    if pv > need and plan < 0.0 and f.grid_up and f.alpha >= 1.0:  # only then is there a plan
        tight = 1
        need = yield_to_pv(k, pv, need)
    if pv > need + TOLERANCE_W and f.alpha >= 1.0:
        tight = 1
        need = charge_from_pv(k, plan, pv, need)
    if not k.rate[0].live:
        need = revive(k, pv_w)
    k.now[0].tight = tight
    f.supply_w = supply
    f.need_w = need
    return island_deficit(k)


@compiled
def revive(k: Arrays, pv_w: float) -> float:
    """Let PV charge the empty storage of the dead site bus; return the power taken, W.

    Its converter and its controls are up, the loads are cut off: so a site without any other source
    comes back.
    """
    p = k.row[0]
    if not (p.has_storage and p.forms and k.inp[0].storage_ok and k.inp[0].alive):
        return 0.0
    x = min(k.inp[0].recharge_w, pv_w)
    if x > p.charge_a + (p.charge_b + p.charge_c * x) * x:
        k.rate[0].charge_w = x
        return float(x)
    return 0.0


@compiled
def share_charging(k: Arrays, limit: float, low: float, high: float) -> float:
    """Find the common share of charging that brings the need up to `limit`; return the need.

    `low` and `high` are the needs at shares 0 and 1. Each step draws the chord from the last share
    to 1, which lies above the convex need: the limit is approached, never passed. The need jumps
    where charging begins to pay for its constant losses; a share beyond such a jump is taken back.
    """
    f = k.flow[0]
    f.beta = 0.0
    for _ in range(CHORDS):
        if high <= low:
            break
        last = f.beta
        f.beta += (1.0 - f.beta) * max(0.0, (limit - low) / (high - low))
        need = sweep(k, 1.0, f.beta)
        if need > limit + TOLERANCE_W:
            f.beta = last
            return sweep(k, 1.0, f.beta)
        low = need
    return low


@compiled
def share_relief(k: Arrays, limit: float, low: float, high: float) -> float:
    """Find the common share of relief that brings the need up to `limit`; return the need."""
    f = k.flow[0]
    f.alpha = 0.0
    for _ in range(CHORDS):
        if high > low:
            f.alpha += (1.0 - f.alpha) * max(0.0, (limit - low) / (high - low))
        low = sweep(k, f.alpha, 0.0)
    return low


@compiled
def yield_to_pv(k: Arrays, pv: float, least: float) -> float:
    """Let planned discharge give way to PV that would be curtailed otherwise."""
    f = k.flow[0]
    f.gamma = 0.0
    most = sweep(k, 1.0, 1.0)
    if most > pv:
        f.gamma = (most - pv) / (most - least)
        return sweep(k, 1.0, 1.0)
    return most


@compiled
def charge_from_pv(k: Arrays, plan: float, pv: float, need: float) -> float:
    """Let storages that trade, or wait for recharge, take PV that nobody else needs.

    The last sweep gave `need`; where nothing charged in it, that is the need without charging.
    """
    charging = False
    for i in range(k.row.shape[0]):
        if k.row[i].has_storage:
            charging |= k.rate[i].charge_w > 0.0
            want(k, i, plan, True)
    full = sweep(k, 1.0, 1.0)
    k.flow[0].pv_charging = 1
    if full > pv:
        base = sweep(k, 1.0, 0.0) if charging else need
        return share_charging(k, pv, base, full)
    k.flow[0].beta = 1.0
    return full


@compiled
def finish(k: Arrays) -> None:
    """Note the losses of every edge and the rate of every storage for the flows found."""
    k.flow[0].priced_w = 0.0
    for i in range(k.row.shape[0]):
        r = k.rate[i]
        p = k.row[i]
        r.up_w = 0.0
        r.touched = 0
        if i > 0 and r.live and k.inp[i].closed and k.rate[p.parent].live:
            r.up_w = run_stages(k, p.edge_lo, p.edge_hi, r.edge_w)
        elif i > 0:
            for s in range(p.edge_lo, p.edge_hi):
                k.stage_w[s] = 0.0
        if p.has_storage:
            storage_rate(k, i)
            k.flow[0].priced_w += r.charge_w + r.standby_bus_w


@inlined
def storage_rate(k: Arrays, i: int) -> None:
    """Set the rate of stored energy of bus `i`."""
    r = k.rate[i]
    p = k.row[i]
    net = 0.0
    r.loss_w = 0.0
    if r.discharge_w > 0.0:
        x = r.discharge_w
        r.loss_w = p.discharge_a + (p.discharge_b + p.discharge_c * x) * x
        net = -(x + r.loss_w)
    elif r.charge_w > 0.0:
        x = r.charge_w
        r.loss_w = p.charge_a + (p.charge_b + p.charge_c * x) * x
        net = x - r.loss_w
    r.stored_rate_w = net - r.standby_cells_w - r.self_w
