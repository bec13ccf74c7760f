"""What a fit returns: figures with intervals, and the piece of a scenario file they make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.scenario.toml_text import literal

Array = NDArray[np.float64]
DIGITS = 4
"""Significant digits of fitted figures in a scenario file."""


@dataclass(frozen=True)
class Figure:
    """One fitted figure.

    Attributes
    ----------
    key
        Key of the scenario table it belongs to.
    value
        The estimate: a number, or the numbers of an array.
    low, high
        Limits of the 95 % interval, of the same shape; None where there is none.
    unit
        Unit, as in the scenario file.
    how
        Method and what it rests on, in a few words.
    """

    key: str
    value: float | tuple[float, ...]
    low: float | tuple[float, ...] | None
    high: float | tuple[float, ...] | None
    unit: str
    how: str

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as it is printed in JSON."""
        return {
            "key": self.key, "value": self.value, "low": _finite(self.low),
            "high": _finite(self.high), "unit": self.unit, "how": self.how,
        }  # fmt: skip

    def said(self) -> str:
        """Return method and interval, as a source in a scenario file says them."""
        if isinstance(self.low, tuple) and isinstance(self.high, tuple):
            pairs = ", ".join(
                f"{short(a)} to {short(b)}" for a, b in zip(self.low, self.high, strict=True)
            )
            return f"{self.how}; 95 %: {pairs}"
        if isinstance(self.low, float) and isinstance(self.high, float):
            return f"{self.how}; 95 %: {short(self.low)} to {short(self.high)}"
        return self.how


@dataclass(frozen=True)
class Fit:
    """Everything that a log says about one table of a scenario.

    Attributes
    ----------
    what, log
        ``"sags"``, ``"outages"`` or ``"diesel"``, and the log's name.
    table, kind
        Scenario table that the figures belong to, and its ``kind`` (empty: none is written).
    record
        The log in one sentence.
    figures
        Fitted figures, in the order of the scenario file.
    indices
        What the log says beside the scenario's keys, by name.
    notes, warnings
        What was found out or left out, and what makes the figures doubtful.
    """

    what: str
    log: str
    table: str
    kind: str
    record: str
    figures: tuple[Figure, ...]
    indices: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fit as it is printed in JSON, the snippet included."""
        return {
            "what": self.what, "log": self.log, "record": self.record,
            "figures": [figure.to_dict() for figure in self.figures], "indices": self.indices,
            "notes": list(self.notes), "warnings": list(self.warnings), "toml": self.snippet(),
        }  # fmt: skip

    def values(self) -> dict[str, Any]:
        """Return the scenario table as plain data, rounded as in the snippet."""
        head = {"kind": self.kind} if self.kind else {}
        return head | {figure.key: rounded(figure.value) for figure in self.figures}

    def snippet(self) -> str:
        """Return the table as TOML; behind each figure stands where it comes from."""
        lines = [f"# Fitted to {self.log}: {self.record}.", f"[{self.table}]"]
        if self.kind:
            lines.append(f"kind = {literal(self.kind)}")
        for figure in self.figures:
            lines += [f"# source: {self.log}: {figure.said()} [A]"]
            lines += [f"{figure.key} = {literal(rounded(figure.value))}"]
        return "\n".join(lines) + "\n"

    def __getitem__(self, key: str) -> Figure:
        """Return the figure of a key."""
        return next(figure for figure in self.figures if figure.key == key)


def _finite(limit: float | tuple[float, ...] | None) -> float | tuple[float, ...] | None:
    """Return a limit as JSON can say it: an infinite one is none."""
    return None if isinstance(limit, float) and math.isinf(limit) else limit


def rounded(value: float | Sequence[float]) -> Any:
    """Return a figure, or an array of figures, with as many digits as a fit can mean."""
    if isinstance(value, float | int):
        return float(f"{value:.{DIGITS}g}")
    return [float(f"{x:.{DIGITS}g}") for x in value]


def short(value: float) -> str:
    """Return a number for people."""
    return "infinity" if math.isinf(value) else f"{value:.3g}"


def plural(n: int, word: str) -> str:
    """Return ``"1 sag"`` or ``"3 sags"``."""
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"
