"""What all storages have in common: place in the tree, size, losses, prices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from components._placement import KWH_J, Placed
from twin.contracts.calendar import YEAR_S
from twin.contracts.parts import Unit
from twin.quantity import quantity
from twin.streams import Luck

Gaps = NDArray[np.float64] | None


class StorageSpec(Placed):
    """Fields of every storage. Losses are per unit of rated power: constant + linear + square."""

    forms: ClassVar[bool] = False
    """Whether a unit on the site bus can be the source of all that hangs there."""

    size_basis: Literal["unit", "site"] = quantity(
        "",
        "Whether energy and power are per unit, or a total that all units share by design load",
        "unit",
    )
    energy_kwh: float = quantity("kWh", "Nameplate energy, new", gt=0)
    power_kw: float = quantity("kW", "Rated AC power of discharging and charging", gt=0)
    soc_low: float = quantity(
        "1",
        "Lowest state of charge, in an outage",
        0.10,
        ge=0,
        lt=1,
        source="NREL-PySAM defaults: outage floor 10 %",
        confidence="A-",
    )
    soc_high: float = quantity(
        "1",
        "Highest state of charge",
        0.95,
        gt=0,
        le=1,
        source="NREL-PySAM defaults: 15 to 95 %",
        confidence="A-",
    )
    start_soc: float | None = quantity(
        "1", "State of charge at the start (left out: soc_high)", None, ge=0, le=1
    )
    restart_share: float = quantity(
        "1",
        "Share of the usable energy from which a storage that has run empty serves again "
        "(a site without other sources: low-voltage reconnection of the loads)",
        0.02,
        gt=0,
        le=0.9,
    )
    black_start_s: float = quantity(
        "s",
        "Time after which a charged storage on the site bus forms a bus that has no source "
        "(after a transfer that failed, or a repair)",
        300.0,
        ge=0,
    )
    discharge_constant_pu: float = quantity(
        "1",
        "Discharge loss, constant part",
        0.005511580,
        ge=0,
        source="Sungrow SC1000TL field fit, simses 2.1.1",
        confidence="A",
    )
    discharge_linear_pu: float = quantity(
        "1",
        "Discharge loss per power (cells)",
        0.0257,
        ge=0,
        source="cell round trip 0.95 at 0.5C (Schimpe et al. 2018): half of it each way",
        confidence="B",
    )
    discharge_square_pu: float = quantity(
        "1",
        "Discharge loss, square part",
        0.018772838,
        ge=0,
        source="Sungrow SC1000TL field fit, simses 2.1.1",
        confidence="A",
    )
    charge_constant_pu: float = quantity(
        "1",
        "Charge loss, constant part",
        0.007701864,
        ge=0,
        source="Sungrow SC1000TL field fit, simses 2.1.1",
        confidence="A",
    )
    charge_linear_pu: float = quantity(
        "1",
        "Charge loss per power (cells)",
        0.0253,
        ge=0,
        source="cell round trip 0.95 at 0.5C (Schimpe et al. 2018): half of it each way",
        confidence="B",
    )
    charge_square_pu: float = quantity(
        "1",
        "Charge loss, square part",
        0.017290859,
        ge=0,
        source="Sungrow SC1000TL field fit, simses 2.1.1",
        confidence="A",
    )
    auxiliary_w_per_kwh: float = quantity(
        "W/kWh",
        "Auxiliaries (thermal management, controls)",
        1.0,
        ge=0,
        source="liquid-cooled 5 MWh containers 2 to 5 kW idle",
        confidence="C",
    )
    self_discharge_per_month: float = quantity(
        "1/month",
        "Self-discharge",
        0.01,
        ge=0,
        le=0.2,
        source="LFP datasheets <= 3 % a month",
        confidence="C",
    )
    cell_temperature_c: float = quantity(
        "degC", "Mean temperature of the cells", 25.0, ge=-10, le=60
    )
    end_of_life_soh: float = quantity(
        "1",
        "Health at which the cells are replaced",
        0.7,
        gt=0,
        lt=1,
        source="NREL-PySAM defaults: 70 %",
        confidence="A",
    )
    ageing: Literal["naumann", "none"] = quantity(
        "",
        "Ageing model",
        "naumann",
        source="Naumann et "
        "al. 2018, J. Energy Storage 17, 153-169 and 2020, J. Power Sources 451, 227666",
    )
    switch_failure: float = quantity(
        "1/demand",
        "Static switch, or transfer, fails on demand",
        1e-3,
        ge=0,
        le=1,
        source="assumed, 1e-4 to 1e-2; sweep",
        confidence="C",
        span=(1e-4, 1e-2),
    )
    takeover_failure: float = quantity(
        "1/demand",
        "Battery string or converter fails when it must take over",
        1e-3,
        ge=0,
        le=1,
        source="assumed, 1e-4 to 1e-2; sweep",
        confidence="C",
        span=(1e-4, 1e-2),
    )
    repair_law: Literal["lognormal", "exponential", "fixed"] = quantity(
        "", "Law of repair times", "lognormal"
    )
    repair_sigma: float = quantity(
        "1", "Log-standard deviation of lognormal repairs", 1.0, ge=0, le=3
    )
    fire_per_mwh_year: float = quantity(
        "1/(MWh yr)",
        "Serious incidents (fire)",
        1e-4,
        ge=0,
        le=1,
        source="EPRI/PNNL/TWAICE May 2024: 0.2 per GW deployed in 2023, at 2 h",
        confidence="A-",
        span=(5e-5, 5e-4),
    )
    fire_repair_days: float = quantity("d", "Compartment out of service after a fire", 21.0, ge=0)
    fire_destroys_gpu_share: float = quantity(
        "1",
        "Share of the GPUs of the unit's pods that a fire destroys (units in the hall)",
        1.0,
        ge=0,
        le=1,
    )
    capex_usd_per_kwh: float = quantity("USD/kWh", "Installed cost per nameplate energy", ge=0)
    capex_usd_per_kw: float = quantity("USD/kW", "Installed cost per rated power", 0.0, ge=0)
    om_share_per_year: float = quantity(
        "1/yr",
        "Fixed O&M as a share of capex",
        0.025,
        ge=0,
        le=1,
        source="ATB 2.5 % (ReEDS inputs); REopt 2.5 %",
        confidence="A",
    )
    life_years: float = quantity("yr", "Life of the power electronics and structure", 15.0, gt=0)
    cell_life_years: float = quantity(
        "yr", "Calendar life of the cells, whatever their health", 15.0, gt=0
    )
    replacement_usd_per_kwh: float = quantity(
        "USD/kWh",
        "Replacement of the cells",
        100.0,
        ge=0,
        source="SAM 252-280 (US); BNEF pack trend",
        confidence="A-",
    )
    end_of_life_usd_per_kwh: float = quantity("USD/kWh", "Disposal at the end of life", 5.0, ge=0)

    def unit_rating(self, unit: Unit, total_load_w: float) -> tuple[float, float]:
        """Return (nameplate J, rated W) of a unit, or of the units combined on its bus."""
        if self.size_basis == "site":
            share = unit.load_w / total_load_w
            return self.energy_kwh * KWH_J * share, self.power_kw * 1e3 * share
        size = unit.count * unit.scale
        return self.energy_kwh * KWH_J * size, self.power_kw * 1e3 * size

    def price_usd(self, nameplate_j: float, power_w: float) -> float:
        """Return the installed cost of a unit, USD."""
        kwh, kw = nameplate_j / KWH_J, power_w / 1e3
        return kwh * self.capex_usd_per_kwh + kw * self.capex_usd_per_kw

    def firm_w(self, unit: Unit, power_w: float) -> float:
        """Return what a unit of rating `power_w` can give with its redundant part failed, W."""
        del unit
        return power_w

    def reserve_soc(self) -> float:
        """Return the state of charge kept for outages."""
        return self.soc_low

    def warnings(self, context: Any) -> Iterator[str]:
        """Yield what does not go together among the states of charge."""
        del context
        if self.soc_low >= self.soc_high:
            yield (
                f"soc_low = {self.soc_low:g} is not below soc_high = {self.soc_high:g}, so no energy "
                "is usable; lower soc_low"
            )
            return
        start, keep = self.start_soc, self.reserve_soc()
        if start is not None and not self.soc_low <= start <= self.soc_high:
            yield (
                f"start_soc = {start:g} lies outside of soc_low = {self.soc_low:g} and soc_high = "
                f"{self.soc_high:g}; choose one in between"
            )
        if keep < self.soc_low:
            yield (
                f"reserve = {keep:g} lies below soc_low = {self.soc_low:g}, so nothing is kept for "
                f"outages; raise reserve above {self.soc_low:g}"
            )
        if keep >= self.soc_high and getattr(self, "trades", False):
            yield (
                f"reserve = {keep:g} is not below soc_high = {self.soc_high:g}, so nothing is left to "
                "trade with; lower reserve or set trades = false"
            )

    def standby_w(self, power_w: float) -> float:
        """Return the standby loss of the power electronics, W."""
        return 0.0

    def row_fields(self, nameplate_j: float, power_w: float) -> dict[str, Any]:
        """Return the parameters of the bus that carries a unit."""
        return {
            "has_storage": 1,
            "forms": int(self.forms),
            "trades": int(getattr(self, "trades", False)),
            "nameplate_j": nameplate_j,
            "soc_low": self.soc_low,
            "soc_high": self.soc_high,
            "reserve_j": max(0.0, self.reserve_soc() - self.soc_low) * nameplate_j,
            "restart_share": self.restart_share,
            "discharge_a": self.discharge_constant_pu * power_w,
            "discharge_b": self.discharge_linear_pu,
            "discharge_c": self.discharge_square_pu / power_w,
            "charge_a": self.charge_constant_pu * power_w,
            "charge_b": self.charge_linear_pu,
            "charge_c": self.charge_square_pu / power_w,
            "standby_w": self.standby_w(power_w) + self.auxiliary_w_per_kwh * nameplate_j / KWH_J,
            "self_discharge_w": self.self_discharge_per_month * nameplate_j / (YEAR_S / 12),
            "cell_temperature_k": self.cell_temperature_c + 273.15,
            "end_of_life_soh": self.end_of_life_soh,
            "ages": int(self.ageing != "none"),
        }

    def input_fields(self, nameplate_j: float, power_w: float) -> dict[str, float]:
        """Return the ratings in force while everything is well."""
        return {"discharge_w": power_w, "charge_w": power_w, "recharge_w": power_w}

    def stages(self, power_w: float, count: int) -> list[tuple[str, float, float, float]]:
        """Return series stages the unit puts into the path: (name, a W, b, c 1/W)."""
        return []

    def gaps_s(self, luck: Luck, keys: NDArray[np.uint64], event: str) -> Gaps:
        """Return how long each unit's load sees a disturbance, s, shape (n,); None for no gap.

        Parameters
        ----------
        luck, keys, event
            The replication's luck, the keys of the units' names, the disturbance.
        """
        return None

    @property
    def longest_gap_s(self) -> float:
        """Longest time for which a load can see a disturbance, s."""
        return 0.0

    @property
    def regulates_above_pu(self) -> float:
        """Voltage at the connection from which a unit regulates a sag away without its battery, pu."""
        return math.inf

    @property
    def return_delay_s(self) -> float:
        """Time from a good supply to the closing of the breaker, s."""
        return 0.0

    @property
    def has_static_switch(self) -> bool:
        """Whether a static switch of its own stands in the load's path."""
        return False

    @property
    def hides_faults(self) -> bool:
        """Whether units may have faults that only a test or a demand finds."""
        return False

    @property
    def has_bypass(self) -> bool:
        """Whether a unit that cannot carry its load leaves it on the mains instead of a dead bus."""
        return False

    def share_left(self, unit: Unit, failed: int) -> float:
        """Return the share of a unit's ratings that is left with so many failed modules."""
        return 1.0

    @property
    def fire_takes_bus(self) -> bool:
        """Whether a fire takes the bus down: it does where the load hangs on the unit, or beside it."""
        return self.level == "pod"

    def burnt_kwh(self, nameplate_kwh: float) -> float:
        """Return the energy that one fire destroys, kWh."""
        return nameplate_kwh
