"""How an architecture's tables are laid over the shared ones."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_parts import Bess, Diesel, GasEngine, Linear, Nothing, Ups

from twin.errors import ScenarioError
from twin.quantity import Spec
from twin.scenario import Scenario
from twin.scenario.merge import merge

Data = dict[str, Any]


def table(data: Data, architecture: str, name: str) -> Spec:
    return Scenario.from_dict(data).architectures[architecture].tables[name]


def test_tables_merge_key_by_key(data: Data) -> None:
    data["architectures"]["b"]["diesel"] = {"sets": 4}
    assert table(data, "a", "diesel") == Diesel(sets=6, set_kw=1000.0, load_steps=[0.5, 1.0])
    assert table(data, "b", "diesel") == Diesel(sets=4, set_kw=1000.0, load_steps=[0.5, 1.0])


def test_arrays_replace(data: Data) -> None:
    data["architectures"]["b"]["diesel"] = {"load_steps": [1.0]}
    assert table(data, "b", "diesel") == Diesel(sets=6, set_kw=1000.0, load_steps=[1.0])


def test_a_new_kind_drops_the_shared_table(data: Data) -> None:
    data["architectures"]["b"]["diesel"] = {"kind": "gas"}
    assert table(data, "a", "diesel") == Diesel(sets=6, set_kw=1000.0, load_steps=[0.5, 1.0])
    assert table(data, "b", "diesel") == GasEngine()


def test_the_same_kind_merges(data: Data) -> None:
    data["storage"] = {"kind": "bess", "energy_kwh": 100, "power_kw": 50}
    data["architectures"]["b"]["storage"] = {"kind": "bess", "energy_kwh": 600}
    assert table(data, "b", "storage") == Bess(energy_kwh=600.0, power_kw=50.0)
    assert table(data, "a", "storage") == Ups(energy_kwh=200.0)


def test_no_kind_means_the_shared_kind(data: Data) -> None:
    data["storage"] = {"kind": "bess", "energy_kwh": 100, "power_kw": 50}
    data["architectures"]["b"]["storage"] = {"energy_kwh": 600}
    assert table(data, "b", "storage") == Bess(energy_kwh=600.0, power_kw=50.0)


def test_a_shared_part_of_a_table_is_completed_by_the_architecture(data: Data) -> None:
    data["storage"] = {"energy_kwh": 77}  # no table "storage" exists without a kind
    data["architectures"]["a"]["storage"] = {"kind": "ups"}
    data["architectures"]["b"]["storage"] = {"kind": "bess", "power_kw": 1}
    assert table(data, "a", "storage") == Ups(energy_kwh=77.0)
    assert table(data, "b", "storage") == Bess(energy_kwh=77.0, power_kw=1.0)


def test_nested_kinds_follow_the_same_rules(data: Data) -> None:
    ageing = {"kind": "linear", "years": 8}
    data["storage"] = {"kind": "bess", "energy_kwh": 100, "ageing": ageing}
    data["architectures"]["a"]["storage"] = {"ageing": {"kind": "none"}}
    data["architectures"]["b"]["storage"] = {"energy_kwh": 1}
    assert table(data, "a", "storage") == Bess(energy_kwh=100.0, ageing=Nothing())
    assert table(data, "b", "storage") == Bess(energy_kwh=1.0, ageing=Linear(years=8.0))


def test_further_storage_is_shared_and_merged_by_name(data: Data) -> None:
    data["more_storage"] = {"site": {"kind": "bess", "energy_kwh": 10}}
    data["architectures"]["b"]["more_storage"] = {
        "site": {"power_kw": 3},
        "block": {"kind": "ups", "energy_kwh": 5},
    }
    scenario = Scenario.from_dict(data)
    assert scenario.architectures["a"].more_storage == {"site": Bess(energy_kwh=10.0)}
    assert scenario.architectures["b"].more_storage == {
        "block": Ups(energy_kwh=5.0),
        "site": Bess(energy_kwh=10.0, power_kw=3.0),
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("grid", {"contracted_kw": 1}),
        ("load", {"kind": "jobs"}),
        ("site", {}),
        ("tariff", {}),
        ("economics", {}),
        ("horizon_years", 5),
        ("outages", {}),
    ],
)
def test_the_world_is_refused_under_an_architecture(data: Data, key: str, value: Any) -> None:
    data["architectures"]["b"][key] = value
    with pytest.raises(ScenarioError, match=rf"architectures\.b\.{key}: the world is common"):
        Scenario.from_dict(data)


def test_the_content_given_is_not_changed(data: Data) -> None:
    before = copy.deepcopy(data)
    Scenario.from_dict(data, ["diesel.sets=1", "load.kind=constant"])
    assert data == before


tables = st.recursive(
    st.integers() | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)
trees = st.dictionaries(st.sampled_from("abcd"), tables, max_size=4)


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None
)
@given(trees, trees, trees)
def test_merging_is_associative_with_the_empty_table_as_unit(a: Data, b: Data, c: Data) -> None:
    assert merge(a, {}) == a
    assert merge({}, a) == a
    assert merge(a, a) == a
    if _same_types(a, b) and _same_types(b, c) and _same_types(a, c):
        assert merge(merge(a, b), c) == merge(a, merge(b, c))


def _same_types(a: Any, b: Any) -> bool:
    """Tell whether no table meets a plain value."""
    if isinstance(a, dict) and isinstance(b, dict):
        return all(_same_types(a[k], b[k]) for k in a.keys() & b.keys())
    return not isinstance(a, dict) and not isinstance(b, dict)
