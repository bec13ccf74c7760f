"""Every mistake is answered with file, key, value, what is allowed, and the nearest key."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scenario_parts import TOML, Load

from twin.errors import ScenarioError
from twin.scenario import Scenario

Data = dict[str, Any]


def complaint(data: Data, *sets: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_dict(data, sets, origin="x.toml")
    return str(caught.value).split("\n")


def put(data: Data, key: str, value: Any) -> Data:
    *way, last = key.split(".")
    here = data
    for part in way:
        here = here.setdefault(part, {})
    here[last] = value
    return data


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("horizon_years", True, "horizon_years = true: must be a number > 0 and <= 100 yr"),
        ("horizon_years", "5", 'horizon_years = "5": must be a number'),
        ("horizon_years", math.inf, "horizon_years = inf: must be a number"),
        ("horizon_years", math.nan, "horizon_years = nan: must be a number"),
        ("horizon_years", 0, "horizon_years = 0: must be a number > 0"),
        ("horizon_years", 101, "horizon_years = 101: must be a number > 0 and <= 100 yr"),
        ("start_year", 2026.5, "start_year = 2026.5: must be a whole number from 1950 to 2200"),
        ("start_year", 2026.0, "start_year = 2026.0: must be a whole number"),
        ("start_year", True, "start_year = true: must be a whole number"),
        ("name", "a/b", 'name = "a/b": must be a text of the form'),
        ("name", 5, "name = 5: must be a text"),
        ("grid.contracted_kw", -5, "grid.contracted_kw = -5: must be a number >= 0 kW (Contracted"),
        ("grid.sags.rate_per_year", -1.0, "grid.sags.rate_per_year = -1.0: must be a number >= 0"),
        ("grid.sags", 3, 'grid.sags = 3: must be a table with kind = "ecdf" | "scripted"'),
        ("load.pods", 0, "load.pods = 0: must be a whole number from 1 to 1000"),
        ("load.pods", 4.0, "load.pods = 4.0: must be a whole number"),
        ("load.sizes", [1, "2"], 'load.sizes.1 = "2": must be a number'),
        ("load.sizes", 1, "load.sizes = 1: must be an array of numbers"),
        ("load.sizes", {"a": 1}, "load.sizes: must be an array of numbers"),
        ("diesel.set_kw", math.inf, "diesel.set_kw = inf: must be a number > 0 kW"),
        ("diesel.charge", 1, "diesel.charge = 1: must be true or false"),
        ("diesel.load_steps", [], "diesel.load_steps = []: must be an array of numbers with at"),
        ("diesel.spare", 0, "diesel.spare = 0: must be a number > 0 kW"),
        ("diesel", 7, "diesel = 7: must be a table with kind"),
        ("pv.mounting", "sea", 'pv.mounting = "sea": must be "roof" | "ground"'),
        ("site", [], "site = []: must be a table"),
        ("modules", "mine", 'modules = "mine": must be an array of texts'),
    ],
)
def test_wrong_values_are_told_with_what_is_allowed(
    data: Data, key: str, value: Any, text: str
) -> None:
    assert complaint(put(data, key, value))[0].startswith(f"x.toml: {text}")


def test_whole_numbers_may_stand_for_numbers(data: Data) -> None:
    assert Scenario.from_dict(put(data, "horizon_years", 3)).horizon_years == 3.0


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("horizon_year", "horizon_year: unknown key (did you mean 'horizon_years'?)"),
        ("grid.contracted", "grid.contracted: unknown key (did you mean 'contracted_kw'?); known"),
        ("grid.sags.rate", "grid.sags.rate: unknown key; known: rate_per_year, kind"),
        ("diesl", "diesl: unknown key (did you mean 'diesel'?)"),
        ("diesel.sts", "diesel.sts: unknown key (did you mean 'sets'?); known: sets, set_kw"),
        ("architecture", "architecture: unknown key (did you mean 'architectures'?)"),
        ("compartments", "compartments: belongs to an architecture: architectures.NAME.compart"),
        (
            "architectures.b.storage.energy",
            "architectures.b.storage.energy: unknown key (did you mean 'energy_kwh'?)",
        ),
        ("architectures.b.bess", "architectures.b.bess: unknown key"),
    ],
)
def test_unknown_keys_are_told_with_the_nearest(data: Data, key: str, text: str) -> None:
    (line,) = complaint(put(data, key, 1))
    assert line.startswith(f"x.toml: {text}")


def test_missing_keys_are_told_with_their_meaning(data: Data) -> None:
    del data["grid"]["contracted_kw"]
    del data["architectures"]["b"]["storage"]["energy_kwh"]
    del data["architectures"]["a"]["compartments"]
    assert complaint(data) == [
        "x.toml: architectures.a.compartments is missing: a whole number >= 1 "
        "(Compartments that the site is divided into)",
        "x.toml: architectures.b.storage.energy_kwh is missing: a number > 0 and <= 1e+06 kWh "
        "(Usable energy)",
        "x.toml: grid.contracted_kw is missing: a number >= 0 kW "
        "(Contracted power: import never exceeds it)",
    ]


def test_missing_world_tables_and_architectures_are_told(data: Data) -> None:
    for key in ("grid", "load", "tariff", "architectures"):
        del data[key]
    told = "\n".join(complaint(data))
    for key in ("grid", "load", "tariff", "architectures"):
        assert f"x.toml: {key} is missing" in told
    assert "default_architectures" not in told


def test_kinds_are_told(data: Data) -> None:
    data["architectures"]["a"]["storage"]["kind"] = "uups"
    data["architectures"]["b"]["storage"]["kind"] = 5
    del data["load"]["kind"]
    assert complaint(data) == [
        "x.toml: architectures.a.storage.kind = \"uups\": unknown kind (did you mean 'ups'?); "
        "known: bess, ups",
        "x.toml: architectures.b.storage.kind = 5: unknown kind; known: bess, ups",
        "x.toml: load.kind is missing; known: constant, jobs",
    ]


def test_a_mistake_in_a_shared_table_is_told_once_where_it_stands(data: Data) -> None:
    data["diesel"]["sets"] = -1
    assert complaint(data) == ["x.toml: diesel.sets = -1: must be a whole number >= 0 (Sets)"]


def test_a_mistake_that_every_architecture_overrides_is_told_all_the_same(data: Data) -> None:
    data["diesel"]["sets"] = -1
    for body in data["architectures"].values():
        body["diesel"] = {"sets": 2}
    assert complaint(data) == ["x.toml: diesel.sets = -1: must be a whole number >= 0 (Sets)"]


def test_a_shared_table_may_be_incomplete(data: Data) -> None:
    data["storage"] = {"kind": "bess", "power_kw": 7}
    assert Scenario.from_dict(data).architectures["b"].tables["storage"].power_kw == 7.0  # type: ignore[attr-defined]


def test_a_shared_key_that_one_kind_does_not_know_is_told_with_the_architecture(
    data: Data,
) -> None:
    data["storage"] = {"reserve_share": 0.1}
    (line,) = complaint(data)
    assert line.startswith("x.toml: storage.reserve_share: unknown key")
    assert line.endswith("(in architecture a)")


def test_what_belongs_together_is_checked_by_the_table(data: Data) -> None:
    data["grid"]["outages"] = {"duration_min_h": 2, "duration_median_h": 1}
    assert complaint(data) == [
        "x.toml: grid.outages: duration_min_h must not exceed duration_median_h"
    ]


def test_all_mistakes_are_told_together(data: Data) -> None:
    data["load"]["pods"] = 0
    data["diesel"]["set_kw"] = "big"
    data["colour"] = "red"
    data["architectures"]["b"]["compartments"] = 0
    told = complaint(data)
    assert len(told) == 4
    assert all(line.startswith("x.toml: ") for line in told)


@pytest.mark.parametrize("name", ["Central", "a b", "", "a_b", "ä", "a\n"])
def test_names_of_architectures_are_plain(data: Data, name: str) -> None:
    data["architectures"][name] = {"compartments": 1}
    assert "names consist of a-z, 0-9 and '-'" in "\n".join(complaint(data))


@pytest.mark.parametrize("value", [{}, [], 5, {"a": 5}])
def test_architectures_must_be_tables(data: Data, value: Any) -> None:
    data["architectures"] = value
    (line,) = complaint(data)
    assert line.startswith("x.toml: architectures")


def test_what_is_no_table_at_all_is_refused() -> None:
    with pytest.raises(ScenarioError, match="must be a table of keys, not list"):
        Scenario.from_dict([])  # type: ignore[arg-type]


def test_messages_name_the_file(demo: Load) -> None:
    with pytest.raises(ScenarioError, match=r"demo.toml: load.pods = -4: must be a whole number"):
        demo(text=TOML.replace("pods = 4", "pods = -4"))
