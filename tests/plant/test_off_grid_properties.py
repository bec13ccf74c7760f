"""Whatever stands on a site without a utility: the books close, no limit is passed."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.plant.small_plants import plant_of, story
from tests.plant.test_properties import FEW, HOURS, books, run_watched, sites
from twin.contracts.calendar import HOUR_S
from twin.contracts.layout import Flow
from twin.scenario import Scenario


@st.composite
def off_grid_sites(draw: Any) -> Scenario:
    """Take the utility from any site that has a storage on its bus, or diesel sets."""
    data = draw(sites(("site", "site", "none", "pod"))).to_dict()
    stored = data["storage"]["level"] == "site" if "storage" in data else False
    for design in data["architectures"].values():
        storage = design.get("storage", {})
        stored = stored or storage.get("level") == "site"
        if stored and draw(st.booleans()):
            storage["restart_share"] = 0.4
        if not stored:
            design.setdefault("diesel", {})["sets"] = draw(st.integers(1, 3))
    data["grid"] = {"connected": False}
    data["tariff"] = {"kind": "none"}
    return Scenario.from_dict(data)


@settings(FEW, max_examples=30)
@given(scenario=off_grid_sites())
def test_any_off_grid_site_keeps_its_limits_and_closes_its_books(scenario: Scenario) -> None:
    note(scenario.to_toml())
    plant = run_watched(scenario, [])
    books(plant)
    assert plant.arrays.account[:, [Flow.IMPORT, Flow.EXPORT]].sum() == 0.0


@settings(FEW, max_examples=12)
@given(scenario=off_grid_sites(), seed=st.integers(0, 99))
def test_how_an_interval_is_cut_does_not_matter_off_the_grid(
    scenario: Scenario, seed: int
) -> None:
    note(scenario.to_toml())
    whole, cut = plant_of(scenario, []), plant_of(scenario, [])
    chance = random.Random(seed)
    cut.observe(sorted(chance.uniform(0.0, HOURS * HOUR_S) for _ in range(60)), lambda: None)
    whole.run()
    cut.run()
    told = [[(s, e, d.split(":")[0]) for _, s, e, d in p.log] for p in (whole, cut)]
    assert told[0] == told[1], story(whole)
    mine, theirs = (p.arrays.account.sum(axis=0) for p in (whole, cut))
    rest = [f for f in Flow if f is not Flow.SNAP]
    np.testing.assert_allclose(mine[rest], theirs[rest], rtol=1e-9, atol=10.0)
