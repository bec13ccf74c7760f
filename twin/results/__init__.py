"""Results: records of replications, the folder that keeps them, tables and estimates.

``Results.load("runs/...")`` is the way back in. Only saved tables are read by reports and plots.
"""

from __future__ import annotations

from twin.results.collector import Collector
from twin.results.folder import RunFolder, claim, read_manifest
from twin.results.manifest import Identity, Manifest
from twin.results.record import Failure, Record
from twin.results.results import CROSSOVER, CROSSOVER_WITH_VALUE, Difference, Results
from twin.results.tables import Tables
from twin.results.versions import source_hash

__all__ = [
    "CROSSOVER",
    "CROSSOVER_WITH_VALUE",
    "Collector",
    "Difference",
    "Failure",
    "Identity",
    "Manifest",
    "Record",
    "Results",
    "RunFolder",
    "Tables",
    "claim",
    "read_manifest",
    "source_hash",
]
