"""The exogenous world of one replication: made once, met by all architectures alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiles.photovoltaic import PvYield
from twin.contracts.timeline import Disturbances, NodeFaults, ProfileContext, YearTariff
from twin.scenario import Scenario


def no_faults() -> NodeFaults:
    """Return node faults of which there are none."""
    none, ints = np.zeros(0), np.zeros(0, np.int64)
    return NodeFaults(none, ints, ints, none, none)


class Exogenous:
    """Disturbances, weather, prices and node faults of a replication, year by year.

    Years are kept once made: the next architecture of the same replication needs them again.
    """

    def __init__(self, scenario: Scenario, ctx: ProfileContext) -> None:
        self.scenario = scenario
        grid: Any = scenario.grid
        self.ctx = ctx = replace(ctx, storms=grid.storms.sample(ctx))
        parts = [p.sample(ctx) for p in (grid.sags, grid.momentaries, grid.outages)]
        self.disturbances = Disturbances.merged(parts, ctx.storms)
        self._tariffs: dict[int, YearTariff] = {}
        self._pv: dict[tuple[int, PvYield], NDArray[np.float64]] = {}
        self._faults: dict[int, NodeFaults] = {}

    def tariff(self, year: int) -> YearTariff:
        """Return the prices of a year (counted from zero)."""
        if year not in self._tariffs:
            tariff: Any = self.scenario.tariff
            self._tariffs[year] = tariff.year(self.scenario.start_year, year)
        return self._tariffs[year]

    def pv(self, year: int, spec: Any) -> NDArray[np.float64]:
        """Return hourly PV power per DC rating of a year, degradation included."""
        plant = PvYield(
            self.scenario.site,
            spec.tilt_deg,
            spec.azimuth_deg,
            spec.dc_ac_ratio,
            spec.losses_percent,
            spec.temp_coefficient_per_k,
        )
        key = (year, plant)
        if key not in self._pv:
            self._pv[key] = plant.year(self.ctx, year)
        fresh: NDArray[np.float64] = self._pv[key] * max(
            0.0, 1.0 - spec.degradation_per_year * year
        )
        return fresh

    def faults(self, year: int) -> NodeFaults:
        """Return the background node faults of a year (none for a load without jobs)."""
        load: Any = self.scenario.load
        if year not in self._faults:
            if load.has_jobs:
                faults = load.node_faults.year(self.ctx, year, load.pods, load.nodes_per_pod)
            else:
                faults = no_faults()
            self._faults[year] = faults
        return self._faults[year]
