"""Turns a settled plant into money: investment, cash flow by year, cost of storage.

All money is real USD. Column 0 is the start, column t the year that ends at t (or at the horizon).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.contracts.layout import Cause, Flow
from twin.economics import CashFlow, asset_values, connection_fee, replacement_years, year_ends
from twin.plant.machine import Plant
from twin.plant.tree import Layout, charging_below
from twin.scenario import Scenario

Array = NDArray[np.float64]
KWH_J = 3.6e6


@dataclass(frozen=True)
class Asset:
    """Something bought: price, yearly O&M, life, floor space; whether it belongs to storage."""

    name: str
    price_usd: float
    om_usd_per_year: float
    life_years: float
    floor_m2: float
    storage: bool = False


def assets(laid: Layout, tables: dict[str, Any], load: Any) -> list[Asset]:
    """Return what an architecture buys."""
    found = list(_storage_assets(laid))
    diesel, pv, chain = (tables.get(n) for n in ("diesel", "pv", "chain"))
    if diesel is not None and diesel.sets:
        kw = diesel.sets * diesel.set_kw
        found.append(
            Asset(
                "diesel",
                kw * diesel.capex_usd_per_kw,
                kw * diesel.om_usd_per_kw_year,
                diesel.life_years,
                kw * diesel.floor_m2_per_kw,
            )
        )
    if pv is not None:
        found.append(
            Asset(
                "pv",
                pv.peak_kw * pv.capex_usd_per_kw,
                pv.peak_kw * pv.om_usd_per_kw_year,
                pv.life_years,
                pv.peak_kw * pv.floor_m2_per_kw,
            )
        )
    if chain is not None:
        kw = laid.total_w / 1e3
        charging_kw = charging_below(laid.buses, chain.charging_share)[0] / 1e3
        price = kw * chain.usd_per_kw + charging_kw * chain.charging_usd_per_kw
        found.append(
            Asset(
                "distribution",
                price,
                price * chain.om_share_per_year,
                chain.life_years,
                kw * chain.floor_m2_per_kw,
            )
        )
    for spec in tables.values():  # what a part of its own buys
        more = getattr(spec, "assets", None)
        found += [Asset(*bought) for bought in more(laid)] if callable(more) else []
    return found


def _storage_assets(laid: Layout) -> Iterator[Asset]:
    """Yield cells and power electronics of each storage unit as separate assets."""
    for bus in laid.buses:
        spec = bus.storage
        if spec is None:
            continue
        total = spec.price_usd(bus.nameplate_j, bus.power_w)
        cells = min(total, bus.nameplate_j / KWH_J * spec.replacement_usd_per_kwh)
        floor = spec.footprint_m2(bus.nameplate_j, bus.power_w)
        name = bus.unit.name if bus.unit is not None else bus.name
        yield Asset(
            f"{name} electronics",
            total - cells,
            total * spec.om_share_per_year,
            spec.life_years,
            floor,
            storage=True,
        )
        yield Asset(f"{name} cells", cells, 0.0, spec.cell_life_years, 0.0, storage=True)


@dataclass(frozen=True)
class Money:
    """Cash flow of an architecture in a replication, and the storage's share of it."""

    cashflow: CashFlow
    asset_value: Array
    storage_cost: Array
    discharged_mwh: Array
    capex_usd: float
    om_usd_per_year: float
    footprint_m2: float


def settle_money(scenario: Scenario, plant: Plant, laid: Layout) -> Money:
    """Return the money of a settled plant."""
    horizon = scenario.horizon_years
    eco = scenario.economics
    spans = np.diff(year_ends(horizon))
    k = plant.arrays
    bought = assets(laid, plant.tables, scenario.load)
    zero = np.zeros(len(spans) + 1)
    capex, om, replaced = zero.copy(), zero.copy(), zero.copy()
    values, storage = zero.copy(), zero.copy()
    for asset in bought:
        buys = [(0.0, asset.price_usd)]
        buys += [(t, asset.price_usd) for t in replacement_years(asset.life_years, horizon)]
        flow = _purchases(buys[1:], len(spans))
        capex[0] += asset.price_usd
        replaced += flow
        om[1:] += asset.om_usd_per_year * spans
        value = asset_values(buys, asset.life_years, horizon)
        values += value
        if asset.storage:
            storage += flow
            storage[0] += asset.price_usd
            storage[1:] += asset.om_usd_per_year * spans
            storage[-1] -= value[-1]
    wear = _diesel_wear(plant)
    om[1:] += wear
    worn = _worn_cells(plant, laid)
    renewed = _renewed_value(worn, laid, horizon)
    values += renewed + _burnt_value(plant, horizon)
    storage[-1] -= renewed[-1]
    replaced[1:] += worn
    storage[1:] += worn + k.account[:, Flow.CHARGE_COST_USD]
    disposal = sum(
        b.nameplate_j / KWH_J * b.storage.end_of_life_usd_per_kwh
        for b in laid.buses
        if b.storage is not None
    )
    storage[-1] += disposal
    costs = _yearly_costs(scenario, plant)
    residual = zero.copy()
    residual[-1] = -values[-1]
    fee = zero.copy()
    fee[0] = connection_fee(
        scenario.grid.contracted_kw, eco.power_factor, eco.connection_usd_per_kva
    )
    floor = sum(a.floor_m2 for a in bought)
    space = zero.copy()
    space[0] = floor * eco.floor_usd_per_m2
    ending = zero.copy()
    ending[-1] = disposal
    cashflow = CashFlow.of(
        {
            "capex": capex,
            "connection": fee,
            "footprint": space,
            "om": om,
            "replacement": replaced,
            **costs,
            "end_of_life": ending,
            "residual": residual,
        },
        horizon,
    )
    discharged = np.concatenate([[0.0], k.account[:, Flow.DISCHARGE] / 3.6e9])
    return Money(
        cashflow,
        values,
        storage,
        discharged,
        float(capex[0]),
        sum(a.om_usd_per_year for a in bought) + float(wear.sum()) / horizon,
        floor,
    )


