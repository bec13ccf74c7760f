"""Symbols of single-line diagrams as SVG, after IEC 60617 where it has one."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

FONT = 13.0
SMALL = 12.0
LETTER = 0.59  # mean width of a letter / font size
STORAGE = "#00875f"
HEIGHTS = {"breaker": 20.0, "cable": 0.0, "double": 58.0}
SLOT = 52.0  # height of any other symbol with the lines above and below


def text_width(text: str, size: float = SMALL) -> float:
    """Return about how wide a text is."""
    return len(text) * size * LETTER


@dataclass
class Pen:
    """Collects elements, and how far they reach."""

    parts: list[str] = field(default_factory=list)
    right: float = 0.0
    bottom: float = 0.0

    def _reach(self, x: float, y: float) -> None:
        self.right, self.bottom = max(self.right, x), max(self.bottom, y)

    def line(self, x1: float, y1: float, x2: float, y2: float, width: float = 1.5) -> None:
        """Draw a line."""
        self.path(f"M{x1:g} {y1:g}L{x2:g} {y2:g}", width)
        self._reach(max(x1, x2), max(y1, y2))

    def bar(self, x1: float, x2: float, y: float) -> None:
        """Draw a bus."""
        self.line(x1, y, x2, y, 4.5)

    def path(self, d: str, width: float = 1.5, fill: str = "none", colour: str = "") -> None:
        """Draw a path."""
        stroke = colour or "currentColor"
        self.parts.append(
            f'<path d="{d}" fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"/>'
        )

    def circle(self, x: float, y: float, radius: float) -> None:
        """Draw a circle."""
        self.parts.append(
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="none" stroke="currentColor" '
            f'stroke-width="1.5"/>'
        )

    def box(self, x: float, y: float, width: float, height: float, round_: float = 0.0) -> None:
        """Draw a box around a centre."""
        self.parts.append(
            f'<rect x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width:g}" '
            f'height="{height:g}" rx="{round_:g}" fill="none" stroke="currentColor" '
            f'stroke-width="1.5"/>'
        )
        self._reach(x + width / 2, y + height / 2)

    def text(
        self, x: float, y: float, text: str, *, size: float = SMALL, anchor: str = "start",
        bold: bool = False,
    ) -> None:  # fmt: skip
        """Write a line of text; y is its base line."""
        weight = ' font-weight="600"' if bold else ""
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}"{weight}>'
            f"{html.escape(text)}</text>"
        )
        share = {"start": 1.0, "middle": 0.5}.get(anchor, 0.0)
        self._reach(x + share * text_width(text, size), y + 0.3 * size)

    def lines(self, x: float, y: float, texts: Sequence[str], *, anchor: str = "start") -> None:
        """Write several lines, centred around a height."""
        top = y - (len(texts) - 1) * 6.75 + 4.0
        for k, text in enumerate(texts):
            self.text(x, top + 13.5 * k, text, anchor=anchor)

    def symbol(self, name: str, x: float, y: float) -> None:
        """Draw a symbol in the middle of its slot."""
        getattr(self, f"_{name}", self._plain)(x, y)

    def slot(self, name: str, x: float, top: float) -> float:
        """Draw a symbol on a vertical line that begins at `top`, and return where it ends."""
        height = HEIGHTS.get(name, SLOT)
        if height:
            half = {"breaker": 4.5, "transformer": 13.0, "double": 20.0}.get(name, 10.0)
            middle = top + height / 2
            self.line(x, top, x, middle - half)
            self.symbol(name, x, middle)
            self.line(x, middle + half, x, top + height)
        return top + height

    def _plain(self, x: float, y: float) -> None:
        self.box(x, y, 20.0, 20.0)

    def _breaker(self, x: float, y: float) -> None:
        self.box(x, y, 9.0, 9.0)

    def _transformer(self, x: float, y: float) -> None:
        self.circle(x, y - 5.0, 8.0)
        self.circle(x, y + 5.0, 8.0)

    def _converter(self, x: float, y: float) -> None:
        self.box(x, y, 20.0, 20.0)
        self.path(f"M{x - 10:g} {y + 10:g}L{x + 10:g} {y - 10:g}", 1.2)
        self.path(f"M{x - 7.5:g} {y - 4.5:g}q2 -3 4 0t4 0", 1.2)
        self.path(f"M{x + 0.5:g} {y + 3.5:g}h6.5m-6.5 3h6.5", 1.2)

    def _double(self, x: float, y: float) -> None:
        """Draw a rectifier above an inverter: double conversion."""
        self._converter(x, y - 10.0)
        self.box(x, y + 10.0, 20.0, 20.0)
        self.path(f"M{x - 10:g} {y + 20:g}L{x + 10:g} {y:g}", 1.2)
        self.path(f"M{x - 7.5:g} {y + 4.5:g}h6.5m-6.5 3h6.5", 1.2)
        self.path(f"M{x:g} {y + 15.5:g}q2 -3 4 0t4 0", 1.2)

    def _switch(self, x: float, y: float) -> None:
        """Draw two thyristors back to back: a static switch."""
        self.box(x, y, 20.0, 20.0)
        self.path(f"M{x - 7:g} {y - 4:g}h6l-3 7zm0 7h6", 1.2)
        self.path(f"M{x + 1:g} {y + 4:g}h6l-3 -7zm0 -7h6", 1.2)

    def _battery(self, x: float, y: float) -> None:
        """Draw two cells that hang on a line from above; `y` is the upper plate."""
        for k, half in enumerate((10.0, 5.0, 10.0, 5.0)):
            at, width = y + 5.0 * k, 1.5 if half > 6.0 else 3.0
            self.path(f"M{x - half:g} {at:g}h{2 * half:g}", width, colour=STORAGE)
        self._reach(x + 10.0, y + 15.0)

    def _generator(self, x: float, y: float) -> None:
        self.circle(x, y, 11.0)
        self.text(x, y + 4.5, "G", size=FONT, anchor="middle", bold=True)

    def _sun(self, x: float, y: float) -> None:
        self.box(x, y, 24.0, 18.0)
        self.path(f"M{x - 12:g} {y - 9:g}l12 9l12 -9", 1.2)

    def _grid(self, x: float, y: float) -> None:
        self.box(x, y, 20.0, 20.0)
        corners = f"M{x - 10:g} {y - 10:g}l20 20M{x - 10:g} {y + 10:g}l20 -20"
        left = f"M{x - 10:g} {y:g}l10 10M{x - 10:g} {y:g}l10 -10"
        self.path(f"{corners}{left}M{x:g} {y - 10:g}l10 10M{x:g} {y + 10:g}l10 -10", 1.0)
