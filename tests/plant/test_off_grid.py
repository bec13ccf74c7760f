"""Sites without a utility: who forms the bus, when diesel runs, what is lost; by other reckoning."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from tests.plant.off_grid_parts import (
    CYCLING,
    HOURS,
    PROMPT,
    STORE,
    loss_kw,
    off_grid,
    reckon,
    run_sunny,
    sunny,
)
from tests.plant.small_plants import heard, kwh, plant_of, run, story, total
from tests.plant.test_bulkheads import TIGHT
from twin import ledger
from twin.contracts.calendar import HOUR_S
from twin.contracts.layout import Flow
from twin.plant.saving import restore, save
from twin.streams import Cause

DAY = np.array([0.0] * 7 + [0.1, 0.3, 0.5, 0.65, 0.75, 0.75, 0.65, 0.5, 0.3, 0.1] + [0.0] * 7)
"""A clear day, W per W."""
NO_SUN = np.zeros(24)


def test_cycle_charging_without_sun_is_a_closed_form() -> None:
    """20 kW from 100 kWh, 30 to 80 %, and a set of 40 kW that starts at once."""
    plant = run(off_grid(storage=STORE, diesel=CYCLING | PROMPT), [])
    standby, leak = 0.0066 * 50.0 + 0.1, 0.01 * 100.0 / 730.0
    drain = 20.0 + loss_kw(20.0, 50.0, 0.005511580, 0.0257, 0.018772838) + standby + leak
    taken = 40.0 - 20.0 - standby
    filling = taken - loss_kw(taken, 50.0, 0.007701864, 0.0253, 0.017290859) - leak
    first_h, down_h, up_h = 65.0 / drain, 50.0 / drain, 50.0 / filling
    starts = math.floor((HOURS - first_h) / (down_h + up_h)) + 1
    last_h = HOURS - first_h - (starts - 1) * (down_h + up_h)
    run_h = (starts - 1) * up_h + min(up_h, last_h)
    assert plant.counters["diesel_starts"] == starts
    assert total(plant, Flow.DIESEL_RUN_S) == pytest.approx(run_h * HOUR_S, rel=1e-9)
    assert kwh(plant, Flow.DIESEL) == pytest.approx(40.0 * run_h, rel=1e-9)
    assert total(plant, Flow.FUEL_L) == pytest.approx((0.015 + 0.2488) * 40.0 * run_h, rel=1e-9)
    assert total(plant, Flow.UNSERVED) == 0.0
    assert plant.counters.get("pod_losses", 0.0) == 0.0


def test_sun_storage_and_diesel_by_slow_reckoning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten days, three of them dull."""
    days = [DAY, 0.2 * DAY, DAY, 0.1 * DAY, 0.3 * DAY]
    case = off_grid(storage=STORE, diesel=CYCLING | PROMPT, pv={"peak_kw": 120.0})
    plant = run_sunny(monkeypatch, case, np.concatenate(days))
    slow = reckon(20.0, 120.0 * np.concatenate(days), HOURS, set_kw=40.0)
    assert slow.starts > 5
    assert plant.counters["diesel_starts"] == slow.starts
    assert total(plant, Flow.FUEL_L) == pytest.approx(slow.litres, rel=2e-3)
    assert kwh(plant, Flow.PV_USED) == pytest.approx(slow.pv_kwh, rel=2e-3)
    assert kwh(plant, Flow.PV_CURTAILED) == pytest.approx(slow.curtailed_kwh, rel=2e-3)
    assert total(plant, Flow.UNSERVED) == 0.0


