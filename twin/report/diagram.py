"""Single-line diagrams as SVG, drawn from a scenario's tree.

From the grid downwards; equal compartments are drawn twice, then the last, with their number. The
drawing follows light and dark, is legible on a phone and in print, and stands alone as a file.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Sequence

from twin.report.site import Feeder, Part, SiteTree, equipment, site_tree
from twin.report.symbols import FONT, STORAGE, Pen, text_width
from twin.scenario import Scenario

MARGIN = 10.0
GAP = 8.0  # between columns
STEM = 27.0  # from a column's left edge to its line
BESIDE = 30.0  # from a line to the battery beside it
DOTS = 34.0  # width of what stands for the columns left out
LABEL = 17.0  # from a line to its labels
LONG = 12  # letters; longer ones take two lines
STYLE = (
    ".single-line{color:#1b1b1b;background:#fff}"
    "@media (prefers-color-scheme:dark){.single-line{color:#e8e8e8;background:#17191d}}"
    "@media print{.single-line{color:#000;background:#fff}}"
)


def diagram(scenario: Scenario, architecture: str) -> str:
    """Return the single-line diagram of an architecture as an SVG document."""
    return _document([site_tree(scenario, architecture)])


def diagrams(scenario: Scenario, architectures: Sequence[str]) -> str:
    """Return the single-line diagrams of several architectures, one below the other."""
    return _document([site_tree(scenario, name) for name in architectures])


def described(tree: SiteTree) -> str:
    """Return a diagram in words."""
    things = [
        f"{count} × {name}{f' ({ratings})' if ratings else ''} at {where}"
        for where, name, count, ratings in equipment(tree)
    ]
    return f"Single-line diagram of {tree.name}: {'; '.join(things)}."


def _document(trees: Sequence[SiteTree]) -> str:
    pens = []
    top = MARGIN
    for tree in trees:
        pen = Pen()
        _site(pen, tree)
        pens.append((pen, top))
        top += pen.bottom + 2.5 * MARGIN
    width = max(pen.right for pen, _ in pens) + MARGIN
    body = "\n".join(
        f'<g transform="translate(0 {at:g})">\n' + "\n".join(pen.parts) + "\n</g>"
        for pen, at in pens
    )
    title = html.escape(", ".join(f"Single-line diagram: {tree.name}" for tree in trees))
    words = html.escape(" ".join(described(tree) for tree in trees))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="single-line" role="img" '
        f'aria-label="{title}" width="{width:g}" height="{top:g}" viewBox="0 0 {width:g} {top:g}" '
        f'color="#1b1b1b" fill="currentColor" font-family="system-ui, sans-serif">\n'
        f"<title>{title}</title>\n<desc>{words}</desc>\n<style>{STYLE}</style>\n{body}\n</svg>\n"
    )


def _site(pen: Pen, tree: SiteTree) -> None:
    """Draw a whole site: sources from above, the site bus, compartments below."""
    pen.text(MARGIN, 14.0, tree.name, size=FONT + 1.0, bold=True)
    if tree.title:
        pen.text(MARGIN, 30.0, tree.title)
    x, top = MARGIN + STEM, 50.0
    bus = _incomer(pen, tree, x, top)
    right = MARGIN
    if tree.grid is not None:
        right = x + max(LABEL + _widest(tree.grid), _reach(tree.main.above))
    for part in [*tree.sources, *tree.auxiliaries]:
        at = right + GAP + 14.0
        _source(pen, part, at, bus)
        right = at + LABEL + _widest(part)
    left = MARGIN
    if tree.main.battery is not None:  # beside the feeders, so that all hangs below the bus
        _beside(pen, tree.main.battery, left + STEM - BESIDE, bus)
        left += STEM + 15.0 + max(map(text_width, _ratings(tree.main.battery))) + GAP
    end = _feeders(pen, tree.main.feeders, left, bus, 2)
    pen.bar(MARGIN, max(right, end), bus)
    pen.text(max(right, end), bus - 7.0, "site bus", anchor="end")


def _incomer(pen: Pen, tree: SiteTree, x: float, top: float) -> float:
    """Draw the way from the grid to the site bus, and return where the bus is."""
    if tree.grid is None:
        return top + 70.0
    pen.symbol("grid", x, top + 10.0)
    pen.lines(x + LABEL, top + 10.0, _labels(tree.grid))
    return _chain(pen, tree.main.above, x, top + 20.0, labelled=True)


def _source(pen: Pen, part: Part, x: float, bus: float) -> None:
    """Draw a source, or a consumer, that hangs on the site bus from above."""
    y = bus - 56.0
    symbol = part.symbol if part.symbol != "load" else "plain"
    pen.symbol(symbol, x, y)
    half = {"generator": 11.0, "sun": 9.0}.get(symbol, 10.0)
    pen.line(x, y + half, x, bus - 24.0)
    pen.slot("breaker", x, bus - 24.0)
    pen.line(x, bus - 4.0, x, bus)
    pen.lines(x + LABEL, y, _labels(part))


def _chain(pen: Pen, parts: Sequence[Part], x: float, top: float, *, labelled: bool) -> float:
    """Draw parts on a line from above, and return where it ends."""
    for part in parts:
        symbol = "double" if part.battery else part.symbol
        start, top = top, pen.slot(symbol, x, top)
        middle = (start + top) / 2.0
        reach = LABEL
        if part.battery:
            pen.path(f"M{x + 10:g} {middle:g}h{BESIDE - 10:g}v4", colour=STORAGE)
            pen.symbol("battery", x + BESIDE, middle + 4.0)
            reach = BESIDE + 14.0
        if labelled and part.symbol not in ("breaker", "cable"):
            pen.lines(x + reach, middle, _labels(part))
    return top


def _beside(pen: Pen, battery: Part, x: float, bus: float, *, labelled: bool = True) -> None:
    """Draw a storage that hangs on a bus right of a line: converter, cells, ratings."""
    at = x + BESIDE
    pen.line(at, bus, at, bus + 12.0)
    pen.symbol("converter", at, bus + 22.0)
    pen.path(f"M{at:g} {bus + 32:g}v7", colour=STORAGE)
    pen.symbol("battery", at, bus + 39.0)
    if labelled:
        pen.lines(at + 15.0, bus + 28.0, _ratings(battery))


def _feeders(
    pen: Pen, feeders: Sequence[Feeder], left: float, bus: float, shown: int
) -> float:  # fmt: skip
    """Draw the columns below a bus, return where they end.

    Of equal ones the first `shown` are drawn, and the last.
    """
    groups = [list(same) for _, same in itertools.groupby(feeders, key=lambda f: f.kind)]
    for group in groups:
        first = group[:shown]
        left = _column(pen, first[0], left, bus, labelled=True) + GAP
        for feeder in first[1:]:
            left = _column(pen, feeder, left, bus, labelled=False) + GAP
        hidden = len(group) - len(first) - 1
        if hidden > 0:
            pen.text(left + DOTS / 2 - GAP / 2, bus + 40.0, "···", size=20.0, anchor="middle")
            pen.text(left + DOTS / 2 - GAP / 2, bus + 58.0, f"× {len(group)}", anchor="middle",
                     bold=True)  # fmt: skip
            left += DOTS
        if len(group) > len(first):
            left = _column(pen, group[-1], left, bus, labelled=False) + GAP
    return left - GAP


def _column(pen: Pen, feeder: Feeder, left: float, bus: float, *, labelled: bool) -> float:
    """Draw a feeder from a bus downwards, and return its right edge."""
    x = left + STEM
    own = _chain(pen, feeder.above, x, bus, labelled=labelled)
    right = x + STEM
    if feeder.battery or any(part.battery for part in feeder.above):
        right = x + BESIDE + 12.0
    if labelled:
        right = max(right, x + _reach(feeder.above))
    if feeder.battery is not None:
        pen.bar(x - 12.0, x + BESIDE + 12.0, own)
        _beside(pen, feeder.battery, x, own, labelled=labelled)
        if labelled:
            right = max(right, x + BESIDE + 15.0 + max(map(text_width, _ratings(feeder.battery))))
    if feeder.feeders:
        return max(right, _block(pen, feeder, left, own, labelled=labelled))
    return max(right, _leaf(pen, feeder, x, own, labelled=labelled))


def _leaf(pen: Pen, feeder: Feeder, x: float, top: float, *, labelled: bool) -> float:
    """Draw what a pod's bus feeds, and return its right edge."""
    beside = feeder.battery is not None
    chain = [part for part in feeder.below if part.symbol != "cable"]
    drop = (16.0 if chain else 60.0) if beside else 0.0  # room for the storage beside the line
    pen.line(x, top, x, top + drop)
    bottom = _chain(pen, chain, x, top + drop, labelled=labelled and not beside)
    wide = max(54.0, text_width(feeder.name) + 8.0)
    pen.box(x, bottom + 10.0, wide, 20.0, 3.0)
    pen.text(x, bottom + 14.5, feeder.name, anchor="middle")
    if not labelled or feeder.load is None:
        return x + wide / 2
    notes = [*feeder.load.ratings]
    if beside:
        notes += [rating for part in chain for rating in part.ratings]
    for k, note in enumerate(notes):
        pen.text(x - wide / 2, bottom + 36.0 + 15.0 * k, note)
    return x - wide / 2 + max(map(text_width, notes), default=0.0)


