from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from profiles.sags import CsvSags, EcdfSags, NoSags, ScriptedSags
from twin.contracts.calendar import MONTH_DAYS, MONTH_START_S, YEAR_S
from twin.contracts.timeline import ProfileContext
from twin.contracts.tolerance import ITIC, SEMI_F47, drops
from twin.errors import DataError, ScenarioError

MakeContext = Callable[..., ProfileContext]

HV: dict[str, Any] = {"duration_median_s": 0.09, "duration_sigma": 0.5}
MV: dict[str, Any] = {"duration_median_s": 0.15, "duration_sigma": 0.9}


@pytest.mark.parametrize(
    ("duration", "itic", "f47", "itic_sags", "f47_sags"),
    [(HV, 0.330, 0.179, 0.309, 0.153), (MV, 0.342, 0.244, 0.322, 0.221)],
    ids=["high voltage", "medium voltage"],
)
def test_shares_below_the_tolerance_curves(
    context: MakeContext,
    duration: dict[str, Any],
    itic: float,
    f47: float,
    itic_sags: float,
    f47_sags: float,
) -> None:
    events = EcdfSags(rate_per_year=1000.0, **duration).sample(context(years=600))
    assert len(events) == pytest.approx(600_000, abs=4 * math.sqrt(600_000))
    sags = events.voltage_pu >= 0.1
    below_itic = drops(ITIC, events.duration_s, events.voltage_pu)
    below_f47 = drops(SEMI_F47, events.duration_s, events.voltage_pu)
    assert below_itic.mean() == pytest.approx(itic, abs=0.003)
    assert below_f47.mean() == pytest.approx(f47, abs=0.003)
    assert below_itic[sags].mean() == pytest.approx(itic_sags, abs=0.003)
    assert below_f47[sags].mean() == pytest.approx(f47_sags, abs=0.003)


def test_depths_follow_the_distribution(context: MakeContext) -> None:
    volts = EcdfSags(rate_per_year=1000.0).sample(context(years=200)).voltage_pu
    for limit, share in [(0.8, 0.51), (0.7, 0.33), (0.5, 0.17), (0.1, 0.03), (0.05, 0.015)]:
        assert (volts < limit).mean() == pytest.approx(share, abs=4 * 0.5 / math.sqrt(len(volts)))


def test_durations_are_lognormal(context: MakeContext) -> None:
    seconds = EcdfSags(rate_per_year=1000.0, **MV).sample(context(years=200)).duration_s
    logs = np.log(seconds)
    n = math.sqrt(len(seconds))
    assert logs.mean() == pytest.approx(math.log(0.15), abs=4 * 0.9 / n)
    assert logs.std() == pytest.approx(0.9, abs=4 * 0.9 / math.sqrt(2) / n)
    assert np.quantile(seconds, 0.95) == pytest.approx(0.15 * math.exp(0.9 * 1.6449), rel=0.02)


def test_depth_and_duration_are_independent(context: MakeContext) -> None:
    events = EcdfSags(rate_per_year=1000.0).sample(context(years=100))
    correlation = np.corrcoef(events.voltage_pu, np.log(events.duration_s))[0, 1]
    assert abs(correlation) < 4 / math.sqrt(len(events))


def test_months_follow_their_weights(context: MakeContext) -> None:
    weights = [0.0, 1.0, 1.0, 1.0, 2.0, 4.0, 4.0, 4.0, 2.0, 1.0, 1.0, 0.0]
    spec = EcdfSags(rate_per_year=500.0, monthly_weight=weights)
    start = spec.sample(context(years=100)).start_s
    assert len(start) == pytest.approx(50_000, abs=4 * math.sqrt(50_000))
    found, _ = np.histogram(start % YEAR_S, bins=np.array(MONTH_START_S))
    mass = np.array(weights) * MONTH_DAYS
    expected = 50_000 * mass / mass.sum()
    assert found[0] == found[11] == 0
    assert np.all(np.abs(found - expected) <= 4 * np.sqrt(expected))


def test_weights_count_only_relative_to_each_other(context: MakeContext) -> None:
    once = EcdfSags(monthly_weight=[1.0] * 6 + [3.0] * 6).sample(context())
    twice = EcdfSags(monthly_weight=[2.0] * 6 + [6.0] * 6).sample(context())
    np.testing.assert_allclose(once.start_s, twice.start_s)


