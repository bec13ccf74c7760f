"""Helpers of the tests of the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Called(NamedTuple):
    """Exit code and what was printed."""

    code: int
    out: str
    err: str


Call = Callable[..., Called]


def simulations() -> int:
    """Return how many replications the fake plant has simulated in this test."""
    log = Path.cwd().parent / "calls"
    return len(log.read_text().splitlines()) if log.exists() else 0
