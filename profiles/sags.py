"""Voltage sags at the connection point: how often, how deep, how long.

The depth distribution starts at 0 pu: the events below 0.1 pu are momentary interruptions and stay
in, so a scenario that uses it needs no separate momentaries.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Self

import numpy as np
from pydantic import field_validator, model_validator

from profiles._events import (
    SAG_PU,
    arrivals,
    check_event,
    from_csv,
    from_script,
    read_events,
)
from twin.contracts.timeline import Disturbances, ProfileContext
from twin.quantity import Spec, quantity
from twin.registry import register
from twin.streams import generator

DPQ_VOLTAGE_PU = [0.0, 0.1, 0.5, 0.7, 0.8, 0.9]
DPQ_PROBABILITY = [0.0, 0.03, 0.17, 0.33, 0.51, 1.0]
DPQ_SOURCE = (
    "EPRI DPQ 1993-95: SARFI 90/80/70/50 = 56.3/28.7/18.4/9.5 per year; Brooks, Dugan, Waclawiak, "
    "Sundaram, IEEE Trans. Power Delivery 13(1) 1998; from memory, verify"
)
RAINY_SEASON = [0.6, 0.6, 0.7, 0.9, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3, 0.8, 0.6]


@register("sags", "ecdf", world=True)
class EcdfSags(Spec):
    """Sags as a Poisson process with independent depth and duration.

    Reclosing sequences count once: the rate is aggregated over one minute, as SARFI-90 is.
    """

    rate_per_year: float = quantity("1/yr", "Sags below 0.9 pu", 15.0, ge=0, le=1000,
        source="HV-fed (110 kV or more): up to 17/yr at Intel Malaysia (The Star 2020-12-02); weak "
        "MV: 56 (EPRI DPQ, Brooks et al. 1998); range 5 to 135", confidence="A-")  # fmt: skip
    voltage_pu: list[float] = quantity("pu", "Residual voltages of the distribution's corners",
        DPQ_VOLTAGE_PU, min_length=2, source=DPQ_SOURCE, confidence="B")  # fmt: skip
    probability: list[float] = quantity("1", "Share of sags at or below each residual voltage",
        DPQ_PROBABILITY, min_length=2, source=DPQ_SOURCE, confidence="B")  # fmt: skip
    duration_median_s: float = quantity("s", "Median duration", 0.09, gt=0, le=60,
        source="HV-fed: Singapore 22 to 400 kV monitoring 'typically less than 200 ms' "
        "(powerquality.sg); weak MV 0.15, fit to UNIPEDE mixed networks",
        confidence="A-")  # fmt: skip
    duration_sigma: float = quantity("1", "Log standard deviation of the duration", 0.5, ge=0, le=3,
        source="95 % below 0.21 s, as the median; weak MV 0.9, fit to UNIPEDE mixed networks",
        confidence="A-")  # fmt: skip
    monthly_weight: list[float] = quantity("1", "Relative rate from January to December; scaled so "
        "that the year's mean rate stays rate_per_year", RAINY_SEASON, min_length=12, max_length=12,
        source="assumed: the lightning season of southern Vietnam (May to October) has about "
        "twice the rate of the dry months")  # fmt: skip

    @field_validator("monthly_weight")
    @classmethod
    def _weights(cls, weights: list[float]) -> list[float]:
        if min(weights) < 0 or sum(weights) <= 0:
            raise ValueError(f"weights must be at least 0, not all of them 0; got {weights}")
        return weights

    @model_validator(mode="after")
    def _distribution(self) -> Self:
        volts, shares = self.voltage_pu, self.probability
        if len(volts) != len(shares):
            raise ValueError(f"voltage_pu has {len(volts)} values, probability {len(shares)}")
        for name, values in (("voltage_pu", volts), ("probability", shares)):
            if any(b <= a for a, b in pairwise(values)):
                raise ValueError(f"{name} must rise from value to value, got {values}")
        if not (volts[0] >= 0 and volts[-1] <= SAG_PU):
            raise ValueError(f"voltage_pu must lie between 0 and {SAG_PU}, got {volts}")
        if shares[0] != 0 or shares[-1] != 1:
            raise ValueError(f"probability must start at 0 and end at 1, got {shares}")
        return self

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the sags of one replication; see `DisturbanceProfile`."""
        times = generator(ctx.seed, ctx.replication, "grid/sags/time")
        depths = generator(ctx.seed, ctx.replication, "grid/sags/voltage")
        lengths = generator(ctx.seed, ctx.replication, "grid/sags/duration")
        start_s = arrivals(times, self.rate_per_year, ctx.horizon_s, self.monthly_weight)
        n = len(start_s)
        voltage_pu = np.interp(depths.random(n), self.probability, self.voltage_pu)
        duration_s = self.duration_median_s * np.exp(
            self.duration_sigma * lengths.standard_normal(n)
        )
        return Disturbances(start_s, duration_s, voltage_pu)


@register("sags", "csv", world=True)
class CsvSags(Spec):
    """Sags from a log, with columns ``start_s,duration_s,voltage_pu``, sorted by start.

    Rows that start after the horizon are left out; a log of which all rows do is refused.
    """

    file: str = quantity("", "CSV file", min_length=1)

    def check(self) -> None:
        """Read the file; raise `DataError` if it is missing or breaks its format."""
        read_events(self.file, "sags")

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the log's sags, the same in every replication."""
        return from_csv(self.file, "sags", ctx)


class ScriptedSag(Spec):
    """One sag of a script."""

    start_s: float = quantity("s", "Start, since the scenario's start", ge=0)
    duration_s: float = quantity("s", "Duration", gt=0)
    voltage_pu: float = quantity("pu", "Residual voltage", ge=0, le=SAG_PU)

    @model_validator(mode="after")
    def _kind_of_event(self) -> Self:
        check_event("sags", self.duration_s, self.voltage_pu)
        return self


@register("sags", "script", world=True)
class ScriptedSags(Spec):
    """Sags listed in the scenario, in any order."""

    events: list[ScriptedSag] = quantity("", "The sags", min_length=1)

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the listed sags, the same in every replication."""
        rows = [(e.start_s, e.duration_s, e.voltage_pu) for e in self.events]
        return from_script("sags", rows, ctx)


@register("sags", "none", world=True)
class NoSags(Spec):
    """A grid without sags."""

    nothing: ClassVar[bool] = True

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return no disturbances."""
        del ctx
        return Disturbances.empty()
