"""Diesel sets on standby: starts, common causes, latent faults, and hazards that fall.

Enumerated exactly through the product's own draws, but for the latent faults over several tests,
which are sampled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from experiments.validation.backup import k_of_n
from experiments.validation.plants import (
    PROMPT_DIESEL,
    Table,
    bridging_store,
    outage,
    scenario,
    served,
    simulate,
)
from experiments.validation.suite import Measured, Suite
from twin.contracts.calendar import DAY_S, HOUR_S
from twin.enumeration import Forced, at_both_edges
from twin.streams import Cause

SET_KW = 500.0
SHORT_H = 0.1
"""Outages that only ask for starts."""
SURE_RUN: Table = PROMPT_DIESEL | {
    "hazard": "piecewise",
    "hazard_until_h": [],
    "hazard_per_h": [0.0],
}
"""Prompt sets that never fail while running."""
KEPT: Table = {k: v for k, v in SURE_RUN.items() if k not in ("availability", "failure_to_start")}
"""The same, but how they start follows from their quality."""

Cuts = Mapping[tuple[str, str], list[float]]
"""Cuts of the draws by who (``"diesel"`` for the plant, ``"set"`` for each set) and what."""


def lasts(diesel: Table, needed: int, cuts: Cuts, hours: float, start_s: float = 0.0) -> Measured:
    """Return the probability that so many sets carry the site through an outage.

    Parameters
    ----------
    diesel
        The table ``diesel``.
    needed
        Sets that the load needs.
    cuts
        Where draws change the outcome; those not named have one stratum.
    hours, start_s
        The outage; the simulation ends with it.
    """
    load_kw = needed * SET_KW
    case = scenario(
        "standby", {"kind": "constant", "pod_kw": load_kw}, start_s + hours * HOUR_S,
        outage(start_s, 2.0 * hours * HOUR_S),
        {"storage": bridging_store(load_kw), "diesel": diesel | {"set_kw": SET_KW}},
    )  # fmt: skip
    sets = int(diesel["sets"])
    alike = tuple(f"diesel-{n + 1}" for n in range(sets)) if sets > 1 else ()

    def strata(cause: Cause) -> list[float]:
        who = "diesel" if cause[0] == "diesel" else "set"
        return cuts.get((who, str(cause[1])), [])

    def carried(forced: Forced) -> bool:
        return served(simulate(case, forced))

    return Measured(*at_both_edges(carried, strata, float, alike=alike))


# ---- starts ------------------------------------------------------------------------------------

PUBLISHED = {"well-kept": (0.9998, 0.0013), "typical": (0.995, 0.0094)}
"""Availability and failure to start, as published; the product knows them by these words."""
NEEDED, INSTALLED = 12, (12, 13, 14)


def _starts(quality: str, group: str) -> Measured:
    available, fails = PUBLISHED[quality]
    diesel = KEPT | {"quality": quality, "sets": int(group.removeprefix("12-of-"))}
    cuts = {("set", "available"): [available], ("set", "start"): [fails]}
    return lasts(diesel, NEEDED, cuts, SHORT_H)


# ---- common causes -----------------------------------------------------------------------------

FAILS, SHARES = 0.0094, (0.01, 0.05, 0.1)
GROUPS = {"1-of-2": (1, 2), "2-of-3": (2, 3), "5-of-6": (5, 6)}


def beta_factor(needed: int, installed: int, share: float) -> float:
    """Return the probability that enough sets start if a share of the failures hits all."""
    common = share * FAILS
    own = (FAILS - common) / (1.0 - common)
    return (1.0 - common) * k_of_n(needed, installed, 1.0 - own)


def _common(share: str, group: str) -> Measured:
    needed, installed = GROUPS[group]
    common = float(share) * FAILS
    diesel = SURE_RUN | {
        "sets": installed, "failure_to_start": FAILS, "common_cause": float(share),
    }  # fmt: skip
    own = 1.0 - (1.0 - FAILS) / (1.0 - common)
    return lasts(diesel, needed, {("diesel", "start"): [common], ("set", "start"): [own]}, SHORT_H)


# ---- latent faults -----------------------------------------------------------------------------

FAULTS_PER_YEAR, TEST_DAYS = 3.0, 30.0
EXPOSURE = FAULTS_PER_YEAR * TEST_DAYS / 365.0
"""Latent faults expected between tests."""
NODES = 8
SETS, MOMENTS, TESTS = 200, 20, 3
WATCHED = SURE_RUN | {"latent_faults_per_year": FAULTS_PER_YEAR, "test_interval_days": TEST_DAYS}


def latent(exposure: float) -> float:
    """Return the average unavailability by latent faults that tests find."""
    return 1.0 + math.expm1(-exposure) / exposure


@lru_cache
def _enumerated() -> Measured:
    """Average the probability of a fault over the moments of a call before the first test."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    got = error = 0.0
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        since_days = 0.5 * (1.0 + node) * TEST_DAYS
        cut = -math.expm1(-FAULTS_PER_YEAR * since_days / 365.0)
        one = lasts(
            WATCHED | {"sets": 1}, 1, {("set", "latent"): [cut]}, SHORT_H, since_days * DAY_S
        )
        got += 0.5 * weight * (1.0 - one.got)
        error += 0.5 * weight * one.se
    return Measured(got, error)


