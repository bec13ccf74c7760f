"""The world's tables: what all architectures of a scenario have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import ConfigDict, model_validator

from twin.contracts.kinds import kind_of
from twin.quantity import Spec, quantity


class Site(Spec):
    """Where the site stands."""

    latitude_deg: float = quantity(
        "deg", "Latitude, north positive", 10.8, ge=-66, le=66, source="Ho Chi Minh City"
    )
    longitude_deg: float = quantity(
        "deg", "Longitude, east positive", 106.7, ge=-180, le=180, source="Ho Chi Minh City"
    )
    altitude_m: float = quantity(
        "m", "Altitude above sea level", 10.0, ge=-400, le=5000, source="Ho Chi Minh City"
    )
    utc_offset_h: float = quantity(
        "h", "Local standard time minus UTC", 7.0, ge=-12, le=14, source="Indochina Time"
    )
    temperature_mean_c: float = quantity(
        "degC",
        "Annual mean air temperature",
        27.6,
        ge=-20,
        le=40,
        source="Singapore-Changi TMY mean",
        confidence="A-",
    )
    temperature_daily_swing_c: float = quantity(
        "K", "Mean daily range of air temperature", 7.0, ge=0, le=30
    )
    temperature_seasonal_swing_c: float = quantity(
        "K", "Warmest minus coldest monthly mean", 3.0, ge=0, le=50
    )
    clearness_scale: float = quantity(
        "1",
        "Factor on the daily clearness of the weather model",
        1.0,
        gt=0,
        le=1.5,
        source="1 = Singapore-Changi TMY statistics, mean 0.685",
    )


def _needed_with_a_utility(schema: dict[str, Any]) -> None:
    """Let the JSON schema ask for what a connection needs, where there is one."""
    away = {"properties": {"connected": {"const": False}}, "required": ["connected"]}
    schema |= {"if": away, "else": {"required": schema.pop("required", [])}}


class Grid(Spec):
    """The utility connection and its disturbances, or none: ``connected = false``."""

    model_config = ConfigDict(json_schema_extra=_needed_with_a_utility)

    connected: bool = quantity(
        "", "Whether there is a utility; without one nothing else here is needed", True,
        source="none needed",
    )  # fmt: skip
    sags: kind_of("sags") = quantity("", "Voltage sags (and the share of them below 0.1 pu)")  # type: ignore[valid-type]
    momentaries: kind_of("momentaries") = quantity(  # type: ignore[valid-type]
        "", "Further momentary interruptions (0 if the sags include them)", {"kind": "none"}
    )
    outages: kind_of("outages") = quantity("", "Sustained outages")  # type: ignore[valid-type]
    storms: kind_of("storms") = quantity(  # type: ignore[valid-type]
        "", "What sags, outages, dark skies and late fuel have in common", {"kind": "none"}
    )
    contracted_kw: float = quantity("kW", "Contracted power: import never exceeds it", ge=0)
    export_limit_kw: float = quantity(
        "kW", "Power that may be fed back; PV beyond is curtailed", 0.0, ge=0
    )
    mains_stable_s: float = quantity(
        "s",
        "The mains must have been good for so long after an outage before the site returns to it",
        120.0,
        ge=0,
        le=3600,
        source="assumed, range 60 to 300 s",
        confidence="C",
    )
    ramp_kw_per_min: float = quantity(
        "kW/min",
        "Ramp limit for load that returns after an outage",
        10_000.0,
        gt=0,
        source="150 MW site study arXiv:2606.21833",
        confidence="B",
    )
    co2_t_per_mwh: float = quantity(
        "t/MWh",
        "Carbon dioxide per grid energy",
        0.6,
        ge=0,
        le=2,
        source="Vietnam, cited from memory; verify",
        confidence="B",
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing_needed(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and data.get("connected") is False:
            none = {"kind": "none"}
            return {"sags": none, "outages": none, "contracted_kw": 0.0, **data}
        return data

    @model_validator(mode="after")
    def _utility_or_none(self) -> Self:
        if self.connected:
            if self.contracted_kw <= 0.0:
                raise ValueError("contracted_kw must be greater than 0 where there is a utility")
            return self
        given = {"contracted_kw": self.contracted_kw > 0.0}
        for name in ("sags", "momentaries", "outages"):
            given[name] = not getattr(getattr(self, name), "nothing", False)
        wrong = [name for name, is_given in given.items() if is_given]
        if wrong:
            raise ValueError(f"connected is false, so there can be no {' and no '.join(wrong)}")
        return self


class Economics(Spec):
    """Prices that do not depend on the design. Real (constant) USD."""

    discount_rate_real: float = quantity(
        "1/yr",
        "Real discount rate",
        0.064,
        gt=-0.5,
        lt=1,
        source="NREL-PySAM 7.1.1 defaults",
        confidence="A",
        span=(0.04, 0.12),
    )
    gpu_hour_usd: float = quantity(
        "USD/GPU-h",
        "Value of a lost GPU-hour",
        2.5,
        ge=0,
        source="H100 1-yr contract 1.70-2.95, default 2.50",
        confidence="B",
        span=(1.7, 4.0),
    )
    fuel_usd_per_litre: float = quantity(
        "USD/L",
        "Diesel fuel, delivered",
        0.9,
        ge=0,
        source="REopt 0.59 (US) to vn_tech_costs 1.19",
        confidence="A-",
    )
    diesel_co2_kg_per_litre: float = quantity(
        "kg/L",
        "Carbon dioxide per litre of diesel",
        2.7,
        ge=0,
        le=4,
        source="REopt 22.58 lb/gal = 2.706 kg/L",
        confidence="A",
    )
    connection_usd_per_kva: float = quantity(
        "USD/kVA",
        "Connection or capacity upgrade fee",
        150.0,
        ge=0,
        source="engineering; 50 to 400",
        confidence="C",
    )
    power_factor: float = quantity("1", "Power factor at the connection point", 0.95, gt=0, le=1)
    floor_usd_per_m2: float = quantity("USD/m2", "Price of floor and yard space", 1000.0, ge=0)
    gpu_usd: float = quantity(
        "USD",
        "All-in price of a GPU, for assets destroyed",
        45_000.0,
        ge=0,
        source="market: 8-GPU server 300 kUSD; about 45 kUSD per GPU all-in",
        confidence="D",
    )
