"""The ranking of causes in words, for the page and for the terminal."""

from __future__ import annotations

from typing import Any

import pandas as pd

from twin.results import Results
from twin.results.causes import ANY_KIND, GRID, quantile

CAUSE_HEAD = ("Event", "Path to the pods", "Pods down [1/yr]", "95 % [1/yr]", "Events [1/yr]",
              "Dark [pod-h/yr]", "Share")  # fmt: skip


def cause_cells(row: Any) -> tuple[str, ...]:
    """Return a row of `twin.results.causes.causes` as texts under `CAUSE_HEAD`."""
    dark = row.pod_losses_per_year + row.pod_sheds_per_year
    return (
        event_in_words(row.kind, row.element), row.path, f"{dark:.3g}",
        f"{row.ci_low:.2g} to {row.ci_high:.2g}", f"{row.events_per_year:.3g}",
        f"{row.pod_h_per_year:.3g}", f"{row.share:.0%}",
    )  # fmt: skip


def event_in_words(kind: str, element: str) -> str:
    """Return an event without numbers: ``"sag"``, ``"bus fault at a pod"``.

    >>> event_in_words("breaker", "racks fault at a pod")
    'breaker, racks fault at a pod'
    """
    word = kind.replace("_", " ")
    if element == GRID:
        return word
    return element if element.startswith(word) else f"{word}, {element}"


def blast_sentence(results: Results, architecture: str) -> str:
    """Return how many pods an event of an architecture takes down, in one sentence."""
    table = results.blast
    mine = table[(table["architecture"] == architecture) & (table["kind"] == ANY_KIND)]
    count = len(results.finished[architecture])
    if mine.empty:
        return f"{architecture}: no pod was lost or shed in {count} replications."
    half, most = quantile(mine, 0.5), quantile(mine, 0.99)
    return (
        f"{architecture}: {pod_count(results, mine)} an event; half of the {mine['events'].sum()} "
        f"events took at most {half}, 99 % at most {most}."
    )


def pod_count(results: Results, mine: pd.DataFrame) -> str:
    """Return the mean number of pods of the events of a table, with the number of all pods."""
    mean = (mine["pods"] * mine["events"]).sum() / mine["events"].sum()
    return f"{mean:.3g} of {results.exposure.pods} pods"
