from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from twin.errors import InputError
from twin.fitting.rates import rate_figure, share_limits, uniformity, weights


def test_limits_of_a_rate_are_garwoods() -> None:
    """No event in 3 yr: the rule of three at 97.5 %; 5 events: χ² limits."""
    none = rate_figure("r", 0, 3.0, 0.0, "sag")
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(3.688879 / 3.0, rel=1e-6)
    five = rate_figure("r", 5, 2.0, 0.0, "sag")
    assert five.value == 2.5
    assert five.low == pytest.approx(stats.chi2.ppf(0.025, 10) / 4.0)
    assert five.high == pytest.approx(stats.chi2.ppf(0.975, 12) / 4.0)
    assert "5 sags in 2 yr" in five.how


def test_coverage_of_the_rate_is_exact() -> None:
    """Summed over all counts, the interval holds the truth in at least 95 % of records."""
    for truth in (0.5, 3.0, 12.0):
        covered = 0.0
        for n in range(60):
            figure = rate_figure("r", n, 1.0, 0.0, "sag")
            if float(figure.low) <= truth <= float(figure.high):  # type: ignore[arg-type]
                covered += float(stats.poisson.pmf(n, truth))
        assert 0.95 <= covered <= 0.995


def test_a_record_of_unknown_length() -> None:
    """From first to last event: (n - 1)/span without bias, limits that hold in 95 %."""
    rng, truth, n = np.random.default_rng(2), 7.0, 6
    inside, values = 0, []
    for _ in range(2000):
        span = float(rng.standard_exponential(n - 1).sum()) / truth
        figure = rate_figure("r", n, None, span, "sag")
        inside += float(figure.low) <= truth <= float(figure.high)  # type: ignore[arg-type]
        values.append(1.0 / float(figure.value))  # type: ignore[arg-type]
    assert inside / 2000 == pytest.approx(0.95, abs=3 * math.sqrt(0.05 * 0.95 / 2000))
    assert np.mean(values) == pytest.approx(1.0 / truth, abs=3 * np.std(values) / math.sqrt(2000))
    for few, span in ((1, 0.0), (1, 1.0), (5, 0.0)):
        with pytest.raises(InputError, match="say --years"):
            rate_figure("r", few, None, span, "sag")


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (3, 10), (10, 10), (41, 192)])
def test_limits_of_a_share_are_clopper_pearsons(hits: int, n: int) -> None:
    exact = stats.binomtest(hits, n).proportion_ci(0.95, method="exact")
    assert share_limits(hits, n) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_the_test_for_a_season() -> None:
    counts, exposure = np.array([30, 20, 25, 25]), np.array([1.0, 1.0, 1.0, 1.0])
    assert uniformity(counts, exposure, "x") == pytest.approx(stats.chisquare(counts).pvalue)
    uneven = np.array([2.0, 1.0, 1.0, 0.0])
    expected = np.array([50.0, 25.0, 25.0])
    found = uniformity(np.array([30, 40, 30, 0]), uneven, "x")
    assert found == pytest.approx(stats.chisquare([30, 40, 30], expected).pvalue)
    assert uniformity(np.array([0, 0]), np.array([1.0, 1.0]), "x") == 1.0


def test_small_counts_are_tested_by_simulation() -> None:
    """Three events in three of three cells, and all in one: p is 1 and 1/9."""
    even = np.ones(3)
    assert uniformity(np.array([1, 1, 1]), even, "x") == pytest.approx(1.0)
    p = uniformity(np.array([3, 0, 0]), even, "x")
    assert p == pytest.approx(1.0 / 9.0, abs=4 * math.sqrt(0.1 / 9999))
    assert p == uniformity(np.array([3, 0, 0]), even, "x")


def test_false_alarms_of_the_test() -> None:
    rng = np.random.default_rng(1)
    p = [uniformity(rng.multinomial(120, np.full(24, 1 / 24)), np.ones(24), "x") for _ in range(400)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=3 * math.sqrt(0.0475 / 400))


def test_weights_are_drawn_towards_each_other_by_what_chance_explains() -> None:
    even = np.ones(4)
    assert weights(np.array([10, 10, 10, 10]), even) == (1.0, 1.0, 1.0, 1.0)
    assert weights(np.array([12, 9, 8, 11]), even) == (1.0, 1.0, 1.0, 1.0)  # less than by chance
    many = weights(np.array([10_000, 20_000, 30_000, 40_000]), even)
    assert many == pytest.approx((0.4, 0.8, 1.2, 1.6), rel=1e-3)
    some = weights(np.array([4, 8, 12, 16]), even)  # χ² = 8, τ² = (8 - 3)/(40 - 10) = 1/6
    shrunk = (1 / 6) * 10 / ((1 / 6) * 10 + 1)
    assert some == pytest.approx([1 + shrunk * (x / 10 - 1) for x in (4, 8, 12, 16)])
    assert weights(np.array([5, 5, 0]), np.array([1.0, 1.0, 0.0])) == (1.0, 1.0, 1.0)


def test_true_weights_come_back() -> None:
    rng, truth = np.random.default_rng(7), np.array([0.5] * 12 + [1.5] * 12)
    found = np.mean([weights(rng.poisson(truth * 20), np.ones(24)) for _ in range(50)], axis=0)
    assert found == pytest.approx(truth, abs=0.2)
    assert found[:12].mean() == pytest.approx(0.5, abs=0.08)
