"""Central UPS: blocks of N+1 modules with one battery string each block.

The load never sees the mains while enough modules run. A block that has lost more modules than it can
spare transfers to bypass, and its load then sees every disturbance. On each demand the battery string
may fail; the block then falls back to bypass at the worst moment.

In eco mode (``coupling = "eco"``) the load runs on the bypass, which loses less, and the inverter
takes over within milliseconds when the mains go bad. A line-interactive UPS (``"line_interactive"``)
does so too, but holds up shallow sags with the taps of an autotransformer, without its battery.
"""

from __future__ import annotations

import math
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from components._storage import Gaps, StorageSpec
from components._units import build_units
from components._ups_unit import UpsUnit
from twin.contracts.parts import PlantView, Unit
from twin.quantity import quantity
from twin.registry import register
from twin.streams import Luck

TRANSFER_S = {"eco": (0.002, 0.004), "line_interactive": (0.002, 0.006)}
"""Usual transfer times, shortest and longest, s; data sheets."""


@register("storage", "ups")
class UpsSpec(StorageSpec):
    """Double-conversion UPS blocks."""

    level: Literal["site", "block", "pod"] = quantity("", "One UPS per site, block or pod", "block")
    coupling: Literal["series", "eco", "line_interactive"] = quantity(
        "",
        "Double conversion in series (no gap), eco mode (the load on the bypass), or line-interactive "
        "(the load on the mains, which an autotransformer holds up in shallow sags)",
        "series",
    )
    transfer_min_s: float | None = quantity(
        "s", "Eco and line-interactive: transfer to the inverter, shortest (left out: 2 ms)", None,
        ge=0, le=1, source="data sheets of eco mode: 2 to 4 ms, up to 10 ms; line-interactive: 2 to "
        "4 ms (serverroomenvironments.co.uk), 2 to 8 ms (j-sales.org)", confidence="C")  # fmt: skip
    transfer_max_s: float | None = quantity(
        "s", "Eco and line-interactive: transfer to the inverter, longest (left out: 4 ms for eco, "
        "6 ms for line-interactive)", None, ge=0, le=1,
        source="data sheets, as the shortest; up to 10 ms", confidence="C")  # fmt: skip
    regulates_from_pu: float = quantity(
        "1", "Line-interactive: voltage from which sags are regulated away without the battery, pu",
        0.75, gt=0, le=1,
        source="assumed, 0.7 to 0.85; +-10 % at the output for 30 % at the input (powerinspired.co.uk)",
        confidence="C")  # fmt: skip
    energy_kwh: float = quantity("kWh", "Nameplate energy of a block's strings, new", gt=0)
    power_kw: float = quantity("kW", "Rated output of one module", 500.0, gt=0)
    modules: int = quantity("modules", "Modules in a block, the redundant one included", ge=1)
    constant_pu: float = quantity(
        "1",
        "Conversion loss, constant part",
        0.006,
        ge=0,
        source="fit to 97 % class (2020+ three-level): 96.4/97.2/97.2/97.1 % at 25/50/75/100 %; eco "
        "mode 0.003, 0.002, 0.004 (98.5/99.0/99.1/99.1 %); line-interactive 98 % "
        "(powerinspired.co.uk), 0.004, 0.006, 0.008 assumed",
        confidence="C",
    )
    linear_pu: float = quantity(
        "1", "Conversion loss per power", 0.010, ge=0, source="fit to 97 % class", confidence="C"
    )
    square_pu: float = quantity(
        "1", "Conversion loss, square part", 0.014, ge=0, source="fit to 97 % class", confidence="C"
    )
    discharge_constant_pu: float = quantity("1", "Discharge loss, constant part", 0.003, ge=0)
    discharge_linear_pu: float = quantity(
        "1", "Discharge loss per power (cells and inverter)", 0.045, ge=0
    )
    discharge_square_pu: float = quantity("1", "Discharge loss, square part", 0.007, ge=0)
    soc_low: float = quantity("1", "Lowest state of charge", 0.05, ge=0, lt=1)
    soc_high: float = quantity("1", "Float state of charge", 1.0, gt=0, le=1)
    recharge_h: float = quantity(
        "h",
        "Recharge time of an empty battery",
        1.0,
        gt=0,
        source="assumed: about ten times the discharge time",
        confidence="C",
    )
    trades: Literal[False] = quantity("", "A UPS battery does not trade", False)
    walk_in_s: float = quantity(
        "s",
        "Rectifier walk-in after the supply is back",
        20.0,
        ge=0,
        source="assumed, 10 to 30 s",
        confidence="C",
    )
    module_mtbf_h: float = quantity(
        "h",
        "MTBF of a module",
        125_000.0,
        gt=0,
        source="Kohler Uninterruptible Power: single UPS about 125,000 h",
        confidence="A-",
    )
    repair_h: float = quantity(
        "h",
        "Mean repair time of a module",
        6.0,
        ge=0,
        source="0.5 (hot swap) to 24 h",
        confidence="C",
    )
    common_cause: float = quantity(
        "1", "Share of a module's faults that stop all modules of its block at once (beta factor)",
        0.05, ge=0, le=1,
        source="IEC 61508-6 annex D, 0.02 to 0.1, cited from memory; verify",
        confidence="B")  # fmt: skip
    bypass_fault_per_year: float = quantity(
        "1/yr", "Faults of a block's bypass: there is nothing to fall back to", 0.0077, ge=0,
        source="IEEE Std 493-2007, static switch, cited from memory; verify",
        confidence="B")  # fmt: skip
    bypass_repair_h: float = quantity(
        "h", "Mean repair of that", 6.0, gt=0,
        source="IEEE Std 493-2007, static switch, cited from memory; verify",
        confidence="B")  # fmt: skip
    strings: int = quantity("", "Battery strings of a block", 2, ge=1, le=100)
    strings_needed: int = quantity("", "Strings without which a block cannot carry its load", 2, ge=1,
        le=100, source="assumed: none to spare", confidence="C")  # fmt: skip
    string_fault_per_year: float = quantity(
        "1/yr", "Faults of a string that stay hidden until it is tested or needed", 0.01, ge=0,
        source="assumed, 0.002 to 0.05; sweep", confidence="C")  # fmt: skip
    string_test_days: float = quantity("d", "Time between tests of the strings", 90.0, gt=0,
        source="assumed: quarterly", confidence="C")  # fmt: skip
    string_repair_h: float = quantity("h", "Mean time to replace a string found faulty", 24.0, ge=0)
    maintenance_per_year: float = quantity(
        "1/yr", "Maintenance of a block, on bypass; postponed while anything is wrong", 1.0, ge=0,
        le=52, source="assumed: once a year", confidence="C")  # fmt: skip
    maintenance_h: float = quantity("h", "Length of that", 4.0, gt=0, le=168)
    shared_fault_per_year: float = quantity(
        "1/yr",
        "Faults of what all blocks share (medium-voltage bus, room, controls), taking all down",
        0.00949,
        ge=0,
        source="IEEE Std 493-2007, LV switchgear bare bus, cited from memory; verify",
        confidence="B",
    )
    shared_repair_h: float = quantity(
        "h",
        "Mean repair of that",
        7.29,
        ge=0,
        source="IEEE Std 493-2007, cited from memory; verify",
        confidence="B",
    )
    capex_usd_per_kwh: float = quantity("USD/kWh", "Installed cost per nameplate energy", 0.0, ge=0)
    capex_usd_per_kw: float = quantity(
        "USD/kW",
        "Installed cost per rated output, 5 min battery included",
        300.0,
        ge=0,
        source="engineering, 150 to 500",
        confidence="C",
        span=(150.0, 500.0),
    )
    om_share_per_year: float = quantity("1/yr", "Fixed O&M as a share of capex", 0.03, ge=0, le=1)
    cell_life_years: float = quantity(
        "yr",
        "Calendar life of the cells",
        12.0,
        gt=0,
        source="assumed: Li 12 to 15 years, VRLA 5 to 8",
        confidence="C",
    )
    replacement_usd_per_kwh: float = quantity(
        "USD/kWh", "Replacement of the cells (high-rate)", 250.0, ge=0
    )
    floor_m2_per_kwh: float = quantity(
        "m2/kWh", "Floor space per nameplate energy (it is in that of the output)", 0.0, ge=0
    )
    floor_m2_per_kw: float = quantity(
        "m2/kW",
        "Floor space per rated output",
        0.012,
        ge=0,
        source="indoor LFP UPS cabinets, 5 min: 12 m2/MW (6 to 25)",
        confidence="C",
    )

    @model_validator(mode="after")
    def _strings_fit(self) -> Self:
        if self.strings_needed > self.strings:
            raise ValueError(
                f"strings_needed = {self.strings_needed} is more than strings = {self.strings}"
            )
        return self

    def unit_rating(self, unit: Unit, total_load_w: float) -> tuple[float, float]:
        """Return (nameplate J, rated W) of a block."""
        nameplate_j, _ = super().unit_rating(unit, total_load_w)
        return nameplate_j, self.module_w(unit, total_load_w) * self.modules_of(unit)

    def modules_of(self, unit: Unit) -> int:
        """Return the modules of a block; a smaller block needs fewer, but is as redundant."""
        if unit.scale == 1.0:
            return self.modules * unit.count
        return max(1, math.ceil((self.modules - 1) * unit.scale)) + 1

    def module_w(self, unit: Unit, total_load_w: float) -> float:
        """Return the rated output of a module, W."""
        share = unit.load_w / total_load_w if self.size_basis == "site" else 1.0
        return self.power_kw * 1e3 * share

    def firm_w(self, unit: Unit, power_w: float) -> float:
        """Return what a block can give with one of its modules failed, if it has several, W."""
        n = self.modules_of(unit)
        return power_w * (n - 1) / n if n > 1 else power_w

    def input_fields(self, nameplate_j: float, power_w: float) -> dict[str, float]:
        """Return the ratings: discharge at full output, recharge over hours."""
        recharge = nameplate_j / (self.recharge_h * 3600.0)
        return {"discharge_w": power_w, "charge_w": recharge, "recharge_w": recharge}

    def stages(self, power_w: float, count: int) -> list[tuple[str, float, float, float]]:
        """Return the double-conversion stage."""
        return [("ups", self.constant_pu * power_w, self.linear_pu, self.square_pu / power_w)]

    def gaps_s(self, luck: Luck, keys: NDArray[np.uint64], event: str) -> Gaps:
        """Return the transfer times, s (None for double conversion)."""
        if self.coupling == "series":
            return None
        low_s, high_s = self.transfer_s
        return low_s + (high_s - low_s) * luck.uniforms(keys, "transfer", event)

    def stands(self) -> str:
        """Return where the blocks stand: never in the yard, unless it is said."""
        return self.place or ("hall" if self.level == "pod" else "room")

    @property
    def longest_gap_s(self) -> float:
        """Longest time for which a load can see a disturbance, s."""
        return 0.0 if self.coupling == "series" else max(self.transfer_s)

    @property
    def transfer_s(self) -> tuple[float, float]:
        """Shortest and longest transfer to the inverter, s."""
        low, high = TRANSFER_S["eco" if self.coupling == "eco" else "line_interactive"]
        given_low, given_high = self.transfer_min_s, self.transfer_max_s
        return (
            low if given_low is None else given_low,
            high if given_high is None else given_high,
        )

    @property
    def regulates_above_pu(self) -> float:
        """Voltage from which a line-interactive UPS holds its output without its battery, pu."""
        return self.regulates_from_pu if self.coupling == "line_interactive" else math.inf

    @property
    def return_delay_s(self) -> float:
        """Walk-in of the rectifier, s."""
        return self.walk_in_s

    @property
    def has_bypass(self) -> bool:
        """A block whose string fails falls back to bypass."""
        return True

    @property
    def fire_takes_bus(self) -> bool:
        """The load hangs on the block, so a fire takes its bus."""
        return True

    def fault_rate(self, unit: Unit, failed: int) -> float:
        """Return the rate of the faults of single modules in a block, 1/yr."""
        own = (1.0 - self.common_cause) * 8760.0 / self.module_mtbf_h
        return (self.modules_of(unit) - failed) * own

    @property
    def common_fault_rate(self) -> float:
        """Rate at which one cause stops all modules of a block, 1/yr."""
        return self.common_cause * 8760.0 / self.module_mtbf_h

    def stop_rate(self, unit: Unit) -> float:
        """Return the rate of faults that stop a block, 1/yr."""
        del unit
        return self.common_fault_rate

    def stop_repair_h(self, unit: Unit) -> float:
        """Return the mean repair time of these faults, h."""
        del unit
        return self.repair_h

    @property
    def hides_faults(self) -> bool:
        """Strings may have hidden faults."""
        return self.string_fault_per_year > 0.0

    def healthy(self, unit: Unit, failed: int) -> bool:
        """Return whether the remaining modules can carry the block's load."""
        all_of_it = self.modules_of(unit)
        return (all_of_it - failed) / all_of_it * unit.power_w >= unit.load_w

    def build(self, plant: PlantView) -> None:
        """Add the blocks and their protection."""
        build_units(self, plant, UpsUnit)
