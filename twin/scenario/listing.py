"""Every figure of a scenario with unit, meaning, source and confidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic.fields import FieldInfo

from twin.contracts.kinds import DEFAULT, KindOf, dump_kind
from twin.quantity import Spec
from twin.scenario.allowed import unit_of
from twin.scenario.comments import split_confidence
from twin.scenario.merge import ARCHITECTURES, HEAD
from twin.scenario.model import Architecture, Scenario
from twin.scenario.shape import dotted

Path = tuple[str | int, ...]
IN_FILE = "scenario file"
"""Source of a figure that the file gives without saying where it comes from."""


@dataclass(frozen=True)
class Row:
    """One figure of a scenario.

    Attributes
    ----------
    key
        Dotted key; plant figures that are equal in all architectures carry the shared key.
    value, unit, meaning
        What is set and what it means.
    source, confidence
        Of the value: from the file's comment where the file gives it, else of the default.
    span
        Range over which the figure is swept because nobody knows it, None if it declares none.
    """

    key: str
    value: Any
    unit: str
    meaning: str
    source: str
    confidence: str
    span: tuple[float, float] | None = None

    @property
    def assumed(self) -> bool:
        """Whether nobody has published the figure."""
        return self.source.lower().startswith("assumed")


def describe(scenario: Scenario, sources: bool = False) -> list[Row]:
    """Return a row for every figure of a scenario.

    Parameters
    ----------
    scenario
        The scenario.
    sources
        True puts the assumed figures first.
    """
    world = [r for _, r in _rows(scenario, (), scenario._given) if r.key != ARCHITECTURES]
    rows = [*world, *_plant(scenario)]
    return sorted(rows, key=lambda row: not row.assumed) if sources else rows


def _plant(scenario: Scenario) -> Iterator[Row]:
    """Yield the plant's rows: the common ones under their shared key, then those that differ."""
    own = {n: _architecture_rows(scenario, n, a) for n, a in scenario.architectures.items()}
    paths = dict.fromkeys(path for rows in own.values() for path in rows)
    common = {p: row for p in paths if (row := _common(p, [r.get(p) for r in own.values()]))}
    yield from common.values()
    for rows in own.values():
        for path, row in rows.items():
            if path not in common or replace(row, key=common[path].key) != common[path]:
                yield row


def _common(path: Path, rows: list[Row | None]) -> Row | None:
    """Return the row under its shared key that all architectures have, None if there is none.

    A table other than storage stands in every plant; what most have is shared, the rest overrides.
    """
    known = [replace(r, key=dotted(path)) for r in rows if r is not None]
    if len(known) < len(rows) or len(rows) < 2:
        return None
    best = max(known, key=known.count)
    needed = len(rows) if path[0] in ("storage", "more_storage") else len(rows) / 2 + 0.5
    return best if sum(r == best for r in known) >= needed else None


def _architecture_rows(
    scenario: Scenario, name: str, architecture: Architecture
) -> dict[Path, Row]:
    """Return the rows of an architecture by their path in it."""
    start: Path = (ARCHITECTURES, name)
    rows: list[tuple[Path, Row]] = []
    for field in HEAD:
        info, value = Architecture.model_fields[field], getattr(architecture, field)
        rows.append(((*start, field), _row((*start, field), value, info, scenario._given)))
    for table, spec in architecture.tables.items():
        rows += _table(table, spec, (*start, table), scenario._given)
    for more, spec in architecture.more_storage.items():
        rows += _table("storage", spec, (*start, "more_storage", more), scenario._given)
    return {path[2:]: row for path, row in rows}


def _table(
    table: str, spec: Spec, path: Path, given: dict[str, str], info: FieldInfo | None = None
) -> Iterator[tuple[Path, Row]]:
    """Yield the rows of a table whose keys depend on its kind."""
    word = dump_kind(table, spec).get("kind", DEFAULT)
    if word != DEFAULT:
        at = (*path, "kind")
        extra = info.json_schema_extra if info else None
        meaning = (type(spec).__doc__ or "").strip().partition("\n")[0]
        word_info = FieldInfo(description=meaning, json_schema_extra=extra)
        yield at, _row(at, word, word_info, given)
    yield from _rows(spec, path, given)


def _rows(spec: Spec, path: Path, given: dict[str, str]) -> Iterator[tuple[Path, Row]]:
    for name, info in type(spec).model_fields.items():
        value, at = getattr(spec, name), (*path, name)
        mark = next((m for m in info.metadata if isinstance(m, KindOf)), None)
        if isinstance(value, Spec) and mark is not None:
            yield from _table(mark.table, value, at, given, info)
        elif isinstance(value, Spec):
            yield from _rows(value, at, given)
        elif isinstance(value, list) and value and isinstance(value[0], Spec):
            for index, item in enumerate(value):
                yield from _rows(item, (*at, index), given)
        else:
            row = _row(at, value, info, given, spec.source_of(name))
            yield at, replace(row, span=None) if spec.idle(name) else row


def _row(
    path: Path,
    value: Any,
    info: FieldInfo,
    given: dict[str, str],
    filled_in: tuple[str, str] | None = None,
) -> Row:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    source, confidence = str(extra.get("source", "")), str(extra.get("confidence", ""))
    source, confidence = filled_in or (source, confidence)
    key = dotted(path)
    note = given.get(key)
    if note:
        source, confidence = split_confidence(note)
    elif note is not None and value != info.get_default(call_default_factory=True):
        source, confidence = IN_FILE, ""
    return Row(key, value, unit_of(info), info.description or "", source, confidence, _span(extra))


def _span(extra: Mapping[str, Any]) -> tuple[float, float] | None:
    found = extra.get("range")
    return (float(found[0]), float(found[1])) if found else None
