"""One bad day, second by second."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from twin import plots
from twin.report.episode import Episode
from twin.report.exhibits import drawing, exhibit
from twin.report.html import Section, details, section, tag
from twin.report.story import outcome, story

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def bad_day(episode: Episode | None) -> Section | None:
    """Return the episode as figures and as a story, None if there is none."""
    if episode is None:
        return None
    series, marks = episode.trace.series, _marks(episode)
    views = {
        "close-up": plots.View.close(episode.close_s, episode.centre_s),
        "whole": plots.View.whole(episode.stretch_s),
    }
    drawings = [
        drawing(plots.view_figure(series, marks, view), f"episode-{name}",
                f"{name}: mains voltage, pods, jobs, state of charge and power over time")
        for name, view in views.items()
    ]  # fmt: skip
    happened = outcome(episode.events) if len(episode.events) else "Nothing happened."
    caption = (
        f"{episode.title}. First the seconds around the worst moment, then the whole episode. Dotted: "
        f"pods are lost. Band of the state of charge: from the emptiest to the fullest storage."
    )
    return section(
        "bad-day",
        "One bad day",
        tag("p", "The replication in which most was lost to bad power, around its worst hour. ",
            happened),
        exhibit("bad-day", drawings, caption, series_table(episode)),
        details("What happened, line by line", tag("pre", story(episode), tabindex="0")),
    )  # fmt: skip


def series_table(episode: Episode) -> pd.DataFrame:
    """Return the quantities of the episode where any has changed; times from the worst moment.

    Powers are rounded to 100 W and charge to 1e-4: less than the figure can show.
    """
    series = episode.trace.series
    watts = {c: c.removesuffix("_w") + "_mw" for c in series.columns if c.endswith("_w")}
    values = series.assign(**{c: series[c] * 1e-6 for c in watts}).rename(columns=watts)
    values = values.drop(columns="time_s").round(4)
    changed = values.ne(values.shift()).any(axis=1)
    changed.iloc[-1] = True
    values.insert(0, "from_worst_moment_s", (series["time_s"] - episode.centre_s).round(4))
    return values[changed].reset_index(drop=True)


def _marks(episode: Episode) -> list[float]:
    events = episode.events
    lost: list[float] = events.loc[events["event"] == "lost", "time_s"].tolist()
    return lost


def episode_figure(episode: Episode) -> Figure:
    """Return an episode as one wide figure, for a file."""
    return plots.trace_figure(
        episode.trace.series, _marks(episode), episode.stretch_s, episode.close_s,
        episode.centre_s, episode.title,
    )  # fmt: skip
