from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import kstest

from profiles.node_faults import NoNodeFaults, PoissonNodeFaults, ScriptedNodeFaults
from twin.contracts.calendar import YEAR_S
from twin.contracts.timeline import NodeFaults, ProfileContext
from twin.errors import ScenarioError

MakeContext = Callable[..., ProfileContext]

COLUMNS = ("time_s", "pod", "node", "detect_s", "down_s")


def of_pods(faults: NodeFaults, pods: int) -> list[list[Any]]:
    keep = faults.pod < pods
    return [getattr(faults, name)[keep].tolist() for name in COLUMNS]


def test_counts_are_poisson(context: MakeContext) -> None:
    spec = PoissonNodeFaults()
    mean = 4.0 / 1000 * 32 * 365  # per pod and year
    counts = np.concatenate(
        [np.bincount(spec.year(context(), y, 40, 32).pod, minlength=40) for y in range(25)]
    )
    assert counts.mean() == pytest.approx(mean, abs=4 * math.sqrt(mean / 1000))
    assert counts.var() / counts.mean() == pytest.approx(1.0, abs=4 * math.sqrt(2 / 1000))


def test_faults_are_sorted_and_spread_over_the_year(context: MakeContext) -> None:
    faults = PoissonNodeFaults().year(context(), 3, 40, 32)
    assert np.all(np.diff(faults.time_s) >= 0)
    assert kstest(faults.time_s / YEAR_S - 3.0, "uniform").pvalue > 1e-3
    assert kstest((faults.node + 0.5) / 32, "uniform").pvalue > 1e-3
    assert set(faults.node) == set(range(32))
    assert set(faults.pod) == set(range(40))


def test_hangs_are_noticed_late(context: MakeContext) -> None:
    spec = PoissonNodeFaults(rate_per_1000_node_days=100.0, down_s=30.0)
    faults = spec.year(context(), 0, 20, 32)
    late = faults.detect_s == 600.0
    assert set(faults.detect_s) == {60.0, 600.0}
    sd = math.sqrt(0.12 * 0.88 / len(late))
    assert late.mean() == pytest.approx(0.12, abs=4 * sd)
    assert np.all(faults.down_s == 30.0)


def test_adding_a_pod_changes_nobody_elses_faults(context: MakeContext) -> None:
    spec = PoissonNodeFaults()
    small, large = spec.year(context(), 1, 4, 32), spec.year(context(), 1, 9, 32)
    assert len(large.time_s) > len(small.time_s)
    assert of_pods(small, 4) == of_pods(large, 4)


def test_a_crowded_neighbour_that_needs_a_longer_stream_changes_nothing(
    context: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = PoissonNodeFaults()
    before = spec.year(context(), 0, 5, 32)
    # start from streams far too short, so that they are drawn again until they last a year
    monkeypatch.setattr(math, "sqrt", lambda x: -x / 6.0)
    after = spec.year(context(), 0, 5, 32)
    assert of_pods(before, 5) == of_pods(after, 5)


def test_another_rate_moves_the_same_faults(context: MakeContext) -> None:
    few, many = (
        PoissonNodeFaults(rate_per_1000_node_days=r).year(context(), 0, 1, 32) for r in (2.0, 4.0)
    )
    n = len(few.time_s)
    np.testing.assert_allclose(few.time_s, 2 * many.time_s[:n])
    np.testing.assert_array_equal(few.node, many.node[:n])


def test_years_and_replications_differ_and_seeds_repeat(context: MakeContext) -> None:
    spec = PoissonNodeFaults()
    first, again = (spec.year(context(), 0, 3, 32) for _ in range(2))
    assert of_pods(first, 3) == of_pods(again, 3)
    for other in (
        spec.year(context(), 1, 3, 32),
        spec.year(context(1), 0, 3, 32),
        spec.year(context(seed=9), 0, 3, 32),
    ):
        assert not set(np.round(other.time_s % YEAR_S, 3)) & set(np.round(first.time_s, 3))


def test_nothing_to_fail(context: MakeContext) -> None:
    for faults in (
        NoNodeFaults().year(context(), 0, 4, 32),
        PoissonNodeFaults(rate_per_1000_node_days=0.0).year(context(), 0, 4, 32),
        PoissonNodeFaults().year(context(), 0, 0, 32),
    ):
        assert len(faults.time_s) == 0
        assert faults.pod.dtype == np.int64


def test_a_script_is_sorted_and_cut_into_years(context: MakeContext) -> None:
    rows = [
        {"time_s": YEAR_S, "pod": 1, "node": 0},
        {"time_s": 20.0, "pod": 0, "node": 3, "detect_s": 5.0, "down_s": 7.0},
        {"time_s": 10.0, "pod": 1, "node": 2},
    ]
    spec = ScriptedNodeFaults.model_validate({"events": rows})
    assert of_pods(spec.year(context(), 0, 2, 4), 2) == [
        [10.0, 20.0], [1, 0], [2, 3], [60.0, 5.0], [0.0, 7.0]
    ]  # fmt: skip
    assert spec.year(context(), 1, 2, 4).time_s.tolist() == [YEAR_S]
    assert len(spec.year(context(), 2, 2, 4).time_s) == 0


def test_scripts_name_units_that_exist(context: MakeContext) -> None:
    rows = [{"time_s": 0.0, "pod": 0, "node": 0}, {"time_s": 1.0, "pod": 4, "node": 31}]
    spec = ScriptedNodeFaults.model_validate({"events": rows})
    with pytest.raises(ScenarioError, match=r"events\[1\]\.pod: there is no pod 4 \(0 to 3\)"):
        spec.year(context(), 0, 4, 32)
    with pytest.raises(ScenarioError, match=r"events\[1\]\.node: there is no node 31"):
        spec.year(context(), 0, 5, 16)


@pytest.mark.parametrize(
    "body", [{"hang_share": 1.5}, {"rate_per_1000_node_days": -1.0}, {"detect": 1.0}]
)
def test_bad_parameters_are_refused(body: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(body))):
        PoissonNodeFaults.model_validate(body)
