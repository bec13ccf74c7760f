"""Sequences stay inside the stated rate; flapping lines share it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from profiles._reclosing import follow
from profiles.sags import EcdfSags, UnipedeSags
from twin.contracts.calendar import YEAR_S
from twin.contracts.sarfi import aggregated, sarfi
from twin.contracts.timeline import Disturbances, ProfileContext

MakeContext = Callable[..., ProfileContext]
MANY: dict[str, Any] = {"rate_per_year": 50.0, "sequence_share": 0.6, "again_share": 0.5}


def test_the_rate_per_minute_does_not_change(context: MakeContext) -> None:
    years = 200
    plain = EcdfSags(rate_per_year=50.0).sample(context(years=years))
    events = EcdfSags(**MANY).sample(context(years=years))
    assert len(events) > 1.5 * len(plain)
    first = events.select(events.shot == 0)
    for name in ("start_s", "duration_s", "voltage_pu", "phases"):
        np.testing.assert_array_equal(getattr(first, name), getattr(plain, name))
    tolerance = 4 * math.sqrt(50.0 / years)
    assert len(aggregated(events)) / years == pytest.approx(50.0, abs=tolerance)
    short = events.select(events.duration_s <= 60.0)
    assert sarfi(short, years) == pytest.approx(sarfi(plain, years), abs=tolerance)


def test_numbers_of_dips_follow_the_shares(context: MakeContext) -> None:
    events = EcdfSags(**MANY).sample(context(years=400))
    n = int((events.shot == 0).sum())
    for shot, share in ((1, 0.6), (2, 0.3), (3, 0.15)):
        found = int((events.shot == shot).sum()) / n
        # long faults leave no room within the minute; with these durations that is rare
        assert found == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / n) + 1e-3)


def test_a_sequence_is_one_fault_within_a_minute(context: MakeContext) -> None:
    spec = EcdfSags(**(MANY | {"rate_per_year": 5.0}), duration_median_s=0.2)
    events = spec.sample(context(years=100))
    first = np.maximum.accumulate(np.where(events.shot == 0, np.arange(len(events)), 0))
    apart = np.diff(events.start_s[events.shot == 0])
    assert apart.min() > 60.0  # no two faults overlap in this record, so `first` is the fault
    later = events.shot > 0
    delay = events.start_s - events.start_s[first]
    assert np.all(delay[later] < 60.0)
    for name in ("duration_s", "voltage_pu", "phases"):
        values = getattr(events, name)
        np.testing.assert_array_equal(values, values[first])
    second = events.shot == 1
    dead = delay[second] - events.duration_s[second]
    assert dead.min() >= 0.3 - 1e-6
    assert dead.max() <= 0.5 + 1e-6


def test_a_dip_after_the_minute_is_left_out() -> None:
    dead = np.array([[0.5, 10.0, 30.0]] * 2)
    of, start, shot = follow(np.array([0.0, 1e4]), np.array([0.1, 25.0]), np.array([3, 3]), dead)
    assert of.tolist() == [0, 0, 0, 0, 1, 1]
    np.testing.assert_allclose(start, [0.0, 0.6, 10.7, 40.8, 1e4, 1e4 + 25.5])
    assert shot.tolist() == [0, 1, 2, 3, 0, 1]


def test_a_longer_horizon_leaves_earlier_sequences_alone(context: MakeContext) -> None:
    spec = EcdfSags(**MANY, flap_share=0.2)
    short, long = (spec.sample(context(years=y)) for y in (3.3, 10))
    n = len(short)
    for name in ("start_s", "duration_s", "voltage_pu", "phases", "shot"):
        np.testing.assert_array_equal(getattr(short, name), getattr(long, name)[:n])
    assert short.start_s[-1] < 3.3 * YEAR_S <= long.start_s[n]


def test_flapping_lines_share_the_rate(context: MakeContext) -> None:
    years = 300
    spec = EcdfSags(rate_per_year=50.0, flap_share=0.2, flap_count=5, monthly_weight=[1.0] * 12)
    events = spec.sample(context(years=years))
    yearly = np.bincount((events.start_s // YEAR_S).astype(int), minlength=years)
    mean_size, mean_square = 1 + 0.2 * 5, 0.8 + 0.2 * 36  # of clusters; variance/mean = E[k2]/E[k]
    spread = math.sqrt(50.0 * mean_square / mean_size)
    assert yearly.mean() == pytest.approx(50.0, abs=4 * spread / math.sqrt(years))
    assert yearly.var() / yearly.mean() == pytest.approx(mean_square / mean_size, rel=0.35)
    assert np.all(events.shot == 0)
    assert len(aggregated(events)) == pytest.approx(len(events), rel=0.002)  # minutes apart
    gap = np.diff(events.start_s)
    close = gap[gap < 1800.0]
    assert close.mean() == pytest.approx(180.0, rel=0.05)


def test_phases_follow_their_shares(context: MakeContext) -> None:
    phases = EcdfSags(rate_per_year=1000.0).sample(context(years=50)).phases
    for code, share in ((1, 0.68), (2, 0.19), (3, 0.13)):
        assert (phases == code).mean() == pytest.approx(share, abs=4 * 0.5 / math.sqrt(len(phases)))
    only = EcdfSags(phase_share=[0.0, 0.0, 1.0]).sample(context(years=50))
    assert np.all(only.phases == 3)
    np.testing.assert_array_equal(only.voltage_pu, EcdfSags().sample(context(years=50)).voltage_pu)


def test_merging_keeps_every_column(context: MakeContext) -> None:
    one, two = EcdfSags(**MANY).sample(context(0)), UnipedeSags().sample(context(1))
    both = Disturbances.merged([one, two])
    assert len(both) == len(one) + len(two)
    for name in ("start_s", "duration_s", "voltage_pu", "phases", "shot"):
        separate = np.concatenate([getattr(one, name), getattr(two, name)])
        np.testing.assert_array_equal(np.sort(getattr(both, name)), np.sort(separate))
    plain = Disturbances(np.zeros(2), np.ones(2), np.zeros(2))
    assert plain.phases.tolist() == [3, 3]
    assert plain.shot.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"sequence_share": 1.1}, "sequence_share"),
        ({"reclose_min_s": [0.3]}, "reclose_min_s has 1 values, reclose_max_s 3"),
        ({"reclose_min_s": [0.3, 5.0, 31.0]}, "reclose_max_s nowhere below it"),
        ({"reclose_min_s": [0.0, 5.0, 30.0]}, "must be above 0"),
        ({"reclose_max_s": [0.5, 15.0, 45.0]}, "add up to less than 60 s"),
        ({"phase_share": [0.7, 0.2, 0.2]}, "add up to 1"),
        ({"phase_share": [1.2, -0.2, 0.0]}, "at least 0"),
        ({"flap_gap_min": 1.0}, "flap_gap_min"),
        ({"hourly_weight": [1.0] * 23}, "at least 24"),
    ],
)
def test_bad_parameters_are_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        EcdfSags.model_validate(body)
