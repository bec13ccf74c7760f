"""Saying in words what may stand at a key: ``a number from 0 to 5000 m``."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from twin import registry
from twin.contracts.kinds import KindOf
from twin.scenario.toml_text import literal

_WORDS = {
    float: "a number",
    int: "a whole number",
    str: "a text",
    bool: "true or false",
}
_MANY = {float: "numbers", int: "whole numbers", str: "texts", bool: "true or false"}


def unwrap(annotation: Any) -> tuple[Any, list[Any]]:
    """Return a type without ``Annotated`` and ``| None``, and the metadata found on the way."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        found, more = unwrap(inner)
        return found, [*metadata, *more]
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [a for a in get_args(annotation) if a is not type(None)]
        if len(parts) == 1:
            return unwrap(parts[0])
    return annotation, []


def allowed(annotation: Any, field: FieldInfo | None = None) -> str:
    """Return what a key accepts: type, range and unit.

    Parameters
    ----------
    annotation
        Type of the value.
    field
        Its declaration, which knows range and unit.
    """
    kind, metadata = unwrap(annotation)
    limits = list(_limits([*metadata, *(field.metadata if field else [])]))
    unit = unit_of(field)
    end = f" {unit}" if unit not in ("", "1") else ""
    for mark in limits:
        if isinstance(mark, KindOf):
            return f"a table with kind = {_either(k.kind for k in registry.kinds(mark.table))}"
    if get_origin(kind) is Literal:
        return _either(get_args(kind))
    if get_origin(kind) is list:
        (item,) = get_args(kind)
        inner, inside = unwrap(item)
        deeper = _MANY.get(*get_args(inner)) if get_origin(inner) is list else None
        what = f"arrays of {deeper}" if deeper else _MANY.get(inner, "tables")
        return f"an array of {what}{_range(_limits(inside))}{_length(limits, 'entries')}{end}"
    if get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return "a table"
    word = _WORDS.get(kind, f"a {getattr(kind, '__name__', kind)}")
    return f"{word}{_range(limits)}{_length(limits, 'characters')}{end}"


def choices(annotation: Any) -> list[str]:
    """Return the words among which a key chooses, if it does."""
    kind, _ = unwrap(annotation)
    return [str(a) for a in get_args(kind)] if get_origin(kind) is Literal else []


def unit_of(field: FieldInfo | None) -> str:
    """Return the unit a field was declared with."""
    extra = field.json_schema_extra if field else None
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def _limits(metadata: Iterable[Any]) -> Iterable[Any]:
    for mark in metadata:
        if isinstance(mark, FieldInfo):
            yield from _limits(mark.metadata)
        else:
            yield mark


def _range(limits: Iterable[Any]) -> str:
    bounds: dict[str, Any] = {}
    for mark in limits:
        for name in ("ge", "gt", "le", "lt"):
            value = getattr(mark, name, None)
            if value is not None:
                bounds[name] = value
    if "ge" in bounds and "le" in bounds:
        return f" from {_number(bounds['ge'])} to {_number(bounds['le'])}"
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    parts = [f"{signs[name]} {_number(bounds[name])}" for name in signs if name in bounds]
    return f" {' and '.join(parts)}" if parts else ""


def _length(limits: Iterable[Any], what: str) -> str:
    least = greatest = pattern = None
    for mark in limits:
        least = getattr(mark, "min_length", None) or least
        greatest = getattr(mark, "max_length", None) or greatest
        pattern = getattr(mark, "pattern", None) or pattern
    if pattern:
        return f" of the form {pattern}"
    if least and least == greatest:
        return f" with {least} {what}"
    if least and greatest:
        return f" with {least} to {greatest} {what}"
    if least:
        return f" with at least {least} {what}"
    return f" with at most {greatest} {what}" if greatest else ""


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _either(words: Iterable[Any]) -> str:
    return " | ".join(literal(w) for w in words)