def _block(pen: Pen, feeder: Feeder, left: float, bus: float, *, labelled: bool) -> float:
    """Draw the pods of a block below its bus, and return the right edge."""
    x = left + STEM
    plain = all(not f.battery and len(f.above) == 1 for f in feeder.feeders)
    if not labelled or (plain and len({f.kind for f in feeder.feeders}) == 1):
        return _pods_together(pen, feeder, left, bus, labelled=labelled)
    pen.line(x, bus, x, bus + 14.0)
    end = _feeders(pen, feeder.feeders, left, bus + 14.0, 1)
    pen.bar(left, end, bus + 14.0)
    return end


def _pods_together(
    pen: Pen, feeder: Feeder, left: float, bus: float, *, labelled: bool
) -> float:  # fmt: skip
    """Draw the equal pods of a block: first and last where there is room, else one box for all."""
    x, pods = left + STEM, feeder.feeders
    top = bus + 10.0
    pen.line(x, bus, x, top)
    shown = [pods[0], pods[-1]] if labelled and len(pods) > 1 else [pods[0]]
    right = x + STEM
    for k, pod in enumerate(shown):
        at = x + k * (2 * STEM + DOTS - 4.0)
        end = pen.slot("breaker", at, top)
        for part in pod.below:
            end = pen.slot(part.symbol, at, end)
        name = pod.name if len(shown) > 1 else f"{len(pods)} pods"
        pen.box(at, end + 10.0, 56.0, 20.0, 3.0)
        pen.text(at, end + 14.5, name, anchor="middle")
        right = at + STEM
    pen.bar(x - 14.0, (right - 14.0) if len(shown) > 1 else x + 14.0, top)
    if len(shown) > 1 and len(pods) > 2:
        pen.text((x + at) / 2, end - 10.0, "···", size=20.0, anchor="middle")
        pen.text((x + at) / 2, end + 14.5, f"× {len(pods)}", anchor="middle", bold=True)
    if labelled:
        load = pods[0].load
        notes = ["each " + ", ".join(load.ratings)] if load is not None else []
        notes += [r for p in pods[0].below if p.symbol != "cable" for r in p.ratings]
        for k, note in enumerate(notes):
            pen.text(left + 2.0, end + 36.0 + 15.0 * k, note)
            right = max(right, left + text_width(note))
    return right


def _labels(part: Part) -> list[str]:
    """Return what is written beside a part: its name and its ratings, long ones in two lines."""
    texts = [part.name, *part.ratings, *part.battery]
    return [t for text in texts for t in (text.split(" ", 1) if len(text) > LONG else [text])]


def _ratings(battery: Part) -> list[str]:
    """Return the ratings of a storage; a number of units that all have stands in a line of its own."""
    heads = {rating.rpartition(" × ")[0] for rating in battery.ratings}
    if heads == {""} or len(heads) > 1:
        return list(battery.ratings)
    return [f"{heads.pop()} ×", *(rating.rpartition(" × ")[2] for rating in battery.ratings)]


def _reach(parts: Sequence[Part]) -> float:
    """Return how far labels reach to the right of a line."""
    return max(((BESIDE + 14.0 if p.battery else LABEL) + _widest(p) for p in parts), default=0.0)


def _widest(*parts: Part | None) -> float:
    """Return the width of the longest label."""
    shown = (p for p in parts if p is not None and p.symbol not in ("breaker", "cable"))
    return max((text_width(t) for p in shown for t in _labels(p)), default=0.0)
