"""A year of trading by time of use, and the best that the same storage could have earned.

A constant load under the tariff of Vietnam, nothing ever fails. The saving is the bill with trading
against that of the same storage standing idle, over whole weeks after the first one, so that neither
the energy at the start nor that at the end counts. The optimum is a linear program over one week that
repeats, which for prices of a weekly period is the optimum of the year; losses enter by lines that
nowhere lie above them, so no dispatch of the real storage can do better. Both pay the wear that the
product's rule reckons with: without it the program would trade on Sundays, for less than wear costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.validation.plants import (
    KWH_J,
    LOSSLESS_BATTERY,
    Table,
    scenario,
    simulate,
    total,
)
from twin.contracts.calendar import DAY_S
from twin.contracts.layout import Flow
from twin.plant.machine import Plant
from twin.scenario import Scenario

PEAK, STANDARD, OFFPEAK = 3460.0, 1895.0, 1234.0
"""VND/kWh: Decision 14/2025/QD-TTg, production at 22 to 110 kV."""
TARIFF: Table = {
    "kind": "tou", "currency": "VND", "currency_per_usd": 26_400.0,
    "periods": [
        {"name": "peak", "price_per_kwh": PEAK, "windows": [
            {"days": "mon-sat", "start": "09:30", "end": "11:30"},
            {"days": "mon-sat", "start": "17:00", "end": "20:00"},
        ]},
        {"name": "standard", "price_per_kwh": STANDARD},
        {"name": "off-peak", "price_per_kwh": OFFPEAK,
         "windows": [{"start": "22:00", "end": "04:00"}]},
    ],
}  # fmt: skip
DEAR_STRETCHES_H = (2.0, 3.0)
"""Lengths of the dear stretches of a working day."""
WEEK_SLOTS, SLOT_H, TANGENTS = 336, 0.5, 9
WEEKS = 51


@dataclass(frozen=True)
class Trader:
    """A load, what stands beside it on the same bill, its storage, and how it may trade.

    Attributes
    ----------
    load_kw, beside_kw
        Power of the load behind the storage and of what is not.
    storage
        The table ``storage``.
    wear_usd_per_kwh
        What a spread must pay; high enough, and only the nights recharge.
    discharges
        How often a day the storage may be emptied.
    """

    load_kw: float
    beside_kw: float
    storage: Mapping[str, Any]
    wear_usd_per_kwh: float
    discharges: int


TEXTBOOK: Table = LOSSLESS_BATTERY | {
    "trades": True, "energy_kwh": 17_600.0, "power_kw": 8800.0, "soc_low": 0.10, "soc_high": 0.95,
    "charge_linear_pu": 0.15,
}  # fmt: skip
"""Two hours of 8.8 MW, 0.85 of it usable; all that is lost, 0.15, is lost when charging."""
POD_BATTERY: Table = {
    "kind": "bess", "coupling": "rack_dc", "level": "pod", "energy_kwh": 920.0, "power_kw": 280.0,
    "ageing": "none", "pcs_fault_per_year": 0.0, "rack_fault_per_year": 0.0, "bms_fault_per_year": 0.0,
    "fire_per_mwh_year": 0.0, "maintenance_per_year": 0.0,
}  # fmt: skip
"""A pod's battery as in sea-8000: losses of the defaults, 0.3 of its charge never sold."""

TRADERS = {
    "once-a-day": Trader(8800.0, 2200.0, TEXTBOOK, 0.05, 1),
    "twice-a-day": Trader(8800.0, 2200.0, TEXTBOOK, 0.025, 2),
    "pod-battery": Trader(257.5, 0.0, POD_BATTERY, 0.025, 2),
}


@dataclass(frozen=True)
class Traded:
    """What trading saved, as shares of the bill, and what the hand bound needs to know.

    Attributes
    ----------
    saving, net, optimum
        Of the product, the same less wear, and of the linear program less wear.
    shifted_hours, load_share, round_trip
        Most energy that can be shifted a day, in hours of the load behind the storage; that load
        over the whole bill's; best round trip of the converter.
    """

    saving: float
    net: float
    optimum: float
    shifted_hours: float
    load_share: float
    round_trip: float


@lru_cache
def traded(name: str) -> Traded:
    """Return the result of a trader of `TRADERS`."""
    trader = TRADERS[name]
    trading, discharged_kwh = _weeks(trader, trades=True)
    idle, _ = _weeks(trader, trades=False)
    plant = simulate(_case(trader, days=1, trades=False))
    p, power_w = plant.arrays.row[-1], float(plant.arrays.inp[-1]["discharge_w"])
    behind_w = trader.load_kw * 1e3 + float(p["standby_w"])
    facility_w = behind_w + trader.beside_kw * 1e3
    give, take = _losses(p, "discharge"), _losses(p, "charge")
    usable_j = float((p["soc_high"] - p["soc_low"]) * p["nameplate_j"] - p["reserve_j"])
    best_give = _best_ratio(give, power_w)
    hours = usable_j / KWH_J * 1e3 / best_give / behind_w
    stretches = sorted((min(hours, length) for length in DEAR_STRETCHES_H), reverse=True)
    best_take = 2.0 - _best_ratio(take, power_w)
    week = _week_prices(trader)
    optimum = optimum_usd(week, usable_j / KWH_J, power_w / 1e3, behind_w / 1e3, give, take,
                          float(p["self_discharge_w"]) / 1e3, trader.wear_usd_per_kwh)  # fmt: skip
    bill = float(week.sum()) * SLOT_H * facility_w / 1e3
    return Traded(
        saving=1.0 - trading / idle,
        net=1.0 - (trading + trader.wear_usd_per_kwh * discharged_kwh) / idle,
        optimum=optimum / bill,
        shifted_hours=sum(stretches[: trader.discharges]),
        load_share=behind_w / facility_w,
        round_trip=best_take / best_give,
    )


