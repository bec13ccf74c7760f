"""``--set KEY=VALUE``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scenario_parts import TOML, Bess, Constant, Diesel, GasEngine, Load, Pv, Ups

from twin.errors import ScenarioError
from twin.scenario import Scenario

Data = dict[str, Any]


@pytest.mark.parametrize(
    ("change", "read"),
    [
        ("horizon_years=2.5", lambda s: s.horizon_years == 2.5),
        ("horizon_years=2", lambda s: s.horizon_years == 2.0),
        ("name=other", lambda s: s.name == "other"),
        ('name="5"', lambda s: s.name == "5"),
        ("description=5 is = text", lambda s: s.description == "5 is = text"),
        ("description=", lambda s: s.description == ""),
        ("description=a # b", lambda s: s.description == "a # b"),
        ("grid.sags.rate_per_year=7", lambda s: s.grid.sags.rate_per_year == 7.0),
        ("grid.outages.duration_median_h=2", lambda s: s.grid.outages.duration_median_h == 2.0),
        ("grid.outages={rate_per_year=9}", lambda s: s.grid.outages.duration_median_h == 0.9),
        ("site.latitude_deg=-31", lambda s: s.site.latitude_deg == -31.0),
        ("load.sizes=[4.0]", lambda s: s.load.sizes == [4.0]),
        ("load.sizes=[4, 5]", lambda s: s.load.sizes == [4.0, 5.0]),
        ("tariff.periods.1.usd_per_kwh=1", lambda s: s.tariff.periods[1].usd_per_kwh == 1.0),
        ("default_architectures=['distributed']", lambda s: s.chosen() == ["distributed"]),
        (" load.pods = 7 ", lambda s: s.load.pods == 7),
    ],
)
def test_values_are_toml_else_text(demo: Load, change: str, read: Any) -> None:
    assert not read(demo()) or "outages={" in change or change == "description="
    assert read(demo(change))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("horizon_years=true", "horizon_years = true: must be a number"),
        ('horizon_years="5"', 'horizon_years = "5": must be a number'),
        ("horizon_years=five", 'horizon_years = "five": must be a number'),
        ("horizon_years=inf", "horizon_years = inf: must be a number"),
        ("load.pods=1\nname='x'", "load.pods = \"1\\nname='x'\": must be a whole number"),
        ("load.pods=4.0", "load.pods = 4.0: must be a whole number"),
    ],
)
def test_values_are_as_strict_as_in_the_file(demo: Load, change: str, text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        demo(change)
    assert f"demo.toml (--set): {text}" in str(caught.value)


def test_a_shared_value_reaches_all_architectures(demo: Load) -> None:
    for architecture in demo("pv.peak_kw=1", "diesel.set_kw=9").architectures.values():
        assert architecture.tables["pv"] == Pv(peak_kw=1.0)
        assert architecture.tables["diesel"].set_kw == 9.0  # type: ignore[attr-defined]


def test_a_shared_value_reaches_those_that_do_not_override_it(demo: Load) -> None:
    centralized, distributed = demo("diesel.sets=1").architectures.values()
    assert centralized.tables["diesel"].sets == 1  # type: ignore[attr-defined]
    assert distributed.tables["diesel"].sets == 4  # type: ignore[attr-defined]


def test_a_table_that_the_file_leaves_out_may_be_set(data: Data) -> None:
    scenario = Scenario.from_dict(data, ["pv.peak_kw=5"])
    assert scenario.architectures["b"].tables["pv"] == Pv(peak_kw=5.0)


def test_one_architecture_may_be_set(demo: Load) -> None:
    scenario = demo(
        "architectures.distributed.storage.energy_kwh=1",
        "architectures.distributed.more_storage.site.power_kw=2",
        "architectures.distributed.compartments=3",
        "architectures.distributed.pv.peak_kw=4",
    )
    distributed = scenario.architectures["distributed"]
    assert distributed.tables["storage"] == Bess(energy_kwh=1.0, power_kw=400.0)
    assert distributed.more_storage["site"] == Bess(energy_kwh=2000.0, power_kw=2.0)
    assert distributed.compartments == 3
    assert distributed.tables["pv"] == Pv(peak_kw=4.0)
    assert scenario.architectures["centralized"] == demo().architectures["centralized"]


def test_an_inherited_array_may_be_set_by_index(demo: Load) -> None:
    scenario = demo("architectures.distributed.diesel.load_steps.0=0.1")
    centralized, distributed = scenario.architectures.values()
    assert distributed.tables["diesel"].load_steps == [0.1, 0.6, 1.0]  # type: ignore[attr-defined]
    assert centralized.tables["diesel"].load_steps == [0.3, 0.6, 1.0]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "would"),
    [
        (
            "storage.energy_kwh=5",
            "architectures.centralized.storage.energy_kwh, "
            "architectures.distributed.storage.energy_kwh",
        ),
        (
            "storage.kind=bess",
            "architectures.centralized.storage.kind, architectures.distributed.storage.kind",
        ),
        ("storage.modules=2", "architectures.centralized.storage.modules"),
        ("storage.reserve_share=0.1", "architectures.distributed.storage.reserve_share"),
        ("more_storage.site.energy_kwh=1", "architectures.distributed.more_storage.site.energy_"),
    ],
)
def test_a_shared_value_without_effect_is_refused_with_keys_that_work(
    demo: Load, change: str, would: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        demo(change)
    assert str(caught.value).startswith(f"--set {change}: ")
    assert f"set instead: {would}" in str(caught.value)


def test_an_overridden_value_is_refused_even_if_it_stands_there_already(data: Data) -> None:
    for body in data["architectures"].values():
        body["diesel"] = {"sets": 6}
    with pytest.raises(ScenarioError, match=r"set instead: architectures.a.diesel.sets, arch"):
        Scenario.from_dict(data, ["diesel.sets=6"])
    whole = Scenario.from_dict(data, ["diesel={sets=1, set_kw=5}"])  # set_kw has an effect
    assert whole.architectures["a"].tables["diesel"] == Diesel(sets=6, set_kw=5.0)
    with pytest.raises(ScenarioError, match="every architecture sets its own 'diesel'"):
        Scenario.from_dict(data, ["diesel={sets=1}"])


def test_a_value_in_a_table_that_every_architecture_replaces_is_refused(data: Data) -> None:
    for body in data["architectures"].values():
        body["diesel"] = {"kind": "gas"}
    with pytest.raises(ScenarioError, match=r"every architecture sets its own 'diesel\.sets'"):
        Scenario.from_dict(data, ["diesel.sets=1"])


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("diesel.set=4", "unknown key 'diesel.set' (did you mean 'diesel.sets'?)"),
        ("grid.sag.rate_per_year=4", "unknown key 'grid.sag' (did you mean 'grid.sags.rate_per_"),
        ("pods=4", "unknown key 'pods' (did you mean 'load.pods'?)"),
        ("peak_kw=4", "unknown key 'peak_kw' (did you mean 'pv.peak_kw'"),
        (
            "architectures.distribted.compartments=3",
            "unknown architecture 'distribted' (did you mean 'distributed'?)",
        ),
        (
            "architectures.distributed.storage.modules=3",
            "unknown key 'architectures.distributed.storage.modules' "
            "(did you mean 'architectures.centralized.storage.modules'",
        ),
        (
            "architectures.distributed.grid.contracted_kw=3",
            "the world is common to all architectures; set 'grid.contracted_kw'",
        ),
        ("name.x=3", "unknown key 'name.x'"),
        ("load.sizes.7=3", "'load.sizes' has no entries, not '7'"),
        ("tariff.periods.2.usd_per_kwh=3", "'tariff.periods' has entries 0 to 1, not '2'"),
        ("tariff.periods.x=3", "'tariff.periods' has entries 0 to 1, not 'x'"),
        ("tariff.periods.-1.usd_per_kwh=3", "'tariff.periods' has entries 0 to 1, not '-1'"),
        ("tariff.periods.0.usd=3", "unknown key 'tariff.periods.0.usd'"),
        ("diesel", "write KEY=VALUE"),
        ("=5", "write KEY=VALUE"),
        ("diesel.=5", "write KEY=VALUE"),
        ("", "write KEY=VALUE"),
    ],
)
def test_unknown_keys_are_refused_with_the_nearest(demo: Load, change: str, text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        demo(change)
    assert str(caught.value).startswith(f"--set {change}: {text}")


def test_a_new_kind_keeps_the_keys_that_it_knows_too(demo: Load) -> None:
    assert demo("load.kind=constant").load == Constant(pods=4)
    assert demo("load.kind=constant", "load.it_kw=5").load == Constant(pods=4, it_kw=5.0)
    assert demo("load.it_kw=5", "load.kind=constant").load == Constant(pods=4, it_kw=5.0)
    changed = demo("architectures.distributed.storage.kind=ups").architectures["distributed"]
    assert changed.tables["storage"] == Ups(energy_kwh=600.0)
    gas = demo("architectures.centralized.diesel.kind=gas").architectures
    assert gas["centralized"].tables["diesel"] == GasEngine()
    assert isinstance(gas["distributed"].tables["diesel"], Diesel)


def test_a_new_kind_keeps_inherited_keys_too(data: Data) -> None:
    data["storage"] = {"kind": "bess", "energy_kwh": 33}
    data["architectures"]["b"]["storage"] = {}
    scenario = Scenario.from_dict(data, ["architectures.b.storage.kind=ups"])
    assert scenario.architectures["b"].tables["storage"] == Ups(energy_kwh=33.0)


def test_an_unknown_kind_is_told_with_the_known_ones(demo: Load) -> None:
    with pytest.raises(ScenarioError, match=r"--set\): load.kind = \"job\": .*known: constant, j"):
        demo("load.kind=job")


def test_data_files_are_found_from_where_the_user_stands(
    demo: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "sags.csv").write_text("x")
    monkeypatch.chdir(here)
    scenario = demo("grid.sags.kind=scripted", "grid.sags.file=sags.csv")
    assert scenario.grid.sags.file == str(here / "sags.csv")


def test_sets_on_a_hopeless_file_do_not_crash(data: Data) -> None:
    for value in (5, {}, {"a": 5}):
        data["architectures"] = value
        with pytest.raises(ScenarioError):
            Scenario.from_dict(data, ["architectures.a.compartments=1", "diesel.sets=1"])
    data["grid"] = 5
    with pytest.raises(ScenarioError, match="'grid' is not a table here"):
        Scenario.from_dict(data, ["grid.contracted_kw=1"])


def test_a_set_counts_in_the_digest(demo: Load) -> None:
    assert demo("diesel.sets=5").digest != demo().digest
    assert demo("diesel.sets=6").digest == demo().digest
    assert demo(text=TOML.replace("sets = 6", "sets = 5")).digest == demo("diesel.sets=5").digest
