"""SimPy with events at absolute times.

``env.timeout(until - env.now)`` does not in general wake at ``until``: ``now + (t - now) != t`` in
floating point, and a restored plant would drift by a rounding. So events go on the heap at their
absolute time.
"""

from __future__ import annotations

import math
from heapq import heappop, heappush

import simpy
from simpy.events import NORMAL, Event, EventPriority

__all__ = ["LAST", "NORMAL", "Clock", "Event", "Timer"]

LAST = EventPriority(9)
"""Priority of observers: after everything else of the instant."""


class Timer(Event):
    """A wake-up that may go stale, when its device is woken by something else before."""

    stale: bool = False

    def __init__(self, env: simpy.Environment, device: str, waiting: Event) -> None:
        super().__init__(env)
        self.device = device
        self.waiting = waiting


class Clock(simpy.Environment):
    """A SimPy environment with absolute-time scheduling and explicit jumps."""

    def at(self, event: Event, time_s: float, priority: EventPriority = NORMAL) -> None:
        """Trigger `event` at an absolute time, s."""
        if time_s < self._now:
            raise ValueError(f"cannot schedule at {time_s} s, it is {self._now} s already")
        event._ok = True
        event._value = None
        heappush(self._queue, (time_s, priority, next(self._eid), event))

    def ahead(self) -> float:
        """Return the time of the next event, s (inf if there is none).

        Stale timers are dropped first: they would cut the pass's interval for nothing, and a
        restored plant, which has none, would round differently.
        """
        queue = self._queue
        while queue:
            time_s, _, _, event = queue[0]
            if not getattr(event, "stale", False):
                return time_s
            heappop(queue)
        return math.inf

    def play(self) -> None:
        """Process all events of the present instant."""
        queue = self._queue
        while queue and queue[0][0] <= self._now:
            self.step()

    def jump(self, time_s: float) -> None:
        """Set the clock to an instant before the next event (a limit found by the pass)."""
        if not self._now <= time_s <= self.ahead():
            raise ValueError(f"cannot jump to {time_s} s")
        self._now = time_s
