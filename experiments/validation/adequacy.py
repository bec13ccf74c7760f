"""V5, V6: resource adequacy, two compartments and a tie, a supply and a storage.

Every unit is redrawn in each step, independently of what it was before. A supply of a compartment is
a storage that cannot be emptied within the case; no grid is there. Loads are divided over pods of
1 MW, so that a part of them can be served. V5 and V6 are enumerated exactly; V6 is sampled, too, with
outages that the product draws itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import product

import numpy as np

from experiments.validation.luck import once_per_seed
from experiments.validation.plants import (
    IDEAL_PLANT,
    KWH_J,
    LOSSLESS_BATTERY,
    PROMPT_SWITCH,
    Table,
    scenario,
    simulate,
    total,
)
from experiments.validation.suite import Measured, Suite
from twin.contracts.calendar import HOUR_S
from twin.contracts.layout import Flow
from twin.enumeration import Forced, at_both_edges
from twin.plant.machine import Plant
from twin.scenario import Scenario
from twin.streams import Cause

MWH_J, MW_KW = 1e3 * KWH_J, 1e3
FAILS = 0.1
"""Probability that a unit is out in a step."""
PROMPT_RETURN: Table = IDEAL_PLANT["recovery"] | {"pod_step_s": 0.0, "on_islands": True}
SURE_TIE: Table = {
    "kind": "breakers", "static": True, "close_min_s": 1e-6, "close_max_s": 1e-6,
    "failure_to_close": 0.0, "synchronism_failure": 0.0, "fault_per_year": 0.0, "close_below": 0.0,
}  # fmt: skip
IRRELEVANT = ("switch", "takeover", "closing", "close", "in step")
"""Draws that decide nothing: probability 0, or a spread of no width."""
_PRAS = "NREL PRAS, PRASCore.jl/src/Systems/TestData.jl"


def strata(cause: Cause) -> list[float] | None:
    """Return where the draws of units that are redrawn change the outcome."""
    if cause[1] == "redrawn":
        return [FAILS]
    return [] if cause[1] in IRRELEVANT else None


def redrawn(units: Sequence[str]) -> Table:
    """Return the table of units that fail independently in each step."""
    return {"units": [{"unit": name, "probability": FAILS} for name in units]}


# ---- V5: compartments and ties -----------------------------------------------------------------

SUPPLY_MW, TIE_MW = 15.0, 8.0
LOADS_MW = (8, 9)


def islands(hours: int, *, tied: bool) -> Scenario:
    """Return compartments with a supply of their own each, in a row of ties or watertight."""
    numbers = range(1, len(LOADS_MW) + 1)
    ties = [f"tie-{n}-{n + 1}" for n in numbers[:-1]] if tied else []
    supply = {"power_kw": SUPPLY_MW * MW_KW, "energy_kwh": 1e6 * SUPPLY_MW * MW_KW}
    plant: Table = {
        "storage": LOSSLESS_BATTERY | PROMPT_SWITCH | supply,
        "redrawn": redrawn([*(f"storage@block-{n:02d}" for n in numbers), *ties]),
        "recovery": PROMPT_RETURN,
    }
    if tied:
        plant["ties"] = SURE_TIE | {"rating_kw": TIE_MW * MW_KW}
    load = {"kind": "constant", "pods": sum(LOADS_MW), "pod_kw": MW_KW}
    away = {"kind": "redrawn", "probability": 1.0}
    return scenario("islands", load, hours * HOUR_S, away, plant, LOADS_MW)


def unserved_mwh(plant: Plant, compartment: int | None = None) -> float:
    """Return the unserved energy of a compartment, or of all."""
    tree = plant.tree
    rows = [r for r in tree.pod_rows if compartment in (None, tree.compartments[r])]
    return float(plant.arrays.state["unserved_j"][rows].sum()) / MWH_J


def short(plant: Plant, compartment: int) -> float:
    """Return whether a compartment lacked anything."""
    return float(unserved_mwh(plant, compartment) > 0.0)


def short_h(plant: Plant) -> float:
    """Return for how long anything was missing, h."""
    return total(plant, Flow.SHORT_S) / HOUR_S


ISLANDS: dict[str, Callable[[Plant], float]] = {
    "eue-mwh": unserved_mwh, "lole-h": short_h,
    **{f"pod-{n + 1}/eue-mwh": partial(unserved_mwh, compartment=n) for n in range(len(LOADS_MW))},
    **{f"pod-{n + 1}/lole-h": partial(short, compartment=n) for n in range(len(LOADS_MW))},
}  # fmt: skip
"""What is measured on compartments; pods of PRAS are compartments here."""


@lru_cache
def _islands(name: str) -> Measured:
    _, how, steps, what = name.split("/", 3)
    case = islands(int(steps.removesuffix("-step")), tied=how == "tied")

    def run(forced: Forced) -> Plant:
        return simulate(case, forced)

    return Measured(*at_both_edges(run, strata, ISLANDS[what]))


V5 = Suite(
    "V5",
    f"{_PRAS}: two pods and a tie, recomputed; two steps twice as much, steps are independent",
    {
        "V5/tied/1-step/lole-h": 0.19,
        "V5/tied/1-step/pod-1/lole-h": 0.1,
        "V5/tied/1-step/pod-2/lole-h": 0.1,
        "V5/tied/1-step/eue-mwh": 0.647,
        "V5/tied/1-step/pod-1/eue-mwh": 0.314,
        "V5/tied/1-step/pod-2/eue-mwh": 0.333,
        "V5/watertight/1-step/lole-h": 0.19,
        "V5/watertight/1-step/eue-mwh": 1.7,
        "V5/tied/2-step/lole-h": 0.38,
        "V5/tied/2-step/eue-mwh": 1.294,
        "V5/watertight/2-step/eue-mwh": 3.4,
    },
    _islands,
)

# ---- V6: a supply and a storage ----------------------------------------------------------------

GRID_MW, STORE_MW, STORE_MWH = 10.0, 10.0, 10.0
SERIES_MW = (8.0, 9.0)
HISTORIES = 3200


def supply_and_store(steps: int, outages: Table) -> Scenario:
    """Return a site on a supply of limited power with a storage that is empty at first."""
    store = {"power_kw": STORE_MW * MW_KW, "energy_kwh": STORE_MWH * MW_KW, "start_soc": 0.0,
             "restart_share": 1e-9}  # fmt: skip
    load = {"kind": "series", "values_kw": [mw * MW_KW for mw in SERIES_MW], "step_min": 60}
    plant = {"storage": LOSSLESS_BATTERY | store, "redrawn": redrawn(["storage@pod-000"]),
             "recovery": PROMPT_RETURN}  # fmt: skip
    return scenario("supply-and-store", load, steps * HOUR_S, outages, plant,
                    contracted_kw=GRID_MW * MW_KW)  # fmt: skip


def away(steps: Sequence[bool]) -> Table:
    """Return the outages of a supply that is out in some steps."""
    events = [{"start_s": n * HOUR_S, "duration_s": HOUR_S} for n, out in enumerate(steps) if out]
    return {"kind": "script", "events": events} if events else {"kind": "none"}


def figures(plant: Plant) -> tuple[float, float]:
    """Return unserved and stored energy at the end, MWh."""
    return unserved_mwh(plant), plant.stored_j(plant.tree.pod_rows[0]) / MWH_J


@lru_cache
def after(steps: int, which: int) -> Measured:
    """Return unserved (0) or stored energy (1) after so many steps, all outages in turn, MWh."""
    got = error = 0.0
    for out in product((False, True), repeat=steps):
        case = supply_and_store(steps, away(out))

        def run(forced: Forced, case: Scenario = case) -> float:
            return figures(simulate(case, forced))[which]

        weight = math.prod(FAILS if o else 1.0 - FAILS for o in out)
        mean, bound = at_both_edges(run, strata, float)
        got, error = got + weight * mean, error + weight * bound
    return Measured(got, error)


@lru_cache
def loss_of_load(step: int) -> Measured:
    """Return the probability that energy is missing in a step (numbered from 1)."""
    got = error = 0.0
    for out in product((False, True), repeat=step):
        cases = [supply_and_store(n, away(out[:n])) for n in (step - 1, step) if n]

        def run(forced: Forced, cases: Sequence[Scenario] = tuple(cases)) -> bool:
            missing = [figures(simulate(case, forced))[0] for case in cases]
            return missing[-1] - sum(missing[:-1]) > 1e-9

        weight = math.prod(FAILS if o else 1.0 - FAILS for o in out)
        mean, bound = at_both_edges(run, strata, float)
        got, error = got + weight * mean, error + weight * bound
    return Measured(got, error)


@once_per_seed
def histories() -> np.ndarray:
    """Return whether energy is missing, and what is stored, after one step and after two."""
    drawn = {"kind": "redrawn", "probability": FAILS}
    cases = [supply_and_store(n, drawn) for n in (1, 2)]
    rows = []
    for replication in range(HISTORIES):
        one, two = (figures(simulate(case, replication=replication)) for case in cases)
        rows.append((one[0] > 1e-9, two[0] - one[0] > 1e-9, one[1], two[1]))
    return np.array(rows, dtype=float)


def _supply_and_store(name: str) -> Measured:
    _, how, what, number = name.split("/")
    step = int(number.removeprefix("step-"))
    if how == "sampled":
        values = histories()[:, step - 1 + 2 * (what == "stored-mwh")]
        se = float(values.std(ddof=1)) / math.sqrt(len(values))
        return Measured(float(values.mean()), se, sampled=True)
    if what == "lolp":
        return loss_of_load(step)
    if what == "stored-mwh" or step == 1:
        return after(step, int(what == "stored-mwh"))
    both, first = after(step, 0), after(step - 1, 0)
    return Measured(both.got - first.got, both.se + first.se)


_BY_STEP = {"lolp": (0.1, 0.1), "eue-mwh": (0.8, 0.7542), "stored-mwh": (1.62, 2.2842)}

V6 = Suite(
    "V6",
    f"{_PRAS}: a supply and a storage, recomputed; sampled: n = {HISTORIES} histories",
    {
        f"V6/{how}/{what}/step-{n + 1}": value
        for how in ("enumerated", "sampled")
        for what, values in _BY_STEP.items()
        for n, value in enumerate(values)
        if (how, what) != ("sampled", "eue-mwh")
    },
    _supply_and_store,
    sampled=frozenset(
        f"V6/sampled/{what}/step-{n}" for what in ("lolp", "stored-mwh") for n in (1, 2)
    ),
)
