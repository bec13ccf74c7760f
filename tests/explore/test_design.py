"""The points of a sweep."""

from __future__ import annotations

import pytest

from twin.errors import InputError
from twin.explore.axes import axes_of
from twin.explore.design import points
from twin.scenario import Scenario, find, spread, unit


def made(scenario: Scenario, *over: str, **more: int) -> list[dict[str, object]]:
    return [point.values for point in points(scenario, axes_of(over), **more)]


def test_a_grid_is_every_combination_the_last_key_fastest(tiny: Scenario) -> None:
    found = points(tiny, axes_of(["diesel.sets=1,2", "grid.sags.rate_per_year=5,50"]))
    assert [p.number for p in found] == [0, 1, 2, 3]
    assert [tuple(p.values.values()) for p in found] == [(1, 5), (1, 50), (2, 5), (2, 50)]
    assert found[2].sets == ("diesel.sets=2", "grid.sags.rate_per_year=5")


def test_a_key_that_only_some_designs_have_is_set_in_those(tiny: Scenario) -> None:
    (one,) = points(tiny, axes_of(["storage.commutation_max_s=0.005"]))
    assert one.sets == ("architectures.distributed.storage.commutation_max_s=0.005",)
    (shared,) = points(tiny, axes_of(["storage.switch_failure=0.01"]))
    assert shared.sets == ("storage.switch_failure=0.01",)
    assert spread(tiny, "storage.switch_failure", everywhere=True) == (
        "architectures.centralized.storage.switch_failure",
        "architectures.distributed.storage.switch_failure",
    )


def test_a_figure_is_found_with_its_unit(tiny: Scenario) -> None:
    assert unit(tiny, "storage.energy_kwh") == "kWh"
    assert unit(tiny, "grid.outages.rate_per_year") == "1/yr"
    assert unit(tiny, "no.such.key") == ""
    values = {f.key: (f.value, f.whole) for f in find(tiny, "diesel.sets")}
    assert values == {f"architectures.{n}.diesel.sets": (3, True) for n in tiny.architectures}
    assert find(tiny, "tariff.periods.0.price_per_kwh")[0].value == 0.15


def test_each_stratum_of_each_range_is_drawn_once(tiny: Scenario) -> None:
    over = ("grid.sags.rate_per_year=10..30", "psu.hold_up_s=0.01..0.02")
    found = made(tiny, *over, samples=20)
    assert len(found) == 20
    for key, low, width in (("grid.sags.rate_per_year", 10.0, 1.0), ("psu.hold_up_s", 0.01, 5e-4)):
        strata = [int((float(str(p[key])) - low) / width) for p in found]
        assert sorted(strata) == list(range(20))
    assert found == made(tiny, *over, samples=20)
    assert found != made(tiny, *over, samples=20, seed=2)


def test_whole_numbers_stay_whole_and_reach_both_ends(tiny: Scenario) -> None:
    drawn = [p["diesel.sets"] for p in made(tiny, "diesel.sets=0..3", samples=8)]
    assert sorted(map(int, map(str, drawn))) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_each_draw_meets_the_whole_grid(tiny: Scenario) -> None:
    found = made(tiny, "psu.hold_up_s=0.01..0.02", "diesel.sets=1,2", samples=3)
    assert [p["diesel.sets"] for p in found] == [1, 2, 1, 2, 1, 2]
    assert len({p["psu.hold_up_s"] for p in found}) == 3


@pytest.mark.parametrize(
    ("over", "samples", "message"),
    [
        ([], None, "nothing is varied"),
        (["diesel.sets=1,2"], 5, "--samples: no key has a range"),
        (["diesel.sets=1..5"], 0, "--samples: 0 must be at least 1"),
        ([f"k{i}={','.join(map(str, range(22)))}" for i in range(3)], None, "10,648 points; at most"),
        (["diesel.sets=1..5"], 10_001, "10,001 points"),
    ],
)  # fmt: skip
def test_impossible_designs(
    tiny: Scenario, over: list[str], samples: int | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        points(tiny, axes_of(over), samples)
