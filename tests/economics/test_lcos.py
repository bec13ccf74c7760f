from __future__ import annotations

import math

import numpy as np
import pytest

from twin.economics import (
    StorageCase,
    annuity,
    backup_cost_per_kw_year,
    lcos,
    lcos_annuity,
    lcos_closed_form,
    lcos_parts,
    lcos_sam_style,
    lifetime_years,
    npv,
)
from twin.errors import InputError, SimulationError

# NREL-PySAM 7.1.1.post1, StandaloneBatteryCommercial with its defaults: 1,200 kWh, 300 kW;
# nominal costs [USD] and discharged energy [kWh] of years 0 to 25, real rate 6.4 %, inflation 2.5 %
SAM_COST = [
    464252, 35519.35181, 35876.12789, 36750.234271, 37622.754403, 38522.499753, 39404.327859,
    40327.304908, 41273.879953, 42250.37832, 42876.794744, 43373.30892, 44028.551502, 44585.066705,
    43753.430526, 44083.139317, 44792.111416, 45862.506065, 46961.905627, 48088.708021,
    49242.86941, 50422.485315, 51424.983006, 52657.851843, 647269.054407, 63341.076574,
]  # fmt: skip
SAM_KWH = [
    0, 117362.385573, 116934.869363, 116627.05219, 116073.605478, 115583.720004, 114705.68927,
    114041.190373, 113397.447013, 112825.751761, 112343.916773, 110992.159114, 110493.531748,
    110044.59149, 109315.661169, 108876.192853, 108461.719022, 108040.34661, 107648.15979,
    107264.284808, 106883.455575, 106485.348733, 104706.927296, 104315.134516, 105137.684801,
    117206.527725,
]  # fmt: skip

# A seasonal lithium-ion plant: 10 MW for 700 h, three cycles a year
SEASONAL = StorageCase(
    power_mw=10.0, energy_mwh=7000.0, cycles_per_year=3.0, depth_of_discharge=0.8,
    round_trip_efficiency=0.86, self_discharge=0.01, cycle_life=3500.0, end_of_life_share=0.8,
    fade_per_year=0.01, capex_usd_per_kw=250.0, capex_usd_per_kwh=300.0, om_usd_per_kw_year=5.0,
    om_usd_per_mwh=0.4, charging_usd_per_mwh=50.0, end_of_life_usd_per_kw=20.0,
    end_of_life_usd_per_kwh=0.0, rate=0.08,
)  # fmt: skip


def test_sam_commercial_battery():
    got = lcos_sam_style(SAM_COST, SAM_KWH, 0.064, 0.025)
    assert got.nominal == pytest.approx(0.8523892, rel=1e-7)
    assert got.real == pytest.approx(0.6801871, rel=1e-7)
    assert got.cost == pytest.approx(942383.7583, rel=1e-9)
    assert got.energy_nominal == pytest.approx(1105579.2391, rel=1e-9)
    assert got.energy_real == pytest.approx(1385477.2548, rel=1e-9)


def test_nominal_costs_of_real_ones_give_the_real_lcos():
    # the project's own LCOS is in real money; SAM's real LCOS must be the same thing
    inflation, rate, years = 0.025, 0.064, np.arange(26)
    real_cost = np.asarray(SAM_COST) * (1.0 + inflation) ** -years
    got = lcos(real_cost, SAM_KWH, rate)
    assert got.value == pytest.approx(0.6801871, rel=1e-7)


def test_generic_lcos_by_hand():
    got = lcos([100.0, 10.0, 60.0], [0.0, 5.0, 5.0], 0.25)
    assert got.cost_usd == pytest.approx(100.0 + 8.0 + 38.4)
    assert got.output == pytest.approx(4.0 + 3.2)
    assert got.value == pytest.approx(146.4 / 7.2)


def test_parts_add_up():
    years, energy = 11, np.r_[0.0, np.full(10, 400.0)]
    rng = np.random.default_rng(0)
    costs = {part: rng.random(years) for part in ("investment", "om", "charging", "replacement")}
    parts = lcos_parts(costs, energy, 0.064)
    whole = lcos(np.sum(list(costs.values()), axis=0), energy, 0.064).value
    assert math.fsum(p.value for p in parts.values()) == pytest.approx(whole)


