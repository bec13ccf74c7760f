"""Whatever the site and the disturbances: the books close, no limit is passed."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from tests.plant.small_plants import (
    NO_FAULTS,
    SURE_DIESEL,
    SURE_STORE,
    SURE_UPS,
    Event,
    Table,
    jobs,
    kwh,
    plant_of,
    site,
    story,
    total,
)  # fmt: skip
from twin import ledger
from twin.contracts.calendar import HOUR_S
from twin.contracts.layout import Flow
from twin.kernel.advance import settle
from twin.plant.machine import Plant
from twin.scenario import Scenario

HOURS = 72.0
FEW = settings(
    max_examples=40, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
W = 1e-3
"""What sums of thousands of watts may be off by rounding, W."""


@st.composite
def stores(draw: Any, level: str) -> Table:
    ups = draw(st.booleans()) and level == "block"
    table = dict(SURE_UPS if ups else SURE_STORE) | {"level": level}
    table["energy_kwh"] = draw(st.sampled_from([5.0, 60.0, 400.0]))
    low = 0.05 if ups else 0.1
    table["start_soc"] = draw(st.sampled_from([None, low, low + 0.02, 0.5]))
    table["switch_failure"] = draw(st.sampled_from([0.0, 0.3]))
    table["takeover_failure"] = draw(st.sampled_from([0.0, 0.3]))
    if not ups:
        table["power_kw"] = draw(st.sampled_from([60.0, 150.0, 500.0]))
        table["trades"] = draw(st.booleans())
        table["reserve"] = draw(st.sampled_from([0.0, 0.3, 0.6]))
        table["coupling"] = draw(st.sampled_from(["parallel_static_switch", "rack_dc"]))
        table["pcs_fault_per_year"] = draw(st.sampled_from([0.0, 50.0]))
    return {k: v for k, v in table.items() if v is not None}


def loads() -> st.SearchStrategy[Table]:
    series = [20.0, 380.0, 380.0, 150.0, 0.0, 90.0]
    return st.sampled_from([
        {"kind": "constant", "pods": 4, "pod_kw": 100.0},
        {"kind": "constant", "pods": 3, "pod_kw": 60.0, "core_kw": 30.0, "boot_s": 120.0},
        {"kind": "series", "pods": 4, "values_kw": series, "step_min": 30},
        jobs(4), jobs(2, core_kw=50.0, boot_s=300.0),
    ])  # fmt: skip


@st.composite
def disturbances(draw: Any) -> list[Event]:
    """Scripted trouble on a coarse grid of times, so that it overlaps and touches."""
    n = draw(st.integers(0, 8))
    start = st.integers(0, 2 * int(HOURS)).map(lambda x: x * 1800.0)
    lasts = st.sampled_from([0.02, 0.4, 5.0, 60.0, 900.0, 1800.0, 5400.0, 40_000.0])
    volts = st.sampled_from([0.0, 0.0, 0.05, 0.4, 0.75])
    return sorted((draw(start), draw(lasts), draw(volts)) for _ in range(n))


@st.composite
def sites(draw: Any, levels: tuple[str, ...] = ("none", "site", "block", "pod")) -> Scenario:
    load = draw(loads())
    level = draw(st.sampled_from(levels))
    plant: Table = {"bus": NO_FAULTS}
    if level != "none":
        plant["storage"] = draw(stores(level))
    plant["diesel"] = SURE_DIESEL | {
        "sets": draw(st.integers(0, 4)), "set_kw": draw(st.sampled_from([120.0, 300.0])),
        "failure_to_start": draw(st.sampled_from([0.0, 0.4])),
        "mttf_h": draw(st.sampled_from([1e9, 2.0])), "tank_h": draw(st.sampled_from([1.0, 24.0])),
        "recharge": draw(st.booleans()), "repair_median_h": 3.0,
        "start": draw(st.sampled_from(["loss", "low_charge"])),
    }  # fmt: skip
    if plant["diesel"]["sets"] and draw(st.booleans()):
        plant["diesel"]["call_sets"] = 1
    plant["pv"] = {"peak_kw": draw(st.sampled_from([0.0, 200.0, 5000.0]))}
    plant["policy"] = {"kind": draw(st.sampled_from(["ladder", "none"]))}
    plant["cooling"] = {"autonomy_s": draw(st.sampled_from([200.0, 600.0, 1e5])),
                        "per_it_kw": draw(st.sampled_from([0.0, 0.2]))}  # fmt: skip
    tariff = {"kind": "tou", "periods": [
        {"name": "high", "price_per_kwh": 0.3, "windows": [{"start": "09:00", "end": "21:00"}]},
        {"name": "low", "price_per_kwh": 0.05},
    ]}  # fmt: skip
    grid = {"export_limit_kw": draw(st.sampled_from([0.0, 100.0, 1e5])),
            "ramp_kw_per_min": draw(st.sampled_from([50.0, 1e4]))}  # fmt: skip
    return site(
        hours=HOURS, load=load, compartments=draw(st.sampled_from([1, 2])), grid=grid,
        contracted_kw=draw(st.sampled_from([200.0, 420.0, 1e5])), tariff=tariff, **plant,
    )  # fmt: skip


class Watch:
    """Looks at a plant after every stretch of the pass."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.seen = 0

    def __call__(self) -> None:
        self.seen += 1
        k = self.plant.arrays
        flow, grid = k.flow[0], k.site[0]
        limit = grid["import_limit_w"]
        assert flow["import_w"] <= limit + 1e-6 + 1e-12 * limit
        assert flow["diesel_w"] <= grid["diesel_w"] + 1e-6
        assert flow["export_w"] <= grid["export_limit_w"] + 1e-6
        for name in ("import_w", "export_w", "diesel_w", "pv_used_w", "pv_curtailed_w"):
            assert flow[name] >= -W, name
        for name in ("charge_w", "discharge_w", "it_w", "loss_w", "down_w"):
            assert np.all(k.rate[name] >= -W), name
        soft = 1.0  # J: a storage is snapped to its limit only when the limit is passed
        assert np.all(k.state["stored_j"] >= -soft), k.state["stored_j"]
        assert np.all(k.state["stored_j"] <= k.state["capacity_j"] + soft)
        rating = np.where(k.row["has_storage"] == 1, k.inp["discharge_w"], 0.0)
        assert np.all(k.rate["discharge_w"] <= rating + 1e-6)


