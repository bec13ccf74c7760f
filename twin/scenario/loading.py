"""From the content of a file to a `Scenario`: change, merge, validate, complain."""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path as File
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from twin import registry
from twin.contracts.kinds import has_default, kind_of
from twin.errors import ScenarioError, TwinError
from twin.quantity import Spec
from twin.scenario import comments, library
from twin.scenario.merge import (
    ARCHITECTURES,
    MORE,
    Path,
    Table,
    absolute_files,
    has,
    has_architectures,
    leaves,
    merged_view,
    origin,
    plant_keys,
)
from twin.scenario.model import NAME, Architecture, Scenario
from twin.scenario.overrides import SET, apply
from twin.scenario.problems import Problems, is_below
from twin.scenario.shape import dotted, file_shape

S = TypeVar("S", bound=Scenario)


@dataclass(frozen=True)
class Source:
    """Where a scenario's content comes from.

    Attributes
    ----------
    name
        Its name in messages.
    file
        The file, None if there is none; data files are found from its folder.
    notes
        The sources of figures that the file's comments give.
    changed
        Keys that were changed already.
    """

    name: str
    file: File | None = None
    notes: dict[tuple[str, ...], str] = field(default_factory=dict)
    changed: tuple[tuple[str, ...], ...] = ()

    @property
    def folder(self) -> File:
        """Folder that relative data files are found from."""
        return self.file.absolute().parent if self.file else File.cwd()


def from_text(cls: type[S], text: str, sets: Sequence[str], name: str, file: File | None) -> S:
    """Return the scenario of a TOML document (see `Scenario.load`)."""
    data = library.parse(text, name)
    return build(cls, data, sets, Source(name, file, comments.comments(text)))


def build(
    cls: type[S], data: Mapping[str, Any], sets: Sequence[str], source: Source, option: str = SET
) -> S:
    """Return the scenario of a file's content (see `Scenario.from_dict`)."""
    if not isinstance(data, Mapping):
        raise ScenarioError(f"{source.name}: must be a table of keys, not {type(data).__name__}")
    raw: Table = absolute_files(copy.deepcopy(dict(data)), source.folder)
    _import_modules(raw, source)
    raw, changed = apply(raw, sets, file_shape(cls, Architecture), option)
    changed = [*source.changed, *changed]
    _import_modules(raw, source)
    shape = file_shape(cls, Architecture)
    view = merged_view(raw)
    problems = Problems(raw, view, shape, source.name, changed)
    scenario = _validate(cls, raw, view, problems)
    scenario._origin = source.name
    scenario._source = source.file
    scenario._content = raw, replace(source, changed=tuple(changed))
    scenario._given = _given(raw, view, changed, source)
    scenario.digest  # noqa: B018  (taken now, so that a missing data file is noticed now)
    return scenario


def _import_modules(raw: Table, source: Source) -> None:
    names = raw.get("modules")
    if not isinstance(names, list) or not all(isinstance(n, str) and n for n in names):
        return  # validation will say so
    folder = str(source.folder)
    if names and source.file and folder not in sys.path:
        sys.path.append(folder)  # last: it must not shadow anything
    for name in names:
        try:
            registry.load_module(name)
        except TwinError as error:
            raise ScenarioError(f"{source.name}: {error}") from error
        except Exception as error:
            raise ScenarioError(
                f"{source.name}: modules: importing '{name}' failed: "
                f"{type(error).__name__}: {error}"
            ) from error


def _validate(cls: type[S], raw: Table, view: Table, problems: Problems) -> S:
    plant = plant_keys()
    for key in raw:
        if key in Architecture.model_fields and key != MORE:
            problems.add((key,), f": belongs to an architecture: architectures.NAME.{key}")
        elif key not in cls.model_fields and key not in plant:
            problems.add((key,), problems.unknown((key,)))
    _check_shared(raw, problems)
    built = _architectures(cls, view, problems)
    broken = len(built) < len(raw[ARCHITECTURES] if has_architectures(raw) else ())
    head = {key: value for key, value in raw.items() if key in cls.model_fields}
    if has_architectures(raw):
        head[ARCHITECTURES] = built
    try:
        scenario = cls.model_validate(head)
    except ValidationError as error:
        _add_head(error, broken, problems)
        problems.raise_all()
        raise  # not reached: pydantic named at least one problem
    problems.raise_all()
    return scenario


