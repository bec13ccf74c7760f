"""The other commands, and the command line as a whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from cli_parts import Call, simulations

import twin
from experiments.validation import Check
from twin.cli.app import with_worst_metric
from twin.errors import InputError

ROOT = Path(__file__).parent.parent.parent


def test_trace_writes_the_log_twice_the_quantities_and_a_figure(call: Call) -> None:
    done = call("trace", "tiny", "--replication", "2", "--architecture", "distributed",
                "--out", "t")  # fmt: skip
    assert done.code == 0, done.err
    assert "distributed, replication 2, around 2026-01-05 04:00:05" in done.out
    assert "pod-000 to pod-001" in done.out
    events = pd.read_parquet("t/events.parquet")
    assert list(events.columns) == [
        "time_s", "timestamp", "architecture", "source", "event", "detail",
    ]  # fmt: skip
    assert len(events) == 11
    assert "job interrupted: pretrain" in Path("t/events.txt").read_text()
    assert Path("t/trace.png").read_bytes().startswith(b"\x89PNG")
    assert "voltage_pu" in pd.read_parquet("t/series.parquet")


def test_a_run_fits_into_the_folder_of_a_trace_and_the_other_way_round(call: Call) -> None:
    call("trace", "tiny", "--out", "t")
    assert call("run", "tiny", "-n", "2", "--out", "t").code == 0
    assert call("trace", "tiny", "--out", "t").code == 0
    assert len(pd.read_parquet("t/replications.parquet")) == 4
    refused = call("trace", "tiny", "--seed", "2", "--out", "t")
    assert refused.code == 2
    assert "holds results of" in refused.err


@pytest.mark.parametrize("around", ["100h", "2026-01-05 04:00", "360000"])
def test_trace_around_a_time(call: Call, around: str) -> None:
    done = call("trace", "tiny", "--around", around, "--out", "t")
    assert "around 2026-01-05 04:00:00" in done.out


def test_the_worst_is_looked_for_in_what_is_finished(call: Call) -> None:
    call("run", "tiny", "-n", "4", "--out", "r", "--quiet")
    done = call("trace", "tiny", "--worst", "--out", "r")
    assert done.code == 0, done.err
    assert simulations() == 4
    rows = pd.read_parquet("r/replications.parquet")
    worst = rows.loc[rows["lost_gpu_hours_per_year"].idxmax()]
    assert f"{worst['architecture']}, replication {worst['replication']}," in done.out


def test_without_a_run_the_worst_is_looked_for_in_a_short_one(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.process_cpu_count", lambda: 1, raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    done = call("trace", "tiny", "--worst", "goodput", "--architecture", "distributed")
    assert done.code == 0
    assert simulations() == 20
    assert "distributed, replication" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--worst", "goodputt_x"], "--worst: unknown metric 'goodputt_x'"),
        (["--worst", "--around", "3h"], "--worst picks replication and time itself"),
        (["--replication", "-1"], "--replication: -1 must not be negative"),
        (["--around", "noon"], "--around: 'noon' is no time"),
        (["--architecture", "x"], "unknown architecture 'x'"),
        (["--architecture", "a,b"], "(repeat the option: --architecture a --architecture b)"),
    ],
)
def test_impossible_traces_end_with_2(call: Call, words: list[str], message: str) -> None:
    call("run", "tiny", "-n", "1", "--out", "r", "--quiet")
    done = call("trace", "tiny", "--out", "r", *words)
    assert done.code == 2
    assert message in done.err
    assert not Path("r/events.parquet").exists()


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        (["--worst"], ["--worst=lost_gpu_hours_per_year"]),
        (["--worst", "tiny"], ["--worst=lost_gpu_hours_per_year", "tiny"]),
        (["--worst", "a.toml"], ["--worst=lost_gpu_hours_per_year", "a.toml"]),
        (["--worst", "--out", "x"], ["--worst=lost_gpu_hours_per_year", "--out", "x"]),
        (["--worst", "tco_npv_usd", "tiny"], ["--worst", "tco_npv_usd", "tiny"]),
        (["--worst", "goodput"], ["--worst", "goodput"]),
        (["--worst=ettr"], ["--worst=ettr"]),
    ],
)
def test_worst_takes_a_metric_or_none(given: list[str], understood: list[str]) -> None:
    assert with_worst_metric(given) == understood


CHECKS = [
    Check("V1/empty", "Garwood 1936", 3.689, 3.6888794, 0.0, passed=True),
    Check("V2/half", "IEEE 493", 1.0, 1.5, 0.1, passed=False),
]


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a quick suite in place; the real one is tested on its own."""

    def run_checks(
        names: list[str],
        progress: Callable[[Check], None] | None = None,
        second_seed: int | None = None,
    ) -> list[Check]:
        assert second_seed is None
        if set(names) - {c.name for c in CHECKS}:
            raise InputError("no check is called so")
        chosen = [c for c in CHECKS if not names or c.name in names]
        for check in chosen if progress else ():
            progress(check)
        return chosen

    monkeypatch.setattr("experiments.validation.run_checks", run_checks)


def test_validate_prints_a_line_each_and_fails_with_one(call: Call, suite: None) -> None:
    done = call("validate")
    assert done.code == 1
    assert done.out.splitlines() == [
        "# Garwood 1936",
        "pass  V1/empty: 3.6889, expected 3.689",
        "# IEEE 493",
        "FAIL  V2/half: 1.5 ± 0.1 (se), expected 1",
        "1 of 2 numbers agree.",
    ]


