"""The points of a sweep: a grid, or a Latin hypercube where a key has a range."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from twin.errors import InputError
from twin.explore.axes import OVER, Axis, Span
from twin.scenario import Scenario, find, spread
from twin.scenario.overrides import read_value
from twin.scenario.toml_text import literal
from twin.streams import generator

MOST_POINTS = 10_000
SAMPLES = 32
"""Points of a Latin hypercube unless another number is asked for."""
DIGITS = 6
"""Significant digits of a drawn value: nobody wants to read or type more."""


@dataclass(frozen=True)
class Point:
    """One point: its number, the value of each key, and the changes that make its scenario."""

    number: int
    values: dict[str, Any]
    sets: tuple[str, ...]


def points(
    scenario: Scenario, axes: Sequence[Axis], samples: int | None = None, seed: int = 1
) -> list[Point]:
    """Return the points of a sweep, the last key varying fastest.

    Parameters
    ----------
    scenario
        What is swept.
    axes
        Listed values make a grid of all combinations. Keys with a range are drawn together from a
        Latin hypercube, and each of its draws meets the whole grid.
    samples
        Draws of the hypercube; left out, 32.
    seed
        Seed of the hypercube.
    """
    if not axes:
        raise InputError(f"{OVER}: nothing is varied; write {OVER} KEY=V1,V2,...")
    ranged = [axis for axis in axes if axis.span is not None]
    if samples is not None and (not ranged or samples < 1):
        raise InputError(
            f"--samples: {samples} must be at least 1"
            if ranged
            else f"--samples: no key has a range; write {OVER} KEY=LOW..HIGH"
        )
    draws = (SAMPLES if samples is None else samples) if ranged else 1
    count = draws * math.prod(len(axis.texts) for axis in axes if axis.span is None)
    if count > MOST_POINTS:
        raise InputError(f"{OVER}: {count:,} points; at most {MOST_POINTS:,}")
    return list(_points(scenario, axes, draws, seed))


def _points(
    scenario: Scenario, axes: Sequence[Axis], draws: int, seed: int
) -> Iterator[Point]:  # fmt: skip
    drawn = _hypercube(scenario, axes, draws, seed)
    keys = {axis.key: spread(scenario, axis.key) for axis in axes}
    number = 0
    for draw in range(draws):
        columns = [axis.texts or (drawn[axis.key][draw],) for axis in axes]
        for texts in itertools.product(*columns):
            chosen = dict(zip(keys, texts, strict=True))
            yield Point(
                number,
                {key: read_value(text) for key, text in chosen.items()},
                tuple(f"{place}={chosen[key]}" for key in keys for place in keys[key]),
            )
            number += 1


def _hypercube(
    scenario: Scenario, axes: Sequence[Axis], draws: int, seed: int
) -> dict[str, list[str]]:
    """Return the drawn values of the keys with a range, as text."""
    spans = {axis.key: axis.span for axis in axes if axis.span is not None}
    if not spans:
        return {}
    from scipy.stats import qmc

    sampler = qmc.LatinHypercube(len(spans), seed=generator(seed, 0, "sweep/latin-hypercube"))
    columns = sampler.random(draws).T.tolist()
    return {
        key: [_number(span, share, _whole(scenario, key)) for share in column]
        for (key, span), column in zip(spans.items(), columns, strict=True)
    }


def _whole(scenario: Scenario, key: str) -> bool:
    places = find(scenario, key)
    return bool(places) and places[0].whole


def _number(span: Span, share: float, whole: bool) -> str:
    if not whole:
        return literal(float(f"{span.low + share * (span.high - span.low):.{DIGITS}g}"))
    low, high = math.ceil(span.low), math.floor(span.high)
    return literal(min(high, low + math.floor(share * (high - low + 1))))
