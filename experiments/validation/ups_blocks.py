"""Central UPS: modules with common causes, strings with hidden faults, two repairable modules.

Sampled on pods that have a UPS each. An outage finds a block unable to carry its pod with the
stationary probability; outages are so far apart that one tells nothing about the next.
"""

from __future__ import annotations

import math

from experiments.validation.backup import k_of_n
from experiments.validation.luck import once_per_seed
from experiments.validation.plants import IDEAL_PLANT, Table, scenario, simulate
from experiments.validation.suite import Measured, Suite
from twin.contracts.calendar import HOUR_S
from twin.plant.machine import Plant

PODS = 8
OUTAGE_S = 61.0
OUTAGES, HISTORIES = 60, 9
BLOCK: Table = {
    "kind": "ups", "level": "pod", "energy_kwh": 100.0, "power_kw": 50.0, "modules": 1,
    "module_mtbf_h": 1e15, "common_cause": 0.0, "repair_law": "exponential",
    "bypass_fault_per_year": 0.0, "string_fault_per_year": 0.0, "maintenance_per_year": 0.0,
    "shared_fault_per_year": 0.0, "fire_per_mwh_year": 0.0, "switch_failure": 0.0,
    "takeover_failure": 0.0, "ageing": "none", "walk_in_s": 0.0, "recharge_h": 0.1,
}  # fmt: skip
"""A UPS in which nothing fails."""

MTBF_H, REPAIR_H, BETA = 100.0, 10.0, 0.2
MODULES, NEEDED = 3, 2
STRING_H, TEST_DAYS = 1000.0, 20.0
PAIR_MTBF_H, PAIR_REPAIR_H = 100.0, 20.0
PAIR_HISTORIES = 40


def load(power_kw: float) -> Table:
    """Return pods that draw so much each."""
    return {"kind": "constant", "pods": PODS, "pod_kw": power_kw}


COMMON_CAUSE = BLOCK | {
    "modules": MODULES, "module_mtbf_h": MTBF_H, "repair_h": REPAIR_H, "common_cause": BETA,
}  # fmt: skip
STRING = BLOCK | {
    "strings": 1, "strings_needed": 1, "string_fault_per_year": 8760.0 / STRING_H,
    "string_test_days": TEST_DAYS, "string_repair_h": 0.0, "repair_law": "fixed",
}  # fmt: skip
PAIR = BLOCK | {"modules": 2, "module_mtbf_h": PAIR_MTBF_H, "repair_h": PAIR_REPAIR_H}


@once_per_seed
def losses(name: str) -> tuple[int, int]:
    """Return how many pods were lost in outages, and how many could have been."""
    storage, kw, apart_h = {
        "common-cause": (COMMON_CAUSE, 50.0 * NEEDED, 20.0 * REPAIR_H),
        "hidden-fault": (STRING, 50.0, 24.0 * TEST_DAYS * 1.618033988749895),
    }[name]
    events = [
        {"start_s": (n + 1) * apart_h * HOUR_S, "duration_s": OUTAGE_S} for n in range(OUTAGES)
    ]
    outages, plant = {"kind": "script", "events": events}, IDEAL_PLANT | {"storage": storage}
    case = scenario(name, load(kw), (OUTAGES + 1) * apart_h * HOUR_S, outages, plant, PODS)
    lost = sum(
        simulate(case, replication=n).counters.get("pod_losses", 0.0) for n in range(HISTORIES)
    )
    return int(lost), PODS * OUTAGES * HISTORIES


@once_per_seed
def first_failures_h() -> list[float]:
    """Return when two modules were first both down in each block, h."""
    horizon_h = 16.0 * pair_mttf_h()
    case = scenario("pair", load(50.0), horizon_h * HOUR_S,
                    plant=IDEAL_PLANT | {"storage": PAIR}, compartments=PODS)  # fmt: skip
    found: list[float] = []
    for n in range(PAIR_HISTORIES):
        found += _first_on_bypass_h(simulate(case, replication=n, tracing=True))
    return found


def _first_on_bypass_h(plant: Plant) -> list[float]:
    first: dict[str, float] = {}
    for time_s, who, event, _ in plant.log:
        if event == "on bypass":
            first.setdefault(who, time_s / HOUR_S)
    return list(first.values())


def common_cause_unavailability() -> float:
    """Return the share of time in which too few modules are left, or one cause has stopped all."""
    own, both = (1.0 - BETA) / MTBF_H, BETA / MTBF_H
    u, c = (x * REPAIR_H / (1.0 + x * REPAIR_H) for x in (own, both))
    return 1.0 - (1.0 - c) * k_of_n(NEEDED, MODULES, 1.0 - u)


def hidden_unavailability() -> float:
    """Return the mean probability that a string has failed since its last test."""
    x = 24.0 * TEST_DAYS / STRING_H
    return 1.0 - (1.0 - math.exp(-x)) / x


def pair_mttf_h() -> float:
    """Return the mean time to the first failure of two repairable modules of which one is needed."""
    fails, repaired = 1.0 / PAIR_MTBF_H, 1.0 / PAIR_REPAIR_H
    return (3.0 * fails + repaired) / (2.0 * fails * fails)


EXPECTED = {
    "ups/common-cause": common_cause_unavailability(),
    "ups/hidden-fault": hidden_unavailability(),
    "ups/two-modules-mttf-h": pair_mttf_h(),
}


def _measure(name: str) -> Measured:
    if name.endswith("mttf-h"):
        times = first_failures_h()
        mean = math.fsum(times) / len(times)
        spread = math.sqrt(math.fsum((t - mean) ** 2 for t in times) / (len(times) - 1))
        return Measured(mean, spread / math.sqrt(len(times)), sampled=True)
    lost, n = losses(name.split("/")[1])
    share = lost / n
    return Measured(share, math.sqrt(share * (1.0 - share) / n), sampled=True)


UPS = Suite(
    "ups",
    "closed forms: k of n modules with a beta factor; 1 - (1 - exp(-x))/x with x = fault rate x test "
    "interval; (3 l + m)/(2 l^2) for two repairable modules; "
    f"n = {PODS * OUTAGES * HISTORIES} outages of a block, {PODS * PAIR_HISTORIES} first failures",
    EXPECTED,
    _measure,
    sampled=frozenset(EXPECTED),
)
