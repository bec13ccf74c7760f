"""A small world of test-only parts, and scenarios of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from twin.contracts.kinds import kind_of
from twin.quantity import Spec, quantity
from twin.scenario import Scenario

Load = Callable[..., Scenario]


class Sags(Spec):
    rate_per_year: float = quantity("1/yr", "Sags", 56.0, ge=0, source="EPRI DPQ", confidence="B")


class Scripted(Spec):
    """Events from a file."""

    file: str = quantity("", "CSV of events", "")


class Nothing(Spec):
    """Nothing ever happens."""


class Outages(Spec):
    rate_per_year: float = quantity("1/yr", "Outages", 3.0, ge=0)
    duration_median_h: float = quantity("h", "Median", 0.9, gt=0)
    duration_min_h: float = quantity("h", "Shortest", 0.01, ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.duration_min_h > self.duration_median_h:
            raise ValueError("duration_min_h must not exceed duration_median_h")
        return self


class Jobs(Spec):
    """Training jobs."""

    pods: int = quantity("", "Pods", 32, ge=1, le=1000)
    gpus_per_pod: int = quantity("", "GPUs", 256, ge=1)
    sizes: list[float] = quantity("1", "Sizes", [1.0, 2.0])


class Constant(Spec):
    """A constant load."""

    pods: int = quantity("", "Pods", 32, ge=1, le=1000)
    it_kw: float = quantity("kW", "Power", 100.0, ge=0)


class Period(Spec):
    name: str
    usd_per_kwh: float = quantity("USD/kWh", "Price", ge=0)


class Tou(Spec):
    """Time of use."""

    periods: list[Period] = quantity("", "Periods", min_length=1)


class Pv(Spec):
    peak_kw: float = quantity("kW", "DC peak", 3000.0, ge=0, source="assumed")
    mounting: Literal["roof", "ground"] = quantity("", "Where", "roof")


class Diesel(Spec):
    sets: int = quantity("", "Sets", 6, ge=0, source="rule N+1", confidence="C")
    set_kw: float = quantity("kW", "Rating of a set", 2500.0, gt=0)
    load_steps: list[float] = quantity("1", "Load acceptance", [0.5, 1.0], min_length=1)
    charge: bool = quantity("", "Recharge from diesel", False)
    spare: float | None = quantity("kW", "Spare", None, gt=0)

    def warnings(self, context: Any) -> list[str]:
        return [f"no diesel in {context.name}"] if self.sets == 0 else []


class GasEngine(Spec):
    """Gas engine."""

    engines: int = quantity("", "Engines", 2, ge=0)


class Linear(Spec):
    """Linear ageing."""

    years: float = quantity("yr", "Life", 15.0, gt=0)


class Ups(Spec):
    """Central UPS."""

    energy_kwh: float = quantity("kWh", "Usable energy", gt=0)
    modules: int = quantity("", "Modules", 6, ge=1)


class Bess(Spec):
    """Battery."""

    energy_kwh: float = quantity("kWh", "Usable energy", gt=0, le=1e6)
    power_kw: float = quantity("kW", "Rating", 400.0, gt=0)
    reserve_share: float = quantity("1", "Reserve", 0.5, ge=0, le=1)
    ageing: kind_of("ageing") = quantity("", "Ageing", {"kind": "none"})  # type: ignore[valid-type]


class Cooling(Spec):
    present_by_default: ClassVar[bool] = True
    autonomy_s: float = quantity("s", "Autonomy", 60.0, ge=0)


PARTS: list[tuple[str, str, bool, type[Spec]]] = [
    ("sags", "ecdf", True, Sags),
    ("sags", "scripted", True, Scripted),
    ("momentaries", "none", True, Nothing),
    ("storms", "none", True, Nothing),
    ("outages", "default", True, Outages),
    ("load", "jobs", True, Jobs),
    ("load", "constant", True, Constant),
    ("tariff", "tou", True, Tou),
    ("pv", "default", False, Pv),
    ("diesel", "default", False, Diesel),
    ("diesel", "gas", False, GasEngine),
    ("ageing", "linear", True, Linear),
    ("ageing", "none", True, Nothing),
    ("storage", "ups", False, Ups),
    ("storage", "bess", False, Bess),
    ("cooling", "default", False, Cooling),
]

TOML = """
name = "demo"  # any word
horizon_years = 10
[grid]  # world
contracted_kw = 20_000  # assumed, N - 1 of two feeders [C]
sags = { kind = "ecdf", rate_per_year = 15 }  # Malaysia, The Star 2020 [A-]
outages = { rate_per_year = 3, duration_median_h = 0.9 }
[load]
kind = "jobs"
pods = 4
[tariff]
kind = "tou"
periods = [
    { name = "peak", usd_per_kwh = 0.2 },     # Decision 14/2025
    { name = "off-peak", usd_per_kwh = 0.07 },
]
[pv]
peak_kw = 500
[diesel]
sets = 6
load_steps = [0.3, 0.6, 1.0]
[architectures.centralized]
compartments = 2
storage = { kind = "ups", energy_kwh = 200, modules = 6 }
[architectures.distributed]
compartments = 4
storage = { kind = "bess", energy_kwh = 600, power_kw = 400 }
more_storage.site = { kind = "bess", energy_kwh = 2000 }
diesel.sets = 4
"""

DATA: dict[str, Any] = {
    "name": "demo",
    "grid": {
        "contracted_kw": 20000,
        "sags": {"kind": "ecdf"},
        "outages": {},
    },
    "load": {"kind": "jobs", "pods": 4},
    "tariff": {"kind": "tou", "periods": [{"name": "flat", "usd_per_kwh": 0.1}]},
    "diesel": {"sets": 6, "set_kw": 1000, "load_steps": [0.5, 1.0]},
    "architectures": {
        "a": {"compartments": 2, "storage": {"kind": "ups", "energy_kwh": 200}},
        "b": {"compartments": 4, "storage": {"kind": "bess", "energy_kwh": 600}},
    },
}
