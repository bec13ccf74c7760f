from __future__ import annotations

import numpy as np
import pytest

from twin.economics import ITEMS, CashFlow
from twin.errors import InputError


def flow(**costs: list[float]) -> CashFlow:
    return CashFlow.of(costs, 2.0)


TABLE = flow(capex=[100.0, 0.0, 0.0], energy=[0.0, 20.0, 30.0], residual=[0.0, 0.0, -50.0])


def test_totals_and_net_present_cost():
    assert TABLE.total().tolist() == [100.0, 20.0, -20.0]
    assert TABLE.npv(0.25) == pytest.approx(100.0 + 16.0 - 12.8)
    assert TABLE.npv_by_item(0.25) == pytest.approx(
        {"capex": 100.0, "energy": 16.0 + 19.2, "residual": -32.0}
    )
    assert TABLE.item("energy").tolist() == [0.0, 20.0, 30.0]


def test_cumulative_cost_leaves_the_residual_value_out_or_credits_it_every_year():
    assert TABLE.cumulative(0.25) == pytest.approx([100.0, 116.0, 135.2])
    with_value = TABLE.cumulative(0.25, [100.0, 75.0, 50.0])
    assert with_value == pytest.approx([0.0, 116.0 - 60.0, 135.2 - 32.0])
    assert with_value[-1] == pytest.approx(TABLE.npv(0.25))


def test_rows_of_the_file():
    rows = TABLE.to_rows("centralized")
    assert len(rows) == 9
    assert list(rows[0]) == ["architecture", "year", "item", "usd"]
    assert rows[4] == {"architecture": "centralized", "year": 1, "item": "energy", "usd": 20.0}
    assert sum(r["usd"] for r in rows) == TABLE.total().sum()


def test_a_cut_year_is_discounted_at_the_horizon():
    cut = CashFlow.of({"energy": [0.0, 10.0, 5.0]}, 1.5)
    assert cut.npv(0.21) == pytest.approx(10.0 / 1.21 + 5.0 / 1.331)
    assert cut.cumulative(0.21)[-1] == pytest.approx(cut.npv(0.21))


def test_mean_over_replications():
    other = flow(capex=[300.0, 0.0, 0.0], energy=[0.0, 40.0, 50.0], residual=[0.0, 0.0, 0.0])
    mean = CashFlow.mean([TABLE, other])
    assert mean.total().tolist() == [200.0, 30.0, 15.0]
    with pytest.raises(InputError, match="differ in items"):
        CashFlow.mean([TABLE, flow(capex=[1.0, 1.0, 1.0])])
    with pytest.raises(InputError, match="no tables"):
        CashFlow.mean([])


def test_mistakes_name_the_item():
    with pytest.raises(InputError, match=r"unknown item 'deisel' \(did you mean 'diesel'"):
        flow(deisel=[1.0, 1.0, 1.0])
    with pytest.raises(InputError, match=r"'capex' has shape \(2,\), needs \(3,\)"):
        flow(capex=[1.0, 1.0])
    with pytest.raises(InputError, match="not finite"):
        flow(capex=[1.0, 1.0, float("nan")])
    with pytest.raises(InputError, match="no item 'om'"):
        TABLE.item("om")
    with pytest.raises(InputError, match="distinct items"):
        CashFlow(("om", "om"), np.zeros((2, 3)), 2.0)


def test_every_item_can_stand_in_a_table():
    full = CashFlow.of({item: [1.0, 2.0] for item in ITEMS}, 1.0)
    assert full.total().tolist() == [len(ITEMS), 2.0 * len(ITEMS)]
