"""What tie breakers remember."""

from __future__ import annotations

from dataclasses import dataclass, field

from twin.contracts.parts import NEVER, DeviceState


@dataclass(slots=True)
class TieState(DeviceState):
    """Per tie: closed or not, out of order or not, next fault or end of repair, next attempt, s.

    ``held`` counts what keeps a tie open from outside, ``attempts`` numbers the draws; at ``open_at_s``
    it is looked whether ties may open.
    """

    closed: list[bool] = field(default_factory=list)
    down: list[bool] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    next_s: list[float] = field(default_factory=list)
    close_at_s: list[float] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)
    open_at_s: float = NEVER
    armed: bool = False
