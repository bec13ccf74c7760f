"""Interruptions of the supply: momentary ones (up to 60 s) and outages (longer)."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from profiles._events import arrivals, check_event, from_csv, from_script, read_events
from twin.contracts.timeline import MOMENTARY_S, Array, Disturbances, ProfileContext
from twin.quantity import Spec, quantity
from twin.registry import register
from twin.streams import generator

HOUR_S = 3600.0


@register("momentaries", "poisson", world=True)
class PoissonMomentaries(Spec):
    """Momentary interruptions by reclosing, at 0 pu, besides those among the sags."""

    rate_per_year: float = quantity("1/yr", "Momentary interruptions", 2.0, ge=0, le=1000,
        source="EVN Vietnam MAIFI 1.3 in January to October 2018 (VietnamPlus 2018-11-07); range "
        "0 to 10", confidence="A-")  # fmt: skip
    duration_min_s: float = quantity("s", "Shortest", 0.3, gt=0, le=MOMENTARY_S)
    duration_max_s: float = quantity("s", "Longest; durations are uniform", 5.0, gt=0,
        le=MOMENTARY_S)  # fmt: skip

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.duration_max_s < self.duration_min_s:
            raise ValueError(
                f"duration_max_s ({self.duration_max_s:g}) lies below duration_min_s "
                f"({self.duration_min_s:g})"
            )
        return self

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the interruptions of one replication; see `DisturbanceProfile`."""
        times = generator(ctx.seed, ctx.replication, "grid/momentaries/time")
        lengths = generator(ctx.seed, ctx.replication, "grid/momentaries/duration")
        start_s = arrivals(times, self.rate_per_year, ctx.horizon_s)
        span = self.duration_max_s - self.duration_min_s
        duration_s = self.duration_min_s + span * lengths.random(len(start_s))
        return Disturbances(start_s, duration_s, np.zeros(len(start_s)))


@register("outages", world=True)
@register("outages", "lognormal", world=True)
class LognormalOutages(Spec):
    """Sustained outages as a Poisson process with a lognormal duration and a long tail.

    A duration of 60 s or less would make the event a momentary interruption. Such draws are drawn
    again, from a stream of their own, until they are longer: the duration follows the mixture
    conditional on being an outage, and `rate_per_year` is the rate of outages. With the defaults
    one draw in 7,000 is concerned. Outages may overlap; the load then sees their union.
    """

    rate_per_year: float = quantity("1/yr", "Outages longer than 60 s", 0.5, ge=0, le=1000,
        source="single HV feed; strong dual feed 0.1, weak MV 3.0 (PLN Indonesia 2024 SAIFI 3.23); "
        "derived", confidence="C")  # fmt: skip
    duration_median_h: float = quantity("h", "Median duration", 0.9, gt=MOMENTARY_S / HOUR_S,
        le=720, source="mean 1.65 h = PLN Indonesia 2024: SAIDI 320.24 min / SAIFI 3.23",
        confidence="A-")  # fmt: skip
    duration_sigma: float = quantity("1", "Log standard deviation of the duration", 1.1, ge=0, le=3,
        source="with the median 0.9 h gives the mean 1.65 h", confidence="A-")  # fmt: skip
    tail_share: float = quantity("1", "Share of outages with the tail's duration", 0.02, ge=0, le=1)
    tail_median_h: float = quantity("h", "Median duration of the tail", 8.0,
        gt=MOMENTARY_S / HOUR_S, le=720)  # fmt: skip
    tail_sigma: float = quantity("1", "Log standard deviation of the tail", 0.8, ge=0, le=3)

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the outages of one replication; see `DisturbanceProfile`."""
        times = generator(ctx.seed, ctx.replication, "grid/outages/time")
        start_s = arrivals(times, self.rate_per_year, ctx.horizon_s)
        duration_s = self._durations(ctx, "first", len(start_s))
        short = duration_s <= MOMENTARY_S
        attempt = 0
        while short.any():
            attempt += 1
            duration_s[short] = self._durations(ctx, f"again-{attempt}", int(short.sum()))
            short = duration_s <= MOMENTARY_S
        return Disturbances(start_s, duration_s, np.zeros(len(start_s)))

    def _durations(self, ctx: ProfileContext, attempt: str, n: int) -> Array:
        """Return n durations of the mixture, s."""
        name = f"grid/outages/{attempt}"
        in_tail = generator(ctx.seed, ctx.replication, f"{name}/tail").random(n) < self.tail_share
        z = generator(ctx.seed, ctx.replication, f"{name}/duration").standard_normal(n)
        body_s = self.duration_median_h * HOUR_S * np.exp(self.duration_sigma * z)
        tail_s = self.tail_median_h * HOUR_S * np.exp(self.tail_sigma * z)
        return np.where(in_tail, tail_s, body_s)


class _CsvInterruptions(Spec):
    """Interruptions from a log."""

    file: str = quantity("", "CSV file", min_length=1)


@register("momentaries", "csv", world=True)
class CsvMomentaries(_CsvInterruptions):
    """Momentary interruptions from a log, columns ``start_s,duration_s``, sorted; at 0 pu.

    Rows that start after the horizon are left out; a log of which all rows do is refused.
    """

    def check(self) -> None:
        """Read the file; raise `DataError` if it is missing or breaks its format."""
        read_events(self.file, "momentaries")

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the log's interruptions, the same in every replication."""
        return from_csv(self.file, "momentaries", ctx)


