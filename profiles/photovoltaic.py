"""Onsite photovoltaics: hourly AC power per DC peak power, by pvlib's PVWatts chain.

pvlib is slow (0.1 s per year), and chance enters the chain only through each hour's clearness. So
it is evaluated once per plant on a table of hour × clearness; a simulated year is an interpolation.
Chain: Ineichen clear sky with pvlib's own Linke turbidity × clearness, split by Erbs, transposed by
Hay and Davies, SAPM cell temperature, PVWatts DC power, losses and inverter (Dobos 2014,
NREL/TP-6A20-62641).
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from profiles import _tables, weather
from twin.contracts.calendar import HOURS_PER_YEAR
from twin.contracts.timeline import Array, Ints, ProfileContext
from twin.contracts.world import Site
from twin.errors import ScenarioError
from twin.jit import entry
from twin.streams import generator

STEPS = 24
CLEARNESS_GRID = np.linspace(0.0, weather.CLEARNESS_MAX, STEPS + 1)
INVERTER_EFFICIENCY = 0.96  # PVWatts version 5 and later
WIND_M_PER_S = 2.0  # assumed: light tropical wind; 1 m/s more or less moves the yield by 0.5 %
ALBEDO = 0.25  # pvlib's default; at 10 degrees of tilt 0.4 % of the irradiance
NO_LEAP_YEAR = 2025  # the sun's course is taken from this year for all simulated years


@dataclass(frozen=True)
class PvYield:
    """A photovoltaic plant at a site, as `PhotovoltaicProfile`.

    Attributes
    ----------
    site
        Where it stands; its air temperature and its factor on clearness count too.
    tilt_deg, azimuth_deg
        Of the modules: 0 is flat; north is 0, east 90, south 180.
    dc_ac_ratio
        DC peak power over the inverters' AC rating (1.2: NREL REopt.jl).
    losses_percent
        Soiling, shading, mismatch, wiring, connections, light-induced degradation, nameplate,
        availability (14.0757: PVWatts).
    temp_coefficient
        Change of power with cell temperature, 1/K (-0.0035: PVWatts premium module; from memory,
        verify).
    """

    site: Site
    tilt_deg: float = 10.0
    azimuth_deg: float = 180.0
    dc_ac_ratio: float = 1.2
    losses_percent: float = 14.0757
    temp_coefficient: float = -0.0035

    def __post_init__(self) -> None:
        limits = {
            "tilt_deg": (0.0, 90.0),
            "azimuth_deg": (0.0, 360.0),
            "dc_ac_ratio": (0.5, 3.0),
            "losses_percent": (0.0, 99.0),
            "temp_coefficient": (-0.01, 0.0),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ScenarioError(f"pv.{name}: {value!r} is out of range ({low:g} to {high:g})")

    def year(self, ctx: ProfileContext, year: int) -> Array:
        """Return hourly mean AC power of a simulated year, shape (8760,), W per W of DC peak.

        Hours are local standard time; an hour's mean is taken as its value at mid-hour.
        """
        rng = generator(ctx.seed, ctx.replication, f"weather/{year}")
        rows = table(self)
        clear = weather.clearness(rng, rows.daylight, self.site.clearness_scale)
        clear = weather.darkened(clear, rows.daylight, ctx.storms, year)
        return interpolated(rows, clear)


def interpolated(rows: PowerTable, clearness: Array) -> Array:
    """Return the year's hourly power at the clearness of its daylight hours, W per W.

    Parameters
    ----------
    rows
        The plant's table.
    clearness
        Shape (n,), clearness of each daylight hour, 0 to `weather.CLEARNESS_MAX`.
    """
    out = np.zeros(HOURS_PER_YEAR)
    _interpolate(out, rows.daylight, rows.power, clearness)
    return out


@entry
def _interpolate(out: Array, daylight: Ints, power: Array, clearness: Array) -> None:
    last = power.shape[1] - 1
    per_step = last / weather.CLEARNESS_MAX
    for row in range(daylight.shape[0]):
        position = clearness[row] * per_step
        k = min(int(position), last - 1)
        low = power[row, k]
        out[daylight[row]] = low + (position - k) * (power[row, k + 1] - low)


@dataclass(frozen=True)
class PowerTable:
    """Power of a plant by daylight hour and clearness; shared, do not write to it.

    Attributes
    ----------
    daylight
        Shape (n,), hours of the year with daylight. They depend on the site alone, so that plants
        of different build see the same weather.
    power
        Shape (n, STEPS + 1), W of AC power per W of DC peak at `CLEARNESS_GRID`.
    """

    daylight: Ints
    power: Array


@lru_cache(maxsize=8)
def table(plant: PvYield) -> PowerTable:
    """Return the plant's table from this process, else from the cache folder, else from pvlib."""
    code = b"".join(Path(file).read_bytes() for file in (__file__, weather.__file__))
    site = plant.site.model_dump()
    del site["clearness_scale"]  # enters only with the year's clearness
    words = f"{version('pvlib')} {sorted(site.items())} {astuple(plant)[1:]}"
    key = hashlib.sha256(words.encode() + code).hexdigest()
    shape = (HOURS_PER_YEAR, STEPS + 2)
    whole = _tables.cached(f"pv-{key[:32]}", shape, lambda: tabulated(plant))
    daylight = np.flatnonzero(whole[:, -1] > 0.0).astype(np.int64)
    return PowerTable(daylight, np.ascontiguousarray(whole[daylight, :-1]))