def test_yearly_counts_are_poisson(context: MakeContext) -> None:
    start = EcdfSags(rate_per_year=56.0).sample(context(years=1000)).start_s
    counts = np.bincount((start // YEAR_S).astype(int), minlength=1000)
    assert counts.mean() == pytest.approx(56, abs=4 * math.sqrt(56 / 1000))
    assert counts.var() / counts.mean() == pytest.approx(1.0, abs=4 * math.sqrt(2 / 1000))


def test_part_of_a_year_holds_its_months_alone(context: MakeContext) -> None:
    weights = [0.0] * 6 + [1.0] * 6
    spec = EcdfSags(rate_per_year=100.0, monthly_weight=weights)
    assert len(spec.sample(context(years=0.4))) == 0
    one_and_half = spec.sample(context(years=1.49)).start_s
    assert len(one_and_half) == pytest.approx(100, abs=40)
    assert one_and_half.min() >= MONTH_START_S[6]


def test_same_seed_same_sags_and_another_replication_others(context: MakeContext) -> None:
    spec = EcdfSags()
    first, again, other = (spec.sample(context(r)) for r in (0, 0, 1))
    for name in ("start_s", "duration_s", "voltage_pu"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert not set(first.start_s) & set(other.start_s)
    assert not set(first.start_s) & set(spec.sample(context(seed=2)).start_s)


def test_a_longer_horizon_leaves_the_earlier_sags_alone(context: MakeContext) -> None:
    short, long = (EcdfSags().sample(context(years=y)) for y in (3.3, 10))
    n = len(short)
    assert 0 < n < len(long)
    for name in ("start_s", "duration_s", "voltage_pu"):
        np.testing.assert_array_equal(getattr(short, name), getattr(long, name)[:n])
    assert long.start_s[n] >= 3.3 * YEAR_S


def test_another_rate_moves_the_same_sags(context: MakeContext) -> None:
    flat = [1.0] * 12
    few, many = (
        EcdfSags(rate_per_year=r, monthly_weight=flat).sample(context()) for r in (15.0, 30.0)
    )
    n = len(few)
    np.testing.assert_allclose(few.start_s, 2 * many.start_s[:n])
    np.testing.assert_array_equal(few.voltage_pu, many.voltage_pu[:n])


def test_none_and_rate_zero_are_empty(context: MakeContext) -> None:
    assert len(NoSags().sample(context())) == 0
    assert len(EcdfSags(rate_per_year=0.0).sample(context())) == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"rate_per_year": -1.0}, "rate_per_year"),
        ({"rate_per_year": math.inf}, "finite"),
        ({"rate_per_year": True}, "valid number"),
        ({"rate_per_yr": 1.0}, "rate_per_yr"),
        ({"voltage_pu": [0.0, 0.9]}, "voltage_pu has 2 values, probability 6"),
        ({"voltage_pu": [0.0, 0.1, 0.5, 0.4, 0.8, 0.9]}, "voltage_pu must rise"),
        ({"voltage_pu": [0.0, 0.1, 0.5, 0.7, 0.8, 0.95]}, "between 0 and 0.9"),
        ({"probability": [0.0, 0.03, 0.17, 0.33, 0.51, 0.99]}, "end at 1"),
        ({"probability": [0.1, 0.2, 0.3, 0.4, 0.5, 1.0]}, "start at 0"),
        ({"monthly_weight": [1.0] * 11}, "at least 12"),
        ({"monthly_weight": [0.0] * 12}, "not all of them 0"),
        ({"monthly_weight": [-1.0] + [1.0] * 11}, "at least 0"),
        ({"duration_median_s": 0.0}, "duration_median_s"),
    ],
)
def test_bad_parameters_are_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        EcdfSags.model_validate(body)


def test_a_log_keeps_what_starts_before_the_horizon(
    context: MakeContext, write: Callable[..., Path]
) -> None:
    path = write("start_s,duration_s,voltage_pu\n0,0.1,0.5\n100,2,0.85\n100,30,0.05\n3e7,1,0.4\n")
    spec = CsvSags(file=str(path))
    spec.check()
    events = spec.sample(context(years=0.5))
    assert events.start_s.tolist() == [0.0, 100.0, 100.0]
    assert events.duration_s.tolist() == [0.1, 2.0, 30.0]
    assert events.voltage_pu.tolist() == [0.5, 0.85, 0.05]
    assert len(spec.sample(context(years=1))) == 4


def test_a_log_wholly_behind_the_horizon_is_refused(
    context: MakeContext, write: Callable[..., Path]
) -> None:
    path = write("start_s,duration_s,voltage_pu\n4e7,0.1,0.5\n")
    with pytest.raises(DataError, match=r"log\.csv: all 1 events start after the horizon"):
        CsvSags(file=str(path)).sample(context(years=1))


def test_an_edited_log_is_read_again(context: MakeContext, write: Callable[..., Path]) -> None:
    path = write("start_s,duration_s,voltage_pu\n1,0.1,0.5\n")
    spec = CsvSags(file=str(path))
    assert len(spec.sample(context())) == 1
    path.write_text("start_s,duration_s,voltage_pu\n1,0.1,0.5\n2,0.1,0.5\n3,0.1,0.5\n")
    assert len(spec.sample(context())) == 3


def test_a_script_is_sorted(context: MakeContext) -> None:
    rows = [
        {"start_s": 50.0, "duration_s": 0.2, "voltage_pu": 0.6},
        {"start_s": 0.0, "duration_s": 0.1, "voltage_pu": 0.3},
    ]
    events = ScriptedSags.model_validate({"events": rows}).sample(context())
    assert events.start_s.tolist() == [0.0, 50.0]
    assert events.duration_s.tolist() == [0.1, 0.2]
    assert events.voltage_pu.tolist() == [0.3, 0.6]


def test_a_script_behind_the_horizon_is_refused(context: MakeContext) -> None:
    row = {"start_s": 1e9, "duration_s": 0.2, "voltage_pu": 0.6}
    with pytest.raises(ScenarioError, match=r"sags\.events: all 1 events"):
        ScriptedSags.model_validate({"events": [row]}).sample(context(years=1))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"start_s": -1.0, "duration_s": 0.1, "voltage_pu": 0.5}, "start_s"),
        ({"start_s": 0.0, "duration_s": 0.0, "voltage_pu": 0.5}, "duration_s"),
        ({"start_s": 0.0, "duration_s": 0.1, "voltage_pu": 0.95}, "voltage_pu"),
        ({"start_s": 0.0, "duration_s": 61.0, "voltage_pu": 0.05}, r"is an outage"),
    ],
)
def test_bad_scripts_are_refused(row: dict[str, float], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ScriptedSags.model_validate({"events": [row]})
