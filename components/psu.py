"""Server power supplies: hold-up and conversion loss."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from twin.contracts.parts import PlantView
from twin.quantity import Spec, quantity
from twin.registry import register

LEAST_SHARE = 0.01
"""What supplies without load take for themselves, as a share of their rating; assumed."""


@register("psu")
class PsuSpec(Spec):
    """Power supplies of the nodes (the last conversion stage before IT power is counted)."""

    present_by_default: ClassVar[bool] = True

    hold_up_s: float = quantity(
        "s",
        "Time at full load without any input",
        0.012,
        ge=0,
        le=1,
        source="Intel/OCP CRPS (M-CRPS base spec): >= 12 ms at 100 % load, cited from memory; verify; "
        "ORv3 20 ms (OCP deck 2023-24)",
        confidence="B",
        span=(0.010, 0.020),
    )
    hold_up_load_share: float | None = quantity(
        "1",
        "Load, as a share of the supplies' rating, at which the hold-up is reckoned for every pod; "
        "left out, each pod's own load at the instant of the disturbance",
        None,
        gt=0,
        le=1.5,
        source="none needed: the bulk capacitors' energy is fixed, so the hold-up lasts as 1/load; a "
        "share overrides that, 1.0 is what the specification guarantees",
        confidence="A-",
    )
    capacitor_health: float = quantity(
        "1",
        "Energy of the bulk capacitors / new",
        1.0,
        gt=0,
        le=1,
        source="assumed: new; electrolytic capacitors lose 20 to 30 % of their capacitance over their "
        "life (vbatpower.com, bulk capacitor energy)",
        confidence="C",
        span=(0.7, 1.0),
    )
    node_rated_kw: float = quantity(
        "kW",
        "Rated output of a node's supplies: the load that the hold-up is specified for",
        9.86,
        gt=0,
        source="DGX H100: 10.2 kW at the AC input x 0.967; training takes 0.76 of it "
        "(arXiv:2412.08602), which gives 15.7 ms",
        confidence="B",
    )
    design_load_share: float = quantity(
        "1",
        "Design load / rating of the supplies, of pods without nodes and of the core",
        0.76,
        gt=0,
        le=1.5,
        source="assumed: as that of training nodes (arXiv:2412.08602)",
        confidence="C",
    )
    supplies: int = quantity(
        "",
        "Power supplies of a node, spread over the three phases",
        6,
        ge=1,
        le=24,
        source="DGX H100: six supplies of 3.3 kW",
        confidence="B",
    )
    supplies_needed: int = quantity(
        "",
        "Supplies that carry a node alone: it lives as long as so many do",
        4,
        ge=1,
        le=24,
        source="DGX H100: 10.2 kW over 3.3 kW per supply; four of six (4 + 2), from memory, verify",
        confidence="B",
    )
    constant_pu: float = quantity(
        "1",
        "Loss, constant part, per rated power",
        0.0075,
        ge=0,
        source="fit to 97.5 % peak / 96.5 % full load (Keyhani & Harris, OCP ORv3 2019)",
        confidence="A-",
    )
    linear_pu: float = quantity(
        "1", "Loss per power", 0.008, ge=0, source="same fit", confidence="A-"
    )
    square_pu: float = quantity(
        "1", "Loss, square part", 0.0205, ge=0, source="same fit", confidence="A-"
    )

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.supplies_needed > self.supplies:
            raise ValueError(
                f"supplies_needed ({self.supplies_needed}) is more than supplies ({self.supplies})"
            )
        return self

    @property
    def rated_hold_up_s(self) -> float:
        """Time without any input at rated load, or at the load that is given for all, s."""
        return self.hold_up_s * self.capacitor_health / (self.hold_up_load_share or 1.0)

    def rated_w(self, load: Any, *, core: bool) -> float:
        """Return the rated output of the supplies of a pod, or of the core, W.

        Parameters
        ----------
        load
            The load table of the scenario.
        """
        if core:
            return float(load.core_kw) * 1e3 / self.design_load_share
        if load.has_jobs:
            return float(load.nodes_per_pod * self.node_rated_kw) * 1e3
        return float(load.pod_peak_w()) / self.design_load_share

    def hold_ups_s(
        self, load_w: NDArray[np.float64], rated_w: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return how long supplies live without any input: a fixed energy over the load, s.

        Parameters
        ----------
        load_w, rated_w
            Present and rated output of the supplies of each pod, W, shape (pods,).
        """
        if self.hold_up_load_share is not None:
            return np.full(len(load_w), self.rated_hold_up_s)
        share = np.ones(len(load_w))
        np.divide(load_w, rated_w, out=share, where=rated_w > 0.0)
        return self.rated_hold_up_s / np.maximum(share, LEAST_SHARE)

    def build(self, plant: PlantView) -> None:
        """Add nothing: the hold-up is read by the protection, the loss is a stage of the chain."""

    def stage(self, rated_w: float) -> tuple[str, float, float, float]:
        """Return the conversion stage: (name, a W, b, c 1/W)."""
        return ("psu", self.constant_pu * rated_w, self.linear_pu, self.square_pu / rated_w)
