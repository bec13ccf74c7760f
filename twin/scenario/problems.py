"""Mistakes in a scenario, collected and told in the words of the file."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from pydantic import ValidationError

from twin.errors import ScenarioError, nearest
from twin.quantity import MisfitError
from twin.scenario.allowed import choices
from twin.scenario.merge import ARCHITECTURES, Path, Table, has_architectures, origin
from twin.scenario.shape import Shape, dotted, follow
from twin.scenario.toml_text import shown

Words = tuple[str, ...]
_TOLD_BY_RANGE = ("greater_than", "less_than", "too_short", "too_long", "literal_error", "enum",
                  "finite_number", "int_from_float", "pattern_mismatch", "table")  # fmt: skip


class Problems:
    """Collects what is wrong with a scenario; `raise_all` tells everything at once.

    Parameters
    ----------
    raw, view
        The file's content as written, and with the architectures merged.
    shape
        What the file may hold.
    name
        The file's name for messages.
    changed
        Keys that ``--set`` has changed.
    """

    def __init__(
        self, raw: Table, view: Table, shape: Shape, name: str, changed: Iterable[Words] = ()
    ) -> None:
        self._raw, self._view, self._shape, self._name = raw, view, shape, name
        self._changed = list(changed)
        self._found: dict[str, set[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, path: Path, text: str, *, missing: bool = False) -> None:
        """Note a mistake at a path of the merged view."""
        place = origin(self._raw, path, missing=missing)
        by_set = is_below(place, self._changed)
        line = f"{self._name}{' (--set)' if by_set else ''}: {dotted(place)}{text}"
        alone = str(path[1]) if place != path else ""
        self._found.setdefault(line, set()).add(alone)

    def add_errors(
        self,
        error: ValidationError,
        prefix: Path = (),
        *,
        partial: bool = False,
        without: Collection[str] = (),
    ) -> None:
        """Note what pydantic complains about, below a path of the merged view.

        Parameters
        ----------
        error, prefix
            The complaints, and the path of what was validated.
        partial
            True for a table that others complete: what is missing, or wrong as a whole, may pass.
        without
            First keys whose complaints are left out.
        """
        for item in error.errors(include_url=False):
            if (item["loc"] and item["loc"][0] in without) or (partial and _of_whole(item)):
                continue
            path = (*prefix, *item["loc"])
            misfit = item.get("ctx", {}).get("error")
            if isinstance(misfit, MisfitError):
                self.add((*path, *misfit.key.split(".")), f": {misfit.text}")
                continue
            text = self._text(item, path)
            self.add(path, text, missing=item["type"] == "missing")

    def _text(self, item: Any, path: Path) -> str:
        shape = follow(self._shape, self._view, path)
        if item["type"] == "missing" or (item["type"] == "kind" and item["input"] is None):
            return self._missing(item, shape)
        if item["type"] == "extra_forbidden":
            return self.unknown(path)
        given = "" if isinstance(item["input"], dict) else f" = {shown(item['input'])}"
        kind = item["type"]
        if shape is not None and (kind.endswith("_type") or any(w in kind for w in _TOLD_BY_RANGE)):
            meaning = shape.field.description if shape.field else ""
            hint = nearest(str(item["input"]), choices(shape.annotation))
            return f"{given}: must be {shape.allowed}{hint}{f' ({meaning})' if meaning else ''}"
        return f"{given}: {item['msg'].removeprefix('Value error, ')}"

    @staticmethod
    def _missing(item: Any, shape: Shape | None) -> str:
        if item["type"] == "kind":
            return f" {item['msg']}"
        meaning = shape.field.description if shape and shape.field else ""
        what = f": {shape.allowed}" if shape else ""
        return f" is missing{what}{f' ({meaning})' if meaning else ''}"

    def unknown(self, path: Path) -> str:
        """Return the text for a key that does not exist."""
        parent = follow(self._shape, self._view, path[:-1])
        data: Any = self._view
        for key in path[:-1]:
            data = data[key]
        known = parent.keys(data) if parent else []
        hint = nearest(str(path[-1]), known)
        listed = f"; known: {', '.join(known)}" if known and (len(known) <= 12 or not hint) else ""
        return f": unknown key{hint}{listed}"

    def raise_all(self) -> None:
        """Raise one `ScenarioError` with a line for every mistake, if there is any."""
        if not self._found:
            return
        total = len(self._raw[ARCHITECTURES]) if has_architectures(self._raw) else 0
        lines = []
        for line, names in self._found.items():
            some = "" not in names and len(names) < total
            end = f" (in architecture {', '.join(sorted(names))})" if some else ""
            lines.append(f"{line}{end}")
        raise ScenarioError("\n".join(lines))


def is_below(place: Path, keys: Iterable[Words]) -> bool:
    """Return whether a place is one of the keys or below one."""
    words = tuple(map(str, place))
    return any(words[: len(key)] == key for key in keys)


def _of_whole(item: Any) -> bool:
    """Return whether a complaint may vanish when others complete the table."""
    absent = item["type"] == "missing" or (item["type"] == "kind" and item["input"] is None)
    return absent or (item["type"] == "value_error" and isinstance(item["input"], dict))