def test_storage_that_never_discharges_has_no_lcos():
    assert lcos([100.0, 1.0], [0.0, 0.0], 0.05).value is None
    assert lcos_sam_style([100.0, 1.0], [0.0, 0.0], 0.05, 0.02).real is None


def test_negative_discharge_is_a_mistake_not_an_output():
    with pytest.raises(SimulationError, match="negative output"):
        lcos([100.0, 1.0], [0.0, -1.0], 0.05)
    with pytest.raises(InputError, match="same years"):
        lcos([100.0, 1.0, 1.0], [0.0, 1.0], 0.05)


def test_schmidt_staffell_lifetime():
    assert lifetime_years(0.8, 0.01, 3.0, 3500.0) == pytest.approx(21.788, abs=5e-4)
    # limits: cycles alone, calendar alone
    assert lifetime_years(0.8, 0.0, 350.0, 3500.0) == pytest.approx(10.0)
    assert lifetime_years(0.8, 0.02, 0.0, 3500.0) == pytest.approx(math.log(0.8) / math.log(0.98))
    with pytest.raises(InputError, match="neither cycles nor calendar"):
        lifetime_years(0.8, 0.0, 0.0, 3500.0)


def test_seasonal_lithium_ion():
    # 13,639 USD/MWh with the life rounded to 21.8 years; the exact life barely moves it
    assert sum(lcos_closed_form(SEASONAL, 21.8).values()) == pytest.approx(13_639.0, abs=0.5)
    assert sum(lcos_closed_form(SEASONAL).values()) == pytest.approx(13_639.0, abs=0.5)


def test_closed_form_is_the_generic_formula():
    case = StorageCase(**{**vars(SEASONAL), "cycles_per_year": 300.0, "construction_years": 2,
                          "end_of_life_usd_per_kwh": 30.0})  # fmt: skip
    life = case.lifetime_years()
    whole = math.floor(life)
    years = np.arange(1, whole + 1)
    charged = (7000.0 * 0.8 * 300.0 / 0.86 * (0.8 ** (1 / 3500)) ** ((years - 1) * 300.0)
               * 0.99 ** (years - 1.0))  # fmt: skip
    price = (250.0 * 10.0 + 300.0 * 7000.0) * 1e3
    cost = np.r_[price / 2, price / 2, 5e4 + (0.4 + 50.0) * charged]
    energy = np.r_[0.0, 0.0, 0.86 * 0.99 * charged]
    removal = 1e3 * (20.0 * 10.0 + 30.0 * 7000.0 * 0.8)  # 80 % of the capacity is left
    by_hand = (npv(cost, 0.08) + removal * 1.08 ** -(life + 2)) / npv(energy, 0.08)
    assert sum(lcos_closed_form(case).values()) == pytest.approx(by_hand, rel=1e-12)


def test_annuity_form_at_the_price_of_an_asian_project():
    # 125 USD/kWh, 20 yr, 365 cycles, DoD 0.9, 7 %, 10 USD/(kW·yr), no charging: about 50 USD/MWh;
    # the duration is not published, 2 h and 4 h lie on both sides
    two_hours = lcos_annuity(125.0, 10.0 / 2.0, 365.0, 0.9, 0.07, 20.0)
    four_hours = lcos_annuity(125.0, 10.0 / 4.0, 365.0, 0.9, 0.07, 20.0)
    assert two_hours == pytest.approx((125.0 * 0.0943929 + 5.0) / 0.3285, rel=1e-6)
    assert four_hours < 50.0 < two_hours
    assert two_hours == pytest.approx(50.0, rel=0.03)


def test_annuity_form_is_the_generic_formula():
    n = np.arange(1, 16)
    cost = np.r_[180.0, np.full(15, 4.5)]
    energy = np.r_[0.0, 0.350 * 0.85 * 0.975 ** (n - 1.0)]
    charging = 50.0 / 0.85
    by_hand = lcos(cost, energy, 0.07).value + charging
    got = lcos_annuity(180.0, 4.5, 350.0, 0.85, 0.07, 15.0, fade_per_year=0.025,
                       charging_usd_per_mwh=50.0, round_trip_efficiency=0.85)  # fmt: skip
    assert got == pytest.approx(by_hand, rel=1e-12)


def test_levelized_cost_of_backup_power():
    # 500 USD/kW over 10 years without running cost is the annuity of 500
    assert backup_cost_per_kw_year(5e5, 1000.0, 0.064, 10) == pytest.approx(
        500 * annuity(0.064, 10)
    )
