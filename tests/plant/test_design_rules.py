"""Every design rule fires when it should and only then; all numbers are reckoned by hand.

The site is free of losses: four pods of 100 kW, two compartments, no pumps. So 400 kW are 400 kW at
every bus, plus whatever a test adds.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
from small_plants import SURE_DIESEL, SURE_STORE, SURE_UPS, jobs, site

from twin.errors import ScenarioError
from twin.plant.design import Finding, check
from twin.plant.design.load_rules import poisson_quantile
from twin.scenario import Scenario

Table = dict[str, Any]
NO_LOSS: Table = {
    f"discharge_{part}_pu": 0.0 for part in ("constant", "linear", "square")
} | {"auxiliary_w_per_kwh": 0.0, "end_of_life_soh": 0.5, "soc_low": 0.0, "soc_high": 1.0}  # fmt: skip
STORE = SURE_STORE | NO_LOSS | {"hot_standby_pu": 0.0, "switch_linear_pu": 0.0, "reserve": 0.5}
UPS = SURE_UPS | NO_LOSS | {"constant_pu": 0.0, "linear_pu": 0.0, "square_pu": 0.0}
PLAIN: Table = {
    "psu": {"constant_pu": 0.0, "linear_pu": 0.0, "square_pu": 0.0},
    "chain": {"stages": []},
    "cooling": {"per_it_kw": 0.0, "pump_per_it_kw": 0.0},
}


def plain(**tables: Any) -> Scenario:
    """Return the site without losses; tables given replace the plain ones."""
    return site(**(PLAIN | tables))


def found(scenario: Scenario, rule: str) -> list[Finding]:
    """Return what one rule says."""
    return [f for f in check(scenario) if f.rule == rule]


def only(scenario: Scenario, rule: str) -> Finding:
    """Return the one finding of a rule."""
    (finding,) = found(scenario, rule)
    return finding


# ---- storage until diesel ------------------------------------------------------------------------


def start_of(**more: Any) -> Table:
    """Return a plant of three sets of 200 kW that takes 60 s: see the next test."""
    timing = {"confirm_s": 3.0, "attempts": 3, "retry_s": 15.0, "start_median_s": 9.0,
              "start_sigma": 0.0, "parallel_max_s": 4.0, "load_steps": [0.5, 1.0],
              "load_step_s": 14.0}  # fmt: skip
    return SURE_DIESEL | {"sets": 3, "set_kw": 200.0} | timing | more


def test_a_ups_must_last_until_diesel_carries_the_site() -> None:
    """3 s + 2 x 15 s + 9 s for the first set, 4 s for the second, 14 s for its second step: 60 s;
    20 s of walk-in behind it. A block of 200 kW for 80 s are 4.444 kWh, 8.889 at half health."""
    keeps = plain(storage=UPS | {"energy_kwh": 8.9}, diesel=start_of())
    assert found(keeps, "autonomy") == []
    short = only(plain(storage=UPS | {"energy_kwh": 8.8}, diesel=start_of()), "autonomy")
    assert short.keys[0] == "architectures.case.storage.energy_kwh"
    assert "diesel.start_median_s" in short.keys[-1]
    assert "lasts 79 s at the end of life and 200 kW" in short.problem
    assert "only after 80 s (first set 42 s, whole site 18 s more, return 20 s)" in short.problem
    assert "raise energy_kwh to 9" in short.cure


def test_a_slow_start_is_a_95th_percentile() -> None:
    """9 s x exp(1.645 x 0.4) = 17.38 s instead of 9 s: 88.4 s in all."""
    energy = 200.0 * 88.0 / 3600.0 / 0.5
    case = plain(storage=UPS | {"energy_kwh": energy}, diesel=start_of(start_sigma=0.4))
    assert "lasts 88 s" in only(case, "autonomy").problem
    more = plain(storage=UPS | {"energy_kwh": energy * 1.01}, diesel=start_of(start_sigma=0.4))
    assert found(more, "autonomy") == []


def test_a_battery_that_trades_promises_its_reserve_only() -> None:
    """60 s, and 20 + 10 s until the static switch closes: 100 kW for 90 s are 2.5 kWh."""
    battery = STORE | {"energy_kwh": 50.0, "trades": True}
    assert found(plain(storage=battery | {"reserve": 0.0501}, diesel=start_of()), "autonomy") == []
    short = only(plain(storage=battery | {"reserve": 0.04}, diesel=start_of()), "autonomy")
    assert short.keys[0] == "architectures.case.storage.reserve"
    assert "the reserve of storage@pod-000 lasts 72 s" in short.problem
    assert "only after 90 s" in short.problem
    assert "raise reserve to 0.05" in short.cure
    full = plain(storage=battery | {"reserve": 0.0, "trades": False}, diesel=start_of())
    assert found(full, "autonomy") == []


def test_without_diesel_outages_may_outlast_the_storage() -> None:
    """200 kWh at half health carry 100 kW for an hour."""
    hour = {"outages": {"kind": "lognormal", "rate_per_year": 3.0, "duration_median_h": 0.9,
                        "duration_sigma": 0.0, "tail_share": 0.0}}  # fmt: skip
    assert found(plain(storage=STORE, grid=hour), "no-second-source") == []
    hour["outages"]["duration_median_h"] = 1.1
    said = only(plain(storage=STORE, grid=hour), "no-second-source")
    assert "lasts 1.00 h at the end of life" in said.problem
    assert "longer than 1.1 h" in said.problem
    assert found(plain(storage=STORE, grid=hour, diesel=start_of()), "no-second-source") == []
    assert found(plain(storage=STORE), "no-second-source") == []  # no outages at all


@pytest.mark.parametrize(
    ("kind", "p99"),
    [
        ({"kind": "script", "events": [{"start_s": 9.0, "duration_s": 7200.0}]}, "2.0 h"),
        # exp(1.1 x 2.3263) x 0.9 h
        ({"kind": "lognormal", "rate_per_year": 3.0, "tail_share": 0.0}, "11.6 h"),
        # 2 % of the outages are drawn from the tail: half of them last longer than 8 h; 14.6 h by
        # solving 0.98 F((ln d - ln 0.9) / 1.1) + 0.02 F((ln d - ln 8) / 0.8) = 0.99
        ({"kind": "lognormal", "rate_per_year": 3.0}, "14.6 h"),
    ],
)
def test_the_longest_outages_come_from_the_profile(kind: Table, p99: str) -> None:
    case = plain(storage=STORE, grid={"outages": kind})
    assert f"longer than {p99}" in only(case, "no-second-source").problem


# ---- rating --------------------------------------------------------------------------------------


def test_a_converter_must_carry_the_highest_load() -> None:
    assert found(plain(storage=STORE | {"power_kw": 100.0}), "overload") == []
    said = only(plain(storage=STORE | {"power_kw": 99.0}), "overload")
    assert "can give 99 kW, but its load reaches 100 kW" in said.problem
    assert said.cure == "raise power_kw to 100, or use more modules"


def test_training_swings_above_its_mean() -> None:
    """32 nodes of 7.54 kW are 241.28 kW; 8.4 / 7.8 of it 259.84 kW."""
    case = plain(load=jobs(pods=4), storage=STORE | {"power_kw": 259.0})
    assert "load reaches 260 kW" in only(case, "overload").problem
    case = plain(load=jobs(pods=4), storage=STORE | {"power_kw": 260.0})
    assert found(case, "overload") == []


def test_a_block_must_carry_its_load_without_the_redundant_module() -> None:
    two = UPS | {"modules": 2, "power_kw": 200.0}
    assert found(plain(storage=two), "overload") == []
    said = only(plain(storage=two | {"power_kw": 150.0}), "overload")
    assert "150 kW without its redundant module, but its load reaches 200 kW" in said.problem
    assert "use more modules" in said.cure
    alone = UPS | {"modules": 1, "power_kw": 200.0}
    assert found(plain(storage=alone), "overload") == []


def test_inrush_behind_a_gap() -> None:
    """10.2 / 8.4 of 100 kW are 121.4 kW; couplings without a gap have no inrush."""
    assert found(plain(storage=STORE | {"power_kw": 122.0}), "inrush") == []
    said = only(plain(storage=STORE | {"power_kw": 121.0}), "inrush")
    assert "121 kW for a moment" in said.problem
    assert "raise power_kw to 122" in said.cure
    on_dc = STORE | {"power_kw": 121.0, "coupling": "rack_dc"}
    assert found(plain(storage=on_dc), "inrush") == []
    assert found(plain(storage=UPS | {"power_kw": 105.0, "modules": 3}), "inrush") == []


def test_conversion_stages_are_not_overloaded() -> None:
    """Two pods of 100 kW on a block; the rating is their design load times the margin, or given."""
    stage = {"name": "mv", "level": "block"}
    assert found(plain(chain={"stages": [stage]}), "stage-rating") == []
    small = plain(chain={"stages": [stage | {"rated_kw": 190.0}], "margin": 1.0})
    said = only(small, "stage-rating")
    assert "mv above block-01 is rated 190 kW, but carries 200 kW" in said.problem
    assert "charging" not in said.problem + said.cure


def test_charging_at_night_goes_through_the_transformer_too() -> None:
    """Half of 400 kWh at 100 kW are 2 h, at 0.8 of round trip 2.5 h, in 5 cheap hours half of
    100 kW: 150 kW for a pod, 600 for the site; 1.25 times their design loads are 125 and 500."""
    tariff = {
        "kind": "tou",
        "periods": [
            {"name": "day", "price_per_kwh": 0.5},
            {"name": "night", "price_per_kwh": 0.1, "windows": [{"start": "00:00", "end": "05:00"}]},
        ],
    }
    store = STORE | {"energy_kwh": 400.0, "power_kw": 100.0, "trades": True}
    stages = [{"name": "hv", "level": "site"}, {"name": "lv", "level": "pod"}]
    case = {
        "storage": store, "tariff": tariff, "dispatch": {"round_trip": 0.8},
        "chain": {"stages": stages},
    }  # fmt: skip
    hv, lv = found(plain(compartments=4, **case), "stage-rating")
    assert "hv above site is rated 500 kW, but carries 600 kW, planned charging incl" in hv.problem
    assert "lv above pod-000 is rated 125 kW, but carries 150 kW" in lv.problem
    assert "raise margin to 1.5" in hv.cure
    wide = case | {"chain": {"stages": stages, "margin": 1.5}}
    assert found(plain(compartments=4, **wide), "stage-rating") == []

    paid = plain(compartments=4, contracted_kw=599.0, **case)
    said = only(paid, "contracted-power")
    assert "for 599 kW" in said.problem
    assert "planned charging (200 kW) import 600 kW" in said.problem
    assert found(plain(compartments=4, contracted_kw=600.0, **case), "contracted-power") == []


def test_a_block_must_not_outgrow_its_switchboard() -> None:
    """Four pods of 700 kW: 2,800 kW in one block, 1,400 in each of two."""
    load = {"kind": "constant", "pods": 4, "pod_kw": 700.0}
    assert found(plain(load=load, compartments=2), "block-breaker") == []
    said = only(plain(load=load, compartments=1), "block-breaker")
    assert "block-01 reaches 2,800 kW" in said.problem
    assert "carries 2,500 kW" in said.problem
    assert said.cure == "divide the site into 2 compartments"


# ---- diesel --------------------------------------------------------------------------------------


def test_the_plant_must_carry_the_site_with_its_chillers() -> None:
    cooling = {"per_it_kw": 0.25, "pump_per_it_kw": 0.0}  # 100 kW
    big = start_of(sets=2, set_kw=250.0)
    assert found(plain(diesel=big, cooling=cooling), "diesel-size") == []
    said = only(plain(diesel=big | {"set_kw": 240.0}, cooling=cooling), "diesel-size")
    assert "give 480 kW together, but the site needs 500 kW" in said.problem
    assert said.cure.startswith("use 3 sets")
    assert found(plain(diesel=big | {"sets": 0}, cooling=cooling), "diesel-size") == []


def test_the_first_load_step_carries_what_is_back_by_then() -> None:
    """Rack batteries return at once: 400 kW on half of one set of two (one may fail)."""
    diesel = start_of(sets=2, set_kw=400.0, load_step_s=5.0, load_steps=[0.5, 0.75, 1.0])
    at_once = STORE | {"coupling": "rack_dc"}
    said = only(plain(storage=at_once, diesel=diesel), "first-load-step")
    assert "0 s after the first set closes, 400 kW are back on the site bus (rack_dc)" in said.problem
    assert "(1 of 2 sets) has accepted 200 kW" in said.problem
    assert "return after 10 s" in said.cure
    block = diesel | {"load_steps": [1.0]}
    assert found(plain(storage=at_once, diesel=block), "first-load-step") == []


@pytest.mark.parametrize(("walk_in_s", "accepted"), [(9.0, 300), (10.0, None)])
def test_a_walk_in_waits_for_the_steps(walk_in_s: float, accepted: int | None) -> None:
    """One set of 400 kW has accepted 300 kW after 5 s and all after 10 s."""
    diesel = start_of(sets=1, set_kw=400.0, load_step_s=5.0, load_steps=[0.5, 0.75, 1.0])
    case = plain(storage=UPS | {"walk_in_s": walk_in_s}, diesel=diesel)
    if accepted is None:
        assert found(case, "first-load-step") == []
    else:
        assert f"has accepted {accepted} kW" in only(case, "first-load-step").problem


def test_chillers_come_on_top() -> None:
    """400 kW of pods at 30 s and 100 kW of chillers at 60 s, on 450 kW."""
    diesel = start_of(sets=1, set_kw=450.0)
    cooling = {"per_it_kw": 0.25, "pump_per_it_kw": 0.0, "restart_s": 60.0,
               "chillers_needed": 1}  # fmt: skip
    said = only(plain(storage=STORE, diesel=diesel, cooling=cooling), "first-load-step")
    assert "60 s after the first set closes, 500 kW are back on the site bus (chillers)" in said.problem
    assert said.cure == "use 3 sets, of which one may fail"


def test_pods_without_storage_are_no_load_step() -> None:
    """They were lost, and return one by one."""
    assert found(plain(diesel=start_of(sets=1, set_kw=500.0)), "first-load-step") == []


def test_the_tank_lasts_until_the_delivery_or_the_end() -> None:
    """Two sets of 400 kW, 0.25 L/kWh and no idle part: 8 h at 800 kW are 16 h at 400 kW."""
    diesel = SURE_DIESEL | {"fuel_l_per_kwh": 0.25, "fuel_l_per_h_per_kw": 0.0, "refuel_h": 24.0}
    outage = {"outages": {"kind": "lognormal", "rate_per_year": 1.0, "duration_median_h": 20.0,
                          "duration_sigma": 0.0, "tail_share": 0.0}}  # fmt: skip
    said = only(plain(diesel=diesel | {"tank_h": 8.0}, grid=outage), "fuel")
    assert "lasts 16.0 h at the site's 400 kW" in said.problem
    assert "delivery takes 24.0 h" in said.problem
    assert "longer than 20.0 h" in said.problem
    assert "raise tank_h to 10," in said.cure
    assert found(plain(diesel=diesel | {"tank_h": 10.0}, grid=outage), "fuel") == []
    soon = diesel | {"tank_h": 8.0, "refuel_h": 16.0}
    assert found(plain(diesel=soon, grid=outage), "fuel") == []
    assert found(plain(diesel=diesel | {"tank_h": 8.0}), "fuel") == []  # no outages


# ---- what must run -------------------------------------------------------------------------------


def test_cooling_lasts_until_the_chillers_are_back() -> None:
    """Three sets of 200 kW carry 600 kW after 42 s, 2 x 4 s and 14 s: 64 s; 100 s of restart."""
    cooling = {"per_it_kw": 0.5, "pump_per_it_kw": 0.0, "restart_s": 80.0,
               "chillers_needed": 2, "stagger_s": 20.0}  # fmt: skip
    diesel = start_of()
    said = only(plain(cooling=cooling | {"autonomy_s": 163.0}, diesel=diesel), "cooling")
    assert "cools for 163 s" in said.problem
    assert "after 164 s (diesel carries the site 64 s, restart 100 s)" in said.problem
    assert found(plain(cooling=cooling | {"autonomy_s": 164.0}, diesel=diesel), "cooling") == []


def test_without_diesel_cooling_bounds_every_battery() -> None:
    """200 kWh at half health carry a pod for an hour, the buffer bridges 500 s."""
    cooling = {"per_it_kw": 0.5, "pump_per_it_kw": 0.0, "restart_s": 100.0, "autonomy_s": 600.0,
               "stagger_s": 0.0}  # fmt: skip
    said = only(plain(cooling=cooling, storage=STORE), "cooling")
    assert "longer than 500 s (buffer 600 s less restart 100 s)" in said.problem
    assert "storage lasts 3,600 s" in said.problem
    enough = cooling | {"autonomy_s": 3700.0}
    assert found(plain(cooling=enough, storage=STORE), "cooling") == []
    assert found(plain(storage=STORE), "cooling") == []  # no chillers


def test_a_job_must_find_healthy_nodes() -> None:
    """128 nodes, 4 faults per 1000 node-days, 134 h: 2.859 nodes are down on average."""
    faults = {"node_faults": {"kind": "poisson"}}
    mean = 128 * 4.0 / 1000.0 / 24.0 * 134.0
    assert mean == pytest.approx(2.8587, abs=1e-4)
    down = poisson_quantile(mean, 0.99)
    fits = jobs(pods=4, **faults)
    fits["campaigns"][0]["jobs"][0]["gpus"] = 1024 - 8 * down
    assert found(plain(load=fits), "job-size") == []
    fits["campaigns"][0]["jobs"][0]["gpus"] += 1
    said = only(plain(load=fits), "job-size")
    assert said.keys == ("load.campaigns.0.jobs.0.gpus",)
    assert f"({down} of 128 nodes down, 2.9 on average" in said.problem
    assert f"lower gpus to {1024 - 8 * down}" in said.cure
    assert found(plain(load=fits | {"node_faults": {"kind": "none"}}), "job-size") == []


@pytest.mark.parametrize("mean", [0.0, 0.5, 2.8587, 22.87])
def test_the_quantile_of_a_poisson_variable(mean: float) -> None:
    terms = [math.exp(-mean) * mean**k / math.factorial(k) for k in range(80)]
    by_hand = next(k for k in range(80) if sum(terms[: k + 1]) >= 0.99)
    assert poisson_quantile(mean, 0.99) == by_hand


def test_eight_thousand_gpus_never_find_all_nodes() -> None:
    """jobs.md: 22.9 nodes down on average, 35 at the 99th percentile: 7,912 GPUs are left."""
    load = jobs(pods=32, node_faults={"kind": "poisson"})
    load["campaigns"][0]["jobs"] = [{"name": "all", "gpus": 8192}]
    said = only(plain(load=load), "job-size")
    assert "only 7,912 are sure to be healthy (35 of 1,024 nodes down, 22.9 on average" in said.problem


# ---- one table alone, and how findings are told --------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"soc_low": 0.9, "soc_high": 0.8}, "soc_low = 0.9 is not below soc_high = 0.8"),
        ({"start_soc": 0.05, "soc_low": 0.1, "reserve": 0.3}, "start_soc = 0.05 lies outside"),
        ({"soc_low": 0.2, "reserve": 0.1}, "reserve = 0.1 lies below soc_low = 0.2"),
        ({"soc_high": 0.9, "reserve": 0.9, "trades": True}, "nothing is left to trade with"),
        ({"soc_high": 0.9, "reserve": 0.9, "trades": False}, ""),
        ({"soc_low": 0.1, "reserve": 0.1}, ""),
    ],
)
def test_states_of_charge_go_together(change: Table, says: str) -> None:
    texts = [f.problem for f in found(plain(storage=STORE | change), "table")]
    assert len(texts) == (1 if says else 0)
    assert all(says in text for text in texts)


def test_equal_findings_of_several_designs_are_one() -> None:
    scenario = Scenario.load("tiny", ["cooling.autonomy_s=10", "diesel.sets=0"])
    two = ["centralized", "distributed"]
    whole = Scenario.load("tiny", ["load.campaigns.0.jobs.0.gpus=1024"])
    (both,) = (f for f in check(whole, two) if f.rule == "job-size")
    assert both.architectures == ("centralized", "distributed")
    assert str(both).startswith("load.campaigns.0.jobs.0.gpus (centralized, distributed): job ")
    cooling = {f.architectures for f in check(scenario, two) if f.rule == "cooling"}
    assert cooling == {("centralized",), ("distributed",)}
    assert {f.architectures for f in check(scenario, ["distributed"])} == {("distributed",)}


def test_a_key_of_its_own_names_the_design_once() -> None:
    said = only(Scenario.load("tiny", ["architectures.distributed.storage.power_kw=200"]), "overload")
    assert str(said).startswith("architectures.distributed.storage.power_kw: storage@pod-000 can")


def test_a_site_that_cannot_be_laid_out_is_an_error() -> None:
    with pytest.raises(ScenarioError, match="more than the 4 pods"):
        check(plain(compartments=5))
