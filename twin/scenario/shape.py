"""Which keys a scenario file may hold where: the tree behind error messages and ``--set``.

A shape answers for one place of the file. Where the keys depend on ``kind``, the answer depends on
the data that stand there, so every question takes them along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from twin import registry
from twin.contracts.kinds import DEFAULT, KindOf, kind_of
from twin.scenario.allowed import allowed, unwrap

Data = Any
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Shape:
    """A plain value: nothing below it."""

    annotation: Any = str
    field: FieldInfo | None = None

    @property
    def allowed(self) -> str:
        """What may stand here, in words."""
        return allowed(self.annotation, self.field)

    def keys(self, data: Data) -> list[str]:
        """Return the keys that are known here."""
        del data
        return []

    def child(self, key: str | int, data: Data) -> Shape | None:
        """Return the shape below a key, or None if the key is unknown."""
        del key, data
        return None


@dataclass(frozen=True)
class Group(Shape):
    """A table with fixed keys that is no single model (the file itself, an architecture)."""

    inner: Mapping[str, Shape] = field(default_factory=dict)
    annotation: Any = dict

    def keys(self, data: Data) -> list[str]:  # noqa: D102
        del data
        return list(self.inner)

    def child(self, key: str | int, data: Data) -> Shape | None:  # noqa: D102
        del data
        return self.inner.get(str(key))


@dataclass(frozen=True)
class Model(Shape):
    """A table with the fields of a model."""

    model: type[BaseModel] = BaseModel

    def keys(self, data: Data) -> list[str]:  # noqa: D102
        del data
        return list(self.model.model_fields)

    def child(self, key: str | int, data: Data) -> Shape | None:  # noqa: D102
        del data
        info = self.model.model_fields.get(str(key))
        return shape_of(info.annotation, info) if info else None


@dataclass(frozen=True)
class Kinds(Shape):
    """A table whose fields depend on its ``kind``."""

    table: str = ""

    @property
    def allowed(self) -> str:  # noqa: D102
        return allowed(kind_of(self.table))

    def specs(self, data: Data) -> list[type[BaseModel]]:
        """Return the models that the data may mean: one if the kind is known, else all."""
        known = {k.kind: k.spec for k in registry.kinds(self.table)}
        word = data.get("kind", DEFAULT) if isinstance(data, Mapping) else DEFAULT
        return [known[word]] if isinstance(word, str) and word in known else list(known.values())

    def keys(self, data: Data) -> list[str]:  # noqa: D102
        names = [name for spec in self.specs(data) for name in spec.model_fields]
        return list(dict.fromkeys([*names, "kind"]))

    def child(self, key: str | int, data: Data) -> Shape | None:  # noqa: D102
        if key == "kind":
            return Shape(Literal[tuple(k.kind for k in registry.kinds(self.table))])
        for spec in self.specs(data):
            if key in spec.model_fields:
                info = spec.model_fields[str(key)]
                return shape_of(info.annotation, info)
        return None


@dataclass(frozen=True)
class Named(Shape):
    """A table with free names, all of one shape."""

    item: Shape = field(default_factory=Shape)

    def keys(self, data: Data) -> list[str]:  # noqa: D102
        return list(data) if isinstance(data, Mapping) else []

    def child(self, key: str | int, data: Data) -> Shape | None:  # noqa: D102
        del data
        return self.item if isinstance(key, str) else None


@dataclass(frozen=True)
class Items(Shape):
    """An array."""

    item: Shape = field(default_factory=Shape)

    def child(self, key: str | int, data: Data) -> Shape | None:  # noqa: D102
        del data
        return self.item if isinstance(key, int) or key.isdecimal() else None


def shape_of(annotation: Any, info: FieldInfo | None = None) -> Shape:
    """Return the shape of a model's field."""
    kind, metadata = unwrap(annotation)
    for mark in [*metadata, *(info.metadata if info else [])]:
        if isinstance(mark, KindOf):
            return Kinds(annotation, info, table=mark.table)
    arguments = get_args(kind)
    if get_origin(kind) is list:
        item = shape_of(arguments[0])
        if type(item) is Shape:  # entries share the declaration's unit
            item = Shape(item.annotation, _unit_only(info))
        return Items(annotation, info, item=item)
    if get_origin(kind) is dict:
        return Named(annotation, info, item=shape_of(arguments[1]))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return Model(annotation, info, model=kind)
    return Shape(annotation, info)


def _unit_only(info: FieldInfo | None) -> FieldInfo | None:
    if info is None:
        return None
    return FieldInfo(description=info.description, json_schema_extra=info.json_schema_extra)


def plant_shapes() -> dict[str, Shape]:
    """Return the shape of every plant table."""
    plant: dict[str, Shape] = {t: Kinds(table=t) for t in registry.tables(world=False)}
    return plant | {"more_storage": Named(dict, item=Kinds(table="storage"))}


def file_shape(scenario: type[BaseModel], architecture: type[BaseModel]) -> Group:
    """Return the shape of a whole scenario file.

    Parameters
    ----------
    scenario, architecture
        The models behind the file and behind ``[architectures.NAME]``.
    """
    plant = plant_shapes()
    head = {
        name: shape_of(info.annotation, info)
        for name, info in scenario.model_fields.items()
        if name != "architectures"
    }
    own = {
        name: shape_of(info.annotation, info)
        for name, info in architecture.model_fields.items()
        if name not in ("tables", "more_storage")
    }
    each = Group(inner=own | plant)
    return Group(inner=head | plant | {"architectures": Named(dict, item=each)})


def follow(shape: Shape, data: Data, path: Path) -> Shape | None:
    """Return the shape at a path, or None if a key on the way is unknown."""
    found: Shape | None = shape
    for key in path:
        if found is None:
            return None
        found, data = found.child(key, data), below(data, key)
    return found


def below(data: Data, key: str | int) -> Data:
    """Return what stands under a key, or None."""
    if isinstance(data, Mapping):
        return data.get(key)
    if isinstance(data, list) and str(key).isdecimal() and int(key) < len(data):
        return data[int(key)]
    return None


def dotted(path: Path) -> str:
    """Return a path as users write it."""
    return ".".join(map(str, path))


def known_keys(shape: Shape, data: Data, path: Path = ()) -> Iterator[Path]:
    """Yield every key that a file may hold, tables included."""
    if len(path) > 8:  # a model that contains itself
        return
    for key in shape.keys(data):
        child = shape.child(key, data)
        if child is not None:
            yield (*path, key)
            yield from known_keys(child, below(data, key), (*path, key))
