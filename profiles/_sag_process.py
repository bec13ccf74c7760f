"""What all random sags have in common: season, storms, phases, reclosing, flapping."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from pydantic import field_validator

from profiles._reclosing import Reclosing, follow
from profiles._season import SCALED, Season
from twin.contracts.phases import Codes, SagType
from twin.contracts.sarfi import ONE_MINUTE_S
from twin.contracts.timeline import Array, Disturbances, ProfileContext
from twin.quantity import quantity
from twin.streams import generator

RAINY_SEASON = [0.6, 0.6, 0.7, 0.9, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3, 0.8, 0.6]
RATE_SOURCE = (
    "HV-fed (110 kV or more): up to 17/yr at Intel Malaysia (The Star 2020-12-02); weak "
    "MV: 56 (EPRI DPQ, Brooks et al. 1998); range 5 to 135"
)
PHASE_TYPES = np.array([SagType.B, SagType.E, SagType.A], dtype=np.int8)


class RandomSags(Season, Reclosing):
    """Sags as a Poisson process of faults; subclasses draw their depth and duration.

    The stated rate is aggregated over one minute, as SARFI-90 is: the further dips of a reclosing
    sequence are not counted, those of a flapping line, which come minutes apart, are.
    """

    rate_per_year: float = quantity("1/yr", "Sags below 0.9 pu", 15.0, ge=0, le=1000,
        source=RATE_SOURCE, confidence="A-")  # fmt: skip
    monthly_weight: list[float] = quantity("1", f"Relative rate from January to December; {SCALED}",
        RAINY_SEASON, min_length=12, max_length=12,
        source="assumed: the lightning season of southern Vietnam (May to October) has about "
        "twice the rate of the dry months")  # fmt: skip
    phase_share: list[float] = quantity("1", "Shares of sags of one phase, of two and of all three",
        [0.68, 0.19, 0.13], min_length=3, max_length=3, source="EPRI DPQ phase statistics; Bollen, "
        "Understanding Power Quality Problems (2000), chapter 4; from memory, verify",
        confidence="B")  # fmt: skip
    flap_share: float = quantity("1", "Share of faults on a line that then flaps: conductors that "
        "clash in the wind, an insulator that flashes over again", 0.0, ge=0, le=1)  # fmt: skip
    flap_count: int = quantity("", "Further sags of a flapping line; each counts in the rate", 4,
        ge=1, le=50)  # fmt: skip
    flap_gap_min: float = quantity("min", "Mean time between the sags of a flapping line; at least "
        "one minute each", 3.0, gt=1, le=60)  # fmt: skip

    @field_validator("phase_share")
    @classmethod
    def _shares(cls, shares: list[float]) -> list[float]:
        if min(shares) < 0 or abs(sum(shares) - 1.0) > 1e-9:
            raise ValueError(f"phase_share must be at least 0 and add up to 1, got {shares}")
        return shares

    @abstractmethod
    def draw(self, ctx: ProfileContext, name: str, n: int) -> tuple[Array, Array]:
        """Return residual voltage, pu, and duration, s, of n faults, each of shape (n,)."""

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the sags of one replication; see `DisturbanceProfile`."""
        faults = self.rate_per_year / (1.0 + self.flap_share * self.flap_count)
        strands = self.strands(ctx, "grid/sags", faults, ctx.storms.sag_factor)
        return Disturbances.merged([self._sags(ctx, name, times) for name, times in strands])

    def _sags(self, ctx: ProfileContext, name: str, fault_s: Array) -> Disturbances:
        """Return all sags of one strand of faults."""
        n = len(fault_s)
        voltage_pu, duration_s = self.draw(ctx, name, n)
        phases = self._phases(ctx, name, n)
        fault, start_s = self._flaps(ctx, name, fault_s)
        count, dead_s = self.shots(ctx, name, n)
        of, dip_s, shot = follow(start_s, duration_s[fault], count[fault], dead_s[fault])
        whose = fault[of]
        order = np.argsort(dip_s, kind="stable")
        order = order[dip_s[order] < ctx.horizon_s]
        whose = whose[order]
        return Disturbances(
            dip_s[order], duration_s[whose], voltage_pu[whose], phases[whose], shot[order]
        )

    def _phases(self, ctx: ProfileContext, name: str, n: int) -> Codes:
        u = generator(ctx.seed, ctx.replication, f"{name}/phases").random(n)
        edges = np.cumsum(self.phase_share)[:-1]
        return PHASE_TYPES[np.searchsorted(edges, u, side="right")]

    def _flaps(self, ctx: ProfileContext, name: str, fault_s: Array) -> tuple[np.ndarray, Array]:
        """Return whose sag each one is, and its start, s; of faults that do not flap there is one."""
        n = len(fault_s)
        if self.flap_share == 0.0:
            return np.arange(n), fault_s
        rng = generator(ctx.seed, ctx.replication, f"{name}/flapping")
        u = rng.random((n, 1 + self.flap_count))
        gap_s = ONE_MINUTE_S - 60.0 * (self.flap_gap_min - 1.0) * np.log1p(-u[:, 1:])
        start_s = fault_s[:, np.newaxis] + np.column_stack([np.zeros(n), np.cumsum(gap_s, axis=1)])
        happens = np.ones((n, 1 + self.flap_count), dtype=bool)
        happens[:, 1:] = u[:, :1] < self.flap_share
        return np.nonzero(happens)[0], start_s[happens]
