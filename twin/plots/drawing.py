"""What all figures share: size, colours, axes, SVG and PNG.

Colours are Okabe and Ito's (2008), which people with any colour vision can tell apart; lines differ
in their dashes too, for print without colour. Figures are made without pyplot, so no global state is
touched and nothing opens a window.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (7, 2)), (0, (1, 1)))
LESS, MORE = COLOURS[0], COLOURS[1]
GREY = "#999999"
WIDTH = 4.8
"""Width of a figure, inches: legible on a phone, and two stand side by side on a desk."""

MOST_LETTERS, HANDLE_LETTERS = 62, 7  # that a legend's line has room for; those of a handle
ROW_IN = 0.19  # height of a legend's line, inches
REFERENCE = re.compile(r'(?:href="#|url\(#)([^")]+)')
OTHER_IDS = re.compile(r' id="([^"]+)"')


def figure(width: float, height: float) -> Figure:
    """Return an empty figure, size in inches."""
    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    return made


def svg(drawn: Figure, name: str, alt: str = "") -> str:
    """Return a figure as an SVG element to stand inside a page; the same figure, the same text.

    Parameters
    ----------
    name
        Keeps the identifiers of several figures on one page apart.
    alt
        What it shows, for those who cannot see it.
    """
    text = io.StringIO()
    # text stays text (small, can be searched), and nothing depends on the time or on chance
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        drawn.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    whole = text.getvalue()
    inside = whole[whole.index("<svg") + len("<svg") :]
    inside = re.sub(r"<metadata>.*?</metadata>\s*", "", inside, flags=re.DOTALL)
    # a style that would hold for the whole page
    inside = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", inside, flags=re.DOTALL)
    used = set(REFERENCE.findall(inside))
    inside = OTHER_IDS.sub(lambda m: m.group() if m.group(1) in used else "", inside)
    label = html.escape(alt or name)
    return f'<svg role="img" aria-label="{label}" style="stroke-linejoin:round"{inside}'


def save(drawn: Figure, file: Path) -> None:
    """Write a figure as a PNG file."""
    drawn.savefig(file, format="png", dpi=130)


def thousands(axis: Axis) -> None:
    """Let an axis part its thousands, as the tables do, with fewer marks."""
    axis.set_major_locator(MaxNLocator(nbins=6))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def styles(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return colour and dashes of each name, the same in every figure that is given these names."""
    return {
        name: {"color": COLOURS[i % len(COLOURS)], "ls": DASHES[i % len(DASHES)]}
        for i, name in enumerate(names)
    }


def finish(axes: Axes, *, legend: bool) -> None:
    """Give axes their grid and, where wanted, a legend above them."""
    axes.grid(visible=True, color="#dddddd", lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if legend:
        labels = axes.get_legend_handles_labels()[1]
        axes.legend(
            frameon=False, fontsize=9, ncols=columns_of(labels), columnspacing=1.0,
            handlelength=1.8, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.0,
        )  # fmt: skip


def legend_above(drawn: Figure, axes: Axes, *, handle: float = 2.4) -> None:
    """Put a legend above a narrow figure, which grows by the room that it takes."""
    handles, labels = axes.get_legend_handles_labels()
    columns = columns_of(labels)
    rows = -(-len(labels) // columns)
    drawn.set_figheight(drawn.get_figheight() + ROW_IN * rows)
    drawn.legend(
        handles, labels, loc="outside upper left", ncols=columns, frameon=False, fontsize=9,
        handlelength=handle, columnspacing=1.0, borderaxespad=0.1,
    )  # fmt: skip


def columns_of(labels: Sequence[str]) -> int:
    """Return how many labels fit beside each other above a figure of the usual width."""
    longest = max((len(label) for label in labels), default=0) + HANDLE_LETTERS
    return max(1, min(len(labels), MOST_LETTERS // longest))
