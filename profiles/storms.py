"""Storm days: the grid fails more often, the sky is dark, and the fuel truck is late.

A spell of bad weather begins on a day by chance, with a season, and lasts some days; on each of them
a storm rages from the same hour on. Rates of sags and outages are multiplied in a storm and lower
outside, so that their long-run means stay as stated: storms make the same number of troubles come
together, and come when the sun does not shine.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Self

import numpy as np
from pydantic import field_validator, model_validator

from profiles._sag_process import RAINY_SEASON
from profiles._season import SCALED
from twin.contracts.calendar import DAY_S, HOUR_S, MONTH_DAYS
from twin.contracts.storms import CALM, Array, Storms
from twin.contracts.timeline import ProfileContext
from twin.quantity import Spec, quantity
from twin.registry import register
from twin.streams import generator

LONGEST_SPELL = 30


@register("storms", "days", world=True)
class StormDays(Spec):
    """Storms at a fixed time of some days of the rainy season."""

    days_per_year: float = quantity("1/yr", "Mean number of storm days", 25.0, ge=0, le=330,
        source="assumed: of the 60 to 100 thunder days of southern Vietnam, those whose storms hit "
        "the lines that feed the site")  # fmt: skip
    spell_days: int = quantity("d", "Whole days that a spell of bad weather lasts", 1, ge=1,
        le=LONGEST_SPELL)  # fmt: skip
    monthly_weight: list[float] = quantity("1", "Relative chance of a spell from January to "
        f"December; {SCALED}", RAINY_SEASON, min_length=12, max_length=12,
        source="assumed: as the sags, May to October twice the dry months")  # fmt: skip
    from_hour: int = quantity("", "Hour of the day at which a storm begins", 13, ge=0, le=23,
        source="lightning over tropical Asia has its maximum in the afternoon and its minimum late "
        "at night (Sen Roy & Balling 2013, Int. J. Climatol. 33); the hours are read off",
        confidence="B")  # fmt: skip
    duration_h: int = quantity("h", "Whole hours that a storm lasts, up to a day", 6, ge=1, le=24)
    sag_factor: float = quantity("1", "Rate of sags and momentary interruptions in a storm, over that "
        "in calm weather", 5.0, ge=1, le=1000)  # fmt: skip
    outage_factor: float = quantity("1", "The same for outages", 5.0, ge=1, le=1000)
    clearness_factor: float = quantity("1", "Clearness of the sky in a storm, over what it would be",
        0.4, ge=0, le=1, source="assumed: a thundercloud; dull days have 0.37 (Singapore-Changi "
        "TMY statistics)")  # fmt: skip
    refuel_factor: float = quantity("1", "Time until a fuel delivery that is ordered in a storm, "
        "over the usual one", 2.0, ge=1, le=100)  # fmt: skip

    @field_validator("monthly_weight")
    @classmethod
    def _weights(cls, weights: list[float]) -> list[float]:
        if min(weights) < 0 or sum(weights) <= 0:
            raise ValueError(f"weights must be at least 0, not all of them 0; got {weights}")
        return weights

    @model_validator(mode="after")
    def _possible(self) -> Self:
        spell, weights = self.spell_days, tuple(self.monthly_weight)
        most = float(stormy(_begins(1.0, weights), spell).sum())
        if self.days_per_year > most:
            raise ValueError(
                f"days_per_year must be at most {most:.0f} with these weights (every day of the "
                f"stormiest month), got {self.days_per_year:g}"
            )
        return self

    def sample(self, ctx: ProfileContext) -> Storms:
        """Return the storms of one replication; see `StormProfile`."""
        begins, daily = _chances(self.days_per_year, self.spell_days, tuple(self.monthly_weight))
        days = int(np.ceil(ctx.horizon_s / DAY_S))
        u = generator(ctx.seed, ctx.replication, "storms").random(LONGEST_SPELL + days)
        day = np.arange(-LONGEST_SPELL, days)
        begun = np.concatenate([np.zeros(self.spell_days, np.int64), u < begins[day % len(begins)]])
        so_far = np.cumsum(begun)
        bad = so_far[self.spell_days :] > so_far[: -self.spell_days]
        start_s = day[bad] * DAY_S + self.from_hour * HOUR_S
        end_s = start_s + self.duration_h * HOUR_S
        keep = (end_s > 0.0) & (start_s < ctx.horizon_s)
        return Storms(
            np.maximum(0.0, start_s[keep], dtype=np.float64),
            end_s[keep].astype(np.float64),
            self.sag_factor,
            self.outage_factor,
            self.clearness_factor,
            self.refuel_factor,
            self._share(daily),
        )

    def _share(self, daily: Array) -> Array:
        """Return the probability that an hour of the year is stormy, shape (365, 24)."""
        hour = np.arange(24)
        same = (hour >= self.from_hour) & (hour < self.from_hour + self.duration_h)
        after = hour + 24 < self.from_hour + self.duration_h
        return np.outer(daily, same) + np.outer(np.roll(daily, 1), after)


@register("storms", "none", world=True)
class NoStorms(Spec):
    """Sags, outages, clouds and late fuel have nothing to do with each other."""

    def sample(self, ctx: ProfileContext) -> Storms:
        """Return no storms."""
        del ctx
        return CALM


def stormy(begins: Array, spell_days: int) -> Array:
    """Return the probability of a storm on each day of the year, shape (365,).

    Parameters
    ----------
    begins
        Probability that a spell begins on a day, shape (365,); spells may overlap.
    spell_days
        Length of a spell, d.
    """
    spared = np.ones(len(begins))
    for back in range(spell_days):
        spared = spared * (1.0 - np.roll(begins, back))
    return np.asarray(1.0 - spared)


def _begins(highest: float, weights: tuple[float, ...]) -> Array:
    """Return the chance of a spell's beginning per day; `highest` in the stormiest month."""
    return np.repeat(highest * np.asarray(weights) / max(weights), MONTH_DAYS)


@lru_cache(maxsize=8)
def _chances(
    days_per_year: float, spell_days: int, weights: tuple[float, ...]
) -> tuple[Array, Array]:
    """Return the chances of a beginning and of a storm for each day, from the mean number."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        many = stormy(_begins(middle, weights), spell_days).sum() > days_per_year
        low, high = (low, middle) if many else (middle, high)
    begins = _begins(high, weights)
    return begins, stormy(begins, spell_days)
