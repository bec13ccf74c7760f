"""V16 and V18: published digits, a linear program that is one, and checks that can fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from components.dispatch import DispatchSpec
from experiments.validation import CHECKS, arbitrage, money, run_checks
from experiments.validation.arbitrage import TEXTBOOK, Trader, optimum_usd, traded

NO_LOSS = (0.0, 0.0, 0.0)


def failed(names: list[str], **more) -> list[str]:
    return [check.name for check in run_checks(names, **more) if not check.passed]


def test_published_digits() -> None:
    assert CHECKS["V16"].expected["V16/schmidt-staffell/lifetime-years"] == pytest.approx(
        21.788, abs=5e-4
    )
    assert pytest.approx(2009.2, abs=0.05) == money.MEAN
    assert money.bound(1.7, 0.8, 0.85) == pytest.approx(0.049, abs=5e-4)


def test_the_mean_price_is_that_of_the_calendar() -> None:
    prices = arbitrage._week_prices(arbitrage.TRADERS["pod-battery"]) * 26_400.0
    assert prices.mean() == pytest.approx(money.MEAN, rel=1e-12)
    dear = prices > arbitrage.STANDARD + 1.0
    assert dear.sum() == money.PEAK_HOURS * 2 * money.WORKING_DAYS


# ---- the linear program -------------------------------------------------------------------------


def test_the_program_moves_what_fits_from_cheap_to_dear() -> None:
    """Four half-hours: 1 kWh at most, 1 kW both ways; half of what is charged is lost."""
    prices = np.array([0.1, 0.1, 1.0, 1.0])
    assert optimum_usd(prices, 1.0, 1.0, 9.0, NO_LOSS, NO_LOSS, 0.0) == pytest.approx(0.9)
    assert optimum_usd(prices, 1.0, 1.0, 9.0, NO_LOSS, (0.0, 0.5, 0.0), 0.0) == pytest.approx(0.4)
    assert optimum_usd(prices, 1.0, 1.0, 0.5, NO_LOSS, NO_LOSS, 0.0) == pytest.approx(0.45)
    assert optimum_usd(prices, 1.0, 1.0, 9.0, NO_LOSS, NO_LOSS, 0.0, 0.3) == pytest.approx(0.6)
    assert optimum_usd(np.ones(4), 1.0, 1.0, 9.0, NO_LOSS, NO_LOSS, 0.0) == pytest.approx(0.0)


def test_the_program_never_does_worse_than_a_constant_dispatch_with_the_true_losses() -> None:
    """Charge two half-hours at x, discharge two at y: a, b and c all there."""
    give, take = (0.01, 0.03, 0.02), (0.02, 0.02, 0.03)
    prices = np.array([0.1, 0.1, 1.0, 1.0])
    best = optimum_usd(prices, 5.0, 1.0, 9.0, give, take, 0.0)
    trials = []
    for x in np.linspace(0.05, 1.0, 40):
        cells = x - (take[0] + take[1] * x + take[2] * x * x)
        y = np.roots([give[2], 1.0 + give[1], give[0] - cells]).max().real
        trials.append(min(y, 1.0) * 1.0 - x * 0.1)
    assert max(trials) <= best <= 1.02 * max(trials)


@pytest.mark.slow
def test_four_weeks_are_no_better_than_four_times_one() -> None:
    week = arbitrage._week_prices(arbitrage.TRADERS["pod-battery"])
    args = (550.0, 280.0, 260.0, (1.5, 0.0257, 7e-5), (2.2, 0.0253, 6e-5), 0.7)
    one, four = optimum_usd(week, *args), optimum_usd(np.tile(week, 4), *args)
    assert four == pytest.approx(4.0 * one, rel=1e-9)


# ---- checks can fail ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["V16/sam/real-usd-per-kwh", "V18/by-hand/all-peak-hours"])
@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_a_wrong_expected_number_fails(name: str, factor: float) -> None:
    suite = CHECKS[name.split("/")[0]]
    wrong = replace(suite, expected={name: suite.expected[name] * factor})
    assert failed([], suites={suite.name: wrong}) == [name]


def test_another_inflation_fails_v16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(money, "INFLATION", 0.0251)
    assert failed(["V16/sam"]) == [
        "V16/sam/cost-usd", "V16/sam/energy-nominal-kwh", "V16/sam/nominal-usd-per-kwh",
        "V16/sam/real-usd-per-kwh",
    ]  # fmt: skip


@pytest.fixture
def fresh():
    """Trade anew, and leave nothing behind."""
    traded.cache_clear()
    yield
    traded.cache_clear()


def test_a_storage_that_loses_less_than_the_bound_knows_beats_it(
    monkeypatch: pytest.MonkeyPatch, fresh: None
) -> None:
    del fresh
    real = arbitrage._best_ratio
    monkeypatch.setattr(arbitrage, "_best_ratio", lambda loss, w: 1.02 * real(loss, w))
    assert "V18/once-a-day/saving-of-bound" in failed(["V18/once-a-day"])


def test_a_lazy_dispatch_fails_v18(monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    del fresh
    real = DispatchSpec._make_plan
    monkeypatch.setattr(DispatchSpec, "_make_plan", lambda *a: 0.8 * real(*a))
    monkeypatch.setattr("components.dispatch._PLANS", {})
    assert "V18/twice-a-day/net-of-optimum" in failed(["V18/twice-a-day"])


def test_a_free_charge_at_the_start_does_not_count(fresh: None) -> None:
    """The first week is left out on both sides: full or empty at the start, the saving is the same."""
    del fresh
    full = traded("once-a-day").saving
    trader = arbitrage.TRADERS["once-a-day"]
    empty = Trader(trader.load_kw, trader.beside_kw, TEXTBOOK | {"start_soc": 0.1}, 0.05, 1)
    trading, idle = (arbitrage._weeks(empty, trades=x)[0] for x in (True, False))
    assert 1.0 - trading / idle == pytest.approx(full, rel=1e-9)