def test_validate_can_be_narrowed_and_read_by_machines(call: Call, suite: None) -> None:
    done = call("validate", "--only", "V1/empty", "--json")
    assert done.code == 0
    assert json.loads(done.out) == [
        {"name": "V1/empty", "source": "Garwood 1936", "expected": 3.689, "got": 3.6888794,
         "se": 0.0, "passed": True},
    ]  # fmt: skip
    assert call("validate", "--only", "V99").code == 2


def test_scenario_list_starts_with_the_default(call: Call) -> None:
    lines = call("scenario", "list").out.splitlines()
    assert lines[0].startswith("sea-8000")
    assert any(line.startswith("tiny ") for line in lines)


def test_scenario_show_with_and_without_sources(call: Call) -> None:
    plain = call("scenario", "show", "tiny", "--set", "diesel.sets=2")
    assert plain.code == 0
    assert any(line.startswith("diesel.sets = 2") for line in plain.out.splitlines())
    assert "source:" not in plain.out
    told = call("scenario", "show", "tiny", "--sources").out
    sources = [line for line in told.splitlines() if line.startswith("    source:")]
    assumed = [line.startswith("    source: assumed") for line in sources]
    assert assumed == sorted(assumed, reverse=True), "assumed figures must come first"
    assert len(sources) > 50


def test_scenario_check_names_what_is_wrong(call: Call) -> None:
    good = call("scenario", "check", "tiny")
    assert good.code == 0
    assert "is valid; architectures: centralized, distributed" in good.out
    assert "per year, on average: SARFI-90 55" in good.out
    Path("bad.toml").write_text('name = "x"\nhorizon_yeers = 3\n')
    bad = call("scenario", "check", "bad.toml")
    assert bad.code == 2
    assert "horizon_years" in bad.err


def test_scenario_check_warns_and_is_strict_when_asked(call: Call) -> None:
    told = call("scenario", "check", "tiny", "--set", "diesel.sets=1")
    assert told.code == 0
    assert "Warning (diesel-size): " in told.out
    assert "the sets give 800 kW" in told.out
    assert told.out.splitlines()[-1] == f"{told.out.count('Warning (')} warnings"
    strict = call("scenario", "check", "tiny", "--set", "diesel.sets=1", "--strict")
    assert (strict.code, strict.out) == (1, told.out)


def test_scenario_check_finds_a_site_that_cannot_be_laid_out(call: Call) -> None:
    bad = call("scenario", "check", "tiny", "--set", "architectures.centralized.compartments=9")
    assert bad.code == 2
    assert "architectures.centralized.compartments = 9: is more than the 4 pods" in bad.err


def test_scenario_schema_is_json(call: Call) -> None:
    assert "$schema" in json.loads(call("scenario", "schema").out)


def test_help_lists_what_exists_and_nothing_else(call: Call) -> None:
    text = call("--help").out
    for command in ("run", "trace", "sweep", "size", "sensitivity", "study", "validate", "fit"):
        assert f" {command} " in text
    for later in ("bill", "verify"):
        assert f" {later} " not in text
        assert call(later).code == 2


def test_version(call: Call) -> None:
    assert call("--version").out == f"ridethrough {twin.__version__}\n"


HEAVY = ("numba", "pandas", "scipy", "matplotlib", "pvlib", "simpy", "numpy")


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["run", "--help"]])
def test_what_needs_no_simulation_imports_none(words: list[str]) -> None:
    code = (
        "import sys\nfrom twin.cli import main\n"
        f"assert main({words!r}) == 0\n"
        f"loaded = [m for m in {HEAVY!r} if m in sys.modules]\n"
        "sys.exit(', '.join(loaded) if loaded else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def python(code: str, cwd: Path, *path: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_a_package_that_shadows_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "__init__.py").write_text("")
    done = python("import twin", tmp_path, ROOT)
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert said.startswith("ImportError: Ridethrough's package 'components' is shadowed by")
    assert str(tmp_path / "components") in said
    assert "virtual environment" in said


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "twin").symlink_to(ROOT / "twin")
    code = "import twin, sys; twin._places = lambda n: []; twin._check_siblings()"
    done = python(code, tmp_path, ROOT)
    assert "package 'components' is missing" in done.stderr


def test_python_names_are_found_on_first_use() -> None:
    assert set(dir(twin)) >= {"Scenario", "run", "trace"}
    assert callable(twin.trace)
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        twin.walk  # noqa: B018


def test_output_that_nobody_reads_is_no_error(tmp_path: Path) -> None:
    code = "import sys\nfrom twin.cli import main\nsys.exit(main(['scenario', 'schema']))"
    done = subprocess.run(
        f"{sys.executable} -c \"{code}\" | head -c 10", shell=True, cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert len(done.stdout) == 10


def test_scenario_check_finds_what_only_the_parts_know(call: Call) -> None:
    unit = 'redrawn={units=[{unit="storage@pod-09", probability=0.1}]}'
    bad = call("scenario", "check", "tiny", "--set", unit)
    assert bad.code == 2
    assert "architectures.centralized: redrawn.units: there is no unit 'storage@pod-09'" in bad.err


def test_a_unit_is_redrawn_once(call: Call) -> None:
    unit = '{unit="storage@pod-000", probability=0.1}'
    bad = call("scenario", "check", "tiny", "--set", f"redrawn.units=[{unit}, {unit}]")
    assert bad.code == 2
    assert "'storage@pod-000' is listed twice" in bad.err


def test_help_of_fitting_names_the_tables(call: Call) -> None:
    told = call("fit", "--help").out
    assert all(table in told for table in ("grid.sags", "grid.outages", "diesel to"))
