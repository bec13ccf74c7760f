from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

from twin.errors import InputError
from twin.fitting.durations import (
    HALF_CHI2,
    Durations,
    durations,
    fit_lognormal,
    fit_two,
    log_beyond,
    log_density,
    loglik,
)
from twin.fitting.tails import laws, mixture_loglik


def sample(n: int, median: float, sigma: float, seed: int) -> np.ndarray:
    return median * np.exp(sigma * np.random.default_rng(seed).standard_normal(n))


def test_densities() -> None:
    x = np.array([-1.0, 0.3, 4.0])
    np.testing.assert_allclose(log_density(x, 0.5, 1.3), stats.norm.logpdf(x, 0.5, 1.3))
    np.testing.assert_allclose(log_beyond(x, 0.5, 1.3), stats.norm.logsf(x, 0.5, 1.3))


def test_complete_durations_have_closed_forms() -> None:
    seconds = sample(40, 0.15, 0.9, 1)
    logs, n = np.log(seconds), 40
    fitted = fit_lognormal(durations("log", seconds))
    assert fitted.median_s == pytest.approx(math.exp(logs.mean()))
    assert fitted.sigma == pytest.approx(logs.std())
    # the profile of the mean is Student's t in disguise: t² = (n - 1)(exp(χ²/n) - 1)
    t = math.sqrt((n - 1) * math.expm1(2 * HALF_CHI2 / n))
    half = t * logs.std(ddof=1) / math.sqrt(n)
    assert fitted.median_limits_s == pytest.approx(
        (math.exp(logs.mean() - half), math.exp(logs.mean() + half))
    )
    for limit in fitted.sigma_limits:
        drop = loglik(durations("log", seconds), logs.mean(), limit) - fitted.loglik
        assert drop == pytest.approx(-HALF_CHI2, abs=1e-6)


def test_the_numerical_fit_agrees_with_the_closed_form() -> None:
    data = durations("log", sample(30, 3000.0, 1.1, 2))
    exact, numeric = fit_lognormal(data), fit_two(data, lambda m, s: loglik(data, m, s))
    for name in ("median_s", "sigma", "loglik"):
        assert getattr(numeric, name) == pytest.approx(getattr(exact, name), rel=1e-6)
    assert numeric.median_limits_s == pytest.approx(exact.median_limits_s, rel=1e-5)
    assert numeric.sigma_limits == pytest.approx(exact.sigma_limits, rel=1e-5)


def test_two_durations_by_hand() -> None:
    """1 s and e² s: mean log 1, deviation 1; one open at e: P(longer) multiplies in."""
    seconds = np.array([1.0, math.e**2])
    assert loglik(durations("log", seconds), 1.0, 1.0) == pytest.approx(
        -math.log(2.0 * math.pi) - 1.0
    )
    three, ended = np.append(seconds, math.e), np.array([True, True, False])
    open_ = loglik(durations("log", three, ended), 1.0, 1.0)
    assert open_ == pytest.approx(-math.log(2.0 * math.pi) - 1.0 + math.log(0.5))
    cut = loglik(Durations(np.log(three[1:]), ended[1:], 0.0), 1.0, 1.0)
    assert cut == pytest.approx(
        stats.norm.logpdf(1.0) + math.log(0.5) - 2.0 * stats.norm.logsf(-1.0)
    )


def covered(make: str, runs: int) -> tuple[float, float]:
    """Return how often the intervals of median and sigma hold the truth."""
    truth = 2000.0, 1.1
    inside = np.zeros(2)
    for seed in range(runs):
        seconds = sample(50, *truth, 1000 + seed)
        ended = np.ones(len(seconds), dtype=bool)
        floor = 0.0
        if make == "cut":
            floor = 500.0
            ended = seconds < 8000.0
            seconds = np.minimum(seconds, 8000.0)
            keep = seconds > floor
            seconds, ended = seconds[keep], ended[keep]
        fitted = fit_lognormal(durations("log", seconds, ended, floor))
        for k, (limits, value) in enumerate(
            [(fitted.median_limits_s, truth[0]), (fitted.sigma_limits, truth[1])]
        ):
            inside[k] += limits[0] <= value <= limits[1]
    return float(inside[0] / runs), float(inside[1] / runs)


