"""What each event cost: losses of pods as they happened, and as rows of a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from twin.contracts.calendar import HOUR_S
from twin.contracts.losses import Initiator, Loss


class LossFact(NamedTuple):
    """Pods (without the core network) that lost power in one instant for one reason.

    Attributes
    ----------
    time_s, loss
        When and why.
    pods
        Their numbers.
    core
        Whether the core network went with them.
    shed
        By decision, not by a fault.
    diesel
        What the diesel plant was doing: see `LossRow`.
    """

    time_s: float
    loss: Loss
    pods: tuple[int, ...]
    core: bool
    shed: bool
    diesel: str

    def to_plain(self) -> list[Any]:
        """Return plain data for JSON."""
        who = self.loss.initiator
        return [self.time_s, who.name, who.kind, self.loss.path, list(self.pods), self.core,
                self.shed, self.diesel]  # fmt: skip

    @classmethod
    def from_plain(cls, data: list[Any]) -> LossFact:
        """Return the fact that `to_plain` wrote down."""
        time_s, name, kind, path, pods, core, shed, diesel = data
        return cls(
            float(time_s), Loss(Initiator(name, kind), path), tuple(pods), core, shed, diesel
        )


class LossRow(NamedTuple):
    """What one event cost by one path: a row of ``losses.parquet``.

    Attributes
    ----------
    time_s
        First loss, s since the scenario's start.
    event, kind
        Name and kind of the initiating event.
    path
        How it reached the pods.
    diesel
        What the diesel plant was doing then: ``"starting"``, ``"running"``, ``"failed"`` (called, and
        none left that runs or starts), ``"no fuel"``; empty if it was not called, or there is none.
    pods, sheds
        Pods lost by faults (or, by events of kind ``"maintenance"``, switched off as planned), and shed
        by decision. A pod that was lost twice counts twice.
    core
        Times the core network lost power.
    pod_h
        Time its pods were dark for it, pod-hours; the core network does not count.
    event_pods
        How many different pods the event took down by all its paths together: its blast radius.
    """

    time_s: float
    event: str
    kind: str
    path: str
    diesel: str
    pods: int
    sheds: int
    core: int
    pod_h: float
    event_pods: int


def loss_rows(
    facts: Sequence[LossFact], powered: Iterable[tuple[float, int]], end_s: float
) -> list[LossRow]:
    """Return one row per event, path and state of the diesel plant, in order of time.

    Parameters
    ----------
    facts
        Losses in order of time.
    powered
        (s, pod) of each time that a pod got power again, in order of time.
    end_s
        When pods that are still dark are given up, s.
    """
    rows: dict[tuple[str, str, str], LossRow] = {}
    reach: dict[str, set[int]] = {}
    for fact, dark_s in zip(facts, dark_times(facts, powered, end_s), strict=True):
        who = fact.loss.initiator
        key = (who.name, fact.loss.path, fact.diesel)
        first = LossRow(fact.time_s, who.name, who.kind, *key[1:], 0, 0, 0, 0.0, 0)
        row = rows.get(key, first)
        reach.setdefault(who.name, set()).update(fact.pods)
        rows[key] = row._replace(
            pods=row.pods + len(fact.pods) * (not fact.shed),
            sheds=row.sheds + len(fact.pods) * fact.shed,
            core=row.core + fact.core,
            pod_h=row.pod_h + dark_s / HOUR_S,
        )
    return [row._replace(event_pods=len(reach[row.event])) for row in rows.values()]


def dark_times(
    facts: Sequence[LossFact], powered: Iterable[tuple[float, int]], end_s: float
) -> list[float]:
    """Return for each loss the time its pods were dark, summed over them, pod-seconds."""
    again: dict[int, list[float]] = {}
    for time_s, pod in powered:
        again.setdefault(pod, []).append(time_s)
    lights = {pod: iter(times) for pod, times in again.items()}
    # a pod is lost and powered in turns, so that its n-th light ends its n-th darkness
    return [
        math.fsum(next(lights.get(pod, iter(())), end_s) - fact.time_s for pod in fact.pods)
        for fact in facts
    ]
