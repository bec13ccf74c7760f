"""Half-cycle rms and sags in sampled waves; COMTRADE records that the test writes itself."""

from __future__ import annotations

import math
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.errors import DataError, InputError
from twin.fitting import fit_sags, read_record
from twin.fitting.urms import find_sags, half_cycle_rms

RATE, HZ, PEAK = 3200.0, 50.0, 20e3 * math.sqrt(2.0 / 3.0)
Dip = tuple[float, float, float, str]


def waves(
    seconds: float, dips: list[Dip], rate: float = RATE, hz: float = HZ
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Three phases of 20 kV; a dip is (from s, lasts s, residual pu, phases)."""
    t = np.arange(int(seconds * rate)) / rate
    found = []
    for n, name in enumerate("ABC"):
        size = np.ones(len(t))
        for start, lasts, residual, phases in dips:
            if name in phases:
                size[(t >= start) & (t < start + lasts)] = residual
        found.append(PEAK * size * np.sin(2 * np.pi * (hz * t - n / 3.0)))
    return t, found


@pytest.mark.parametrize(("rate", "hz"), [(3200.0, 50.0), (960.0, 60.0), (7812.5, 49.97)])
def test_rms_of_a_sine(rate: float, hz: float) -> None:
    t, (a, b, _) = waves(0.3, [], rate, hz)
    for wave in (a, b, 0.37 * b):
        ends, rms = half_cycle_rms(t, wave, hz)
        exact = np.abs(wave).max() and math.sqrt(np.mean(wave[: int(5 * rate / hz)] ** 2))
        assert rms == pytest.approx(np.full(len(rms), exact), rel=0.01)
        np.testing.assert_allclose(np.diff(ends), 0.5 / hz)
        assert ends[0] <= 2.0 / hz + 1.0 / rate
        assert ends[-1] > 0.3 - 0.6 / hz - 1.0 / rate


def test_rms_in_the_middle_of_a_dip_is_its_depth() -> None:
    t, (a, _, _) = waves(0.4, [(0.1, 0.2, 0.4, "ABC")])
    ends, rms = half_cycle_rms(t, a, HZ)
    inside = (ends > 0.1 + 1.0 / HZ) & (ends <= 0.3)
    assert inside.sum() > 10
    assert rms[inside] * math.sqrt(2.0) / PEAK == pytest.approx(np.full(inside.sum(), 0.4), rel=1e-3)


@pytest.mark.parametrize("lasts", [0.03, 0.1, 0.35])
@pytest.mark.parametrize("residual", [0.0, 0.45, 0.7])
@pytest.mark.parametrize("start", [0.2, 0.2033, 0.2107])
def test_depth_and_duration_come_back(start: float, lasts: float, residual: float) -> None:
    t, found = waves(1.0, [(start, lasts, residual, "B")])
    (sag,) = find_sags(t, found, HZ, trigger_s=start)
    assert sag.voltage_pu == pytest.approx(residual, abs=2e-3)
    assert sag.channels == 1
    assert sag.ended
    assert lasts - 1e-9 <= sag.duration_s <= lasts + 1.0 / HZ + 1e-9  # at most one cycle longer
    assert start - 1e-9 <= sag.start_s <= start + 1.0 / HZ


def test_phases_and_hysteresis() -> None:
    dips: list[Dip] = [(0.2, 0.1, 0.5, "AC"), (0.3, 0.2, 0.91, "A"), (0.7, 0.1, 0.3, "ABC")]
    t, found = waves(1.0, dips)
    first, second = find_sags(t, found, HZ)
    assert (first.channels, second.channels) == (2, 3)
    assert first.duration_s == pytest.approx(0.3, abs=1.0 / HZ)  # 0.91 is not back yet
    t, found = waves(1.0, [(0.2, 0.1, 0.5, "AC"), (0.3, 0.2, 0.93, "A")])
    (alone,) = find_sags(t, found, HZ)
    assert alone.duration_s == pytest.approx(0.11, abs=0.5 / HZ)


def test_a_swing_above_the_threshold_is_no_sag() -> None:
    t, found = waves(1.0, [(0.2, 0.3, 0.905, "ABC")])
    assert find_sags(t, found, HZ) == []
    assert len(find_sags(t, found, HZ, declared=1.03 * PEAK / math.sqrt(2.0))) == 1


def test_a_record_that_stops_in_the_sag() -> None:
    t, found = waves(0.5, [(0.3, 9.0, 0.2, "ABC")])
    (sag,) = find_sags(t, found, HZ)
    assert not sag.ended
    assert sag.duration_s == pytest.approx(0.2, abs=1.5 / HZ)


def test_too_short_and_dead_records() -> None:
    t, found = waves(0.03, [])
    with pytest.raises(DataError, match="too few to find a sag"):
        find_sags(t, found, HZ)
    t, found = waves(0.5, [(0.0, 1.0, 0.0, "ABC")])
    with pytest.raises(DataError, match="no voltage before the trigger"):
        find_sags(t, found, HZ)


# ---- COMTRADE -----------------------------------------------------------------------------------


def write_record(
    folder: Path, name: str, dips: list[Dip], begin: str = "05/03/2024,14:00:00.250000", *,
    form: str = "ASCII", unit: str = "V", seconds: float = 1.0,
    phases: tuple[str, ...] = ("A", "B", "C"),
) -> Path:  # fmt: skip
    """Write a .cfg and .dat pair (IEEE C37.111-1999) with three voltages and a current."""
    t, found = waves(seconds, dips)
    scale = PEAK / 30_000.0
    lines = ["Substation 7,PQ-1,1999", "4,4A,0D"]
    for n, phase in enumerate(phases):
        lines.append(f"{n + 1},U{phase},{phase},,{unit},{scale!r},0.0,0.0,-32767,32767,20000,100,P")
    lines.append("4,IA,A,,A,0.01,0.0,0.0,-32767,32767,400,1,P")
    minute = begin.replace("00.250000", "00.450000")
    lines += [f"{HZ:g}", "1", f"{RATE:g},{len(t)}", begin, minute, form, "1"]
    (folder / f"{name}.cfg").write_text("\r\n".join(lines) + "\r\n")
    counts = np.round(np.stack([*found, 0.0 * t]) / scale).astype(np.int16)
    stamps = np.round(t * 1e6).astype(np.int32)
    if form == "ASCII":
        rows = [",".join(map(str, (k + 1, stamps[k], *counts[:, k]))) for k in range(len(t))]
        (folder / f"{name}.dat").write_text("\r\n".join(rows) + "\r\n")
    else:
        kind = np.dtype([("n", "<i4"), ("t", "<i4"), ("v", "<i2", (4,))])
        table = np.zeros(len(t), kind)
        table["n"], table["t"], table["v"] = np.arange(1, len(t) + 1), stamps, counts.T
        (folder / f"{name}.dat").write_bytes(table.tobytes())
    return folder / f"{name}.cfg"


@pytest.mark.parametrize("form", ["ASCII", "BINARY"])
def test_a_record_of_known_depth_and_duration(tmp_path: Path, form: str) -> None:
    file = write_record(tmp_path, "event", [(0.2, 0.12, 0.37, "A")], form=form)
    record = read_record(str(file), voltage=True)
    assert record.origin == datetime(2024, 3, 5, 14, 0, 0, 250_000)
    assert record.voltage_pu == pytest.approx([0.37], abs=2e-3)
    assert 0.12 <= record.duration_s[0] <= 0.12 + 1.0 / HZ + 1e-6
    assert 0.2 <= record.start_s[0] <= 0.2 + 1.0 / HZ
    assert record.phases.tolist() == [1]
    assert record.ended.tolist() == [True]


def test_a_folder_of_records_is_a_log(tmp_path: Path) -> None:
    write_record(tmp_path, "b", [(0.2, 0.1, 0.5, "ABC")], "06/03/2024,03:00:00.250000")
    write_record(tmp_path, "a", [(0.3, 0.2, 0.7, "BC")], "07/03/2024,03:00:00.250000", form="BINARY")
    write_record(tmp_path, "c", [(0.3, 0.1, 0.6, "A"), (0.6, 0.1, 0.6, "A")])
    record = read_record(str(tmp_path), voltage=True)
    assert record.origin == datetime(2024, 3, 5, 14, 0, 0, 250_000)
    days = (record.start_s / 86_400.0).round(2).tolist()
    assert days == [0.0, 0.0, 0.54, 1.54]
    assert record.phases.tolist() == [1, 1, 3, 2]
    fit = fit_sags(record, years=1.0)
    assert fit["rate_per_year"].value == 3.0  # two dips within a minute are one event
    assert any("only 3 sags" in w for w in fit.warnings)


def test_line_voltages_say_nothing_of_phases(tmp_path: Path) -> None:
    file = write_record(tmp_path, "event", [(0.2, 0.12, 0.37, "A")], phases=("AB", "BC", "CA"))
    assert read_record(str(file), voltage=True).phases.tolist() == [0]
    named = write_record(tmp_path, "named", [(0.2, 0.12, 0.37, "A")], phases=("L1", "L2", "L3"))
    assert read_record(str(named), voltage=True).phases.tolist() == [1]


def test_a_declared_voltage(tmp_path: Path) -> None:
    file = write_record(tmp_path, "event", [(0.2, 0.12, 0.37, "A")])
    record = read_record(str(file), voltage=True, declared_v=2.0 * PEAK / math.sqrt(2.0))
    assert record.voltage_pu == pytest.approx([0.185], abs=2e-3)
    csv = tmp_path / "log.csv"
    csv.write_text("start_s,duration_s,voltage_pu\n1,1,0.5\n")
    with pytest.raises(InputError, match="only waveform records"):
        read_record(str(csv), voltage=True, declared_v=1.0)


def damage(file: Path, what: str) -> None:
    data = file.with_suffix(".dat")
    text = file.read_text()
    if what == "no data":
        data.unlink()
    elif what == "half a header":
        file.write_text(text[:60])
    elif what == "garbage":
        data.write_text("1,2,three,4,5,6\n")
    elif what == "no voltage":
        file.write_text(text.replace(",,V,", ",,A,"))
    elif what == "gap":
        rows = data.read_text().splitlines()
        cells = rows[99].split(",")
        rows[99] = ",".join([*cells[:2], "99999", *cells[3:]])
        data.write_text("\n".join(rows))
    elif what == "slow":
        file.write_text(text.replace("3200,", "300,"))
    elif what == "direct current":
        file.write_text(text.replace("\n50\n", "\n0\n"))


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("no data", r"event\.cfg: its data file .*event\.dat is missing"),
        ("half a header", r"event\.cfg: is no COMTRADE record that can be read"),
        ("garbage", r"event\.cfg: is no COMTRADE record that can be read"),
        ("no voltage", r"no voltage channel \(in V or kV\); analog channels: 'UA' in A"),
        ("gap", r"channel 'UA' misses 1 of 3200 samples"),
        ("slow", "fewer than 8 samples per cycle"),
        ("direct current", "a network of 0 Hz"),
        ("sound", "no sag in 1 record"),
    ],
)
def test_broken_records_are_refused(tmp_path: Path, what: str, words: str) -> None:
    dips: list[Dip] = [] if what == "sound" else [(0.2, 0.12, 0.37, "A")]
    file = write_record(tmp_path, "event", dips)
    damage(file, what)
    with pytest.raises(DataError, match=words):
        read_record(str(file), voltage=True)


def test_missing_files_and_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_record(str(tmp_path / "nothing.cfg"), voltage=True)
    with pytest.raises(DataError, match="no COMTRADE record"):
        read_record(str(tmp_path), voltage=True)
    gone: Any = None
    monkeypatch.setitem(sys.modules, "comtrade", gone)
    with pytest.raises(InputError, match=r"pip install 'ridethrough\[logs\]'"):
        read_record(str(tmp_path / "nothing.cfg"), voltage=True)
