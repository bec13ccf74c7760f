"""Few building blocks of a page. All take plain text and escape it, but `Html` stands as it is."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def escape(text: object) -> Html:
    """Return text as it must stand in a page."""
    return text if isinstance(text, Html) else Html(html.escape(str(text)))


def tag(name: str, *parts: object, **attributes: str) -> Html:
    """Return an element; a trailing underscore keeps an attribute from being a keyword."""
    head = "".join(f' {k.rstrip("_")}="{html.escape(v)}"' for k, v in attributes.items())
    return Html(f"<{name}{head}>{''.join(map(escape, parts))}</{name}>")


def join(parts: Iterable[Html]) -> Html:
    """Return elements one after the other."""
    return Html("\n".join(parts))


def table(head: Sequence[object], rows: Iterable[Sequence[object]], class_: str = "") -> Html:
    """Return a table that scrolls sideways on a narrow screen."""
    top = tag("tr", *(tag("th", h, scope="col") for h in head))
    body = (tag("tr", *(tag("td", cell) for cell in row)) for row in rows)
    inner = tag("table", tag("thead", top), tag("tbody", *body), class_=class_)
    return tag("div", inner, class_="scroll")


def details(summary: object, *parts: object) -> Html:
    """Return a section that opens on demand."""
    return tag("details", tag("summary", summary), *parts)


def page(title: str, style: str, *parts: object) -> str:
    """Return a whole page that needs nothing else."""
    head = tag(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", title),
        tag("style", Html(style)),
    )
    body = tag("body", tag("main", join([escape(p) for p in parts])))
    return f'<!doctype html>\n<html lang="en">\n{head}\n{body}\n</html>\n'
