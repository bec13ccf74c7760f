"""Scenario files of sites without a utility: what may be left out, and what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plant.off_grid_parts import CYCLING, STORE, off_grid
from tests.plant.small_plants import Table, run
from twin.errors import ScenarioError
from twin.scenario import Scenario, schema


def test_without_a_utility_the_grid_needs_nothing_else() -> None:
    scenario = off_grid(storage=STORE)
    assert not scenario.grid.connected
    assert scenario.grid.contracted_kw == 0.0
    assert Scenario.from_text(scenario.to_toml()).digest == scenario.digest
    assert Scenario.from_text(scenario.to_toml(), ["grid.mains_stable_s=60"]).digest


def test_with_one_it_is_asked_for() -> None:
    data = off_grid(storage=STORE).to_dict() | {"grid": {"connected": True}}
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_dict(data)
    text = str(caught.value)
    for key in ("contracted_kw", "sags", "outages"):
        assert f"grid.{key} is missing" in text


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"tariff": {"kind": "flat"}}, "tariff: kind must be none: grid.connected is false"),
        ({"grid": {"connected": False, "contracted_kw": 5.0}},
         "grid: connected is false, so there can be no contracted_kw"),
        ({"grid": {"connected": False, "outages": {"rate_per_year": 1.0}}}, "no outages"),
        ({"grid": {"connected": False, "sags": {"kind": "ecdf"}, "contracted_kw": 9.0}},
         "no contracted_kw and no sags"),
        ({"storage": STORE | {"level": "pod"}},
         "case: grid.connected is false, so it needs a storage of kind bess and level site"),
        ({"diesel": CYCLING | {"sets": 0}, "storage": {
            "kind": "ups", "level": "site", "energy_kwh": 5.0, "modules": 2}}, "or diesel sets"),
        ({"grid": {"contracted_kw": 0.0, "sags": {"kind": "none"}, "outages": {"kind": "none"}},
          "tariff": {"kind": "flat"}}, "contracted_kw must be greater than 0"),
        ({"grid": {"contracted_kw": 9.0, "sags": {"kind": "none"}, "outages": {"kind": "none"}}},
         "tariff: kind must not be none: there is a utility"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(more: Table, text: str) -> None:
    tables: dict[str, Any] = {"storage": STORE} | more
    with pytest.raises(ScenarioError) as caught:
        off_grid(**tables)
    assert text in str(caught.value)


def test_diesel_sets_alone_may_carry_a_site() -> None:
    """Without a storage to form the bus the site is dark for the first 72 s, then never again."""
    plant = run(off_grid(diesel=CYCLING | {"start": "loss"}, hours=48.0), [])
    assert plant.counters["pod_losses"] == 2.0
    assert plant.counters["diesel_starts"] == 1.0
    assert plant.arrays.state["unserved_j"].sum() == pytest.approx(2 * 10e3 * 72.0, rel=0.02)


def test_the_schema_asks_for_a_connection_only_where_there_is_one() -> None:
    grid = schema()["$defs"]["Grid"]
    assert "required" not in grid
    assert set(grid["else"]["required"]) == {"sags", "outages", "contracted_kw"}
    assert grid["if"]["properties"] == {"connected": {"const": False}}
