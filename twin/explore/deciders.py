"""What a run's answer hangs on: its assumed figures, one at a time, on a few of its replications."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from twin.explore.bench import Bench, Settings
from twin.explore.sensitivity import tornado

if TYPE_CHECKING:
    from twin.results import Results
    from twin.scenario import Scenario

METRICS = ("tco_npv_usd", "interrupted_job_cost_usd_per_year")
MOST = 4
"""Replications: a figure moves its own design's luck, so the pairs differ little among themselves."""


def with_deciders(results: Results, scenario: Scenario, folder: Path, settings: Settings) -> Results:
    """Return results with what the difference of their first two architectures hangs on.

    Parameters
    ----------
    results, scenario, folder
        The run, what it was simulated for, and where it stands.
    settings
        Its settings; of its replications the first `MOST` are used.
    """
    from twin.results import TORNADO
    from twin.results.files import write_table

    pair = results.architectures[:2]
    if len(pair) < 2 or settings.n < 2:
        return results
    mine = replace(settings, n=min(settings.n, MOST), out=None, resume=False)
    bench = Bench(scenario, mine, pair)  # in memory: each variant is a few replications
    defined = [m for m in METRICS if results.estimates[pair[0]][m].n]
    tables = [tornado(scenario, m, None, mine, pair, bench).table for m in defined]
    found = pd.concat(tables, ignore_index=True)
    found = found[found["of"].str.contains(" - ", regex=False)].reset_index(drop=True)
    write_table(folder / TORNADO, found)
    return replace(results, tornado=found)
