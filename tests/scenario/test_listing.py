"""``scenario show --sources``, ``scenario check`` and ``scenario schema``."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from scenario_parts import TOML, Load

from twin.scenario import Row, Scenario, check, describe, schema
from twin.scenario.comments import comments, split_confidence


def rows(scenario: Scenario, sources: bool = False) -> dict[str, Row]:
    found = describe(scenario, sources)
    by_key = {row.key: row for row in found}
    assert len(by_key) == len(found)
    return by_key


def test_every_figure_has_a_row_with_its_unit_and_meaning(demo: Load) -> None:
    found = rows(demo())
    assert found["grid.sags.rate_per_year"].value == 15.0
    assert found["grid.sags.rate_per_year"].unit == "1/yr"
    assert found["grid.sags.kind"].value == "ecdf"
    assert found["site.latitude_deg"].meaning == "Latitude, north positive"
    assert found["load.kind"].meaning == "Training jobs."
    assert found["tariff.periods.1.usd_per_kwh"].value == 0.07
    assert found["architectures.centralized.compartments"].value == 2
    assert found["architectures.distributed.more_storage.site.energy_kwh"].value == 2000.0
    assert found["architectures.distributed.storage.ageing.kind"].value == "none"


def test_common_plant_figures_stand_once_and_others_with_their_architecture(demo: Load) -> None:
    found = rows(demo())
    assert found["pv.peak_kw"].value == 500.0
    assert found["diesel.set_kw"].value == 2500.0
    assert "architectures.distributed.diesel.set_kw" not in found
    assert "diesel.sets" not in found
    assert found["architectures.centralized.diesel.sets"].value == 6
    assert found["architectures.distributed.diesel.sets"].value == 4


def test_the_source_is_that_of_the_value_not_of_the_default(demo: Load) -> None:
    found = rows(demo("architectures.distributed.storage.power_kw=9"))
    default = found["site.latitude_deg"]
    assert (default.source, default.confidence) == ("Ho Chi Minh City", "A")
    commented = found["grid.sags.rate_per_year"]
    assert (commented.source, commented.confidence) == ("Malaysia, The Star 2020", "A-")
    assert found["tariff.periods.0.usd_per_kwh"].source == "Decision 14/2025"
    uncommented = found["load.pods"]
    assert (uncommented.source, uncommented.confidence) == ("scenario file", "")
    same_as_default = found["architectures.centralized.diesel.sets"]
    assert (same_as_default.source, same_as_default.confidence) == ("rule N+1", "C")
    changed = found["architectures.distributed.storage.power_kw"]
    assert (changed.value, changed.source, changed.confidence) == (9.0, "--set", "")


def test_a_value_below_a_dropped_table_is_a_default(demo: Load) -> None:
    text = TOML.replace("[pv]", '[storage]\nkind = "bess"\npower_kw = 1 # mine\n[pv]').replace(
        "energy_kwh = 600, power_kw = 400", "energy_kwh = 600"
    )
    assert rows(demo(text=text))["architectures.distributed.storage.power_kw"].source == "mine"
    assert rows(demo(text=text))["architectures.centralized.storage.modules"].source == "assumed"


def test_assumed_figures_come_first_when_sources_are_asked(demo: Load) -> None:
    assumed = [row.assumed for row in describe(demo(), sources=True)]
    assert assumed == sorted(assumed, reverse=True)
    assert {True, False} == set(assumed)
    in_order = [row.key for row in describe(demo())]
    assert in_order[0] == "name"
    assert sorted(in_order) == sorted(row.key for row in describe(demo(), sources=True))
    assert rows(demo())["grid.contracted_kw"].assumed  # the file's comment says so
    assert rows(demo())["grid.contracted_kw"].confidence == "C"


def test_comments_are_read_where_toml_has_them() -> None:
    text = '''
# not a source
a = 1  # one
"b # c".d = "x # y"  # two
[t] # what it is
# source: long words
# that go on
e = [ # first
  1, # second
]
f = 3
# source: lost

g = """
# no comment
""" # four
# source: all of u
[u]
h.i = { j = '#' } # five
[[list]]
k = 1 # six
'''
    assert comments(text) == {
        ("a",): "one",
        ("b # c", "d"): "two",
        ("t", "e"): "long words that go on first second",
        ("t", "g"): "four",
        ("u",): "all of u",
        ("u", "h", "i"): "five",
        ("list", "k"): "six",
    }


@pytest.mark.parametrize(
    ("note", "parts"),
    [
        ("ATB 2024 [A]", ("ATB 2024", "A")),
        ("ATB [2024]", ("ATB [2024]", "")),
        ("x [B+]", ("x", "B+")),
    ],
)
def test_confidence_stands_in_brackets(note: str, parts: tuple[str, str]) -> None:
    assert split_confidence(note) == parts


def test_tables_may_warn(demo: Load) -> None:
    assert check(demo()) == []
    assert check(demo("architectures.distributed.diesel.sets=0")) == [
        "architectures.distributed.diesel: no diesel in distributed"
    ]


def test_the_schema_knows_every_kind_and_key() -> None:
    document = schema()
    definitions = document["$defs"]
    assert set(document["required"]) == {"name", "grid", "load", "tariff", "architectures"}
    assert document["additionalProperties"] is False
    assert {"storage.bess", "storage.ups", "sags.ecdf", "diesel.default"} <= set(definitions)
    bess = definitions["storage.bess"]
    assert bess["properties"]["kind"] == {"const": "bess"}
    assert bess["properties"]["energy_kwh"]["unit"] == "kWh"
    assert bess["properties"]["energy_kwh"]["exclusiveMinimum"] == 0
    assert bess["properties"]["ageing"]["anyOf"] == [
        {"$ref": "#/$defs/ageing.linear"},
        {"$ref": "#/$defs/ageing.none"},
    ]
    assert definitions["sags.ecdf"]["required"] == ["kind"]
    each = document["properties"]["architectures"]["additionalProperties"]
    assert set(each["properties"]) >= {"compartments", "title", "storage", "more_storage", "pv"}
    assert "tables" not in each["properties"]


def accepts(schema: Any, node: Any, value: Any) -> bool:
    """Check the few words of JSON schema that decide which keys may stand where."""
    if "$ref" in node:
        target: Any = schema
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return accepts(schema, target, value)
    if "anyOf" in node:
        return any(accepts(schema, option, value) for option in node["anyOf"])
    if "const" in node:
        return bool(node["const"] == value)
    if isinstance(value, dict):
        if set(node.get("required", ())) - set(value):
            return False
        inner, other = node.get("properties", {}), node.get("additionalProperties", True)
        return all(
            accepts(schema, inner[k], v)
            if k in inner
            else isinstance(other, dict) and accepts(schema, other, v)
            for k, v in value.items()
        )
    return not isinstance(value, str) or node.get("type", "string") == "string" or "enum" in node


def test_the_schema_accepts_what_loads_and_refuses_unknown_keys(
    demo: Load, data: dict[str, Any]
) -> None:
    document = schema()
    assert accepts(document, document, data)
    assert accepts(document, document, demo().to_dict())
    for *way, last in (["grid", "x"], ["diesel", "x"], ["architectures", "b", "storage", "x"]):
        wrong = copy.deepcopy(data)
        here = wrong
        for key in way:
            here = here[key]
        here[last] = 1
        assert not accepts(document, document, wrong)


def test_the_schema_has_no_dangling_references() -> None:
    document = schema()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            assert "x-kind-of" not in node
            if "$ref" in node:
                assert node["$ref"].removeprefix("#/$defs/") in document["$defs"]
        for value in node.values() if isinstance(node, dict) else node:
            if isinstance(value, dict | list):
                walk(value)

    walk(document)