def tabulated(plant: PvYield) -> Array:
    """Compute the table by pvlib: power over `CLEARNESS_GRID`, last column clear-sky W/m2."""
    sky = clear_sky(plant.site)
    columns = [chain(plant, sky, np.full(HOURS_PER_YEAR, c)) for c in CLEARNESS_GRID]
    return np.stack([*columns, sky.ghi], axis=1)


@dataclass(frozen=True)
class ClearSky:
    """The sun's course and the clear sky over one year at mid-hours.

    Attributes
    ----------
    times
        pandas DatetimeIndex, local standard time.
    ghi
        Global horizontal irradiance of a clear sky, W/m2.
    zenith, apparent_zenith, azimuth
        Of the sun, deg, apparent meaning with refraction.
    extra
        Irradiance outside the atmosphere, W/m2.
    """

    times: Any
    ghi: Array
    zenith: Array
    apparent_zenith: Array
    azimuth: Array
    extra: Array


def clear_sky(site: Site) -> ClearSky:
    """Return the clear sky over a site by Ineichen's model (pvlib's Linke turbidity map)."""
    import pandas as pd
    from pvlib.irradiance import get_extra_radiation
    from pvlib.location import Location

    local = pd.date_range(f"{NO_LEAP_YEAR}-01-01 00:30", periods=HOURS_PER_YEAR, freq="h")
    times = (local - pd.Timedelta(hours=site.utc_offset_h)).tz_localize("UTC")
    place = Location(site.latitude_deg, site.longitude_deg, altitude=site.altitude_m)
    sun = place.get_solarposition(times)
    sky = place.get_clearsky(times, model="ineichen", solar_position=sun)
    return ClearSky(
        times,
        sky["ghi"].to_numpy(),
        sun["zenith"].to_numpy(),
        sun["apparent_zenith"].to_numpy(),
        sun["azimuth"].to_numpy(),
        get_extra_radiation(times).to_numpy(),
    )


def chain(plant: PvYield, sky: ClearSky, clearness: Array) -> Array:
    """Return AC power for given hourly clearness straight from pvlib, shape (8760,), W per W."""
    from pvlib import inverter, irradiance, pvsystem, temperature

    ghi = clearness * sky.ghi
    split = irradiance.erbs(ghi, sky.zenith, sky.times)
    plane = irradiance.get_total_irradiance(
        plant.tilt_deg, plant.azimuth_deg, sky.apparent_zenith, sky.azimuth,
        split["dni"], ghi, split["dhi"],
        dni_extra=sky.extra, albedo=ALBEDO, model="haydavies",
    )["poa_global"]  # fmt: skip
    mounting = temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["close_mount_glass_glass"]
    air_c = weather.air_temperature_c(plant.site)
    cell_c = temperature.sapm_cell(plane, air_c, WIND_M_PER_S, **mounting)
    dc = pvsystem.pvwatts_dc(plane, cell_c, 1.0, plant.temp_coefficient)
    dc_rating = 1.0 / (plant.dc_ac_ratio * INVERTER_EFFICIENCY)
    net = dc * (1.0 - plant.losses_percent / 100.0)
    return np.where(sky.ghi > 0.0, inverter.pvwatts(net, dc_rating, INVERTER_EFFICIENCY), 0.0)
