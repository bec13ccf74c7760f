"""What a recorder at the connection would count: the SARFI indices of a scenario's grid."""

from __future__ import annotations

import math
from typing import Any

from twin.contracts.calendar import YEAR_S
from twin.contracts.sarfi import sarfi
from twin.contracts.timeline import Disturbances, ProfileContext
from twin.scenario import Scenario

LEVELS_PU = (0.9, 0.7, 0.5)
SITE_YEARS = 300.0
"""Years that are looked at: 15 sags a year are known to 1.5 per cent (one standard error)."""


def expected_sarfi(scenario: Scenario) -> dict[str, float]:
    """Return the mean SARFI of the grid's sags and momentary interruptions by level, 1/yr.

    Counted over whole years, or the horizon if that is longer; of a log or a script what lies in it.

    Examples
    --------
    >>> from twin import Scenario
    >>> expected_sarfi(Scenario.load("tiny", ['grid.sags={kind="none"}',
    ...                                       'grid.momentaries={kind="none"}']))
    {'SARFI-90': 0.0, 'SARFI-70': 0.0, 'SARFI-50': 0.0}
    """
    grid: Any = scenario.grid
    horizon_s = max(scenario.horizon_s, YEAR_S)
    years = horizon_s / YEAR_S
    count = math.ceil(SITE_YEARS / years)
    found = dict.fromkeys(LEVELS_PU, 0.0)
    for replication in range(count):
        calm = ProfileContext(0, replication, scenario.start_year, horizon_s)
        ctx = ProfileContext(0, replication, scenario.start_year, horizon_s, grid.storms.sample(calm))
        events = Disturbances.merged([grid.sags.sample(ctx), grid.momentaries.sample(ctx)], ctx.storms)
        for level in LEVELS_PU:
            found[level] += sarfi(events, years, level) / count
    return {f"SARFI-{100 * level:.0f}": rate for level, rate in found.items()}
