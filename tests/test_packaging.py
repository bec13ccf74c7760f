"""The four packages stand together, are typed, and say so when something shadows them.

This file also runs from another folder against the installed wheel.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

import twin
from twin.scenario import Scenario, shipped

HOME = Path(twin.__file__).resolve().parents[1]
PACKAGES = ("twin", "components", "profiles", "experiments")


def python(code: str, *path: Path, flags: tuple[str, ...] = ("-I",)) -> tuple[int, str]:
    """Run code in a fresh interpreter; return its exit code and what it printed."""
    start = f"import sys; sys.path[:0] = {[str(p) for p in path]!r}\n"
    done = subprocess.run(
        [sys.executable, *flags, "-c", start + code],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_typed(package: str) -> None:
    assert (HOME / package / "py.typed").is_file()


def test_scenarios_are_shipped_inside_the_package() -> None:
    assert [name for name, _ in shipped()] == [
        "sea-8000", "off-grid", "telecom-site", "tiny", "wanka-10000",
    ]  # fmt: skip
    assert Scenario.load("tiny").source == HOME / "experiments" / "scenarios" / "tiny.toml"


def test_the_installed_version_is_that_of_the_code() -> None:
    try:
        installed = distribution("ridethrough")
    except PackageNotFoundError:
        pytest.skip("not installed")
    assert installed.version == twin.__version__
    commands = installed.entry_points.select(group="console_scripts", name="ridethrough")
    assert [c.value for c in commands] == ["twin.cli:main"]


@pytest.mark.parametrize("package", PACKAGES[1:])
def test_a_shadowed_package_is_named(package: str, tmp_path: Path) -> None:
    (tmp_path / f"{package}.py").write_text("")
    code, text = python("import twin", tmp_path, HOME)
    assert code == 1
    assert "ImportError" in text
    assert f"'{package}' is shadowed by {tmp_path.resolve() / package}.py" in text
    assert "virtual environment" in text


def test_a_shadowing_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "__init__.py").write_text("")
    code, text = python("import twin", tmp_path, HOME)
    assert code == 1
    assert f"'profiles' is shadowed by {tmp_path.resolve() / 'profiles'}" in text


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "__init__.py").write_text(Path(twin.__file__).read_text(encoding="utf-8"))
    code, text = python("import twin", tmp_path, flags=("-I", "-S"))  # no installed packages
    assert code == 1
    assert "'components' is missing" in text


def test_nothing_shadows_an_honest_start() -> None:
    code, text = python("import twin; print(twin.__version__)", HOME)
    assert (code, text.strip()) == (0, twin.__version__)


def test_importing_twin_is_quick() -> None:
    """The heavy libraries load where they are used: they cost seconds."""
    slow = ("pandas", "pvlib", "scipy", "matplotlib", "numba", "pydantic")
    code, text = python(f"import twin; print([m for m in {slow} if m in sys.modules])", HOME)
    assert (code, text.strip()) == (0, "[]")
