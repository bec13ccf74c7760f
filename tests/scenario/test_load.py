"""What a scenario file becomes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from scenario_parts import TOML, Bess, Diesel, Jobs, Load, Ups

from twin.contracts.calendar import YEAR_S
from twin.errors import InputError, ScenarioError
from twin.scenario import Architecture, Scenario, library, shipped


def test_the_file_is_read_whole(demo: Load) -> None:
    scenario = demo()
    assert scenario.name == "demo"
    assert scenario.horizon_s == 10 * YEAR_S
    assert scenario.start_year == 2026
    assert scenario.grid.contracted_kw == 20_000.0
    assert scenario.grid.sags.rate_per_year == 15.0
    assert scenario.load == Jobs(pods=4)
    assert scenario.load.pods == 4
    assert [p.name for p in scenario.tariff.periods] == ["peak", "off-peak"]
    assert list(scenario.architectures) == ["centralized", "distributed"]
    assert scenario.source is not None
    assert scenario.source.name == "demo.toml"
    centralized, distributed = scenario.architectures.values()
    assert centralized.tables["storage"] == Ups(energy_kwh=200.0, modules=6)
    assert distributed.tables["storage"] == Bess(energy_kwh=600.0, power_kw=400.0)
    assert distributed.more_storage == {"site": Bess(energy_kwh=2000.0)}
    assert centralized.more_storage == {}


def test_the_first_two_architectures_are_the_default(data: dict[str, Any]) -> None:
    data["architectures"]["c"] = {"compartments": 1}
    assert Scenario.from_dict(data).default_architectures == ["a", "b"]
    data["default_architectures"] = ["c"]
    assert Scenario.from_dict(data).chosen() == ["c"]
    assert Scenario.from_dict(data).chosen(["b", "a", "b"]) == ["b", "a"]
    with pytest.raises(ScenarioError, match=r"unknown architecture 'aa'.*known: a, b, c"):
        Scenario.from_dict(data).chosen(["aa"])


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["z"], "unknown architecture 'z'"),
        ([], "at least one"),
        (["a", "a"], "each once"),
    ],
)
def test_default_architectures_must_exist(
    data: dict[str, Any], names: list[str], text: str
) -> None:
    data["default_architectures"] = names
    with pytest.raises(ScenarioError, match=f"default_architectures = .*{text}"):
        Scenario.from_dict(data)


def test_an_absent_table_is_absent_unless_its_spec_wants_to_be_present(
    data: dict[str, Any],
) -> None:
    tables = Scenario.from_dict(data).architectures["a"].tables
    assert list(tables) == ["cooling", "diesel", "storage"]
    assert tables["cooling"].autonomy_s == 60.0  # type: ignore[attr-defined]
    data["architectures"]["a"]["cooling"] = {"autonomy_s": 5}
    tables = Scenario.from_dict(data).architectures["a"].tables
    assert tables["cooling"].autonomy_s == 5.0  # type: ignore[attr-defined]


def test_an_empty_table_takes_its_defaults(data: dict[str, Any]) -> None:
    data["diesel"] = {}
    assert Scenario.from_dict(data).architectures["a"].tables["diesel"] == Diesel()


def test_the_order_of_tables_does_not_depend_on_the_file(data: dict[str, Any]) -> None:
    backwards = dict(reversed(data.items()))
    backwards["architectures"] = {
        name: dict(reversed(body.items())) for name, body in data["architectures"].items()
    }
    there = Scenario.from_dict(data).architectures["a"].tables
    back = Scenario.from_dict(backwards).architectures["a"].tables
    assert list(there) == list(back)


def test_a_scenario_cannot_be_changed(demo: Load) -> None:
    scenario = demo()
    with pytest.raises(ValidationError, match="frozen"):
        scenario.name = "x"
    with pytest.raises(TypeError, match="cannot be changed"):
        del scenario.architectures["distributed"]
    with pytest.raises(TypeError, match="cannot be changed"):
        scenario.architectures["centralized"].tables["storage"] = Diesel()


def test_workers_get_the_same_scenario(demo: Load) -> None:
    scenario = demo()
    twin = pickle.loads(pickle.dumps(scenario))
    assert twin == scenario
    assert twin.digest == scenario.digest
    assert twin.origin == scenario.origin
    with pytest.raises(TypeError, match="cannot be changed"):
        twin.architectures.clear()


def test_scenarios_can_be_built_in_python() -> None:
    base = {
        "name": "py",
        "grid": {"sags": {"kind": "ecdf"}, "outages": {}, "contracted_kw": 1.0},
        "load": Jobs(),
        "tariff": {"kind": "tou", "periods": [{"name": "a", "usd_per_kwh": 1}]},
        "architectures": {"a": Architecture(compartments=1, tables={"diesel": Diesel()})},
    }
    scenario = Scenario.model_validate(base)
    assert scenario.default_architectures == ["a"]
    assert Scenario.from_dict(scenario.to_dict()).digest == scenario.digest


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"name = \n", r"odd.toml: is no valid TOML: .*line 1"),
        (b"a = 1\nb = 2\nc ==\n", r"odd.toml: is no valid TOML: .*line 3"),
        (b"a = 1\na = 2\n", r"odd.toml: is no valid TOML: .*line 2"),
        (bytes(range(256)), r"odd.toml: is no text"),
        (b"\x00\x01\x02", r"odd.toml: is no valid TOML"),
        (b"a = " + b"[" * 20_000, r"odd.toml: is no valid"),
        (b"", r"odd.toml: name is missing"),
    ],
)
def test_what_is_no_scenario_is_refused(tmp_path: Path, content: bytes, text: str) -> None:
    file = tmp_path / "odd.toml"
    file.write_bytes(content)
    with pytest.raises(ScenarioError, match=text):
        Scenario.load(file)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"none.toml: no such file"):
        Scenario.load(tmp_path / "none.toml")
    with pytest.raises(ScenarioError, match="is a folder"):
        Scenario.load(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        Scenario.load("a\0b.toml")


def test_a_byte_order_mark_and_windows_lines_are_harmless(demo: Load, tmp_path: Path) -> None:
    file = tmp_path / "win.toml"
    file.write_bytes(b"\xef\xbb\xbf" + TOML.replace("\n", "\r\n").encode())
    assert Scenario.load(file).digest == demo().digest


def test_shipped_scenarios_are_found_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "demo.toml").write_text(TOML)
    (tmp_path / "sea-8000.toml").write_text('description = "Weak grid"\n')
    monkeypatch.setattr(library, "folder", lambda: tmp_path)
    assert Scenario.load("demo").name == "demo"
    assert shipped() == [("sea-8000", "Weak grid"), ("demo", "")]
    with pytest.raises(ScenarioError, match=r"demoo: .*did you mean 'demo'.*shipped: demo, sea"):
        Scenario.load("demoo")


def test_a_name_means_the_shipped_scenario_and_a_path_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "demo.toml").write_text(TOML)
    monkeypatch.setattr(library, "folder", lambda: tmp_path)
    here = tmp_path / "elsewhere"
    here.mkdir()
    (here / "demo").write_text(TOML.replace('"demo"', '"mine"'))
    monkeypatch.chdir(here)
    assert Scenario.load("demo").name == "demo"
    assert Scenario.load("./demo").name == "mine"
    assert Scenario.load(Path("demo")).name == "mine"


def test_the_users_modules_are_imported_first(
    data: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_parts_for_test.py").write_text(
        "from twin.quantity import Spec\n"
        "from twin.registry import register\n"
        "@register('storage', 'flywheel')\n"
        "class Flywheel(Spec):\n"
        "    spin_kwh: float = 1.0\n"
    )
    text = TOML.replace("[grid]", 'modules = ["my_parts_for_test"]\n[grid]', 1).replace(
        '{ kind = "ups", energy_kwh = 200, modules = 6 }', '{ kind = "flywheel", spin_kwh = 2 }'
    )
    (tmp_path / "mine.toml").write_text(text)
    monkeypatch.setattr(sys, "path", list(sys.path))  # the file's folder is added
    scenario = Scenario.load(tmp_path / "mine.toml")
    assert scenario.architectures["centralized"].tables["storage"].spin_kwh == 2.0
    data["modules"] = ["no_such_module_xyz"]
    with pytest.raises(ScenarioError, match="modules: cannot import 'no_such_module_xyz'"):
        Scenario.from_dict(data)


def test_a_broken_user_module_is_the_users_error(
    data: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_parts_for_test.py").write_text("x = 1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    data["modules"] = ["broken_parts_for_test"]
    with pytest.raises(ScenarioError, match="importing 'broken_parts_for_test' failed: Zero"):
        Scenario.from_dict(data)


def test_loading_imports_nothing_heavy() -> None:
    code = (
        "import sys; from twin import registry; registry._loaded = True; import twin.scenario;"
        "print([m for m in ('pandas','pvlib','scipy','matplotlib','numba') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
