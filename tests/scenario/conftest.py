"""These tests see test-only parts alone, so that they stand whatever parts the product has."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from scenario_parts import DATA, PARTS, TOML, Load

from twin import registry
from twin.scenario import Scenario


@pytest.fixture
def real_parts() -> None:
    """Ask for the product's own parts."""


@pytest.fixture(autouse=True)
def _parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace every registered part by the test's own."""
    if "real_parts" in request.fixturenames:
        return
    found = {(t, k): registry.Kind(t, k, spec, world) for t, k, world, spec in PARTS}
    monkeypatch.setattr(registry, "_kinds", found)
    monkeypatch.setattr(registry, "_loaded", True)


@pytest.fixture
def demo(tmp_path: Path) -> Load:
    """Load the demo file, with ``--set`` changes."""

    def load(*sets: str, text: str = TOML) -> Scenario:
        file = tmp_path / "demo.toml"
        file.write_text(text)
        scenario: Scenario = Scenario.load(file, sets)
        return scenario

    return load


@pytest.fixture
def data() -> dict[str, Any]:
    """Return a small valid scenario as a dict that the test may change."""
    return copy.deepcopy(DATA)
