"""Sites without a utility, and a slow reckoning of one: storage, sun and one diesel set on one bus."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.plant.small_plants import NO_FAULTS, SURE_DIESEL, SURE_STORE, Table, run
from twin.contracts.calendar import HOUR_S, YEAR_S
from twin.plant.exogenous import Exogenous
from twin.plant.machine import Plant
from twin.scenario import Scenario

HOURS = 240.0
STORE: Table = SURE_STORE | {
    "level": "site", "coupling": "rack_dc", "energy_kwh": 100.0, "power_kw": 50.0, "reserve": 0.0,
    "ageing": "none",
}  # fmt: skip
"""A lossy battery on the site bus that never fails; usable from 10 to 95 %."""
CYCLING: Table = SURE_DIESEL | {
    "sets": 1, "set_kw": 40.0, "start": "low_charge", "recharge": True, "start_below": 0.3,
    "stop_above": 0.8, "tank_h": 1e4,
}  # fmt: skip
PROMPT: Table = {
    "confirm_s": 0.0, "start_median_s": 0.0, "load_steps": [1.0], "load_step_s": 0.0,
}  # fmt: skip
"""Carries its rating the moment it is called: closed forms hold."""


def off_grid(hours: float = HOURS, pods: int = 2, pod_kw: float = 10.0, **plant: Any) -> Scenario:
    """Return an off-grid site: constant load, cooled by fans on the pods' own buses, no losses."""
    body: Table = {
        "name": "off-grid",
        "horizon_years": hours * HOUR_S / YEAR_S,
        "grid": {"connected": False},
        "load": {"kind": "constant", "pods": pods, "pod_kw": pod_kw},
        "tariff": {"kind": "none"},
        "bus": NO_FAULTS,
        "policy": {"kind": "ladder"},
        "cooling": {"per_it_kw": 0.0, "pump_per_it_kw": 0.0},
        "chain": {"stages": []},
        "psu": {"constant_pu": 0.0, "linear_pu": 0.0, "square_pu": 0.0},
        "architectures": {"case": {"compartments": pods}},
    }
    return Scenario.from_dict(body | copy.deepcopy(plant))


def sunny(monkeypatch: pytest.MonkeyPatch, shape: np.ndarray) -> None:
    """Let PV yield a given hourly profile, W per W, repeated over the year."""
    hourly = np.resize(shape, 8760).astype(float)
    monkeypatch.setattr(Exogenous, "pv", lambda self, year, spec: hourly.copy())


def run_sunny(
    monkeypatch: pytest.MonkeyPatch, scenario: Scenario, shape: np.ndarray
) -> Plant:
    """Run a site under scripted sun; its books are closed."""
    sunny(monkeypatch, shape)
    return run(scenario, [])


@dataclass
class Reckoned:
    """What the slow reckoning found."""

    litres: float = 0.0
    starts: int = 0
    dark_s: float = 0.0
    blackouts: int = 0
    curtailed_kwh: float = 0.0
    pv_kwh: float = 0.0


def reckon(
    load_kw: float, sun_kw: np.ndarray, hours: float, *, set_kw: float = 0.0, start: float = 0.3,
    stop: float = 0.8, restart: float = 0.02, delay_s: float = 60.0, step_s: float = 2.0,
) -> Reckoned:  # fmt: skip
    """Step one battery, the sun and one prompt diesel set through time, all on one bus.

    The battery is `STORE`, its losses are those of the defaults; `sun_kw` is hourly and repeats.
    """
    kwh, kw, low, high = 100.0, 50.0, 0.10, 0.95
    most = (high - low) * kwh
    self_kw, standby_kw = 0.01 * kwh / 730.0, 0.0066 * kw + 1e-3 * kwh
    stored, running, live, dark_until = most, False, True, -1.0
    out = Reckoned()
    full = True
    for n in range(round(hours * 3600.0 / step_s)):
        t = n * step_s
        sun = float(sun_kw[int(t // 3600.0) % len(sun_kw)])
        if set_kw and not running and stored <= (start - low) * kwh:
            running, out.starts = True, out.starts + 1
        elif running and stored >= (stop - low) * kwh:
            running = False
        if live and not running and stored <= 0.0:
            live, out.blackouts = False, out.blackouts + 1
        elif not live and (running or stored >= restart * most):
            live, dark_until = True, t + delay_s
        served = live and t >= dark_until
        need = (load_kw if served else 0.0) + (standby_kw if running else 0.0)
        out.dark_s += 0.0 if served else step_s
        full = (full and stored > 0.98 * most) or stored >= most
        surplus = sun + (set_kw if running else 0.0) - need
        charge = discharge = 0.0
        if surplus > 0.0:
            charge = 0.0 if full else min(surplus, kw)
            worth = charge - loss_kw(charge, kw, 0.007701864, 0.0253, 0.017290859)
            charge = charge if worth > 0.0 else 0.0
        else:
            discharge = -surplus
        cells = 0.0
        if charge > 0.0:
            cells = charge - loss_kw(charge, kw, 0.007701864, 0.0253, 0.017290859)
        elif discharge > 0.0:
            cells = -discharge - loss_kw(discharge, kw, 0.005511580, 0.0257, 0.018772838)
        used = min(sun, need + charge)
        diesel = need + charge - used - discharge
        idle = 0.0 if running or not live else standby_kw
        drain = self_kw if stored > 0.0 else 0.0
        stored = min(most, max(0.0, stored + (cells - idle - drain) * step_s / 3600.0))
        out.pv_kwh += used * step_s / 3600.0
        out.curtailed_kwh += (sun - used) * step_s / 3600.0
        if running:
            out.litres += (0.015 * set_kw + 0.2488 * diesel) * step_s / 3600.0
    return out


def loss_kw(power: float, rated: float, a: float, b: float, c: float) -> float:
    """Return the conversion loss at a power, kW."""
    return a * rated + b * power + c * power * power / rated
