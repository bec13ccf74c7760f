"""Finding the worst replication, its worst hour, and how far an episode reaches."""

from __future__ import annotations

import dataclasses

import fake_plant
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.contracts.calendar import timestamp
from twin.errors import InputError
from twin.report import watch, worst_replication
from twin.report.episode import parse_time, stretch, with_every_sag, worst_moment
from twin.report.story import after, entries, story, told
from twin.results import Results
from twin.scenario import Scenario

DAY_S = 86_400.0
YEAR_S = 365 * DAY_S


def log(*rows: tuple[float, str, str, str]) -> pd.DataFrame:
    events = pd.DataFrame(list(rows), columns=["time_s", "source", "event", "detail"])
    events.insert(1, "timestamp", "2026-01-01 00:00:00.000")
    return events


def test_the_worst_replication_has_the_most(results: Results) -> None:
    rows = results.replications
    number, name = worst_replication(results)
    worst = rows.loc[rows["lost_gpu_hours_per_year"].idxmax()]
    assert (number, name) == (worst["replication"], worst["architecture"])
    number, name = worst_replication(results, architectures=["centralized"])
    assert name == "centralized"


def test_of_what_is_good_the_least_is_worst(results: Results) -> None:
    rows = results.replications
    least = rows.loc[(rows["goodput_num"] / rows["goodput_den"]).idxmin()]
    assert worst_replication(results, "goodput")[0] == least["replication"]
    # the index falls where its numerator, the loss, is high
    most_lost = rows.loc[(rows["degradation_index_num"]).idxmax()]
    assert worst_replication(results, "degradation_index")[0] == most_lost["replication"]


def test_without_jobs_the_worst_has_most_unserved(results: Results) -> None:
    rows = results.replications.assign(lost_gpu_hours_per_year=np.nan)
    rows["eue_it_mwh_per_year"] = np.where(rows["replication"] == 5, 2.0, 1.0)
    copy = dataclasses.replace(results)
    copy.__dict__["replications"] = rows
    assert worst_replication(copy)[0] == 5


def test_unknown_metrics_are_named_with_the_nearest(results: Results) -> None:
    with pytest.raises(InputError, match="did you mean 'goodput'"):
        worst_replication(results, "goodputt")
    with pytest.raises(InputError, match="not defined in any replication"):
        worst_replication(results, "footprint_m2")
    with pytest.raises(InputError, match="unknown metric 'crossover_year'"):
        worst_replication(results, "crossover_year")


def test_the_worst_hour_is_the_one_with_most_losses_not_the_first() -> None:
    events = log(
        (10.0, "pod-000", "lost", ""), (5000.0, "pod-000", "lost", ""),
        (5000.0, "pod-001", "lost", ""), (8601.0, "pod-002", "lost", ""),
    )  # fmt: skip
    assert worst_moment(events) == 5000.0
    assert worst_moment(log((7.0, "pod-000", "shed", ""))) == 7.0
    sags = (1.0, "utility", "voltage", "0.8 pu"), (2.0, "utility", "voltage", "0.3 pu")
    assert worst_moment(log(*sags)) == 2.0
    calls = (5.0, "diesel", "call", "island-0000-call-0"), (9.0, "diesel", "call", "")
    assert worst_moment(log(*calls)) == 5.0
    assert worst_moment(log()) == 0.0


def test_an_episode_reaches_over_the_quiet_hours_of_an_outage() -> None:
    at = 10 * DAY_S
    events = log(
        (at - DAY_S, "utility", "voltage", "0.8 pu"),
        (at - DAY_S + 0.1, "utility", "voltage", "1.000 pu"),
        (at, "utility", "voltage", "0.000 pu"),
        (at + 5.0, "pod-000", "lost", ""),
        (at + 4 * 3600.0, "utility", "voltage", "1.000 pu"),
        (at + 4 * 3600.0 + 100.0, "pod-000", "powered", ""),
        (at + DAY_S, "diesel", "refuelled", ""),
    )
    start, end = stretch(events, at + 5.0, YEAR_S)
    assert start == pytest.approx(at - 60.0)
    assert end == pytest.approx(at + 4 * 3600.0 + 100.0 + 1200.0)


@given(st.lists(st.floats(0.0, YEAR_S), max_size=12), st.floats(0.0, YEAR_S))
def test_an_episode_holds_its_centre_and_stays_within_the_horizon(
    times: list[float], centre: float
) -> None:
    events = log(*((t, "utility", "voltage", "0.5 pu") for t in sorted(times)))
    start, end = stretch(events, centre, YEAR_S)
    assert 0.0 <= start <= centre <= end <= YEAR_S


