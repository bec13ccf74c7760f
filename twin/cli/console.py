"""Tables and paragraphs on the terminal, and as plain text where output is piped."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from twin.report import Line

WIDTH = 80  # where output is piped
WIDEST = 18  # of a cell that is not broken, so that three of them fit


def console() -> Console:
    """Return a console on standard output that takes all text literally."""
    made = Console(markup=False, highlight=False, emoji=False)
    return made if made.is_terminal else Console(
        markup=False, highlight=False, emoji=False, width=WIDTH
    )  # fmt: skip


def print_paragraph(text: str) -> None:
    """Print a paragraph, wrapped to the width."""
    width = min(console().width, 100)
    typer.echo(textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False))


def print_listing(lines: Sequence[Line], columns: Sequence[str]) -> None:
    """Print many metrics: names whole, each on a line of its own above its values."""
    heads = [name.split(" - ") for name in columns]
    tops = ["" if len(h) == 1 else f"{h[0]} -" for h in heads]
    widths = [
        max(len(text) for text in (top, head[-1], *(line.cells[i] for line in lines))) + 2
        for i, (top, head) in enumerate(zip(tops, heads, strict=True))
    ]

    def show(texts: Sequence[str]) -> None:
        typer.echo("".join(f"{t:>{w}}" for t, w in zip(texts, widths, strict=True)))

    show(tops)
    show([head[-1] for head in heads])
    for line in lines:
        typer.echo(f"{line.label} [{line.unit or 1}]")
        show(line.cells)


def print_table(lines: Sequence[Line], columns: Sequence[str]) -> None:
    """Print a table of metrics: label and unit, one column per architecture and difference."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column("", overflow="fold")
    for column, name in enumerate(columns):
        head = Text(name.replace(" - ", "\n- "))
        longest = max((len(line.cells[column]) for line in lines), default=0)
        width = min(longest, WIDEST)
        table.add_column(head, justify="right", overflow="fold", min_width=width)
    for line in lines:
        label = f"{line.label}, {line.unit}" if line.unit else line.label
        table.add_row(*(Text(t) for t in (label, *line.cells)))
    console().print(table)


def print_grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a plain table of texts, figures to the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    for title in head:
        table.add_column(Text(title), justify="right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(text) for text in row))
    console().print(table)
