"""A utility that fails for long: storages carry the site first, diesel follows; on the site bus
storage is a source like others, with chillers and all."""

from __future__ import annotations

import numpy as np
import pytest

from tests.plant.off_grid_parts import sunny
from tests.plant.small_plants import (
    SURE_DIESEL,
    SURE_STORE,
    Table,
    heard,
    jobs,
    kwh,
    run,
    site,
    story,
    total,
)
from twin.contracts.layout import Flow
from twin.errors import ScenarioError

NO_CHILLERS: Table = {"per_it_kw": 0.0}
LATER: Table = SURE_DIESEL | {"start": "low_charge", "recharge": True}
BIG: Table = SURE_STORE | {"level": "site", "energy_kwh": 2000.0, "power_kw": 700.0,
                           "coupling": "rack_dc"}  # fmt: skip
AWAY = [(3600.0, 10 * 3600.0, 0.0)]
"""An outage of ten hours."""


def test_pods_live_on_their_batteries_until_the_first_is_low() -> None:
    """200 kWh for 100 kW of IT and losses: from 95 to 30 %, then the sets come."""
    plant = run(site(storage=SURE_STORE, diesel=LATER, cooling=NO_CHILLERS), AWAY)
    (called, *_), (on, *_) = heard(plant, "call"), heard(plant, "on the bus")
    low = heard(plant, "watch", "pod-")
    assert called == pytest.approx(low[0] + 3.0)
    assert on == pytest.approx(called + 9.0)
    assert 0.9 < (called - 3600.0) / 3600.0 < 130.0 / 100.0
    assert plant.counters.get("pod_losses", 0.0) == 0.0
    assert total(plant, Flow.UNSERVED) == 0.0


def test_the_sets_hand_back_without_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gaps of 14 ms would outlast the hold-up of 12 ms, yet planned changes lose nothing."""
    slow = SURE_STORE | {"detection_min_s": 0.014, "detection_max_s": 0.014}
    unsure = slow | {"switch_failure": 0.5, "takeover_failure": 0.5}
    for store, first in ((slow, 4.0), (unsure, None)):
        case = site(storage=store, diesel=LATER | {"set_kw": 600.0}, cooling=NO_CHILLERS)
        plant = run(case, AWAY)
        stops = heard(plant, "stop", "diesel")
        assert len(stops) >= 2, story(plant)
        after = [t for t in heard(plant, "lost", "pod-") if t > 3601.0]
        assert after == []
        if first is not None:
            assert plant.counters["pod_losses"] == first  # the outage itself came unannounced


def test_diesel_is_called_at_once_where_chillers_stand_on_the_dead_bus() -> None:
    plant = run(site(storage=SURE_STORE, diesel=LATER), AWAY)
    assert heard(plant, "call")[0] == pytest.approx(3603.0)
    assert heard(plant, "trip") == []


def test_the_mains_end_it_after_their_proof_time() -> None:
    plant = run(site(storage=SURE_STORE, diesel=LATER, cooling=NO_CHILLERS), [(3600.0, 7200.0, 0.0)])
    grid = [t for t, s, e, d in plant.log if (s, e, d) == ("utility", "source", "grid")]
    running = heard(plant, "on the bus")[0] < 10_800.0
    assert running
    assert grid == [pytest.approx(10_800.0 + 120.0)]


# ---- storage on the site bus --------------------------------------------------------------------


def test_chillers_run_on_the_storage_of_the_site_bus() -> None:
    plant = run(site(storage=BIG, diesel={"sets": 0, "set_kw": 1.0}), [(3600.0, 3600.0, 0.0)])
    assert heard(plant, "stopped", "cooling") == []
    assert plant.counters.get("pod_losses", 0.0) == 0.0
    assert [d for _, _, e, d in plant.log if e == "source"] == ["none", "storage", "grid"]
    # IT, its supplies and chillers, all from the battery for the hour and the return
    assert kwh(plant, Flow.DISCHARGE) > 400.0 * 1.13


def test_chillers_stop_where_the_storage_cannot_carry_them() -> None:
    """450 kW carry 400 kW of IT with its losses, but not 52 kW of chillers as well."""
    plant = run(
        site(storage=BIG | {"power_kw": 450.0}, diesel={"sets": 0, "set_kw": 1.0}),
        [(3600.0, 200.0, 0.0)],
    )
    assert heard(plant, "stopped", "cooling") == [3600.0]
    assert plant.counters.get("pod_sheds", 0.0) == 0.0
    assert total(plant, Flow.UNSERVED) == 0.0


def test_chillers_stop_in_a_sag_that_the_storage_cannot_carry_them_through() -> None:
    """The site is cut off from the sagging mains until they have been stable for 30 s."""
    switched = BIG | {"power_kw": 450.0, "coupling": "parallel_static_switch"}
    plant = run(site(storage=switched, diesel={"sets": 0, "set_kw": 1.0}), [(3600.0, 0.2, 0.8)])
    assert heard(plant, "stopped", "cooling") == [3600.0]
    assert heard(plant, "running", "cooling") == [pytest.approx(3600.2 + 300.0 + 2 * 45.0, abs=31.0)]
    assert plant.counters.get("pod_sheds", 0.0) == 0.0
    assert total(plant, Flow.UNSERVED) == 0.0


def test_the_site_dies_with_its_storage_and_diesel_brings_it_back() -> None:
    small = BIG | {"energy_kwh": 100.0}
    sets = SURE_DIESEL | {"start_median_s": 1200.0, "start_sigma": 0.0}
    plant = run(site(storage=small, diesel=sets), AWAY)
    assert [d for _, _, e, d in plant.log if e == "source"] == [
        "none", "storage", "none", "diesel", "grid",
    ]  # fmt: skip
    (dead,) = heard(plant, "site bus dead")
    assert heard(plant, "stopped", "cooling") == [dead]
    assert plant.counters["pod_losses"] == 4.0
    assert plant.counters["site_blackouts"] == 1.0


def test_a_takeover_that_fails_is_mended_by_a_black_start() -> None:
    bad = BIG | {"takeover_failure": 1.0, "black_start_s": 400.0}
    case = site(storage=bad, diesel={"sets": 0, "set_kw": 1.0}, cooling=NO_CHILLERS)
    plant = run(case, [(3600.0, 3600.0, 0.0)])
    assert heard(plant, "lost", "pod-000") == [3600.0]
    assert heard(plant, "powered", "pod-000") == [pytest.approx(4000.0 + 60.0)]


def test_each_takeover_counts_for_itself() -> None:
    """A takeover that failed in a sag does not keep the storage from the next outage."""
    unsure = BIG | {"takeover_failure": 0.5}
    case = site(storage=unsure, diesel={"sets": 0, "set_kw": 1.0}, cooling=NO_CHILLERS)
    sag, outage = (3600.0, 0.5, 0.3), (20_000.0, 3600.0, 0.0)
    seen = set()
    for seed in range(12):
        plant = run(case, [sag, outage], seed=seed)
        failed = heard(plant, "takeover failed")
        forms = [t for t, _, e, d in plant.log if (e, d) == ("source", "storage")]
        assert (20_000.0 in forms) is (20_000.0 not in failed)
        seen.add((3600.0 in failed, 20_000.0 in failed))
    assert (True, False) in seen


def test_sun_fills_the_storage_while_the_utility_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    sunny(monkeypatch, np.ones(24))
    case = site(storage=BIG | {"start_soc": 0.5}, diesel={"sets": 0, "set_kw": 1.0},
                pv={"peak_kw": 900.0})  # fmt: skip
    plant = run(case, [(0.0, 30 * 3600.0, 0.0)])
    assert plant.counters.get("pod_losses", 0.0) == 0.0
    assert kwh(plant, Flow.PV_CURTAILED) > 100.0
    assert kwh(plant, Flow.IMPORT) == 0.0
    assert plant.arrays.state["stored_j"][0] > 0.97 * plant.arrays.state["capacity_j"][0]


def test_capped_jobs_go_on_when_the_storage_has_recovered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten dark hours empty the battery to the cap; the sun lifts it again while the outage lasts."""
    sunny(monkeypatch, np.array([0.0] * 3 + [1.0] * 21))
    case = site(
        hours=24.0, load=jobs(2), compartments=2, pv={"peak_kw": 2000.0},
        storage=BIG | {"energy_kwh": 1900.0}, diesel={"sets": 0, "set_kw": 1.0},
    )  # fmt: skip
    plant = run(case, [(0.5 * 3600.0, 23.0 * 3600.0, 0.0)])
    capped, lifted = heard(plant, "job capped"), [
        t for t, _, e, _ in plant.log if e == "watch"
    ]  # fmt: skip
    assert capped
    assert plant.arrays.job_state["rate"].tolist() == [1.0, 1.0]
    assert lifted[-1] < 23.0 * 3600.0
    assert heard(plant, "job suspended") == []


