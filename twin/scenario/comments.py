"""Comments of a scenario file: they say where its figures come from.

A comment behind ``key = value`` is the source of that key. Lines ``# source: ...`` directly above a
key or a ``[table]`` header serve where the line is too short or a whole table has one source.
A confidence may stand last in square brackets: ``peak_kw = 3000  # assumed, roof of 2 ha [C]``.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

Path = tuple[str, ...]
_TOKEN = re.compile(
    r'"""(?:\\.|(?!""").)*"""'
    r"|'''(?:(?!''').)*'''"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*|[\[{]|[\]}]|\n|[^\"'#\[\]{}\n]+|.",
    re.DOTALL,
)
_ABOVE = re.compile(r"#\s*source:\s*", re.IGNORECASE)


def comments(text: str) -> dict[Path, str]:
    """Return the sources that a (valid) TOML document gives for its keys and tables."""
    found: dict[Path, str] = {}
    table: Path = ()
    above: list[str] = []
    for statement, notes in _statements(text.replace("\r\n", "\n")):
        if not statement:
            above = _above(above, notes)
            continue
        if statement.startswith("["):
            path = table = _path(statement.strip("[] \t"))
            notes = []  # behind a header stands what the table is, not where its figures come from
        else:
            path = table + _path(_left_side(statement))
        note = " ".join([*above, *(n.lstrip("# ").rstrip() for n in notes)]).strip()
        if note:
            found[path] = note
        above = []
    return found


def _statements(text: str) -> list[tuple[str, list[str]]]:
    """Split a document into statements (arrays may span lines), each with its comments."""
    out: list[tuple[str, list[str]]] = []
    words: list[str] = []
    notes: list[str] = []
    depth = 0
    for token in [*_TOKEN.findall(text), "\n"]:
        if token == "\n" and depth == 0:
            out.append(("".join(words).strip(), notes))
            words, notes = [], []
        elif token.startswith("#"):
            notes.append(token)
        else:
            depth += (token in "[{") - (token in "]}")
            words.append(token)
    return out


def _above(above: list[str], notes: list[str]) -> list[str]:
    """Collect ``# source:`` lines and what continues them; a blank line ends them."""
    for note in notes:
        if _ABOVE.match(note):
            return [*above, _ABOVE.sub("", note).strip()]
        if above:
            return [*above, note.lstrip("# ").rstrip()]
    return []


def _left_side(statement: str) -> str:
    """Return what stands before the first ``=`` outside of quotes."""
    left = ""
    for token in _TOKEN.findall(statement):
        before, sign, _ = token.partition("=") if token[0] not in "\"'" else (token, "", "")
        left += before
        if sign:
            break
    return left


def _path(key: str) -> Path:
    """Return the parts of a dotted key."""
    inside: Any = tomllib.loads(f"{key} = 0")
    parts: list[str] = []
    while isinstance(inside, dict):
        ((part, inside),) = inside.items()
        parts.append(part)
    return tuple(parts)


def source_of(found: dict[Path, str], path: Path) -> str:
    """Return the comment of a key or else of the nearest table around it, or an empty string."""
    for depth in range(len(path), 0, -1):
        if path[:depth] in found:
            return found[path[:depth]]
    return ""


def split_confidence(note: str) -> tuple[str, str]:
    """Split ``"text [A-]"`` into text and confidence (empty if none is given)."""
    match = re.fullmatch(r"(.*?)\s*\[([A-D][+-]?)\]", note)
    return (match[1], match[2]) if match else (note, "")