@pytest.mark.parametrize("restart", [0.02, 0.4])
def test_loss_of_load_without_diesel_by_slow_reckoning(
    monkeypatch: pytest.MonkeyPatch, restart: float
) -> None:
    """Sun and battery alone, scripted weather: when the site is dark, and how often it goes dark."""
    days = np.concatenate([DAY, 0.4 * DAY, 0.05 * DAY, DAY, 0.0 * DAY])
    case = off_grid(storage=STORE | {"restart_share": restart}, pv={"peak_kw": 120.0})
    plant = run_sunny(monkeypatch, case, days)
    slow = reckon(20.0, 120.0 * days, HOURS, restart=restart)
    assert slow.blackouts >= 5
    assert plant.counters["site_blackouts"] == slow.blackouts, story(plant)
    assert plant.counters["pod_losses"] == 2 * slow.blackouts
    # the second pod returns a second after the first one, under the ramp limit
    dark_kwh = 20.0 * slow.dark_s / HOUR_S
    assert kwh(plant, Flow.UNSERVED) == pytest.approx(dark_kwh, rel=2e-3)
    powered = total(plant, Flow.POWERED_POD_S) / (2.0 * HOURS * HOUR_S)
    assert powered == pytest.approx(1.0 - slow.dark_s / (HOURS * HOUR_S), rel=2e-3)


def test_the_dead_site_is_charged_by_the_sun_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """From empty to the restart level at 12 kW: 34 kWh of cells at what the converter leaves of it."""
    case = off_grid(
        24.0, storage=STORE | {"start_soc": 0.1, "restart_share": 0.4}, pv={"peak_kw": 12.0}
    )
    plant = run_sunny(monkeypatch, case, np.ones(24))
    cells = 12.0 - loss_kw(12.0, 50.0, 0.007701864, 0.0253, 0.017290859)
    back = heard(plant, "source", "utility")[0]
    assert back == pytest.approx(0.4 * 85.0 / cells * HOUR_S, rel=1e-9)
    assert heard(plant, "powered", "pod-000")[0] == pytest.approx(back + 60.0)


def test_who_is_recharged_while_the_controls_refuse_begins_when_they_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The restart level is reached after some 3 h; the controls are down from 1 h to 5 h.

    Then it is a storage with energy that begins anew, with the delay of a black start.
    """
    shared = TIGHT | {"ems_fault_per_year": 1.0}
    waits = {("fault", 0): 1.0 / 8760.0, ("repair", 1): 4.0 / 8.0}

    def draw(cause: Cause) -> float | None:
        if cause[0] != "controls":
            return None
        return -math.expm1(-waits.get((str(cause[1]), int(cause[2])), 25.0))

    sunny(monkeypatch, np.ones(24))
    case = off_grid(24.0, storage=STORE | {"start_soc": 0.1, "restart_share": 0.4},
                    pv={"peak_kw": 12.0}, bulkhead=shared)  # fmt: skip
    plant = run(case, [], forced=draw)
    assert heard(plant, "source", "utility")[0] == pytest.approx(5.0 * HOUR_S + 300.0), story(plant)


def test_diesel_alone_runs_all_the_time() -> None:
    """A small battery bridges; one of two sets runs, the other stands by."""
    sets = CYCLING | {"sets": 2, "call_sets": 1, "start": "loss", "recharge": False}
    plant = run(off_grid(storage=STORE | {"energy_kwh": 10.0}, diesel=sets), [])
    assert plant.counters["diesel_starts"] == 1.0
    assert total(plant, Flow.DIESEL_RUN_S) == pytest.approx(HOURS * HOUR_S - 12.0)
    run_h = HOURS - 12.0 / HOUR_S
    fuel = 0.015 * 40.0 * run_h + 0.2488 * kwh(plant, Flow.DIESEL)
    assert total(plant, Flow.FUEL_L) == pytest.approx(fuel, rel=1e-12)
    assert total(plant, Flow.UNSERVED) == 0.0


def test_the_standby_set_replaces_one_that_fails() -> None:
    sets = CYCLING | {"sets": 2, "call_sets": 1, "start": "loss", "mttf_h": 40.0,
                      "repair_median_h": 1.0, "repair_sigma": 0.0}  # fmt: skip
    plant = run(off_grid(storage=STORE | {"energy_kwh": 10.0}, diesel=sets), [])
    failures = heard(plant, "failure to run")
    assert len(failures) >= 3
    assert plant.counters["diesel_starts"] == 1 + len(failures)
    assert total(plant, Flow.UNSERVED) == 0.0
    busy_s = total(plant, Flow.DIESEL_RATED_J) / 40e3
    assert busy_s == pytest.approx(total(plant, Flow.DIESEL_RUN_S), rel=1e-12)


def test_load_that_follows_the_diesel_is_not_charged_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without recharge only the sun fills the storage, and the set runs until it has."""
    case = off_grid(storage=STORE, diesel=CYCLING | {"recharge": False}, pv={"peak_kw": 120.0})
    plant = run_sunny(monkeypatch, case, DAY)
    following = kwh(plant, Flow.DIESEL)
    cycling = run_sunny(
        monkeypatch, off_grid(storage=STORE, diesel=CYCLING, pv={"peak_kw": 120.0}), DAY
    )
    assert 0.0 < following < kwh(cycling, Flow.DIESEL)
    assert total(plant, Flow.DIESEL_RUN_S) > total(cycling, Flow.DIESEL_RUN_S)