def _purchases(buys: list[tuple[float, float]], years: int) -> Array:
    flow = np.zeros(years + 1)
    for when, price in buys:
        flow[min(years, max(1, math.ceil(when)))] += price
    return flow


def _diesel_wear(plant: Plant) -> Array:
    """Return the cost of the diesel sets' running hours, by year."""
    per_kwh = getattr(plant.tables.get("diesel"), "wear_usd_per_kw_h", 0.0)
    return np.asarray(plant.arrays.account[:, Flow.DIESEL_RATED_J] / KWH_J * per_kwh)


def _worn_cells(plant: Plant, laid: Layout) -> Array:
    """Return the cost of cells replaced because they reached their end of life, by year."""
    k = plant.arrays
    total = float(k.state["replaced_j"].sum())
    if total <= 0.0:
        return np.zeros(len(k.account))
    cost = sum(
        float(k.state[i]["replaced_j"]) / KWH_J * b.storage.replacement_usd_per_kwh
        for i, b in enumerate(laid.buses)
        if b.storage is not None
    )
    return np.asarray(k.account[:, Flow.REPLACED_J] / total * cost)


def _renewed_value(worn: Array, laid: Layout, horizon: float) -> Array:
    """Return what cells that were replaced early are worth more than those they replaced, USD.

    Bought in the middle of their year, both written down in a straight line over the cells' life.
    """
    ends = year_ends(horizon)
    value = np.zeros(len(ends))
    lives = [b.storage.cell_life_years for b in laid.buses if b.storage is not None]
    for year in np.flatnonzero(worn):
        later = ends > year
        age = np.maximum(0.0, ends - (year + 0.5))
        fresh = np.maximum(0.0, 1.0 - age / min(lives))
        old = np.maximum(0.0, 1.0 - ends / min(lives))
        value += later * worn[year] * (fresh - old)
    return value


def _burnt_value(plant: Plant, horizon: float) -> Array:
    """Return what equipment bought after a fire is worth more than what burnt, USD, by year."""
    ends = year_ends(horizon)
    value = np.zeros(len(ends))
    for when, _, usd, life in plant.asset_losses:
        fresh = np.maximum(0.0, 1.0 - np.maximum(0.0, ends - when) / life)
        old = np.maximum(0.0, 1.0 - ends / life)
        value += (ends >= when) * usd * (fresh - old)
    return value


def _yearly_costs(scenario: Scenario, plant: Plant) -> dict[str, Array]:
    """Return the running costs by year, with a zero for the start."""
    k, eco = plant.arrays, scenario.economics
    tariff: Any = scenario.tariff
    years = len(k.account)
    peaks = k.month_peak[: 12 * years].reshape(years, 12)
    months = np.array([_months(scenario.horizon_years, y) for y in range(years)])
    lost_h = k.lost[:, Cause.POWER].sum(axis=1) / 3600.0
    asset_loss = np.zeros(years)
    for when, usd, *_ in plant.asset_losses:
        asset_loss[min(years - 1, int(when))] += usd
    rows = {
        "energy": (k.period_energy / KWH_J * k.price).sum(axis=1),
        "demand": peaks.sum(axis=1) / 1e3 * tariff.demand_usd_per_kw_month,
        "fixed": months * tariff.fixed_usd_per_month,
        "export_credit": -k.account[:, Flow.EXPORT] / KWH_J * tariff.export_usd_per_kwh,
        "diesel": k.account[:, Flow.FUEL_L] * eco.fuel_usd_per_litre,
        "interrupted_jobs": lost_h * eco.gpu_hour_usd,
        "asset_loss": asset_loss,
    }
    return {name: np.concatenate([[0.0], row]) for name, row in rows.items()}


def _months(horizon_years: float, year: int) -> float:
    """Return how many months of a year are simulated."""
    return 12.0 * min(1.0, horizon_years - year)
