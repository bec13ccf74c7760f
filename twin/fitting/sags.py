"""From a power-quality log to ``[grid.sags]``: rate, depth, duration, season, phases, sequences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from profiles.sags import DPQ_VOLTAGE_PU, EcdfSags
from twin.contracts.calendar import YEAR_S
from twin.contracts.sarfi import LEVELS_PU, aggregated, group_sizes, sarfi, sarfi_curve
from twin.contracts.timeline import INTERRUPTION_PU, MOMENTARY_S, NORMAL_PU, Disturbances
from twin.contracts.tolerance import CURVES, ITIC_UPPER, exceeds
from twin.errors import InputError
from twin.fitting.checked import checked
from twin.fitting.durations import durations, fit_lognormal
from twin.fitting.model import Array, Figure, Fit, plural, short
from twin.fitting.rates import cells, rate_figure, share_limits
from twin.fitting.records import Record, Window, described, length_unknown, window_of
from twin.fitting.season import season

FEW = 30
"""Fewer sags than this say little about depth and duration."""
PHASES_OF_TYPE = np.array([0, 1, 2, 3, 2, 1, 1, 2])
"""Phases that sag deeply, by code of `SagType` (0: unknown)."""


def fit_sags(record: Record, years: float | None = None, start: str = "") -> Fit:
    """Fit the table ``[grid.sags]`` (kind ``ecdf``) to a log of sags.

    Parameters
    ----------
    record
        The log, as read by `read_record`.
    years, start
        Length and begin of the record, if known; see `window_of`.
    """
    if len(record) == 0:
        raise InputError(f"{record.name}: holds no sag")
    window = window_of(record, years, start)
    sags, notes = set_aside(record)
    if len(sags) == 0:
        raise InputError(f"{record.name}: holds no sag; {'; '.join(notes)}")
    events = Disturbances(sags.start_s, sags.duration_s, sags.voltage_pu, sags.phases)
    one = aggregated(events)
    part = _Part(sags, window, events, one)
    figures = [
        rate_figure("rate_per_year", len(one), window.years, _span(one), "sag", record.name),
        *season(sags, window, one.start_s, "sags", notes),
        *_sequences(part),
        *_phases(part, notes),
        *_depth(one),
        *_duration(one, record.name),
    ]
    return checked(
        Fit(
            "sags", record.name, "grid.sags", "ecdf", described(sags, window, "sag"),
            tuple(figures), _indices(events, window), tuple(notes), tuple(_warnings(part)),
        ),
        EcdfSags,
    )  # fmt: skip


@dataclass(frozen=True)
class _Part:
    """The sags as recorded, their window, and both as disturbances: all, and one per minute."""

    sags: Record
    window: Window
    events: Disturbances
    one: Disturbances


def set_aside(record: Record) -> tuple[Record, list[str]]:
    """Return the sags of a log, and notes on the rows that are none."""
    volts, seconds = record.voltage_pu, record.duration_s
    outage = (volts < INTERRUPTION_PU) & (seconds > MOMENTARY_S)
    high = volts >= NORMAL_PU
    notes = []
    if outage.any():
        notes.append(
            f"{plural(int(outage.sum()), 'interruption')} longer than {MOMENTARY_S:g} s left out "
            f"(they are outages)"
        )
    if high.any():
        swells = volts > 1.1
        beyond = exceeds(ITIC_UPPER, seconds[swells], volts[swells])
        notes.append(
            f"{plural(int(high.sum()), 'row')} at or above {NORMAL_PU} pu left out; swells above "
            f"1.1 pu: {int(swells.sum())}, of them above ITIC's upper curve: {int(beyond.sum())}"
        )
    return record.select(~outage & ~high), notes


def _span(one: Disturbances) -> float:
    return float(one.start_s[-1] - one.start_s[0]) / YEAR_S


def _sequences(part: _Part) -> list[Figure]:
    """Return the share of sags that are followed by others within their minute."""
    sizes = group_sizes(part.events)
    n, repeated, thrice = len(sizes), int((sizes > 1).sum()), int((sizes > 2).sum())
    figures = [
        Figure("sequence_share", repeated / n, *share_limits(repeated, n), "1",
               f"{repeated} of {n} sags followed by others within a minute (Clopper-Pearson)")
    ]  # fmt: skip
    if repeated:
        figures.append(
            Figure("again_share", thrice / repeated, *share_limits(thrice, repeated), "1",
                   f"{thrice} of {repeated} sequences with a third dip (Clopper-Pearson)")
        )  # fmt: skip
    return figures


def _phases(part: _Part, notes: list[str]) -> list[Figure]:
    """Return the shares of one-, two- and three-phase sags, if the log says phases at all."""
    known = PHASES_OF_TYPE[part.one.phases]
    known = known[known > 0]
    if not len(known) or not len(part.sags) or not part.sags.phases.any():
        notes.append("the log says nothing of phases: the scenario's default shares stand")
        return []
    counts = cells(known, 4)[1:]
    n = int(counts.sum())
    limits = [share_limits(int(k), n) for k in counts]
    shares = (counts / n).round(4)
    shares[np.argmax(shares)] += 1.0 - shares.sum()
    how = f"{counts[0]}, {counts[1]} and {counts[2]} of {n} sags (Clopper-Pearson)"
    value = tuple(float(x) for x in shares.round(4))
    low, high = (tuple(x[k] for x in limits) for k in (0, 1))
    return [Figure("phase_share", value, low, high, "1", how)]


def _depth(one: Disturbances) -> list[Figure]:
    """Return the corners of the depth distribution; corners without sags between them are joined."""
    n = len(one)
    volts, hits = [0.0], [0]
    for edge in DPQ_VOLTAGE_PU:
        below = int((one.voltage_pu < edge).sum())
        if below == 0:
            volts[0] = edge  # nothing is deeper
        elif below > hits[-1]:
            volts.append(edge)
            hits.append(below)
    limits = [(0.0, 0.0), *(share_limits(k, n) for k in hits[1:-1]), (1.0, 1.0)]
    shares = tuple(k / n for k in hits)
    low, high = (tuple(x[k] for x in limits) for k in (0, 1))
    how = f"share of {plural(n, 'sag')} below each voltage (Clopper-Pearson)"
    corners = Figure("voltage_pu", tuple(volts), None, None, "pu", "corners of the distribution")
    return [corners, Figure("probability", shares, low, high, "1", how)]


def _duration(one: Disturbances, name: str) -> list[Figure]:
    fitted = fit_lognormal(durations(name, one.duration_s))
    n = plural(len(one), "sag")
    return [
        Figure("duration_median_s", fitted.median_s, *fitted.median_limits_s, "s",
               f"lognormal duration of {n} (profile likelihood)"),
        Figure("duration_sigma", fitted.sigma, *fitted.sigma_limits, "1",
               f"log standard deviation of {n} (profile likelihood)"),
    ]  # fmt: skip


def lognormal_distance(seconds: Array) -> tuple[float, float]:
    """Return how far durations are from their fitted lognormal: the largest gap, and its 1 % limit.

    Kolmogorov's distance with fitted parameters; limit 1.035/(√n - 0.01 + 0.85/√n), Stephens 1974
    (J. American Statistical Association 69, 730-737; from memory, verify).
    """
    from scipy.special import ndtr

    log_s = np.sort(np.log(seconds))
    n, root = len(log_s), np.sqrt(len(log_s))
    p = ndtr((log_s - log_s.mean()) / log_s.std(ddof=1))
    rank = np.arange(n)
    gap = max(float((p - rank / n).max()), float(((rank + 1) / n - p).max()))
    return gap, float(1.035 / (root - 0.01 + 0.85 / root))


def _warnings(part: _Part) -> list[str]:
    found = []
    if len(part.one) < FEW:
        found.append(
            f"only {plural(len(part.one), 'sag')}: below {FEW} the intervals decide, not the figures"
        )
    if part.window.years is None:
        found.append(length_unknown(part.sags))
    gap, limit = lognormal_distance(part.one.duration_s)
    if gap > limit:
        found.append(
            f"durations are not lognormal (largest gap {short(gap)}, 1 % limit {short(limit)}); "
            "kind = 'csv' plays the log itself"
        )
    if not part.sags.ended.all():
        found.append(
            f"{plural(int((~part.sags.ended).sum()), 'record')} stopped before the voltage was back: "
            "durations are too short"
        )
    return found


def _indices(events: Disturbances, window: Window) -> dict[str, float]:
    """Return SARFI of levels and curves, 1/yr."""
    years = window.years if window.years is not None else window.span_years
    if years <= 0.0:
        return {}
    found = {f"SARFI-{100 * x:.0f}": sarfi(events, years, x) for x in LEVELS_PU}
    return found | {f"SARFI-{CURVES[c].name}": sarfi_curve(events, years, c) for c in CURVES}
