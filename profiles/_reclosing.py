"""Reclosing sequences: a breaker closes on a fault that is still there, and the dip comes again."""

from __future__ import annotations

from typing import Self

import numpy as np
from pydantic import model_validator

from twin.contracts.phases import Codes
from twin.contracts.sarfi import ONE_MINUTE_S
from twin.contracts.timeline import Array, Ints, ProfileContext
from twin.quantity import Spec, quantity
from twin.streams import generator

SUCCESS = (
    "reclosing succeeds at the first, second, third shot in 83.25, 10.05, 1.42 % of faults on "
    "overhead feeders (Westinghouse, Applied Protective Relaying, 1982)"
)
TIMES = (
    "dead times of 1/3, 15 and 45 s are usual (Gross, Power System Analysis); here the third is 30 s, "
    "so that a sequence stays within its minute"
)


class Reclosing(Spec):
    """What happens after a fault trips a breaker that recloses by itself.

    A sequence is one event to whoever counts sags (SARFI takes one minute together), so its further
    dips are inside the stated rate and do not raise it.
    """

    sequence_share: float = quantity("1", "Share of events after which a breaker recloses onto the "
        "fault, so that the dip comes again", 0.0, ge=0, le=1, source="assumed: cable or a network "
        f"without reclosing; 0.17 for overhead feeders: {SUCCESS}, from memory, verify",
        confidence="C")  # fmt: skip
    again_share: float = quantity("1", "Share of these in which each further shot fails, too", 0.4,
        ge=0, le=1, source=f"{SUCCESS}: 6.70 of 16.75; from memory, verify",
        confidence="B")  # fmt: skip
    reclose_min_s: list[float] = quantity("s", "Shortest dead time of each shot before the breaker "
        "closes again", [0.3, 5.0, 30.0], min_length=1, max_length=6, source=TIMES,
        confidence="B")  # fmt: skip
    reclose_max_s: list[float] = quantity("s", "Longest dead time of each shot; times are uniform",
        [0.5, 15.0, 30.0], min_length=1, max_length=6, source=TIMES, confidence="B")  # fmt: skip

    @model_validator(mode="after")
    def _dead_times(self) -> Self:
        low, high = self.reclose_min_s, self.reclose_max_s
        if len(low) != len(high):
            raise ValueError(f"reclose_min_s has {len(low)} values, reclose_max_s {len(high)}")
        if min(low) <= 0 or any(b < a for a, b in zip(low, high, strict=True)):
            raise ValueError(
                "reclose_min_s must be above 0, and reclose_max_s nowhere below it; got "
                f"{low} and {high}"
            )
        if sum(high) >= ONE_MINUTE_S:
            raise ValueError(
                f"reclose_max_s must add up to less than {ONE_MINUTE_S:g} s, the time that rates "
                f"count as one event; got {high}"
            )
        return self

    def shots(self, ctx: ProfileContext, name: str, n: int) -> tuple[Ints, Array]:
        """Return how many further dips follow each event, shape (n,), and the dead times before.

        The dead times have shape (n, shots), s.
        """
        most = len(self.reclose_min_s)
        u = generator(ctx.seed, ctx.replication, f"{name}/reclosing").random((n, 1 + most))
        low, high = np.asarray(self.reclose_min_s), np.asarray(self.reclose_max_s)
        count = np.zeros(n, dtype=np.int64)
        below, left = self.sequence_share, most
        while below > 0.0 and left > 0:
            count += u[:, 0] < below
            below, left = below * self.again_share, left - 1
        return count, low + (high - low) * u[:, 1:]


def follow(start_s: Array, lasts_s: Array, count: Ints, dead_s: Array) -> tuple[Ints, Array, Codes]:
    """Return the members of all sequences: whose they are, their start, their number.

    Parameters
    ----------
    start_s, lasts_s
        Start and duration of each first dip, s, shape (n,). Every dip lasts as long as the first:
        it is the same fault, cleared by the same relay.
    count, dead_s
        Number of further dips, shape (n,), and dead times before them, s, shape (n, shots).

    Returns
    -------
    tuple
        Position of the sequence, start, s, and number in it (0 for the first), each shape (m,),
        sequence by sequence. A dip that would begin a minute or more after the first is left out:
        it would count as an event of its own.
    """
    steps = np.arange(dead_s.shape[1])
    after_s = np.cumsum(lasts_s[:, np.newaxis] + dead_s, axis=1)
    happens = (steps < count[:, np.newaxis]) & (after_s < ONE_MINUTE_S)
    whole = np.column_stack([np.ones(len(start_s), dtype=bool), happens])
    when_s = np.column_stack([np.zeros(len(start_s)), after_s]) + start_s[:, np.newaxis]
    of, shot = np.nonzero(whole)
    return of, when_s[whole], shot.astype(np.int8)
