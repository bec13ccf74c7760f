"""What topologies, ties and compartments say if they do not go together."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.plant.small_plants import SURE_STORE, Table, plant_of, site
from twin.errors import ScenarioError
from twin.plant.design import check


@pytest.mark.parametrize(
    ("table_", "words"),
    [
        ({"neighbours": [[1, 9]]}, "compartment 9, but there are 2"),
        ({"neighbours": [[2, 2]]}, "ties compartment 2 to itself"),
        ({"neighbours": [[1, 2], [2, 1]]}, "given twice"),
        ({"neighbours": [[1, 2, 3]]}, "not a pair"),
        ({"topology": "grid"}, "bulkhead.width: is missing"),
        ({"topology": "row", "width": 2}, 'bulkhead.width: is for a grid, but topology = "row"'),
        ({"topology": "ring", "neighbours": [[1, 2]]}, 'bulkhead.topology: "ring" is told, but'),
        ({"clearing_min_s": 1.0}, "clearing_min_s = 1 is above"),
    ],
)
def test_inconsistent_neighbours_are_refused(table_: Table, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        site(bulkhead=table_)


def test_a_loop_is_refused_where_a_tree_is_needed() -> None:
    with pytest.raises(ScenarioError, match="closes a loop where a tree is needed"):
        site(compartments=3, bulkhead={"topology": "ring", "tree": True})


def test_the_command_line_says_so_and_exits_with_2() -> None:
    command = [sys.executable, "-c", "import sys; from twin.cli import main; sys.exit(main())",
               "run", "tiny", "--set", "bulkhead.neighbours=[[1, 7]]"]  # fmt: skip
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "compartment 7, but there" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"bulkhead": {"neighbours": [[2, 9]]}},
         "bulkhead.neighbours: [2, 9] names compartment 9, but there are 2 (1 to 2; the nearest is 2)"),
        ({"bulkhead": {"neighbours": [[2, 2]]}},
         "bulkhead.neighbours = [[2, 2]]: [2, 2] ties compartment 2 to itself"),
        ({"compartments": 3, "bulkhead": {"topology": "ring", "tree": True}},
         "bulkhead.topology: [1, 3] closes a loop where a tree is needed; leave it out, or set tree "
         "= false"),
        ({"bulkhead": {"topology": "grid", "width": 3}},
         "bulkhead.width: 3 is more than the 2 compartments (1 to 2; the nearest is 2)"),
        ({"bulkhead": {"topology": "rign"}},
         'bulkhead.topology = "rign": must be "row" | "ring" | "grid" | "none" (did you mean '
         "'ring'?) (How compartments stand to each other)"),
        ({"compartments": 9},
         "architectures.case.compartments = 9: is more than the 4 pods of the load (1 to 4; the "
         "nearest is 4)"),
        ({"ties": {"kind": "breakers", "close_min_s": 1.0}},
         "ties.close_min_s: 1 is above close_max_s = 0.1"),
    ],
)  # fmt: skip
def test_messages_name_the_key_and_what_is_near(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        plant_of(site(**more))
    assert str(caught.value).partition(": ")[2] == message


def test_two_storages_on_a_bus_are_told_with_their_architecture() -> None:
    case = site(compartments=4, storage=SURE_STORE,
                more_storage={"block": SURE_STORE | {"level": "block"}})  # fmt: skip
    with pytest.raises(ScenarioError, match=r"^\S+: architectures\.case: storage: bus 'pod-000'"):
        plant_of(case)


@pytest.mark.parametrize(
    ("ties", "recovery", "warned"),
    [({}, {}, True), ({"static": True}, {}, False), ({}, {"on_islands": True}, False),
     ({"topology": "none"}, {}, False)],
)  # fmt: skip
def test_breakers_as_ties_need_pods_that_return_on_islands(
    ties: Table, recovery: Table, warned: bool
) -> None:
    case = site(ties={"kind": "breakers"} | ties, recovery=recovery)
    words = [f.problem for f in check(case) if f.keys == ("architectures.case.ties",)]
    assert ["recovery.on_islands = true" in w for w in words] == [True] * warned
