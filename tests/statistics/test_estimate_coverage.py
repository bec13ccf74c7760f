"""Do 95 % intervals hold the truth in 95 of 100 cases? Simulated at a fixed seed.

With R repetitions the observed coverage has the standard error √(0.95·0.05/R); three of them are
allowed. Exact discrete intervals may cover more, skewed means of small samples a little less; where
theory promises less than 95 %, the floor says so.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from twin.estimate import (
    Estimate,
    count_estimate,
    heavy_tail_estimate,
    mean_estimate,
    paired_count_difference,
    paired_difference,
    paired_ratio_difference,
    ratio_estimate,
)

REPETITIONS = 800
SLACK = 3.0 * np.sqrt(0.95 * 0.05 / REPETITIONS)


def coverage(make: Callable[[np.random.Generator], Estimate], truth: float, repetitions: int
             ) -> float:  # fmt: skip
    rng = np.random.default_rng(20_240_611)
    held = 0
    for _ in range(repetitions):
        e = make(rng)
        held += e.ci_low is not None and e.ci_low <= truth <= e.ci_high
    return held / repetitions


def test_student():
    got = coverage(lambda g: mean_estimate(g.normal(3.0, 2.0, 8), ""), 3.0, REPETITIONS)
    assert abs(got - 0.95) < SLACK


def test_paired_student():
    def make(g: np.random.Generator) -> Estimate:
        luck = g.normal(0.0, 50.0, 10)
        return paired_difference(luck + g.normal(1.0, 1.0, 10), luck, "")

    assert abs(coverage(make, 1.0, REPETITIONS) - 0.95) < SLACK


@pytest.mark.parametrize(("rate", "n"), [(0.002, 100), (0.02, 100), (0.5, 30), (30.0, 100)])
def test_poisson_counts_cover_at_least(rate, n):
    got = coverage(lambda g: count_estimate(g.poisson(10.0 * rate, n), 10.0, ""), rate, REPETITIONS)
    assert got > 0.95 - SLACK


@pytest.mark.parametrize(("rate", "n"), [(0.01, 200), (0.05, 200), (0.3, 50), (3.0, 20)])
def test_blackouts_that_take_32_pods(rate, n):
    def make(g: np.random.Generator) -> Estimate:
        return count_estimate(32.0 * g.poisson(rate, n), 1.0, "", cluster=32.0)

    assert coverage(make, 32.0 * rate, REPETITIONS) > 0.95 - SLACK


def test_overdispersed_counts():
    got = coverage(lambda g: count_estimate(g.negative_binomial(2, 0.1, 30), 1.0, ""), 18.0,
                   REPETITIONS)  # fmt: skip
    assert abs(got - 0.95) < SLACK


@pytest.mark.parametrize(
    ("common", "rate_b", "rate_a", "n"),
    [(1.0, 0.01, 0.0, 200), (0.5, 0.02, 0.01, 200), (3.0, 0.1, 0.1, 100), (5.0, 3.0, 1.0, 30)],
)
def test_paired_counts_cover_at_least(common, rate_b, rate_a, n):
    def make(g: np.random.Generator) -> Estimate:
        luck = g.poisson(common, n)
        b, a = luck + g.poisson(rate_b, n), luck + g.poisson(rate_a, n)
        return paired_count_difference(b, a, 1.0, "")

    assert coverage(make, rate_b - rate_a, REPETITIONS) > 0.95 - SLACK


@pytest.mark.parametrize("method", ["jackknife", "delta"])
def test_ratio(method):
    def make(g: np.random.Generator) -> Estimate:
        den = g.gamma(4.0, 1.0, 40)
        return ratio_estimate(0.3 * den + g.normal(0.0, 0.5, 40), den, "", method=method)

    assert abs(coverage(make, 0.3, REPETITIONS) - 0.95) < SLACK


def test_ratio_with_strong_curvature_is_not_centred_on_the_mean_of_ratios():
    def make(g: np.random.Generator) -> Estimate:
        den = g.gamma(0.5, 2.0, 200)  # many small denominators
        return ratio_estimate(1.0 + 0.0 * den, den, "")

    assert coverage(make, 1.0, REPETITIONS) > 0.95 - SLACK - 0.01


def test_paired_ratio():
    def make(g: np.random.Generator) -> Estimate:
        den = g.gamma(4.0, 1.0, 40)
        num = 0.3 * den + g.normal(0.0, 0.5, 40)
        return paired_ratio_difference(num + 0.1 + g.normal(0.0, 0.1, 40), den, num, den, "")

    assert abs(coverage(make, 0.025, REPETITIONS) - 0.95) < SLACK


def test_bootstrap_beats_student_on_a_heavy_tail():
    # in 2,500 repetitions 0.916 against 0.880: no interval from 200 such values reaches 0.95
    truth = np.exp(0.5 * 1.5**2)
    boot = coverage(lambda g: heavy_tail_estimate(g.lognormal(0.0, 1.5, 200), "", "c"), truth, 400)
    plain = coverage(lambda g: mean_estimate(g.lognormal(0.0, 1.5, 200), ""), truth, 400)
    assert boot > 0.916 - 3.0 * np.sqrt(0.08 / 400)
    assert boot > plain + 0.01


@pytest.mark.parametrize("rate", [0.02, 0.04])
def test_few_disasters_of_similar_size(rate):
    def make(g: np.random.Generator) -> Estimate:
        costs = np.array([g.lognormal(0.0, 0.5, k).sum() for k in g.poisson(rate, 200)])
        return heavy_tail_estimate(costs, "", "c")

    truth = rate * np.exp(0.125)
    # with no disaster seen there is no interval: e^(-200 rate) of the cases, 1.8 % for 0.02
    assert coverage(make, truth, 400) > 0.95 - 0.018 - 3.0 * np.sqrt(0.05 / 400)
