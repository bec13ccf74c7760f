from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from components.diesel import DieselSpec
from twin.errors import DataError, InputError
from twin.fitting import PRIORS, fit_diesel, read_starts
from twin.fitting.diesel import Starts, homogeneity, run_figures, start_figure, surprise

Write = Callable[..., Path]


def records(missed: int, n: int, hours: float, failures: int, sets: int = 2) -> Starts:
    started = np.arange(n) >= missed
    run = np.where(started, hours / max(1, n - missed), 0.0)
    failed = started & (np.arange(n) >= n - failures)
    return Starts("log.csv", tuple(f"G{k}" for k in range(sets)), np.arange(n) % sets, started,
                  failed, run)  # fmt: skip


def test_posteriors_by_hand() -> None:
    """Jeffreys: 2 of 100 starts give Beta(2.5, 98.5); 1 failure in 500 h gives Gamma(1.5, 500)."""
    start = start_figure(2, 100, PRIORS["jeffreys"])
    assert start.value == pytest.approx(2.5 / 101.0)
    law = stats.beta(2.5, 98.5)
    assert (start.low, start.high) == pytest.approx((law.ppf(0.025), law.ppf(0.975)))
    (run,) = run_figures(1, 500.0, PRIORS["jeffreys"])
    assert run.value == pytest.approx(500.0 / 1.5)
    hazard = stats.gamma(1.5, scale=1.0 / 500.0)
    assert (run.low, run.high) == pytest.approx((1 / hazard.ppf(0.975), 1 / hazard.ppf(0.025)))
    assert run_figures(0, 0.0, PRIORS["jeffreys"]) == []


@pytest.mark.parametrize(
    ("prior", "mean", "mttf_h"), [("typical", 0.0094, 1100.0), ("well-kept", 0.0013, 1662.0)]
)
def test_without_records_the_prior_means_stand(prior: str, mean: float, mttf_h: float) -> None:
    assert start_figure(0, 0, PRIORS[prior]).value == pytest.approx(mean)
    (run,) = run_figures(0, 0.0, PRIORS[prior])
    assert run.value == pytest.approx(mttf_h)
    low, high = float(run.low or 0.0), float(run.high or 0.0)
    assert low < 600.0  # the range of the reference, 637 to 1662 h, lies well inside
    assert high > 3000.0


def test_the_typical_prior_holds_the_published_range() -> None:
    law = stats.beta(*PRIORS["typical"].beta)
    assert law.ppf(0.025) < 0.0005
    assert law.ppf(0.975) > 0.02


def test_a_prior_weighs_as_half_a_failure() -> None:
    """A long log overrules it."""
    figure = start_figure(300, 10_000, PRIORS["well-kept"])
    assert figure.value == pytest.approx(0.03, rel=0.05)


def test_credible_intervals_hold_what_the_prior_draws() -> None:
    """Truth drawn from the prior, records from the truth: 95 % by construction, if all is right."""
    rng, runs = np.random.default_rng(4), 600
    prior = PRIORS["typical"]
    shape, exposure = prior.gamma
    inside = np.zeros(2)
    for _ in range(runs):
        p = rng.beta(*prior.beta)
        start = start_figure(int(rng.binomial(120, p)), 120, prior)
        hazard = rng.gamma(shape, 1.0 / exposure)
        (run,) = run_figures(int(rng.poisson(hazard * 300.0)), 300.0, prior)
        inside += [
            float(start.low) <= p <= float(start.high),  # type: ignore[arg-type]
            float(run.low) <= 1.0 / hazard <= float(run.high),  # type: ignore[arg-type]
        ]
    for share in inside / runs:
        assert share == pytest.approx(0.95, abs=3 * math.sqrt(0.0475 / runs))


def test_surprise_is_the_predictive_tail() -> None:
    prior = PRIORS["typical"]
    law = stats.betabinom(50, *prior.beta)
    for missed in (0, 1, 4):
        tail = 2.0 * min(law.cdf(missed), law.sf(missed - 1))
        assert surprise(missed, 50, prior) == pytest.approx(min(1.0, tail), rel=1e-9)
    assert surprise(25, 50, prior) < 0.01


