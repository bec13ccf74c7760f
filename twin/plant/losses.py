"""What each event cost: losses of pods as they happened, and as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

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
    """

    time_s: float
    event: str
    kind: str
    path: str
    diesel: str
    pods: int
    sheds: int
    core: int


def loss_rows(facts: Iterable[LossFact]) -> list[LossRow]:
    """Return one row per event, path and state of the diesel plant, in order of time."""
    rows: dict[tuple[str, str, str], LossRow] = {}
    for fact in facts:
        who = fact.loss.initiator
        key = (who.name, fact.loss.path, fact.diesel)
        row = rows.get(key) or LossRow(fact.time_s, who.name, who.kind, *key[1:], 0, 0, 0)
        rows[key] = row._replace(
            pods=row.pods + len(fact.pods) * (not fact.shed),
            sheds=row.sheds + len(fact.pods) * fact.shed,
            core=row.core + fact.core,
        )
    return list(rows.values())
