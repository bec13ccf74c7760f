"""Sags and outages: simulated logs of known truth, hand-made ones, and what is refused."""

from __future__ import annotations

import math
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from profiles.interruptions import LognormalOutages
from profiles.sags import EcdfSags
from twin.contracts.calendar import DAY_S, YEAR_S
from twin.contracts.timeline import Disturbances, ProfileContext
from twin.errors import DataError, InputError
from twin.fitting import Fit, Record, fit_outages, fit_sags, read_record
from twin.fitting.records import exposures, months_and_hours, window_of
from twin.fitting.sags import lognormal_distance

TRUTH = {
    "rate_per_year": 30.0, "duration_median_s": 0.15, "duration_sigma": 0.9,
    "sequence_share": 0.2, "again_share": 0.4,
}  # fmt: skip


def record_of(events: Disturbances, origin: datetime | None = None, phases: bool = True) -> Record:
    codes = events.phases if phases else np.zeros(len(events), np.int8)
    return Record("log.csv", events.start_s, origin, events.duration_s, events.voltage_pu, codes,
                  np.ones(len(events), bool))  # fmt: skip


def simulated(replication: int, years: float = 4.0, **more: Any) -> Disturbances:
    spec = EcdfSags.model_validate(TRUTH | {"monthly_weight": [1.0] * 12} | more)
    return spec.sample(ProfileContext(9, replication, 2026, years * YEAR_S))


def test_coverage_on_simulated_logs() -> None:
    runs = 120
    truths: dict[str, list[float]] = {k: [v] for k, v in TRUTH.items()}
    truths["phase_share"] = [0.68, 0.19, 0.13]
    corners = {0.1: 0.03, 0.5: 0.17, 0.7: 0.33, 0.8: 0.51}
    truths["probability"] = list(corners.values())
    inside = {k: np.zeros(len(v)) for k, v in truths.items()}
    for run in range(runs):
        fit = fit_sags(record_of(simulated(run)), years=4.0)
        for key, truth in truths.items():
            low, high = (np.atleast_1d(np.asarray(x)) for x in (fit[key].low, fit[key].high))
            if key == "probability":  # a corner below which nothing fell is left out
                at = list(fit["voltage_pu"].value)  # type: ignore[arg-type]
                known = [at.index(v) if v in at else None for v in corners]
                low, high = (
                    np.array([edge if k is None else x[k] for k in known])
                    for x, edge in ((low, 0.0), (high, 1.0))
                )
            inside[key] += (low <= truth) & (np.array(truth) <= high)
    allowed = 3 * math.sqrt(0.0475 / runs)
    for key, found in inside.items():
        exact = key not in ("duration_median_s", "duration_sigma")  # exact limits hold more than 95 %
        assert np.all(found / runs >= 0.95 - allowed), key
        assert exact or np.all(found / runs <= 0.95 + allowed), key


def test_a_long_log_gives_the_truth_and_a_table_that_gives_the_log() -> None:
    hours = [0.5] * 12 + [2.0] * 8 + [1.0] * 4
    fit = fit_sags(record_of(simulated(0, 400.0, hourly_weight=hours)), years=400.0)
    for key, truth in TRUTH.items():
        assert fit[key].value == pytest.approx(truth, rel=0.04)
    assert fit["hourly_weight"].value == pytest.approx(np.array(hours) / np.mean(hours), rel=0.12)
    assert fit["monthly_weight"].value == (1.0,) * 12
    assert fit["probability"].value == pytest.approx((0, 0.03, 0.17, 0.33, 0.51, 1), abs=0.01)
    again = EcdfSags.model_validate(
        {k: v for k, v in tomllib.loads(fit.snippet())["grid"]["sags"].items() if k != "kind"}
    )
    second = fit_sags(
        record_of(again.sample(ProfileContext(3, 0, 2026, 400.0 * YEAR_S))), years=400.0
    )
    for key in TRUTH:
        assert second[key].value == pytest.approx(fit[key].value, rel=0.12)


