"""V1, V2, V3: will backup generators and a battery last through an outage? Enumerated exactly.

The cases are those of the energy resilience model of REopt: the grid is away from the start, the
question is whether no IT energy is missing until a given hour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from experiments.validation.plants import (
    LOSSLESS_BATTERY,
    PROMPT_DIESEL,
    Table,
    bridging_store,
    outage,
    scenario,
    served,
    simulate,
)
from experiments.validation.suite import Measured, Suite
from twin.contracts.calendar import HOUR_S
from twin.enumeration import Forced, Strata, at_both_edges
from twin.streams import Cause

_REOPT = "NREL REopt.jl, energy resilience and performance tests (test/runtests.jl)"
_IRRELEVANT = ("crank", "parallel", "switch", "takeover")
"""Draws that decide nothing: probability 0, or a spread of no width."""


def diesel_strata(diesel: Mapping[str, float | str], hours: int, marks: range) -> Strata:
    """Return the cuts of a diesel set's draws.

    Parameters
    ----------
    diesel
        The table ``diesel``.
    hours
        Length of the outage, h.
    marks
        Running hours at which a failure changes the outcome.
    """
    mttf_h = float(diesel["mttf_h"])

    def survives(hour: int) -> float:
        if diesel["hazard"] == "continuous":
            return math.exp(-hour / mttf_h)
        return (1.0 - 1.0 / mttf_h) ** hour

    runs = [1.0 - survives(hour) for hour in marks if 0 < hour <= hours]
    cuts = {
        "available": [float(diesel["availability"])],
        "start": [float(diesel["failure_to_start"])],
        "run": runs,
    } | {word: [] for word in _IRRELEVANT}

    def strata(cause: Cause) -> list[float] | None:
        if cause[1] in ("switch", "takeover"):
            return []  # they never fail in these cases: one stratum
        return cuts.get(str(cause[1]))

    return strata


def survival(
    load: Table, storage: Table, diesel: Table, hours: int, *, every: int = 1, alike: bool = False
) -> Measured:
    """Return the probability that an outage of so many hours passes without unserved energy.

    Parameters
    ----------
    load, storage, diesel
        Scenario tables; the outage starts at time zero.
    every
        Running hours from one instant to the next at which a failure changes the outcome.
    alike
        Count orders of the same fates of the sets once (they differ in name only).
    """
    diesel = PROMPT_DIESEL | diesel
    plant = {"storage": storage, "diesel": diesel}
    lasting = outage(0.0, 2.0 * hours * HOUR_S)
    case = scenario("backup", load, hours * HOUR_S, lasting, plant)
    strata = diesel_strata(diesel, hours, range(every, hours + 1, every))
    sets = tuple(f"diesel-{n + 1}" for n in range(int(diesel["sets"]))) if alike else ()

    def lasts(forced: Forced) -> bool:
        return served(simulate(case, forced))

    return Measured(*at_both_edges(lasts, strata, float, alike=sets))


# ---- V1: the hand case -------------------------------------------------------------------------

HAND_LOAD_KW = (1.0, 2.0, 2.0, 1.0)
HAND_DIESEL: Table = {"sets": 2, "set_kw": 1.0, "mttf_h": 5.0}
HAND_BATTERY: Table = LOSSLESS_BATTERY | {"energy_kwh": 2.0, "power_kw": 1.0, "start_soc": 0.5}
HAND_STORAGE = {"with-battery": HAND_BATTERY, "generators-only": bridging_store(2.0)}
HAND_TABLE = {
    "with-battery": ((1.0, 0.8704, 0.557056), (0.96, 0.6144, 0.57344),
                     (0.96, 0.896, 0.8192), (1.0, 0.96, 0.761856)),
    "generators-only": ((0.96, 0.4096, 0.262144), (0.64, 0.4096, 0.393216),
                        (0.64, 0.6144, 0.557056), (0.96, 0.8704, 0.262144)),
}  # fmt: skip
"""Survival by hour of start (rows) and duration 1, 2, 3 h (columns)."""


def _hand(name: str) -> Measured:
    _, variant, start, duration = name.split("/")
    first = int(start.removeprefix("start-")) - 1
    values = [*HAND_LOAD_KW[first:], *HAND_LOAD_KW[:first]]
    load = {"kind": "series", "values_kw": values, "step_min": 60}
    return survival(load, HAND_STORAGE[variant], HAND_DIESEL, int(duration.removesuffix("h")))


V1 = Suite(
    "V1",
    f"{_REOPT}, hand-computed case of two generators and a battery",
    {
        f"V1/{variant}/start-{row + 1}/{column + 1}h": value
        for variant, table in HAND_TABLE.items()
        for row, line in enumerate(table)
        for column, value in enumerate(line)
    },
    _hand,
)

# ---- V2: flat load -----------------------------------------------------------------------------

FLAT_LOAD: Table = {"kind": "constant", "pod_kw": 100.0}
FLAT_DIESEL: Table = {"sets": 1, "set_kw": 100.0, "mttf_h": 100.0, "availability": 0.98,
                      "failure_to_start": 0.1}  # fmt: skip
FLAT_BATTERY: Table = LOSSLESS_BATTERY | {"energy_kwh": 400.0, "power_kw": 100.0}
FLAT_RUN_H = {"per_hour": 0.99**20, "continuous": math.exp(-20.0 / 100.0)}
"""Probability that the set runs for the 20 hours that the battery does not bridge."""


def _flat(name: str) -> Measured:
    hazard = name.split("/")[1].replace("-", "_")
    return survival(FLAT_LOAD, FLAT_BATTERY, FLAT_DIESEL | {"hazard": hazard}, 24)


V2 = Suite(
    "V2",
    f"{_REOPT}, flat load: run x 0.9 x 0.98 with run = 0.99^20 by the hour, exp(-0.2) continuous",
    {f"V2/{h.replace('_', '-')}/24h": run * 0.9 * 0.98 for h, run in FLAT_RUN_H.items()},
    _flat,
)

# ---- V3: k of n --------------------------------------------------------------------------------

GENSET: Table = {"availability": 0.995, "failure_to_start": 0.0094, "mttf_h": 1100.0}
SET_KW = 500.0
NEEDED_OF = {"1-of-2": (1, 2), "5-of-6": (5, 6)}
DURATIONS_H = (1, 24, 96)


def k_of_n(needed: int, installed: int, works: float) -> float:
    """Return the probability that at least `needed` of `installed` independent units work."""
    return math.fsum(
        math.comb(installed, k) * works**k * (1.0 - works) ** (installed - k)
        for k in range(needed, installed + 1)
    )


def _works(hazard: str, hours: int) -> float:
    """Return the probability that a set starts and runs for so many hours."""
    hourly = 1.0 - 1.0 / GENSET["mttf_h"]
    runs = hourly**hours if hazard == "per-hour" else math.exp(-hours / GENSET["mttf_h"])
    return float(GENSET["availability"] * (1.0 - GENSET["failure_to_start"]) * runs)


@lru_cache
def _sets(name: str) -> Measured:
    _, hazard, group, duration = name.split("/")
    needed, installed = NEEDED_OF[group]
    hours = int(duration.removesuffix("h"))
    load_kw = needed * SET_KW
    diesel = GENSET | {"sets": installed, "set_kw": SET_KW, "hazard": hazard.replace("-", "_")}
    return survival({"kind": "constant", "pod_kw": load_kw}, bridging_store(load_kw), diesel,
                    hours, every=hours, alike=installed > 2)  # fmt: skip


V3 = Suite(
    "V3",
    "NREL REopt.jl defaults (0.995, 0.0094, 1100 h); binomial with p = 0.995 x 0.9906 x run(d)",
    {
        f"V3/{hazard}/{group}/{hours}h": k_of_n(*NEEDED_OF[group], _works(hazard, hours))
        for hazard in ("per-hour", "continuous")
        for group in NEEDED_OF
        for hours in DURATIONS_H
    },
    _sets,
)
