"""What the tests of sweeps and searches share: a made-up plant whose answers are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import made_up
import pytest

from twin.scenario import Scenario


@pytest.fixture(scope="session")
def tiny() -> Scenario:
    whole: Scenario = Scenario.load("tiny")
    body = whole.to_dict()
    designs = {name: body["architectures"][name] for name in whole.default_architectures}
    return Scenario.from_dict(body | {"architectures": designs, "split": []})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[made_up.Asked]]:
    """Put the made-up plant in place; return what it has been asked for."""
    made_up.ASKED.clear()
    monkeypatch.setattr("twin.plant.replicate", made_up.replicate)
    monkeypatch.setattr("twin.plant.warm_up", lambda _: None)
    yield made_up.ASKED
    made_up.ASKED.clear()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"
