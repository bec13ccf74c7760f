"""Errors that a user can act on.

Every error of the product derives from `TwinError`. Messages name the place (file, key), what stands
there, and what could stand there instead. The constructors take positional arguments only, because
SimPy re-raises a failing process as ``type(error)(*error.args)``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class TwinError(Exception):
    """Base of all errors that Ridethrough raises on purpose."""

    exit_code = 1


class InputError(TwinError):
    """The user's input is wrong; nothing was simulated (exit code 2)."""

    exit_code = 2


class ScenarioError(InputError):
    """A scenario key is unknown, missing, of the wrong type or out of range."""


class DataError(InputError):
    """A data file is missing, unreadable, or breaks its format."""


class OutputError(InputError):
    """The output folder cannot be written or holds another scenario's results."""


class SimulationError(TwinError):
    """The model reached a state that must not exist (a mistake, not an outage)."""


class BalanceError(SimulationError):
    """Energy does not add up beyond rounding."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``" (did you mean 'x'?)"`` for the closest known word, or an empty string."""
    match = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean '{match[0]}'?)" if match else ""


def one_by_one(word: str, known: Iterable[str], option: str) -> str:
    """Return how to repeat an option that was given a list, or a hint at the closest known word."""
    names = [name.strip() for name in word.split(",")]
    if len(names) > 1 and all(names):
        return f" (repeat the option: {' '.join(f'{option} {name}' for name in names)})"
    return nearest(word, known)
