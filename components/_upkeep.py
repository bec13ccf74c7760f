"""Tests and planned maintenance of storage units: when they are due, and when they may begin."""

from __future__ import annotations

import math
from typing import Any

from twin.contracts.calendar import HOUR_S, YEAR_S
from twin.contracts.parts import NEVER, PlantView
from twin.contracts.timeline import NORMAL_PU
from twin.streams import Luck

POSTPONED_S = 24.0 * HOUR_S
"""Maintenance that cannot begin is tried again at the same hour of the next day."""


def calm(plant: PlantView) -> bool:
    """Return whether nothing is wrong with the supply of the site bus."""
    utility = plant.device("utility").state
    if not plant.grid.connected:
        return bool(utility.source != "none")
    return bool(utility.source == "grid" and utility.voltage_pu >= NORMAL_PU)


def first_test_s(luck: Luck, name: str, time_s: float, every_s: float) -> float:
    """Return the time of the first test of a unit after a time, s; its phase is the unit's own."""
    if time_s == NEVER:
        return NEVER
    phase_s = luck.uniform(name, "test") * every_s
    return float(phase_s + every_s * math.ceil((time_s - phase_s) / every_s))


def first_service_s(luck: Luck, name: str, per_year: float) -> float:
    """Return the time of the first maintenance of a unit, at a phase of its own, s."""
    return luck.uniform(name, "maintenance") * (YEAR_S / per_year) if per_year > 0.0 else NEVER


def serve(state: Any, spec: Any, now_s: float, *, quiet: bool) -> str:
    """Begin or end maintenance that is due; it begins only while nothing is wrong (`quiet`).

    Parameters
    ----------
    state
        Has ``in_service`` and ``service_s``, which are set.
    spec
        Has ``maintenance_per_year`` and ``maintenance_h``.

    Returns
    -------
    str
        ``"begins"``, ``"ends"``, or nothing if it is put off.
    """
    if state.in_service:
        state.in_service = False
        rest_s = YEAR_S / spec.maintenance_per_year - spec.maintenance_h * HOUR_S
        state.service_s = now_s + max(0.0, rest_s)
        return "ends"
    if quiet:
        state.in_service = True
        state.service_s = now_s + spec.maintenance_h * HOUR_S
        return "begins"
    state.service_s = now_s + POSTPONED_S
    return ""
