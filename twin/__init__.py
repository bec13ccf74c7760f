"""Ridethrough: a discrete-event digital twin of how an AI training cluster rides through bad power.

What the command line does is three lines of Python::

    from twin import Scenario, run, trace
    results = run(Scenario.load("tiny"), n=100)
    episode = trace(Scenario.load("tiny"), replication=3)
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.cli.exploring import size, sweep, tornado
    from twin.cli.session import run, trace
    from twin.plant.design import check
    from twin.results import Results
    from twin.scenario import Scenario

__version__ = "0.1.0"
__all__ = [
    "Results", "Scenario", "__version__", "check", "run", "size", "sweep", "tornado", "trace",
]  # fmt: skip

SIBLINGS = ("components", "profiles", "experiments")
# imported on first use: `ridethrough --version` must not wait for pydantic
_LAZY = {
    "Results": "twin.results",
    "Scenario": "twin.scenario",
    "check": "twin.plant.design",
    "run": "twin.cli.session",
    "size": "twin.cli.exploring",
    "sweep": "twin.cli.exploring",
    "tornado": "twin.cli.exploring",
    "trace": "twin.cli.session",
}


def _check_siblings() -> None:
    """Refuse to work with packages of the same (generic) names that are not ours."""
    home = Path(__file__).resolve().parent.parent
    for name in SIBLINGS:
        places = _places(name)
        if not places:
            raise ImportError(
                f"Ridethrough's package '{name}' is missing from {home}; install ridethrough again"
            )
        if home / name not in places:
            raise ImportError(
                f"Ridethrough's package '{name}' is shadowed by {places[0]}: rename or move that, "
                f"start from another folder, or install ridethrough into a virtual environment of "
                f"its own (expected {home / name})"
            )


def _places(name: str) -> list[Path]:
    """Return the folders (or the file) that a top-level package would be imported from."""
    try:
        spec = importlib.util.find_spec(name)
    except ValueError:  # somebody put a bare module of this name into sys.modules
        return [Path(f"<module {name}>")]
    if spec is None:
        return []
    found = list(spec.submodule_search_locations or ()) or [spec.origin or f"<module {name}>"]
    return [Path(place).resolve() for place in found]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'twin' has no attribute '{name}'")
    return getattr(importlib.import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


_check_siblings()
