"""Finding a figure of a scenario by its key: where it stands, its value and unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from twin.quantity import Spec
from twin.scenario.allowed import unit_of, unwrap
from twin.scenario.merge import ARCHITECTURES, MORE, plant_keys
from twin.scenario.model import Architecture, Scenario
from twin.scenario.shape import dotted


@dataclass(frozen=True)
class Figure:
    """A value at one place of a scenario.

    Attributes
    ----------
    key
        Dotted key of the place; a plant figure carries its architecture.
    value, unit
        What stands there, and in which unit.
    whole
        True for whole numbers.
    """

    key: str
    value: Any
    unit: str
    whole: bool


def find(scenario: Scenario, key: str) -> list[Figure]:
    """Return the places of a key: for a shared plant key one in each architecture that has it."""
    path = tuple(key.split("."))
    if path[0] == ARCHITECTURES:
        design = scenario.architectures.get(path[1]) if len(path) > 2 else None
        found = [] if design is None else [_in_design(key, design, path[2:])]
    elif path[0] in plant_keys():
        found = [
            _in_design(dotted((ARCHITECTURES, name, *path)), design, path)
            for name, design in scenario.architectures.items()
        ]
    else:
        found = [_walk(key, scenario, None, path)]
    return [figure for figure in found if figure is not None]


def spread(scenario: Scenario, key: str, *, everywhere: bool = False) -> tuple[str, ...]:
    """Return the keys to set so that a figure changes.

    Parameters
    ----------
    key
        As for ``--set``.
    everywhere
        True sets a plant figure in every architecture that has it, also where one overrides it.
        False leaves a key that all architectures have as it is, so that ``--set``'s rules hold; a
        key that only some have stands for theirs.
    """
    path = tuple(key.split("."))
    if path[0] not in plant_keys():
        return (key,)
    places = tuple(figure.key for figure in find(scenario, key))
    some = 0 < len(places) < len(scenario.architectures)
    return places if places and (everywhere or some) else (key,)


def unit(scenario: Scenario, key: str) -> str:
    """Return the unit of a key, empty where it has none or is unknown."""
    places = find(scenario, key)
    return places[0].unit if places else ""


def _in_design(key: str, design: Architecture, path: tuple[str, ...]) -> Figure | None:
    if path[0] == MORE:
        return _walk(key, design.more_storage, None, path[1:])
    if path[0] in design.tables:
        return _walk(key, design.tables, None, path)
    return _walk(key, design, None, path)


def _walk(key: str, value: Any, info: FieldInfo | None, path: tuple[str, ...]) -> Figure | None:
    """Follow a path into parameters; None where it ends early."""
    for word in path:
        if isinstance(value, Spec):
            info = type(value).model_fields.get(word)
            value = getattr(value, word) if info else None
        elif isinstance(value, Mapping):
            value = value.get(word)
        elif isinstance(value, list) and word.isdecimal() and int(word) < len(value):
            value = value[int(word)]
        else:
            return None
    if value is None and info is None:
        return None
    kind = unwrap(info.annotation)[0] if info else None
    return Figure(key, value, unit_of(info), kind is int)
