"""Electricity tariffs: energy price by half-hour, demand charge, fixed charge, export price.

Prices are given in the contract's own currency and turned into USD by `currency_per_usd`. Public
holidays are not modelled.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import field_validator, model_validator

from profiles._calendar import DAYS, MONTHS, SLOTS_PER_DAY, parse_names, parse_slot
from twin.contracts.calendar import MONTH_DAYS, weekday
from twin.contracts.timeline import Ints, YearTariff
from twin.quantity import Spec, quantity
from twin.registry import register

YEAR_DAYS = 365
_MONTH_OF_DAY = np.repeat(np.arange(12), MONTH_DAYS)


class Window(Spec):
    """Hours of a price period. It belongs to the day on which it starts, also past midnight."""

    days: str = quantity("", "Days on which it starts, e.g. mon-sat or mon,wed", "mon-sun")
    months: str = quantity("", "Months in which it starts, e.g. jun-aug,dec", "jan-dec")
    start: str = quantity("", "Start, HH:MM, at a full or half hour")
    end: str = quantity("", "End, HH:MM up to 24:00; before the start: on the next day")

    @field_validator("days")
    @classmethod
    def _known_days(cls, text: str) -> str:
        parse_names(text, DAYS)
        return text

    @field_validator("months")
    @classmethod
    def _known_months(cls, text: str) -> str:
        parse_names(text, MONTHS)
        return text

    @field_validator("start", "end")
    @classmethod
    def _half_hours(cls, text: str) -> str:
        parse_slot(text)
        return text

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.start == self.end:
            raise ValueError(f"start and end are both {self.start}; for all day write 00:00, 24:00")
        if self.start == "24:00":
            raise ValueError("start 24:00 belongs to the next day; write 00:00")
        return self

    def slots(self, first_weekday: int) -> Ints:
        """Return the half-hours of a year that lie inside, counted from 1 January, 00:00.

        Parameters
        ----------
        first_weekday
            Weekday of 1 January, Monday 0.
        """
        day = np.arange(-1, YEAR_DAYS)  # what starts on 31 December may reach into 1 January
        of_days = np.isin((first_weekday + day) % 7, list(parse_names(self.days, DAYS)))
        of_months = np.isin(_MONTH_OF_DAY[day], list(parse_names(self.months, MONTHS)))
        start, end = parse_slot(self.start), parse_slot(self.end)
        span = np.arange(start, end if end > start else end + SLOTS_PER_DAY)
        slots = (day[of_days & of_months, None] * SLOTS_PER_DAY + span).ravel()
        return slots[(slots >= 0) & (slots < YEAR_DAYS * SLOTS_PER_DAY)]


class Period(Spec):
    """A price period: a name, a price and its windows."""

    name: str = quantity("", "Name, e.g. peak", min_length=1)
    price_per_kwh: float = quantity("currency/kWh", "Energy price", ge=0)
    windows: list[Window] = quantity("", "When it applies; none: whenever no other period does", [])


Layout = tuple[tuple[str, tuple[Window, ...]], ...]
"""Names and windows of a tariff's periods."""


class Contract(Spec):
    """What all tariffs have in common. Money is in `currency`; properties with usd are in USD."""

    currency: str = quantity("", "Currency of the prices below", "USD", min_length=1)
    currency_per_usd: float = quantity("currency/USD", "Exchange rate", 1.0, gt=0,
        source="1 = prices are in USD")  # fmt: skip
    demand_per_kw_month: float = quantity("currency/(kW month)", "Charge on the month's highest "
        "mean import", 0.0, ge=0,
        source="0: a tariff on energy alone, as in Vietnam's Decision 14/2025")  # fmt: skip
    demand_period_min: Literal[15, 30, 60] = quantity("min", "Length of the mean that the demand "
        "charge is billed on: 15, 30 or 60", 30)  # fmt: skip
    fixed_per_month: float = quantity("currency/month", "Fixed charge", 0.0, ge=0)
    export_price_per_kwh: float = quantity("currency/kWh", "Payment for energy fed back", 0.0, ge=0)

    @model_validator(mode="after")
    def _rate_of_currency(self) -> Self:
        if self.currency == "USD" and self.currency_per_usd != 1.0:
            raise ValueError(
                f"currency_per_usd is {self.currency_per_usd:g}, but currency is USD; name the "
                "currency or leave the rate at 1"
            )
        if self.currency != "USD" and "currency_per_usd" not in self.model_fields_set:
            raise ValueError(f"currency_per_usd is missing: {self.currency} per USD")
        return self

    @property
    def demand_usd_per_kw_month(self) -> float:
        """Charge on the month's highest mean import, USD/(kW month)."""
        return self.demand_per_kw_month / self.currency_per_usd

    @property
    def fixed_usd_per_month(self) -> float:
        """Fixed charge, USD/month."""
        return self.fixed_per_month / self.currency_per_usd

    @property
    def export_usd_per_kwh(self) -> float:
        """Payment for energy fed back, USD/kWh."""
        return self.export_price_per_kwh / self.currency_per_usd


