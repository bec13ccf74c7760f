"""A field whose parameters depend on its ``kind``: ``sags = { kind = "ecdf", ... }``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

from pydantic import (
    BeforeValidator,
    GetJsonSchemaHandler,
    PlainSerializer,
    SerializeAsAny,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import InitErrorDetails, PydanticCustomError

from twin import registry
from twin.errors import nearest
from twin.quantity import Spec

DEFAULT = "default"
"""The kind of a table that has no ``kind`` key."""


@dataclass(frozen=True)
class KindOf:
    """Mark of a field that holds one kind of a registered table."""

    table: str

    def __get_pydantic_json_schema__(
        self, schema: Any, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Leave a mark that `twin.scenario.schema` replaces by the kinds registered by then."""
        del schema, handler
        return {"x-kind-of": self.table}


def has_default(table: str) -> bool:
    """Return whether ``kind`` may be left out in a table."""
    return any(known.kind == DEFAULT for known in registry.kinds(table))


def parse_kind(table: str, value: Any) -> Spec:
    """Validate a table (a dict with ``kind``) into the registered `Spec`."""
    if isinstance(value, Spec):
        return value
    if not isinstance(value, dict):
        raise PydanticCustomError("table", "must be a table")
    body = dict(value)
    word = body.pop("kind", DEFAULT)
    known = {k.kind: k.spec for k in registry.kinds(table)}
    if not isinstance(word, str) or word not in known:
        _refuse_kind(table, value)
    return known[word].model_validate(body)


def _refuse_kind(table: str, value: dict[str, Any]) -> NoReturn:
    known = [k.kind for k in registry.kinds(table)]
    given = value.get("kind")
    text = "is missing" if given is None else f"unknown kind{nearest(str(given), known)}"
    error = PydanticCustomError("kind", f"{text}; known: {', '.join(known)}")
    detail = InitErrorDetails(type=error, loc=("kind",), input=given)
    raise ValidationError.from_exception_data(table, [detail])


def dump_kind(table: str, value: Spec) -> dict[str, Any]:
    """Return the table that `parse_kind` reads back into an equal `Spec`."""
    word = next(k.kind for k in registry.kinds(table) if k.spec is type(value))
    head = {} if word == DEFAULT else {"kind": word}
    return head | value.model_dump()


def kind_of(table: str) -> Any:
    """Return the annotated pydantic type of a field that holds one kind of `table`."""

    def validate(value: Any) -> Spec:
        return parse_kind(table, value)

    def serialize(value: Spec) -> dict[str, Any]:
        return dump_kind(table, value)

    return Annotated[
        SerializeAsAny[Spec],
        BeforeValidator(validate),
        PlainSerializer(serialize),
        KindOf(table),
    ]
