"""Single-line diagrams: well-formed, and showing what the scenario says."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.cli import session
from twin.report import diagram, diagrams
from twin.report.site import energy, equipment, power, site_tree
from twin.scenario import Scenario, shipped

SVG = "{http://www.w3.org/2000/svg}"
GRAPHIC = {"path", "rect", "circle", "text"}


@pytest.fixture(scope="module")
def sea() -> Scenario:
    return session.load("sea-8000")


def texts(svg: str) -> list[str]:
    """Return all texts of a diagram, checked to be well-formed XML."""
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    return [str(t.text) for t in root.iter(f"{SVG}text")]


def with_storage(**storage: Any) -> Scenario:
    """Return tiny with another storage in its architecture 'distributed'."""
    sets = [f"architectures.distributed.storage.{k}={v}" for k, v in storage.items()]
    return session.load("tiny", sets)


@pytest.mark.parametrize("name", [s.name for s in shipped()])
def test_every_shipped_design_can_be_drawn(name: str) -> None:
    scenario = session.load(name)
    for architecture in scenario.architectures:
        svg = diagram(scenario, architecture)
        assert texts(svg)[0] == architecture
        assert diagram(scenario, architecture) == svg
        links = re.findall(r"https?://[^\"' ]+", svg)
        assert set(links) == {"http://www.w3.org/2000/svg"}, "the name space, nothing to load"


def test_a_pod_with_its_battery_is_drawn_twice_and_the_last(sea: Scenario) -> None:
    found = texts(diagram(sea, "distributed"))
    pods = [t for t in found if t.startswith("pod-")]
    assert pods == ["pod-000", "pod-001", "pod-031"]
    assert "× 32" in found
    ratings = {"15.2 MW", "contract", "6 × 2.5 MW", "tank 24 h", "3 MW DC", "280 kW", "920 kWh",
               "256 GPUs", "241 kW", "4 × 280 kW", "4 ×", "770 kW",
               "hold-up 12 ms"}  # fmt: skip
    assert ratings <= set(found)
    assert found.count("switch") == 2, "labelled once, and at the core"


def test_blocks_show_their_pods(sea: Scenario) -> None:
    found = texts(diagram(sea, "centralized"))
    assert "× 4" in found
    assert "× 8" in found
    assert found.count("8 pods") == 2
    assert [t for t in found if t.startswith("pod-")] == ["pod-000", "pod-007"]
    for rating in ("6 × 500 kW", "280 kWh", "2.41 MW", "3 × 500 kW"):
        assert rating in found, rating


def test_ratings_follow_the_scenario() -> None:
    sets = ["diesel.sets=5", "diesel.set_kw=1234", "pv.peak_kw=0", "grid.contracted_kw=1777",
            "grid.export_limit_kw=50", "psu.hold_up_load_share=0.5"]  # fmt: skip
    found = texts(diagram(session.load("tiny", sets), "distributed"))
    for rating in ("5 × 1.23 MW", "1.78 MW", "50 kW", "export", "hold-up 24 ms"):
        assert rating in found, rating
    assert "PV" not in found
    assert "Diesel" not in texts(diagram(session.load("tiny", ["diesel.sets=0"]), "distributed"))


def test_the_table_counts_what_stands_there(sea: Scenario) -> None:
    rows = {(where, what): (count, ratings) for where, what, count, ratings in
            equipment(site_tree(sea, "centralized"))}  # fmt: skip
    assert rows["block", "UPS"] == (4, "6 × 500 kW")
    assert rows["block", "battery"] == (4, "280 kWh")
    assert rows["pod", "pod"] == (32, "256 GPUs, 241 kW")
    assert rows["core", "core"] == (1, "network, storage, 770 kW")
    assert rows["site", "Diesel"] == (1, "6 × 2.5 MW, tank 24 h")
    assert rows["site", "Chillers"] == (1, "≤ 1.1 MW")  # 0.13 of 8,491 kW
    assert rows["site", "HV transformer"] == (1, "10.6 MW")  # 1.25 times 8,491 kW
    more = equipment(site_tree(sea, "distributed"))
    assert ("pod", "battery", 32, "280 kW, 920 kWh") in more


def test_the_place_of_storage_is_where_it_is_drawn() -> None:
    def where(**storage: Any) -> set[str]:
        tree = site_tree(with_storage(**storage), "distributed")
        return {w for w, what, *_ in equipment(tree) if what == "battery"}

    assert where(level='"pod"') == {"pod", "core"}
    assert where(level='"site"') == {"site"}


def test_on_the_racks_bus_the_battery_stands_behind_the_supplies() -> None:
    behind = site_tree(with_storage(coupling='"rack_dc"'), "distributed").main.feeders[0]
    assert [p.name for p in behind.above] == [
        "breaker",
        "MV transformer",
        "busway",
        "PSUs",
    ]
    assert behind.below == ()
    assert behind.battery is not None
    beside = site_tree(with_storage(), "distributed").main.feeders[0]
    assert [p.name for p in beside.above] == ["breaker", "MV transformer", "static switch"]
    assert [p.name for p in beside.below] == ["busway", "PSUs"]


def test_a_battery_in_series_hangs_on_its_converter(sea: Scenario) -> None:
    block = site_tree(sea, "centralized").main.feeders[0]
    (ups,) = [part for part in block.above if part.battery]
    assert (ups.name, ups.battery) == ("UPS", ("280 kWh",))
    assert block.battery is None


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 9), st.sampled_from(["site", "block", "pod"]),
    st.sampled_from(["parallel_static_switch", "rack_dc"]), st.booleans(),
)  # fmt: skip
def test_any_tree_can_be_drawn(
    pods: int, compartments: int, level: str, coupling: str, core: bool
) -> None:
    if level != "pod":
        coupling = "parallel_static_switch"
    scenario = session.load("tiny", [
        f"load.pods={pods}",
        f"load.core_kw={100 if core else 0}",
        "architectures.centralized.compartments=1",
        f"architectures.distributed.compartments={min(compartments, pods)}",
        f'architectures.distributed.storage.level="{level}"',
        f'architectures.distributed.storage.coupling="{coupling}"',
        'load.campaigns=[{name="a", days=1, jobs=[{name="b", gpus=256}]}]',
    ])  # fmt: skip
    svg = diagram(scenario, "distributed")
    root = ET.fromstring(svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    found = texts(svg)
    assert ("core" in found) == core
    assert (
        any(f"pod-{pods - 1:03d}" == t for t in found)
        or f"× {pods}" in found
        or any(t.endswith(" pods") for t in found)
    )
    for element in root.iter():
        if element.tag.removeprefix(SVG) == "text":
            assert 0.0 <= float(element.attrib["x"]) <= width
            assert 0.0 <= float(element.attrib["y"]) <= height
        elif element.tag.removeprefix(SVG) == "rect":
            assert float(element.attrib["x"]) >= 0.0
            assert float(element.attrib["x"]) + float(element.attrib["width"]) <= width
    counted = sum(
        n for _, what, n, _ in equipment(site_tree(scenario, "distributed")) if what == "pod"
    )
    assert counted == pods


def test_a_site_without_a_grid_can_be_drawn(sea: Scenario) -> None:
    from twin.report.diagram import _document

    alone = dataclasses.replace(site_tree(sea, "distributed"), grid=None)
    found = texts(_document([alone]))
    assert "Grid" not in found
    assert "contract" not in found
    assert "Diesel" in found


def test_several_stand_below_each_other(sea: Scenario) -> None:
    both = diagrams(sea, ["centralized", "distributed"])
    found = texts(both)
    assert [t for t in found if t in sea.architectures] == ["centralized", "distributed"]
    one = ET.fromstring(diagram(sea, "centralized"))
    assert float(ET.fromstring(both).attrib["height"]) > float(one.attrib["height"]) * 1.5


def test_it_can_be_read_aloud_and_in_the_dark(sea: Scenario) -> None:
    svg = diagram(sea, "distributed")
    root = ET.fromstring(svg)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "Single-line diagram: distributed"
    words = root.findtext(f"{SVG}desc")
    assert words is not None
    assert "32 × battery (280 kW, 920 kWh) at pod" in words
    assert "prefers-color-scheme:dark" in svg
    inks = {e.attrib.get("stroke") for e in root.iter() if e.tag.removeprefix(SVG) in GRAPHIC}
    assert inks <= {None, "currentColor", "#00875f"}, (
        "all ink but the batteries' follows the scheme"
    )


def test_titles_of_users_are_escaped() -> None:
    scenario = session.load("tiny", ['architectures.distributed.title="a <b> & c"'])
    assert "a <b> & c" in texts(diagram(scenario, "distributed"))


@pytest.mark.parametrize(
    ("watts", "text"),
    [(301_600.0, "302 kW"), (999_600.0, "1 MW"), (999_400.0, "999 kW"), (15.2e6, "15.2 MW"),
     (1500.0, "1.5 kW")],
)  # fmt: skip
def test_ratings_to_three_digits(watts: float, text: str) -> None:
    assert power(watts) == text
    assert energy(watts * 3600.0) == f"{text}h"
