"""The site as a whole: its sources, its meter, its fuel tank, its calendar."""

from __future__ import annotations

import math

from twin.contracts.calendar import MONTH_START_S
from twin.contracts.layout import Arrays, Flow
from twin.jit import compiled
from twin.kernel.loads import run_stages
from twin.kernel.valuing import charging_cost

SLOT_S = 1800.0
IMPORT, EXPORT, DIESEL = int(Flow.IMPORT), int(Flow.EXPORT), int(Flow.DIESEL)
PV_USED, PV_CURTAILED = int(Flow.PV_USED), int(Flow.PV_CURTAILED)
COOLING, FUEL = int(Flow.COOLING), int(Flow.FUEL_L)
COST, RUN_S = int(Flow.CHARGE_COST_USD), int(Flow.DIESEL_RUN_S)
RATED = int(Flow.DIESEL_RATED_J)
SHORT, SHORTFALLS = int(Flow.SHORT_S), int(Flow.SHORTFALLS)


@compiled
def source_output(k: Arrays, limit_w: float) -> float:
    """Return the power at the site bus when the import at the meter stands at `limit_w`."""
    if math.isinf(limit_w):
        return limit_w
    power = limit_w
    for s in range(k.row[0].edge_hi - 1, k.row[0].edge_lo - 1, -1):
        a, b, c = k.stage[s].a_w, 1.0 + k.stage[s].b, k.stage[s].c_per_w
        rest = power - a
        if rest <= 0.0:
            return 0.0
        power = rest / b if c == 0.0 else (math.sqrt(b * b + 4.0 * c * rest) - b) / (2.0 * c)
    return power


@compiled
def slot(k: Arrays) -> int:
    """Return the half-hour of the year in which the present instant lies."""
    n = int((k.now[0].t - k.now[0].year_t) / SLOT_S)
    return int(min(max(n, 0), k.period.shape[0] - 1))


@compiled
def month_end(k: Arrays) -> float:
    """Return the end of the running month (inf once the year is over)."""
    now = k.now[0]
    if now.month >= 12:
        return math.inf
    return float(now.year_t + MONTH_START_S[now.month + 1])


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
    if not f.grid_up:
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
def energy_price(k: Arrays, period: int) -> float:
    """Return what energy taken by storages costs at the present source, USD/J.

    On a site that makes its own power it is the fuel that it takes, or nothing where PV would else
    be curtailed.
    """
    f = k.flow[0]
    if f.grid_up:
        return float(k.price[period] / 3.6e6)
    if f.diesel_w > 0.0:
        return float(k.site[0].fuel_per_j * k.site[0].fuel_usd_per_l)
    return 0.0


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
    a[COST] += charging_cost(k, energy_price(k, period)) * dt
    k.period_energy[now.year, period] += f.import_w * dt
    for n in range(k.row[0].edge_lo, k.row[0].edge_hi):
        k.stage_loss[n] += k.stage_w[n] * dt
    note_shortfall(k, dt)
    burn(k, dt)


@compiled
def note_shortfall(k: Arrays, dt: float) -> None:
    """Book the time in which some demand is not served, and how often that begins."""
    now = k.now[0]
    short = now.short_rows > 0
    if short:
        k.account[now.year, SHORT] += dt
        if not now.was_short:
            k.account[now.year, SHORTFALLS] += 1.0
    now.was_short = short


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
    if site.diesel_running_w <= 0.0 or k.now[0].fuel_l <= 0.0:
        return math.inf
    rate = site.fuel_per_ws * site.diesel_running_w + site.fuel_per_j * k.flow[0].diesel_w
    if rate <= 0.0:
        return math.inf
    return float(k.now[0].t + k.now[0].fuel_l / rate)
