"""The scenario as plain data, and its digest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from twin.contracts.kinds import dump_kind
from twin.errors import ScenarioError
from twin.scenario.merge import ARCHITECTURES, MORE, Table, is_file_key
from twin.scenario.model import Architecture, Scenario


def to_dict(scenario: Scenario) -> Table:
    """Return the content of a scenario file that says everything.

    Plant tables that are equal in all architectures stand at the top once.
    """
    plants = {name: _tables(a) for name, a in scenario.architectures.items()}
    shared = _shared(list(plants.values()))
    bodies: Table = {}
    for name, architecture in scenario.architectures.items():
        own = {t: _beyond(v, shared.get(t)) for t, v in plants[name].items()}
        own = {t: v for t, v in own.items() if t not in shared or v}
        bodies[name] = _head(architecture) | own | _more(architecture)
    head = _plain(scenario.model_dump(exclude={ARCHITECTURES}))
    return {**head, **shared, ARCHITECTURES: bodies}


def _shared(plants: list[Table]) -> Table:
    """Return the tables that may stand at the top: what most architectures have.

    The others override it key by key, so they must be of its kind and have all of its keys.
    """
    found: Table = {}
    for table in plants[0] if len(plants) > 1 else ():
        values = [plant.get(table) for plant in plants]
        most = max(values, key=values.count)
        if all(_overrides(value, most) for value in values):
            found[table] = most
    return found


def _overrides(value: Table | None, shared: Table | None) -> bool:
    """Return whether a table can be written as a shared one with other values."""
    if value == shared:
        return value is not None
    if value is None or shared is None or value.get("kind") != shared.get("kind"):
        return False
    return all(
        key in value and (not isinstance(v, dict) or _overrides(value[key], v))
        for key, v in shared.items()
    )


def _beyond(value: Table, shared: Table | None) -> Table:
    """Return what a table says that the shared one does not."""
    if shared is None:
        return value
    found: Table = {}
    for key, own in value.items():
        below = shared.get(key)
        if isinstance(own, dict) and isinstance(below, dict):
            own = _beyond(own, below)
            if not own:
                continue
        elif key in shared and own == below:
            continue
        found[key] = own
    return found


def _head(architecture: Architecture) -> Table:
    title = {"title": architecture.title} if architecture.title else {}
    pods = architecture.compartment_pods
    divided = {} if pods is None else {"compartment_pods": list(pods)}
    return {"compartments": architecture.compartments} | divided | title


def _tables(architecture: Architecture) -> Table:
    return {t: _plain(dump_kind(t, spec)) for t, spec in architecture.tables.items()}


def _more(architecture: Architecture) -> Table:
    more = {n: _plain(dump_kind("storage", s)) for n, s in architecture.more_storage.items()}
    return {MORE: more} if more else {}


def _plain(value: Any) -> Any:
    """Return plain TOML data: no None (TOML has none; the key is left out), no tuples."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


def digest(scenario: Scenario) -> str:
    """Return the first 12 hex digits of sha256 over all that decides results.

    Texts for people are left out. A data file counts with its content, not with its place.
    """
    data = to_dict(scenario)
    for key in ("description", "split"):
        data.pop(key, None)
    for body in data[ARCHITECTURES].values():
        body.pop("title", None)
    hashed = _hash_files(data, (), scenario.origin)
    text = json.dumps(hashed, sort_keys=True, separators=(",", ":"), allow_nan=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _hash_files(data: Any, path: tuple[str, ...], origin: str) -> Any:
    if isinstance(data, dict):
        return {
            key: _hash(value, ".".join((*path, key)), origin)
            if is_file_key(key) and isinstance(value, str) and value
            else _hash_files(value, (*path, key), origin)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [_hash_files(value, (*path, str(i)), origin) for i, value in enumerate(data)]
    return data


def _hash(file: str, key: str, origin: str) -> str:
    try:
        content = Path(file).read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(f'{origin}: {key} = "{file}": cannot be read: {why}') from None
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