def test_storm_months_are_found_and_flat_ones_left_flat() -> None:
    months = [0.5] * 6 + [2.0] * 6
    fit = fit_sags(record_of(simulated(1, 30.0, monthly_weight=months)), years=30.0)
    assert fit["monthly_weight"].value == pytest.approx(np.array(months) / 1.25, abs=0.45)
    assert np.mean(fit["monthly_weight"].value[6:]) == pytest.approx(1.6, abs=0.12)  # type: ignore[index]
    assert fit["hourly_weight"].value == (1.0,) * 24
    assert any("the same rate by month: p = " in n for n in fit.notes)


ROWS = [  # start s, duration s, voltage pu, phases
    (1e6, 0.1, 0.75, 1), (1e6 + 0.5, 0.1, 0.45, 1),  # one event of two dips
    (2e6, 0.2, 0.60, 3), (3e6, 0.05, 0.55, 2), (4e6, 0.4, 0.85, 1),
    (5e6, 3600.0, 0.0, 3),  # an outage
    (6e6, 0.5, 1.25, 0), (7e6, 0.001, 2.5, 0),  # swells, the second above the upper curve
]  # fmt: skip


def hand_made(rows: list[tuple[float, float, float, int]] = ROWS) -> Record:
    start, lasts, volts, phases = (np.array(c, dtype=float) for c in zip(*rows, strict=True))
    events = Disturbances(start, lasts, volts, np.zeros(len(rows), np.int8))
    record = record_of(events, phases=False)
    record.phases[:] = phases.astype(np.int8)
    return record


def test_a_log_by_hand() -> None:
    fit = fit_sags(hand_made(), years=2.0)
    assert fit["rate_per_year"].value == 2.0
    assert fit["sequence_share"].value == 0.25
    assert fit["again_share"].value == 0.0
    assert fit["phase_share"].value == (0.5, 0.25, 0.25)
    assert fit["voltage_pu"].value == (0.1, 0.5, 0.7, 0.9)  # 0.8 would hold nobody
    assert fit["probability"].value == (0.0, 0.25, 0.75, 1.0)
    logs = np.log([0.1, 0.2, 0.05, 0.4])
    assert fit["duration_median_s"].value == pytest.approx(math.exp(logs.mean()))
    assert fit["duration_sigma"].value == pytest.approx(logs.std())
    assert fit.indices["SARFI-90"] == 2.0
    assert fit.indices["SARFI-70"] == 1.5
    assert fit.indices["SARFI-ITIC"] == 1.5
    notes = " ".join(fit.notes)
    assert "1 interruption longer than 60 s left out" in notes
    assert "2 rows at or above 0.9 pu left out; swells above 1.1 pu: 2, of them above ITIC's" in notes
    assert "upper curve: 2" in notes  # 1.25 pu for half a second is above 1.2
    assert "too few sags for a season" in notes


def test_a_log_without_phases_or_length() -> None:
    record = hand_made([(s, t, v, 0) for s, t, v, _ in ROWS])
    fit = fit_sags(record)
    assert "phase_share" not in {f.key for f in fit.figures}
    assert any("says nothing of phases" in n for n in fit.notes)
    length = f"{record.name}: the record's length is unknown; say it with --years"
    assert any(w.startswith(length) for w in fit.warnings)
    with pytest.raises(InputError, match=f"{record.name}: 1 sag without"):
        fit_sags(hand_made(ROWS[4:5]))
    assert fit["rate_per_year"].value == pytest.approx(3.0 / (3e6 / YEAR_S))
    assert "the record's length is unknown" in fit.record


