from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from profiles._csv import read_table
from profiles.sags import CsvSags
from twin.errors import DataError

HEAD = "start_s,duration_s,voltage_pu\n"
BAD = [
    ("", "log.csv: is empty"),
    ("\n\n", "log.csv: is empty"),
    (HEAD, "log.csv: holds a header and no rows"),
    ("start_s,duration_s\n1,2\n", "log.csv, line 1: column 'voltage_pu' is missing"),
    (
        "start_s,duration_s,voltage\n1,2,3\n",
        "log.csv, line 1: unknown column 'voltage' (did you mean 'voltage_pu'?)",
    ),
    (
        "start_s;duration_s;voltage_pu\n1;2;3\n",
        "(cells must be separated by commas, not semicolons)",
    ),
    (HEAD[:-1] + ",start_s\n1,2,3,4\n", "log.csv, line 1: column 'start_s' stands there twice"),
    (HEAD + "1,0.1,0.5\n2,x,0.5\n", "log.csv, line 3, column 'duration_s': 'x' is no finite"),
    (HEAD + "1,0.1,0.5\n2,nan,0.5\n", "log.csv, line 3, column 'duration_s': 'nan' is no finite"),
    (HEAD + "inf,0.1,0.5\n", "log.csv, line 2, column 'start_s': 'inf' is no finite"),
    (HEAD + "1_000,0.1,0.5\n", "log.csv, line 2, column 'start_s': '1_000' is no finite"),
    (HEAD + "1,,0.5\n", "log.csv, line 2, column 'duration_s': '' is a gap"),
    (HEAD + "1,0.1,0.5\n\n2,0.1,0.5\n", "log.csv, line 3: a blank line, but the header has 3"),
    (HEAD + "1,0.1\n", "log.csv, line 2: 2 cells, but the header has 3"),
    (HEAD + "1,-0.1,0.5\n", "log.csv, line 2, column 'duration_s': '-0.1' is out of range"),
    (HEAD + "-1,0.1,0.5\n", "log.csv, line 2, column 'start_s': '-1' is out of range"),
    (HEAD + "1,0.1,0.95\n", "line 2, column 'voltage_pu': '0.95' is out of range (0 to 0.9)"),
    (
        HEAD + "5,0.1,0.5\n7,0.1,0.5\n6,0.1,0.5\n",
        "log.csv, line 4, column 'start_s': '6' goes back behind line 3",
    ),
    (HEAD + "1,61,0.05\n", "log.csv, line 2, column 'duration_s': '61' is an outage"),
    (HEAD + '1,0.1,"0.5\n', "log.csv, line 2: broken CSV"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "log.csv, line 1: is no UTF-8 text (a binary file"),
    (HEAD.encode() + b"1,\x00,0.5\n", "log.csv, line 2: is no text (a binary file)"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_bad_files_are_refused_with_place_and_value(
    text: str | bytes, words: str, write: Callable[..., Path]
) -> None:
    path = write(text)
    with pytest.raises(DataError, match=re.escape(words)) as caught:
        CsvSags(file=str(path)).check()
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 2


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.csv: no such file"):
        CsvSags(file=str(tmp_path / "nothing.csv")).check()
    with pytest.raises(DataError, match="cannot be read"):
        CsvSags(file=str(tmp_path)).check()


def test_spreadsheet_habits_are_understood(write: Callable[..., Path]) -> None:
    path = write(b"\xef\xbb\xbfstart_s, duration_s ,voltage_pu\r\n 1 ,0.1,0.5\r\n,,\r\n\r\n")
    table = read_table(path, ["start_s", "duration_s", "voltage_pu"])
    assert table.numbers("start_s").tolist() == [1.0]
    assert table.lines == [2]


def test_columns_may_stand_in_any_order_and_options_be_left_out(write: Callable[..., Path]) -> None:
    table = read_table(write("b,a\n2,1\n4,3\n"), ["a", "b"], ["c"])
    assert table.numbers("a").tolist() == [1.0, 3.0]
    assert list(table.columns) == ["b", "a"]


@pytest.mark.parametrize("name", ["sag.cfg", "SAG.CFF"])
def test_waveforms_are_sent_to_the_importer(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("station,recorder,1999")
    words = f"{path}: waveforms (COMTRADE) are no table of sags; make one first: ridethrough fit sags"
    with pytest.raises(DataError, match=re.escape(words)):
        CsvSags(file=str(path)).check()