def _add_head(error: ValidationError, broken: bool, problems: Problems) -> None:
    """Note what is wrong outside the architectures, and nothing that merely follows from them."""
    wrong = {item["loc"][0] for item in error.errors() if item["loc"]}
    follow_up = {"default_architectures"} if broken or ARCHITECTURES in wrong else set()
    problems.add_errors(error, without=follow_up | ({ARCHITECTURES} if broken else set()))


def _check_shared(raw: Table, problems: Problems) -> None:
    """Check what shared tables say, even where every architecture overrides it."""
    for table in registry.tables(world=False):
        value = raw.get(table)
        if isinstance(value, dict) and ("kind" in value or has_default(table)):
            try:
                _adapter(table).validate_python(value)
            except ValidationError as error:
                problems.add_errors(error, (table,), partial=True)


def _architectures(cls: type[Scenario], view: Table, problems: Problems) -> dict[str, Architecture]:
    found = view.get(ARCHITECTURES)
    built: dict[str, Architecture] = {}
    for name, body in found.items() if isinstance(found, dict) else ():
        path = (ARCHITECTURES, name)
        if not re.fullmatch(NAME, name):
            problems.add(path, ": names consist of a-z, 0-9 and '-'")
        elif not isinstance(body, dict):
            problems.add(path, ": must be a table")
        else:
            architecture = _architecture(cls, body, path, problems)
            if architecture is not None:
                built[name] = architecture
    return built


def _architecture(
    cls: type[Scenario], body: Table, path: Path, problems: Problems
) -> Architecture | None:
    plant = registry.tables(world=False)
    world = {*cls.model_fields, *registry.tables(world=True)}
    head: Table = {}
    for key, value in body.items():
        if key in ("compartments", "title"):
            head[key] = value
        elif key in world:
            where = f"; set '{key}' at the top of the file" if key in cls.model_fields else ""
            problems.add((*path, key), f": the world is common to all architectures{where}")
        elif key not in plant and key != MORE:
            problems.add((*path, key), problems.unknown((*path, key)))
    tables = {t: _spec(t, body[t], (*path, t), problems) for t in plant if t in body}
    head["tables"] = {t: spec for t, spec in tables.items() if spec is not None}
    head[MORE] = _more_storage(body.get(MORE, {}), (*path, MORE), problems)
    try:
        return Architecture.model_validate(head)
    except ValidationError as error:
        problems.add_errors(error, path)
        return None


def _more_storage(value: Any, path: Path, problems: Problems) -> dict[str, Spec]:
    if not isinstance(value, dict):
        problems.add(path, ": must be a table of storage tables, by name")
        return {}
    built = {}
    for name in sorted(value):
        if not re.fullmatch(NAME, name):
            problems.add((*path, name), ": names consist of a-z, 0-9 and '-'")
        spec = _spec("storage", value[name], (*path, name), problems)
        if spec is not None:
            built[name] = spec
    return built


def _spec(table: str, value: Any, path: Path, problems: Problems) -> Spec | None:
    try:
        return _adapter(table).validate_python(value)
    except ValidationError as error:
        problems.add_errors(error, path)
        return None


@lru_cache(maxsize=256)
def _adapter(table: str) -> TypeAdapter[Spec]:
    return TypeAdapter(kind_of(table))


def _given(
    raw: Table, view: Table, changed: list[tuple[str, ...]], source: Source
) -> dict[str, str]:
    """Return the keys that were given, not left to defaults, with the source that is named."""
    given = {}
    for path in leaves(view):
        place = origin(raw, path)
        if not has(raw, place):
            continue
        words = tuple(map(str, place))
        by_set = is_below(place, changed)
        given[dotted(path)] = "--set" if by_set else comments.source_of(source.notes, words)
    return given