def run_watched(scenario: Scenario, events: list[Event]) -> Plant:
    plant = plant_of(scenario, events)
    initial_j = plant.arrays.state["stored_j"].copy()
    watch = Watch(plant)
    plant.observe(np.arange(0.0, HOURS * HOUR_S, 997.0).tolist(), watch)
    plant.run()
    settle(plant.arrays)
    watch()
    ledger.close(plant.arrays, initial_j, plant.tree.names)
    return plant


def books(plant: Plant) -> None:
    """Check what must hold of a settled plant."""
    k = plant.arrays
    a = k.account.sum(axis=0)
    assert np.all(a[[f for f in Flow if f is not Flow.SNAP]] >= -1.0), a
    assert abs(a[Flow.SNAP]) <= 1e-9 * max(a[Flow.IT], 3.6e9)
    assert a[Flow.UNSERVED] == pytest.approx(k.state["unserved_j"].sum(), rel=1e-9, abs=1.0)
    pods_s = plant.load.pods * plant.horizon_s
    down = plant.counters.get("max_pods_down", 0.0)
    assert 0.0 <= a[Flow.POWERED_POD_S] <= pods_s * (1.0 + 1e-12)
    if down == 0.0:
        assert a[Flow.POWERED_POD_S] == pytest.approx(pods_s, rel=1e-12)
        if plant.arrays.inp["powered"][list(plant.tree.pod_rows)].all():
            assert a[Flow.UNSERVED] == 0.0 or plant.load.core_kw > 0
    charge_bus = a[Flow.CHARGE]
    assert charge_bus == pytest.approx(k.state["charged_j"].sum(), rel=1e-9, abs=1.0)
    assert a[Flow.DISCHARGE] == pytest.approx(k.state["discharged_j"].sum(), rel=1e-9, abs=1.0)


@FEW
@given(scenario=sites(), events=disturbances())
def test_any_site_keeps_its_limits_and_closes_its_books(
    scenario: Scenario, events: list[Event]
) -> None:
    note(scenario.to_toml())
    books(run_watched(scenario, events))


