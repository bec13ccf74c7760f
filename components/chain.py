"""The conversion chain: transformers and distribution with part-load losses, stage by stage."""

from __future__ import annotations

from typing import ClassVar, Literal

from twin.contracts.parts import PlantView
from twin.quantity import Spec, quantity
from twin.registry import register


class StageSpec(Spec):
    """One conversion stage. Loss = (constant + linear p + square p^2) x rated power."""

    name: str = quantity(
        "", "Name, under which its losses are reported", pattern=r"^[a-z][a-z0-9_]*$"
    )
    level: Literal["site", "block", "pod", "rack"] = quantity(
        "",
        "Where it stands: one per site, "
        "block or pod above the storage there, or between the pod's bus and the racks",
    )
    constant_pu: float = quantity("1", "Loss, constant part", 0.0, ge=0)
    linear_pu: float = quantity("1", "Loss per power", 0.0, ge=0)
    square_pu: float = quantity("1", "Loss, square part", 0.0, ge=0)
    rated_kw: float | None = quantity(
        "kW", "Rated power (left out: design load x margin)", None, gt=0
    )


_DEFAULT = [
    StageSpec(name="hv_transformer", level="site", constant_pu=0.0008, square_pu=0.0068),
    StageSpec(name="mv_transformer", level="block", constant_pu=0.0015, square_pu=0.0100),
    StageSpec(name="busway", level="rack", square_pu=0.0156),
]


@register("chain")
class ChainSpec(Spec):
    """Stages from the connection to the racks, listed from the grid downwards."""

    present_by_default: ClassVar[bool] = True

    margin: float = quantity("1", "Rated power of a stage / design load", 1.25, ge=1, le=4)
    charging_share: float = quantity(
        "1",
        "Charging power that stages above a storage that trades are built for, besides the design "
        "load, as a share of its rating",
        0.0,
        ge=0,
        le=1,
        source="none needed: nothing unless the scenario says so; `scenario check` compares it with "
        "the plan",
        confidence="D",
    )
    stages: list[StageSpec] = quantity(
        "",
        "Stages; storage and power supplies add their own",
        _DEFAULT,
        source="HV/MV 0.995 (IEC 60076-20 class) and MV/LV 0.992 at half load (EU 2019/1783 "
        "Tier 2 / GB 20052-2020), both cited from memory, verify; busway and cable 1 % at design load, "
        "with the square of load (APC WP127)",
        confidence="B",
    )

    winding: Literal["dyn", "dyn_dyn", "none"] = quantity(
        "",
        "Windings between connection and power supplies, which decide what an unbalanced sag "
        "becomes: one delta-wye transformer, two in series, or none",
        "dyn",
        source="Dyn11 is the usual vector group of MV/LV distribution transformers (IEC 60076-1), "
        "from memory, verify; a wye-wye HV/MV transformer above it changes nothing",
        confidence="B",
    )

    usd_per_kw: float = quantity(
        "USD/kW", "Transformers, switchgear and distribution, per kW of design load", 200.0, ge=0
    )
    charging_usd_per_kw: float = quantity(
        "USD/kW",
        "Transformers and switchgear for the charging power, which no low-voltage distribution "
        "carries, per kW",
        100.0,
        ge=0,
        source="assumed: half of usd_per_kw",
        confidence="C",
    )
    om_share_per_year: float = quantity("1/yr", "Fixed O&M as a share of capex", 0.01, ge=0, le=1)
    life_years: float = quantity("yr", "Life", 25.0, gt=0)
    floor_m2_per_kw: float = quantity("m2/kW", "Floor space", 0.02, ge=0)

    def build(self, plant: PlantView) -> None:
        """Add nothing: the stages are laid out with the tree."""
