"""Money as pure functions: real (constant) USD, costs positive, credits negative.

Timing, the same everywhere: column 0 is the start (investment, undiscounted), column t holds all
flows of year t, which are discounted at that year's *end*, or at the horizon for a last year that
the horizon cuts. Flows of a cut year are what really flowed in it; nothing is scaled here. Between
the ends of years, cumulative costs run in straight lines.
"""

from __future__ import annotations

from twin.economics.arbitrage import arbitrage_bound
from twin.economics.assets import (
    asset_value,
    asset_values,
    connection_fee,
    replacement_years,
    residual_value,
)
from twin.economics.cashflow import ITEMS, CashFlow
from twin.economics.crossover import CrossoverSummary, crossover_summary, crossover_year
from twin.economics.discounting import (
    annuity,
    annuity_factor,
    cumulative_cost,
    discount_factors,
    discounted_years,
    npv,
    year_ends,
    year_index,
)
from twin.economics.storage import (
    MIN_CYCLES_PER_YEAR,
    Levelized,
    SamLcos,
    backup_cost_per_kw_year,
    lcos,
    lcos_annuity,
    lcos_parts,
    lcos_sam_style,
)
from twin.economics.storage_lifetime import StorageCase, lcos_closed_form, lifetime_years

__all__ = [
    "ITEMS",
    "MIN_CYCLES_PER_YEAR",
    "CashFlow",
    "CrossoverSummary",
    "Levelized",
    "SamLcos",
    "StorageCase",
    "annuity",
    "annuity_factor",
    "arbitrage_bound",
    "asset_value",
    "asset_values",
    "backup_cost_per_kw_year",
    "connection_fee",
    "crossover_summary",
    "crossover_year",
    "cumulative_cost",
    "discount_factors",
    "discounted_years",
    "lcos",
    "lcos_annuity",
    "lcos_closed_form",
    "lcos_parts",
    "lcos_sam_style",
    "lifetime_years",
    "npv",
    "replacement_years",
    "residual_value",
    "year_ends",
    "year_index",
]
