"""The diesel plant: parameters of its sets, their starting, loading, failing, fuel and cost."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from components._diesel_fuel import FuelSpec
from components._diesel_plant import DieselPlant
from components._diesel_quality import filled, origin
from components._diesel_upkeep import overlap
from twin.contracts.parts import PlantView
from twin.quantity import quantity
from twin.registry import register


@register("diesel")
class DieselSpec(FuelSpec):
    """Standby generator sets."""

    recharge: bool = quantity("", "Storage may recharge from diesel", False)
    start: Literal["loss", "low_charge"] = quantity(
        "",
        "When sets are called: as soon as there is no utility, or when the storages that carry the "
        "site meanwhile are low (cycle charging, as HOMER calls it)",
        "loss",
    )
    start_below: float = quantity(
        "1",
        "State of charge of any storage at which sets are called, with start = low_charge",
        0.3,
        ge=0,
        le=1,
        source="assumed: between the 10 % of a battery maker's example (Discover Energy Systems, Lynk "
        "II manual) and what leaves an hour for a set that does not start",
        confidence="C",
    )
    stop_above: float = quantity(
        "1",
        "State of charge of all storages at which the sets stop again, with start = low_charge",
        0.8,
        ge=0,
        le=1,
        source="assumed: HOMER's set point for cycle charging; 70 % in the Lynk II manual",
        confidence="C",
    )
    call_sets: int | None = quantity(
        "sets",
        "Sets that are started at a call, the others replace those that fail (left out: all)",
        None,
        ge=1,
        source="none needed",
    )
    capex_usd_per_kw: float = quantity(
        "USD/kW",
        "Installed cost",
        650.0,
        ge=0,
        source="REopt.jl: 650 outage only (350 to 900)",
        confidence="A",
    )
    om_usd_per_kw_year: float = quantity(
        "USD/(kW yr)", "Fixed O&M, tests included", 20.0, ge=0, source="REopt.jl", confidence="A"
    )
    wear_usd_per_kw_h: float = quantity(
        "USD/(kW h)",
        "Maintenance and overhaul per running hour and rated power",
        0.0,
        ge=0,
        source="assumed: standby sets run for hours a year, all of it in the fixed O&M; sets that run "
        "every day 0.01 to 0.04",
    )
    life_years: float = quantity("yr", "Life", 25.0, gt=0)
    floor_m2_per_kw: float = quantity(
        "m2/kW",
        "Yard space",
        0.025,
        ge=0,
        source="2.5 MW container with access: 25 m2/MW",
        confidence="C",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        return filled(data)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.stop_above <= self.start_below:
            raise ValueError(
                f"stop_above ({self.stop_above:g}) must lie above start_below "
                f"({self.start_below:g})"
            )
        if self.call_sets is not None and 0 < self.sets < self.call_sets:
            raise ValueError(f"call_sets ({self.call_sets}) exceeds sets ({self.sets})")
        if self.parallel_min_s > self.parallel_max_s:
            raise ValueError(
                f"parallel_min_s ({self.parallel_min_s:g}) lies above parallel_max_s "
                f"({self.parallel_max_s:g})"
            )
        if self.load_steps != sorted(self.load_steps):
            raise ValueError(f"load_steps ({self.load_steps}) must not fall")
        problem = overlap(self)
        if problem:
            raise ValueError(problem)
        return self

    def source_of(self, key: str) -> tuple[str, str] | None:
        """Return source and confidence of a figure that the quality of the sets has filled in."""
        return origin(self, key)

    def build(self, plant: PlantView) -> None:
        """Add the plant."""
        if self.sets:
            plant.add(DieselPlant(plant, self))
