"""Storages inside the pass: bands, limits, integration, ageing.

Bands (EMPTY, LOW, OK, FULL) are latched with hysteresis: an empty storage serves again only above its
restart level, a full one is topped up only after it has lost two per cent. Without the latches a
storage at its limit would switch infinitely often in one instant.

Ageing (first model) follows Naumann et al. 2018 (calendar, J. Energy Storage 17, 153-169) and 2020
(cycles, J. Power Sources 451, 227666) for LFP cells: square-root laws with virtual time, applied once
a month to the month's mean state of charge, C-rate and depth of half cycles.
"""

from __future__ import annotations

import math

from twin.contracts.layout import Arrays, Flow, Mode
from twin.jit import compiled, inlined

EMPTY, LOW, HOLD = int(Mode.EMPTY), int(Mode.LOW), int(Mode.HOLD)
OK, FULL = int(Mode.OK), int(Mode.FULL)
REARM_SHARE = 0.02
TOPUP_SHARE = 0.98
DEEP_SHARE = 0.05
RESERVE_TOP_SHARE = 0.95
SNAP_S = 1e-5
WATCH_LOW_KIND, WATCH_HIGH_KIND, BAND_KIND, CLOSE_KIND = 1, 2, 3, 4

GAS = 8.3144598
CAL_K, CAL_EA, CAL_C, CAL_D = 1.2571e-5, 17126.0, 2.8575, 0.60225
CYC_A, CYC_B, CYC_C, CYC_D = 0.0630, 0.0971, 4.0253, 1.0923
UNSERVED, IT, PUMPS = int(Flow.UNSERVED), int(Flow.IT), int(Flow.PUMPS)
POWERED, CHARGE, DISCHARGE = int(Flow.POWERED_POD_S), int(Flow.CHARGE), int(Flow.DISCHARGE)
CONVERSION, STANDBY_BUS = int(Flow.CONVERSION_LOSS), int(Flow.STANDBY_BUS)
STANDBY_CELLS, SELF_DISCHARGE = int(Flow.STANDBY_CELLS), int(Flow.SELF_DISCHARGE)
HELD = int(Flow.HELD_POD_S)
FADED, REPLACED, SNAP = int(Flow.FADED), int(Flow.REPLACED_J), int(Flow.SNAP)


@inlined
def reserve_edge(k: Arrays, i: int) -> float:
    """Return the energy of the reserve; it stays below the top-up level, however much has faded."""
    return float(min(k.row[i].reserve_j, RESERVE_TOP_SHARE * k.state[i].capacity_j))


@inlined
def band_limit(k: Arrays, i: int) -> float:
    """Return the energy at which the band of bus `i` changes next at its present rate (or nan)."""
    s = k.state[i]
    p = k.row[i]
    rate = k.rate[i].stored_rate_w
    if rate < 0.0:
        if s.mode == FULL and k.rate[i].discharge_w <= 0.0:
            return float(TOPUP_SHARE * s.capacity_j)
        if s.mode >= OK and p.reserve_j > 0.0:
            return reserve_edge(k, i)
        if s.mode == HOLD:
            return float(max(0.0, reserve_edge(k, i) - DEEP_SHARE * s.capacity_j))
        if s.mode != EMPTY:
            return 0.0
    elif rate > 0.0:
        if s.mode == EMPTY:
            return float(p.restart_share * s.capacity_j)
        if s.mode == LOW:
            return float(reserve_edge(k, i) + REARM_SHARE * s.capacity_j)
        if s.mode != FULL:
            return float(s.capacity_j)
    return math.nan


@compiled
def refresh_band(k: Arrays, i: int) -> None:
    """Leave FULL or HOLD where the energy has moved well away from them.

    Neither matters while power flows away from the band, so that no event is spent on it; it is made
    up for before the storage is asked what it may do next.
    """
    s = k.state[i]
    if s.mode == FULL and s.stored_j <= TOPUP_SHARE * s.capacity_j:
        s.mode = OK
    elif s.mode == HOLD:
        if s.stored_j >= reserve_edge(k, i) + REARM_SHARE * s.capacity_j:
            s.mode = OK


@compiled
def change_band(k: Arrays, i: int) -> None:
    """Move bus `i` to the next band; the stored energy has been snapped to the limit."""
    s = k.state[i]
    falling = k.rate[i].stored_rate_w < 0.0
    if falling:
        if s.mode == FULL and k.rate[i].discharge_w <= 0.0:
            s.mode = OK
        elif s.mode >= OK and s.stored_j > 0.0:
            s.mode = HOLD
        elif s.mode == HOLD and s.stored_j > 0.0:
            s.mode = LOW
        else:
            s.mode = EMPTY
    elif s.mode == EMPTY:
        s.mode = LOW
    elif s.mode < OK and s.stored_j < s.capacity_j:
        s.mode = OK
    else:
        s.mode = FULL


