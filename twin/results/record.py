"""What is kept of a replication: one record per architecture, as plain data."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.economics import CashFlow
from twin.errors import SimulationError


class OutcomeLike(Protocol):
    """What the plant returns for one architecture of a replication."""

    @property
    def architecture(self) -> str:
        """Name of the architecture."""

    @property
    def row(self) -> Mapping[str, Any]:
        """Metrics, None or NaN where undefined."""

    @property
    def cashflow(self) -> CashFlow:
        """Costs by item and year."""

    @property
    def asset_value(self) -> NDArray[np.float64]:
        """Residual value of the equipment at the end of each year, USD."""

    @property
    def details(self) -> Mapping[str, Sequence[Sequence[Any]]]:
        """Rows of further tables by name, in the order of their columns."""


@dataclass(frozen=True)
class Failure:
    """An architecture of a replication that could not be simulated to its end."""

    replication: int
    architecture: str
    error: str
    traceback: str

    def to_dict(self) -> dict[str, Any]:
        """Return the entry of ``manifest.json``."""
        return asdict(self)


@dataclass(frozen=True)
class Record:
    """One architecture in one replication.

    Attributes
    ----------
    replication, architecture
        Which one.
    row
        Metrics; None where undefined.
    costs
        Costs by item and year, USD, columns as in `twin.economics.CashFlow`.
    asset_value
        Residual value of the equipment at the end of each year, USD, same columns.
    details
        Rows of further tables by name; see `twin.results.details`.
    """

    replication: int
    architecture: str
    row: dict[str, float | None]
    costs: dict[str, list[float]]
    asset_value: list[float]
    details: dict[str, list[list[Any]]] = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, str]:
        """Replication and architecture."""
        return self.replication, self.architecture

    @classmethod
    def of(cls, replication: int, outcome: OutcomeLike) -> Record:
        """Return the record of what the plant returned."""
        place = f"replication {replication}, {outcome.architecture}"
        flow = outcome.cashflow
        return cls(
            replication=replication,
            architecture=outcome.architecture,
            # records may be many, and what comes from another process shares no text
            row={
                sys.intern(name): _number(value, f"{place}: {name}")
                for name, value in outcome.row.items()
            },
            costs={item: flow.item(item).tolist() for item in flow.items},
            asset_value=np.asarray(outcome.asset_value, dtype=np.float64).tolist(),
            details={name: [list(r) for r in rows] for name, rows in outcome.details.items()},
        )

    def to_json(self) -> str:
        """Return one line of JSON; numbers survive it bit for bit."""
        return json.dumps(asdict(self), allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> Record:
        """Return the record that `to_json` wrote."""
        return cls(**json.loads(line))


def _number(value: Any, place: str) -> float | None:
    if value is None:
        return None
    number = float(value)
    if math.isinf(number):
        raise SimulationError(f"{place}: is infinite; undefined must be None")
    return None if math.isnan(number) else number


def spans(numbers: Iterable[int]) -> list[list[int]]:
    """Return whole numbers as sorted [first, last] pairs: 0, 1, 2, 7 → [[0, 2], [7, 7]]."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def numbers(pairs: Sequence[Sequence[int]]) -> Iterator[int]:
    """Yield the numbers that `spans` wrote down."""
    for first, last in pairs:
        yield from range(first, last + 1)