@given(st.floats(0.0, 9.99 * YEAR_S))
def test_timestamps_are_read_as_they_are_written(time_s: float) -> None:
    class Ten:
        start_year, horizon_s = 2026, 10 * YEAR_S

    assert parse_time(timestamp(2026, time_s), Ten()) == pytest.approx(time_s, abs=0.0006)


@pytest.mark.parametrize(
    ("text", "time_s"),
    [("100h", 360_000.0), ("12.5", 12.5), ("12s", 12.0), ("2026-03-01", 59 * DAY_S), (7.0, 7.0)],
)
def test_times_in_other_words(scenario: Scenario, text: str | float, time_s: float) -> None:
    assert parse_time(text, scenario) == time_s


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("noon", "is no time; write"),
        ("2026-03-01T00:00+07:00", "is no time; write"),
        ("2028-02-29", "no leap days"),
        ("2031-01-01", "outside the simulated time"),
        ("-5", "outside the simulated time"),
        ("nan", "outside the simulated time"),
        ("infh", "outside the simulated time"),
    ],
)
def test_impossible_times_are_refused(scenario: Scenario, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_time(text, scenario)


def test_watching_an_episode(scenario: Scenario, plant: None) -> None:
    seen = watch(scenario, 1, 3, "distributed")
    assert seen.centre_s == 360_005.0
    assert seen.stretch_s == (360_000.0 - 60.0, 361_875.0 + 1200.0)
    assert len(seen.events) == 9, "the sag weeks later is another episode"
    assert len(seen.trace.events) == 11
    times = seen.trace.series["time_s"].to_numpy()
    assert np.all(np.diff(times) > 0.0)
    close = times[(times >= seen.close_s[0]) & (times <= seen.close_s[1])]
    assert len(close) >= 50


def test_the_story_draws_equal_events_together(scenario: Scenario, plant: None) -> None:
    text = story(watch(scenario, 1, 3, "distributed"))
    assert "pod-000 to pod-001" in text
    assert "+5.000 s" in text
    assert "Pod losses: 2, pods shed: 0, job interruptions: 1;" in text
    assert "powered again 31 min 10.0 s after the first loss" in text


def test_only_neighbours_are_drawn_together() -> None:
    some = log(*((1.0, f"pod-{k:03d}", "lost", "sag") for k in (0, 1, 3, 9, 10)))
    (entry,) = entries(some)
    assert entry.who == "pod-000 to pod-001, pod-003, pod-009 to pod-010"


def test_one_source_that_repeats_itself_is_counted() -> None:
    (entry,) = entries(log(*[(1.0, "scheduler", "job restarts", "fine-tuning")] * 7))
    assert entry.who == "scheduler (7)"


def test_long_repetitions_are_folded() -> None:
    many = log(*((float(k), f"pod-{k:03d}", "powered", f"{k}") for k in range(9)),
               (9.0, "grid", "x", ""))  # fmt: skip
    lines = told(many).splitlines()
    assert len(lines) == 3
    assert "+8.000 s  ... and 8 more, the last: pod-008" in lines[1]
    assert len(told(many.iloc[:3]).splitlines()) == 3


def test_a_sag_between_two_samples_is_seen() -> None:
    series = pd.DataFrame({"time_s": [9.0, 10.0, 11.0], "voltage_pu": 1.0, "it_w": [5.0, 6.0, 7.0]})
    sag = log((10.2, "utility", "voltage", "0.4 pu"), (10.3, "utility", "voltage", "1.000 pu"),
              (99.0, "utility", "voltage", "0.1 pu"))  # fmt: skip
    seen = with_every_sag(series, sag)
    assert seen["time_s"].tolist() == [9.0, 10.0, 10.2, 10.3, 11.0]
    assert seen["voltage_pu"].tolist() == [1.0, 1.0, 0.4, 1.0, 1.0]
    assert seen["it_w"].tolist() == [5.0, 6.0, 6.0, 6.0, 7.0]


def test_many_sources_share_a_line() -> None:
    many = log(*((1.0, f"pod-{k:03d}", "lost", "sag") for k in range(32)))
    (entry,) = entries(many)
    assert entry.who == "pod-000 to pod-031"
    assert len(list(entries(fake_plant.trace_replication(None, 1, 0, "a").events))) == 10


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "+0.000 s"), (-1.5, "-1.500 s"), (61.0, "+1 min 01.0 s"), (7260.0, "+2 h 01 min")],
)
def test_time_differences(seconds: float, text: str) -> None:
    assert after(seconds) == text
