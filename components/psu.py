"""Server power supplies: hold-up and conversion loss."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_validator

from twin.contracts.parts import PlantView
from twin.quantity import Spec, quantity
from twin.registry import register


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
    hold_up_load_share: float = quantity(
        "1",
        "Load, as a share of the supplies' rating, at which the "
        "hold-up is reckoned; it lasts longer at part load, as 1/load",
        1.0,
        gt=0,
        le=1.5,
        source="assumed: rated load, which the specification guarantees; 8xH100 training is at 0.76 of "
        "the server's rating (arXiv:2412.08602), which gives 15.8 ms",
        confidence="C",
        span=(0.76, 1.0),
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
    def ride_through_s(self) -> float:
        """Time without any input at the load that is reckoned with, s."""
        return self.hold_up_s / self.hold_up_load_share

    def build(self, plant: PlantView) -> None:
        """Add nothing: the hold-up is read by the protection, the loss is a stage of the chain."""

    def stage(self, rated_w: float) -> tuple[str, float, float, float]:
        """Return the conversion stage: (name, a W, b, c 1/W)."""
        return ("psu", self.constant_pu * rated_w, self.linear_pu, self.square_pu / rated_w)
