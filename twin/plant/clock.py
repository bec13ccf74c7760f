"""SimPy with events at absolute times.

``env.timeout(until - env.now)`` does not in general wake at ``until``: ``now + (t - now) != t`` in
floating point, and a restored plant would drift by a rounding. So events go on the heap at their
absolute time.
"""

from __future__ import annotations

from heapq import heappush

import simpy
from simpy.events import NORMAL, Event, EventPriority

__all__ = ["LAST", "NORMAL", "Clock", "Event"]

LAST = EventPriority(9)
"""Priority of observers: after everything else of the instant."""


class Clock(simpy.Environment):
    """A SimPy environment with absolute-time scheduling and explicit jumps."""

    def at(self, event: Event, time_s: float, priority: int = NORMAL) -> None:
        """Trigger `event` at an absolute time, s."""
        if time_s < self._now:
            raise ValueError(f"cannot schedule at {time_s} s, it is {self._now} s already")
        event._ok = True  # noqa: SLF001
        event._value = None  # noqa: SLF001
        heappush(self._queue, (time_s, EventPriority(priority), next(self._eid), event))

    def jump(self, time_s: float) -> None:
        """Set the clock to an instant before the next event (a limit found by the pass)."""
        if not self._now <= time_s <= self.peek():
            raise ValueError(f"cannot jump to {time_s} s")
        self._now = time_s
