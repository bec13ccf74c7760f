"""Reading ``KEY=V1,V2,...`` and ranges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twin.errors import InputError
from twin.explore.axes import Span, axes_of, axis_of, numbers, read_axis


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("diesel.sets=2,4, 6", (2, 4, 6)),
        ("a.b=0.5", (0.5,)),
        ("load.kind=jobs,constant", ("jobs", "constant")),
        ('a="x,y",z', ("x,y", "z")),
        ("a='x,y',z", ("x,y", "z")),
        ("a=[1,2],[3]", ([1, 2], [3])),
        ('a={ b = "x" },{ b = "y", c = [1, 2] }', ({"b": "x"}, {"b": "y", "c": [1, 2]})),
        ("a=true,false", (True, False)),
        ("a=-1e-3,+2", (-0.001, 2)),
        ("a=1..2,3", ("1..2", 3)),
    ],
)  # fmt: skip
def test_values_are_read_as_set_reads_them(text: str, values: tuple[object, ...]) -> None:
    axis = read_axis(text)
    assert axis.values == values
    assert axis.span is None


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a=1..5", Span(1.0, 5.0)),
        ("a = 0.5 .. 1e3 ", Span(0.5, 1000.0)),
        ("a=-3..-.5", Span(-3.0, -0.5)),
        ("a=100..2_000:50", Span(100.0, 2000.0, 50.0)),
    ],
)
def test_ranges(text: str, span: Span) -> None:
    axis = read_axis(text)
    assert (axis.key, axis.span, axis.texts) == ("a", span, ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("diesel.sets", "write KEY=V1"),
        ("=3", "write KEY=V1"),
        ("a..b=3", "write KEY=V1"),
        ("a=", "a value is empty"),
        ("a=1,,2", "a value is empty"),
        ("a=1,", "a value is empty"),
        ("a=2,1,2", "the value 2 stands twice"),
        ("a=1,1.0", "the value 1.0 stands twice"),
        ("a=5..1", "5 is not below 1"),
        ("a=1..1", "1 is not below 1"),
        ("a=1..5:0", "the step 0 must be above 0"),
    ],
)
def test_what_cannot_be_read_says_so(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_axis(text)


def test_a_key_may_stand_once() -> None:
    assert [a.key for a in axes_of(["a=1", "b=2"])] == ["a", "b"]
    with pytest.raises(InputError, match=r"--over a\.b: this key stands twice"):
        axes_of(["a.b=1", "a . b=2"])


def test_python_values_become_toml() -> None:
    axis = axis_of("a", [1, 2.5, "4", True, {"kind": "none"}, [1, 2]])
    assert axis.values == (1, 2.5, "4", True, {"kind": "none"}, [1, 2])
    assert axis_of("a", np.array([1, 2])).values == (1, 2)  # type: ignore[arg-type]
    assert axis_of("a", [np.float64(0.5), np.int64(3)]).values == (0.5, 3)
    assert axis_of("a", "1..2").span == Span(1.0, 2.0)
    for wrong in ([], 3, {"a": 1}):
        with pytest.raises(InputError, match="--over a"):
            axis_of("a", wrong)  # type: ignore[arg-type]


def test_files_are_named_in_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_axis("grid.sags.file=log.csv").values == (str(tmp_path / "log.csv"),)
    assert read_axis("grid.sags.kind=log.csv").values == ("log.csv",)


def test_numbers_of_a_size() -> None:
    assert numbers(read_axis("a=0..3"), whole=True) == (0, 1, 2, 3)
    assert numbers(read_axis("a=0..10:4"), whole=True) == (0, 4, 8)
    assert numbers(read_axis("a=0.1..0.3:0.1"), whole=False) == (0.1, 0.2, 0.3)
    assert numbers(read_axis("a=1,5,7"), whole=True) == (1, 5, 7)


@pytest.mark.parametrize(
    ("text", "whole", "message"),
    [
        ("a=1..2", False, "how fine"),
        ("a=1.5..4", True, "only whole numbers"),
        ("a=1..4:0.5", True, "only whole numbers"),
        ("a=3,1", True, "list rising numbers"),
        ("a=x,y", False, "list rising numbers"),
        ("a=0..1:1e-6", False, "at most 10000"),
    ],
)
def test_what_is_no_axis_of_a_size(text: str, whole: bool, message: str) -> None:
    with pytest.raises(InputError, match=f"--vary a: .*{message}"):
        numbers(read_axis(text), whole=whole)
