"""The trading rule of the slow twin, from the prices of the half-hours."""

from __future__ import annotations

from typing import Any

from tests.reference.reading import Design


def plan(prices: list[float], design: Design) -> list[float]:
    """Return the share of rating per half-hour: > 0 charge, < 0 discharge.

    Usable energy is spread evenly over each stretch of the dearest price, and what it takes to refill
    evenly over each stretch of the cheapest one. Between two dear stretches a middle price is used
    if the spread pays for losses and wear. Where nothing pays, storage is kept full.
    """
    rule = design.tables.get("dispatch")
    hours = _usable_h(design)
    if rule is None or hours <= 0.0:
        return [0.0] * len(prices)
    high, low = max(prices), min(prices)

    def pays(price: float) -> bool:
        return bool(high * rule["round_trip"] - price > rule["wear_usd_per_kwh"])

    if not pays(low):
        return [rule["top_up"]] * len(prices)
    shares = []
    for start, end in _stretches(prices):
        price, length_h = prices[start], (end - start) * 0.5
        refill = min(1.0, hours / rule["round_trip"] / length_h)
        between = start > 0 and end < len(prices) and prices[start - 1] == high == prices[end]
        share = 0.0
        if price == high:
            share = -min(1.0, hours / length_h)
        elif price == low or (between and pays(price)):
            share = refill
        shares += [share] * (end - start)
    return shares


def _stretches(prices: list[float]) -> list[tuple[int, int]]:
    """Return (start, end) of each stretch of one price."""
    found, start = [], 0
    for n in range(1, len(prices) + 1):
        if n == len(prices) or prices[n] != prices[start]:
            found.append((start, n))
            start = n
    return found


def _usable_h(design: Design) -> float:
    """Return the energy above the reserve that may be sold, in hours of rated power."""
    s: dict[str, Any] = design.tables.get("storage", {})
    if not s.get("trades"):
        return 0.0
    span = max(0.0, s["soc_high"] - max(s["reserve"], s["soc_low"]))
    units = [b for b in design.batteries() if b.trades]
    energy = sum(span * b.nameplate_j for b in units)
    return float(energy / sum(b.give_w for b in units) / 3600.0)