def test_sets_that_differ_are_told() -> None:
    assert homogeneity([0, 0, 8], [40, 40, 40]) < 0.01
    assert homogeneity([2, 3, 3], [40, 40, 40]) > 0.2
    assert homogeneity([0, 0], [40, 40]) == homogeneity([3], [40]) == 1.0
    # 2 failures in one of two sets with 5 starts each: by hand C(5,2)·2/C(10,2) = 4/9
    assert homogeneity([2, 0], [5, 5]) == pytest.approx(4 / 9, abs=4 * math.sqrt(0.25 / 9999))


def test_the_table_is_one_that_a_scenario_reads() -> None:
    fit = fit_diesel(records(3, 240, 235.0, 1))
    table = tomllib.loads(fit.snippet())["diesel"]
    spec = DieselSpec.model_validate({"sets": 6, "set_kw": 2500.0, **table})
    assert spec.failure_to_start == pytest.approx(3.5 / (0.5 + 240 + 52.69), rel=1e-3)
    assert spec.mttf_h == pytest.approx((550.0 + 235.0) / 1.5, rel=1e-3)
    assert "log.csv" in fit.snippet()
    assert fit.indices["start failures seen per demand"] == 3 / 240
    assert fit_diesel(records(3, 240, 235.0, 1), years=10.0).indices["starts, 1/(set yr)"] == 12.0


def test_warnings() -> None:
    assert any("only 20 starts" in w for w in fit_diesel(records(0, 20, 10.0, 0)).warnings)
    assert any("contradicts the prior" in w for w in fit_diesel(records(30, 100, 9.0, 0)).warnings)
    idle = fit_diesel(records(0, 100, 0.0, 0), "jeffreys")
    assert any("no running hours" in w for w in idle.warnings)
    assert [f.key for f in idle.figures] == ["failure_to_start"]
    assert fit_diesel(records(1, 200, 300.0, 0)).warnings == ()


HEAD = "set,time,started,run_h,failed\n"


def test_records_are_read(tmp_path: Path) -> None:
    path = tmp_path / "starts.csv"
    path.write_text(HEAD + "G1,2024-01-01,1,0.5,0\nG2,2024-01-01,0,0,0\nG1,2024-02-01,1,7.25,1\n")
    starts = read_starts(str(path))
    assert starts.sets == ("G1", "G2")
    assert starts.of.tolist() == [0, 1, 0]
    assert starts.started.tolist() == [True, False, True]
    assert starts.failed.tolist() == [False, False, True]
    assert starts.run_h.tolist() == [0.5, 0.0, 7.25]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("G1,x,2,0,0\n", "line 2, column 'started': '2' must be 0 or 1"),
        ("G1,x,1,0,yes\n", "line 2, column 'failed': 'yes' must be 0 or 1"),
        ("G1,x,0,1,0\n", "line 2, column 'run_h': '1' cannot be: the set did not start"),
        ("G1,x,0,0,1\n", "line 2, column 'failed': '1' cannot be"),
        (",x,1,0,0\n", "line 2, column 'set': '' is a gap"),
        ("G1,x,1,-1,0\n", "line 2, column 'run_h': '-1' is out of range"),
    ],
)
def test_bad_records_are_refused(rows: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "starts.csv"
    path.write_text(HEAD + rows)
    with pytest.raises(DataError, match=words):
        read_starts(str(path))


def test_unknown_prior() -> None:
    with pytest.raises(InputError, match=r"unknown prior 'tipical' \(did you mean 'typical'\?\)"):
        fit_diesel(records(0, 10, 1.0, 0), "tipical")
    with pytest.raises(InputError, match="--years: 0 must be above 0"):
        fit_diesel(records(0, 10, 1.0, 0), years=0.0)
