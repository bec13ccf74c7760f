"""From an outage log to ``[grid.outages]``: rate, duration with or without a long tail, season."""

from __future__ import annotations

import numpy as np

from profiles.interruptions import HOUR_S, LognormalOutages
from twin.contracts.calendar import YEAR_S
from twin.contracts.timeline import MOMENTARY_S
from twin.errors import InputError
from twin.fitting.checked import checked
from twin.fitting.durations import durations
from twin.fitting.model import Figure, Fit, plural
from twin.fitting.rates import rate_figure
from twin.fitting.records import Record, described, length_unknown, window_of
from twin.fitting.season import season
from twin.fitting.tails import Law, laws

FEW = 20
"""Fewer outages than this say little about their duration."""


def fit_outages(record: Record, years: float | None = None, start: str = "") -> Fit:
    """Fit the table ``[grid.outages]`` to a log of outages, some of which may not have ended.

    Durations follow the laws of `twin.fitting.tails`, given that an outage is longer than 60 s, as
    the profile draws them; the law with the smallest AIC is taken.

    Parameters
    ----------
    record
        The log, as read by `read_record`.
    years, start
        Length and begin of the record, if known; see `window_of`.
    """
    if len(record) == 0:
        raise InputError(f"{record.name}: holds no outage")
    window = window_of(record, years, start)
    short = record.duration_s <= MOMENTARY_S
    kept, notes = record.select(~short), []
    if short.any():
        notes.append(
            f"{plural(int(short.sum()), 'interruption')} up to {MOMENTARY_S:g} s left out "
            "(momentary)"
        )
    if len(kept) == 0:
        raise InputError(f"{record.name}: holds no outage; {'; '.join(notes)}")
    known = durations(record.name, kept.duration_s, kept.ended, MOMENTARY_S)
    tried = laws(known)
    notes.append("AIC: " + ", ".join(f"{law.name} {law.aic - tried[0].aic:+.1f}" for law in tried))
    span = float(kept.start_s[-1] - kept.start_s[0]) / YEAR_S
    figures = [
        rate_figure("rate_per_year", len(kept), window.years, span, "outage", record.name),
        *season(kept, window, kept.start_s, "outages", notes),
        *_duration(tried[0], kept),
    ]
    return checked(
        Fit(
            "outages", record.name, "grid.outages", "lognormal",
            described(kept, window, "outage"), tuple(figures),
            _indices(kept, window.years), tuple(notes), tuple(_warnings(kept, window.years, tried)),
        ),
        LognormalOutages,
    )  # fmt: skip


def _duration(law: Law, kept: Record) -> list[Figure]:
    """Return the keys of the chosen law."""
    body, open_ = law.body, int((~kept.ended).sum())
    of = plural(len(kept), "outage") + (f", {open_} still under way" if open_ else "")
    how = f"lognormal beyond 60 s, {law.name}; {of} ({law.intervals})"
    low_h, high_h = (x / HOUR_S for x in body.median_limits_s)
    figures = [
        Figure("duration_median_h", body.median_s / HOUR_S, low_h, high_h, "h", how),
        Figure("duration_sigma", body.sigma, *body.sigma_limits, "1", how),
    ]
    if law.tail_share == 0.0:
        return [*figures, Figure("tail_share", 0.0, None, None, "1", "no tail: smallest AIC")]
    why = "the scenario's default tail" if law.name == "reference tail" else "fitted tail"
    tail = {"tail_share": law.tail_share, "tail_median_h": law.tail_median_s / HOUR_S,
            "tail_sigma": law.tail_sigma}  # fmt: skip
    units = {"tail_share": "1", "tail_median_h": "h", "tail_sigma": "1"}
    more = [Figure(k, v, None, None, units[k], f"{why}: smallest AIC") for k, v in tail.items()]
    return [*figures, *more]


def _indices(kept: Record, years: float | None) -> dict[str, float]:
    """Return SAIFI and the like as the site itself sees them."""
    hours = kept.duration_s / HOUR_S
    found = {"mean duration, h": float(hours.mean()), "longest, h": float(hours.max())}
    if years is not None:
        found |= {"outages, 1/yr": len(kept) / years, "outage, h/yr": float(hours.sum()) / years}
    return found


def _warnings(kept: Record, years: float | None, tried: list[Law]) -> list[str]:
    found = []
    if len(kept) < FEW:
        found.append(
            f"only {plural(len(kept), 'outage')}: below {FEW} the intervals decide, not the figures"
        )
    if years is None:
        found.append(length_unknown(kept))
    if tried[1].aic - tried[0].aic < 2.0:
        found.append(
            f"'{tried[1].name}' fits almost as well as '{tried[0].name}' (AIC within 2): the log "
            "does not settle how long the longest outages are"
        )
    overlap = np.flatnonzero(kept.start_s[1:] < (kept.start_s + kept.duration_s)[:-1])
    if len(overlap):
        found.append(f"{plural(len(overlap), 'outage')} begins before the last one has ended")
    return found
