"""What recorders and operators write: time stamps, per cent, milliseconds, phases."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from profiles.interruptions import CsvOutages
from profiles.sags import CsvSags, ScriptedSags
from twin.contracts.timeline import ProfileContext
from twin.errors import InputError

MakeContext = Callable[..., ProfileContext]
Write = Callable[..., Path]
HEAD = "time,duration_ms,voltage_percent,phases\n"


def test_time_per_cent_milliseconds_and_phases(context: MakeContext, write: Write) -> None:
    rows = "2024-02-29 12:00:00.5,80,45,1\n2024-03-01T00:00:00,1200,89.5,C\n2024-03-02,10,0,\n"
    spec = CsvSags(file=str(write(HEAD + rows)), start="2024-02-29")
    events = spec.sample(context(years=1))
    assert events.start_s.tolist() == [43_200.5, 86_400.0, 2 * 86_400.0]
    np.testing.assert_allclose(events.duration_s, [0.08, 1.2, 0.01])
    np.testing.assert_allclose(events.voltage_pu, [0.45, 0.895, 0.0])
    assert events.phases.tolist() == [1, 4, 3]


def test_zones_are_reckoned_with(context: MakeContext, write: Write) -> None:
    path = write("time,duration_s\n2024-01-01T07:00:00+07:00,3600\n2024-01-01T01:00:00Z,100\n")
    spec = CsvOutages(file=str(path), start="2023-12-31T23:00:00+00:00")
    assert spec.sample(context()).start_s.tolist() == [3600.0, 7200.0]


@pytest.mark.parametrize(
    ("text", "start", "words"),
    [
        (HEAD + "2024-01-01,80,45,1\n", "", "sags.start: "),
        ("start_s,duration_s,voltage_pu\n1,1,0.5\n", "2024-01-01", "counts in seconds; leave it out"),
        (HEAD + "2024-01-01,80,45,1\n", "2024-01-02", "lies before the scenario's start, 2024-01-02"),
        (HEAD + "2024-01-01Z,80,45,1\n", "2024-01-01", "is no ISO 8601 time"),
        (HEAD + "2024-01-01T00:00Z,80,45,1\n", "2024-01-01", "must both have a UTC offset"),
        (HEAD + "2024-01-01,80,45,1\n2024-01-01T00:00Z,80,45,1\n", "2024-01-01", "line 3, column"),
        (HEAD + "1 January,80,45,1\n", "2024-01-01", "line 2, column 'time': '1 January' is no ISO"),
        (HEAD + "2024-01-02,80,45,1\n2024-01-01,80,45,1\n", "2024-01-01", "'2024-01-01' goes back"),
        (HEAD + "2024-01-01,80,91,1\n", "2024-01-01", "'91' is out of range (0 to 90)"),
        (HEAD + "2024-01-01,80,45,4\n", "2024-01-01", "'4' is no sag type; write 1, 2 or 3"),
        (HEAD + "2024-01-01,60001,5,\n", "2024-01-01", "column 'duration_ms': '60001' is an outage"),
        ("start_s,time,duration_s,voltage_pu\n1,2024-01-01,1,1\n", "", "start_s and time say the same"),
        ("start_s,duration_s\n1,2\n", "", "column 'voltage_pu' is missing (or 'voltage_percent')"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, start: str, words: str, write: Write) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        CsvSags(file=str(write(text)), start=start).check()


def test_a_start_must_be_a_time() -> None:
    with pytest.raises(ValidationError, match="'soon' is no ISO 8601 time"):
        CsvSags(file="x.csv", start="soon")


def test_phases_of_a_script(context: MakeContext) -> None:
    rows = [
        {"start_s": 2.0, "duration_s": 0.1, "voltage_pu": 0.5, "phases": "C"},
        {"start_s": 1.0, "duration_s": 0.1, "voltage_pu": 0.5, "phases": 1},
        {"start_s": 3.0, "duration_s": 0.1, "voltage_pu": 0.5},
    ]
    events = ScriptedSags.model_validate({"events": rows}).sample(context())
    assert events.phases.tolist() == [1, 4, 3]
    with pytest.raises(ValidationError, match="phases"):
        ScriptedSags.model_validate({"events": [rows[0] | {"phases": 4}]})
