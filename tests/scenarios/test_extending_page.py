"""The worked example of docs/extending.md runs, and does what it says."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from twin import registry
from twin.contracts.timeline import ProfileContext
from twin.errors import ScenarioError
from twin.plant.build import build, disturbances
from twin.scenario import Scenario, describe
from twin.scenario.library import folder

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """Write the page's module, and tiny with the page's table, on a perfect grid."""
    (tmp_path / "nuisance_trips.py").write_text(example("python"))
    tiny = (folder() / "tiny.toml").read_text(encoding="utf-8")
    head, table = example("toml").split("\n\n", 1)
    file = tmp_path / "site.toml"
    file.write_text(f"{head}\n{tiny}\n{table}")
    yield file
    sys.modules.pop("nuisance_trips", None)
    registry._kinds.pop(("nuisance_trips", "default"), None)
    sys.path[:] = [p for p in sys.path if p != str(tmp_path)]


def quiet(scenario_file: Path, rate: float) -> Scenario:
    scenario: Scenario = Scenario.load(
        scenario_file,
        [
            'grid.sags={ kind = "none" }',
            'grid.outages={ kind = "none" }',
            "bus.site.fault_per_year=0",
            "bus.block.fault_per_year=0",
            "bus.pod.fault_per_year=0",
            "architectures.centralized.storage.shared_fault_per_year=0",
            f"nuisance_trips.trips_per_year={rate}",
        ],
    )
    return scenario


def trips(scenario: Scenario) -> float:
    ctx = ProfileContext(1, 0, scenario.start_year, scenario.horizon_s)
    plant = build(scenario, "centralized", ctx, disturbances(scenario, ctx))
    plant.run()
    return plant.counters.get("pod_losses", 0.0)


def test_the_example_is_registered_and_described(file: Path) -> None:
    rows = {row.key: row for row in describe(Scenario.load(file))}
    row = rows["nuisance_trips.trips_per_year"]
    assert (row.value, row.unit) == (0.5, "1/yr")


def test_the_example_is_validated(file: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nuisance_trips\.trips_per_year = -1"):
        Scenario.load(file, ["nuisance_trips.trips_per_year=-1"])


def test_the_example_trips_pods(file: Path) -> None:
    """Four pods at 50 a year for a year: 200 within three standard errors."""
    assert trips(quiet(file, 0.0)) == 0.0
    assert trips(quiet(file, 50.0)) == pytest.approx(200.0, abs=3 * 200**0.5)


def test_the_example_keeps_to_the_house_rules() -> None:
    code = example("python")
    assert max(len(line) for line in code.splitlines()) <= 100
    undocumented = [
        node.name
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert undocumented == []
