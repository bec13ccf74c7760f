"""``ridethrough fit``: what it prints, writes and refuses."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from cli_parts import Call

from profiles.sags import CsvSags
from twin.contracts.calendar import YEAR_S
from twin.contracts.timeline import ProfileContext
from twin.scenario import Scenario

SCENARIO = """
name = "fitted"
[grid]
contracted_kw = 1000
[load]
kind = "constant"
pods = 1
pod_kw = 100
[tariff]
kind = "flat"
price_per_kwh = 0.1
[policy]
kind = "none"
[architectures.one]
compartments = 1
"""


@pytest.fixture
def sag_log() -> Path:
    rng = np.random.default_rng(6)
    start = np.sort(rng.uniform(0.0, 3 * YEAR_S, 120))
    rows = [
        f"{s:.3f},{0.1 * np.exp(0.6 * rng.standard_normal()):.4f},{rng.uniform(0.05, 0.89):.3f},"
        f"{rng.integers(1, 4)}"
        for s in start
    ]
    file = Path("pq.csv")
    file.write_text("start_s,duration_s,voltage_pu,phases\n" + "\n".join(rows) + "\n")
    return file


@pytest.fixture
def outage_log() -> Path:
    rng = np.random.default_rng(7)
    rows = [f"{1e6 * (k + 1)},{3000 * np.exp(rng.standard_normal()):.0f}" for k in range(30)]
    file = Path("outages.csv")
    file.write_text("start_s,duration_s\n" + "\n".join(rows) + "\n")
    return file


@pytest.fixture
def start_log() -> Path:
    rows = [f"G{k % 3},{int(k % 50 != 0)},{0.5 * (k % 50 != 0)},0" for k in range(150)]
    file = Path("starts.csv")
    file.write_text("set,started,run_h,failed\n" + "\n".join(rows) + "\n")
    return file


def test_sags(call: Call, sag_log: Path) -> None:
    done = call("fit", "sags", str(sag_log), "--years", "3")
    assert done.code == 0
    assert "rate_per_year = 40 1/yr  (95 %: 33.2 to 47.8)" in done.out
    assert "SARFI-90 = 40" in done.out
    assert "Note: the same rate by month" in done.out
    assert "[grid.sags]" in done.out
    assert "# source: pq.csv: 120 sags in 3 yr (Garwood); 95 %: 33.2 to 47.8 [A]" in done.out


def test_the_tables_make_a_scenario(
    call: Call, sag_log: Path, outage_log: Path, start_log: Path
) -> None:
    text = SCENARIO
    logs = {
        "sags": (sag_log, ["--years", "3"]),
        "outages": (outage_log, ["--years", "1"]),
        "diesel": (start_log, []),
    }
    for what, (log, more) in logs.items():
        done = call("fit", what, str(log), *more, "--out", f"{what}.toml")
        assert done.code == 0
        assert f"{what}.toml" in done.out
        text += Path(f"{what}.toml").read_text()
        if what == "diesel":
            text += "sets = 3\nset_kw = 500\n"
    Path("fitted.toml").write_text(text)
    shown = call("scenario", "show", "fitted.toml", "--sources")
    assert shown.code == 0
    assert "grid.sags.rate_per_year = 40.0 1/yr" in shown.out
    assert "source: pq.csv: 120 sags in 3 yr (Garwood); 95 %: 33.2 to 47.8 [A]" in shown.out
    assert "source: starts.csv: posterior Beta(3.5, 199.7): 3 of 150 starts failed" in shown.out
    assert "grid.outages.rate_per_year = 30.0 1/yr" in shown.out
    Scenario.load("fitted.toml")


def test_json(call: Call, outage_log: Path) -> None:
    done = call("fit", "outages", str(outage_log), "--years", "2", "--json")
    body = json.loads(done.out)
    assert body["figures"][0]["key"] == "rate_per_year"
    assert body["figures"][0]["value"] == 15.0
    assert tomllib.loads(body["toml"])["grid"]["outages"]["rate_per_year"] == 15.0


def test_events_as_read(call: Call) -> None:
    Path("pq.csv").write_text(
        "time,duration_ms,voltage_percent,phases\n2024-01-01,100,45,C\n2024-01-01T00:10,200,70,\n"
        "2024-01-02,300,95,\n2024-01-03,70000,3,\n2024-01-04,300,60,2\n"
    )
    done = call("fit", "sags", "pq.csv", "--years", "1", "--events", "events.csv")
    assert done.code == 0
    events = CsvSags(file="events.csv").sample(ProfileContext(1, 0, 2026, YEAR_S))
    assert events.start_s.tolist() == [0.0, 600.0, 3 * 86_400.0]
    np.testing.assert_allclose(events.voltage_pu, [0.45, 0.7, 0.6])
    assert events.phases.tolist() == [4, 3, 2]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sags", "none.csv"], "none.csv: no such file"),
        (["sags", "pq.csv", "--years", "1"], "covers 2.9"),
        (["diesel", "starts.csv", "--prior", "good"], "--prior: unknown prior 'good'"),
        (["sags", "pq.csv", "--years", "3", "--out", "pq.csv"], "pq.csv: exists already"),
        (["sags", "pq.csv", "--years", "3", "--out", "no/x.toml"], "cannot be written"),
        (["outages", "pq.csv"], "unknown column 'voltage_pu'"),
        (["sags", "pq.csv", "--declared", "230"], "--declared: only waveform records"),
    ],
)
def test_bad_input(
    call: Call, sag_log: Path, start_log: Path, words: list[str], message: str
) -> None:
    del sag_log, start_log
    done = call("fit", *words)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


def test_too_few_events_for_a_fit_are_written_all_the_same(call: Call) -> None:
    Path("one.csv").write_text("start_s,duration_s,voltage_pu\n5.0,0.2,0.4\n")
    done = call("fit", "sags", "one.csv", "--years", "1", "--events", "events.csv")
    assert done.code == 2
    assert "no spread of durations" in done.err
    assert (
        Path("events.csv").read_text().splitlines()[0].startswith("start_s,duration_s,voltage_pu")
    )