def _sampled() -> Measured:
    """Count the sets that a call some time after the third test finds faulty."""
    faulty = 0
    for moment in range(MOMENTS):
        start_s = (TESTS + (moment + 0.5) / MOMENTS) * TEST_DAYS * DAY_S
        case = scenario(
            "latent", {"kind": "constant", "pod_kw": SET_KW}, start_s + 60.0, outage(start_s, 120.0),
            {"storage": bridging_store(SET_KW),
             "diesel": WATCHED | {"sets": SETS, "set_kw": SET_KW, "repair_median_h": 0.0}},
        )  # fmt: skip
        log: list[Any] = simulate(case, replication=moment, tracing=True).log
        faulty += sum(event == "latent fault" for _, _, event, _ in log)
    n = SETS * MOMENTS
    share = faulty / n
    return Measured(share, math.sqrt(share * (1.0 - share) / n), sampled=True)


# ---- running -----------------------------------------------------------------------------------

MEAN_H, SHAPE, RATES = 1100.0, 0.7, (3.7e-3, 1.5e-3)
DURATIONS_H = (0.5, 24.0, 336.0)


def runs(hazard: str, hours: float) -> float:
    """Return the probability that a set runs for so long."""
    if hazard == "weibull":
        return math.exp(-((hours * math.gamma(1.0 + 1.0 / SHAPE) / MEAN_H) ** SHAPE))
    return math.exp(-RATES[0] * min(hours, 1.0) - RATES[1] * max(0.0, hours - 1.0))


def _running(hazard: str, duration: str) -> Measured:
    hours = float(duration.removesuffix("h"))
    diesel = PROMPT_DIESEL | {"sets": 1, "hazard": hazard, "mttf_h": MEAN_H, "hazard_shape": SHAPE,
                              "hazard_per_h": list(RATES), "hazard_until_h": [1.0]}  # fmt: skip
    return lasts(diesel, 1, {("set", "run"): [1.0 - runs(hazard, hours)]}, hours)


# ---- suites ------------------------------------------------------------------------------------


def _measure(name: str) -> Measured:
    _, what, *rest = name.split("/")
    if what == "latent":
        return _enumerated() if rest == ["enumerated"] else _sampled()
    return {"starts": _starts, "common-cause": _common, "runs": _running}[what](*rest)


STANDBY = Suite(
    "STANDBY",
    "binomial, beta factor, 1 - (1 - exp(-x))/x with x faults between tests, exp(-cumulative hazard)",
    {
        f"STANDBY/starts/{quality}/12-of-{n}": k_of_n(NEEDED, n, available * (1.0 - fails))
        for quality, (available, fails) in PUBLISHED.items()
        for n in INSTALLED
    }
    | {
        f"STANDBY/common-cause/{share:g}/{group}": beta_factor(*sizes, share)
        for share in SHARES
        for group, sizes in GROUPS.items()
    }
    | {f"STANDBY/latent/{how}": latent(EXPOSURE) for how in ("enumerated", "sampled")}
    | {
        f"STANDBY/runs/{hazard}/{hours:g}h": runs(hazard, hours)
        for hazard in ("piecewise", "weibull")
        for hours in DURATIONS_H
    },
    _measure,
    frozenset({"STANDBY/latent/sampled"}),
)

LATENT = Suite(
    "LATENT",
    "average unavailability of a tested standby, to first order x/2; the next term is below x²/6",
    {"LATENT/first-order": 0.5 * EXPOSURE},
    lambda name: _enumerated(),
    tolerance=EXPOSURE**2 / 6.0,
)