def test_warnings_about_the_law_and_the_number() -> None:
    rng = np.random.default_rng(1)
    two_kinds = np.where(rng.random(300) < 0.5, 0.02, 2.0) * np.exp(0.1 * rng.standard_normal(300))
    start = np.sort(rng.uniform(0.0, 3 * YEAR_S, 300))
    events = Disturbances(start, two_kinds, rng.uniform(0.2, 0.85, 300))
    warnings = fit_sags(record_of(events), years=3.0).warnings
    assert any("durations are not lognormal" in w for w in warnings)
    plain = fit_sags(record_of(simulated(0)), years=4.0)
    assert plain.warnings == ()
    assert any("only 4 sags" in w for w in fit_sags(hand_made(), years=2.0).warnings)


def test_false_alarms_of_the_law() -> None:
    rng = np.random.default_rng(8)
    alarms = 0
    for _ in range(1000):
        gap, limit = lognormal_distance(np.exp(rng.standard_normal(60)))
        alarms += gap > limit
    assert alarms / 1000 == pytest.approx(0.01, abs=3 * math.sqrt(0.0099 / 1000))


# ---- outages ------------------------------------------------------------------------------------


def outage_log(replication: int, years: float, **more: Any) -> Record:
    spec = LognormalOutages.model_validate({"rate_per_year": 6.0, "tail_share": 0.0} | more)
    return record_of(spec.sample(ProfileContext(2, replication, 2026, years * YEAR_S)))


def test_outages_of_known_law_come_back() -> None:
    fit = fit_outages(outage_log(0, 120.0), years=120.0)
    assert fit["rate_per_year"].value == pytest.approx(6.0, rel=0.1)
    assert fit["duration_median_h"].value == pytest.approx(0.9, rel=0.12)
    assert fit["duration_sigma"].value == pytest.approx(1.1, rel=0.08)
    assert fit["tail_share"].value in (0.0, 0.02)
    spec = LognormalOutages.model_validate(
        {k: v for k, v in tomllib.loads(fit.snippet())["grid"]["outages"].items() if k != "kind"}
    )
    assert spec.rate_per_year == pytest.approx(6.0, rel=0.1)


def test_the_long_tail_of_outages_is_seen() -> None:
    law = {"tail_share": 0.15, "tail_median_h": 24.0, "tail_sigma": 0.3}
    fit = fit_outages(outage_log(1, 60.0, **law), years=60.0)
    assert "free tail" in fit["duration_median_h"].how
    assert fit["tail_share"].value == pytest.approx(0.15, abs=0.06)
    assert fit["tail_median_h"].value == pytest.approx(24.0, rel=0.2)


def test_outages_under_way_and_short_ones() -> None:
    start = np.array([1.0, 2.0, 3.0, 4.0, 5.0]) * 30 * DAY_S
    hours = np.array([1.0, 2.0, 4.0, 30.0 / 3600.0, 0.5])
    record = Record("log.csv", start, None, hours * 3600.0, np.zeros(5), np.zeros(5, np.int8),
                    np.array([True, True, True, True, False]))  # fmt: skip
    fit = fit_outages(record, years=1.0)
    assert fit["rate_per_year"].value == 4.0
    assert "1 interruption up to 60 s left out" in fit.notes[0]
    assert "1 still under way" in fit["duration_median_h"].how
    assert fit["duration_median_h"].value > 2.0  # 1, 2, 4 and more than 0.5
    assert fit.indices["outage, h/yr"] == pytest.approx(7.5)
    assert any("only 4 outages" in w for w in fit.warnings)


# ---- records ------------------------------------------------------------------------------------


def test_months_and_hours_of_both_clocks() -> None:
    seconds = record_of(Disturbances(np.array([0.0, 59.6 * DAY_S]), np.ones(2), np.zeros(2)))
    month, hour = months_and_hours(seconds, seconds.start_s)
    assert (month.tolist(), hour.tolist()) == ([0, 2], [0, 14])
    leap = record_of(seconds.select(np.ones(2, bool)), datetime(2024, 1, 1))  # type: ignore[arg-type]
    month, hour = months_and_hours(leap, leap.start_s)
    assert (month.tolist(), hour.tolist()) == ([0, 1], [0, 14])  # 29 February


