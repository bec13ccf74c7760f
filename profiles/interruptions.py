"""Interruptions of the supply: momentary ones (up to 60 s) and outages (longer)."""

from __future__ import annotations

import math
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from profiles._events import FromLog, check_event, from_csv, from_script, read_events
from profiles._season import Season
from twin.contracts.phases import THREE_PHASES
from twin.contracts.timeline import MOMENTARY_S, Array, Disturbances, ProfileContext
from twin.quantity import Spec, quantity
from twin.registry import register
from twin.streams import generator

HOUR_S = 3600.0


@register("momentaries", "poisson", world=True)
class PoissonMomentaries(Season):
    """Momentary interruptions by reclosing, at 0 pu, besides those among the sags.

    The site's own feeder trips and is closed again. Closing onto the fault brings no voltage back:
    to the site, a sequence of vain attempts is one longer interruption.
    """

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
        rate, factor = self.rate_per_year, ctx.storms.sag_factor
        strands = self.strands(ctx, "grid/momentaries", rate, factor)
        return Disturbances.merged([self._strand(ctx, name, times) for name, times in strands])

    def _strand(self, ctx: ProfileContext, name: str, start_s: Array) -> Disturbances:
        n = len(start_s)
        span = self.duration_max_s - self.duration_min_s
        u = generator(ctx.seed, ctx.replication, f"{name}/duration").random(n)
        return Disturbances(start_s, self.duration_min_s + span * u, np.zeros(n))


@register("outages", world=True)
@register("outages", "lognormal", world=True)
class LognormalOutages(Season):
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
        strands = self.strands(ctx, "grid/outages", self.rate_per_year, ctx.storms.outage_factor)
        return Disturbances.merged([self._strand(ctx, name, times) for name, times in strands])

    def _strand(self, ctx: ProfileContext, name: str, start_s: Array) -> Disturbances:
        duration_s = self._durations(ctx, f"{name}/first", len(start_s))
        short = duration_s <= MOMENTARY_S
        attempt = 0
        while short.any():
            attempt += 1
            duration_s[short] = self._durations(ctx, f"{name}/again-{attempt}", int(short.sum()))
            short = duration_s <= MOMENTARY_S
        return Disturbances(start_s, duration_s, np.zeros(len(start_s)))

    def _durations(self, ctx: ProfileContext, name: str, n: int) -> Array:
        """Return n durations of the mixture, s."""
        in_tail = generator(ctx.seed, ctx.replication, f"{name}/tail").random(n) < self.tail_share
        z = generator(ctx.seed, ctx.replication, f"{name}/duration").standard_normal(n)
        body_s = self.duration_median_h * HOUR_S * np.exp(self.duration_sigma * z)
        tail_s = self.tail_median_h * HOUR_S * np.exp(self.tail_sigma * z)
        return np.where(in_tail, tail_s, body_s)

    def duration_quantile_s(self, share: float) -> float | None:
        """Return the duration that this share of the outages does not exceed, s; None without any.

        It is found by bisection in the logarithm, to a relative error of 1e-12.
        """
        if self.rate_per_year == 0.0:
            return None
        shortest = self._distribution(MOMENTARY_S)
        goal = shortest + share * (1.0 - shortest)
        low, high = math.log(MOMENTARY_S), math.log(MOMENTARY_S) + 40.0
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (
                (middle, high) if self._distribution(math.exp(middle)) < goal else (low, middle)
            )
        return math.exp(high)

    def _distribution(self, duration_s: float) -> float:
        """Return the probability that a draw is not longer than a duration."""
        body = _below(duration_s, self.duration_median_h * HOUR_S, self.duration_sigma)
        tail = _below(duration_s, self.tail_median_h * HOUR_S, self.tail_sigma)
        return (1.0 - self.tail_share) * body + self.tail_share * tail


def _below(x: float, median: float, sigma: float) -> float:
    """Return the distribution function of a lognormal law."""
    if sigma == 0.0:
        return float(x >= median)
    return 0.5 * (1.0 + math.erf(math.log(x / median) / (sigma * math.sqrt(2.0))))


@register("momentaries", "csv", world=True)
class CsvMomentaries(FromLog):
    """Momentary interruptions from a log, ``start_s`` or ``time``, ``duration_s``; at 0 pu.

    Rows that start after the horizon are left out; a log of which all rows do is refused.
    """

    def check(self) -> None:
        """Read the file; raise `DataError` if it is missing or breaks its format."""
        read_events(self.file, "momentaries", self.start)

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the log's interruptions, the same in every replication."""
        return from_csv(self.file, "momentaries", ctx, self.start)


@register("outages", "csv", world=True)
class CsvOutages(FromLog):
    """Outages from a log, ``start_s`` or ``time``, ``duration_s``; at 0 pu.

    An outage that starts before the horizon keeps its full duration. Rows that start after it are
    left out; a log of which all rows do is refused.
    """

    def check(self) -> None:
        """Read the file; raise `DataError` if it is missing or breaks its format."""
        read_events(self.file, "outages", self.start)

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the log's outages, the same in every replication."""
        return from_csv(self.file, "outages", ctx, self.start)


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
        rows = [(e.start_s, e.duration_s, 0.0, THREE_PHASES) for e in self.events]
        return from_script("momentaries", rows, ctx)


@register("outages", "script", world=True)
class ScriptedOutages(Spec):
    """Outages listed in the scenario, in any order; at 0 pu."""

    events: list[ScriptedOutage] = quantity("", "The outages", min_length=1)

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the listed outages, the same in every replication."""
        rows = [(e.start_s, e.duration_s, 0.0, THREE_PHASES) for e in self.events]
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


@register("outages", "redrawn", world=True)
class RedrawnOutages(Spec):
    """Whole steps without grid, each drawn independently, as resource adequacy models have it.

    Steps that follow each other make one outage.
    """

    probability: float = quantity("1", "Probability that the grid is away in a step", ge=0, le=1)
    step_h: float = quantity("h", "Length of a step", 1.0, gt=MOMENTARY_S / HOUR_S,
        source="convention: hourly steps")  # fmt: skip

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the outages of one replication; see `DisturbanceProfile`."""
        step_s = self.step_h * HOUR_S
        steps = math.ceil(ctx.horizon_s / step_s - 1e-9)
        u = generator(ctx.seed, ctx.replication, "grid/outages/redrawn").random(steps)
        away = np.concatenate([[False], u < self.probability, [False]])
        edges = np.asarray(np.flatnonzero(away[1:] != away[:-1]) * step_s, dtype=np.float64)
        first_s, last_s = edges[::2], edges[1::2]
        return Disturbances(first_s, last_s - first_s, np.zeros(len(first_s)))