@compiled
def find_limit(k: Arrays, i: int) -> None:
    """Find when bus `i` meets its next limit: band, watch, or timed closing of its breaker."""
    t = k.now[0].t
    r = k.rate[i]
    limit = math.inf
    if k.row[i].has_storage and r.stored_rate_w != 0.0:
        goal = band_limit(k, i)
        r.limit_kind = BAND_KIND
        low = k.inp[i].watch_low_j
        high = k.inp[i].watch_high_j
        if r.stored_rate_w < 0.0 and low > -math.inf and not low < goal:
            goal = low
            r.limit_kind = WATCH_LOW_KIND
        elif r.stored_rate_w > 0.0 and high < math.inf and not high > goal:
            goal = high
            r.limit_kind = WATCH_HIGH_KIND
        if not math.isnan(goal):
            # the bus is settled to now by everyone who calls this
            limit = t + max(0.0, (goal - k.state[i].stored_j) / r.stored_rate_w)
    if k.inp[i].close_at_s < limit:
        limit = max(t, k.inp[i].close_at_s)
        r.limit_kind = CLOSE_KIND
    k.limit_s[i] = limit


@compiled
def find_limits(k: Arrays) -> None:
    """Find the next limit of every bus."""
    for i in range(k.row.shape[0]):
        find_limit(k, i)
    earliest_limit(k)


@compiled
def earliest_limit(k: Arrays) -> None:
    """Set the earliest limit of all, and its bus (the first of several).

    Four minima side by side and without a branch: which battery comes next is as good as random,
    and a processor that guesses wrong loses more time than the whole comparison takes.
    """
    limit_s = k.limit_s
    n = limit_s.shape[0]
    a = b = c = d = math.inf
    for i in range(0, n - 3, 4):
        a = min(a, limit_s[i])
        b = min(b, limit_s[i + 1])
        c = min(c, limit_s[i + 2])
        d = min(d, limit_s[i + 3])
    for i in range(n - n % 4, n):
        a = min(a, limit_s[i])
    least = min(min(a, b), min(c, d))
    row = 0
    while limit_s[row] > least:
        row += 1
    k.flow[0].limit_t = least
    k.flow[0].limit_row = row


@compiled
def limit_goal(k: Arrays, i: int, kind: int) -> float:
    """Return the energy that defines a limit of bus `i`."""
    if kind == WATCH_LOW_KIND:
        return float(k.inp[i].watch_low_j)
    if kind == WATCH_HIGH_KIND:
        return float(k.inp[i].watch_high_j)
    return band_limit(k, i)


@compiled
def snap(k: Arrays, i: int, goal: float) -> None:
    """Set the stored energy exactly to its limit and book the rounding.

    A limit that was passed already when it was set (a watch above the stored energy) is not snapped
    to: only rounding may be booked, never energy.
    """
    s = k.state[i]
    error = goal - s.stored_j
    if abs(error) <= SNAP_S * abs(k.rate[i].stored_rate_w) + 1e-9 * s.capacity_j:
        s.stored_j = goal
        s.snapped_j += error
        k.account[k.now[0].year, SNAP] += error


@compiled
def integrate_row(k: Arrays, i: int, t: float) -> None:
    """Integrate bus `i` from its own last settlement to `t` at constant rates."""
    s = k.state[i]
    dt = t - s.t
    s.t = t
    if dt <= 0.0:
        return
    r = k.rate[i]
    p = k.row[i]
    a = k.account[k.now[0].year]
    if p.pod >= 0:
        unserved_j = r.unserved_w * dt
        s.unserved_j += unserved_j
        a[UNSERVED] += unserved_j
        a[IT] += r.it_w * dt
        a[PUMPS] += p.pump_share * r.it_w * dt
        if r.counted:
            a[POWERED] += dt
        if r.held:
            a[HELD] += dt
    first = p.edge_hi if i == 0 else p.load_lo  # the site's own edge is settled with the site
    for n in range(first, p.edge_hi):
        k.stage_loss[n] += k.stage_w[n] * dt
    if p.has_storage:
        integrate_storage(k, i, dt)


@compiled
def integrate_rows(k: Arrays, t: float) -> None:
    """Integrate all buses to `t`."""
    for i in range(k.row.shape[0]):
        integrate_row(k, i, t)


