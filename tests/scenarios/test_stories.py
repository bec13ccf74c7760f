"""What the shipped scenarios promise in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from twin.plant import replicate
from twin.plant.loads import laid_out
from twin.scenario import Scenario, describe, shipped

NAMES = [name for name, _ in shipped()]
TRAINING = [name for name in NAMES if Scenario.load(name).load.has_jobs]
OWN_POWER = [name for name in NAMES if name not in TRAINING]
WORLD = {"diesel", "pv", "cooling", "chain", "psu", "dispatch", "policy", "recovery", "bus",
         "bulkhead"}  # fmt: skip


def pods_per_job(name: str) -> set[int]:
    load: Any = Scenario.load(name).load
    return {load.total_pods_for(job.gpus) for _, job in load.all_jobs()}


def test_the_default_scenario_comes_first() -> None:
    assert NAMES[0] == "sea-8000"
    assert set(TRAINING) == {"sea-8000", "wanka-10000", "tiny"}
    assert set(OWN_POWER) == {"telecom-site", "off-grid"}


@pytest.mark.parametrize(("name", "gpus"), [("sea-8000", 8192), ("wanka-10000", 10_240)])
def test_number_of_gpus(name: str, gpus: int) -> None:
    load: Any = Scenario.load(name).load
    assert load.pods * load.gpus_per_pod == gpus


def test_jobs_span_one_eight_and_nearly_all_pods() -> None:
    assert pods_per_job("sea-8000") == {1, 8, 30}
    assert pods_per_job("wanka-10000") == {1, 8, 38}


@pytest.mark.parametrize("name", TRAINING)
def test_every_campaign_fits_and_leaves_no_pod_idle(name: str) -> None:
    load: Any = Scenario.load(name).load
    for campaign in load.campaigns:
        assert sum(j.count * load.total_pods_for(j.gpus) for j in campaign.jobs) == load.pods


@pytest.mark.parametrize("name", TRAINING)
def test_designs_differ_in_storage_and_compartments_only(name: str) -> None:
    first, *others = Scenario.load(name).architectures.items()
    assert set(first[1].tables) - {"storage"} >= WORLD
    for other, design in others:
        differ = {t for t, s in first[1].tables.items() if design.tables.get(t) != s}
        assert differ == {"storage", "diesel"} if other == "distributed-no-diesel" else {"storage"}


SIX = ["centralized", "distributed", "centralized-eco", "centralized-bess",
       "distributed-backup-only", "distributed-no-diesel", "centralized-single-bus"]  # fmt: skip


@pytest.mark.parametrize("name", TRAINING)
def test_six_architectures_and_a_teaching_case(name: str) -> None:
    scenario = Scenario.load(name)
    assert list(scenario.architectures)[:7] == SIX
    assert scenario.default_architectures == SIX[:2]


def storage_of(scenario: Scenario, name: str) -> dict[str, Any]:
    """Return what a step of the split may change: place, coupling, size, use."""
    design = scenario.architectures[name]
    laid = laid_out(scenario, design)
    units = [b for b in laid.buses if b.storage is not None]
    kwh, kw = (sum(getattr(b, key) for b in units) for key in ("nameplate_j", "power_w"))
    spec: Any = design.tables["storage"]
    return {"location": spec.level, "coupling": (spec.coupling, type(spec).__name__),
            "size": (pytest.approx(kwh), pytest.approx(kw)), "dispatch": spec.trades}  # fmt: skip


@pytest.mark.parametrize("name", TRAINING)
def test_each_step_of_the_split_changes_its_own_part_alone(name: str) -> None:
    """Only the first changes the size as well: a UPS on the site bus carries chillers, too."""
    scenario = Scenario.load(name)
    chain = [scenario.default_architectures[0], *(step.to for step in scenario.split)]
    assert chain[-1] == scenario.default_architectures[1]
    assert chain[-2] == "centralized-bess"
    for n, step in enumerate(scenario.split):
        before, after = (storage_of(scenario, x) for x in chain[n : n + 2])
        changed = {key for key in before if before[key] != after[key]}
        assert changed == {step.part} | ({"size"} if n == 0 else set())


def test_vietnam_peak_to_off_peak() -> None:
    """Decision 14/2025: 2.80 to one, five peak hours on working days, six cheap hours a night."""
    tariff: Any = Scenario.load("sea-8000").tariff
    year = tariff.year(2026, 0)
    price = year.price_usd_per_kwh
    assert price.max() / price.min() == pytest.approx(2.80, abs=0.005)
    assert price.max() == pytest.approx(0.131, abs=0.001)
    monday = year.period[4 * 48 : 5 * 48]  # 5 January 2026
    hours = {n: float(np.sum(monday == k)) / 2 for k, n in enumerate(year.names)}
    assert hours == {"peak": 5.0, "standard": 13.0, "off-peak": 6.0}


def test_jiangsu_spread() -> None:
    tariff: Any = Scenario.load("wanka-10000").tariff
    price = tariff.year(2026, 0).price_usd_per_kwh * tariff.currency_per_usd
    assert price.max() - price.min() == pytest.approx(0.85)
    assert tariff.demand_usd_per_kw_month == pytest.approx(44.8 / 7.2)


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_in_the_file_names_its_source(name: str) -> None:
    unsourced = [
        row.key
        for row in describe(Scenario.load(name))
        if row.source == "scenario file" and isinstance(row.value, int | float)
    ]
    assert unsourced == []


@pytest.mark.parametrize("name", NAMES)
def test_every_source_carries_its_confidence(name: str) -> None:
    rows = [r for r in describe(Scenario.load(name)) if isinstance(r.value, int | float)]
    assert [row.key for row in rows if row.unit and not row.confidence] == []


# ---- sites that make their own power ------------------------------------------------------------


def test_the_weak_grid_is_away_for_eight_hours_a_day() -> None:
    """Overlapping outages count once: 1 - exp(-rate x mean)."""
    outages: Any = Scenario.load("telecom-site").grid.outages
    mean_h = outages.duration_median_h * np.exp(0.5 * outages.duration_sigma**2)
    away = 1.0 - np.exp(-outages.rate_per_year * mean_h / 8760.0)
    assert 24.0 * away == pytest.approx(8.0, abs=0.05)


def test_there_is_no_utility_on_the_island() -> None:
    scenario = Scenario.load("off-grid")
    assert not scenario.grid.connected
    for design in scenario.architectures.values():
        stores: list[Any] = [design.tables["storage"], *design.more_storage.values()]
        assert any(s.level == "site" and s.forms for s in stores)


@pytest.mark.parametrize("name", OWN_POWER)
def test_the_practice_to_compare_with_has_the_same_loads_sets_and_prices(name: str) -> None:
    scenario = Scenario.load(name)
    new, old = (scenario.architectures[n].tables for n in ("centralized", "diesel-only"))
    diesel: Any = new["diesel"]
    assert old["diesel"] == diesel.model_copy(update={"start": "loss"})
    pv: Any = old["pv"]
    assert pv.peak_kw == 0.0
    changed = {"diesel", "pv", "storage"}
    assert {t: s for t, s in new.items() if t not in changed} == {
        t: s for t, s in old.items() if t not in changed
    }


def test_the_island_set_burns_what_the_manual_says() -> None:
    """HOMER's example of 50 kW: 8.48 L/h at 25 kW, 15.3 L/h at 50 kW."""
    diesel: Any = Scenario.load("off-grid").architectures["centralized"].tables["diesel"]
    for power, litres in ((25.0, 8.48), (50.0, 15.3)):
        burnt = diesel.fuel_l_per_h_per_kw * 50.0 + diesel.fuel_l_per_kwh * power
        assert burnt == pytest.approx(litres, rel=2e-3)


