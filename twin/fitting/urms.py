"""Sags in sampled voltages, as IEC 61000-4-30 defines them: half-cycle rms, threshold, hysteresis.

Urms(1/2) is the rms over one cycle, begun at a zero crossing and refreshed each half cycle, for each
channel by itself. A sag begins when any channel falls below the threshold, ends when all are back at
the threshold plus the hysteresis, and its residual voltage is the lowest value in between. Both ends
are stamped with the end of their window: the duration is then at most one cycle longer than the
dip in the wave (the stamps of the standard's text would add one more).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.contracts.timeline import NORMAL_PU
from twin.errors import DataError
from twin.fitting.model import Array

HYSTERESIS_PU = 0.02
"""Usual choice of IEC 61000-4-30 (2 % of the declared voltage)."""
REFERENCE_WINDOWS = 4
"""Windows before the trigger that give the voltage which others are compared with."""


@dataclass(frozen=True)
class Sag:
    """A sag found in sampled voltages.

    Attributes
    ----------
    start_s, duration_s
        s since the record's begin, s.
    voltage_pu
        Lowest half-cycle rms of any channel.
    channels
        How many channels fell below the threshold.
    ended
        False if the record stopped before the voltage was back.
    """

    start_s: float
    duration_s: float
    voltage_pu: float
    channels: int
    ended: bool


def half_cycle_rms(time_s: Array, wave: Array, frequency_hz: float) -> tuple[Array, Array]:
    """Return the ends of the windows, s, and their Urms(1/2), each of shape (windows,).

    Parameters
    ----------
    time_s, wave
        Sampling times, rising, s, and instantaneous voltages in any unit, shape (samples,).
    frequency_hz
        Frequency of the network, Hz.
    """
    from scipy.interpolate import CubicHermiteSpline

    cycle = 1.0 / frequency_hz
    square = wave * wave
    steps = np.diff(time_s) * (square[1:] + square[:-1]) / 2.0
    energy = CubicHermiteSpline(time_s, np.concatenate([[0.0], np.cumsum(steps)]), square)
    begin = _rising_zero(time_s, wave)
    count = int(np.floor((time_s[-1] - begin - cycle) / (0.5 * cycle) + 1e-9)) + 1
    if count < 1:
        return np.zeros(0), np.zeros(0)
    start_s = begin + 0.5 * cycle * np.arange(count)
    end_s = np.minimum(start_s + cycle, time_s[-1])
    mean = (energy(end_s) - energy(start_s)) / cycle
    return end_s, np.asarray(np.sqrt(np.maximum(mean, 0.0)))


def _rising_zero(time_s: Array, wave: Array) -> float:
    """Return the first time at which the voltage rises through zero; the first sample if none."""
    up = np.flatnonzero((wave[:-1] <= 0.0) & (wave[1:] > 0.0))
    if not len(up):
        return float(time_s[0])
    k = int(up[0])
    share = -wave[k] / (wave[k + 1] - wave[k])
    return float(time_s[k] + share * (time_s[k + 1] - time_s[k]))


def find_sags(
    time_s: Array,
    waves: Sequence[Array],
    frequency_hz: float,
    *,
    trigger_s: float = 0.0,
    declared: float | None = None,
    threshold_pu: float = NORMAL_PU,
    hysteresis_pu: float = HYSTERESIS_PU,
) -> list[Sag]:
    """Return the sags in the sampled voltages of some channels.

    Parameters
    ----------
    time_s, waves, frequency_hz
        As in `half_cycle_rms`; one wave per channel.
    trigger_s
        When the recorder triggered: what lies before is taken to be sound.
    declared
        Declared rms voltage; left out, each channel's own before the trigger, or at its begin.
    threshold_pu, hysteresis_pu
        A sag begins below the first and ends above both together.
    """
    ends, parts, channels = [], [], []
    for channel, wave in enumerate(waves):
        end_s, rms = half_cycle_rms(time_s, wave, frequency_hz)
        if len(rms) < REFERENCE_WINDOWS:
            raise DataError(f"{len(rms)} half-cycle windows are too few to find a sag in")
        reference = declared if declared is not None else _reference(end_s, rms, trigger_s)
        if reference <= 0.0:
            raise DataError("no voltage before the trigger; say which one is declared")
        ends.append(end_s)
        parts.append(rms / reference)
        channels.append(np.full(len(rms), channel))
    when, level, which = (np.concatenate(x) for x in (ends, parts, channels))
    order = np.argsort(when, kind="stable")
    return _walk(when[order], level[order], which[order], threshold_pu, hysteresis_pu)


def _reference(end_s: Array, rms: Array, trigger_s: float) -> float:
    """Return the voltage before the trigger: the median of the windows that end before it."""
    before = rms[end_s <= trigger_s]
    return float(np.median(before if len(before) >= 2 else rms[:REFERENCE_WINDOWS]))


def _walk(
    when: Array, level: Array, which: np.ndarray, threshold_pu: float, hysteresis_pu: float
) -> list[Sag]:
    """Follow the windows of all channels in time and return the sags."""
    low: dict[int, bool] = {}
    found: list[Sag] = []
    begun, deepest, touched = -1.0, 1.0, set[int]()
    for t, u, channel in zip(when.tolist(), level.tolist(), which.tolist(), strict=True):
        was_low = any(low.values())
        back = u >= threshold_pu + hysteresis_pu
        low[channel] = u < threshold_pu or (low.get(channel, False) and not back)
        if u < threshold_pu:
            if not was_low:
                begun, deepest, touched = t, u, set()
            deepest = min(deepest, u)
            touched.add(channel)
        if was_low and not any(low.values()):
            found.append(Sag(begun, t - begun, deepest, len(touched), True))
    if any(low.values()):
        last = float(when[-1])
        found.append(Sag(begun, max(last - begun, 1e-9), deepest, len(touched), False))
    return found
