"""What the energy that storages draw would have been worth otherwise."""

from __future__ import annotations

from twin.contracts.layout import Arrays
from twin.jit import compiled


@compiled
def charging_cost(k: Arrays, price: float) -> float:
    """Return what the storages' draw is worth, USD/s: the sun left over first, then the source.

    Sun that the rest of the load would have used replaces the source and has its `price`, USD/J; what
    is left over would have been exported up to the limit, or curtailed.
    """
    f = k.flow[0]
    site = k.site[0]
    drawn = f.priced_w
    if drawn <= 0.0:
        return 0.0
    spare = f.pv_used_w + f.pv_curtailed_w - max(0.0, f.need_w - drawn)
    from_sun = min(drawn, max(0.0, spare))
    cost = 0.0
    if f.grid_up and from_sun > 0.0 and site.export_usd_per_j > 0.0:
        limit = site.export_limit_w
        cost = (min(spare, limit) - min(spare - from_sun, limit)) * site.export_usd_per_j
    return float(cost + (drawn - from_sun) * price)