def _case(trader: Trader, days: int, *, trades: bool) -> Scenario:
    storage = dict(trader.storage) | {"trades": trades}
    plant = {
        "tariff": TARIFF, "storage": storage,
        "dispatch": {"wear_usd_per_kwh": trader.wear_usd_per_kwh},
        "cooling": {"fixed_kw": trader.beside_kw, "per_it_kw": 0.0, "pump_per_it_kw": 0.0},
    }  # fmt: skip
    load = {"kind": "constant", "pod_kw": trader.load_kw}
    return scenario("arbitrage", load, days * DAY_S, plant=plant)


def _weeks(trader: Trader, *, trades: bool) -> tuple[float, float]:
    """Return the energy bill of the weeks after the first one, USD, and what was discharged, kWh."""
    year, week = (simulate(_case(trader, 7 * n, trades=trades)) for n in (1 + WEEKS, 1))
    discharged_j = total(year, Flow.DISCHARGE) - total(week, Flow.DISCHARGE)
    return _bill_usd(year) - _bill_usd(week), discharged_j / KWH_J


def _bill_usd(plant: Plant) -> float:
    k = plant.arrays
    return float((k.period_energy / KWH_J * k.price).sum())


def _losses(p: Any, way: str) -> tuple[float, float, float]:
    """Return a converter's loss ``a + b P + c P^2`` in kW of P in kW."""
    return float(p[f"{way}_a"]) / 1e3, float(p[f"{way}_b"]), float(p[f"{way}_c"]) * 1e3


def _best_ratio(losses: tuple[float, float, float], power_w: float) -> float:
    """Return the smallest ``1 + loss / P`` up to a rating."""
    a, b, c = losses
    x = _turning_kw(losses, power_w / 1e3)
    return 1.0 + (a + b * x + c * x * x) / x


def _turning_kw(losses: tuple[float, float, float], most_kw: float) -> float:
    """Return the power at which the loss per power is least, at most the rating."""
    a, _, c = losses
    if c == 0.0:
        return most_kw
    return float(min(most_kw, max(np.sqrt(a / c), 1e-6 * most_kw)))


def _week_prices(trader: Trader) -> NDArray[np.float64]:
    """Return the prices of a week, USD/kWh by half-hour."""
    tariff: Any = _case(trader, 1, trades=True).tariff
    year = tariff.year(2026, 0)
    return np.asarray(year.price_usd_per_kwh[year.period[:WEEK_SLOTS]])


def optimum_usd(
    prices: NDArray[np.float64],
    usable_kwh: float,
    power_kw: float,
    load_kw: float,
    give: tuple[float, float, float],
    take: tuple[float, float, float],
    leak_kw: float,
    wear_usd_per_kwh: float = 0.0,
) -> float:
    """Return what a storage saves at most under prices that repeat, USD per repetition.

    Parameters
    ----------
    prices
        USD/kWh by half-hour; the last is followed by the first.
    usable_kwh, power_kw, leak_kw
        Energy of the cells that may be traded, rating both ways, self-discharge.
    load_kw
        Load behind the storage: discharge never exceeds it.
    give, take
        Loss of discharging and charging, ``a + b P + c P^2`` in kW.
    wear_usd_per_kwh
        Cost of the wear per energy discharged.
    """
    from scipy import sparse
    from scipy.optimize import linprog

    n = len(prices)
    one, none = sparse.identity(n, format="csr"), sparse.csr_matrix((n, n))
    rows: list[Any] = []  # columns: charge, discharge, into cells, out of cells, stored
    limits = []
    for slope, offset in _lines_below(take, power_kw):
        rows.append(sparse.hstack([-(1.0 - slope) * one, none, one, none, none]))
        limits.append(np.full(n, offset))
    for slope, offset in _lines_below(give, power_kw):
        rows.append(sparse.hstack([none, (1.0 + slope) * one, none, -one, none]))
        limits.append(np.full(n, offset))
    turn = sparse.csr_matrix((np.ones(n), (np.arange(n), (np.arange(n) + 1) % n)), shape=(n, n))
    stored = sparse.hstack([none, none, -SLOT_H * one, SLOT_H * one, turn - one])
    earned = prices - wear_usd_per_kwh
    cost = np.concatenate([prices * SLOT_H, -earned * SLOT_H, np.zeros(3 * n)])
    most = (power_kw, min(power_kw, load_kw), None, None, usable_kwh)
    limited: dict[str, Any] = {"A_ub": sparse.vstack(rows), "b_ub": np.concatenate(limits)}
    balanced: dict[str, Any] = {"A_eq": stored, "b_eq": np.full(n, -SLOT_H * leak_kw)}
    bounds = [(0.0, x) for x in most for _ in range(n)]
    found: Any = linprog(cost, bounds=bounds, method="highs", **limited, **balanced)
    return -float(found.fun)


def _lines_below(
    losses: tuple[float, float, float], power_kw: float
) -> Iterator[tuple[float, float]]:
    """Yield lines ``slope P - offset`` that nowhere lie above a loss which is zero at rest.

    They touch it from where the loss per power is least; the first one goes through zero.
    """
    a, b, c = losses
    for x in np.linspace(_turning_kw(losses, power_kw), power_kw, TANGENTS):
        offset = max(0.0, c * x * x - a)
        slope = b + 2.0 * c * x if offset > 0.0 else b + (a + c * x * x) / x
        yield float(slope), float(offset)
