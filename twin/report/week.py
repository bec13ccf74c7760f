"""An ordinary week: what prices, sun and storages do when nothing is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from twin.contracts.calendar import DAY_S, HOUR_S, timestamp, weekday

if TYPE_CHECKING:
    from twin.scenario import Scenario

SETTLED_DAY = 7  # by then no storage remembers how it was set up
WEEK_S = 7 * DAY_S
STEP_S = 1800.0  # prices and plans change no more often


@dataclass(frozen=True)
class Week:
    """Seven days of one replication, half-hour by half-hour.

    Attributes
    ----------
    table
        Columns as in `twin.plots.week_figure`: hour, price_usd_per_kwh, pv_mw, and soc:NAME,
        storage_mw:NAME, import_mw:NAME for each architecture.
    architectures
        Whose.
    replication
        In which.
    start
        Date of the first day, YYYY-MM-DD.
    first_weekday
        Its weekday, Monday 0.
    """

    table: pd.DataFrame
    architectures: tuple[str, ...]
    replication: int
    start: str
    first_weekday: int


def typical_week(
    scenario: Scenario, seed: int, architectures: Sequence[str], replication: int = 0
) -> Week | None:
    """Watch the first week from Monday to Sunday after the first days; cheap, since it comes early.

    Returns
    -------
    Week or None
        None if the horizon ends before.
    """
    from twin.plant import trace_replication

    monday = (-weekday(scenario.start_year, 0, SETTLED_DAY)) % 7
    start_s = (SETTLED_DAY + monday) * DAY_S
    if start_s + WEEK_S > scenario.horizon_s:
        return None
    columns: dict[str, pd.Series] = {}
    for name in architectures:
        seen = trace_replication(
            scenario, seed, replication, name, (start_s, start_s + WEEK_S), STEP_S
        ).series
        columns |= {
            "hour": (seen["time_s"] - start_s) / HOUR_S,
            "price_usd_per_kwh": seen["price_usd_per_kwh"],
            "pv_mw": seen["pv_available_w"] * 1e-6,
            f"soc:{name}": seen["soc_mean"],
            f"storage_mw:{name}": seen["storage_w"] * 1e-6,
            f"import_mw:{name}": seen["import_w"] * 1e-6,
        }
    date = timestamp(scenario.start_year, start_s)[:10]
    first = weekday(scenario.start_year, 0, SETTLED_DAY + monday)
    return Week(pd.DataFrame(columns), tuple(architectures), replication, date, first)
