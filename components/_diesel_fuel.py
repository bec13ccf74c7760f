"""The fuel of the diesel plant: what is burnt, the tank, deliveries that come late or not at all."""

from __future__ import annotations

from typing import Any

from components._diesel_upkeep import UpkeepSpec
from twin.contracts.parts import NEVER, PlantView
from twin.quantity import quantity


class FuelSpec(UpkeepSpec):
    """Fuel curve, tank, deliveries, and fuel that has gone bad."""

    fuel_l_per_kwh: float = quantity(
        "L/kWh",
        "Fuel curve, slope",
        0.2488,
        ge=0,
        source="fit to a 2 MW chart: 42.8/72.2/103.5/141.9 gal/h (bigrentz.com)",
        confidence="A",
    )
    fuel_l_per_h_per_kw: float = quantity(
        "L/(h kW)",
        "Fuel curve, idle part per rated power",
        0.015,
        ge=0,
        source="same fit",
        confidence="A-",
    )
    tank_h: float = quantity(
        "h",
        "Tank, in hours of the whole plant at rated power",
        24.0,
        gt=0,
        source="typical 24 to 48 h (Uptime Tier III: 12)",
        confidence="B",
    )
    refuel_h: float = quantity(
        "h",
        "Delivery after an order, median; fuel is ordered when sets are called",
        24.0,
        ge=0,
    )
    refuel_sigma: float = quantity(
        "1",
        "Log-standard deviation of the delivery time",
        0.0,
        ge=0,
        le=3,
        source="assumed: a contract with a fixed time; storms make it longer (grid.storms)",
        span=(0.0, 0.5),
    )
    refuel_failure: float = quantity(
        "1/order",
        "A delivery does not come, and is ordered anew when it should have",
        0.0,
        ge=0,
        le=1,
        source="assumed: nothing is published",
        span=(0.0, 0.2),
    )
    bad_fuel: float = quantity(
        "1/outage",
        "The stored fuel has gone bad, and filters clog in all sets alike",
        0.0,
        ge=0,
        le=1,
        source="assumed: in the published failure rates, if it was counted so",
        span=(0.0, 0.01),
    )
    bad_fuel_hazard: float = quantity(
        "1", "What bad fuel multiplies the hazard of running sets by", 100.0, ge=1
    )


class FuelOrders:
    """Orders of fuel, kept in the plant's state; and whether what is stored is good."""

    def __init__(self, plant: PlantView, spec: Any) -> None:
        self.plant = plant
        self.spec = spec

    def place(self, state: Any, event: str) -> None:
        """Order a full tank, unless a delivery is under way; in a storm it comes later."""
        spec, now = self.spec, self.plant.now
        if state.refuel_s < NEVER:
            return
        state.order_n = state.order_n + 1 if state.order == event else 0
        state.order = event
        wait_h = float(spec.refuel_h)
        if wait_h > 0.0 and spec.refuel_sigma > 0.0:
            wait_h = self.plant.luck.lognormal(
                wait_h, spec.refuel_sigma, "diesel", "delivery time", event, state.order_n
            )
        state.refuel_s = now + self.plant.disturbances.storms.delay_factor(now) * wait_h * 3600.0

    def arrives(self, state: Any) -> bool:
        """Return whether the delivery that is due comes; if not, order anew."""
        state.refuel_s = NEVER
        miss = self.spec.refuel_failure
        if miss > 0.0 and self.plant.luck.happens(
            miss, "diesel", "delivery", state.order, state.order_n
        ):
            self.place(state, state.order)
            return False
        return True

    def hazard_factor(self, outage: str) -> float:
        """Return what the sets' hazard is multiplied by in an outage."""
        bad = self.spec.bad_fuel
        if bad > 0.0 and self.plant.luck.happens(bad, "diesel", "bad fuel", outage):
            return float(self.spec.bad_fuel_hazard)
        return 1.0

    def tank_l(self) -> float:
        """Return the tank's volume, L."""
        spec = self.spec
        per_kw = spec.fuel_l_per_kwh + spec.fuel_l_per_h_per_kw
        return float(spec.tank_h * spec.sets * spec.set_kw * per_kw)
