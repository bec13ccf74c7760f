"""Causes and blast radius, from losses written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
from result_parts import YEARS, Make, record

from twin.estimate.counts import garwood_limits
from twin.results import Record
from twin.results.causes import element, quantile

OUTAGE = ("disturbance-00001", "outage", "battery empty")
SHED = ("disturbance-00001", "outage", "supply short")
BUS = ("bus@block-02 fault 1", "bus_fault", "bus dead")
OTHER_BUS = ("bus@block-01 fault 3", "bus_fault", "bus dead")
PLANNED = ("path@site window 2", "maintenance", "bus dead")


def loss(
    what: tuple[str, str, str], pods: int, sheds: int, pod_h: float, reach: int
) -> list[Any]:
    event, kind, path = what
    return [7.0, event, kind, path, "", pods, sheds, 0, pod_h, reach]


def having(k: int, name: str, losses: Sequence[list[Any]]) -> Record:
    made = record(k, name)
    made.details["losses"] = list(losses)
    return made


HISTORY = [
    [loss(OUTAGE, 3, 0, 1.5, 4), loss(SHED, 0, 2, 4.0, 4), loss(BUS, 1, 0, 10.0, 1)],
    [loss(OTHER_BUS, 2, 0, 20.0, 2), loss(PLANNED, 4, 0, 8.0, 4)],
    [],
    [loss(OUTAGE, 2, 0, 0.5, 2)],
]


@pytest.fixture
def causes(results: Make) -> pd.DataFrame:
    return results([having(k, "a", rows) for k, rows in enumerate(HISTORY)]).causes


@pytest.fixture
def blast(results: Make) -> pd.DataFrame:
    return results([having(k, "a", rows) for k, rows in enumerate(HISTORY)]).blast


def test_causes_are_ranked_by_what_they_cost(causes: pd.DataFrame) -> None:
    assert causes[["kind", "element", "path"]].to_numpy().tolist() == [
        ["outage", "grid", "battery empty"],
        ["bus_fault", "bus fault at a block", "bus dead"],
        ["outage", "grid", "supply short"],
    ]
    years = 4 * YEARS
    assert (causes["pod_losses_per_year"] * years).tolist() == pytest.approx([5, 3, 0])
    assert (causes["pod_sheds_per_year"] * years).tolist() == pytest.approx([0, 0, 2])
    assert (causes["events_per_year"] * years).tolist() == pytest.approx([2, 2, 1])
    assert (causes["pod_h_per_year"] * years).tolist() == pytest.approx([2, 30, 4])
    assert causes["share"].tolist() == pytest.approx([0.5, 0.3, 0.2])
    assert (causes["ci_low"] < causes["share"]).all()
    assert set(causes["n"]) == {4}


def test_the_curve_counts_events_not_rows(blast: pd.DataFrame) -> None:
    mine = blast[blast["kind"] == "any"]
    years = 4 * YEARS
    assert mine["pods"].tolist() == [1, 2, 4]
    assert mine["events"].tolist() == [1, 2, 1]
    assert (mine["frequency_per_year"] * years).tolist() == pytest.approx([4, 3, 1])
    limits = [garwood_limits(n) for n in (4.0, 3.0, 1.0)]
    assert (mine["ci_low"] * years).tolist() == pytest.approx([low for low, _ in limits])
    assert (mine["ci_high"] * years).tolist() == pytest.approx([high for _, high in limits])
    assert blast[blast["kind"] == "outage"]["events"].tolist() == [1, 1]
    assert [quantile(mine, q) for q in (0.25, 0.26, 0.75, 0.99)] == [1, 2, 2, 4]


def test_without_losses_both_are_empty(results: Make) -> None:
    made = results([record(0, "a")])
    assert made.causes.empty
    assert made.blast.empty
    assert quantile(made.blast, 0.5) is None


@pytest.mark.parametrize(
    ("event", "kind", "words"),
    [
        ("disturbance-00017", "sag", "grid"),
        ("bus@core fault 1", "bus_fault", "bus fault at a core"),
        ("storage@pod-003 fire 1", "fire", "storage fire at a pod"),
        ("storage@site dead 1", "source_lost", "storage dead of the site"),
        ("block-plant-shared fault 1", "shared_fault", "block-plant-shared fault"),
        ("overload-0000003600", "overload", "overload"),
    ],
)
def test_numbers_are_stripped_from_elements(event: str, kind: str, words: str) -> None:
    assert element(event, kind) == words