@FEW
@given(scenario=sites(), events=disturbances(), seed=st.integers(0, 99))
def test_how_an_interval_is_cut_does_not_matter(
    scenario: Scenario, events: list[Event], seed: int
) -> None:
    note(scenario.to_toml())
    whole, cut = plant_of(scenario, events), plant_of(scenario, events)
    chance = random.Random(seed)
    cut.observe(sorted(chance.uniform(0.0, HOURS * HOUR_S) for _ in range(60)), lambda: None)
    whole.run()
    cut.run()
    told = [[(s, e, d.split(":")[0]) for _, s, e, d in p.log] for p in (whole, cut)]
    assert told[0] == told[1], story(whole)
    times = [np.array([t for t, *_ in p.log]) for p in (whole, cut)]
    np.testing.assert_allclose(times[0], times[1], rtol=1e-9, atol=1e-5)
    mine, theirs = (p.arrays.account.sum(axis=0) for p in (whole, cut))
    rest = [f for f in Flow if f is not Flow.SNAP]
    np.testing.assert_allclose(mine[rest], theirs[rest], rtol=1e-9, atol=10.0)


@FEW
@given(scenario=sites(), events=disturbances())
def test_same_seed_same_replication_same_events(scenario: Scenario, events: list[Event]) -> None:
    first, second = plant_of(scenario, events), plant_of(scenario, events)
    first.run()
    second.run()
    assert first.log == second.log
    assert first.arrays.account.tobytes() == second.arrays.account.tobytes()


@settings(FEW, max_examples=25)
@given(events=disturbances(), level=st.sampled_from(["site", "block", "pod"]),
       sets=st.integers(0, 2), policy=st.sampled_from(["ladder", "none"]))  # fmt: skip
def test_more_battery_never_leaves_more_unserved(
    events: list[Event], level: str, sets: int, policy: str
) -> None:
    """Constant load, same luck: unserved energy falls with the size of the store."""
    unserved = []
    for energy in (20.0, 60.0, 180.0, 540.0, 5000.0):
        store = SURE_STORE | {"level": level, "energy_kwh": energy, "power_kw": 700.0}
        case = site(
            hours=HOURS, storage=store, cooling={"autonomy_s": 1e9}, policy={"kind": policy},
            diesel=SURE_DIESEL | {"sets": sets, "tank_h": 200.0}, load={
                "kind": "constant", "pods": 4, "pod_kw": 100.0},
        )  # fmt: skip
        plant = plant_of(case, events)
        plant.run()
        unserved.append(kwh(plant, Flow.UNSERVED))
    assert all(b <= a + 1e-6 for a, b in itertools.pairwise(unserved)), unserved


@pytest.mark.parametrize("level", ["site", "pod"])
def test_the_step_of_a_profile_does_not_matter(level: str) -> None:
    """One function of time in steps of 30, 60 and 120 min, through outages and a small diesel."""
    events: list[Event] = [(5000.0, 7000.0, 0.0), (100_000.0, 20_000.0, 0.0)]
    hourly = [100.0, 350.0, 220.0, 220.0, 20.0, 380.0]
    plants = []
    for step, repeat in ((30, 4), (60, 2), (120, 1)):
        values = [v for v in hourly for _ in range(repeat)]
        load = {"kind": "series", "pods": 4, "values_kw": values, "step_min": step}
        store = SURE_STORE | {"level": level, "power_kw": 500.0}
        case = site(hours=HOURS, load=load, storage=store, diesel=SURE_DIESEL | {"set_kw": 150.0})
        plant = plant_of(case, events)
        plant.run()
        plants.append(plant)
    for other in plants[1:]:
        assert other.log == plants[0].log
        mine, theirs = plants[0].arrays.account, other.arrays.account
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-3)


@pytest.mark.parametrize("size", [20, 60, 240])
def test_a_constant_series_is_a_constant_load(size: int) -> None:
    events: list[Event] = [(5000.0, 7000.0, 0.0), (100_000.0, 20_000.0, 0.0)]
    plants = []
    for load in (
        {"kind": "constant", "pods": 4, "pod_kw": 100.0},
        {"kind": "series", "pods": 4, "values_kw": [400.0] * size, "step_min": 30},
    ):
        case = site(hours=HOURS, load=load, storage=SURE_STORE, diesel=SURE_DIESEL)
        plant = plant_of(case, events)
        plant.run()
        plants.append(plant)
    np.testing.assert_allclose(
        plants[0].arrays.account, plants[1].arrays.account, rtol=1e-9, atol=1.0
    )
    assert total(plants[0], Flow.IT) > 0.0
