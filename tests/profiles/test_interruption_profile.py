from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import kstest, norm

from profiles.interruptions import (
    CsvMomentaries,
    CsvOutages,
    LognormalOutages,
    NoMomentaries,
    NoOutages,
    PoissonMomentaries,
    ScriptedMomentaries,
    ScriptedOutages,
)
from twin import registry
from twin.contracts.calendar import YEAR_S
from twin.contracts.kinds import parse_kind
from twin.contracts.timeline import ProfileContext
from twin.errors import DataError

MakeContext = Callable[..., ProfileContext]


def test_momentaries_are_poisson_and_uniform(context: MakeContext) -> None:
    events = PoissonMomentaries(rate_per_year=100.0).sample(context(years=200))
    assert len(events) == pytest.approx(20_000, abs=4 * math.sqrt(20_000))
    assert np.all(events.voltage_pu == 0.0)
    assert events.duration_s.min() >= 0.3
    assert events.duration_s.max() <= 5.0
    assert kstest(events.start_s / (200 * YEAR_S), "uniform").pvalue > 1e-3
    assert kstest((events.duration_s - 0.3) / 4.7, "uniform").pvalue > 1e-3


def test_outage_durations_follow_the_mixture(context: MakeContext) -> None:
    hours = LognormalOutages(rate_per_year=200.0).sample(context(years=500)).duration_s / 3600.0
    n = math.sqrt(len(hours))
    for limit in (0.1, 0.9, 3.0, 8.0, 24.0):
        body = norm.cdf(math.log(limit / 0.9) / 1.1)
        tail = norm.cdf(math.log(limit / 8.0) / 0.8)
        expected = 0.98 * body + 0.02 * tail
        assert (hours < limit).mean() == pytest.approx(expected, abs=4 * 0.5 / n)
    exact = 0.98 * 0.9 * math.exp(1.1**2 / 2) + 0.02 * 8.0 * math.exp(0.8**2 / 2)
    assert exact == pytest.approx(1.84, abs=0.005)
    assert hours.mean() == pytest.approx(exact, abs=4 * hours.std() / n)


def test_no_outage_is_as_short_as_a_momentary(context: MakeContext) -> None:
    spec = LognormalOutages(
        rate_per_year=1000.0, duration_median_h=0.05, duration_sigma=1.5, tail_share=0.0
    )
    seconds = spec.sample(context(years=50)).duration_s
    assert seconds.min() > 60.0
    # drawn again, not clipped: the law is the lognormal beyond 60 s, with no heap at the limit
    floor = norm.cdf(math.log(60 / 180) / 1.5)
    for limit in (66.0, 90.0, 180.0, 1000.0):
        expected = (norm.cdf(math.log(limit / 180) / 1.5) - floor) / (1 - floor)
        tolerance = 4 * 0.5 / math.sqrt(len(seconds))
        assert (seconds < limit).mean() == pytest.approx(expected, abs=tolerance)


def test_tail_share_one_is_the_tail_alone(context: MakeContext) -> None:
    spec = LognormalOutages(rate_per_year=500.0, tail_share=1.0, tail_sigma=0.0)
    assert np.all(spec.sample(context()).duration_s == 8.0 * 3600.0)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_quantiles_agree_with_what_is_drawn(context: MakeContext, share: float) -> None:
    """A third of the draws are too short to be outages and drawn again."""
    spec = LognormalOutages(rate_per_year=300.0, duration_median_h=0.02, duration_sigma=0.5)
    drawn = spec.sample(context(years=100)).duration_s
    longest = spec.duration_quantile_s(share)
    assert longest is not None
    assert longest > 60.0
    below = float(np.mean(drawn <= longest))
    assert below == pytest.approx(share, abs=3.0 * math.sqrt(share * (1.0 - share) / len(drawn)))
    assert LognormalOutages(rate_per_year=0.0).duration_quantile_s(share) is None


def test_a_longer_horizon_leaves_the_earlier_outages_alone(context: MakeContext) -> None:
    spec = LognormalOutages(rate_per_year=100.0, duration_median_h=0.05)
    short, long = (spec.sample(context(years=y)) for y in (4, 9))
    n = len(short)
    assert 0 < n < len(long)
    np.testing.assert_array_equal(short.start_s, long.start_s[:n])
    np.testing.assert_array_equal(short.duration_s, long.duration_s[:n])


def test_streams_are_named_apart(context: MakeContext) -> None:
    outages = LognormalOutages(rate_per_year=2.0).sample(context())
    momentaries = PoissonMomentaries(rate_per_year=2.0).sample(context())
    assert not set(outages.start_s) & set(momentaries.start_s)


