from __future__ import annotations

import numpy as np
import pytest

from twin.contracts.tolerance import CURVES, ITIC, SEMI_F47, Curve, drops, drops_scalar

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
