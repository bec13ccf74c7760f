"""Faults of the power path: what they take down, what storage and second ways save."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from components._series import Part, Series
from tests.plant.small_plants import (
    SURE_DIESEL,
    SURE_STORE,
    SURE_UPS,
    heard,
    jobs,
    plant_of,
    run,
    site,
    story,
    total,
)
from twin.contracts.calendar import HOUR_S, YEAR_S
from twin.contracts.layout import Flow
from twin.contracts.timeline import Disturbances, SeenDisturbances
from twin.errors import ScenarioError
from twin.streams import Cause, Luck

H = HOUR_S
MEAN_UP_S = YEAR_S  # of everything that fails here: once a year
NEVER = {"fault_per_year": 0.0, "repair_h": 1.0}
ELEMENTS = ("ats", "feeder", "hv_transformer", "mv_transformer", "pod_breaker", "static_switch",
            "rack_breaker", "cable", "feed_switch")  # fmt: skip
PLAIN: dict[str, Any] = {"law": "fixed", **dict.fromkeys(ELEMENTS, NEVER)}


def path(element: str, repair_h: float, **more: Any) -> dict[str, Any]:
    return PLAIN | {element: {"fault_per_year": 1.0, "repair_h": repair_h}} | more


def strikes(at: dict[str, float], **luck: float) -> Callable[[Cause], float | None]:
    """Return draws with which the first fault of each named series comes at a time, s, no other."""

    def forced(cause: Cause) -> float | None:
        name, what, *rest = cause
        if what == "initially down":
            return 1.0 - 1e-12
        if what == "fault":
            first = rest == [0] and name in at
            return 1.0 - math.exp(-at[str(name)] / MEAN_UP_S) if first else 1.0 - 1e-12
        return luck.get(str(what))

    return forced


def test_a_pods_battery_carries_it_while_its_transformer_is_repaired() -> None:
    case = site(path=path("mv_transformer", 0.5), storage=SURE_STORE, compartments=4)
    plant = run(case, [], forced=strikes({"feed@pod-002": H}))
    assert heard(plant, "fault", "feed@pod-002") == [pytest.approx(H)]
    assert heard(plant, "lost") == [], story(plant)
    assert plant.arrays.inp["closed"].all()
    assert plant.counters["path_faults"] == 1


def test_a_repair_longer_than_the_battery_lasts_costs_that_pod_alone() -> None:
    case = site(path=path("mv_transformer", 5.0), storage=SURE_STORE, compartments=4)
    plant = run(case, [], forced=strikes({"feed@pod-002": H}))
    (lost_s,) = heard(plant, "lost")
    assert heard(plant, "lost", "pod-002") == [lost_s]
    assert 2.0 * H < lost_s < 3.0 * H  # some 170 kWh for 100 kW and losses
    assert 6.0 * H < heard(plant, "powered", "pod-002")[0] < 6.1 * H
    (fact,) = plant.losses
    assert (fact.loss.initiator.kind, fact.loss.path) == ("mv_transformer", "battery empty")


def test_a_breaker_behind_the_battery_takes_its_pod_at_once() -> None:
    case = site(path=path("rack_breaker", 2.0), storage=SURE_STORE, compartments=4)
    plant = run(case, [], forced=strikes({"racks@pod-001": H}))
    assert heard(plant, "lost") == heard(plant, "lost", "pod-001") == [pytest.approx(H)]
    assert 3.0 * H <= heard(plant, "powered", "pod-001")[0] < 3.1 * H
    assert [(f.loss.initiator.kind, f.loss.path) for f in plant.losses] == [("breaker", "bus dead")]


def test_a_static_switch_takes_its_pod_and_only_where_there_is_one() -> None:
    switched = site(path=path("static_switch", 2.0), storage=SURE_STORE, compartments=4)
    on_dc = site(path=path("static_switch", 2.0), storage=SURE_STORE | {"coupling": "rack_dc"},
                 compartments=4)  # fmt: skip
    forced = strikes({"racks@pod-001": H})
    assert len(heard(run(switched, [], forced=forced), "lost", "pod-001")) == 1
    assert heard(run(on_dc, [], forced=forced), "lost") == []


SURE_BLOCK = SURE_UPS | {
    "bypass_fault_per_year": 0.0, "string_fault_per_year": 0.0, "maintenance_per_year": 0.0,
    "common_cause": 0.0, "energy_kwh": 60.0,
}  # fmt: skip


def test_a_block_lives_on_its_ups_and_is_lost_together() -> None:
    case = site(path=path("mv_transformer", 3.0), storage=SURE_BLOCK)
    plant = run(case, [], forced=strikes({"feed@block-01": H}))
    times = heard(plant, "lost")
    assert len(times) == 2
    assert len(set(times)) == 1
    assert 1.1 * H < times[0] < 1.4 * H
    assert {s for _, s, e, _ in plant.log if e == "lost"} == {"pod-000", "pod-001"}


def test_a_sag_closes_no_breaker_onto_a_dead_way() -> None:
    case = site(path=path("mv_transformer", 0.9), storage=SURE_STORE, compartments=4)
    sag = [(1.2 * H, 0.2, 0.5)]
    plant = plant_of(case, sag, forced=strikes({"feed@pod-002": H}))
    plant.run(1.7 * H)
    row = plant.tree.pod_rows[2]
    assert plant.arrays.inp["closed"][row] == 0
    assert plant.arrays.inp["closed"].sum() == len(plant.tree.names) - 1
    plant.run()
    assert plant.arrays.inp["closed"].all()


def test_every_way_to_a_block_fails_for_the_pods_below_it_too() -> None:
    case = site(path=path("mv_transformer", 0.5), storage=SURE_STORE)
    plant = plant_of(case, [], forced=strikes({"feed@block-02": H}))
    plant.run(1.2 * H)
    open_rows = {plant.tree.names[r] for r in np.flatnonzero(plant.arrays.inp["closed"] == 0)}
    assert open_rows == {"block-02", "pod-002", "pod-003"}
    plant.run()
    assert plant.arrays.inp["closed"].all()
    assert heard(plant, "lost") == []


# ---- two feeds -----------------------------------------------------------------------------------

AB: dict[str, Any] = {"feeds": 2, "common_cause": 0.0}


def test_the_second_feed_takes_over() -> None:
    case = site(path=path("mv_transformer", 5.0, **AB), compartments=4)
    plant = run(case, [], forced=strikes({"feed@pod-002-a": H}, transfer=0.5))
    assert heard(plant, "fault", "feed@pod-002") == [pytest.approx(H)]
    assert heard(plant, "lost") == []


def test_a_transfer_that_fails_is_made_by_hand() -> None:
    case = site(path=path("mv_transformer", 5.0, **AB), compartments=4)
    plant = run(case, [], forced=strikes({"feed@pod-002-a": H}, transfer=1e-6))
    assert heard(plant, "lost") == [pytest.approx(H)]
    assert heard(plant, "transferred by hand") == [pytest.approx(1.5 * H)]
    assert 1.5 * H <= heard(plant, "powered", "pod-002")[0] < 1.6 * H


def test_both_feeds_down_is_down_until_the_first_is_back() -> None:
    case = site(path=path("mv_transformer", 5.0, **AB), compartments=4)
    both = {"feed@pod-002-a": H, "feed@pod-002-b": 2.0 * H}
    plant = run(case, [], forced=strikes(both, transfer=0.5))
    assert heard(plant, "lost") == [pytest.approx(2.0 * H)]
    assert 6.0 * H <= heard(plant, "powered", "pod-002")[0] < 6.1 * H


# ---- the connection ------------------------------------------------------------------------------


def seen(table: dict[str, Any], events: list[tuple[float, float, float]], **luck: Any) -> Any:
    case = site(path=PLAIN | table)
    start, duration, volts = (np.array([e[n] for e in events], float) for n in range(3))
    world = Disturbances(start, duration, volts)
    feeder: list[float] = luck.pop("feeder", [])

    def forced(cause: Cause) -> float | None:
        if cause[1] == "feeder":
            return feeder[int(str(cause[0])[-5:])]
        return strikes({}, **luck)(cause)

    spec: Any = case.architectures["case"].tables["path"]
    return spec.connection().seen(world, Luck(1, 0, forced), 1e9)


TWO: dict[str, Any] = {"feeders": 2, "independent_share": 0.5}
A, B = 0.2, 0.8


def test_a_local_outage_lasts_as_long_as_the_transfer() -> None:
    d = seen(TWO, [(1000.0, 3600.0, 0.0)], local=0.1, feeder=[A], transfer=0.5)
    assert (d.start_s.tolist(), d.duration_s.tolist()) == ([1000.0], [5.0])
    assert d.name(0) == "disturbance-00000"


def test_an_outage_of_the_other_feeder_is_not_seen_until_it_serves() -> None:
    events = [(1000.0, 60.0, 0.0), (2000.0, 0.2, 0.5), (3000.0, 100.0, 0.0), (4000.0, 0.2, 0.5)]
    d = seen(TWO, events, local=0.1, feeder=[B, B, A, B], transfer=0.5)
    assert d.origin == (2, 3)
    assert d.duration_s.tolist() == [5.0, pytest.approx(0.2)]


def test_a_transfer_that_fails_leaves_the_whole_outage() -> None:
    d = seen(TWO, [(1000.0, 3600.0, 0.0)], local=0.1, feeder=[A], transfer=1e-6)
    assert d.duration_s.tolist() == [3600.0]


def test_what_is_not_local_reaches_both_feeders() -> None:
    d = seen(TWO, [(1000.0, 3600.0, 0.0)], local=0.9, feeder=[A], transfer=0.5)
    assert d.duration_s.tolist() == [3600.0]


def test_both_feeders_out_is_out_until_one_is_back() -> None:
    events = [(1000.0, 3600.0, 0.0), (1001.0, 600.0, 0.0)]
    d = seen(TWO, events, local=0.1, feeder=[A, B], transfer=0.5)
    assert d.start_s.tolist() == [1000.0]
    assert d.duration_s.tolist() == [606.0]  # the second is back at 1601 s, and 5 s to transfer


def test_a_reclosing_sequence_stays_on_its_feeder() -> None:
    case: Any = site(path=PLAIN | TWO).architectures["case"].tables["path"]
    start, duration = np.array([10.0, 11.0, 12.0]), np.full(3, 0.2)
    world = Disturbances(start, duration, np.full(3, 0.4), shot=np.array([0, 1, 2], np.int8))
    for replication in range(20):
        found = case.connection().seen(world, Luck(1, replication), 100.0)
        assert len(found) in (0, 3)


def test_one_hv_transformer_lost_is_an_outage_unless_there_is_one_to_spare() -> None:
    single = path("hv_transformer", 2.0, hv_transformers=1)
    forced = strikes({"hv-transformer-1": H})
    plant = run(site(path=single, storage=SURE_STORE, diesel=SURE_DIESEL), [], forced=forced)
    assert [d for _, _, e, d in plant.log if e == "source"] == ["none", "diesel", "grid"]
    assert "grid_outages" not in plant.counters  # the grid was there
    assert heard(plant, "lost") == []
    spare = run(site(path=path("hv_transformer", 2.0), storage=SURE_STORE), [], forced=forced)
    assert heard(spare, "source") == []


def test_the_grid_is_counted_alike_whatever_a_site_sees() -> None:
    events = [(H, 2.0 * H, 0.0), (5.0 * H, 0.2, 0.5), (6.0 * H, 30.0, 0.0)]
    one = run(site(path=PLAIN), events)
    two = run(site(path=PLAIN | {"feeders": 2, "independent_share": 1.0}), events)
    assert isinstance(two.disturbances, SeenDisturbances)
    names = ("grid_sags", "grid_momentaries", "grid_outages")
    assert [one.counters[n] for n in names] == [two.counters[n] for n in names] == [1.0, 1.0, 1.0]


# ---- elements in series --------------------------------------------------------------------------


@pytest.mark.parametrize("law", ["fixed", "exponential", "lognormal"])
def test_a_series_is_down_for_its_share_of_the_time(law: str) -> None:
    parts = [Part("a", 40.0, 20.0), Part("b", 10.0, 60.0), Part("never", 0.0, 5.0)]
    series = Series.of("x", parts, law, 0.7)
    load = (40.0 * 20.0 + 10.0 * 60.0) / 8760.0
    assert series.unavailability == pytest.approx(load / (1.0 + load))
    shares, kinds = [], []
    horizon_s = 30.0 * 24.0 * H
    for replication in range(600):
        history = series.history(Luck(5, replication), horizon_s)
        kinds += [kind for _, _, kind in history]
        shares.append(sum(min(b, horizon_s) - a for a, b, _ in history) / horizon_s)
    se = np.std(shares, ddof=1) / math.sqrt(len(shares))
    assert abs(np.mean(shares) - series.unavailability) < 3.0 * se
    share_a = kinds.count("a") / len(kinds)
    # those under way at the start are more often the long ones, 3 of 4 of the rest
    assert abs(share_a - 0.8) < 0.06
    assert "never" not in kinds


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"hv_transformers": 1, "hv_needed": 2}, "hv_needed = 2 is more than hv_transformers = 1"),
        ({"independent_share": 0.5}, "independent_share = 0.5 needs feeders = 2"),
        ({"feeders": 3}, "feeders = 3"),
        ({"mv_transfomer": {}}, "mv_transformer"),
    ],
)
def test_what_does_not_fit_is_refused(table: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        site(path=table)


# ---- maintenance ---------------------------------------------------------------------------------

SERVED = PLAIN | {"maintenance_per_year": 1.0, "maintenance_h": 4.0}


def at(hour: float) -> Callable[[Cause], float | None]:
    """Return draws with which the first window of block 2 is due at an hour, no other."""

    def forced(cause: Cause) -> float | None:
        if cause[1] == "phase":
            return hour * H / YEAR_S if cause[0] == "maintenance@block-02" else 0.9
        return strikes({}, transfer=0.5)(cause)

    return forced


def test_maintenance_is_no_loss_but_time_without_power_and_jobs_save_before() -> None:
    plant = run(site(path=SERVED, load=jobs()), [], forced=at(5.0))
    off = 5.0 * H + 61.0  # a minute of notice, and a second
    assert heard(plant, "off", "pod-00") == pytest.approx([off, off])
    assert heard(plant, "powered")[0] >= off + 4.0 * H
    assert heard(plant, "job saves") == [pytest.approx(5.0 * H)] * 2
    assert not {"pod_losses", "pod_sheds", "site_blackouts"} & set(plant.counters), story(plant)
    assert heard(plant, "job interrupted") == []  # one gives way to the other when all is back
    assert {f.loss.initiator.kind for f in plant.losses} == {"maintenance"}
    assert total(plant, Flow.HELD_POD_S) < 4 * 62.0  # held for the notice alone
    dark_s = 4.0 * plant.horizon_s - total(plant, Flow.POWERED_POD_S)
    assert 2.0 * 4.0 * H <= dark_s < 2.0 * 4.1 * H


def test_maintenance_is_postponed_while_the_grid_is_away() -> None:
    outage = [(4.9 * H, 0.5 * H, 0.0)]
    case = site(path=SERVED, storage=SURE_STORE, hours=48.0)
    plant = run(case, outage, forced=at(5.0))
    assert heard(plant, "maintenance begins") == [pytest.approx(29.0 * H + 61.0)]


def test_with_two_feeds_maintenance_is_not_noticed_unless_the_other_fails() -> None:
    served = path("mv_transformer", 1.0, **AB) | {"maintenance_per_year": 1.0, "maintenance_h": 4.0}

    def with_fault(at_s: float) -> Callable[[Cause], float | None]:
        fault, window = strikes({"feed@block-02-b": at_s}, transfer=0.5), at(5.0)
        return lambda cause: fault(cause) if cause[1] == "fault" else window(cause)

    quiet = run(site(path=served), [], forced=with_fault(15.0 * H))
    assert heard(quiet, "maintenance begins") == [pytest.approx(5.0 * H)]
    assert heard(quiet, "lost") == heard(quiet, "off") == []
    struck = run(site(path=served), [], forced=with_fault(6.0 * H))
    assert heard(struck, "lost") == pytest.approx([6.0 * H, 6.0 * H])
    assert 7.0 * H <= heard(struck, "powered")[0] < 7.1 * H