@register("outages", "csv", world=True)
class CsvOutages(_CsvInterruptions):
    """Outages from a log, columns ``start_s,duration_s``, sorted by start; at 0 pu.

    An outage that starts before the horizon keeps its full duration. Rows that start after it are
    left out; a log of which all rows do is refused.
    """

    def check(self) -> None:
        """Read the file; raise `DataError` if it is missing or breaks its format."""
        read_events(self.file, "outages")

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the log's outages, the same in every replication."""
        return from_csv(self.file, "outages", ctx)


class ScriptedMomentary(Spec):
    """One momentary interruption of a script."""

    start_s: float = quantity("s", "Start, since the scenario's start", ge=0)
    duration_s: float = quantity("s", "Duration", gt=0)

    @model_validator(mode="after")
    def _kind_of_event(self) -> Self:
        check_event("momentaries", self.duration_s)
        return self


class ScriptedOutage(Spec):
    """One outage of a script."""

    start_s: float = quantity("s", "Start, since the scenario's start", ge=0)
    duration_s: float = quantity("s", "Duration", gt=0)

    @model_validator(mode="after")
    def _kind_of_event(self) -> Self:
        check_event("outages", self.duration_s)
        return self


@register("momentaries", "script", world=True)
class ScriptedMomentaries(Spec):
    """Momentary interruptions listed in the scenario, in any order; at 0 pu."""

    events: list[ScriptedMomentary] = quantity("", "The interruptions", min_length=1)

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the listed interruptions, the same in every replication."""
        rows = [(e.start_s, e.duration_s, 0.0) for e in self.events]
        return from_script("momentaries", rows, ctx)


@register("outages", "script", world=True)
class ScriptedOutages(Spec):
    """Outages listed in the scenario, in any order; at 0 pu."""

    events: list[ScriptedOutage] = quantity("", "The outages", min_length=1)

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the listed outages, the same in every replication."""
        rows = [(e.start_s, e.duration_s, 0.0) for e in self.events]
        return from_script("outages", rows, ctx)


class _NoInterruptions(Spec):
    """Nothing happens."""

    nothing: ClassVar[bool] = True

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return no disturbances."""
        del ctx
        return Disturbances.empty()


@register("momentaries", "none", world=True)
class NoMomentaries(_NoInterruptions):
    """No momentary interruptions besides those among the sags."""


@register("outages", "none", world=True)
class NoOutages(_NoInterruptions):
    """A grid without outages."""
