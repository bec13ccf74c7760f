"""Failures on demand and of the power path: static switch, transfer switch (exact), A and B feeds.

Feeds: each lane is down for the share u of the time, what strikes both for the share c; the load has
power while nothing strikes both and one lane is left. It is lost when the last lane fails, or both do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from experiments.validation.luck import once_per_seed
from experiments.validation.plants import (
    IDEAL_PLANT,
    LOSSLESS_BATTERY,
    Table,
    outage,
    scenario,
    simulate,
    total,
)
from experiments.validation.suite import Measured, Suite
from twin.contracts.calendar import HOUR_S, HOURS_PER_YEAR
from twin.contracts.layout import Flow
from twin.enumeration import Forced, at_both_edges
from twin.streams import Cause

NEVER_FAILS: Table = {"fault_per_year": 0.0, "repair_h": 1.0}
IDEAL_PATH: Table = {
    "law": "exponential",
    **dict.fromkeys(
        ("ats", "feeder", "hv_transformer", "mv_transformer", "pod_breaker", "static_switch",
         "rack_breaker", "cable", "feed_switch"),
        NEVER_FAILS,
    ),
    "feed_transfer_failure": 0.0,
}  # fmt: skip
"""Nothing on the way fails."""
SWITCH, TAKEOVER = 0.02, 0.03
LOCAL, TRANSFER = 0.6, 0.05
LOAD: Table = {"kind": "constant", "pods": 1, "pod_kw": 100.0}
HOUR_LONG = outage(HOUR_S, HOUR_S)


def switched_battery() -> Table:
    """Return a battery behind a static switch without a gap, that outlasts the outage if it works."""
    return LOSSLESS_BATTERY | {
        "coupling": "parallel_static_switch", "energy_kwh": 400.0, "power_kw": 200.0,
        "detection_min_s": 0.0, "detection_max_s": 0.0, "commutation_max_s": 0.0,
        "switch_linear_pu": 0.0, "switch_failure": SWITCH, "takeover_failure": TAKEOVER,
    }  # fmt: skip


def bridging_battery() -> Table:
    """Return a battery that outlasts a transfer between feeders, not the outage."""
    return LOSSLESS_BATTERY | {"energy_kwh": 5.0, "power_kw": 200.0}


def two_feeders() -> Table:
    """Return a path with two feeders and a transfer switch that may fail on demand."""
    return IDEAL_PATH | {"feeders": 2, "independent_share": LOCAL, "transfer_failure": TRANSFER}


CASES: dict[str, Table] = {
    "static-switch": {"storage": switched_battery()},
    "transfer-switch": {"storage": bridging_battery(), "path": two_feeders()},
}
CUTS: dict[str, dict[str, list[float]]] = {
    "static-switch": {"switch": [SWITCH], "takeover": [TAKEOVER]},
    "transfer-switch": {"switch": [], "takeover": [], "local": [LOCAL], "feeder": [0.5],
                        "transfer": [TRANSFER]},
}  # fmt: skip
"""Where each case's draws decide."""


@lru_cache
def loss_probability(name: str) -> tuple[float, float]:
    """Return the probability that the load of a case is lost in the outage, and its error."""
    case = scenario(name, LOAD, 3.0 * HOUR_S, HOUR_LONG, CASES[name])

    def strata(cause: Cause) -> Sequence[float] | None:
        return CUTS[name].get(str(cause[1]))

    def lost(forced: Forced) -> bool:
        return simulate(case, forced).counters.get("pod_losses", 0.0) > 0.0

    return at_both_edges(lost, strata, float)


FEED_FAULT_H, FEED_REPAIR_H, BETA = 900.0, 100.0, 0.1
PODS, HISTORY_H, HISTORIES = 8, 20_000.0, 16


def feeds_expected() -> dict[str, float]:
    """Return the closed forms for two feeds with common causes."""
    own, both = (1.0 - BETA) / FEED_FAULT_H, BETA / FEED_FAULT_H
    u, c = (x * FEED_REPAIR_H / (1.0 + x * FEED_REPAIR_H) for x in (own, both))
    edge = (1.0 - c) * 2.0 * u * (1.0 - u) * own
    return {
        "unavailability": 1.0 - (1.0 - c) * (1.0 - u * u),
        "losses-per-year": (edge + (1.0 - c) * (1.0 - u * u) * both) * HOURS_PER_YEAR,
    }


@once_per_seed
def feed_histories() -> np.ndarray:
    """Return each history's share of pod time without power, and losses per pod and year."""
    transformer = {"fault_per_year": HOURS_PER_YEAR / FEED_FAULT_H, "repair_h": FEED_REPAIR_H}
    path = IDEAL_PATH | {"feeds": 2, "common_cause": BETA, "mv_transformer": transformer}
    case = scenario("feeds", LOAD | {"pods": PODS}, HISTORY_H * HOUR_S,
                    plant=IDEAL_PLANT | {"path": path}, compartments=PODS)  # fmt: skip
    rows = []
    for replication in range(HISTORIES):
        plant = simulate(case, replication=replication, tracing=True)
        up = total(plant, Flow.POWERED_POD_S) / (PODS * plant.horizon_s)
        lost = sum(event == "lost" and t > 0.0 for t, _, event, _ in plant.log)
        rows.append((1.0 - up, lost * HOURS_PER_YEAR / (PODS * HISTORY_H)))
    return np.array(rows)


FEEDS = feeds_expected()
EXPECTED = {
    "power-path/static-switch": SWITCH + (1.0 - SWITCH) * TAKEOVER,
    "power-path/transfer-switch": 1.0 - LOCAL + LOCAL * 0.5 * TRANSFER,
    **{f"power-path/feeds/{what}": value for what, value in FEEDS.items()},
}


def _measure(name: str) -> Measured:
    _, case, *what = name.split("/")
    if not what:
        return Measured(*loss_probability(case))
    values = feed_histories()[:, list(FEEDS).index(what[0])]
    return Measured(
        float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values)), sampled=True
    )


POWER_PATH = Suite(
    "power-path",
    "closed forms: failure on demand; share of an outage that a transfer switch leaves; two repairable "
    f"feeds with a beta factor, n = {HISTORIES} histories of {PODS} pods over {HISTORY_H:.0f} h",
    EXPECTED,
    _measure,
    sampled=frozenset(n for n in EXPECTED if "/feeds/" in n),
)
