"""Sites that make their own power have the sizes that the rules give."""

from __future__ import annotations

from typing import Any

import pytest

from experiments import sizing_own_power as sizing
from twin.scenario import Scenario, describe

NAMES = list(sizing.RULES)


def shared(key: str) -> str:
    """Return the key under which most architectures share a figure."""
    return key.split(".", 2)[2]


@pytest.mark.parametrize("name", NAMES)
def test_the_files_have_the_sizes_of_the_rules(name: str) -> None:
    scenario = Scenario.load(name)
    rows = {row.key: row for row in describe(scenario)}
    rules = sizing.sizes(scenario)
    found = {key: rows.get(key, rows.get(shared(key))) for key in rules}
    assert {key: row.value for key, row in found.items()} == pytest.approx(rules)
    assert {key for key, row in found.items() if not row.source.startswith("rule: ")} == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_size_called_a_rule_follows_from_one(name: str) -> None:
    scenario = Scenario.load(name)
    ruled = {
        row.key for row in describe(scenario)
        if row.source.startswith("rule: ") and "no-diesel" not in row.key
    }  # fmt: skip
    same = {"architectures.distributed.diesel.sets", "architectures.diesel-only.diesel.sets",
            "architectures.diesel-only.storage.power_kw"}  # fmt: skip
    sizes = set(sizing.sizes(scenario))
    assert ruled - same <= sizes | {shared(key) for key in sizes}


def test_eight_hours_of_a_tower_by_hand() -> None:
    """4.5 kW and 5 % fans; cells lose 2.57 % and keep 70 %, 85 % of which may be used."""
    need_kw = 4.5 * 1.05
    cells_kw = need_kw * 1.0257 + 0.067  # and the management's watt per kilowatt-hour
    assert 8.0 * cells_kw / (0.85 * 0.7) == pytest.approx(66.1, abs=0.1)
    scenario = Scenario.load("telecom-site")
    assert sizing.site_loads_w(scenario, scenario.architectures["centralized"]) == pytest.approx(
        (need_kw * 1e3, need_kw * 1e3)
    )


def test_the_island_load_by_hand() -> None:
    """Feeders lose 4.7 % of their rating at rating, which is 1.25 times the design load."""
    scenario = Scenario.load("off-grid")
    load: Any = scenario.load
    hours = [x + 0.047 * x * x / (1.25 * 35.0) for x in load.values_kw]
    mean, most = sizing.site_loads_w(scenario, scenario.architectures["centralized"])
    assert mean == pytest.approx(1e3 * sum(hours) / 24.0)
    assert most == pytest.approx(1e3 * max(hours))


def test_more_load_asks_for_more_of_everything() -> None:
    small = sizing.sizes(Scenario.load("telecom-site"))
    big = sizing.sizes(Scenario.load("telecom-site", ["load.pod_kw=3"]))
    assert all(big[key] > small[key] for key in small)
