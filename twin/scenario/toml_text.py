"""Writing TOML: the standard library reads it only."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 100
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def literal(value: Any) -> str:
    """Return a value as one line of TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float.__repr__(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key_text(k)} = {literal(v)}" for k, v in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(literal(v) for v in value)}]"
    return repr(value)


def shown(value: Any) -> str:
    """Return a value as it may stand in a message: one line of TOML, cut short if it is long."""
    text = literal(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def key_text(key: str) -> str:
    """Return a key, in quotes where TOML demands them."""
    return key if _BARE.fullmatch(key) else literal(key)


def dumps(table: Mapping[str, Any]) -> str:
    """Return a table of tables, arrays and plain values as a TOML document."""
    lines: list[str] = []
    _emit(table, (), lines)
    return "\n".join(lines).lstrip("\n") + "\n"


def _emit(table: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    plain = {k: v for k, v in table.items() if not isinstance(v, Mapping)}
    inner = {k: v for k, v in table.items() if isinstance(v, Mapping)}
    if path and (plain or not inner):
        lines += ["", f"[{'.'.join(map(key_text, path))}]"]
    lines += [_line(key, value) for key, value in plain.items()]
    for key, value in inner.items():
        _emit(value, (*path, key), lines)


def _line(key: str, value: Any) -> str:
    line = f"{key_text(key)} = {literal(value)}"
    if len(line) <= WIDTH or not isinstance(value, list):
        return line
    rows = [""]
    for item in map(literal, value):
        if len(rows[-1]) + len(item) + 6 > WIDTH and rows[-1]:
            rows.append("")
        rows[-1] += f"{item}, "
    body = "\n".join(f"    {row.rstrip()}" for row in rows)
    return f"{key_text(key)} = [\n{body}\n]"
