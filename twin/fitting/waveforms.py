"""COMTRADE records (IEEE C37.111, IEC 60255-24) of fault and power-quality recorders as a log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import DataError, InputError
from twin.fitting.model import Array
from twin.fitting.records import WAVEFORMS, Record
from twin.fitting.urms import Sag, find_sags

VOLTS = {"V", "KV", "VOLT", "VOLTS"}
_PHASE = re.compile(r"L[123]|[ABCRST]|[123]")
THREE = 3


@dataclass(frozen=True)
class Wave:
    """The voltages of one record.

    Attributes
    ----------
    begin
        Time of its first sample.
    time_s, waves
        Sampling times since then, s, shape (n,), and the channels' voltages.
    to_neutral
        Whether the channels are phases to neutral; else they are phase to phase, or unknown.
    trigger_s, frequency_hz
        When the recorder triggered, s, and the network's frequency, Hz.
    """

    begin: datetime
    time_s: Array
    waves: list[Array]
    to_neutral: bool
    trigger_s: float
    frequency_hz: float


def read_waveforms(path: Path, declared_v: float | None = None) -> Record:
    """Return the sags of a COMTRADE record, or of all records in a folder, as a log.

    Parameters
    ----------
    path
        A .cfg file with its .dat beside it, a .cff file, or a folder of them.
    declared_v
        Declared rms voltage in the unit of the channels; left out, each record's own before its
        trigger.
    """
    files = _files(path)
    found: list[tuple[datetime, Sag, int]] = []
    for file in files:
        wave = read_wave(file)
        try:
            sags = find_sags(
                wave.time_s, wave.waves, wave.frequency_hz,
                trigger_s=wave.trigger_s, declared=declared_v,
            )  # fmt: skip
        except DataError as error:
            raise DataError(f"{file}: {error}") from None
        phases = wave.to_neutral and len(wave.waves) == THREE
        found += [(wave.begin, sag, sag.channels if phases else 0) for sag in sags]
    if not found:
        raise DataError(f"{path}: no sag in {len(files)} record(s)")
    return _record(path.name, found)


def _record(name: str, found: list[tuple[datetime, Sag, int]]) -> Record:
    origin = min(begin for begin, _, _ in found)
    start_s = np.array([(begin - origin).total_seconds() + sag.start_s for begin, sag, _ in found])
    order = np.argsort(start_s, kind="stable")
    sags = [found[k][1] for k in order]
    return Record(
        name,
        start_s[order],
        origin,
        np.array([sag.duration_s for sag in sags]),
        np.array([sag.voltage_pu for sag in sags]),
        np.array([found[k][2] for k in order], dtype=np.int8),
        np.array([sag.ended for sag in sags]),
    )


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(f for f in path.iterdir() if f.suffix.lower() in WAVEFORMS)
    if not files:
        raise DataError(f"{path}: no COMTRADE record (.cfg or .cff) in this folder")
    return files


def read_wave(file: Path) -> Wave:
    """Read one COMTRADE record; raise `DataError` if it cannot be understood."""
    try:
        import comtrade
    except ImportError:
        raise InputError(
            "COMTRADE records need the package 'comtrade': pip install 'ridethrough[logs]'"
        ) from None
    if not file.exists():
        raise DataError(f"{file}: no such file")
    record = comtrade.Comtrade(
        ignore_warnings=True, use_numpy_arrays=True, use_double_precision=True
    )
    try:
        record.load(str(file))
    except FileNotFoundError as error:
        raise DataError(f"{file}: its data file {error.filename} is missing") from None
    except (comtrade.ComtradeError, ValueError, TypeError, IndexError, KeyError, OSError) as error:
        raise DataError(f"{file}: is no COMTRADE record that can be read: {error}") from error
    return _wave(file, record)


def _wave(file: Path, record: Any) -> Wave:
    channels, to_neutral = _choose(file, record.cfg.analog_channels)
    time_s = np.asarray(record.time, dtype=np.float64)
    waves = [np.asarray(record.analog[k], dtype=np.float64) for k in channels]
    for k, wave in zip(channels, waves, strict=True):
        missing = int(np.isnan(wave).sum())
        if missing:
            name = record.cfg.analog_channels[k].name
            raise DataError(f"{file}: channel '{name}' misses {missing} of {len(wave)} samples")
    frequency_hz = float(record.frequency)
    if len(time_s) < 2 or np.any(np.diff(time_s) <= 0.0):
        raise DataError(f"{file}: sampling times do not rise")
    if not 10.0 <= frequency_hz <= 100.0:
        raise DataError(f"{file}: a network of {frequency_hz:g} Hz (10 to 100 expected)")
    if 1.0 / float(np.median(np.diff(time_s))) < 8.0 * frequency_hz:
        raise DataError(f"{file}: fewer than 8 samples per cycle give no half-cycle rms")
    return Wave(
        record.start_timestamp, time_s, waves, to_neutral, float(record.trigger_time), frequency_hz
    )


def _choose(file: Path, channels: list[Any]) -> tuple[list[int], bool]:
    """Return the voltage channels to look at: phases to neutral, else phase to phase, else all.

    Of several channels of the same phase (two busbars, say) the first is taken.
    """
    volts = [k for k, c in enumerate(channels) if str(c.uu).strip().upper() in VOLTS]
    if not volts:
        names = ", ".join(f"'{c.name}' in {c.uu}" for c in channels) or "none"
        raise DataError(f"{file}: no voltage channel (in V or kV); analog channels: {names}")
    by_phases: dict[int, dict[str, int]] = {0: {}, 1: {}, 2: {}}
    for k in volts:
        text = str(channels[k].ph).strip().upper()
        letters = _PHASE.findall(text)
        if len(letters) <= 2 and not (not letters and "N" in text):  # a neutral's voltage is none
            by_phases[len(letters)].setdefault("".join(letters) or str(k), k)
    for wanted in (1, 2, 0):
        if by_phases[wanted]:
            return list(by_phases[wanted].values())[:THREE], wanted == 1
    return volts[:THREE], False
