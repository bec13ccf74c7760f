"""Faults of buses: switchgear and distribution that fail, take down what hangs on them, get repaired.

A generic two-state unit: exponential times to failure, repair of any law, started in its stationary
state. Storage below a dead bus rides through; storage on it does not help.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from components._shared_fault import SharedFault
from components._units import ensure_protection
from twin.contracts.parts import PlantView
from twin.quantity import Spec, quantity
from twin.registry import register


class BusFaults(Spec):
    """Failure and repair of the buses of one level."""

    fault_per_year: float = quantity("1/yr", "Failure rate of each bus", ge=0)
    repair_h: float = quantity(
        "h",
        "Mean repair time",
        7.29,
        gt=0,
        source="IEEE Std 493-2007, LV switchgear bare bus, cited from memory; verify",
        confidence="B",
    )
    law: Literal["exponential", "lognormal", "fixed"] = quantity(
        "", "Law of repair times", "lognormal"
    )
    sigma: float = quantity("1", "Log-standard deviation of lognormal repairs", 1.0, ge=0, le=3)


_GOLD = "IEEE Std 493-2007 Gold Book standard-network data, cited from memory; verify"


@register("bus")
class BusSpec(Spec):
    """Bus faults by level. A block exists only where a compartment has several pods."""

    present_by_default: ClassVar[bool] = True

    site: BusFaults = quantity(
        "",
        "The site's medium-voltage bus",
        BusFaults(fault_per_year=0.0017, repair_h=2.4),
        source=f"insulated switchgear bus, {_GOLD}",
        confidence="B",
    )
    block: BusFaults = quantity(
        "",
        "The bus of a block",
        BusFaults(fault_per_year=0.00949),
        source=f"LV switchgear bare bus, {_GOLD}",
        confidence="B",
    )
    pod: BusFaults = quantity(
        "",
        "The bus of a pod",
        BusFaults(fault_per_year=0.00949),
        source=f"LV switchgear bare bus, {_GOLD}",
        confidence="B",
    )

    def build(self, plant: PlantView) -> None:
        """Add one two-state fault per bus."""
        ensure_protection(plant)
        tree = plant.tree
        for row, name in enumerate(tree.names):
            level = "site" if row == 0 else "pod" if row in tree.pod_rows else "block"
            faults: BusFaults = getattr(self, level)
            if faults.fault_per_year > 0.0:
                plant.add(
                    SharedFault(
                        plant,
                        f"bus@{name}",
                        (row,),
                        faults.fault_per_year,
                        faults.repair_h,
                        faults.law,
                        faults.sigma,
                    )
                )
