"""V4: buses that fail and are repaired, started in their stationary state. Sampled.

Whatever the law of repair times, a unit with failure rate lambda and mean repair 1/mu is down for
the share lambda / (lambda + mu) of the time, and k-of-n of such units is binomial. A system enters
a failed state as often as it leaves the working states at the boundary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from experiments.validation.backup import k_of_n
from experiments.validation.luck import once_per_seed
from experiments.validation.plants import IDEAL_PLANT, scenario, simulate, total
from experiments.validation.suite import Measured, Suite
from twin.contracts.calendar import HOUR_S, HOURS_PER_YEAR, YEAR_S
from twin.contracts.layout import Flow
from twin.plant.machine import Plant

LAWS = ("exponential", "lognormal", "fixed")


@dataclass(frozen=True)
class Fleet:
    """Units of one kind, and how they are watched.

    Attributes
    ----------
    units, down
        Number of units; the system has failed while at least `down` of them are down.
    rate_per_year, repair_h
        Failure rate and mean repair time of a unit.
    horizon_s, replications
        Length and number of the sampled histories.
    """

    units: int
    down: int
    rate_per_year: float
    repair_h: float
    horizon_s: float
    replications: int

    @property
    def unavailability(self) -> float:
        """Share of the time in which a unit is down."""
        up_h = HOURS_PER_YEAR / self.rate_per_year
        return self.repair_h / (up_h + self.repair_h)

    def expected(self) -> dict[str, float]:
        """Return the closed forms."""
        u, n = self.unavailability, self.units
        edge = self.down - 1  # units down in the last working state
        boundary = math.comb(n, edge) * u**edge * (1.0 - u) ** (n - edge)
        return {
            "unavailability": u,
            f"{self.down}-of-{n}-down": k_of_n(self.down, n, u),
            "failures-per-year": boundary * (n - edge) * self.rate_per_year,
        }


FLEETS = {
    "rare": Fleet(32, 1, 0.1, 24.0, 25.0 * YEAR_S, 160),
    "frequent": Fleet(8, 2, HOURS_PER_YEAR / 900.0, 100.0, 200.0 * HOUR_S, 1500),
}
"""The rare one has the published numbers; the frequent one, two repair times long, would notice
histories that do not start in the stationary state."""


def system_history(plant: Plant, down: int) -> tuple[float, int]:
    """Return how long `down` pods or more were off, s, and how often that began after t = 0."""
    change = {"lost": 1, "powered": -1}
    steps = [(t, change[e]) for t, who, e, _ in plant.log if who.startswith("pod-") and e in change]
    times = [0.0, *(t for t, _ in steps), plant.horizon_s]
    count = np.concatenate([[0], np.cumsum([c for _, c in steps], dtype=np.int64)])
    failed_s = math.fsum(
        end - start for (start, end), n in zip(pairwise(times), count, strict=True) if n >= down
    )
    began = sum(
        1
        for (a, b), (t, _) in zip(pairwise(count), steps, strict=True)
        if a < down <= b and t > 0.0
    )
    return failed_s, began


@once_per_seed
def histories(fleet: Fleet, law: str) -> np.ndarray:
    """Return each history's share of unit time down, share of time failed and failures per year."""
    ideal = IDEAL_PLANT["bus"]
    faults = {"fault_per_year": fleet.rate_per_year, "repair_h": fleet.repair_h, "law": law}
    load = {"kind": "constant", "pods": fleet.units, "pod_kw": 100.0}
    case = scenario("two-state", load, fleet.horizon_s, plant={"bus": {**ideal, "pod": faults}},
                    compartments=fleet.units)  # fmt: skip
    rows = []
    for replication in range(fleet.replications):
        plant = simulate(case, replication=replication, tracing=True)
        up = total(plant, Flow.POWERED_POD_S) / (fleet.units * fleet.horizon_s)
        failed_s, began = system_history(plant, fleet.down)
        rows.append((1.0 - up, failed_s / fleet.horizon_s, began * YEAR_S / fleet.horizon_s))
    return np.array(rows)


def _expected() -> dict[str, float]:
    return {
        f"V4/{name}/{law}/{what}": value
        for name, fleet in FLEETS.items()
        for law in LAWS
        for what, value in fleet.expected().items()
    }


def _measure(name: str) -> Measured:
    _, fleet_name, law, what = name.split("/")
    fleet = FLEETS[fleet_name]
    values = histories(fleet, law)[:, list(fleet.expected()).index(what)]
    se = float(values.std(ddof=1)) / math.sqrt(len(values))
    return Measured(float(values.mean()), se, sampled=True)


V4 = Suite(
    "V4",
    "closed form of repairable two-state units: lambda / (lambda + mu), binomial, boundary states; "
    + "; ".join(
        f"{name}: n = {f.replications} histories of {f.horizon_s / HOUR_S:.0f} h"
        for name, f in FLEETS.items()
    ),
    _expected(),
    _measure,
    sampled=frozenset(_expected()),
)
