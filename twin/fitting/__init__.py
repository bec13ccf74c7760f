"""From logs to scenario files: what a record of sags, outages or diesel starts says, with intervals.

Each fit returns a `Fit`: figures with 95 % intervals, notes and warnings, and the piece of a scenario
file they make, every figure with its source.
"""

from __future__ import annotations

from twin.fitting.diesel import PRIORS, fit_diesel, read_starts
from twin.fitting.model import Figure, Fit
from twin.fitting.outages import fit_outages
from twin.fitting.records import Record, read_record
from twin.fitting.sags import fit_sags

__all__ = [
    "PRIORS",
    "Figure",
    "Fit",
    "Record",
    "fit_diesel",
    "fit_outages",
    "fit_sags",
    "read_record",
    "read_starts",
]