@pytest.mark.parametrize(("make", "runs"), [("complete", 800), ("cut", 40)])
def test_coverage_of_the_intervals(make: str, runs: int) -> None:
    """Complete durations; and with a floor below which none is noted, some still under way."""
    for share in covered(make, runs):
        assert share == pytest.approx(0.95, abs=3 * math.sqrt(0.0475 / runs))


def test_censoring_matters() -> None:
    seconds = sample(400, 2000.0, 1.0, 5)
    ended = seconds < 3000.0
    seen = np.minimum(seconds, 3000.0)
    naive = fit_lognormal(durations("log", seen))
    right = fit_lognormal(durations("log", seen, ended))
    assert naive.median_s < 1700.0
    assert right.median_limits_s[0] < 2000.0 < right.median_limits_s[1]
    assert right.sigma_limits[0] < 1.0 < right.sigma_limits[1]


def test_the_floor_matters() -> None:
    seconds = sample(1500, 100.0, 1.0, 6)
    seen = seconds[seconds > 60.0]
    right = fit_lognormal(durations("log", seen, None, 60.0))
    assert fit_lognormal(durations("log", seen)).median_s > 140.0
    assert right.median_s == pytest.approx(100.0, rel=0.2)
    assert right.sigma == pytest.approx(1.0, rel=0.1)


def with_tail(n: int, share: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    body = 3240.0 * np.exp(1.1 * rng.standard_normal(n))
    tail = 60_000.0 * np.exp(0.4 * rng.standard_normal(n))
    return np.where(rng.random(n) < share, tail, body)


def test_akaike_finds_the_law() -> None:
    long_tail = durations("log", with_tail(250, 0.2, 1), None, 1.0)
    best = laws(long_tail)[0]
    assert best.name == "free tail"
    assert best.tail_share == pytest.approx(0.2, abs=0.08)
    assert best.tail_median_s == pytest.approx(60_000.0, rel=0.25)
    assert best.body.median_s == pytest.approx(3240.0, rel=0.2)
    low, high = best.body.median_limits_s
    assert 0.25 < math.log(high / low) < 0.6  # 4 · 1.1/√200, and what the tail takes away
    short_tail = durations("log", sample(100, 900.0, 0.5, 2), None, 1.0)
    assert laws(short_tail)[0].name == "plain"
    assert [law.name for law in laws(durations("log", sample(30, 900.0, 0.5, 2)))][-1] != "free tail"


def test_the_mixture_by_hand() -> None:
    data = durations("log", np.array([100.0, 5000.0]), None, 60.0)
    got = mixture_loglik(data, math.log(300.0), 1.0, 0.1, math.log(9000.0), 0.5)

    def part(f: str, x: float) -> float:
        both = (0.9, 300.0, 1.0), (0.1, 9000.0, 0.5)
        return sum(w * getattr(stats.norm, f)(math.log(x), math.log(m), s) for w, m, s in both)

    by_hand = sum(math.log(part("pdf", x)) for x in (100.0, 5000.0)) - 2 * math.log(part("sf", 60.0))
    assert got == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("seconds", "ended", "floor", "words"),
    [
        ([1.0], None, 0.0, "no spread"),
        ([1.0, 1.0, 1.0], None, 0.0, "no spread"),
        ([1.0, 2.0, 3.0], [True, False, False], 0.0, "at least two must have ended"),
        ([1.0, 2.0], None, 1.0, "is not above 1 s"),
    ],
)
def test_what_cannot_be_fitted(
    seconds: list[float], ended: list[bool] | None, floor: float, words: str
) -> None:
    flags = None if ended is None else np.array(ended)
    with pytest.raises(InputError, match=f"log.csv: .*{words}"):
        durations("log.csv", np.array(seconds), flags, floor)


def test_half_chi2() -> None:
    assert pytest.approx(stats.chi2.ppf(0.95, 1) / 2.0) == HALF_CHI2
    assert brentq(lambda x: stats.chi2.sf(2 * x, 1) - 0.05, 1.0, 3.0) == pytest.approx(HALF_CHI2)
