from __future__ import annotations

import numpy as np
import pytest

from twin.economics import (
    annuity,
    annuity_factor,
    asset_value,
    asset_values,
    connection_fee,
    cumulative_cost,
    discount_factors,
    discounted_years,
    npv,
    replacement_years,
    residual_value,
    year_ends,
    year_index,
)
from twin.errors import InputError


def test_year_ends_and_a_cut_last_year():
    assert year_ends(3).tolist() == [0.0, 1.0, 2.0, 3.0]
    assert year_ends(2.5).tolist() == [0.0, 1.0, 2.0, 2.5]
    assert year_ends(0.25).tolist() == [0.0, 0.25]
    assert year_ends(0.1 * 30).size == 4  # 3.0000000000000004 is three years


@pytest.mark.parametrize(("time", "column"), [(0.0, 0), (0.3, 1), (1.0, 1), (0.1 * 30, 3),
                                              (3.001, 4)])  # fmt: skip
def test_flows_belong_to_the_year_that_ends_after_them(time, column):
    assert year_index(time) == column


def test_investment_is_undiscounted_and_flows_count_at_the_years_end():
    assert discount_factors(0.25, 2) == pytest.approx([1.0, 0.8, 0.64])
    assert npv([100.0, 50.0, 50.0], 0.25) == pytest.approx(100.0 + 40.0 + 32.0)
    assert npv([100.0, 50.0, 50.0], 0.0) == 200.0


def test_a_cut_year_is_discounted_at_the_horizon():
    # half a year's flow, as it was, at the horizon 1.5
    assert npv([0.0, 0.0, 30.0], 0.21, 1.5) == pytest.approx(30.0 / 1.21**1.5)


def test_npv_takes_tables():
    assert npv(np.ones((3, 2, 4)), 0.1) == pytest.approx(np.full((3, 2), 1.0 + 2.48685199))


def test_annuities_as_in_interest_tables():
    # uniform series present worth and capital recovery factors (any engineering economics table)
    assert annuity_factor(0.08, 10) == pytest.approx(6.7101, abs=5e-5)
    assert annuity_factor(0.07, 20) == pytest.approx(10.5940, abs=5e-5)
    assert annuity(0.07, 20) == pytest.approx(0.09439, abs=5e-6)
    assert annuity(0.10, 10) == pytest.approx(0.16275, abs=5e-6)
    assert annuity_factor(0.0, 12) == 12.0
    assert annuity_factor(1e-13, 12) == pytest.approx(12.0)


@pytest.mark.parametrize(("rate", "fade"), [(0.07, 0.02), (0.0, 0.03), (-0.02, 0.02), (-0.02, 0.0)])
def test_fading_annuity_is_its_sum(rate, fade):
    n = np.arange(1, 16)
    by_hand = np.sum((1.0 - fade) ** (n - 1) * (1.0 + rate) ** -n.astype(float))
    assert annuity_factor(rate, 15, fade) == pytest.approx(by_hand)


def test_discounted_years():
    assert discounted_years(0.07, 20) == pytest.approx(annuity_factor(0.07, 20))
    assert discounted_years(0.21, 1.5) == pytest.approx(1.0 / 1.21 + 0.5 / 1.331)


def test_cumulative_cost_ends_in_the_npv_and_can_credit_what_is_left():
    flows = [100.0, 10.0, 10.0]
    curve = cumulative_cost(flows, 0.25)
    assert curve == pytest.approx([100.0, 108.0, 114.4])
    assert curve[-1] == pytest.approx(npv(flows, 0.25))
    sold = cumulative_cost(flows, 0.25, asset_value_by_year=[100.0, 75.0, 50.0])
    assert sold == pytest.approx([0.0, 108.0 - 60.0, 114.4 - 32.0])


@pytest.mark.parametrize("rate", [-1.0, -2.0, float("nan"), float("inf")])
def test_impossible_rates_are_refused(rate):
    with pytest.raises(InputError, match=r"0\.064 means 6\.4 %"):
        npv([1.0, 1.0], rate)


def test_misfitting_years_are_refused():
    with pytest.raises(InputError, match="3 columns do not fit a horizon of 10 years"):
        npv([1.0, 1.0, 1.0], 0.05, 10)
    with pytest.raises(InputError, match="at least one year"):
        npv([1.0], 0.05)
    with pytest.raises(InputError, match="horizon_years"):
        year_ends(0.0)
    with pytest.raises(InputError, match="time_years"):
        year_index(-0.1)


def test_straight_line_residual_value():
    assert residual_value(1000.0, 20.0, 5.0) == 750.0
    assert residual_value(1000.0, 20.0, 0.0) == 1000.0
    assert residual_value(1000.0, 20.0, 25.0) == 0.0
    with pytest.raises(InputError, match="life_years"):
        residual_value(1.0, 0.0, 1.0)
    with pytest.raises(InputError, match="age_years"):
        residual_value(1.0, 1.0, -1.0)


def test_after_several_replacements_only_the_latest_has_a_value():
    purchases = [(0.0, 100.0), (4.0, 80.0), (8.0, 60.0)]
    assert asset_value(purchases, 4.0, 10.0) == 30.0
    assert asset_value(purchases, 4.0, 3.0) == 25.0
    assert asset_value(purchases, 4.0, 4.0) == 80.0
    assert asset_value([(5.0, 10.0)], 4.0, 3.0) == 0.0
    assert asset_values(purchases, 4.0, 4.5).tolist() == [100.0, 75.0, 50.0, 25.0, 80.0, 70.0]
    with pytest.raises(InputError, match="order of time"):
        asset_value([(4.0, 1.0), (0.0, 1.0)], 4.0, 5.0)


def test_replacements_come_before_the_horizon():
    assert replacement_years(4.0, 10.0) == [4.0, 8.0]
    assert replacement_years(5.0, 10.0) == [5.0]
    assert replacement_years(10.0, 10.0) == []
    assert replacement_years(12.0, 10.0) == []
    assert len(replacement_years(0.1, 0.3)) == 2


def test_connection_fee():
    assert connection_fee(9500.0, 0.95, 150.0) == pytest.approx(1_500_000.0)
    with pytest.raises(InputError, match="power_factor"):
        connection_fee(1.0, 0.0, 1.0)
