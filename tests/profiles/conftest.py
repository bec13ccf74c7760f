from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from twin.contracts.calendar import YEAR_S
from twin.contracts.timeline import ProfileContext

MakeContext = Callable[..., ProfileContext]


@pytest.fixture
def context() -> MakeContext:
    def make(
        replication: int = 0, years: float = 10.0, seed: int = 1, start_year: int = 2025
    ) -> ProfileContext:
        return ProfileContext(seed, replication, start_year, years * YEAR_S)

    return make


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(text: str | bytes, name: str = "log.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return make
