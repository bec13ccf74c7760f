"""What trading by time of use can save at most: a bound by hand."""

from __future__ import annotations

from twin.economics.discounting import check_positive
from twin.errors import InputError


def arbitrage_bound(shifted_hours: float, load_share: float, days_per_week: float, *,
                    price_peak: float, price_offpeak: float, price_mean: float,
                    round_trip: float) -> float:  # fmt: skip
    """Return the largest share of a constant load's energy bill that shifting it can save [1].

    hours·DoD · (P_IT/P_facility)/24 · (days per week)/7 · (p_peak - p_offpeak/RTE)/p_mean

    Parameters
    ----------
    shifted_hours
        Energy discharged on a day with dear hours over the power of the load behind the storage [h]:
        hours of storage times depth of discharge for one discharge a day, the dear hours themselves
        if all of them are shifted.
    load_share
        Power behind the storage over the power of the whole bill [1].
    days_per_week
        Days with dear hours [d].
    price_peak, price_offpeak, price_mean
        Dearest and cheapest price, and the mean price of the bill without storage, in any currency.
    round_trip
        Energy discharged over energy charged for it [1].
    """
    check_positive("price_mean", price_mean)
    check_positive("round_trip", round_trip)
    if not 0.0 <= shifted_hours <= 24.0:
        raise InputError(f"shifted_hours: {shifted_hours} must lie in [0, 24]")
    if not 0.0 <= load_share <= 1.0:
        raise InputError(f"load_share: {load_share} must lie in [0, 1]")
    if not 0.0 <= days_per_week <= 7.0:
        raise InputError(f"days_per_week: {days_per_week} must lie in [0, 7]")
    energy_share = shifted_hours * load_share / 24.0 * days_per_week / 7.0
    return energy_share * max(0.0, (price_peak - price_offpeak / round_trip) / price_mean)
