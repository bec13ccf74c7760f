"""The cash-flow table: what is paid for, in which year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.economics.discounting import cumulative_cost, npv, year_ends
from twin.errors import InputError, nearest

Array = NDArray[np.float64]

ITEMS: Mapping[str, str] = {
    "capex": "investment at the start",
    "connection": "connection fee and capacity upgrades",
    "replacement": "equipment bought again at its end of life",
    "om": "operation and maintenance",
    "energy": "energy charges of the grid contract",
    "demand": "demand charges",
    "fixed": "fixed charges of the grid contract",
    "export_credit": "payment for energy fed back (negative)",
    "demand_response": "payment for demand response (negative)",
    "diesel": "fuel",
    "interrupted_jobs": "money value of lost GPU-hours",
    "asset_loss": "equipment destroyed by storage fires and the like",
    "footprint": "floor and yard space",
    "end_of_life": "removal and recycling",
    "residual": "straight-line residual value at the horizon (negative)",
}


@dataclass(frozen=True)
class CashFlow:
    """Costs by item and year, undiscounted, in real USD; costs positive, credits negative.

    Attributes
    ----------
    items
        Names of the rows, out of `ITEMS`.
    usd
        Costs [USD], shape (items, T+1): column 0 the start, column t the year that ends at t or at
        the horizon.
    horizon_years
        Horizon [yr]; T is the horizon rounded up.
    """

    items: tuple[str, ...]
    usd: Array
    horizon_years: float

    def __post_init__(self) -> None:
        for item in self.items:
            if item not in ITEMS:
                raise InputError(f"cash flow: unknown item '{item}'{nearest(item, ITEMS)}")
        shape = (len(self.items), year_ends(self.horizon_years).size)
        if len(set(self.items)) < len(self.items) or self.usd.shape != shape:
            raise InputError(f"cash flow: needs distinct items and shape {shape}")
        if not np.isfinite(self.usd).all():
            raise InputError("cash flow: a cost is not finite")

    @classmethod
    def of(cls, costs: Mapping[str, ArrayLike], horizon_years: float) -> CashFlow:
        """Make a table from ``{item: costs by year}``; keeps the order of items."""
        years = year_ends(horizon_years).size
        rows = [np.asarray(row, dtype=np.float64) for row in costs.values()]
        for item, row in zip(costs, rows, strict=True):
            if row.shape != (years,):
                raise InputError(f"cash flow: '{item}' has shape {row.shape}, needs ({years},)")
        return cls(tuple(costs), np.array(rows).reshape(len(rows), years), horizon_years)

    @classmethod
    def mean(cls, flows: Sequence[CashFlow]) -> CashFlow:
        """Return the mean of the tables of several replications."""
        if not flows:
            raise InputError("cash flow: no tables to take the mean of")
        first = flows[0]
        if any((f.items, f.horizon_years) != (first.items, first.horizon_years) for f in flows):
            raise InputError("cash flow: tables differ in items or horizon")
        usd = np.mean([f.usd for f in flows], axis=0)
        return cls(first.items, usd, first.horizon_years)

    def item(self, name: str) -> Array:
        """Return one item's costs by year [USD], shape (T+1,)."""
        if name not in self.items:
            raise InputError(f"cash flow: no item '{name}'{nearest(name, self.items)}")
        return np.asarray(self.usd[self.items.index(name)])

    def total(self) -> Array:
        """Return the costs of all items by year [USD], shape (T+1,)."""
        return np.asarray(self.usd.sum(axis=0))

    def npv(self, rate: float) -> float:
        """Return the net present cost [USD] at a real discount rate [1/yr]."""
        return float(npv(self.total(), rate, self.horizon_years))

    def npv_by_item(self, rate: float) -> dict[str, float]:
        """Return the net present cost of each item [USD]; they add up to `npv`."""
        values = np.asarray(npv(self.usd, rate, self.horizon_years))
        return dict(zip(self.items, values.tolist(), strict=True))

    def cumulative(self, rate: float, asset_value_by_year: ArrayLike | None = None) -> Array:
        """Return the cumulative discounted cost without residual value [USD], shape (T+1,).

        `asset_value_by_year` credits the equipment's value at each year instead; see
        `cumulative_cost`.
        """
        rows = [i for i, item in enumerate(self.items) if item != "residual"]
        flows = self.usd[rows].sum(axis=0)
        return cumulative_cost(flows, rate, self.horizon_years, asset_value_by_year)

    def to_rows(self, architecture: str) -> list[dict[str, str | int | float]]:
        """Return the rows of ``cashflow.parquet``: architecture, year, item, usd."""
        return [
            {"architecture": architecture, "year": year, "item": item, "usd": float(usd)}
            for year, column in enumerate(self.usd.T)
            for item, usd in zip(self.items, column, strict=True)
        ]
