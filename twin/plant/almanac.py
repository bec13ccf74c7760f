"""The almanac: gives the pass one year of profiles at a time, so that memory does not grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.contracts.calendar import YEAR_S
from twin.contracts.layout import Arrays
from twin.contracts.parts import NEVER, Device
from twin.contracts.timeline import YearTariff
from twin.plant.exogenous import Exogenous
from twin.plant.tree import Layout

SLOTS = 17_520
SLOTS_PER_DAY = 48


@dataclass(frozen=True)
class Year:
    """Profiles of one simulated year."""

    pv: NDArray[np.float64]
    plan: NDArray[np.float64]
    period: NDArray[np.int64]
    change: NDArray[np.int64]
    price: NDArray[np.float64]
    fault_s: NDArray[np.float64]
    fault_pod: NDArray[np.int64]
    fault_node: NDArray[np.int64]
    fault_detect: NDArray[np.float64]
    fault_down: NDArray[np.float64]


class Years:
    """Lays out the years of one architecture.

    A simulation that begins on a later day of the first year (and ends before it is over) sees that
    year turned round: time zero is midnight of that day.
    """

    def __init__(
        self, world: Exogenous, tables: Mapping[str, Any], laid: Layout, first_day: int = 0
    ) -> None:
        self.world = world
        self.turn = -first_day * SLOTS_PER_DAY
        self.pv_spec: Any = tables.get("pv")
        self.dispatch: Any = tables.get("dispatch")
        self.usable_h = usable_hours(laid)
        load: Any = world.scenario.load
        self.series = np.zeros(1) if load.has_jobs else np.roll(load.series_w(), self.turn)

    def load(self, year: int) -> Year:
        """Return the profiles of a year (counted from zero)."""
        tariff = self.world.tariff(year)
        pv = np.zeros(SLOTS // 2)
        if self.pv_spec is not None and self.pv_spec.peak_kw > 0.0:
            pv = self.world.pv(year, self.pv_spec)
        plan, period = self._plan(tariff), tariff.period
        if self.turn:
            pv = np.roll(pv, self.turn // 2)
            plan, period = np.roll(plan, self.turn), np.roll(period, self.turn)
        faults = self.world.faults(year)
        return Year(
            pv=pv,
            plan=plan,
            period=period,
            change=changes(pv, plan, period, self.series),
            price=tariff.price_usd_per_kwh,
            # copies: the compiled pass takes writable arrays only
            fault_s=np.array(faults.time_s),
            fault_pod=np.array(faults.pod),
            fault_node=np.array(faults.node),
            fault_detect=np.array(faults.detect_s),
            fault_down=np.array(faults.down_s),
        )

    def _plan(self, tariff: YearTariff) -> NDArray[np.float64]:
        if self.dispatch is None or self.usable_h <= 0.0:
            return np.zeros(SLOTS)
        plan: NDArray[np.float64] = self.dispatch.plan(tariff, self.usable_h)
        return plan


def usable_hours(laid: Layout) -> float:
    """Return the energy above the reserve of the storages that trade, in hours of their rating."""
    energy = power = 0.0
    for bus in laid.buses:
        if bus.storage is not None and bus.storage.trades:
            keep = max(bus.storage.reserve_soc(), bus.storage.soc_low)
            energy += max(0.0, bus.storage.soc_high - keep) * bus.nameplate_j
            power += bus.power_w
    return energy / 3600.0 / power if power else 0.0


def changes(
    pv: NDArray[np.float64],
    plan: NDArray[np.float64],
    period: NDArray[np.int64],
    series: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return, for each half-hour, the number of the next one in which any profile differs."""
    half = np.repeat(pv, 2)
    differs = (np.diff(half) != 0) | (np.diff(plan) != 0) | (np.diff(period) != 0)
    if len(series) > 1:
        load = series[np.arange(SLOTS) % len(series)]
        differs |= np.diff(load) != 0
    marks = np.concatenate([np.flatnonzero(differs) + 1, [SLOTS]])
    return np.repeat(marks, np.diff(marks, prepend=0)).astype(np.int64)


class Almanac(Device):
    """Loads the next year when the old one is over."""

    def __init__(self, plant: Any, years: Years) -> None:
        super().__init__("almanac", plant)
        self.years = years
        self.year = 0

    def begin(self) -> None:
        """The first year is in place."""
        self._wait(0)

    def _wait(self, year: int) -> None:
        end = (year + 1) * YEAR_S
        self.state.until_s = end if end < self.plant.horizon_s else NEVER

    def step(self, reason: str) -> None:
        """Turn the page."""
        year = round(self.plant.now / YEAR_S)
        self.turn_to(year)
        now = self.plant.arrays.now[0]
        now["year"], now["year_t"], now["month"] = year, year * YEAR_S, 0
        now["slot"], now["fault"], now["dirty"] = 0, 0, 1
        self._wait(year)

    def turn_to(self, year: int) -> None:
        """Put a year's profiles into the arrays (also after a restore)."""
        page = self.years.load(year)
        k = self.plant.arrays
        for name in ("pv", "plan", "period", "change", "price"):
            getattr(k, name)[:] = getattr(page, name)
        self.plant.arrays = k._replace(
            fault_s=page.fault_s,
            fault_pod=page.fault_pod,
            fault_node=page.fault_node,
            fault_detect=page.fault_detect,
            fault_down=page.fault_down,
        )

    def commit(self, k: Arrays) -> None:
        """Nothing: `step` writes the profiles themselves."""


__all__ = ["Almanac", "Year", "Years", "changes", "usable_hours"]
