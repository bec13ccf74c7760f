"""Onsite photovoltaics on the site bus. Its yield comes from the weather profile."""

from __future__ import annotations

from twin.contracts.layout import Arrays
from twin.contracts.parts import Device, PlantView
from twin.quantity import Spec, quantity
from twin.registry import register


@register("pv")
class PvSpec(Spec):
    """PV generator (DC rating), PVWatts chain."""

    peak_kw: float = quantity("kW", "DC rating", ge=0)
    tilt_deg: float = quantity("deg", "Tilt", 10.0, ge=0, le=90)
    azimuth_deg: float = quantity("deg", "Azimuth, 180 = south", 180.0, ge=0, le=360)
    dc_ac_ratio: float = quantity(
        "1", "DC / AC rating", 1.2, ge=0.5, le=3, source="REopt default", confidence="A"
    )
    losses_percent: float = quantity(
        "%",
        "PVWatts losses",
        14.0757,
        ge=0,
        lt=100,
        source="pvlib pvwatts_losses()",
        confidence="A",
    )
    temp_coefficient_per_k: float = quantity(
        "1/K",
        "Temperature coefficient of power",
        -0.0035,
        ge=-0.01,
        le=0,
        source="PVWatts premium module",
        confidence="B",
    )
    degradation_per_year: float = quantity(
        "1/yr", "Linear loss of yield", 0.005, ge=0, le=0.1, source="REopt default", confidence="A"
    )
    capex_usd_per_kw: float = quantity(
        "USD/kW",
        "Installed cost per DC rating",
        620.0,
        ge=0,
        source="Vietnam technology costs 2025: rooftop 600-650",
        confidence="A-",
    )
    om_usd_per_kw_year: float = quantity(
        "USD/(kW yr)",
        "O&M",
        8.5,
        ge=0,
        source="Vietnam technology costs 2025: 7-10",
        confidence="A-",
    )
    life_years: float = quantity("yr", "Life", 25.0, gt=0)
    floor_m2_per_kw: float = quantity("m2/kW", "Floor space taken (roofs: none)", 0.0, ge=0)

    def build(self, plant: PlantView) -> None:
        """Add the generator."""
        plant.add(Photovoltaic(plant, self))


class Photovoltaic(Device):
    """The PV generator: its rating is all the pass needs."""

    def __init__(self, plant: PlantView, spec: PvSpec) -> None:
        super().__init__("pv", plant)
        self.spec = spec

    def commit(self, k: Arrays) -> None:
        """Tell the pass the rating."""
        k.site[0]["pv_peak_w"] = self.spec.peak_kw * 1e3
