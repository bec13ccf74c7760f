"""Diesel sets that stand by: latent faults, tests that find them, planned maintenance.

Nothing here costs an event while nothing is found: when a set is faulty, when a test finds it, and
whether a set is out for maintenance follow from a few epochs that belong to the set alone. They are
fixed on the calendar, whatever else happens, so that equal sets of two designs have equal faults.
"""

from __future__ import annotations

import math
from typing import Any

from components._diesel_run import RunSpec
from twin.contracts.calendar import DAY_S, HOUR_S, YEAR_S
from twin.contracts.parts import NEVER, PlantView
from twin.quantity import quantity

GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
"""Sets have their maintenance spread over the year by the golden section, whatever their number."""


class UpkeepSpec(RunSpec):
    """Faults on standby, tests and maintenance."""

    latent_faults_per_year: float = quantity(
        "1/yr",
        "Faults of a set on standby that nobody sees until a test or a call",
        0.0,
        ge=0,
        source="assumed: in failure_to_start, which counts what tests find; 0.0094 per demand with "
        "monthly tests would be 0.23 per year",
    )
    test_interval_days: float = quantity(
        "d",
        "Time from test to test, under load",
        30.0,
        gt=0,
        source="NFPA 110-2022, 8.4.2: monthly; cited from memory",
        confidence="B",
    )
    test_out_h: float = quantity(
        "h",
        "Time per test in which a set does not answer a call; sets are tested one after another",
        0.0,
        ge=0,
        source="assumed: a set under test runs and takes the load of a call",
    )
    test_failure: float = quantity(
        "1/test",
        "A set fails a test without a latent fault, and is repaired",
        0.0,
        ge=0,
        le=1,
        source="assumed: in availability, which counts repairs",
    )
    test_damage: float = quantity(
        "1/test",
        "A test leaves a latent fault behind (wear, a switch left in the wrong position)",
        0.0,
        ge=0,
        le=1,
        source="assumed: in failure_to_start",
    )
    maintenance_h_per_year: float = quantity(
        "h/yr",
        "Planned maintenance per set, one visit a year, one set at a time, not begun while the supply "
        "is away; availability is then 1 unless given",
        0.0,
        ge=0,
        le=8760,
        source="assumed: in availability; the same as windows would be 44 (20 to 80)",
    )

    def visit_s(self, n: int) -> float:
        """Return when in the year the maintenance of set number `n` (from 0) begins, s."""
        return YEAR_S * math.fmod((n + 1) * GOLDEN, 1.0)


def overlap(spec: Any) -> str:
    """Return what is wrong with windows of maintenance that overlap, empty if none do."""
    starts = sorted(spec.visit_s(n) for n in range(spec.sets))
    later = [*starts[1:], *(start + YEAR_S for start in starts[:1])]
    longest_h = min((b - a for a, b in zip(starts, later, strict=True)), default=YEAR_S) / HOUR_S
    if spec.maintenance_h_per_year <= longest_h:
        return ""
    return (
        f"maintenance_h_per_year = {spec.maintenance_h_per_year:g}: at most {longest_h:.4g} h fit if "
        f"{spec.sets} sets are maintained one at a time"
    )


