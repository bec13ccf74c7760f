"""A fire that walks along a row of compartments: how many it takes. Enumerated exactly.

Each wall lets it pass with probability q = (1 - containment) (1 - extinguished), whatever the others
do. From compartment i of n it takes l to the left with probability q^l (1 - q), q^(i-1) if that is the
end of the row, and as many to the right by the same law.
"""

from __future__ import annotations

from functools import lru_cache

from experiments.validation.plants import IDEAL_PLANT, LOSSLESS_BATTERY, scenario, simulate
from experiments.validation.suite import Measured, Suite
from twin.contracts.calendar import HOUR_S
from twin.enumeration import Forced, at_both_edges
from twin.streams import Cause

N = 4
HOLDS, PUT_OUT = 0.4, 0.25
STARTS = (1, 2)
BULKHEAD = {
    "topology": "row", "fire": HOLDS, "fire_extinguished": PUT_OUT, "common_cause": 0.0,
    "ems_fault_per_year": 0.0, "short_circuit_share_storage": 0.0,
}  # fmt: skip
STORE = LOSSLESS_BATTERY | {"energy_kwh": 100.0, "power_kw": 200.0, "fire_per_mwh_year": 1.0}


def expected(start: int) -> dict[int, float]:
    """Return the probability of each number of compartments lost, the first one included."""
    q = (1.0 - HOLDS) * (1.0 - PUT_OUT)

    def one_way(room: int) -> list[float]:
        return [q**n * (1.0 - q) for n in range(room)] + [q**room]

    found = dict.fromkeys(range(1, N + 1), 0.0)
    for left, p in enumerate(one_way(start - 1)):
        for right, r in enumerate(one_way(N - start)):
            found[1 + left + right] += p * r
    return found


def _strata(cause: Cause) -> list[float]:
    return {"holds": [HOLDS], "extinguished": [PUT_OUT]}.get(str(cause[1]), [])


@lru_cache
def _taken(start: int, number: int) -> Measured:
    """Return the probability that a fire in a compartment takes so many of them."""
    load = {"kind": "constant", "pods": N, "pod_kw": 100.0}
    case = scenario("fire", load, 12.0 * HOUR_S, compartments=N,
                    plant={**IDEAL_PLANT, "storage": STORE, "bulkhead": BULKHEAD})  # fmt: skip
    first = f"storage@pod-{start - 1:03d}"

    def run(forced: Forced) -> int:
        def luck(cause: Cause) -> float | None:
            if str(cause[0]).startswith("bulkhead"):
                return forced(cause)
            return 1e-6 if cause[:2] == (first, "fire") else 1.0 - 1e-12

        return simulate(case, luck).pods_down()

    value, error = at_both_edges(run, _strata, lambda lost: float(lost == number))
    return Measured(value, error)


def _measure(name: str) -> Measured:
    _, start, number = name.split("/")
    return _taken(int(start.removeprefix("from-")), int(number.removesuffix("-lost")))


PERCOLATION = Suite(
    "percolation",
    f"closed form of a fire along a row of {N} compartments, walls independent",
    {
        f"percolation/from-{start}/{number}-lost": p
        for start in STARTS
        for number, p in expected(start).items()
        if p > 0.0
    },
    _measure,
)
