"""Builds the storage units of a spec into the plant, with the protection they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components._forming import SiteFormer
from components._protection import Protection
from components._shared_fault import SharedFault
from components._storage_unit import StorageUnit
from twin.contracts.losses import SHARED_FAULT
from twin.contracts.parts import PlantView


def ensure_protection(plant: PlantView) -> Any:
    """Return the plant's protection, made when first needed."""
    if not plant.has("protection"):
        plant.add(Protection(plant))
    return plant.device("protection")


def build_units(
    spec: Any, plant: PlantView, make: Callable[..., StorageUnit] = StorageUnit
) -> None:  # fmt: skip
    """Add the units of one storage table: their faults, their bank, what they share."""
    protection = ensure_protection(plant)
    mine = [u for u in plant.units() if protection.spec_of(u) is spec]
    for unit in mine:
        plant.add(make(plant, unit, spec))
        if unit.row == 0 and spec.forms:
            plant.add(SiteFormer(plant, unit, spec))
    protection.add_bank(spec, mine)
    rate = getattr(spec, "shared_fault_per_year", 0.0)
    if rate > 0.0:
        rows = tuple(u.row for u in mine)
        name = f"{spec.level}-plant-shared"
        repair_h = spec.shared_repair_h
        plant.add(SharedFault(plant, name, rows, rate, repair_h, kind=SHARED_FAULT))