def test_the_tower_set_burns_what_was_measured() -> None:
    """2.4 L/h at 7.2 kW, a quarter without load; the rectifier loses 4 % on the way to the bus."""
    designs = Scenario.load("telecom-site").architectures
    bus, cabinets = (designs[n].tables["diesel"] for n in ("centralized", "distributed"))
    both: list[Any] = [bus, cabinets]
    assert both[1].fuel_l_per_h_per_kw * 7.2 == pytest.approx(0.6, rel=5e-3)
    assert both[1].fuel_l_per_kwh * 7.2 == pytest.approx(1.8)
    assert both[0].fuel_l_per_kwh == pytest.approx(both[1].fuel_l_per_kwh / 0.96, rel=5e-3)


@pytest.mark.slow
def test_the_island_saves_about_as_much_fuel_as_the_study_of_maluku() -> None:
    """42 sites: 81 % of the fuel saved, 80 to 93 % renewable (NZMATES and PLN, CIGRE 2021)."""
    scenario = Scenario.load("off-grid")
    new, old = (o.row for o in replicate(scenario, 1, 0, ["centralized", "diesel-only"]))
    saved = 1.0 - new["diesel_litres_per_year"] / old["diesel_litres_per_year"]
    assert saved == pytest.approx(0.81, abs=0.08)
    renewable = new["renewable_share_num"] / new["renewable_share_den"]
    assert 0.80 < renewable < 0.93


@pytest.mark.slow
def test_the_tower_saves_fuel_and_hours_of_the_set() -> None:
    """Storage first and half of the energy from the sun: most of the fuel, nine tenths of the hours."""
    scenario = Scenario.load("telecom-site", ["horizon_years=3"])
    new, old = (o.row for o in replicate(scenario, 1, 0, ["centralized", "diesel-only"]))
    assert new["diesel_litres_per_year"] < 0.3 * old["diesel_litres_per_year"]
    assert new["diesel_run_h_per_year"] < 0.15 * old["diesel_run_h_per_year"]
    assert new["eue_it_mwh_per_year"] < old["eue_it_mwh_per_year"]
