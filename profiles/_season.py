"""When events happen: by month, by hour of the day, and in storms; shared by all disturbances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import field_validator

from profiles._events import FLAT, FLAT_DAY, arrivals
from twin.contracts.calendar import MONTH_DAYS
from twin.contracts.timeline import Array, ProfileContext
from twin.quantity import Spec, quantity
from twin.streams import generator

SCALED = "scaled so that the mean rate stays as stated"


class Season(Spec):
    """Events whose rate follows month and hour of the day (local standard time)."""

    monthly_weight: list[float] = quantity("1", f"Relative rate from January to December; {SCALED}",
        list(FLAT), min_length=12, max_length=12, source="assumed: no season")  # fmt: skip
    hourly_weight: list[float] = quantity("1", "Relative rate of the hours of the day from 00:00; "
        f"{SCALED}", list(FLAT_DAY), min_length=24, max_length=24,
        source="assumed: no time of day")  # fmt: skip

    @field_validator("monthly_weight", "hourly_weight")
    @classmethod
    def _weights(cls, weights: list[float]) -> list[float]:
        if min(weights) < 0 or sum(weights) <= 0:
            raise ValueError(f"weights must be at least 0, not all of them 0; got {weights}")
        return weights

    def strands(
        self, ctx: ProfileContext, name: str, rate_per_year: float, factor: float
    ) -> list[tuple[str, Array]]:
        """Return the times of events, s: those of any weather, and those that storms add.

        Parameters
        ----------
        name
            Names the luck, e.g. ``"grid/sags"``.
        rate_per_year
            Mean rate, storms included.
        factor
            What the rate is multiplied by in storms, at least 1.

        Returns
        -------
        list of (str, array)
            Name of the strand's luck, and its sorted times. Both are Poisson processes: the second
            is thinned to the storms, so the rate is `factor` times as high there.
        """
        month, hour, horizon_s = self.monthly_weight, self.hourly_weight, ctx.horizon_s
        calm = rate_per_year / mean_factor(ctx.storms.share, month, hour, factor)
        rng = generator(ctx.seed, ctx.replication, f"{name}/time")
        found = [(name, arrivals(rng, calm, horizon_s, month, hour))]
        if factor > 1.0 and len(ctx.storms.start_s):
            rng = generator(ctx.seed, ctx.replication, f"{name}/storm/time")
            more = arrivals(rng, calm * (factor - 1.0), horizon_s, month, hour)
            found.append((f"{name}/storm", more[ctx.storms.during(more)]))
        return found


def mean_factor(
    share: Array, monthly_weight: Sequence[float], hourly_weight: Sequence[float], factor: float
) -> float:
    """Return the mean of the storms' factor over a year, weighted by the rate in calm weather.

    Parameters
    ----------
    share
        Probability that an hour of the year is stormy, shape (365, 24); empty for none.
    """
    if factor == 1.0 or not share.size:
        return 1.0
    by_day = np.repeat(np.asarray(monthly_weight, dtype=np.float64), MONTH_DAYS)
    weight = np.outer(by_day, hourly_weight)
    return 1.0 + (factor - 1.0) * float((weight * share).sum() / weight.sum())
