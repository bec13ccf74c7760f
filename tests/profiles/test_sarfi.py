from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from profiles.sags import EcdfSags
from twin.contracts.calendar import YEAR_S
from twin.contracts.sarfi import aggregated, group_sizes, sarfi, sarfi_counts, sarfi_curve
from twin.contracts.timeline import Disturbances, ProfileContext

MakeContext = Callable[..., ProfileContext]
ROWS = [  # start s, duration s, voltage pu, phases
    (0.0, 0.1, 0.80, 1),
    (0.5, 0.2, 0.40, 3),  # deepest of its minute
    (59.9, 0.1, 0.60, 1),
    (60.0, 0.1, 0.85, 2),  # a minute after the first: another event
    (1000.0, 0.004, 0.20, 3),  # shorter than half a cycle
    (2000.0, 0.15, 0.69, 1),
    (3000.0, 61.0, 0.75, 3),  # longer than a minute
    (4000.0, 5.0, 0.05, 3),
    (4010.0, 6.0, 0.05, 1),  # as deep, longer
]


@pytest.fixture
def record() -> Disturbances:
    start, lasts, volts, phases = (np.array(c, dtype=float) for c in zip(*ROWS, strict=True))
    return Disturbances(start, lasts, volts, phases.astype(np.int8))


def test_one_event_per_minute(record: Disturbances) -> None:
    one = aggregated(record)
    assert one.start_s.tolist() == [0.0, 60.0, 1000.0, 2000.0, 3000.0, 4000.0]
    assert one.voltage_pu.tolist() == [0.40, 0.85, 0.20, 0.69, 0.75, 0.05]
    assert one.duration_s.tolist() == [0.2, 0.1, 0.004, 0.15, 61.0, 6.0]
    assert one.phases.tolist() == [3, 2, 3, 1, 3, 1]
    assert group_sizes(record).tolist() == [3, 1, 1, 1, 1, 2]
    assert len(aggregated(Disturbances.empty())) == 0


def test_indices(record: Disturbances) -> None:
    """Counted: 0.40, 0.85, 0.69 and 0.05; too short and too long are left out."""
    assert [sarfi(record, 2.0, x) for x in (0.9, 0.8, 0.7, 0.5)] == [2.0, 1.5, 1.5, 1.0]
    assert sarfi_curve(record, 2.0, "itic") == 1.5
    assert sarfi_curve(record, 2.0, "semi_f47") == 1.0  # not 0.69 for 0.15 s


def test_by_metric_name(record: Disturbances) -> None:
    counts = sarfi_counts(record, YEAR_S)
    assert counts["sarfi_90_per_year"] == 4.0
    assert counts["sarfi_50_per_year"] == 2.0
    assert set(counts) == {
        "sarfi_90_per_year", "sarfi_80_per_year", "sarfi_70_per_year", "sarfi_50_per_year",
        "sarfi_itic_per_year", "sarfi_semi_f47_per_year", "sarfi_ieee_1668_i_ii_per_year",
        "sarfi_ieee_1668_iii_per_year",
    }  # fmt: skip
    assert sarfi_counts(record, 1500.0)["sarfi_90_per_year"] == 2.0 * YEAR_S / 1500.0


def test_the_published_ratios_of_the_survey(context: MakeContext) -> None:
    """DPQ: SARFI 90/80/70/50 = 56.3/28.7/18.4/9.5 per year."""
    years = 400
    counts = sarfi_counts(
        EcdfSags(rate_per_year=56.3, sequence_share=0.3).sample(context(years=years)),
        years * YEAR_S,
    )
    for level, published in ((90, 56.3), (80, 28.7), (70, 18.4), (50, 9.5)):
        found = counts[f"sarfi_{level}_per_year"]
        assert found == pytest.approx(published, rel=0.02, abs=4 * np.sqrt(published / years))
