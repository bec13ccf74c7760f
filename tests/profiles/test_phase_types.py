from __future__ import annotations

import math

import numpy as np
import pytest

from twin.contracts.phases import SagType, phase_voltages, sag_code, seen_by_supplies
from twin.errors import InputError

T = np.arange(2000) / 2000.0 * 2.0 * np.pi


def waves(kind: SagType, v: float) -> np.ndarray:
    """Three phase voltages over one period from what the fault does, shape (3, 2000)."""
    a, b, c = (np.cos(T - k * 2.0 * np.pi / 3.0) for k in range(3))
    if kind is SagType.A:
        return np.stack([v * a, v * b, v * c])
    if kind is SagType.B:
        return np.stack([v * a, b, c])
    if kind is SagType.E:
        return np.stack([a, v * b, v * c])
    if kind is SagType.C:  # b and c move together along their difference
        middle, half = (b + c) / 2.0, (b - c) / 2.0
        return np.stack([a, middle + v * half, middle - v * half])
    step = {SagType.D: SagType.C, SagType.F: SagType.E, SagType.G: SagType.F}[kind]
    return behind_dyn(waves(step, v))


def behind_dyn(at_hv: np.ndarray) -> np.ndarray:
    return (at_hv - np.roll(at_hv, -1, axis=0)) / math.sqrt(3.0)


def rms_pu(at_lv: np.ndarray) -> np.ndarray:
    return np.sqrt(2.0 * np.mean(at_lv**2, axis=1))


@pytest.mark.parametrize("kind", SagType)
@pytest.mark.parametrize("v", [0.0, 0.05, 0.3, 0.61, 0.9])
def test_phasors_are_those_of_the_waveforms(kind: SagType, v: float) -> None:
    at_hv = waves(kind, v)
    once, twice = behind_dyn(at_hv), behind_dyn(behind_dyn(at_hv))
    for winding, expected in (("none", at_hv), ("dyn", once), ("dyn_dyn", twice)):
        got = phase_voltages(v, kind, winding)
        np.testing.assert_allclose(got, np.sort(rms_pu(expected)), atol=1e-12)


@pytest.mark.parametrize("v", [0.0, 0.2, 0.5, 0.8])
def test_the_type_transformations_of_bollen(v: float) -> None:
    """B becomes C with (1 + 2V)/3; C and D, F and G change places; E becomes F; A stays."""
    becomes = [("B", "C", (1.0 + 2.0 * v) / 3.0), ("C", "D", v), ("D", "C", v), ("E", "F", v),
               ("F", "G", v), ("G", "F", v), ("A", "A", v)]  # fmt: skip
    for before, after, characteristic in becomes:
        np.testing.assert_allclose(
            phase_voltages(v, SagType[before], "dyn"),
            phase_voltages(characteristic, SagType[after], "none"),
            atol=1e-12,
        )


@pytest.mark.parametrize("kind", SagType)
def test_the_characteristic_voltage_is_the_lowest_of_all(kind: SagType) -> None:
    for v in (0.0, 0.3, 0.7):
        at_hv = waves(kind, v)
        lowest = min(rms_pu(at_hv).min(), rms_pu(behind_dyn(at_hv)).min())
        assert lowest == pytest.approx(v, abs=1e-12)


def test_four_of_six_behind_a_delta_wye() -> None:
    for v in np.linspace(0.0, 0.9, 10).tolist():
        expected = math.sqrt((1.0 + v + v * v) / 3.0)
        assert seen_by_supplies(v, SagType.B) == pytest.approx(expected, abs=1e-12)
        assert seen_by_supplies(v, SagType.E) == pytest.approx(expected, abs=1e-12)
        assert seen_by_supplies(v, SagType.A) == v
        assert seen_by_supplies(v, SagType.C) == pytest.approx(math.sqrt(0.75 + v * v / 4.0))
    assert seen_by_supplies(0.0, SagType.B) == pytest.approx(0.57735, abs=1e-5)
    # 0.7 pu, where the hold-up begins to count, is reached at 0.3484 pu on one phase
    assert seen_by_supplies(0.3484, SagType.B) == pytest.approx(0.7, abs=1e-4)
    assert seen_by_supplies(0.3, SagType.B, "none") == 1.0
    assert seen_by_supplies(0.3, SagType.E, "none") == pytest.approx(0.3)


@pytest.mark.parametrize(("supplies", "needed"), [(6, 4), (6, 5), (6, 2), (3, 2), (12, 8), (3, 3)])
def test_a_node_lives_as_long_as_enough_of_its_supplies(supplies: int, needed: int) -> None:
    """Supply by supply: each sits on one phase and drops below a threshold."""
    rng = np.random.default_rng(5)
    for _ in range(60):
        kind, v = SagType(int(rng.integers(1, 8))), float(rng.uniform(0.0, 0.9))
        threshold, winding = float(rng.uniform(0.2, 0.95)), ["none", "dyn"][int(rng.integers(2))]
        at_lv = waves(kind, v) if winding == "none" else behind_dyn(waves(kind, v))
        alive = sum(rms_pu(at_lv)[k % 3] >= threshold for k in range(supplies))
        seen = seen_by_supplies(v, kind, winding, supplies, needed)  # type: ignore[call-overload]
        assert (seen >= threshold) == (alive >= needed)


def test_what_cannot_be_spread_evenly_stands_on_the_worst_phases() -> None:
    assert seen_by_supplies(0.2, SagType.E, "dyn", 1, 1) == pytest.approx(0.2)
    low, middle, high = phase_voltages(0.2, SagType.B, "none").tolist()
    assert seen_by_supplies(0.2, SagType.B, "none", 2, 1) == pytest.approx(middle)
    assert seen_by_supplies(0.2, SagType.B, "none", 2, 2) == pytest.approx(low)
    assert seen_by_supplies(0.2, SagType.B, "none", 5, 1) == pytest.approx(high)


def test_vector_equals_scalar() -> None:
    rng = np.random.default_rng(1)
    volts, kinds = rng.uniform(0.0, 0.9, 300), rng.integers(1, 8, 300).astype(np.int8)
    for winding in ("none", "dyn", "dyn_dyn"):
        vector = seen_by_supplies(volts, kinds, winding)
        pairs = zip(volts.tolist(), kinds.tolist(), strict=True)
        scalar = [seen_by_supplies(v, k, winding) for v, k in pairs]
        np.testing.assert_array_equal(vector, scalar)


def test_never_worse_than_three_phases_and_rising_with_the_residual() -> None:
    volts = np.linspace(0.0, 0.9, 91)
    for kind in (SagType.B, SagType.E, SagType.C):
        seen = seen_by_supplies(volts, np.full(91, kind, np.int8), "dyn")
        assert np.all(seen >= volts)
        assert np.all(np.diff(seen) > 0.0)


def test_words() -> None:
    words = {1: 1, "2": 2, 3: 3, "a": 3, "B": 1, "C": 4, "d": 5, "E": 2, "F": 6, " G ": 7}
    for word, code in words.items():
        assert sag_code(word) == code
    for wrong in (0, 4, "H", "", "AB", "1.5"):
        with pytest.raises(ValueError, match="is no sag type"):
            sag_code(wrong)


def test_impossible_questions_are_refused() -> None:
    with pytest.raises(InputError, match=r"unknown winding 'dyn11' \(did you mean 'dyn'\?\)"):
        phase_voltages(0.5, 1, "dyn11")  # type: ignore[arg-type]
    for needed in (0, 7):
        with pytest.raises(InputError, match=f"{needed} of 6 needed"):
            seen_by_supplies(0.5, 1, "dyn", 6, needed)