def test_windows() -> None:
    stamps = record_of(
        Disturbances(np.array([0.0, 100 * DAY_S]), np.ones(2), np.zeros(2)), datetime(2024, 1, 11)
    )
    around = window_of(stamps, 110 / 365, "")
    assert (around.begin_s / DAY_S, around.end_s / DAY_S) == pytest.approx((-5.0, 105.0))
    given = window_of(stamps, 1.0, "2024-01-01")
    assert (given.begin_s / DAY_S, given.end_s / DAY_S) == pytest.approx((-10.0, 355.0))
    assert exposures(stamps, given)[0].sum() == pytest.approx(8760, abs=1)
    assert exposures(stamps, given)[0][1] == 29 * 24
    unknown = window_of(stamps, None, "")
    assert unknown.years is None
    assert unknown.span_years == pytest.approx(100 / 365)
    assert window_of(record_of(simulated(0)), 4.0, "").begin_s == 0.0


@pytest.mark.parametrize(
    ("years", "start", "words"),
    [
        (0.1, "", "covers 0.274 yr from its begin to its last event, more than the 0.1 given"),
        (0.0, "", "--years: 0 must be above 0"),
        (2.0, "soon", "--start: 'soon' is no ISO 8601 time"),
        (2.0, "2024-01-12", "has an event before 2024-01-12"),
        (2.0, "2024-01-01T00:00+07:00", "must both have a UTC offset"),
    ],
)
def test_bad_windows(years: float, start: str, words: str) -> None:
    stamps = record_of(
        Disturbances(np.array([0.0, 100 * DAY_S]), np.ones(2), np.zeros(2)), datetime(2024, 1, 11)
    )
    with pytest.raises(InputError, match=words.replace("+", r"\+")):
        window_of(stamps, years, start)
    with pytest.raises(InputError, match="counts in seconds"):
        window_of(record_of(simulated(0)), 4.0, "2024-01-01")


def test_logs_are_read(tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("time,duration_s,ended\n2024-01-01,100,1\n2024-01-02,50,0\n")
    record = read_record(str(file), voltage=False)
    assert record.ended.tolist() == [True, False]
    assert record.name == "out.csv"
    for text, words in (
        ("time,duration_s,ended\n2024-01-01,100,no\n", "'no' must be 1, or 0 for an event"),
        ("time,duration_s\n2024-01-01,0\n", "line 2, column 'duration_s': '0' must be above 0"),
    ):
        file.write_text(text)
        with pytest.raises(DataError, match=words):
            read_record(str(file), voltage=False)


def test_logs_without_what_is_asked_for() -> None:
    outage_only = hand_made([ROWS[5]])
    with pytest.raises(InputError, match=r"holds no sag; 1 interruption longer than 60 s"):
        fit_sags(outage_only, years=1.0)
    with pytest.raises(InputError, match=r"holds no outage; 1 interruption up to 60 s"):
        fit_outages(hand_made([ROWS[0]]), years=1.0)
    with pytest.raises(InputError, match="no spread of durations"):
        fit_sags(hand_made([ROWS[0], ROWS[3][:1] + ROWS[0][1:]]), years=1.0)


def test_a_table_that_no_scenario_accepts_is_refused() -> None:
    start = np.sort(np.random.default_rng(0).uniform(0.0, 0.02 * YEAR_S, 100))
    lasts = np.random.default_rng(1).uniform(0.05, 0.2, 100)
    crowded = record_of(Disturbances(start, lasts, np.full(100, 0.6)))
    with pytest.raises(InputError, match="no scenario accepts: rate_per_year"):
        fit_sags(crowded, years=0.02)


def test_json_is_plain() -> None:
    fit: Fit = fit_sags(hand_made(), years=2.0)
    body = fit.to_dict()
    assert body["what"] == "sags"
    assert {"key", "value", "low", "high", "unit", "how"} == set(body["figures"][0])
    assert tomllib.loads(body["toml"])["grid"]["sags"]["rate_per_year"] == 2.0
