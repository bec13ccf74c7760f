"""Battery storage with its own converter, beside the load: it can trade, and rides through.

Coupling decides what the load sees of a disturbance. With ``parallel_static_switch`` the load hangs
on the mains through a static switch and sees the sag until the switch has opened; with ``rack_dc``
the battery sits on the rack's DC bus and takes over within the hold-up of the supplies.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from components._bess_unit import BessUnit
from components._placement import KWH_J
from components._storage import Gaps, StorageSpec
from components._units import build_units
from twin.contracts.parts import PlantView, Unit
from twin.quantity import quantity
from twin.registry import register
from twin.streams import Luck


@register("storage", "bess")
class BessSpec(StorageSpec):
    """A battery energy storage system (LFP), two hours by default."""

    forms: ClassVar[bool] = True

    coupling: Literal["parallel_static_switch", "rack_dc"] = quantity(
        "", "How the storage is coupled", "parallel_static_switch"
    )
    trades: bool = quantity("", "Whether it may trade (time of use, peak shaving)", True)
    reserve: float = quantity(
        "1",
        "State of charge kept for outages, never sold",
        0.3,
        ge=0,
        le=1,
        source="project study variable, 0.1 to 0.9; 0.3 is 24 min of rated power for 2 h",
        confidence="C",
    )
    detection_min_s: float = quantity("s", "Detection of a disturbance, shortest", 0.002, ge=0)
    detection_max_s: float = quantity(
        "s", "Detection of a disturbance, longest", 0.004, ge=0, span=(0.002, 0.006)
    )
    commutation_max_s: float = quantity(
        "s",
        "Commutation of the thyristors: up to half a cycle, depending on the point on wave",
        0.010,
        ge=0,
        span=(0.005, 0.010),
    )
    commutation_shared: bool = quantity(
        "",
        "All units meet the same point on wave (they hang on one "
        "bus); false draws it for each unit",
        True,
    )
    stable_s: float = quantity(
        "s", "Supply must be stable for so long before resynchronization", 20.0, ge=0
    )
    resync_s: float = quantity("s", "Resynchronization and closing of the switch", 10.0, ge=0)
    hot_standby_pu: float = quantity(
        "1",
        "Standby loss of the hot converter, per rated power",
        0.0066,
        ge=0,
        le=0.1,
        source="no-load loss of the Sungrow SC1000TL fits, 0.55 to 0.77 %",
        confidence="A",
    )
    pcs_fault_per_year: float = quantity(
        "1/yr",
        "Faults of a unit's converter",
        0.1,
        ge=0,
        source="engineering; PV inverter experience (MTBF about 88,000 h)",
        confidence="C",
    )
    rack_fault_per_year: float = quantity(
        "1/yr",
        "Faults per battery rack (contactor, sensor, its own electronics)",
        0.015,
        ge=0,
        source="engineering: 0.02 a rack, the BMS included; a quarter of it is counted in "
        "bms_fault_per_year instead",
        confidence="C",
    )
    rack_kwh: float = quantity(
        "kWh", "Energy of a rack; losing one takes the unit out in this model", 215.0, gt=0
    )
    repair_h: float = quantity(
        "h",
        "Mean repair time of converters and racks",
        24.0,
        ge=0,
        source="engineering, 4 to 120 h",
        confidence="C",
    )
    bms_fault_per_year: float = quantity(
        "1/yr",
        "Faults of a unit's controller (BMS), which stop the whole unit whatever its modules",
        0.02,
        ge=0,
        source="assumed: the quarter of 0.02 a rack that rack_fault_per_year leaves out, for the four "
        "racks of 920 kWh; nobody has published how often controllers trip; sweep",
        confidence="D",
        span=(0.005, 0.5),
    )
    bms_repair_h: float = quantity(
        "h",
        "Mean time until a controller works again",
        4.0,
        ge=0,
        source="assumed: mostly a reset, at times a board or new firmware",
        confidence="D",
        span=(0.5, 24.0),
    )
    latent_share: float = quantity(
        "1",
        "Share of these faults that only a test or a demand finds",
        0.1,
        ge=0,
        le=1,
        source="assumed, 0 to 0.5; sweep",
        confidence="C",
        span=(0.0, 0.5),
    )
    test_days: float = quantity(
        "d",
        "Interval of the tests that find them (a unit that trades shows most of them itself)",
        30.0,
        gt=0,
        source="assumed: monthly, as that of diesel sets",
        confidence="C",
    )
    maintenance_per_year: float = quantity(
        "1/yr",
        "Planned maintenance, put off while anything is wrong with the grid (none without one)",
        1.0,
        ge=0,
        le=365,
        source="assumed: yearly",
        confidence="C",
    )
    maintenance_h: float = quantity(
        "h", "Length of that: the unit is out", 8.0, gt=0, le=720, source="assumed", confidence="C"
    )
    early_life_factor: float = quantity(
        "1",
        "Serious incidents are so many times as frequent in the first years of a unit",
        3.0,
        ge=1,
        source="EPRI 2024: the first two years hold 72 % of incidents (truedigitalspro.com); 2 to 5",
        confidence="A-",
    )
    early_life_years: float = quantity("yr", "Length of that", 2.0, ge=0)
    capex_usd_per_kwh: float = quantity(
        "USD/kWh",
        "Installed cost per nameplate energy",
        130.0,
        ge=0,
        source="100 pack and enclosure + 30 balance of system and indoor fire protection; with the "
        "converter 180 USD/kWh at two hours (110 to 350; Ember 125, ATB US 466)",
        confidence="C",
        span=(60.0, 300.0),
    )
    capex_usd_per_kw: float = quantity(
        "USD/kW",
        "Installed cost per rated power: the converter",
        100.0,
        ge=0,
        source="50 USD per kWh of a two-hour unit",
        confidence="C",
    )
    switch_usd_per_kw: float = quantity(
        "USD/kW", "Static switch (parallel_static_switch only)", 30.0, ge=0
    )
    rectifier_usd_per_kw: float = quantity(
        "USD/kW",
        "Share of the racks' rectifiers that charging takes (rack_dc only)",
        100.0,
        ge=0,
        source="assumed, 50 to 200",
        confidence="D",
    )
    switch_constant_pu: float = quantity("1", "Static switch loss, constant part", 0.0, ge=0)
    switch_linear_pu: float = quantity(
        "1", "Static switch loss per power", 0.005, ge=0, source="assumed: 0.995", confidence="C"
    )

    modules: int = quantity(
        "modules",
        "Converters with their racks, side by side in a unit: a fault takes one of them out",
        1,
        ge=1,
        source="assumed: one converter a pod; large units are built of many",
        confidence="C",
    )
    fire_kwh: float = quantity(
        "kWh",
        "Energy that one fire destroys at most: a container or room of its own",
        5000.0,
        gt=0,
        source="20-ft container of 5 MWh, which tests of the kind of UL 9540A keep to itself",
        confidence="C",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        low, high = self.detection_min_s, self.detection_max_s
        if low > high:
            raise ValueError(f"detection_min_s ({low:g}) lies above detection_max_s ({high:g})")
        return self

    @property
    def has_static_switch(self) -> bool:
        """Whether the load hangs on the mains through a static switch."""
        return self.coupling == "parallel_static_switch"

    def price_usd(self, nameplate_j: float, power_w: float) -> float:
        """Return the installed cost of a unit with its coupling to the load, USD."""
        coupling = self.switch_usd_per_kw if self.has_static_switch else self.rectifier_usd_per_kw
        return super().price_usd(nameplate_j, power_w) + power_w / 1e3 * coupling

    def reserve_soc(self) -> float:
        """Return the state of charge kept for outages."""
        return self.reserve

    def standby_w(self, power_w: float) -> float:
        """Return the hot-standby loss, W."""
        return self.hot_standby_pu * power_w

    def stages(self, power_w: float, count: int) -> list[tuple[str, float, float, float]]:
        """Return the static switch's loss stage."""
        if self.coupling == "rack_dc":
            return []
        return [("static_switch", self.switch_constant_pu * power_w, self.switch_linear_pu, 0.0)]

    def modules_of(self, unit: Unit) -> int:
        """Return the converters on one bus."""
        return self.modules * unit.count

    def fault_rate(self, unit: Unit, failed: int) -> float:
        """Return the fault rate of the modules on one bus, 1/yr."""
        modules = self.modules_of(unit)
        racks = max(1.0, round(unit.nameplate_j / KWH_J / modules / self.rack_kwh))
        each = self.pcs_fault_per_year + racks * self.rack_fault_per_year
        return (modules - failed) * each

    @property
    def hides_faults(self) -> bool:
        """Whether units may have hidden faults."""
        return self.latent_share > 0.0

    def stop_rate(self, unit: Unit) -> float:
        """Return the rate of faults that stop a converter with its racks, 1/yr."""
        return self.fault_rate(unit, 0) / self.modules_of(unit) + self.bms_fault_per_year

    def stop_repair_h(self, unit: Unit) -> float:
        """Return the mean repair time of the faults that stop a converter with its racks, h."""
        controller, rate = self.bms_fault_per_year, self.stop_rate(unit)
        if rate <= 0.0:
            return self.repair_h
        return ((rate - controller) * self.repair_h + controller * self.bms_repair_h) / rate

    def healthy(self, unit: Unit, failed: int) -> bool:
        """Return whether the remaining modules can serve: a single pod only as a whole."""
        if failed == 0:
            return True
        left = self.share_left(unit, failed)
        return left > 0.0 and (len(unit.pods) > 1 or left * unit.power_w >= unit.load_w)

    def share_left(self, unit: Unit, failed: int) -> float:
        """Return the share of the ratings that the remaining modules have.

        What the failed ones hold still counts as stored: they come back with it.
        """
        return 1.0 - min(failed, self.modules_of(unit)) / self.modules_of(unit)

    def gaps_s(self, luck: Luck, keys: NDArray[np.uint64], event: str) -> Gaps:
        """Return detection and commutation of the static switches, s (None on a DC bus)."""
        if self.coupling == "rack_dc":
            return None
        spread_s = self.detection_max_s - self.detection_min_s
        detect_s = self.detection_min_s + spread_s * luck.uniforms(keys, "detection", event)
        if self.commutation_shared:
            return detect_s + self.commutation_max_s * luck.uniform("point on wave", event)
        return detect_s + self.commutation_max_s * luck.uniforms(keys, "commutation", event)

    @property
    def longest_gap_s(self) -> float:
        """Longest time for which a load can see a disturbance, s."""
        if self.coupling == "rack_dc":
            return 0.0
        return self.detection_max_s + self.commutation_max_s

    @property
    def return_delay_s(self) -> float:
        """Time from a good supply to the closing of the static switch, s."""
        return 0.0 if self.coupling == "rack_dc" else self.stable_s + self.resync_s

    def burnt_kwh(self, nameplate_kwh: float) -> float:
        """Return the energy that one fire destroys, kWh."""
        return min(nameplate_kwh, self.fire_kwh)

    def build(self, plant: PlantView) -> None:
        """Add the units and their protection."""
        build_units(self, plant, BessUnit)
