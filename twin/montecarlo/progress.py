"""A progress bar on standard error, with the time that is left."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress_bar(
    total: int, label: str = "replications", *, show: bool
) -> Iterator[Callable[[int], None]]:
    """Give a function that moves the bar on; nothing is shown unless stderr is a terminal."""
    if not show:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("left"),
        Remaining(),
    )  # fmt: skip
    off = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=off) as bar:
        task = bar.add_task("preparing", total=total)

        def advance(count: int) -> None:
            bar.update(task, advance=count, description=label)

        yield advance
