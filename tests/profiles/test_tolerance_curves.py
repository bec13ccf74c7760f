from __future__ import annotations

import numpy as np
import pytest

from twin.contracts.tolerance import (
    CURVES,
    IEEE_1668_I_II,
    IEEE_1668_III,
    ITIC,
    ITIC_UPPER,
    SEMI_F47,
    Curve,
    drops,
    drops_scalar,
    exceeds,
)

CASES = [
    # duration s, voltage pu, drops ITIC, drops F47
    (0.012, 0.0, False, False),
    (0.02, 0.0, False, False),  # on the vertical edge: survives
    (0.0201, 0.0, True, True),
    (0.0201, 0.49, True, True),
    (0.0201, 0.5, True, False),
    (0.0201, 0.69, True, False),
    (0.1, 0.7, False, False),  # on the horizontal edge: survives
    (0.2, 0.5, True, False),
    (0.21, 0.69, True, True),
    (0.5, 0.75, False, False),
    (0.51, 0.75, True, True),
    (10.0, 0.8, False, False),
    (10.1, 0.85, True, True),
    (1e6, 0.9, False, False),
    (1e6, 0.899, True, True),
    (0.0, 0.0, False, False),
]


@pytest.mark.parametrize(("duration_s", "voltage_pu", "itic", "f47"), CASES)
def test_published_vertices(duration_s: float, voltage_pu: float, itic: bool, f47: bool) -> None:
    assert drops_scalar(ITIC, duration_s, voltage_pu) is itic
    assert drops_scalar(SEMI_F47, duration_s, voltage_pu) is f47


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_vector_equals_scalar(curve: Curve) -> None:
    rng = np.random.default_rng(3)
    durations = np.concatenate([10 ** rng.uniform(-3, 2, 500), curve.duration_s, [0.0]])
    volts = np.concatenate([rng.random(500), curve.voltage_pu, [0.0]])
    vector = drops(curve, durations, volts)
    scalar = [drops_scalar(curve, t, v) for t, v in zip(durations, volts, strict=True)]
    assert vector.tolist() == scalar
    assert 0 < vector.sum() < len(vector)


def test_slope_is_interpolated() -> None:
    ramp = Curve("ramp", (0.0, 1.0, 2.0), (0.0, 0.0, 0.8))
    assert ramp.threshold(1.5) == pytest.approx(0.4)
    below = drops(ramp, np.array([1.5, 1.5, 3.0]), np.array([0.39, 0.41, 0.79]))
    assert below.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("duration_s", "voltage_pu", "few_phases", "all_phases"),
    [
        (0.009, 0.0, False, False),  # shorter than half a cycle
        (0.02, 0.49, True, True),
        (0.05, 0.5, False, False),
        (0.051, 0.6, False, True),
        (0.15, 0.75, False, True),
        (0.2, 0.5, False, True),
        (0.21, 0.69, True, True),
        (0.3, 0.79, False, True),
        (0.51, 0.79, True, True),
        (2.0, 0.8, False, False),
        (2.1, 0.89, True, True),
    ],
)
def test_ieee_1668(
    duration_s: float, voltage_pu: float, few_phases: bool, all_phases: bool
) -> None:
    assert drops_scalar(IEEE_1668_I_II, duration_s, voltage_pu) is few_phases
    assert drops_scalar(IEEE_1668_III, duration_s, voltage_pu) is all_phases


def test_upper_curve() -> None:
    cases = [(1e-4, 4.9, False), (1e-4, 5.1, True), (1e-3, 1.99, False), (1e-3, 2.01, True),
             (0.0029, 1.39, False), (0.1, 1.19, False), (0.1, 1.21, True), (0.6, 1.11, True),
             (1e4, 1.09, False)]  # fmt: skip
    seconds, volts, above = (np.array(x) for x in zip(*cases, strict=True))
    assert exceeds(ITIC_UPPER, seconds, volts).tolist() == above.tolist()
    halfway = np.sqrt(1.667e-4 * 1e-3)  # over the logarithm of time
    both = exceeds(ITIC_UPPER, np.array([halfway, halfway]), np.array([3.49, 3.51]))
    assert both.tolist() == [False, True]


@pytest.mark.parametrize("curve", CURVES.values(), ids=list(CURVES))
def test_longest_time_tolerated_is_where_the_curve_drops(curve: Curve) -> None:
    edges = [e for x in curve.duration_s for e in (x, float(np.nextafter(x, np.inf)))]
    duration = np.array([*edges, 1e-3, 0.1, 1.0, 60.0, 1e9])
    levels = [v + d for v in curve.voltage_pu for d in (-1e-9, 0.0, 1e-9)]
    for volts in [v for v in levels if v >= 0.0]:
        expected = drops(curve, duration, np.full(len(duration), volts))
        assert np.array_equal(duration > curve.longest_s(volts), expected), volts
