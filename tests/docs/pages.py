"""Pages of the docs as tests see them: their blocks of code, and what is to be done with each.

A comment directly above a block says so. It is invisible on the page:

``<!-- run -->``
    the block is executed: Python in one namespace for the whole page, ``ridethrough`` lines of a shell
    block through the command line. ``<!-- run: -n 3 -->`` gives these options to the commands that have
    them; in Python ``<!-- run: n=3 -->`` replaces ``n=...``.
``<!-- file: NAME -->``
    the block is written to a file beside which the page's other blocks run.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"^(?:<!-- (?P<order>run|file):?(?: (?P<words>[^\n]*?))? -->\n)?"
    r"```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
MARK = re.compile(r"^<!-- (?:run|file)", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code, and the comment above it: ``order`` is ``run``, ``file`` or empty."""

    language: str
    text: str
    order: str
    words: str

    @property
    def commands(self) -> list[list[str]]:
        """The arguments of each line that calls the command line."""
        if self.language != "sh":
            return []
        lines = self.text.replace("\\\n", " ").splitlines()
        calls = [re.search(r"(?:^|[\s/])ridethrough (.*)", line) for line in lines]
        return [shlex.split(call[1], comments=True) for call in calls if call]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page."""
    for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield Block(
            found["language"], found["text"], found["order"] or "", (found["words"] or "").strip()
        )


def name_of(page: Path) -> str:
    """Return a page's path in the checkout."""
    return str(page.relative_to(ROOT))
