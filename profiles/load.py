"""Any critical load without jobs: constant, or a time series."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from profiles.series import read_series
from twin.contracts.parts import PlantView
from twin.quantity import Spec, quantity
from twin.registry import register


class _PlainLoad(Spec):
    """What both kinds share."""

    pods: int = quantity("pods", "Number of pods the load is spread over evenly", 1, ge=1, le=2000)
    core_kw: float = quantity("kW", "A further constant load in a compartment of its own", 0.0, ge=0)
    boot_s: float = quantity("s", "Restart of the load after a loss", 0.0, ge=0)

    has_jobs: ClassVar[bool] = False

    def build(self, plant: PlantView) -> None:
        """Add nothing: the load is an input of the pods."""


@register("load", "constant", world=True)
class ConstantLoad(_PlainLoad):
    """The same power at all times."""

    pod_kw: float = quantity("kW", "Power of each pod, after the power supply", 241.28, gt=0,
        source="32 nodes of 7.54 kW (8xH100 training)", confidence="B")

    def pod_peak_w(self) -> float:
        """Return the highest power of a pod, W."""
        return self.pod_kw * 1e3

    def pod_base_w(self) -> float:
        """Return the constant power of a pod, W."""
        return self.pod_kw * 1e3

    def series_w(self) -> NDArray[np.float64]:
        """Return the load series in half-hours: none."""
        return np.zeros(1)


@register("load", "series", world=True)
class SeriesLoad(_PlainLoad):
    """A series of the whole load, repeated over the horizon."""

    file: str | None = quantity("", "CSV file with a column load_kw", None)
    column: str = quantity("", "Column of the CSV file", "load_kw")
    values_kw: list[float] | None = quantity("kW", "The series itself, instead of a file", None,
        min_length=1)  # fmt: skip
    step_min: int = quantity("min", "Time step, a multiple of 30 min", 60, ge=30, le=1440,
        multiple_of=30)  # fmt: skip
    scale: float = quantity("1", "Factor on all values", 1.0, gt=0)

    def model_post_init(self, context: Any, /) -> None:
        """Check that there is exactly one source of values, and that none is negative."""
        if (self.file is None) == (self.values_kw is None):
            raise ValueError("give exactly one of 'file' and 'values_kw'")
        if self.values_kw is not None and min(self.values_kw) < 0.0:
            raise ValueError(f"values_kw must not be negative, got {min(self.values_kw)}")

    def series_w(self) -> NDArray[np.float64]:
        """Return the load in half-hours, W."""
        if self.values_kw is not None:
            values = np.asarray(self.values_kw, dtype=float)
        else:
            values = read_series(Path(str(self.file)), self.step_min * 60.0, self.column)
        return np.repeat(values * 1e3 * self.scale, self.step_min // 30)

    def pod_peak_w(self) -> float:
        """Return the highest power of a pod, W."""
        return float(self.series_w().max()) / self.pods

    def pod_base_w(self) -> float:
        """Return the constant power of a pod: none."""
        return 0.0
