"""The event log as readable text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from twin.report.episode import Episode

ALIKE = 3  # so many alike lines in a row are all shown
SAME_S = 0.0005  # shown to the millisecond, so closer events share a line


@dataclass
class Entry:
    """Equal events of one instant: one line."""

    time_s: float
    timestamp: str
    sources: list[str]
    event: str
    detail: str

    @property
    def told(self) -> str:
        """The line without its time."""
        line = f"{self.who:<22}  {self.event}"
        return f"{line}: {self.detail}" if self.detail else line

    @property
    def family(self) -> tuple[str, str]:
        """What alike events have in common: the source without its number, and the event."""
        return self.sources[0].rstrip("0123456789"), self.event

    @property
    def who(self) -> str:
        """The sources in few words: ``pod-000 to pod-031``, ``scheduler (7)``."""
        if len(set(self.sources)) == 1 < len(self.sources):
            return f"{self.sources[0]} ({len(self.sources)})"
        runs: list[list[str]] = []
        for name in self.sources:
            if runs and _next_to(runs[-1][-1], name):
                runs[-1].append(name)
            else:
                runs.append([name])
        return ", ".join(r[0] if len(r) == 1 else f"{r[0]} to {r[-1]}" for r in runs)


def _next_to(one: str, other: str) -> bool:
    """Return whether the second name's number follows the first's: pod-003 and pod-004."""
    before, number = one.rpartition("-")[::2]
    return number.isdigit() and other == f"{before}-{int(number) + 1:0{len(number)}d}"


def entries(events: pd.DataFrame) -> Iterator[Entry]:
    """Yield the lines of an event log; equal events of one instant are drawn together."""
    entry: Entry | None = None
    for row in events.itertuples(index=False):
        source, event, detail = str(row.source), str(row.event), str(row.detail)
        time_s = float(str(row.time_s))
        same = entry is not None and (entry.event, entry.detail) == (event, detail)
        if entry is not None and same and time_s - entry.time_s < SAME_S:
            entry.sources.append(source)
            continue
        if entry is not None:
            yield entry
        entry = Entry(time_s, str(row.timestamp), [source], event, detail)
    if entry is not None:
        yield entry


def text(events: pd.DataFrame) -> str:
    """Return a whole event log as text."""
    return "".join(f"{e.timestamp}  {e.told}\n" for e in entries(events))


def told(events: pd.DataFrame) -> str:
    """Return an event log as a story: times from its beginning, and long repetitions folded."""
    zero_s = float(events["time_s"].iloc[0])
    lines = []
    for _, alike in itertools.groupby(entries(events), key=lambda e: e.family):
        group = list(alike)
        shown = group if len(group) <= ALIKE else group[:1]
        lines += [f"{e.timestamp}  {after(e.time_s - zero_s):>14}  {e.told}" for e in shown]
        if len(shown) < len(group):
            last = group[-1]
            lines.append(
                f"{'':23}  {after(last.time_s - zero_s):>14}  ... and {len(group) - 1} more, "
                f"the last: {' '.join(last.told.split())}"
            )
    return "".join(f"{line}\n" for line in lines)


def after(seconds: float) -> str:
    """Return a time difference in words that suit its size."""
    sign, size = "-" if seconds < 0.0 else "+", abs(seconds)
    if size < 60.0:
        return f"{sign}{size:.3f} s"
    if size < 3600.0:
        return f"{sign}{size // 60.0:.0f} min {size % 60.0:04.1f} s"
    return f"{sign}{size // 3600.0:.0f} h {size % 3600.0 // 60.0:02.0f} min"


def story(episode: Episode) -> str:
    """Return what happened in an episode, line by line, and how it ended."""
    events = episode.events
    head = f"{episode.title}\n\n"
    if events.empty:
        return f"{head}Nothing happened.\n"
    return f"{head}{told(events)}\n{outcome(events)}\n"


def outcome(events: pd.DataFrame) -> str:
    """Return one sentence: what was lost, and when power was back."""
    lost = events[events["event"] == "lost"]
    jobs = int((events["event"] == "job interrupted").sum())
    shed = int((events["event"] == "shed").sum())
    counts = f"Pod losses: {len(lost)}, pods shed: {shed}, job interruptions: {jobs}"
    if lost.empty:
        return f"{counts}."
    back = events[events["event"] == "powered"]
    if len(back) < len(lost) + shed:
        return f"{counts}; not all of it was powered again within the time shown."
    last = float(back["time_s"].iloc[-1]) - float(lost["time_s"].iloc[0])
    since = after(last).removeprefix("+")
    return f"{counts}; everything was powered again {since} after the first loss."
