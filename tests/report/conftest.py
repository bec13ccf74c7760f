"""What the tests of reports share: a small run on the fake plant."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from twin.cli import session
from twin.montecarlo import manifest
from twin.results import Record, Results, Tables
from twin.scenario import Scenario

sys.path.append(str(Path(__file__).parent.parent / "montecarlo"))  # the fake plant

import fake_plant


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return session.load("tiny", ["description=\"<script>alert('x')</script>\""])


@pytest.fixture(scope="session")
def results(scenario: Scenario) -> Results:
    names = scenario.chosen()
    made = [
        Record.of(k, fake_plant.outcome(1, k, name, scenario.horizon_years))
        for k in range(12)
        for name in names
    ]
    wanted = manifest(scenario, 1, ("ridethrough", "run", "<tiny>"))
    return Results.of(wanted.asking(range(12), names), Tables.of(made))


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.plant.trace_replication", fake_plant.trace_replication)
