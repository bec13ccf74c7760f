"""The digest names what decides results, and the dump says it all."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_parts import TOML, Load

from twin.errors import ScenarioError
from twin.scenario import Scenario
from twin.scenario.toml_text import dumps, literal

Data = dict[str, Any]


def backwards(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: backwards(data[key]) for key in reversed(data)}
    return data


def test_it_is_twelve_hex_digits(demo: Load) -> None:
    assert len(demo().digest) == 12
    int(demo().digest, 16)


def test_it_does_not_depend_on_the_order_of_keys_or_the_spelling_of_numbers(data: Data) -> None:
    data["default_architectures"] = ["a", "b"]
    digest = Scenario.from_dict(data).digest
    assert Scenario.from_dict(backwards(data)).digest == digest
    data["grid"]["contracted_kw"] = 2e4
    assert Scenario.from_dict(data).digest == digest


def test_it_does_not_depend_on_where_a_shared_value_is_written(data: Data) -> None:
    digest = Scenario.from_dict(data).digest
    diesel = data.pop("diesel")
    for body in data["architectures"].values():
        body["diesel"] = dict(diesel)
    assert Scenario.from_dict(data).digest == digest


def test_defaults_written_out_change_nothing(data: Data) -> None:
    digest = Scenario.from_dict(data).digest
    data["horizon_years"] = 10
    data["diesel"]["charge"] = False
    data["cooling"] = {}
    assert Scenario.from_dict(data).digest == digest


def test_texts_for_people_do_not_count_but_the_name_does(data: Data) -> None:
    digest = Scenario.from_dict(data).digest
    data["description"] = "words"
    data["architectures"]["a"]["title"] = "Alpha"
    assert Scenario.from_dict(data, origin="elsewhere").digest == digest
    data["name"] = "other"
    assert Scenario.from_dict(data).digest != digest


@pytest.mark.parametrize(
    "change",
    [
        "horizon_years=9", "start_year=2027", "site.altitude_m=11", "grid.sags.rate_per_year=1",
        "load.pods=5", "diesel.load_steps=[1.0]", "architectures.distributed.compartments=2",
        "architectures.distributed.storage.energy_kwh=601", "economics.gpu_hour_usd=3",
        "architectures.distributed.more_storage.site.power_kw=1",
    ],
)  # fmt: skip
def test_every_figure_counts(demo: Load, change: str) -> None:
    assert demo(change).digest != demo().digest


SCRIPTED = TOML.replace('{ kind = "ecdf", rate_per_year = 15 }',
                        '{ kind = "scripted", file = "data/sags.csv" }')  # fmt: skip


def test_a_data_file_counts_with_its_content_not_with_its_place(tmp_path: Path) -> None:
    digests = []
    for folder, content in (("a", "1,2"), ("b", "1,2"), ("c", "1,3")):
        (tmp_path / folder / "data").mkdir(parents=True)
        (tmp_path / folder / "data" / "sags.csv").write_text(content)
        (tmp_path / folder / "demo.toml").write_text(SCRIPTED)
        scenario = Scenario.load(tmp_path / folder / "demo.toml")
        assert scenario.grid.sags.file == str(tmp_path / folder / "data" / "sags.csv")
        assert Scenario.from_dict(scenario.to_dict()).digest == scenario.digest
        digests.append(scenario.digest)
    assert digests[0] == digests[1] != digests[2]


def test_a_missing_data_file_is_noticed_at_once(tmp_path: Path) -> None:
    (tmp_path / "demo.toml").write_text(SCRIPTED)
    with pytest.raises(ScenarioError, match=r'demo.toml: grid.sags.file = ".*sags.csv": cannot'):
        Scenario.load(tmp_path / "demo.toml")
    (tmp_path / "data" / "sags.csv").mkdir(parents=True)
    with pytest.raises(ScenarioError, match=r"grid.sags.file = .*cannot be read: Is a directory"):
        Scenario.load(tmp_path / "demo.toml")


def test_a_changed_copy_has_its_own_digest(demo: Load) -> None:
    scenario = demo()
    shorter = scenario.model_copy(update={"horizon_years": 1.0})
    assert shorter.digest != scenario.digest
    assert shorter.digest == demo("horizon_years=1").digest
    assert scenario.model_copy(deep=True).digest == scenario.digest


def test_the_dump_reads_back_to_the_same_scenario(demo: Load) -> None:
    scenario = demo()
    dump = scenario.to_dict()
    assert Scenario.from_dict(dump).digest == scenario.digest
    assert Scenario.from_dict(dump).to_dict() == dump
    assert Scenario.from_dict(json.loads(json.dumps(dump))).digest == scenario.digest
    assert Scenario.from_text(scenario.to_toml()).to_dict() == dump
    assert Scenario.from_dict(dump).architectures == scenario.architectures


def test_the_dump_states_shared_tables_once(demo: Load) -> None:
    dump = demo().to_dict()
    assert dump["pv"] == {"peak_kw": 500.0, "mounting": "roof"}
    (first, second) = dump["architectures"].values()
    assert "diesel" not in first  # the two differ in the number of sets: one overrides it
    assert set(second["diesel"]) == {"sets"}
    assert {dump["diesel"]["sets"], second["diesel"]["sets"]} >= {4}
    assert "pv" not in dump["architectures"]["distributed"]


words = st.text(max_size=6)
values = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | words | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(words, values, max_size=4))
def test_whatever_is_written_is_read_back(table: Data) -> None:
    assert tomllib.loads(dumps(table)) == table


def test_long_arrays_are_wrapped() -> None:
    table = {"a": [0.123456789] * 50, "t": {"b": ["x" * 40] * 5}}
    text = dumps(table)
    assert max(map(len, text.splitlines())) <= 100
    assert tomllib.loads(text) == table


def test_literals() -> None:
    assert literal([True, 1, 1.0, 'a"\n']) == '[true, 1, 1.0, "a\\"\\n"]'
    assert literal({"a b": {}, "c": 1e-7}) == '{ "a b" = {}, c = 1e-07 }'
