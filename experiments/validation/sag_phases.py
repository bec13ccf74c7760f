"""What an unbalanced sag leaves at a node's power supplies behind a delta-wye transformer. Exact."""

from __future__ import annotations

import math
from functools import lru_cache

from experiments.validation.plants import scenario
from experiments.validation.suite import Measured, Suite
from twin.plant import context
from twin.plant.build import build, disturbances
from twin.scenario import Scenario

VOLTS = (0.0, 0.3, 0.6)
WINDINGS = ("none", "dyn", "dyn_dyn")


def expected() -> dict[str, float]:
    """Return the voltage of the fourth best of six supplies, by winding, type and residual, pu.

    Magnitudes by hand: a Dyn transformer gives differences of phases over √3, two of them take the
    zero sequence out.
    """
    numbers: dict[str, float] = {}
    for v in VOLTS:
        mixed = math.sqrt((1.0 + v + v * v) / 3.0)  # a sound and a sagged phase
        pair = math.sqrt((1.0 + 3.0 * v * v) / 4.0)  # either of two phases that meet
        apart = math.sqrt((3.0 + v * v) / 4.0)
        less = (1.0 + 2.0 * v) / 3.0  # B without its zero sequence
        by_hand = {
            "none": {"one-phase": 1.0, "two-to-ground": v, "phase-to-phase": pair, "three-phase": v},
            "dyn": {"one-phase": mixed, "two-to-ground": mixed, "phase-to-phase": apart,
                    "three-phase": v},
            "dyn_dyn": {"one-phase": math.sqrt((3.0 + less * less) / 4.0),
                        "two-to-ground": math.sqrt(((2.0 + v) / 6.0) ** 2 + 0.75 * v * v),
                        "phase-to-phase": pair, "three-phase": v},
        }  # fmt: skip
        for winding, kinds in by_hand.items():
            numbers |= {f"PHASES/{winding}/{kind}/{v:g}-pu": x for kind, x in kinds.items()}
    return numbers


CODES = {"one-phase": 1, "two-to-ground": 2, "phase-to-phase": "C", "three-phase": 3}


@lru_cache
def site(winding: str, kind: str) -> Scenario:
    """Return a scenario in which sags of one kind come one after another."""
    events = [
        {"start_s": 100.0 * (1 + n), "duration_s": 0.1, "voltage_pu": v, "phases": CODES[kind]}
        for n, v in enumerate(VOLTS)
    ]
    plant = {"chain": {"stages": [], "winding": winding}}
    load = {"kind": "constant", "pod_kw": 100.0}
    return scenario("phases", load, 1000.0, plant=plant, sags={"kind": "script", "events": events})


def _measure(name: str) -> Measured:
    _, winding, kind, volts = name.split("/")
    case = site(winding, kind)
    ctx = context(case, 1, 0)
    plant = build(case, "case", ctx, disturbances(case, ctx))
    plant.run(100.0 * (1 + VOLTS.index(float(volts.removesuffix("-pu")))))
    return Measured(plant.device("utility").state.seen_pu)


PHASES = Suite(
    "PHASES",
    "Bollen 2000, types of unbalanced sags, by hand; six supplies, four needed",
    expected(),
    _measure,
)
