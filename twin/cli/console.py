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
WIDEST = 17  # of a cell that is not broken, so that three of them fit beside the longest word
GAP = 2  # between the columns of a table of texts


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


def print_wrapped(head: Sequence[str], rows: Sequence[Sequence[str]], texts: int) -> None:
    """Print a table of which some columns hold texts: they are broken at spaces, figures never.

    Parameters
    ----------
    head, rows
        Titles, broken at spaces as well, and cells.
    texts
        How many columns, from the left, hold texts. Where these find no room for their longest
        words, each row is a paragraph of its own.
    """
    columns = list(zip(head, *rows, strict=True))
    words = [max(len(word) for text in c for word in text.split()) for c in columns]
    least = [
        n if k < texts else max(n, *map(len, columns[k][1:]))
        for k, n in enumerate(words)
    ]  # fmt: skip
    room = console().width - sum(least) - GAP * (len(head) - 1)
    if room < 0:
        for row in rows:
            figures = (f"{t} {cell}" for t, cell in zip(head[texts:], row[texts:], strict=True))
            print_paragraph(f"{' - '.join(row[:texts])}: {'; '.join(figures)}")
        return
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0),
        header_style="bold",
    )  # fmt: skip
    for k, title in enumerate(head):
        wanted = max(map(len, columns[k])) - least[k] if k < texts else 0
        share = min(wanted, room // (texts - k) if k < texts else 0)
        room -= share
        table.add_column(
            Text(title), justify="left" if k < texts else "right", width=least[k] + share
        )
    for row in rows:
        table.add_row(*(Text(text) for text in row))
    console().print(table)
    typer.echo()