@inlined
def integrate_storage(k: Arrays, i: int, dt: float) -> None:
    """Integrate one storage over `dt`: energy, energy account, ageing accumulators."""
    s = k.state[i]
    r = k.rate[i]
    before = s.stored_j
    s.stored_j += r.stored_rate_w * dt
    s.charged_j += r.charge_w * dt
    s.discharged_j += r.discharge_w * dt
    s.lost_j += (r.charge_w - r.discharge_w - r.stored_rate_w) * dt
    a = k.account[k.now[0].year]
    a[CHARGE] += r.charge_w * dt
    a[DISCHARGE] += r.discharge_w * dt
    a[CONVERSION] += r.loss_w * dt
    a[STANDBY_BUS] += r.standby_bus_w * dt
    a[STANDBY_CELLS] += r.standby_cells_w * dt
    a[SELF_DISCHARGE] += r.self_w * dt
    if not k.row[i].ages:
        return
    size = k.row[i].nameplate_j * s.soh
    s.month_s += dt
    s.month_soc_s += (k.row[i].soc_low + 0.5 * (before + s.stored_j) / size) * dt
    moved = abs(r.stored_rate_w) * dt
    if r.discharge_w > 0.0 or r.charge_w > 0.0:
        s.throughput_j += moved
        s.month_throughput_j += moved
        s.month_rate_j += moved * abs(r.stored_rate_w) * 3600.0 / size
        direction = 1 if r.stored_rate_w > 0.0 else -1
        if direction != s.direction:
            half_cycle(k, i, before)
            s.direction = direction


@compiled
def half_cycle(k: Arrays, i: int, turn_j: float) -> None:
    """Close a half cycle at its turning point and add its depth to the month's sums."""
    s = k.state[i]
    depth = abs(turn_j - s.turn_j) / (k.row[i].nameplate_j * s.soh)
    s.month_depth += depth
    s.month_depth_depth += depth * depth
    s.turn_j = turn_j


@compiled
def age_month(k: Arrays, i: int) -> None:
    """Apply a month of ageing to bus `i`; replace the cells when they reach their end of life."""
    s = k.state[i]
    p = k.row[i]
    if s.month_s <= 0.0:
        return
    soc = s.month_soc_s / s.month_s
    rate = CAL_K * math.exp(-CAL_EA / GAS * (1.0 / p.cell_temperature_k - 1.0 / 298.15))
    rate *= CAL_C * (soc - 0.5) ** 3 + CAL_D
    virtual_s = (s.fade_calendar / rate) ** 2
    s.fade_calendar = rate * math.sqrt(virtual_s + s.month_s)
    if s.month_throughput_j > 0.0:
        c_rate = s.month_rate_j / s.month_throughput_j
        depth = s.month_depth_depth / s.month_depth if s.month_depth > 0.0 else 0.0
        cycle = 0.01 * (CYC_A * c_rate + CYC_B) * (CYC_C * (depth - 0.6) ** 3 + CYC_D)
        cycles = 0.5 * s.month_throughput_j / p.nameplate_j
        virtual = (s.fade_cycle / cycle) ** 2
        s.fade_cycle = cycle * math.sqrt(virtual + cycles)
    s.month_s = 0.0
    s.month_soc_s = 0.0
    s.month_throughput_j = 0.0
    s.month_rate_j = 0.0
    s.month_depth = 0.0
    s.month_depth_depth = 0.0
    set_health(k, i, 1.0 - s.fade_calendar - s.fade_cycle)


@compiled
def set_health(k: Arrays, i: int, soh: float) -> None:
    """Give bus `i` a new state of health; energy that no longer fits is booked as faded."""
    s = k.state[i]
    p = k.row[i]
    year = k.now[0].year
    if soh < p.end_of_life_soh:
        soh = 1.0
        s.fade_calendar = 0.0
        s.fade_cycle = 0.0
        s.replacements += 1
        s.replaced_j += p.nameplate_j
        k.account[year, REPLACED] += p.nameplate_j
    s.soh = soh
    s.capacity_j = (p.soc_high - p.soc_low) * p.nameplate_j * soh
    if s.stored_j > s.capacity_j:
        excess = s.stored_j - s.capacity_j
        s.stored_j = s.capacity_j
        s.faded_j += excess
        k.account[year, FADED] += excess
    if s.mode == FULL and s.stored_j < TOPUP_SHARE * s.capacity_j:
        s.mode = OK
    elif s.mode == OK and s.stored_j >= s.capacity_j:
        s.mode = FULL


@compiled
def age_all(k: Arrays) -> None:
    """Apply the month's ageing to every storage."""
    for i in range(k.row.shape[0]):
        if k.row[i].has_storage and k.row[i].ages:
            age_month(k, i)
