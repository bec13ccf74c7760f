"""JSON schema of scenario files, with every kind that is registered: for editors and checkers."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from twin import registry
from twin.contracts.kinds import DEFAULT
from twin.quantity import Spec
from twin.scenario.merge import ARCHITECTURES, MORE
from twin.scenario.model import NAME, Architecture, Scenario

Json = dict[str, Any]


def schema() -> Json:
    """Return the JSON schema of scenario files.

    Plant tables may be incomplete wherever they stand, since shared and own tables complete each
    other; that the merged tables are complete is for `Scenario.load` to check.
    """
    every = [*registry.kinds()]
    models: list[type[Spec]] = [Scenario, Architecture, *dict.fromkeys(k.spec for k in every)]
    refs, document = models_json_schema([(m, "validation") for m in models])
    definitions: Json = document["$defs"]

    def body(model: type[Spec]) -> Json:
        name = refs[model, "validation"]["$ref"].rpartition("/")[2]
        return dict(definitions[name])

    kinds = {f"{k.table}.{k.kind}": _kind(k, body(k.spec)) for k in every}
    file = _file(body(Scenario), body(Architecture))
    document = _with_kinds({**file, "$defs": definitions | kinds})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_used(document)}


def _kind(known: registry.Kind, body: Json) -> Json:
    """Return the schema of a table of one kind: the model's own plus the word ``kind``."""
    properties = {"kind": {"const": known.kind}, **body.get("properties", {})}
    required = list(body.get("required", []))
    if known.kind != DEFAULT:
        required.insert(0, "kind")
    out = body | {"properties": properties, "title": f"{known.table}, kind {known.kind}"}
    out.pop("required", None)
    if required and known.world:
        out["required"] = required
    return out


def _file(scenario: Json, architecture: Json) -> Json:
    plant: Json = {t: {"x-kind-of": t} for t in registry.tables(world=False)}
    plant[MORE] = {"type": "object", "additionalProperties": {"x-kind-of": "storage"}}
    own = {k: v for k, v in architecture["properties"].items() if k not in ("tables", MORE)}
    each = architecture | {"properties": {**own, **plant}}
    head = dict(scenario["properties"])
    head[ARCHITECTURES] = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": NAME},
        "additionalProperties": each,
    }
    required = [key for key in scenario["required"] if key != "default_architectures"]
    return scenario | {"properties": {**head, **plant}, "required": required}


def _with_kinds(node: Any) -> Any:
    """Replace the marks that `KindOf` left by the kinds of their table."""
    if isinstance(node, list):
        return [_with_kinds(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: _with_kinds(value) for key, value in node.items() if key != "x-kind-of"}
    if "x-kind-of" in node:
        table = node["x-kind-of"]
        names = [f"{table}.{k.kind}" for k in registry.kinds(table)]
        out["anyOf"] = [{"$ref": f"#/$defs/{name}"} for name in names]
    return out


def _used(document: Json) -> Json:
    """Return the document without definitions that nothing points at."""
    text: set[str] = set()

    def collect(node: Any) -> None:
        for value in node.values() if isinstance(node, dict) else node:
            if isinstance(value, str) and value.startswith("#/$defs/") and value not in text:
                text.add(value)
                collect(document["$defs"][value.removeprefix("#/$defs/")])
            elif isinstance(value, dict | list):
                collect(value)

    collect({key: value for key, value in document.items() if key != "$defs"})
    kept = {k: v for k, v in document["$defs"].items() if f"#/$defs/{k}" in text}
    return document | {"$defs": kept}
