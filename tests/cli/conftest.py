"""What the tests of the command line share: the fake plant, and a way to call it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cli_parts import Call, Called

from twin import plots
from twin.cli import main

sys.path.append(str(Path(__file__).parent.parent / "montecarlo"))  # the fake plant

import fake_plant


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put the fake plant in place, and work in an empty folder."""
    for name in ("replicate", "trace_replication", "warm_up"):
        monkeypatch.setattr(f"twin.plant.{name}", getattr(fake_plant, name))
    monkeypatch.setattr("twin.plant.Trace", fake_plant.FakeTrace)
    # drawing takes longer than all the rest; tests/report looks at the real figures
    for drawn in (name for name in plots.__all__ if name.endswith("_figure")):
        monkeypatch.setattr(f"twin.plots.{drawn}", lambda *_: plots.figure(1.0, 1.0))
    monkeypatch.setenv("FAKE_LOG", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line as a user would; one worker, so that the fakes are seen.

    Runs are brief, that is without what goes beyond them, unless a test says ``--whole``.
    """

    def run(*words: str) -> Called:
        more = ["--workers", "1"] if words[:1] == ("run",) and "--workers" not in words else []
        if "--whole" in words:
            words = tuple(word for word in words if word != "--whole")
        elif words[:1] == ("run",):
            more.append("--brief")
        arguments = [*words, *more]
        monkeypatch.setattr(sys, "argv", ["ridethrough", *arguments])
        code = main(arguments)
        return Called(code, *capsys.readouterr())

    return run
