"""Diesel sets as operators know them: common causes, hazards, tests, maintenance, order, fuel."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from components._diesel_run import run_h
from components._diesel_start import Starting
from components.diesel import DieselSpec
from tests.plant.small_plants import SURE_DIESEL, heard, plant_of, site
from twin.contracts.calendar import DAY_S, HOUR_S, YEAR_S
from twin.errors import ScenarioError
from twin.plant.machine import Plant
from twin.scenario import Scenario, describe
from twin.streams import Cause

H = HOUR_S
SURE = SURE_DIESEL | {"repair_sigma": 0.0, "parallel_min_s": 2.0, "parallel_max_s": 2.0}


def forced(**uniforms: float) -> Callable[[Cause], float | None]:
    """Return luck by the first two words of a cause: ``diesel_start=0.0``, ``diesel_2_run=0.5``."""

    def luck(cause: Cause) -> float | None:
        return uniforms.get("_".join(map(str, cause[:2])).replace("-", "_").replace(" ", "_"))

    return luck


def run(
    diesel: dict[str, Any], events: list[tuple[float, float, float]], hours: float = 24.0,
    luck: Callable[[Cause], float | None] | None = None,
) -> Plant:  # fmt: skip
    plant = plant_of(site(hours=hours, diesel=SURE | diesel), events, forced=luck)
    plant.run()
    return plant


def of(plant: Plant, event: str) -> dict[str, float]:
    """Return when a diesel event was first logged for each set, s."""
    found: dict[str, float] = {}
    for t, source, e, detail in plant.log:
        if source == "diesel" and e == event:
            found.setdefault(detail, t)
    return found


def spec(**keys: Any) -> DieselSpec:
    return DieselSpec(**{"sets": 2, "set_kw": 100.0} | keys)


# ---- hazards -----------------------------------------------------------------------------------


@pytest.mark.parametrize("exposure", [1e-3, 3.7e-3, 0.02, 1.0, 5.0])
def test_running_times_are_where_the_cumulative_hazard_reaches_the_draw(exposure: float) -> None:
    steps = spec(hazard="piecewise", hazard_until_h=[1.0, 9.0], hazard_per_h=[3.7e-3, 1e-3, 2e-3])
    t = run_h(steps, exposure)
    cumulative = 3.7e-3 * min(t, 1.0) + 1e-3 * min(max(t - 1.0, 0.0), 8.0) + 2e-3 * max(t - 9.0, 0.0)
    assert cumulative == pytest.approx(exposure)
    bent = spec(hazard="weibull", mttf_h=200.0, hazard_shape=0.5)
    assert (run_h(bent, exposure) / 100.0) ** 0.5 == pytest.approx(exposure)  # 1/gamma(3) = 1/2
    assert run_h(spec(mttf_h=200.0), exposure) == pytest.approx(200.0 * exposure)


def test_a_hazard_that_ends_lets_sets_run_for_ever() -> None:
    assert run_h(spec(hazard="piecewise", hazard_per_h=[0.1, 0.0]), 0.1) == math.inf


@pytest.mark.parametrize("keys", [
    {"hazard_per_h": [0.1]}, {"hazard_until_h": [2.0, 1.0], "hazard_per_h": [0.1] * 3},
    {"hazard_until_h": [0.0]}, {"hazard_per_h": [0.1, -0.1]},
])  # fmt: skip
def test_rates_that_do_not_fit_are_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match="hazard_"):
        site(diesel=SURE | keys)


# ---- starting ----------------------------------------------------------------------------------


def test_a_common_cause_stops_all_sets_and_is_repaired_once() -> None:
    keys = {"failure_to_start": 0.2, "common_cause": 0.1, "repair_sigma": 1.0, "sets": 3}
    out = [(H, 2.0 * H, 0.0)]
    hit = run(keys, out, 240.0, forced(diesel_start=0.0199))
    spared = run(keys, out, 240.0, forced(diesel_start=0.0201, diesel_1_start=0.5))
    assert set(of(hit, "failure to start")) == {"diesel-1", "diesel-2", "diesel-3"}
    assert len(set(of(hit, "repaired").values())) == 1
    assert heard(hit, "common cause", "diesel")
    assert not heard(spared, "common cause", "diesel")
    assert "diesel-1" in of(spared, "on the bus")


@pytest.mark.parametrize("p", [0.0, 0.0094, 0.5, 1.0])
@pytest.mark.parametrize("share", [0.0, 0.05, 1.0])
def test_both_ways_to_fail_give_the_stated_probability(p: float, share: float) -> None:
    keys = spec(failure_to_start=p, common_cause=share)
    own = Starting(None, keys).own_failure()  # type: ignore[arg-type]
    assert 1.0 - (1.0 - share * p) * (1.0 - own) == pytest.approx(p)


def test_the_first_closes_after_warm_up_and_lockout_the_others_synchronize() -> None:
    plant = run({"warm_up_s": 5.0, "dead_bus_failure": 0.01, "dead_bus_lockout_s": 20.0, "sets": 3},
                [(H, H, 0.0)], luck=forced(diesel_dead_bus=0.009))  # fmt: skip
    ready = H + 3.0 + 9.0 + 5.0 + 20.0
    assert of(plant, "on the bus") == pytest.approx(
        {"diesel-1": ready, "diesel-2": ready + 2.0, "diesel-3": ready + 4.0}
    )


@pytest.mark.parametrize(
    ("order", "names"), [("ready", ["3", "2", "1"]), ("number", ["3", "1", "2"])]
)
def test_sets_synchronize_as_they_are_ready_or_by_number(order: str, names: list[str]) -> None:
    luck = forced(diesel_1_run_up=0.9, diesel_2_run_up=0.6, diesel_3_run_up=0.1)
    plant = run({"sets": 3, "start_sigma": 0.1, "parallel_order": order}, [(H, H, 0.0)], luck=luck)
    closed = of(plant, "on the bus")
    assert sorted(closed, key=lambda n: closed[n]) == [f"diesel-{n}" for n in names]


def test_a_set_repaired_in_an_outage_joins_the_others() -> None:
    def luck(cause: Cause) -> float | None:
        first = str(cause[-1]).endswith("call-0")
        return 0.0 if cause[:2] == ("diesel-1", "start") and first else 0.9

    plant = run({"failure_to_start": 0.1, "common_cause": 0.0, "repair_median_h": 1.0},
                [(H, 5.0 * H, 0.0)], luck=luck)  # fmt: skip
    assert of(plant, "failure to start") == {"diesel-1": H + 3.0}
    assert of(plant, "on the bus")["diesel-1"] == pytest.approx(2.0 * H + 3.0 + 3.0 + 9.0)
    assert len(heard(plant, "call", "diesel")) == 2


# ---- standby -----------------------------------------------------------------------------------

LATENT = {"sets": 1, "latent_faults_per_year": 1.0, "test_interval_days": 30.0, "repair_median_h": 6.0}


def fault_at(days: float) -> float:
    """Return the uniform that puts the first standby fault there."""
    return -math.expm1(-days / 365.0)


def test_a_test_finds_a_latent_fault() -> None:
    plant = run(LATENT, [], 24.0 * 100, forced(diesel_1_latent=fault_at(40.0)))
    assert of(plant, "failed a test") == {"diesel-1": 60.0 * DAY_S}
    assert of(plant, "repaired") == {"diesel-1": 60.0 * DAY_S + 6.0 * H}
    assert [line for line in plant.log if line[1] == "diesel" and line[0] < 60.0 * DAY_S] == []


@pytest.mark.parametrize(("day", "starts"), [(39.9, True), (40.1, False), (60.5, True)])
def test_a_call_finds_it_if_it_comes_first(day: float, starts: bool) -> None:
    plant = run(LATENT, [(day * DAY_S, H, 0.0)], 24.0 * 70, forced(diesel_1_latent=fault_at(40.0)))
    assert bool(of(plant, "on the bus")) == starts
    assert bool(of(plant, "latent fault")) == (not starts)


def test_a_set_that_has_run_is_well() -> None:
    """A fault that would have come while it ran does not count."""
    events = [(39.5 * DAY_S, 24.0 * H, 0.0), (50.0 * DAY_S, H, 0.0)]
    plant = run(LATENT, events, 24.0 * 59, forced(diesel_1_latent=fault_at(40.0)))
    assert not of(plant, "latent fault")


@pytest.mark.parametrize("keys", [{"test_failure": 0.1}, {"test_damage": 0.1}])
def test_tests_fail_or_harm_as_often_as_stated(keys: dict[str, float]) -> None:
    years, sets = 4, 40
    plant = run({"sets": sets, "test_interval_days": 7.3, "repair_median_h": 0.0} | keys, [],
                24.0 * 365 * years)  # fmt: skip
    tests = sets * (50 * years - 1)
    p = 0.1 if "test_failure" in keys else 0.1 / 1.1  # the test that finds the harm does none itself
    got = len(heard(plant, "failed a test", "diesel")) / tests
    assert abs(got - p) < 3.0 * math.sqrt(p * (1.0 - p) / tests)


def test_faults_belong_to_the_set_whatever_the_number_of_sets() -> None:
    keys = {"latent_faults_per_year": 3.0, "test_failure": 0.02, "repair_median_h": 1.0}
    few, many = (run(keys | {"sets": n}, [], 8760.0 * 3) for n in (1, 5))
    mine = [line for line in many.log if line[3] == "diesel-1"]
    assert mine == [line for line in few.log if line[3] == "diesel-1"]
    assert len(mine) > 6


# ---- maintenance -------------------------------------------------------------------------------

VISIT_S = YEAR_S * (math.sqrt(5.0) - 1.0) / 2.0
"""When in the year the first set is maintained."""
WINDOWS = {"sets": 1, "maintenance_h_per_year": 40.0}


@pytest.mark.parametrize(
    ("since_visit_h", "first_s"),
    [(-2.0, 12.0), (1.0, 39.0 * H), (39.5, 0.5 * H), (41.0, 12.0)],
)
def test_a_set_in_maintenance_comes_when_it_is_over(since_visit_h: float, first_s: float) -> None:
    lost = VISIT_S + since_visit_h * H
    plant = run(WINDOWS, [(lost, 50.0 * H, 0.0)], 8760.0)
    closed = of(plant, "on the bus")["diesel-1"] - lost
    assert closed == pytest.approx(first_s, abs=20.0)


def test_maintenance_that_an_outage_holds_up_begins_after_it() -> None:
    events = [(VISIT_S - H, 2.0 * H, 0.0), (VISIT_S + 40.5 * H, 20.0 * H, 0.0)]
    plant = run(WINDOWS, events, 8760.0)
    again = VISIT_S + 40.5 * H
    assert of(plant, "in maintenance") == {"diesel-1": again + 3.0}
    back = VISIT_S + H + 120.0 + 40.0 * H  # two minutes of good mains before the sets stop
    assert of(plant, "maintained")["diesel-1"] == pytest.approx(back)


def test_a_set_under_test_may_be_out() -> None:
    keys = {"sets": 2, "test_out_h": 2.0}
    plant = run(keys, [(30.0 * DAY_S + 3.0 * H, 5.0 * H, 0.0)], 24.0 * 31)
    assert list(of(plant, "in maintenance")) == ["diesel-2"]
    assert of(plant, "maintained") == {"diesel-2": 30.0 * DAY_S + 4.0 * H}


def test_sets_are_maintained_one_at_a_time_or_the_table_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"at most .* h fit if 6 sets"):
        site(diesel=SURE | {"sets": 6, "maintenance_h_per_year": 1000.0})


# ---- fuel --------------------------------------------------------------------------------------


def test_a_delivery_that_does_not_come_is_ordered_anew() -> None:
    def luck(cause: Cause) -> float | None:
        if cause[:2] == ("diesel", "delivery"):
            return 0.05 if cause[-1] == 0 else 0.5
        return math.nextafter(0.5, 1.0)

    keys = {"refuel_failure": 0.1, "refuel_sigma": 0.3, "refuel_h": 2.0, "tank_h": 1.0}
    plant = run(keys, [(H, 10.0 * H, 0.0)], luck=luck)
    called = heard(plant, "call", "diesel")[0]
    assert heard(plant, "delivery failed", "diesel")[0] == pytest.approx(called + 2.0 * H)
    assert heard(plant, "refuelled", "diesel")[0] == pytest.approx(called + 4.0 * H)


@pytest.mark.parametrize(("u", "hours"), [(0.009, 1.0), (0.011, 10.0)])
def test_bad_fuel_fails_all_sets_sooner(u: float, hours: float) -> None:
    luck = forced(diesel_bad_fuel=u, diesel_1_run=-math.expm1(-1.0), diesel_2_run=-math.expm1(-1.0))
    keys = {"bad_fuel": 0.01, "bad_fuel_hazard": 10.0, "mttf_h": 10.0}
    plant = run(keys, [(H, 20.0 * H, 0.0)], luck=luck)
    assert of(plant, "failure to run") == pytest.approx(
        {"diesel-1": H + 12.0 + hours * H, "diesel-2": H + 14.0 + hours * H}
    )


# ---- qualities ---------------------------------------------------------------------------------


def figures(table: DieselSpec) -> tuple[float, float, float]:
    return table.availability, table.failure_to_start, table.mttf_h


def test_a_quality_fills_what_the_file_does_not_give() -> None:
    assert figures(spec()) == figures(spec(quality="typical")) == (0.995, 0.0094, 1100.0)
    assert figures(spec(quality="well-kept")) == (0.9998, 0.0013, 1662.0)
    assert figures(spec(quality="poor", failure_to_start=0.5)) == (0.98, 0.5, 69.0)
    own = {"availability": 1.0, "failure_to_start": 0.3, "mttf_h": 5.0}
    assert figures(spec(quality="custom", **own)) == (1.0, 0.3, 5.0)
    assert spec(maintenance_h_per_year=44.0).availability == 1.0
    assert spec(maintenance_h_per_year=44.0, availability=0.9).availability == 0.9


def test_typical_figures_are_the_defaults() -> None:
    fields = DieselSpec.model_fields
    assert figures(spec()) == tuple(
        fields[key].default for key in ("availability", "failure_to_start", "mttf_h")
    )


def test_custom_sets_need_all_figures() -> None:
    with pytest.raises(ScenarioError, match='quality = "custom" needs availability, mttf_h'):
        site(diesel={"sets": 1, "set_kw": 5.0, "quality": "custom", "failure_to_start": 0.1})
    with pytest.raises(ScenarioError, match=r"diesel\.quality"):
        site(diesel={"sets": 1, "set_kw": 5.0, "quality": "perfect"})


def test_half_of_the_poor_sets_fail_within_two_days() -> None:
    assert math.exp(-48.0 / spec(quality="poor").mttf_h) == pytest.approx(0.5, abs=0.002)


def test_the_list_of_sources_names_where_a_quality_comes_from() -> None:
    rows = {row.key: row for row in describe(Scenario.load("tiny", ["diesel.quality=well-kept"]))}
    assert rows["diesel.mttf_h"].value == 1662.0
    assert rows["diesel.mttf_h"].source.startswith("Marqusee & Jenket 2020")
    assert rows["diesel.mttf_h"].confidence == "B"
    own = {r.key: r for r in describe(Scenario.load(
        "tiny", ["diesel.quality=well-kept", "diesel.mttf_h=1662"]))}  # fmt: skip
    assert own["diesel.mttf_h"].source == "--set"
    windows = {r.key: r for r in describe(Scenario.load("tiny", ["diesel.maintenance_h_per_year=44"]))}
    assert windows["diesel.availability"].source.startswith("maintenance_h_per_year")


def test_a_written_out_scenario_reads_back_the_same() -> None:
    for word in ("well-kept", "poor"):
        one = Scenario.load("tiny", [f"diesel.quality={word}", "diesel.mttf_h=1100"])
        assert Scenario.from_dict(one.to_dict()).digest == one.digest


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"parallel_min_s": 9.0}, r"parallel_min_s \(9\) lies above parallel_max_s \(4\)"),
        ({"load_steps": [0.5, 0.4]}, "must not fall"),
    ],
)
def test_figures_that_contradict_each_other_are_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        site(diesel=SURE_DIESEL | more)
