"""The figures that a sensitivity run moves, and how far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from twin.errors import InputError, nearest
from twin.explore.axes import OVER, read_axis
from twin.scenario import Scenario, describe, find, spread
from twin.scenario.merge import ARCHITECTURES
from twin.scenario.toml_text import literal


@dataclass(frozen=True)
class Range:
    """A figure and the range it is moved over.

    Attributes
    ----------
    key
        Name of the figure.
    places
        The keys that are set together.
    low, high
        The range.
    base
        Value in the scenario, None where the designs differ.
    unit
        Unit of all three.
    """

    key: str
    places: tuple[str, ...]
    low: float
    high: float
    base: float | None
    unit: str
    whole: bool = False

    def sets(self, side: str) -> tuple[str, ...]:
        """Return the changes that make one end of the range."""
        value = self.low if side == "low" else self.high
        text = literal(int(value) if self.whole else value)
        return tuple(f"{place}={text}" for place in self.places)


def ranges(
    scenario: Scenario,
    architectures: Sequence[str],
    keys: Mapping[str, Sequence[float]] | Iterable[str] | None = None,
) -> list[Range]:
    """Return the figures to move: those asked for, or all that declare a range."""
    declared = {r.key: r for r in _declared(scenario, architectures)}
    if keys is None:
        return list(declared.values())
    if isinstance(keys, Mapping):
        return [_range(scenario, key, *_ends(key, ends)) for key, ends in keys.items()]
    return [_asked(scenario, text, declared) for text in keys]


def _ends(key: str, ends: Sequence[float]) -> tuple[float, float]:
    if len(ends) != 2 or not float(ends[0]) < float(ends[1]):
        raise InputError(f"{OVER} {key}: give (low, high), rising")
    return float(ends[0]), float(ends[1])


def _asked(scenario: Scenario, text: str, declared: Mapping[str, Range]) -> Range:
    if "=" not in text:
        if text not in declared:
            raise InputError(
                f"{OVER} {text}: this figure declares no range{nearest(text, declared)}; write "
                f"{text}=LOW..HIGH"
            )
        return declared[text]
    axis = read_axis(text)
    if axis.span is None:
        raise InputError(f"{OVER} {text}: write KEY=LOW..HIGH")
    return _range(scenario, axis.key, axis.span.low, axis.span.high)


def _range(
    scenario: Scenario, key: str, low: float, high: float, places: Sequence[str] = ()
) -> Range:
    places = tuple(places) or spread(scenario, key, everywhere=True)
    figures = [figure for place in places for figure in find(scenario, place)]
    if not figures:
        scenario.changed([f"{key}={literal(low)}"], OVER)  # says what is wrong with the key
        raise InputError(f"{OVER} {key}: there is no such figure in this scenario")
    values = {figure.value for figure in figures if isinstance(figure.value, int | float)}
    base = float(next(iter(values))) if len(values) == 1 else None
    return Range(key, places, low, high, base, figures[0].unit, figures[0].whole)


def _declared(scenario: Scenario, architectures: Sequence[str]) -> list[Range]:
    """Return the figures that declare a range; one that several designs have is moved in all."""
    groups: dict[tuple[str, tuple[float, float]], list[str]] = {}
    for row in describe(scenario):
        if row.span is None:
            continue
        path = row.key.split(".")
        if path[0] != ARCHITECTURES:
            groups[row.key, row.span] = list(spread(scenario, row.key, everywhere=True))
        elif path[1] in architectures:
            groups.setdefault((".".join(path[2:]), row.span), []).append(row.key)
    found = []
    for (name, span), places in groups.items():
        alone = len(places) == 1 and places[0].startswith(ARCHITECTURES)
        found.append(_range(scenario, places[0] if alone else name, *span, places))
    return found
