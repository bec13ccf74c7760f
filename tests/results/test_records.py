"""Records and tables: numbers survive bit for bit, and types never depend on what is there."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from result_parts import record, with_costs

from twin.errors import SimulationError
from twin.results import Record, Tables
from twin.results.record import numbers, spans

floats = st.floats(allow_nan=False, allow_infinity=False)


@given(value=floats, cost=floats, asset=floats)
def test_json_keeps_every_bit(value: float, cost: float, asset: float) -> None:
    one = Record(3, "a", {"x": value, "y": None}, {"om": [cost]}, [asset])
    assert Record.from_json(one.to_json()) == one


@settings(max_examples=20)
@given(cost=floats, value=floats)
def test_parquet_keeps_every_bit(
    tmp_path_factory: pytest.TempPathFactory, cost: float, value: float
) -> None:
    folder = tmp_path_factory.mktemp("t")
    tables = Tables.of([Record(3, "a", {"x": value, "y": None}, {"om": [cost]}, [cost])])
    tables.write(folder)
    again = Tables.read(folder)
    pd.testing.assert_frame_equal(again.rows, tables.rows, check_exact=True)
    pd.testing.assert_frame_equal(again.costs, tables.costs, check_exact=True)


@given(st.sets(st.integers(0, 60)))
def test_spans_say_the_same_in_fewer_words(found: set[int]) -> None:
    assert list(numbers(spans(found))) == sorted(found)
    assert all(b[0] > a[1] + 1 for a, b in zip(spans(found), spans(found)[1:], strict=False))


def test_spans_by_hand() -> None:
    assert spans([7, 0, 2, 1]) == [[0, 2], [7, 7]]


def test_undefined_becomes_none_and_infinite_is_refused() -> None:
    assert record(0, "a").row["lcos_usd_per_mwh_num"] is not None
    assert record(0, "centralized").row["lcos_usd_per_mwh_num"] is None

    class Outcome:
        architecture, row = "a", {"x": math.inf}
        cashflow, asset_value = None, None

    with pytest.raises(SimulationError, match="replication 5, a: x: is infinite"):
        Record.of(5, Outcome())


def test_types_do_not_depend_on_which_rows_are_there() -> None:
    whole = record(0, "a", max_pods_down=3, goodput_num=None)
    other = record(1, "a", max_pods_down=None, goodput_num=0.5)
    for records in ([whole], [other], [whole, other], [other, whole]):
        rows = Tables.of(records).rows
        assert (rows.dtypes.drop(["replication", "architecture"]) == np.float64).all()
        assert list(rows.columns) == list(Tables.of([whole]).rows.columns)
        assert rows["replication"].is_monotonic_increasing


def test_known_metrics_stand_before_their_terms() -> None:
    names = list(Tables.of([record(0, "a")]).rows.columns)
    assert names[:2] == ["replication", "architecture"]
    assert names.index("grid_sags_per_year") < names.index("pod_losses_per_year")
    assert names.index("tco_npv_usd") < names.index("degradation_index_num")


def test_a_cost_that_an_architecture_does_not_have_is_zero() -> None:
    tables = Tables.of([with_costs(0, "a", om=[1, 2]), with_costs(0, "b", diesel=[3, 4])])
    items, cube = tables.cube("a")
    assert dict(zip(items, cube[0].tolist(), strict=True)) == {"om": [1, 2], "diesel": [0, 0]}


def test_joining_prefers_what_is_there() -> None:
    here = Tables.of([record(0, "a", goodput_num=1.0)])
    both = here.joined(Tables.of([record(0, "a", goodput_num=2.0), record(1, "a")]))
    assert both.rows["replication"].tolist() == [0, 1]
    assert both.rows["goodput_num"].iloc[0] == 1.0


def test_half_written_tables_count_as_nothing(tmp_path: Path) -> None:
    tables = Tables.of([record(0, "a")])
    tables.write(tmp_path)
    (tmp_path / "replications.parquet").unlink()
    assert not Tables.read(tmp_path).present()