@pytest.mark.parametrize("spec", [LognormalOutages(), PoissonMomentaries()])
def test_same_seed_same_events(
    context: MakeContext, spec: LognormalOutages | PoissonMomentaries
) -> None:
    first, again, other = (spec.sample(context(r, years=50)) for r in (3, 3, 4))
    np.testing.assert_array_equal(first.start_s, again.start_s)
    np.testing.assert_array_equal(first.duration_s, again.duration_s)
    assert not set(first.start_s) & set(other.start_s)


def test_none_and_rate_zero_are_empty(context: MakeContext) -> None:
    specs = (
        NoOutages(),
        NoMomentaries(),
        LognormalOutages(rate_per_year=0.0),
        PoissonMomentaries(rate_per_year=0.0),
    )
    assert [len(s.sample(context())) for s in specs] == [0, 0, 0, 0]


def test_an_outage_across_the_horizon_keeps_its_duration(
    context: MakeContext, write: Callable[..., Path]
) -> None:
    path = write("start_s,duration_s\n0,61\n31535999,7200\n31536000,100\n")
    events = CsvOutages(file=str(path)).sample(context(years=1))
    assert events.start_s.tolist() == [0.0, 31_535_999.0]
    assert events.duration_s.tolist() == [61.0, 7200.0]
    assert events.voltage_pu.tolist() == [0.0, 0.0]


def test_scripts_and_logs_agree(context: MakeContext, write: Callable[..., Path]) -> None:
    rows = [{"start_s": 5.0, "duration_s": 2.5}, {"start_s": 9.0, "duration_s": 60.0}]
    scripted = ScriptedMomentaries.model_validate({"events": rows}).sample(context())
    path = write("start_s,duration_s\n5,2.5\n9,60\n")
    logged = CsvMomentaries(file=str(path)).sample(context())
    assert scripted.start_s.tolist() == logged.start_s.tolist() == [5.0, 9.0]
    assert scripted.duration_s.tolist() == logged.duration_s.tolist() == [2.5, 60.0]


@pytest.mark.parametrize(
    ("spec", "rows", "words"),
    [
        (CsvOutages, "1,3600\n2,60\n", r"log\.csv, line 3, column 'duration_s': '60' is no outage"),
        (CsvMomentaries, "1,2\n2,60.5\n", r"log\.csv, line 3, column 'duration_s': '60.5' is an o"),
        (CsvMomentaries, "1,0\n", r"line 2, column 'duration_s': '0' must be above 0 s"),
    ],
)
def test_events_of_the_other_table_are_refused(
    spec: type[CsvOutages | CsvMomentaries], rows: str, words: str, write: Callable[..., Path]
) -> None:
    path = write("start_s,duration_s\n" + rows)
    with pytest.raises(DataError, match=words):
        spec(file=str(path)).check()


@pytest.mark.parametrize(
    ("spec", "body", "words"),
    [
        (ScriptedOutages, {"events": [{"start_s": 1.0, "duration_s": 60.0}]}, "is no outage"),
        (ScriptedMomentaries, {"events": [{"start_s": 1.0, "duration_s": 61.0}]}, "is an outage"),
        (ScriptedOutages, {"events": []}, "at least 1"),
        (LognormalOutages, {"duration_median_h": 0.01}, "duration_median_h"),
        (LognormalOutages, {"tail_share": 1.1}, "tail_share"),
        (PoissonMomentaries, {"duration_min_s": 6.0}, "lies below duration_min_s"),
        (PoissonMomentaries, {"duration_max_s": 61.0}, "duration_max_s"),
        (CsvOutages, {"file": ""}, "file"),
    ],
)
def test_bad_parameters_are_refused(spec: Any, body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        spec.model_validate(body)


def test_outages_need_no_kind() -> None:
    spec = parse_kind("outages", {"rate_per_year": 3, "duration_median_h": 0.9})
    assert spec == parse_kind("outages", {"kind": "lognormal", "rate_per_year": 3})
    assert isinstance(spec, LognormalOutages)


def test_all_kinds_of_disturbances_are_registered() -> None:
    known = {t: [k.kind for k in registry.kinds(t)] for t in ("sags", "momentaries", "outages")}
    assert known == {
        "sags": ["csv", "ecdf", "none", "script", "unipede"],
        "momentaries": ["csv", "none", "poisson", "script"],
        "outages": ["csv", "default", "lognormal", "none", "redrawn", "script"],
    }
    assert all(k.world for t in known for k in registry.kinds(t))
