"""Changes from the command line: ``--set diesel.sets=4``."""

from __future__ import annotations

import copy
import difflib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path as File
from typing import Any

from twin.errors import ScenarioError, nearest
from twin.scenario.merge import (
    ARCHITECTURES,
    HEAD,
    MORE,
    Path,
    Table,
    absolute_files,
    has,
    leaves,
    merged_view,
    plant_keys,
)
from twin.scenario.shape import Group, Items, Kinds, Shape, below, dotted, follow, known_keys

SET = "--set"


@dataclass(frozen=True)
class Change:
    """One ``KEY=VALUE``, and the option it was given with."""

    path: tuple[str, ...]
    value: Any
    text: str
    option: str = SET

    def error(self, problem: str) -> ScenarioError:
        """Return the error for this change."""
        return ScenarioError(f"{self.option} {self.text}: {problem}")


def read_change(text: str, option: str = SET) -> Change:
    """Return the change that ``KEY=VALUE`` means; the value is TOML, or else text."""
    key, sign, value = text.partition("=")
    path = tuple(part.strip() for part in key.split("."))
    if not sign or not all(path):
        raise ScenarioError(f"{option} {text}: write KEY=VALUE, such as diesel.sets=4")
    found = absolute_files({path[-1]: read_value(value.strip())}, File.cwd())
    return Change(path, found[path[-1]], text, option)


def read_value(text: str) -> Any:
    """Return what a text means as a value: TOML, or else the text itself."""
    try:
        found = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    return found["value"] if set(found) == {"value"} else text


def apply(
    raw: Table, sets: Sequence[str], shape: Group, option: str = SET
) -> tuple[Table, list[tuple[str, ...]]]:
    """Return a changed copy of a file's content, and the keys that were changed.

    A change of ``kind`` comes first, whatever the order: it decides which other keys exist. It
    keeps the keys that the new kind knows too and drops the others.
    """
    changes = [read_change(text, option) for text in sets]
    changes.sort(key=lambda c: (c.path[-1] != "kind", len(c.path) if c.path[-1] == "kind" else 0))
    for change in changes:
        view = merged_view(raw)
        _refuse_unknown(change, view, shape)
        if change.path[0] in plant_keys():
            _refuse_overridden(change, raw, view, shape)
        raw = _with(raw, change, view, shape)
    return raw, [c.path for c in changes]


def _with(raw: Table, change: Change, view: Table, shape: Group) -> Table:
    """Return a copy of the content with one value changed; tables on the way are made."""
    raw = copy.deepcopy(raw)
    *way, last = change.path
    here: Any = raw
    whole: Any = view
    for key in way:
        whole = below(whole, key)
        if isinstance(here, list):
            here = here[int(key)]
        else:  # an inherited array is replaced as a whole
            start = copy.deepcopy(whole) if isinstance(whole, list) else {}
            here = here.setdefault(key, start)
    if isinstance(here, list):
        here[int(last)] = change.value
        return raw
    if last == "kind":
        _keep_common(here, change, whole, follow(shape, view, tuple(way)))
    here[last] = change.value
    return raw


def _keep_common(table: Table, change: Change, whole: Any, place: Shape | None) -> None:
    """Leave in a table, inherited keys included, what the new kind knows too."""
    if isinstance(place, Kinds) and isinstance(whole, dict) and isinstance(change.value, str):
        known = place.keys({"kind": change.value})
        table.clear()
        table.update({k: copy.deepcopy(v) for k, v in whole.items() if k in known})


def _refuse_unknown(change: Change, view: Table, shape: Group) -> None:
    data: Any = view
    for depth, key in enumerate(change.path, start=1):
        at = change.path[:depth]
        known = list(data) if isinstance(data, dict) else []
        if depth == 2 and change.path[0] == ARCHITECTURES and key not in known:
            hint = f"{nearest(str(key), known)}; known: {', '.join(known)}"
            raise change.error(f"unknown architecture '{key}'{hint}")
        parent = follow(shape, view, at[:-1])
        if isinstance(parent, Items):
            _check_index(change, at, data)
        elif depth == 3 and at[0] == ARCHITECTURES and _is_world(key, shape):
            key = dotted(change.path[2:])
            raise change.error(f"the world is common to all architectures; set '{key}'")
        elif follow(shape, view, at) is None:
            raise change.error(f"unknown key '{dotted(at)}'{_suggest(change.path, view, shape)}")
        elif depth > 1 and data is not None and not isinstance(data, dict):
            raise change.error(f"'{dotted(at[:-1])}' is not a table here")
        data = below(data, key)


def _is_world(key: str, shape: Group) -> bool:
    own = {*HEAD, *plant_keys()}
    return key in shape.inner and key not in own


def _check_index(change: Change, at: Path, data: Any) -> None:
    count = len(data) if isinstance(data, list) else 0
    if not str(at[-1]).isdecimal() or int(at[-1]) >= count:
        have = f"entries 0 to {count - 1}" if count else "no entries"
        raise change.error(f"'{dotted(at[:-1])}' has {have}, not '{at[-1]}'")


def _suggest(path: Path, view: Table, shape: Group) -> str:
    """Return the nearest valid keys: with the same last word, else spelt alike."""
    known = {dotted(p): p for p in known_keys(shape, view)}
    same = [key for key, p in known.items() if p[-1] == path[-1]]
    best = difflib.get_close_matches(dotted(path), same, n=2, cutoff=0.0)
    if best:
        return f" (did you mean {' or '.join(map(repr, best))}?)"
    return nearest(dotted(path), known)


def _refuse_overridden(change: Change, raw: Table, view: Table, shape: Group) -> None:
    """Refuse a shared value that no architecture would use, or that one has no key for."""
    own = view.get(ARCHITECTURES)
    if not isinstance(own, dict) or not own:
        return
    probe = replace(change, value=_marked(change.value))
    after = merged_view(_with(raw, probe, view, shape))
    users = [name for name, body in after[ARCHITECTURES].items() if _is_marked(body)]
    places = {name: (ARCHITECTURES, name, *change.path) for name in own}
    knows = [name for name in own if _knows(places[name], view, after, shape)]
    strange = [name for name in users if name not in knows]
    if users and not strange:
        return
    would = ", ".join(dotted(places[name]) for name in knows)
    key = f"'{dotted(change.path)}'"
    if strange:
        raise change.error(f"{key} is no key of architecture {strange[0]}; set instead: {would}")
    raise change.error(f"every architecture sets its own {key}; set instead: {would}")


def _knows(place: Path, view: Table, after: Table, shape: Group) -> bool:
    """Return whether an architecture has a key; a part of a further storage needs that storage."""
    part_of_more = place[2] == MORE and len(place) > 4
    return follow(shape, after, place) is not None and (not part_of_more or has(view, place[:4]))


class _Mark:
    """Stands for a changed value, to see where merging leaves it."""


def _marked(value: Any) -> Any:
    """Return a value whose leaves are marked, but for the kinds that steer merging."""
    if not isinstance(value, dict) or all(path[-1] == "kind" for path in leaves(value)):
        return _Mark
    return {key: v if key == "kind" else _marked(v) for key, v in value.items()}


def _is_marked(data: Any) -> bool:
    if isinstance(data, dict):
        return any(map(_is_marked, data.values()))
    return data is _Mark
