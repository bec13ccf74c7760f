"""Results: records of replications, the folder that keeps them, tables and estimates.

``Results.load("runs/...")`` is the way back in. Only saved tables are read by reports and plots.
"""

from __future__ import annotations

from twin.results.collector import Collector
from twin.results.folder import COMPANION, TORNADO, RunFolder, claim, read_manifest, write_summary
from twin.results.manifest import Identity, Manifest
from twin.results.record import Failure, Record
from twin.results.results import CROSSOVER, CROSSOVER_WITH_VALUE, Difference, Results
from twin.results.split import PARTS, Split
from twin.results.tables import Tables
from twin.results.versions import source_hash

__all__ = [
    "COMPANION",
    "CROSSOVER",
    "CROSSOVER_WITH_VALUE",
    "PARTS",
    "TORNADO",
    "Collector",
    "Difference",
    "Failure",
    "Identity",
    "Manifest",
    "Record",
    "Results",
    "RunFolder",
    "Split",
    "Tables",
    "claim",
    "read_manifest",
    "source_hash",
    "write_summary",
]
