"""A plant whose results are formulas of the scenario and the luck.

Unserved energy is a share of a demand that the replication draws, falling with stored energy and
diesel sets; costs are linear in sizes. So sizes, effects and crossings have closed forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.economics import CashFlow, year_ends
from twin.scenario import Scenario
from twin.streams import generator

KWH_USD, SET_USD, GPU_HOURS = 100.0, 30_000.0, 20_000.0


class Asked(NamedTuple):
    """One simulated design."""

    digest: str
    replication: int
    architecture: str


ASKED: list[Asked] = []
BREAKS: list[Asked] = []
"""Of what to fail: digest "" means any."""


@dataclass(frozen=True)
class Made:
    architecture: str
    row: dict[str, float | None]
    cashflow: CashFlow
    asset_value: NDArray[np.float64]
    details: dict[str, list[list[Any]]] = field(default_factory=dict)


def draw(seed: int, replication: int) -> float:
    """Return the luck of a replication, in (0, 1)."""
    return float(generator(seed, replication, "made-up").random())


def eue(energy_kwh: float, sets: int, luck: float) -> float:
    """Return unserved energy: monotone in both sizes."""
    return max(0.0, (1.0 + luck) * 1000.0 / (1.0 + sets) - energy_kwh)


def cost(energy_kwh: float, sets: int, luck: float, gpu_hour_usd: float) -> float:
    return KWH_USD * energy_kwh + SET_USD * sets + GPU_HOURS * gpu_hour_usd * luck


def replicate(
    scenario: Scenario, seed: int, replication: int, names: Sequence[str]
) -> list[Made]:
    luck = draw(seed, replication)
    return [_made(scenario, name, replication, luck) for name in names]


def _made(scenario: Scenario, name: str, replication: int, luck: float) -> Made:
    asked = Asked(scenario.digest, replication, name)
    if asked in BREAKS:
        raise ArithmeticError("made to fail")
    ASKED.append(asked)
    tables: dict[str, Any] = dict(scenario.architectures[name].tables)
    energy, sets = tables["storage"].energy_kwh, tables["diesel"].sets
    lost = eue(energy, sets, luck)
    row: dict[str, float | None] = {
        "eue_it_mwh_per_year": lost,
        "pod_losses_per_year": float(round(lost / 100.0)),
        "interrupted_job_cost_usd_per_year": 10.0 * lost,
        "electricity_cost_usd_per_year": 1e6,
        "goodput_num": 10.0 - lost / 1000.0 - luck,
        "goodput_den": 10.0 + luck,
        "degradation_index_num": lost,
        "degradation_index_den": 10_000.0,
        "tco_npv_usd": cost(energy, sets, luck, scenario.economics.gpu_hour_usd),
        "capex_usd": KWH_USD * energy,
        "lcos_usd_per_mwh_num": None,
        "lcos_usd_per_mwh_den": None,
    }
    flow = np.zeros(year_ends(scenario.horizon_years).size)
    flow[0] = 1.0
    return Made(name, row, CashFlow.of({"capex": flow}, scenario.horizon_years), 0.0 * flow)
