"""Simulates the architectures between the baseline and the design, so that a run can split them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twin.montecarlo.runs import Request, Say, carry_out, silent

if TYPE_CHECKING:
    from twin.results import Results

MOST = 40
"""Replications of the split: paired differences need fewer than the run itself."""


def with_split(request: Request, results: Results, say: Say = silent) -> Results:
    """Return the results with their split, simulated on the first replications of the run.

    The rows that the run has are used again; those of the architectures in between stand in a
    folder of their own inside the run's.
    """
    from twin.results import COMPANION, write_summary

    chain = request.scenario.chain
    if not chain or request.out is None or request.only is not None:
        return results
    ends = {chain[0], chain[-1]}
    if not ends <= set(results.architectures) or set(chain) <= set(results.architectures):
        return results
    part = replace(
        request, n=min(request.n, MOST), architectures=chain, out=request.out / COMPANION,
        resume=False, label="split",
    )  # fmt: skip
    whole = replace(results, companion=carry_out(part, say, adopt=results.tables))
    write_summary(request.out, whole)
    return whole
