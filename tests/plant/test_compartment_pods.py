"""Compartments of unequal size."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plant.small_plants import site
from twin.errors import ScenarioError
from twin.plant.loads import laid_out
from twin.report.site import site_tree
from twin.scenario import Scenario


def divided(pods: Any, compartments: int = 2) -> Scenario:
    case = {"compartments": compartments} | ({} if pods is None else {"compartment_pods": pods})
    return site(architectures={"case": case})


def blocks(scenario: Scenario) -> list[list[int]]:
    laid = laid_out(scenario, scenario.architectures["case"])
    return [bus.pods for bus in laid.buses if bus.parent == 0]


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        (None, [[0, 1], [2, 3]]), ([2, 2], [[0, 1], [2, 3]]), ([1, 3], [[0], [1, 2, 3]]),
        ([3, 1], [[0, 1, 2], [3]]),
    ],
)  # fmt: skip
def test_pods_are_divided_as_told(pods: list[int] | None, expected: list[list[int]]) -> None:
    case = divided(pods)
    assert blocks(case) == expected
    assert blocks(Scenario.from_text(case.to_toml())) == expected
    assert site_tree(case, "case").main is not None


def test_what_is_left_out_is_not_written() -> None:
    assert "compartment_pods" not in divided(None).to_toml()
    assert divided(None).digest != divided([2, 2]).digest


@pytest.mark.parametrize(
    ("pods", "text"),
    [
        ([2, 1, 1], "compartment_pods has 3 entries, but there are 2 compartments"),
        ([4, 0], "compartment_pods"), ([], "compartment_pods"), ("even", "compartment_pods"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(pods: Any, text: str) -> None:
    with pytest.raises(ScenarioError, match=text):
        divided(pods)


def test_all_pods_have_a_compartment() -> None:
    with pytest.raises(ScenarioError, match=r"\[2, 1\] are 3 pods, but the load has 4"):
        blocks(divided([2, 1]))


def test_it_can_be_set_and_belongs_to_an_architecture() -> None:
    case = Scenario.load("tiny", ["architectures.distributed.compartments=2",
                                  "architectures.distributed.compartment_pods=[1,3]"])  # fmt: skip
    assert case.architectures["distributed"].compartment_pods == [1, 3]
    with pytest.raises(ScenarioError, match=r"did you mean .architectures"):
        Scenario.load("tiny", ["compartment_pods=[1,3]"])
