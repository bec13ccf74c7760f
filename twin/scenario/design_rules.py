"""Warnings about designs that are possible but unwise.

A table's `Spec` takes part by defining ``warnings(context) -> Iterable[str]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from twin.quantity import Spec
from twin.scenario.model import Architecture, Scenario


@dataclass(frozen=True)
class CheckContext:
    """What a table may look at when it judges a design.

    Attributes
    ----------
    scenario
        The whole scenario.
    name, architecture
        The architecture that is judged.
    """

    scenario: Scenario
    name: str
    architecture: Architecture


def check(scenario: Scenario) -> list[str]:
    """Return the warnings of all tables about themselves, each once.

    `twin.plant.design.check` adds the rules that need the site's tree.
    """
    return list(dict.fromkeys(f"{key}: {text}" for _, key, text in table_warnings(scenario)))


def table_warnings(scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    """Yield (architecture, key, text) of every warning of a table about itself."""
    for name, architecture in scenario.architectures.items():
        context = CheckContext(scenario, name, architecture)
        for key, spec in _tables(scenario, name, architecture):
            warn: Callable[[CheckContext], Iterable[str]] | None = getattr(spec, "warnings", None)
            if callable(warn):
                yield from ((name, key, text) for text in warn(context))


def _tables(
    scenario: Scenario, name: str, architecture: Architecture
) -> Iterator[tuple[str, Spec]]:
    for field in Scenario.model_fields:
        value = getattr(scenario, field)
        if isinstance(value, Spec):
            yield field, value
    for table, spec in architecture.tables.items():
        yield f"architectures.{name}.{table}", spec
    for more, spec in architecture.more_storage.items():
        yield f"architectures.{name}.more_storage.{more}", spec
