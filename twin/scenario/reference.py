"""The reference of scenario files as Markdown: every table, kind and key, from the models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from twin import registry
from twin.contracts.kinds import DEFAULT, KindOf
from twin.errors import ScenarioError, nearest
from twin.scenario.allowed import allowed, unwrap
from twin.scenario.model import Architecture, Scenario
from twin.scenario.toml_text import literal

INTRO = """# Scenario keys

Every table of a scenario file, every kind that may stand in it, and every key. How files are read
and merged is told in [scenario files](../scenario.md). Entries of arrays are numbered from zero, as in
`--set`. In square brackets behind a source stands how sure it is: A read in the primary text, B from a
secondary source or from memory, C and D derived or assumed. A default that nobody has published has the
source *assumed*.
"""
TOP = "top of the file"
ARCHITECTURE = "architectures.NAME"
HEAD = ("Key", "Default", "Allowed, with unit", "Meaning", "Source of the default")
LONGEST_DEFAULT = 60
FILLED_IN = {"default_architectures": "the first two of the file"}
"""Keys that a file may leave out although the model demands them."""
Row = tuple[str, str, str, str, str]


def tables() -> list[str]:
    """Return the names of all sections: the file's own, then the world's, then the plant's tables."""
    world = [n for n, info in Scenario.model_fields.items() if _model(info) is not None]
    return [TOP, *dict.fromkeys([*world, *registry.tables(world=True)]), ARCHITECTURE,
            *registry.tables(world=False)]  # fmt: skip


def reference(table: str | None = None) -> str:
    """Return the reference of all tables, or of one, as Markdown.

    Parameters
    ----------
    table
        Name of a table, e.g. ``"diesel"``; left out, all tables with an introduction.

    Raises
    ------
    ScenarioError
        There is no such table.
    """
    known = tables()
    if table is None:
        return "\n".join([INTRO, *(section(name) for name in known)])
    if table not in known:
        raise ScenarioError(
            f"there is no table '{table}'{nearest(table, known)}; known: {', '.join(known)}"
        )
    return section(table)


def section(table: str) -> str:
    """Return the section of one table as Markdown, one part for each of its kinds."""
    lines = [f"## `[{_place(table)}]`" if table != TOP else f"## The {TOP}", ""]
    for words, spec in _kinds(table):
        if words:
            lines += [f"### {_place(table)}, {words}", ""]
        lines += [_summary(spec), "", *_table(_rows(spec)), ""]
    return "\n".join(lines)


def _place(table: str) -> str:
    """Return where a table stands in a file: tables of the world may stand inside others."""
    for outer in registry.tables(world=True):
        for known in registry.kinds(outer):
            if _holds(known.spec, table):
                return f"{outer}.{table}"
    inside = (n for n, info in Scenario.model_fields.items() if _holds(_model(info), table))
    return next((f"{n}.{table}" for n in inside), table)


def _holds(model: type[BaseModel] | None, table: str) -> bool:
    fields = {} if model is None else model.model_fields
    return any(m == KindOf(table) for info in fields.values() for m in info.metadata)


def _kinds(table: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield (words for the kind, model) of a table; one model under several words comes once."""
    heads: dict[str, type[BaseModel]] = {TOP: Scenario, ARCHITECTURE: Architecture}
    own = heads.get(table) or _model(Scenario.model_fields.get(table))
    if own is not None:
        yield "", own
        return
    found: dict[type[BaseModel], list[str]] = {}
    for known in registry.kinds(table):
        found.setdefault(known.spec, []).append(known.kind)
    for spec, words in found.items():
        named = [f'`kind = "{w}"`' for w in words if w != DEFAULT]
        if DEFAULT in words and named:
            named.append("or no `kind`")
        yield " ".join(named), spec


def _model(info: FieldInfo | None) -> type[BaseModel] | None:
    """Return the model of a field that holds a table without kinds."""
    if info is None or any(isinstance(m, KindOf) for m in info.metadata):
        return None
    kind, _ = unwrap(info.annotation)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _summary(spec: type[BaseModel]) -> str:
    """Return the first paragraph of a model's docstring."""
    text = " ".join((spec.__doc__ or "").strip().partition("\n\n")[0].split())
    always = " Stands in every plant, whether named or not."
    return text + (always if getattr(spec, "present_by_default", False) else "")


def _rows(
    spec: type[BaseModel], path: str = "", values: BaseModel | None = None, source: str = ""
) -> Iterator[Row]:
    """Yield a row for each key below a model.

    `values` are defaults that its owner gives, `source` is theirs where they are not its own.
    """
    for name, info in spec.model_fields.items():
        key = f"{path}{name}"
        if (spec is Scenario and (_model(info) or name == "architectures")) or name == "tables":
            continue  # a section of its own
        mark = next((m for m in info.metadata if isinstance(m, KindOf)), None)
        own = _default(info)
        default = own if values is None else getattr(values, name)
        inner = _model(info)
        if inner is not None and not get_origin(unwrap(info.annotation)[0]):
            given = default if isinstance(default, inner) else None
            yield from _rows(inner, f"{key}.", given, _source(info))
            continue
        yield _row(key, info, default, mark, source if default != own else _source(info))
        item = _item(info)
        if item is not None:
            yield from _rows(item, f"{key}.0.")


def _row(key: str, info: FieldInfo, default: Any, mark: KindOf | None, source: str) -> Row:
    what = allowed(info.annotation, info).replace(" | ", " or ")
    what = re.sub(r"(?<=of the form )\S+", r"`\g<0>`", what)
    if mark is not None:
        what = f"a table, see `[{_place(mark.table)}]`"
    shown = FILLED_IN.get(key) or _shown(default)
    told = "" if shown == "required" else source
    return f"`{key}`", shown, what, info.description or "", told


def _source(info: FieldInfo) -> str:
    """Return the source of a default, its confidence, and the range it is swept over."""
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    source, swept = str(extra.get("source", "")), extra.get("range")
    if source == "none needed":
        return ""
    trust = f" [{extra['confidence']}]" if extra.get("confidence") else ""
    span = f"; swept from {swept[0]} to {swept[1]}" if isinstance(swept, list | tuple) else ""
    return f"{source}{trust}{span}"


def _default(info: FieldInfo) -> Any:
    if info.is_required():
        return PydanticUndefined
    return info.get_default(call_default_factory=True)


def _shown(value: Any) -> str:
    if value is PydanticUndefined:
        return "required"
    if value is None or value == "":
        return "left out"
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, list) and value and isinstance(value[0], BaseModel):
        return f"{len(value)} entries: " + ", ".join(_name(v) for v in value)
    text = literal(value)
    return f"`{text}`" if len(text) <= LONGEST_DEFAULT else f"`{text[: LONGEST_DEFAULT - 3]}...`"


def _name(value: BaseModel) -> str:
    return f"`{getattr(value, 'name', type(value).__name__)}`"


def _item(info: FieldInfo) -> type[BaseModel] | None:
    """Return the model of the entries of an array of tables."""
    kind, _ = unwrap(info.annotation)
    if get_origin(kind) is not list:
        return None
    item, _ = unwrap(get_args(kind)[0])
    return item if isinstance(item, type) and issubclass(item, BaseModel) else None


def _table(rows: Iterable[Row]) -> list[str]:
    body = [_line(row) for row in rows]
    return [_line(HEAD), _line(["---"] * len(HEAD)), *body] if body else ["No keys of its own."]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"
