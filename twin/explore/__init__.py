"""Many variants of one scenario: sweeps, the smallest plant that is enough, one figure at a time.

All of them simulate on common random numbers through one `Bench`, so they share what is finished.
"""

from __future__ import annotations

from twin.explore.bench import Bench, Settings, Stopped, Variant
from twin.explore.deciders import with_deciders
from twin.explore.sensitivity import Tornado, tornado
from twin.explore.sizing import Sizing, size
from twin.explore.sweeping import SweepResults, between, sweep
from twin.explore.target import Target

__all__ = [
    "Bench",
    "Settings",
    "Sizing",
    "Stopped",
    "SweepResults",
    "Target",
    "Tornado",
    "Variant",
    "between",
    "size",
    "sweep",
    "tornado",
    "with_deciders",
]