def test_charging_costs_the_fuel_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Levelized cost of storage: from diesel its marginal fuel, from surplus sun nothing."""
    case = off_grid(storage=STORE, diesel=CYCLING | PROMPT)
    plant = run(case, [])
    bus_kwh = kwh(plant, Flow.CHARGE) + kwh(plant, Flow.STANDBY_BUS)
    assert total(plant, Flow.CHARGE_COST_USD) == pytest.approx(0.2488 * 0.9 * bus_kwh, rel=1e-9)
    sun = run_sunny(monkeypatch, off_grid(storage=STORE, pv={"peak_kw": 120.0}), DAY)
    assert kwh(sun, Flow.CHARGE) > 100.0
    assert total(sun, Flow.CHARGE_COST_USD) == 0.0


def test_a_failed_battery_darkens_the_site_until_it_is_repaired(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its converter fails now and then for exactly two hours; then the bus is formed anew."""
    store = STORE | {"pcs_fault_per_year": 300.0, "repair_h": 2.0, "repair_law": "fixed",
                     "energy_kwh": 500.0, "black_start_s": 120.0}  # fmt: skip
    plant = run_sunny(monkeypatch, off_grid(storage=store, pv={"peak_kw": 400.0}), np.ones(24))
    faults, back = heard(plant, "fault"), heard(plant, "powered", "pod-000")
    assert len(faults) >= 4
    assert heard(plant, "site bus dead") == faults
    assert back == [pytest.approx(t + 7200.0 + 120.0 + 60.0) for t in faults[: len(back)]]


def test_a_failed_battery_leaves_the_site_to_the_diesel() -> None:
    store = STORE | {"pcs_fault_per_year": 300.0, "repair_h": 2.0, "repair_law": "fixed",
                     "energy_kwh": 500.0}  # fmt: skip
    plant = run(off_grid(storage=store, diesel=CYCLING), [])
    faults, back = heard(plant, "fault"), heard(plant, "powered", "pod-000")
    dark = [t for t in faults if t in heard(plant, "lost", "pod-000")]
    assert len(dark) >= 2
    # 3 s to be sure, 9 s to start, 60 s until pods are powered; a run under way is not interrupted
    assert back[0] == pytest.approx(dark[0] + 3.0 + 9.0 + 60.0)


def test_saved_between_two_starts_it_goes_on_bit_for_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    case = off_grid(96.0, storage=STORE, diesel=CYCLING, pv={"peak_kw": 120.0})
    sunny(monkeypatch, DAY)
    whole, first = plant_of(case), plant_of(case)
    initial_j = whole.arrays.state["stored_j"].copy()
    whole.run()
    for hours in (13.3, 40.1, 71.7):
        first.run(hours * HOUR_S)
        data = json.loads(json.dumps(save(first, case, "case", 1, 0)))
        first = restore(data, case, tracing=True)
    first.run()
    ledger.close(first.arrays, initial_j, first.tree.names)
    assert first.log == whole.log
    assert first.arrays.account.tobytes() == whole.arrays.account.tobytes()