# ---- levels -------------------------------------------------------------------------------------


def test_each_owner_hears_its_own_level_alone() -> None:
    """Diesel at 30 %, the ladder at 15 min of autonomy: the set's call is no step of the ladder."""
    case = site(storage=SURE_STORE, diesel=LATER, cooling=NO_CHILLERS, load=jobs(4))
    plant = run(case, AWAY)
    assert heard(plant, "call")
    assert heard(plant, "job capped") == []


@pytest.mark.parametrize(
    ("diesel", "text"),
    [
        ({"stop_above": 0.2}, "stop_above (0.2) must lie above start_below (0.3)"),
        ({"call_sets": 3}, "call_sets (3) exceeds sets (2)"),
    ],
)
def test_levels_that_make_no_sense_are_refused(diesel: Table, text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        site(storage=SURE_STORE, diesel=LATER | diesel)
    assert text in str(caught.value)


def test_levels_that_no_storage_reaches_are_refused() -> None:
    case = site(storage=SURE_STORE, diesel=LATER | {"stop_above": 0.97})
    with pytest.raises(ScenarioError, match=r"within soc_low = 0\.1 and soc_high = 0\.95 of storage"):
        run(case, AWAY)


def test_an_outage_in_the_dear_hours_with_a_little_sun(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sun carries what it can, the battery the rest, whatever the plan for selling says."""
    sunny(monkeypatch, np.array([0.013, 0.017, 0.019, 0.023, 0.029, 0.031]))
    dear = {"name": "dear", "price_per_kwh": 0.4, "windows": [{"start": "00:30", "end": "12:00"}]}
    case = site(
        storage=BIG | {"trades": True, "energy_kwh": 4000.0}, pv={"peak_kw": 900.0},
        tariff={"kind": "tou", "periods": [dear, {"name": "cheap", "price_per_kwh": 0.05}]},
        diesel={"sets": 0, "set_kw": 1.0}, cooling=NO_CHILLERS,
    )  # fmt: skip
    plant = run(case, [(3600.0, 5 * 3600.0, 0.0)])
    before = run(case, [(3600.0, 0.02, 0.0)])
    sun_kwh = 900.0 * (0.017 + 0.019 + 0.023 + 0.029 + 0.031)
    assert kwh(plant, Flow.PV_USED) == pytest.approx(kwh(before, Flow.PV_USED), rel=1e-6)
    assert kwh(plant, Flow.PV_USED) > sun_kwh
    assert total(plant, Flow.UNSERVED) == 0.0
