"""How long a diesel set runs until it fails, and how long its repair takes."""

from __future__ import annotations

import math
from typing import Any, Literal, Self

from pydantic import model_validator

from components._diesel_start import StartSpec
from twin.contracts.parts import NEVER, PlantView, repair_time
from twin.quantity import quantity


class RunSpec(StartSpec):
    """Failure while running, and repair."""

    mttf_h: float = quantity(
        "h",
        "Mean running time to failure",
        1100.0,
        gt=0,
        source="REopt.jl backup_reliability.jl",
        confidence="A",
        span=(69.0, 1662.0),
    )
    hazard: Literal["continuous", "per_hour", "piecewise", "weibull"] = quantity(
        "",
        "Failure while running: exponential; decided at the start of each whole hour with probability "
        "1/MTTF; by the rates of hazard_per_h; or Weibull with hazard_shape and the mean mttf_h",
        "continuous",
    )
    hazard_until_h: list[float] = quantity(
        "h",
        "Running hours up to which each rate of hazard_per_h but the last holds, rising",
        [1.0],
        source="NUREG/CR-6928 (2007): failure to load and run, first hour; cited from memory",
        confidence="B",
    )
    hazard_per_h: list[float] = quantity(
        "1/h",
        "Failure rates with hazard = piecewise, one more than hazard_until_h",
        [3.7e-3, 1.5e-3],
        min_length=1,
        source="NUREG/CR-6928 (2007), emergency diesel generators: 3.7e-3 in the first hour, then "
        "1.5e-3 per hour; cited from memory",
        confidence="B",
    )
    hazard_shape: float = quantity(
        "1",
        "Weibull shape; below 1 the hazard is high at first and falls",
        0.7,
        ge=0.2,
        le=5,
        source="assumed: with a mean of 1100 h 0.9 % fail in the first hour and 0.5 % in the next",
        span=(0.5, 1.0),
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

    @model_validator(mode="after")
    def _rates_fit(self) -> Self:
        hours, rates = self.hazard_until_h, self.hazard_per_h
        if len(rates) != len(hours) + 1:
            raise ValueError(
                f"hazard_per_h has {len(rates)} rates, but hazard_until_h with {len(hours)} hours "
                f"needs {len(hours) + 1}"
            )
        if any(b <= a for a, b in zip([0.0, *hours], hours, strict=False)):
            raise ValueError(f"hazard_until_h must rise from above 0: {hours}")
        if any(rate < 0.0 for rate in rates):
            raise ValueError(f"hazard_per_h must not be negative: {rates}")
        return self


def run_h(spec: Any, exposure: float) -> float:
    """Return the running time at which the cumulative hazard reaches an exposure, h.

    Parameters
    ----------
    spec
        The diesel plant's parameters.
    exposure
        Cumulative hazard, 1; a unit exponential variate gives the time to failure.
    """
    if spec.hazard == "weibull":
        scale = spec.mttf_h / math.gamma(1.0 + 1.0 / spec.hazard_shape)
        return float(scale * exposure ** (1.0 / spec.hazard_shape))
    if spec.hazard == "piecewise":
        return _along(spec.hazard_until_h, spec.hazard_per_h, exposure)
    if spec.hazard == "continuous":
        return float(spec.mttf_h * exposure)
    keep = 1.0 - 1.0 / spec.mttf_h
    return float(math.floor(-exposure / math.log(keep))) if keep > 0.0 else 0.0


def _along(until_h: list[float], per_h: list[float], exposure: float) -> float:
    since = 0.0
    for until, rate in zip([*until_h, NEVER], per_h, strict=True):
        if rate > 0.0 and exposure < rate * (until - since):
            return since + exposure / rate
        if until < NEVER:
            exposure -= rate * (until - since)
            since = until
    return NEVER


def repair_s(plant: PlantView, spec: Any, name: str, event: str) -> float:
    """Return how long a repair takes, s."""
    hours, sigma = float(spec.repair_median_h), float(spec.repair_sigma)
    if hours == 0.0 or sigma == 0.0:
        return hours * 3600.0
    mean_h = hours * math.exp(0.5 * sigma * sigma)
    return repair_time(plant.luck, "lognormal", mean_h, sigma, name, "repair", event)
