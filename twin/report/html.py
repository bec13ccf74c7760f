"""Few building blocks of a page. All take plain text and escape it, but `Html` stands as it is."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def escape(text: object) -> Html:
    """Return text as it must stand in a page."""
    return text if isinstance(text, Html) else Html(html.escape(str(text)))


def tag(name: str, *parts: object, **attributes: str) -> Html:
    """Return an element; a trailing underscore keeps an attribute from being a keyword."""
    head = "".join(
        f' {k.rstrip("_").replace("_", "-")}="{html.escape(v)}"' for k, v in attributes.items()
    )
    return Html(f"<{name}{head}>{''.join(map(escape, parts))}</{name}>")


def join(parts: Iterable[object]) -> Html:
    """Return elements one after the other."""
    return Html("\n".join(map(escape, parts)))


def table(head: Sequence[object], rows: Iterable[Sequence[object]], class_: str = "") -> Html:
    """Return a table that scrolls sideways on a narrow screen; its first column names the rows."""
    top = tag("tr", *(tag("th", h, scope="col") for h in head))
    body = (
        tag("tr", *(tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:])))
        for row in rows
    )
    inner = tag("table", tag("thead", top), tag("tbody", *body), class_=class_)
    return tag("div", inner, class_="scroll", role="region", aria_label="table", tabindex="0")


def details(summary: object, *parts: object, class_: str = "") -> Html:
    """Return a section that opens on demand."""
    attributes = {"class_": class_} if class_ else {}
    return tag("details", tag("summary", summary), *parts, **attributes)


@dataclass(frozen=True)
class Section:
    """A part of the page: its anchor, its title (empty for one without), and what stands in it."""

    anchor: str
    title: str
    body: Html

    @property
    def html(self) -> Html:
        """The section as markup."""
        heading = tag("h2", self.title) if self.title else Html()
        return tag("section", heading, "\n", self.body, id=self.anchor)


def section(anchor: str, title: str, *parts: object) -> Section:
    """Return a section of these parts."""
    return Section(anchor, title, join(parts))


def contents(sections: Iterable[Section]) -> Html:
    """Return links to all sections that have a title."""
    links = (
        tag("li", tag("a", s.title, href=f"#{s.anchor}")) for s in sections if s.title
    )  # fmt: skip
    return tag("nav", tag("ul", *links), class_="contents", aria_label="Contents")


def page(title: str, style: str, *parts: object) -> str:
    """Return a whole page that needs nothing else."""
    head = tag(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        tag("title", title),
        tag("style", Html(style)),
    )
    body = tag("body", tag("main", join(parts)))
    return f'<!doctype html>\n<html lang="en">\n{head}\n{body}\n</html>\n'
