from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest

from profiles.sags import UNIPEDE, UNIPEDE_DURATION_S, UNIPEDE_VOLTAGE_PU, UnipedeSags
from twin.contracts.timeline import Disturbances, ProfileContext
from twin.contracts.tolerance import ITIC, SEMI_F47, Curve, drops

MakeContext = Callable[..., ProfileContext]


def sampled(context: MakeContext, network: str) -> Disturbances:
    spec = UnipedeSags.model_validate({"network": network, "rate_per_year": 1000.0})
    return spec.sample(context(years=300))


@pytest.mark.parametrize(
    ("network", "itic", "f47", "below_08_12ms", "below_07_20ms"),
    [("underground", 0.435, 0.339, 0.700, 0.410), ("mixed", 0.360, 0.296, 0.649, 0.316)],
)
def test_shares_of_the_reference(
    context: MakeContext, network: str, itic: float, f47: float, below_08_12ms: float,
    below_07_20ms: float,
) -> None:  # fmt: skip
    events = sampled(context, network)
    t, v = events.duration_s, events.voltage_pu
    assert drops(ITIC, t, v).mean() == pytest.approx(itic, abs=0.004)
    assert drops(SEMI_F47, t, v).mean() == pytest.approx(f47, abs=0.004)
    assert ((t > 0.012) & (v < 0.8)).mean() == pytest.approx(below_08_12ms, abs=0.004)
    assert ((t > 0.02) & (v < 0.7)).mean() == pytest.approx(below_07_20ms, abs=0.004)


@pytest.mark.parametrize(("network", "total"), [("underground", 81), ("mixed", 218)])
def test_cells_hold_their_shares(context: MakeContext, network: str, total: int) -> None:
    table = np.array(UNIPEDE[network])
    assert table.sum() == total
    events = sampled(context, network)
    volts, seconds = sorted(UNIPEDE_VOLTAGE_PU), UNIPEDE_DURATION_S
    found, _, _ = np.histogram2d(events.voltage_pu, events.duration_s, [volts, seconds])
    n = len(events)
    assert found.sum() == n
    for share, got in zip((table / total).ravel(), found[::-1].ravel() / n, strict=True):
        assert got == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / n))


def test_within_a_cell_voltage_is_uniform_and_duration_log_uniform(context: MakeContext) -> None:
    events = sampled(context, "mixed")
    inside = (events.duration_s > 0.1) & (events.duration_s < 0.5) & (events.voltage_pu > 0.7)
    volts, logs = events.voltage_pu[inside], np.log(events.duration_s[inside])
    n = math.sqrt(inside.sum())
    assert volts.mean() == pytest.approx(0.8, abs=4 * 0.2 / math.sqrt(12) / n)
    middle, width = math.log(0.1 * 0.5) / 2, math.log(5.0)
    assert logs.mean() == pytest.approx(middle, abs=4 * width / math.sqrt(12) / n)
    assert logs.std() == pytest.approx(width / math.sqrt(12), rel=0.02)


def test_exact_share_below_a_curve() -> None:
    """The reference's share by hand: each cell's part below ITIC."""

    def part(curve: Curve, low: float, high: float, t0: float, t1: float) -> float:
        share = 0.0
        edges = sorted({t0, t1, *(x for x in curve.duration_s if t0 < x < t1)})
        for a, b in itertools.pairwise(edges):
            limit = curve.threshold(math.sqrt(a * b))
            below = min(max(limit - low, 0.0), high - low) / (high - low)
            share += below * math.log(b / a) / math.log(t1 / t0)
        return share

    total = 0.0
    for row, counts in enumerate(UNIPEDE["underground"]):
        high, low = UNIPEDE_VOLTAGE_PU[row], UNIPEDE_VOLTAGE_PU[row + 1]
        for column, n in enumerate(counts):
            t0, t1 = UNIPEDE_DURATION_S[column], UNIPEDE_DURATION_S[column + 1]
            total += n / 81 * part(ITIC, low, high, t0, t1)
    assert total == pytest.approx(0.435, abs=0.001)
