"""The diesel plant: parameters of its sets, their starting, loading, failing, fuel and cost."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from components._diesel_plant import DieselPlant
from twin.contracts.parts import PlantView
from twin.quantity import Spec, quantity
from twin.registry import register


@register("diesel")
class DieselSpec(Spec):
    """Standby generator sets."""

    sets: int = quantity("sets", "Number of sets", ge=0, le=200)
    set_kw: float = quantity("kW", "Rated power of a set", gt=0)
    confirm_s: float = quantity(
        "s",
        "The supply must be away for so long before sets are called",
        3.0,
        ge=0,
        source="common ATS/PLC setting, 1 to 10 s",
        confidence="C",
    )
    start_median_s: float = quantity(
        "s",
        "Start to rated voltage and speed, median",
        9.0,
        ge=0,
        source="NFPA 110 Type 10: 10 s limit",
        confidence="A-",
    )
    start_sigma: float = quantity(
        "1",
        "Log-standard deviation of the start time",
        0.15,
        ge=0,
        le=2,
        source="NFPA 110 Type 10: 10 s limit",
        confidence="A-",
    )
    availability: float = quantity(
        "1",
        "Probability that a set is not in maintenance when called",
        0.995,
        ge=0,
        le=1,
        source="REopt.jl backup_reliability.jl",
        confidence="A",
    )
    failure_to_start: float = quantity(
        "1/demand",
        "Failure to start that no further cranking cures",
        0.0094,
        ge=0,
        le=1,
        source="REopt.jl backup_reliability.jl",
        confidence="A",
        span=(0.0013, 0.02),
    )
    crank_miss: float = quantity(
        "1/attempt", "A cranking attempt misses, the next may succeed", 0.02, ge=0, le=1
    )
    attempts: int = quantity("attempts", "Cranking attempts before a set gives up", 3, ge=1, le=10)
    retry_s: float = quantity("s", "Cranking and rest before the next attempt", 15.0, ge=0)
    parallel_min_s: float = quantity(
        "s",
        "Synchronizing a further set, shortest",
        1.0,
        ge=0,
        source="assumed: whole plant 30 to 60 s",
        confidence="C",
    )
    parallel_max_s: float = quantity(
        "s",
        "Synchronizing a further set, longest",
        4.0,
        ge=0,
        source="assumed: whole plant 30 to 60 s",
        confidence="C",
    )
    load_steps: list[float] = quantity(
        "1",
        "Share of rating a set has accepted after each step",
        [0.5, 0.75, 1.0],
        min_length=1,
        source="ISO 8528-5:2018 G3 turbo-diesel: 50/25/25 %, cited from memory; verify",
        confidence="B",
    )
    load_step_s: float = quantity(
        "s",
        "Time between load steps",
        5.0,
        ge=0,
        source="ISO 8528-5:2018, cited from memory; verify",
        confidence="B",
    )
    mttf_h: float = quantity(
        "h",
        "Mean running time to failure",
        1100.0,
        gt=0,
        source="REopt.jl backup_reliability.jl",
        confidence="A",
        span=(69.0, 1662.0),
    )
    hazard: Literal["continuous", "per_hour"] = quantity(
        "",
        "Failure while running: exponential, or "
        "decided at the start of each whole hour with probability 1/MTTF",
        "continuous",
    )
    repair_median_h: float = quantity(
        "h",
        "Repair, median",
        18.0,
        ge=0,
        source="Ericson & Olis 2019, "
        "NREL/TP-6A50-72509 (mean 37 h); Gold Book 18.28 h; cited from memory",
        confidence="B",
    )
    repair_sigma: float = quantity(
        "1",
        "Log-standard deviation of the repair",
        1.0,
        ge=0,
        le=3,
        source="Ericson & Olis 2019",
        confidence="B",
    )
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
        "h", "Delivery after an order; fuel is ordered when sets are called", 24.0, ge=0
    )
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

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.stop_above <= self.start_below:
            raise ValueError(
                f"stop_above ({self.stop_above:g}) must lie above start_below "
                f"({self.start_below:g})"
            )
        if self.call_sets is not None and 0 < self.sets < self.call_sets:
            raise ValueError(f"call_sets ({self.call_sets}) exceeds sets ({self.sets})")
        return self

    def build(self, plant: PlantView) -> None:
        """Add the plant."""
        if self.sets:
            plant.add(DieselPlant(plant, self))
