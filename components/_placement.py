"""Where storage stands, and what space it takes: rack positions, fire separation, the yard."""

from __future__ import annotations

import math
from typing import Literal

from twin.quantity import Spec, quantity

KWH_J = 3.6e6
Level = Literal["site", "block", "pod"]


class Placed(Spec):
    """Level, place and space of storage units."""

    level: Level = quantity(
        "", "Where units stand: one per site, per block (compartment) or per pod", "pod"
    )
    place: Literal["hall", "room", "yard"] | None = quantity(
        "",
        "Where units stand: in the hall beside the pods, in a room of their own, in the yard "
        "(left out: by level: pod in the hall, block in a room, site in the yard)",
        None,
    )
    floor_m2_per_kwh: float = quantity(
        "m2/kWh",
        "Rack positions given up indoors, aisles included, per nameplate energy",
        0.029,
        ge=0,
        source="assumed: 50 kWh in a rack position of 0.6 m x 2.4 m",
        confidence="C",
    )
    floor_m2_per_kw: float = quantity(
        "m2/kW",
        "Floor space of converters and switches per rated power",
        0.006,
        ge=0,
        source="assumed: half of the 12 m2/MW of a UPS with its battery (6 to 25)",
        confidence="D",
    )
    yard_m2_per_kwh: float = quantity(
        "m2/kWh",
        "Yard space, clearance included, per nameplate energy",
        0.008,
        ge=0,
        source="20-ft container of 5 MWh: 14.9 m2 + 3 m spacing (5 to 15 m2/MWh)",
        confidence="C",
    )
    group_kwh: float = quantity(
        "kWh",
        "Largest group of cells indoors without fire separation",
        50.0,
        gt=0,
        source="NFPA 855, cited from memory; verify (a fire test may allow more)",
        confidence="B",
    )
    group_gap_m: float = quantity(
        "m",
        "Distance kept free at each group indoors",
        0.914,
        ge=0,
        source="NFPA 855: 3 ft, cited from memory; verify",
        confidence="B",
    )
    bay_depth_m: float = quantity(
        "m", "Depth of a rack position with its share of the aisles", 2.4, gt=0
    )
    area_kwh: float = quantity(
        "kWh",
        "Most energy in one fire area indoors",
        600.0,
        gt=0,
        source="NFPA 855, cited from memory; verify",
        confidence="B",
    )
    area_m2: float = quantity("m2", "Walls and doors of a fire area", 5.0, ge=0)

    def stands(self) -> str:
        """Return where the units stand."""
        return self.place or {"pod": "hall", "block": "room", "site": "yard"}[self.level]

    def footprint_m2(self, nameplate_j: float, power_w: float) -> float:
        """Return the space a unit takes, m2: indoors with fire separation, or in the yard."""
        kwh, kw = nameplate_j / KWH_J, power_w / 1e3
        space = kw * self.floor_m2_per_kw
        if self.stands() == "yard":
            return space + kwh * self.yard_m2_per_kwh
        groups, areas = math.ceil(kwh / self.group_kwh), math.ceil(kwh / self.area_kwh)
        gaps = groups * self.group_gap_m * self.bay_depth_m
        return space + kwh * self.floor_m2_per_kwh + gaps + areas * self.area_m2