@register("tariff", "flat", world=True)
class FlatTariff(Contract):
    """One energy price around the clock."""

    price_per_kwh: float = quantity("currency/kWh", "Energy price", 0.1, ge=0)

    def year(self, start_year: int, year: int) -> YearTariff:
        """Return the prices of a simulated year; see `TariffProfile`."""
        del start_year, year
        slots = np.zeros(YEAR_DAYS * SLOTS_PER_DAY, dtype=np.int64)
        return YearTariff(slots, np.array([self.price_per_kwh / self.currency_per_usd]), ("flat",))


@register("tariff", "none", world=True)
class NoTariff(Spec):
    """No utility, so nothing is bought: for sites with ``grid.connected = false``."""

    nothing: ClassVar[bool] = True
    demand_usd_per_kw_month: ClassVar[float] = 0.0
    fixed_usd_per_month: ClassVar[float] = 0.0
    export_usd_per_kwh: ClassVar[float] = 0.0

    def year(self, start_year: int, year: int) -> YearTariff:
        """Return a single period without a price; see `TariffProfile`."""
        del start_year, year
        slots = np.zeros(YEAR_DAYS * SLOTS_PER_DAY, dtype=np.int64)
        return YearTariff(slots, np.zeros(1), ("none",))


@register("tariff", "tou", world=True)
class TouTariff(Contract):
    """Energy price by time of use.

    Exactly one period has no windows: it applies whenever no other does. Windows of different
    periods must not overlap.
    """

    periods: list[Period] = quantity("", "The price periods", min_length=1)

    @model_validator(mode="after")
    def _one_price_at_a_time(self) -> Self:
        names = [p.name for p in self.periods]
        if len(set(names)) < len(names):
            raise ValueError(f"periods: two have the same name; got {', '.join(names)}")
        rest = [p.name for p in self.periods if not p.windows]
        if len(rest) != 1:
            found = ", ".join(rest) or "none"
            raise ValueError(f"periods: exactly one must be without windows; found: {found}")
        for first_weekday in range(7):  # every year of the calendar is one of these
            _painted(self._layout(), first_weekday)
        return self

    def year(self, start_year: int, year: int) -> YearTariff:
        """Return the prices of a simulated year; see `TariffProfile`."""
        period = _painted(self._layout(), weekday(start_year, year, 0)).copy()
        prices = np.array([p.price_per_kwh for p in self.periods]) / self.currency_per_usd
        return YearTariff(period, prices, tuple(p.name for p in self.periods))

    def _layout(self) -> Layout:
        return tuple((p.name, tuple(p.windows)) for p in self.periods)


@lru_cache(maxsize=64)
def _painted(layout: Layout, first_weekday: int) -> Ints:
    """Return the period of each half-hour, shape (17520,); raise ValueError on an overlap."""
    rest = next(k for k, (_, windows) in enumerate(layout) if not windows)
    grid = np.full(YEAR_DAYS * SLOTS_PER_DAY, rest, dtype=np.int64)
    for k, (name, windows) in enumerate(layout):
        for window in windows:
            slots = window.slots(first_weekday)
            taken = slots[(grid[slots] != rest) & (grid[slots] != k)]
            if len(taken):
                other = layout[grid[taken[0]]][0]
                raise ValueError(
                    f"periods: windows of '{other}' and '{name}' overlap "
                    f"({name}: {window.days} {window.start}-{window.end})"
                )
            grid[slots] = k
    return grid
