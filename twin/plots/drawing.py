"""What all figures share: size, colours, axes, SVG and PNG.

Colours are Okabe and Ito's (2008), which people with any colour vision can tell apart. Figures are
made without pyplot, so no global state is touched and nothing opens a window.
"""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
GREY = "#999999"


def figure(width: float, height: float) -> Figure:
    """Return an empty figure, size in inches."""
    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    return made


def svg(drawn: Figure, name: str) -> str:
    """Return a figure as an SVG element to stand inside a page; the same figure, the same text.

    Parameters
    ----------
    name
        Keeps the identifiers of several figures on one page apart.
    """
    text = io.StringIO()
    # text stays text (small, can be searched), and nothing depends on the time or on chance
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        drawn.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    whole = text.getvalue()
    return whole[whole.index("<svg") :]


def save(drawn: Figure, file: Path) -> None:
    """Write a figure as a PNG file."""
    drawn.savefig(file, format="png", dpi=130)


def finish(axes: Axes, *, legend: bool) -> None:
    """Give axes their grid and, where wanted, a legend above them."""
    axes.grid(visible=True, color="#dddddd", lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if legend:
        columns = max(len(axes.lines), 1)
        axes.legend(
            frameon=False, fontsize="small", ncols=columns, columnspacing=1.0, handlelength=1.2,
            loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.0,
        )  # fmt: skip
