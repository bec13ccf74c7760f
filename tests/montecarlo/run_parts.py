"""Helpers of the tests of runs."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from twin.results import Results

Simulated = Callable[..., Results]


def assert_equal(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Compare bit for bit."""
    pd.testing.assert_frame_equal(one, other, check_exact=True)