class Upkeep:
    """Standby of the sets; what it remembers is in the plant's state (``standby``, ``away_s``).

    Per set: ``good_s`` since when it is known to be well; and for each kind of epoch its number
    and time: ``latent`` (s), ``damage`` and ``failure`` (numbers of tests).
    """

    def __init__(self, plant: PlantView, spec: Any) -> None:
        self.plant = plant
        self.spec = spec
        self.interval_s = float(spec.test_interval_days * DAY_S)
        self.latent = spec.latent_faults_per_year > 0.0 or spec.test_damage > 0.0
        self.watched = self.latent or spec.test_failure > 0.0

    def fresh(self) -> dict[str, Any]:
        """Return what is remembered of a set at time zero."""
        return {
            "good_s": 0.0, "fault_s": NEVER, "find_s": NEVER,
            "latent": [0, 0.0], "damage": [0, 0.0], "failure": [0, 0.0],
        }  # fmt: skip

    def prove(self, n: int, standby: dict[str, Any], time_s: float) -> None:
        """Say that set `n` is well at a time; look ahead to its next fault and its discovery."""
        if not self.watched:
            return
        spec = self.spec
        standby["good_s"] = time_s
        fault_s = found_s = NEVER
        if spec.latent_faults_per_year > 0.0:
            fault_s = self._poisson(n, standby["latent"], time_s)
        if spec.test_damage > 0.0:
            test = self._bernoulli(n, "damage", spec.test_damage, standby["damage"], time_s)
            fault_s = min(fault_s, test)
        if fault_s < NEVER:
            found_s = self._test_after(n, fault_s)
        if spec.test_failure > 0.0:
            test = self._bernoulli(n, "failure", spec.test_failure, standby["failure"], time_s)
            found_s = min(found_s, test)
        standby["fault_s"], standby["find_s"] = fault_s, found_s

    def out_until(self, n: int, lost_s: float, before: tuple[float, float]) -> float:
        """Return until when set `n` is out for maintenance or a test now, s (0: it is not).

        Parameters
        ----------
        lost_s
            Since when the supply is away: nothing is begun after that.
        before
            When it was away before: what should have begun then, began at the end of it.
        """
        until = 0.0
        for begin, length in self._windows(n):
            if begin >= lost_s:
                continue
            if before[0] <= begin < before[1]:
                begin = before[1]
            if begin <= self.plant.now < begin + length:
                until = max(until, begin + length)
        return until

    def _windows(self, n: int) -> list[tuple[float, float]]:
        """Return begin and length of what was last due for set `n`, s."""
        spec, now = self.spec, self.plant.now
        found = []
        if spec.maintenance_h_per_year > 0.0:
            first = spec.visit_s(n)
            year = math.floor((now - first) / YEAR_S)
            found.append((first + year * YEAR_S, spec.maintenance_h_per_year * HOUR_S))
        if spec.test_out_h > 0.0:
            test = self._test_number(n, now)
            found.append((self._test_s(n, test), spec.test_out_h * HOUR_S))
        return [(begin, length) for begin, length in found if begin >= 0.0]

    def _test_s(self, n: int, test: int) -> float:
        return test * self.interval_s + math.fmod(
            n * self.spec.test_out_h * HOUR_S, self.interval_s
        )

    def _test_number(self, n: int, time_s: float) -> int:
        """Return the number of the last test of set `n` at or before a time."""
        test = math.floor((time_s - self._test_s(n, 0)) / self.interval_s)
        return test + 1 if self._test_s(n, test + 1) <= time_s else test

    def _test_after(self, n: int, time_s: float) -> float:
        return self._test_s(n, self._test_number(n, time_s) + 1)

    def _poisson(self, n: int, epoch: list[Any], after_s: float) -> float:
        """Return the first standby fault of set `n` after a time, s."""
        mean_s = YEAR_S / self.spec.latent_faults_per_year
        while epoch[0] == 0 or epoch[1] <= after_s:
            epoch[1] += self.plant.luck.exponential(mean_s, f"diesel-{n + 1}", "latent", epoch[0])
            epoch[0] += 1
        return float(epoch[1])

    def _bernoulli(self, n: int, word: str, p: float, epoch: list[Any], after_s: float) -> float:
        """Return the first test of set `n` after a time that something of probability p befalls."""
        while epoch[0] == 0 or self._test_s(n, int(epoch[1])) <= after_s:
            u = self.plant.luck.uniform(f"diesel-{n + 1}", f"test {word}", epoch[0])
            passed = math.floor(math.log1p(-u) / math.log1p(-p)) if p < 1.0 else 0
            epoch[1] += 1.0 + passed
            epoch[0] += 1
        return self._test_s(n, int(epoch[1]))
