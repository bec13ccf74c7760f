"""How long the scenario's outages last."""

from __future__ import annotations

from typing import Any

import numpy as np

from twin.contracts.timeline import ProfileContext
from twin.scenario import Scenario

SAMPLES = 200
"""Replications that are looked at where a profile does not know its own quantiles."""


def outage_quantile_s(scenario: Scenario, share: float) -> float | None:
    """Return the duration that this share of the outages does not exceed, s; None without outages.

    A profile that defines ``duration_quantile_s(share)`` is asked; of any other, the outages of
    `SAMPLES` replications are pooled.
    """
    grid: Any = scenario.grid
    known = getattr(grid.outages, "duration_quantile_s", None)
    if known is not None:
        quantile: float | None = known(share)
        return quantile
    horizon = scenario.start_year, scenario.horizon_s
    pooled = np.concatenate(
        [grid.outages.sample(ProfileContext(0, n, *horizon)).duration_s for n in range(SAMPLES)]
    )
    return float(np.quantile(pooled, share)) if len(pooled) else None
