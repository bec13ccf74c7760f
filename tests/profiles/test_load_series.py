from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from profiles.series import read_series
from twin.errors import DataError


def test_values_alone(write: Callable[..., Path]) -> None:
    assert read_series(write("load_kw\n1\n2.5\n0\n"), 3600.0).tolist() == [1.0, 2.5, 0.0]


def test_other_column(write: Callable[..., Path]) -> None:
    assert read_series(write("power_w\n7\n"), 60.0, "power_w").tolist() == [7.0]


def test_rounded_hours_of_one_minute(write: Callable[..., Path]) -> None:
    rows = "".join(f"{k / 60:.4f},{k}\n" for k in range(2000))
    assert read_series(write("hour,load_kw\n" + rows), 60.0)[-1] == 1999.0


def test_times(write: Callable[..., Path]) -> None:
    rows = "2025-01-31 23:45,1\n2025-02-01T00:00:00,2\n2025-02-01 00:15,3\n"
    assert read_series(write("time,load_kw\n" + rows), 900.0).tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("load_kw\n1\n\n2\n", "log.csv, line 3: a blank line"),
        ("load_kw\n1\nnan\n", "log.csv, line 3, column 'load_kw': 'nan' is no finite number"),
        (
            "load_kw\n1\n-2\n",
            "log.csv, line 3, column 'load_kw': '-2' is out of range (at least 0)",
        ),
        ("load\n1\n", "log.csv, line 1: unknown column 'load' (did you mean 'load_kw'?)"),
        (
            "hour,load_kw\n0,1\n1,1\n3,1\n",
            "log.csv, line 4, column 'hour': '3' is 7200 s after line 3; expected steps of 3600 s",
        ),
        ("hour,load_kw\n0,1\n2,1\n1,1\n", "log.csv, line 3, column 'hour': '2' is 7200 s after"),
        ("hour,load_kw\n0,1\n0,1\n", "log.csv, line 3, column 'hour': '0' is 0 s after line 2"),
        ("hour,load_kw\n0,1\n0.5,1\n", "'0.5' is 1800 s after line 2; expected steps of 3600 s"),
        (
            "time,load_kw\n2025-01-01 00:00,1\n2025-01-01 02:00,1\n",
            "log.csv, line 3, column 'time': '2025-01-01 02:00' is 7200 s after line 2",
        ),
        ("time,load_kw\nnoon,1\n", "log.csv, line 2, column 'time': 'noon' is no ISO 8601 time"),
        (
            "time,load_kw\n2025-01-01 00:00,1\n2025-01-01 01:00+07:00,1\n",
            "log.csv, line 3, column 'time': '2025-01-01 01:00+07:00' has a UTC offset",
        ),
    ],
)
def test_bad_series_are_refused(text: str, words: str, write: Callable[..., Path]) -> None:
    with pytest.raises(DataError, match=re.escape(words)):
        read_series(write(text), 3600.0)


def test_slow_drift_is_no_rounding(write: Callable[..., Path]) -> None:
    rows = "".join(f"{k * 1.001:.6f},1\n" for k in range(24))
    with pytest.raises(DataError, match="line 13, column 'hour'"):
        read_series(write("hour,load_kw\n" + rows), 3600.0)


def test_step_must_be_positive(write: Callable[..., Path]) -> None:
    with pytest.raises(ValueError, match="step_s must be above 0"):
        read_series(write("load_kw\n1\n"), 0.0)
