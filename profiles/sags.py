"""Voltage sags at the connection point: how often, how deep, how long, on how many phases.

The depth distribution starts at 0 pu: the events below 0.1 pu are momentary interruptions and stay
in, so a scenario that uses it needs no separate momentaries.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from profiles._events import SAG_PU, FromLog, check_event, from_csv, from_script, read_events
from profiles._sag_process import RandomSags
from twin.contracts.phases import sag_code
from twin.contracts.timeline import Array, Disturbances, ProfileContext
from twin.quantity import Spec, quantity
from twin.registry import register
from twin.streams import generator

DPQ_VOLTAGE_PU = [0.0, 0.1, 0.5, 0.7, 0.8, 0.9]
DPQ_PROBABILITY = [0.0, 0.03, 0.17, 0.33, 0.51, 1.0]
DPQ_SOURCE = (
    "EPRI DPQ 1993-95: SARFI 90/80/70/50 = 56.3/28.7/18.4/9.5 per year; Brooks, Dugan, Waclawiak, "
    "Sundaram, IEEE Trans. Power Delivery 13(1) 1998; from memory, verify"
)
UNIPEDE_VOLTAGE_PU = (0.9, 0.7, 0.4, 0.0)
"""Edges of the table's rows."""
UNIPEDE_DURATION_S = (0.01, 0.1, 0.5, 1.0, 3.0, 20.0, 60.0)
"""Edges of the table's columns."""
UNIPEDE = {
    "underground": ((23, 19, 3, 1, 0, 0), (5, 19, 1, 0, 0, 0), (1, 8, 1, 0, 0, 0)),
    "mixed": ((61, 66, 12, 6, 1, 0), (8, 36, 4, 1, 0, 0), (2, 17, 3, 1, 0, 0)),
}
"""Sags per year that 95 % of sites stay below, by row and column."""


@register("sags", "ecdf", world=True)
class EcdfSags(RandomSags):
    """Sags with independent depth and duration: a distribution with corners, and a lognormal one."""

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

    def draw(self, ctx: ProfileContext, name: str, n: int) -> tuple[Array, Array]:
        """Return residual voltage, pu, and duration, s, of n faults."""
        depths = generator(ctx.seed, ctx.replication, f"{name}/voltage")
        lengths = generator(ctx.seed, ctx.replication, f"{name}/duration")
        voltage_pu = np.interp(depths.random(n), self.probability, self.voltage_pu)
        z = lengths.standard_normal(n)
        return voltage_pu, self.duration_median_s * np.exp(self.duration_sigma * z)


@register("sags", "unipede", world=True)
class UnipedeSags(RandomSags):
    """Sags from the UNIPEDE tables of 1991: deep sags last longer than shallow ones.

    The table gives the shape, `rate_per_year` the number. Within a cell the voltage is uniform and
    the duration log-uniform. Older and harsher than the EPRI survey.
    """

    network: Literal["mixed", "underground"] = quantity("", "Table of mixed or of underground "
        "networks (95 % of sites had fewer than 218 and 81 sags a year)", "mixed",
        source="UNIPEDE DISDIP 91 en 50.02, as reprinted in IEC TR 61000-2-8:2002; from memory, "
        "verify", confidence="B")  # fmt: skip

    def draw(self, ctx: ProfileContext, name: str, n: int) -> tuple[Array, Array]:
        """Return residual voltage, pu, and duration, s, of n faults."""
        table = np.asarray(UNIPEDE[self.network], dtype=np.float64)
        edges = np.cumsum(table.ravel()) / table.sum()
        u = generator(ctx.seed, ctx.replication, f"{name}/cell").random((n, 3))
        row, column = np.divmod(np.searchsorted(edges, u[:, 0], side="right"), table.shape[1])
        volts, seconds = np.asarray(UNIPEDE_VOLTAGE_PU), np.log(UNIPEDE_DURATION_S)
        voltage_pu = volts[row] + (volts[row + 1] - volts[row]) * u[:, 1]
        log_s = seconds[column] + (seconds[column + 1] - seconds[column]) * u[:, 2]
        return voltage_pu, np.exp(log_s)


@register("sags", "csv", world=True)
class CsvSags(FromLog):
    """Sags from a log, sorted by start.

    Columns ``start_s`` or ``time``, ``duration_s`` or ``duration_ms``, ``voltage_pu`` or
    ``voltage_percent``, and if known ``phases``; left out, a sag has all three. Rows that start
    after the horizon are left out; a log of which all rows do is refused. COMTRADE records are made a
    log by ``ridethrough fit sags RECORDS --events FILE``.
    """

    def check(self) -> None:
        """Read the file; raise `DataError` if it is missing or breaks its format."""
        read_events(self.file, "sags", self.start)

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the log's sags, the same in every replication."""
        return from_csv(self.file, "sags", ctx, self.start)


class ScriptedSag(Spec):
    """One sag of a script."""

    start_s: float = quantity("s", "Start, since the scenario's start", ge=0)
    duration_s: float = quantity("s", "Duration", gt=0)
    voltage_pu: float = quantity("pu", "Residual voltage", ge=0, le=SAG_PU)
    phases: Literal[1, 2, 3, "A", "B", "C", "D", "E", "F", "G"] = quantity("", "Phases that sag "
        "(2: both to ground), or Bollen's letter", 3, source="convention: the worst case")  # fmt: skip

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
        rows = [(e.start_s, e.duration_s, e.voltage_pu, sag_code(e.phases)) for e in self.events]
        return from_script("sags", rows, ctx)


@register("sags", "none", world=True)
class NoSags(Spec):
    """A grid without sags."""

    nothing: ClassVar[bool] = True

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return no disturbances."""
        del ctx
        return Disturbances.empty()
