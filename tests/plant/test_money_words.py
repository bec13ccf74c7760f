"""Money, space and peaks mean what the contract says, on cases reckoned by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from components.bess import BessSpec
from components.ups import UpsSpec
from tests.plant.metric_parts import H, measured, priced
from tests.plant.small_plants import SURE_DIESEL, SURE_STORE, SURE_UPS, Table, jobs, kwh, site
from twin.contracts.layout import Flow
from twin.streams import Cause

KWH_J = 3.6e6
COOL: Table = {"autonomy_s": 1e6}
LOSSLESS: Table = SURE_STORE | {
    "auxiliary_w_per_kwh": 0.0, "hot_standby_pu": 0.0, "self_discharge_per_month": 0.0,
    "ageing": "none", "trades": True, "reserve": 0.1, "soc_low": 0.1, "start_soc": 0.3,
}  # fmt: skip
NIGHT_AND_DAY = [100.0, 300.0]


# ---- peak demand and electricity -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("tariff", "mean_kw"),
    [
        ({"demand_period_min": 60}, 300.0),  # it bills no demand: 30 min
        ({"demand_period_min": 60, "demand_per_kw_month": 5.0}, 200.0),
        ({"demand_period_min": 30, "demand_per_kw_month": 5.0}, 300.0),
    ],
)
def test_the_tariffs_period_counts_where_it_bills_demand(tariff: Table, mean_kw: float) -> None:
    load = {"kind": "series", "pods": 1, "values_kw": NIGHT_AND_DAY, "step_min": 30}
    bare: Table = {
        "psu": {"constant_pu": 0.0, "linear_pu": 0.0, "square_pu": 0.0},
        "chain": {"stages": []}, "cooling": {"per_it_kw": 0.0, "pump_per_it_kw": 0.0},
    }  # fmt: skip
    body = {"kind": "flat", "price_per_kwh": 0.1} | tariff
    _, row = measured(site(load=load, compartments=1, tariff=body, **bare))
    assert row["peak_demand_kw"] == pytest.approx(mean_kw, rel=1e-12)


def test_electricity_is_energy_demand_and_fixed_charges() -> None:
    """Neither diesel nor what is paid for energy fed back belongs to it."""
    tariff = {"kind": "flat", "price_per_kwh": 0.1, "export_price_per_kwh": 0.04,
              "demand_per_kw_month": 5.0, "fixed_per_month": 1000.0}  # fmt: skip
    case = site(tariff=tariff, diesel=SURE_DIESEL, pv={"peak_kw": 2000.0},
                grid={"export_limit_kw": 1e5})  # fmt: skip
    plant, row, money = priced(case, [(2 * H, H, 0.0)])
    day = 1.0 / 365.0
    fixed = 12.0 * day * 1000.0
    demand = plant.arrays.month_peak.sum() / 1e3 * 5.0
    bill = 0.1 * kwh(plant, Flow.IMPORT) + demand + fixed
    assert row["electricity_cost_usd_per_year"] == pytest.approx(bill / day, rel=1e-9)
    fed_back = 0.04 * kwh(plant, Flow.EXPORT)
    assert fed_back > 0.0
    assert row["export_credit_usd_per_year"] == pytest.approx(fed_back / day, rel=1e-9)
    assert money.cashflow.item("export_credit")[1] == pytest.approx(-fed_back, rel=1e-9)
    assert money.cashflow.item("diesel")[1] > 0.0


# ---- cost of charging ----------------------------------------------------------------------------


def charging(**more: Any) -> tuple[float, float]:
    """Return energy charged, kWh, and what it is valued at, USD, on a day with much sun or little."""
    tariff = {"kind": "flat", "price_per_kwh": 0.1, "export_price_per_kwh": more.pop("export", 0.0)}
    grid = {"export_limit_kw": more.pop("limit_kw", 0.0)}
    load = {"kind": "constant", "pods": 1, "pod_kw": more.pop("load_kw", 10.0)}
    body: Table = {"storage": LOSSLESS, "dispatch": {"top_up": 1e-9}, "cooling": COOL}
    case = site(load=load, compartments=1, tariff=tariff, grid=grid, **(body | more))
    plant, _ = measured(case)
    return kwh(plant, Flow.CHARGE), float(plant.arrays.account[:, Flow.CHARGE_COST_USD].sum())


def test_sun_that_would_have_been_exported_is_worth_its_export_price() -> None:
    energy, usd = charging(pv={"peak_kw": 2000.0}, limit_kw=1e5, export=0.04)
    assert energy > 100.0
    assert usd == pytest.approx(0.04 * energy, rel=1e-6)


def test_sun_that_would_have_been_curtailed_is_worth_nothing() -> None:
    energy, usd = charging(pv={"peak_kw": 2000.0}, export=0.04)
    assert energy > 100.0
    assert usd == pytest.approx(0.0, abs=1e-6)


def test_beyond_the_export_limit_only_what_could_have_left_counts() -> None:
    """Up to 5 kW could be exported: charging with the sun left over takes that last."""
    free, _ = charging(pv={"peak_kw": 2000.0}, limit_kw=0.0, export=0.04)
    energy, usd = charging(pv={"peak_kw": 2000.0}, limit_kw=5.0, export=0.04)
    assert energy == pytest.approx(free, rel=1e-3)
    assert usd < 0.04 * 0.1 * energy


def test_sun_that_the_load_would_have_used_replaces_import() -> None:
    energy, usd = charging(pv={"peak_kw": 100.0}, load_kw=500.0, storage=LOSSLESS | {
        "trades": False, "power_kw": 600.0}, limit_kw=1e5, export=0.04)  # fmt: skip
    assert energy > 100.0
    assert usd == pytest.approx(0.1 * energy, rel=1e-9)


def test_charging_from_diesel_costs_fuel() -> None:
    diesel = SURE_DIESEL | {"recharge": True}
    case = site(load={"kind": "constant", "pods": 1, "pod_kw": 50.0}, compartments=1, diesel=diesel,
                storage=LOSSLESS | {"trades": False}, cooling=COOL)  # fmt: skip
    plant, _ = measured(case, [(0.0, 24 * H, 0.0)])
    energy = kwh(plant, Flow.CHARGE)
    assert energy > 100.0
    expected = 0.9 * 0.2488 * energy
    cost = float(plant.arrays.account[:, Flow.CHARGE_COST_USD].sum())
    assert cost == pytest.approx(expected, rel=1e-9)


# ---- equipment -----------------------------------------------------------------------------------


def test_what_a_coupling_costs() -> None:
    """100 kWh and 50 kW: cells and converter, then a static switch, or a share of rectifiers."""
    tables: Table = {"energy_kwh": 100.0, "power_kw": 50.0, "capex_usd_per_kwh": 200.0,
                     "capex_usd_per_kw": 0.0}  # fmt: skip
    parallel = BessSpec(**tables, switch_usd_per_kw=30.0)
    on_dc = BessSpec(**tables, coupling="rack_dc", rectifier_usd_per_kw=80.0)
    size = 100.0 * KWH_J, 50e3
    assert parallel.price_usd(*size) == pytest.approx(20_000.0 + 1_500.0)
    assert on_dc.price_usd(*size) == pytest.approx(20_000.0 + 4_000.0)


def test_space_indoors_counts_rack_positions_and_fire_separation() -> None:
    """920 kWh: 19 groups of 50 kWh, two areas of 600 kWh."""
    plain: Table = {"energy_kwh": 920.0, "power_kw": 280.0}
    size = 920.0 * KWH_J, 280e3
    hall = BessSpec(**plain)
    expected = 920.0 * 0.029 + 280.0 * 0.006 + 19 * 0.914 * 2.4 + 2 * 5.0
    assert hall.footprint_m2(*size) == pytest.approx(expected, rel=1e-12)
    yard = BessSpec(**plain, level="site")
    assert yard.footprint_m2(*size) == pytest.approx(920.0 * 0.008 + 280.0 * 0.006, rel=1e-12)
    ups = UpsSpec(energy_kwh=280.0, modules=6)
    expected = 3000.0 * 0.012 + 6 * 0.914 * 2.4 + 5.0
    assert ups.footprint_m2(280.0 * KWH_J, 3000e3) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("more", "gpus"), [({}, 256), ({"place": "room"}, 0), ({"fire_destroys_gpu_share": 0.25}, 64)]
)
def test_a_fire_destroys_the_unit_and_the_gpus_beside_it(more: Table, gpus: int) -> None:
    prices = {"capex_usd_per_kwh": 200.0, "capex_usd_per_kw": 0.0}
    store = SURE_STORE | {"fire_per_mwh_year": 1.0} | prices | more
    case = site(load=jobs(1), compartments=1, storage=store, cooling=COOL)
    _, row = measured(case, [], forced=_one_fire)
    own = 200.0 * 200.0 + 150.0 * 30.0
    expected = (own + gpus * 45_000.0) * 365.0
    assert row["asset_loss_usd_per_year"] == pytest.approx(expected, rel=1e-9)


def test_a_fire_in_a_ups_room_destroys_the_ups() -> None:
    ups = SURE_UPS | {"fire_per_mwh_year": 1.0}
    case = site(compartments=1, storage=ups, cooling=COOL)
    _, row, money = priced(case, [], forced=_one_fire)
    assert row["asset_loss_usd_per_year"] == pytest.approx(750.0 * 300.0 * 365.0, rel=1e-9)
    # what was bought for it is newer than what burnt, by the time of the fire
    assert money.asset_value[-1] > 0.0


def test_what_replaces_burnt_equipment_is_worth_more_at_the_end() -> None:
    """A UPS of 15 years burns after 3 of 6 years: at the end it is 3, not 6 years old."""
    ups = SURE_UPS | {"fire_per_mwh_year": 1.0, "life_years": 15.0, "fire_repair_days": 1.0}
    case = site(hours=6 * 8760.0, compartments=1, storage=ups, cooling=COOL)
    years = 3.0 * 0.06  # 0.06 MWh: mean time to a fire of 16.7 years
    u = 1.0 - float(np.exp(-years))

    def forced(cause: Cause) -> float | None:
        if cause[1] != "fire":
            return None
        return u if cause[2] == 0 else 1.0 - 1e-12

    burnt = priced(case, [], forced=forced)[2].asset_value
    whole = priced(case, [], forced=lambda c: 1.0 - 1e-12 if c[1] == "fire" else None)[2].asset_value
    price = 750.0 * 300.0
    assert (burnt - whole)[-1] == pytest.approx(price * 3.0 / 15.0, rel=1e-6)
    assert (burnt - whole)[:3] == pytest.approx(np.zeros(3))


def _one_fire(cause: Cause) -> float | None:
    if cause[1] != "fire":
        return None
    return 1e-9 if cause[2] == 0 else 1.0 - 1e-12
