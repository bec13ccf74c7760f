"""House rules as tests: what reviewers would otherwise have to remind each other of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic.fields import FieldInfo

from twin import registry
from twin.contracts.world import Economics, Grid, Site
from twin.quantity import Spec
from twin.scenario import Scenario
from twin.scenario.model import Architecture

ROOT = Path(__file__).parents[1]
PACKAGES = ("twin", "components", "profiles", "experiments")
SOURCES = sorted(f for p in PACKAGES for f in (ROOT / p).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MAX_LINES = 400
GLOBAL_RNG = re.compile(
    r"np\.random\.(?!default_rng\b|Generator\b|SeedSequence\b|PCG64\b|Philox\b|BitGenerator\b)\w+"
    r"|^\s*(import random\b|from random import)",
    re.MULTILINE,
)
# read, but not as an attribute of this name
READ_OTHERWISE = {
    "description": "shown by `scenario list`",
    "title": "shown in tables",
    "modules": "read from the file's text before the models exist",
    "part": "read from the manifest, where results know the scenario from",
}
LEVELS_OF = {"BusSpec": {"site", "block", "pod"}}  # read by getattr(self, level)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the names of plain function calls with their lines."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node.lineno


def imports(path: Path) -> set[str]:
    """Return the top-level names of all imported modules, those for type checkers left out."""
    found: set[str] = set()
    unseen = {
        id(below)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for below in ast.walk(node)
    }
    for node in ast.walk(tree_of(path)):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=name_of)
def test_files_are_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MAX_LINES


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_plots_draw(path: Path) -> None:
    if not name_of(path).startswith("twin/plots"):
        assert "matplotlib" not in imports(path)


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=name_of)
def test_nothing_is_left_to_do(path: Path) -> None:
    marks = "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3])
    assert re.findall(rf"\b({marks})\b", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_command_line_prints(path: Path) -> None:
    if not name_of(path).startswith("twin/cli"):
        assert [line for name, line in calls(path) if name == "print"] == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_randomness_is_named(path: Path) -> None:
    assert [m.group() for m in GLOBAL_RNG.finditer(path.read_text(encoding="utf-8"))] == []
    if name_of(path) != "twin/streams.py":  # the only place that makes generators
        assert "default_rng(" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_built_in_hash(path: Path) -> None:
    """Its value differs from process to process."""
    assert [line for name, line in calls(path) if name == "hash"] == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_numba_has_one_door(path: Path) -> None:
    if name_of(path) != "twin/jit.py":
        assert "numba" not in imports(path)


# ---- parameters ----------------------------------------------------------------------------------


def specs() -> list[type[Spec]]:
    """Return every kind of parameters a scenario may hold, nested ones included."""
    found: dict[type[Spec], None] = {}
    todo: list[type[Spec]] = [Scenario, Architecture, Site, Grid, Economics]
    todo += [k.spec for k in registry.kinds() if k.spec.__module__.split(".")[0] in PACKAGES]
    while todo:
        spec = todo.pop()
        if spec not in found:
            found[spec] = None
            for info in spec.model_fields.values():
                todo += _inside(info.annotation)
    return sorted(found, key=lambda s: (s.__module__, s.__name__))


def _inside(annotation: Any) -> list[type[Spec]]:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return [annotation] if annotation is not Spec else []
    return [spec for part in get_args(annotation) for spec in _inside(part)]


SPECS = specs()


def fields(spec: type[Spec]) -> list[tuple[str, FieldInfo]]:
    return list(spec.model_fields.items())


@cache
def names_read() -> dict[str, int]:
    """Count how often each name is read as an attribute, or by getattr, in the sources."""
    counts: dict[str, int] = {}
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            name = None
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                name = node.attr
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
                name = getattr(node.args[1], "value", None)
            if isinstance(name, str):
                counts[name] = counts.get(name, 0) + 1
    return counts


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: f"{s.__module__}.{s.__name__}")
def test_every_parameter_is_used(spec: type[Spec]) -> None:
    """A parameter that is accepted and never used is a bug."""
    unread = {name for name, _ in fields(spec) if name not in names_read()}
    assert unread <= READ_OTHERWISE.keys() | LEVELS_OF.get(spec.__name__, set())


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: f"{s.__module__}.{s.__name__}")
def test_every_parameter_says_what_it_is(spec: type[Spec]) -> None:
    """Unit, meaning, source and confidence, and a unit in the key of what has one."""
    for name, info in fields(spec):
        extra = info.json_schema_extra
        assert isinstance(extra, dict), f"{name}: declare it with quantity()"
        assert {"unit", "source", "confidence"} <= set(extra), name
        assert info.description, name
        assert not str(info.description).endswith("."), f"{name}: no full stop after the meaning"
        assert extra["source"], name
        assert extra["confidence"] in {"A", "A-", "B", "C", "D"}, name


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: f"{s.__module__}.{s.__name__}")
def test_assumptions_are_not_called_read(spec: type[Spec]) -> None:
    """Confidence A needs a source; what was assumed or cited from memory cannot carry it."""
    for name, info in fields(spec):
        extra = info.json_schema_extra
        assert isinstance(extra, dict)
        weak = str(extra["source"]).startswith("assumed") or "from memory" in str(extra["source"])
        assert not (weak and str(extra["confidence"]).startswith("A")), name


UNIT_ENDINGS = {
    "kW": ("_kw",),
    "kWh": ("_kwh",),
    "s": ("_s",),
    "h": ("_h",),
    "min": ("_min",),
    "yr": ("_years",),
    "d": ("_days", "days"),
    "deg": ("_deg",),
    "degC": ("_c",),
    "pu": ("_pu",),
    "USD": ("_usd",),
    "1/yr": ("_per_year",),
}


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: f"{s.__module__}.{s.__name__}")
def test_keys_carry_their_unit(spec: type[Spec]) -> None:
    wrong = []
    for name, info in fields(spec):
        extra = info.json_schema_extra
        endings = UNIT_ENDINGS.get(str(extra["unit"])) if isinstance(extra, dict) else None
        if endings and not name.endswith(endings) and name != "discount_rate_real":
            wrong.append(f"{name} in {endings[0]}")
    assert wrong == []
