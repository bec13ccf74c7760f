"""Whether events come more often in some months or hours, and how much more."""

from __future__ import annotations

from twin.fitting.model import Array, Figure
from twin.fitting.rates import cells, uniformity, weights
from twin.fitting.records import Record, Window, exposures, months_and_hours

FEW_FOR_SEASONS = 60
"""Fewer events than this show no season but a very strong one."""
SIGNIFICANT = 0.01


def season(
    record: Record, window: Window, time_s: Array, word: str, notes: list[str]
) -> list[Figure]:
    """Return weights of months and hours, flat where the log does not show that they differ.

    Parameters
    ----------
    time_s
        Starts of the events that count, s on the record's clock, shape (n,).
    word
        What the events are called.
    notes
        Told what was found.
    """
    if len(time_s) < FEW_FOR_SEASONS:
        notes.append(f"too few {word} for a season (below {FEW_FOR_SEASONS}): weights are flat")
        return [_flat("monthly_weight", 12), _flat("hourly_weight", 24)]
    found = []
    positions, exposed = months_and_hours(record, time_s), exposures(record, window)
    for key, by, n, position, exposure in (
        ("monthly_weight", "month", 12, positions[0], exposed[0]),
        ("hourly_weight", "hour of the day", 24, positions[1], exposed[1]),
    ):
        counts = cells(position, n)
        p = uniformity(counts, exposure, key)
        notes.append(f"the same rate by {by}: p = {p:.2g} (χ² test)")
        if p >= SIGNIFICANT:
            found.append(_flat(key, n))
            continue
        how = f"{word} by {by}; that they fall evenly is refuted (p = {p:.2g})"
        found.append(Figure(key, weights(counts, exposure), None, None, "1", how))
    return found


def _flat(key: str, n: int) -> Figure:
    return Figure(key, (1.0,) * n, None, None, "1", "no difference shown by the log")
