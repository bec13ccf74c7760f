"""The reference of the command line as Markdown, from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

INTRO = """# Command line

`ridethrough COMMAND --help` prints the same. Exit codes: 0 all done, or only warnings; 1 some
replication or check failed (the rest is saved); 2 bad input; 130 interrupted (what is finished is
saved).
"""


def reference() -> str:
    """Return all commands with their arguments and options as Markdown."""
    from twin.cli.app import app

    group = typer.main.get_command(app)
    return "\n".join([INTRO, *(_section(words, c) for words, c in commands(group))])


def commands(command: Any, words: tuple[str, ...] = ("ridethrough",)) -> Iterator[tuple[str, Any]]:
    """Yield (the words to type, command) of every command below a group that is not hidden."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield " ".join(words), command
        return
    for name, below in inner.items():
        if not below.hidden:
            yield from commands(below, (*words, name))


def _section(words: str, command: Any) -> str:
    shown = [p for p in command.params if not getattr(p, "hidden", False)]
    arguments = [p for p in shown if p.param_type_name == "argument"]
    options = [p for p in shown if p.param_type_name == "option"]
    usage = " ".join([words, *map(_argument, arguments), *(["[OPTIONS]"] if options else [])])
    lines = [f"## {words}", "", _prose(command.help), "", "```text", usage, "```", ""]
    rows = [(_argument(p), _prose(p.help)) for p in arguments]
    rows += [(_option(p), _prose(p.help) + _default(p)) for p in options]
    if rows:
        lines += ["| | |", "| --- | --- |", *(f"| `{a}` | {_cell(b)} |" for a, b in rows), ""]
    return "\n".join(lines)


def _argument(parameter: Any) -> str:
    word = (parameter.metavar or parameter.name).upper()
    return word if parameter.required else f"[{word}]"


def _option(parameter: Any) -> str:
    names = ", ".join(parameter.opts)
    if parameter.is_flag:
        return names
    word = parameter.metavar or parameter.name.upper()
    return f"{names} {word}{' ...' if parameter.multiple else ''}"


def _default(parameter: Any) -> str:
    value = parameter.default
    if parameter.is_flag or value is None or value in ((), []):
        return ""
    return f" Default: `{value}`."


def _prose(text: str | None) -> str:
    """Return help as Markdown: paragraphs kept, code marks as single backticks."""
    paragraphs = (text or "").replace("``", "`").split("\n\n")
    return "\n\n".join(re.sub(r"\s+", " ", p).strip() for p in paragraphs)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n\n", " ")
