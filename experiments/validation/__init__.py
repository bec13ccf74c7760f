"""Validation: numbers from outside that the product must reproduce, computed by the product.

A check is chosen by its path or by any part of it from the front: ``"V1"``,
``"V1/with-battery/start-1"`` or a single number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from experiments.validation.adequacy import V5, V6
from experiments.validation.backup import V1, V2, V3
from experiments.validation.checkpoints import V9
from experiments.validation.luck import another_seed
from experiments.validation.money import V16, V18
from experiments.validation.percolation import PERCOLATION
from experiments.validation.power_path import POWER_PATH
from experiments.validation.ride_through import V7
from experiments.validation.sag_phases import PHASES
from experiments.validation.sag_shares import UNIPEDE, V8
from experiments.validation.standby import LATENT, STANDBY
from experiments.validation.suite import Check, Suite, z_limit
from experiments.validation.two_state import V4
from experiments.validation.ups_blocks import UPS
from twin.errors import InputError, nearest

__all__ = ["CHECKS", "Check", "run_checks"]

SUITES = (
    V1, V2, V3, V4, V5, V6, V7, V8, V9, V16, V18, UNIPEDE, PHASES, POWER_PATH, UPS, STANDBY,
    LATENT, PERCOLATION,
)  # fmt: skip
CHECKS: dict[str, Suite] = {suite.name: suite for suite in SUITES}
"""All checks by name."""


def run_checks(
    names: Sequence[str] = (),
    progress: Callable[[Check], None] | None = None,
    *,
    suites: Mapping[str, Suite] | None = None,
    second_seed: int | None = None,
) -> list[Check]:
    """Run the checks of the given names (none: all of them).

    Parameters
    ----------
    names
        Checks, groups or single numbers, by path.
    progress
        Told each number as soon as it has been compared.
    suites
        Other suites than the shipped ones.
    second_seed
        If given, sampled numbers are measured with it too; that is told and decides nothing.

    Raises
    ------
    InputError
        If a name is unknown.
    """
    known = CHECKS if suites is None else suites
    chosen = _choose(names, known)
    limit = z_limit(sum(len(suite.sampled) for suite in known.values()))
    checks = []
    for suite in known.values():
        for number in suite.expected:
            if number in chosen:
                check = suite.check(number, limit)
                if second_seed is not None and check.sampled:
                    with another_seed(second_seed):
                        check = check.repeated(suite.measure(number))
                checks.append(check)
                if progress is not None:
                    progress(check)
    return checks


def _choose(names: Sequence[str], suites: Mapping[str, Suite]) -> set[str]:
    numbers = [number for suite in suites.values() for number in suite.expected]
    if not names:
        return set(numbers)
    chosen: set[str] = set()
    for name in names:
        found = [n for n in numbers if n == name or n.startswith(f"{name}/")]
        if not found:
            raise InputError(
                f"no check is called '{name}'{nearest(name, _paths(numbers))}; "
                f"known: {', '.join(suites)}"
            )
        chosen.update(found)
    return chosen


def _paths(numbers: Sequence[str]) -> list[str]:
    """Return every name that selects something, short ones first."""
    paths = {
        "/".join(n.split("/")[:depth]) for n in numbers for depth in range(1, n.count("/") + 2)
    }
    return sorted(paths, key=lambda p: (p.count("/"), p))
