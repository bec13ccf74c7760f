from __future__ import annotations

import pytest

from twin.economics import arbitrage_bound
from twin.errors import InputError

VIETNAM = {"price_peak": 3460.0, "price_offpeak": 1234.0, "price_mean": 2009.21, "round_trip": 0.85}


def test_two_hours_and_all_dear_hours_by_hand() -> None:
    """2 h x 0.85 of 8.8 of 11 MW are 5.7 % of a day's energy, on six days of seven 4.86 %."""
    assert arbitrage_bound(1.7, 0.8, 6.0, **VIETNAM) == pytest.approx(0.0486 * 0.9995, abs=5e-5)
    assert arbitrage_bound(5.0, 1.0, 6.0, **VIETNAM) == pytest.approx(0.178, abs=5e-4)


def test_no_spread_saves_nothing() -> None:
    flat = {"price_peak": 0.1, "price_offpeak": 0.1, "price_mean": 0.1}
    assert arbitrage_bound(5.0, 1.0, 7.0, round_trip=1.0, **flat) == 0.0
    assert arbitrage_bound(5.0, 1.0, 7.0, round_trip=0.8, **flat) == 0.0


def test_a_day_of_free_energy_saves_all_of_it() -> None:
    """Half the day dear, half of it free, lossless: the whole bill."""
    prices = {"price_peak": 0.2, "price_offpeak": 0.0, "price_mean": 0.1}
    assert arbitrage_bound(12.0, 1.0, 7.0, round_trip=1.0, **prices) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("hours", "share", "days"), [(-1.0, 1.0, 7.0), (25.0, 1.0, 7.0), (1.0, 1.1, 7.0), (1.0, 1.0, 8.0)]
)
def test_impossible_inputs_are_refused(hours: float, share: float, days: float) -> None:
    with pytest.raises(InputError, match="must lie in"):
        arbitrage_bound(hours, share, days, **VIETNAM)
