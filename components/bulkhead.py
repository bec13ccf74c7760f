"""Bulkheads: how far a fault spreads from the compartment in which it begins.

Three kinds of leaks. What is *not contained* takes the neighbours down, step by step. An *internal
short circuit* is a deep sag for all that hang on the same bus, until it is cleared. A *common cause*
does not mind bulkheads at all: shared controls or firmware that stop all storages at once.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from components._bulkheads import Bulkheads
from components._controls import SharedControls
from components._topology import Topology
from components._units import ensure_protection
from twin.contracts.losses import COMMON_CAUSE, CONTROLS
from twin.contracts.parts import PlantView
from twin.quantity import Spec, quantity
from twin.registry import register

_HOLDS = (0.5, 0.9999)
_NOBODY = "assumed: nobody has published it; sweep 0.5 to 0.9999"


@register("bulkhead")
class BulkheadSpec(Topology):
    """What the walls, breakers and controls between compartments are worth."""

    present_by_default: ClassVar[bool] = True

    bus: float = quantity("1", "Probability that a bulkhead contains the fault of a bus", 0.99,
        ge=0, le=1, source=_NOBODY, confidence="C", span=_HOLDS)  # fmt: skip
    storage: float = quantity("1", "The same, of a storage unit: else all units stop in its "
        "compartment and the neighbour's", 0.99, ge=0, le=1, source=_NOBODY, confidence="C",
        span=_HOLDS)  # fmt: skip
    fire: float = quantity("1", "The same, of a fire that nobody has put out", 0.95, ge=0, le=1,
        source="rack to rack 0.95 with a passed UL 9540A test and 0.9 m, 0.5 without; a wall is "
        "assumed to be no worse", confidence="C", span=_HOLDS)  # fmt: skip
    short_circuit: float = quantity("1", "The same, of an internal short circuit", 0.99, ge=0, le=1,
        source=_NOBODY, confidence="C", span=_HOLDS)  # fmt: skip

    tie: float = quantity("1", "The same, of a tie that closes onto what has failed", 0.99,
        ge=0, le=1, source=_NOBODY, confidence="C", span=_HOLDS)  # fmt: skip

    short_circuit_share_bus: float = quantity("1", "Share of the faults of buses that are short "
        "circuits", 0.5, ge=0, le=1, source="assumed, 0.2 to 0.9", confidence="C",
        span=(0.2, 0.9))  # fmt: skip
    short_circuit_share_storage: float = quantity("1", "Share of the faults of storages that are "
        "short circuits on the bus", 0.05, ge=0, le=1,
        source="assumed, 0.01 to 0.2: fuses clear most", confidence="C",
        span=(0.01, 0.2))  # fmt: skip
    sag_min_pu: float = quantity("pu", "Residual voltage on the bus above, lowest", 0.0, ge=0, le=1)
    sag_max_pu: float = quantity("pu", "Residual voltage on the bus above, highest", 0.3,
        ge=0, le=0.9)  # fmt: skip
    clearing_min_s: float = quantity("s", "A short circuit is cleared after, shortest", 0.06, gt=0,
        source="assumed: breaker with instantaneous trip", confidence="C")  # fmt: skip
    clearing_max_s: float = quantity("s", "A short circuit is cleared after, longest", 0.4, gt=0,
        source="assumed: time-graded protection", confidence="C")  # fmt: skip
    island_trip: float = quantity("1", "An inverter cannot clear a short circuit on its island (it "
        "gives 1.2 to 2 pu): the island goes dark", 0.5, ge=0, le=1,
        source="assumed; sweep 0 to 1", confidence="C", span=(0.0, 1.0))  # fmt: skip
    breaker_failure: float = quantity("1/demand", "The breaker that must clear it fails to open: the "
        "bus above goes dark", 1e-3, ge=0, le=1, source="assumed, 1e-4 to 1e-2; sweep",
        confidence="C", span=(1e-4, 1e-2))  # fmt: skip
    isolation_h: float = quantity("h", "Then somebody isolates the fault by hand after", 2.0, gt=0)

    fire_delay_min_min: float = quantity("min", "A fire reaches the neighbour after, shortest", 10.0,
        ge=0, source="assumed: 10 to 60 min", confidence="C")  # fmt: skip
    fire_delay_max_min: float = quantity("min", "A fire reaches the neighbour after, longest", 60.0,
        ge=0, source="assumed: 10 to 60 min", confidence="C")  # fmt: skip
    fire_extinguished: float = quantity("1", "Probability that it is put out before that", 0.5,
        ge=0, le=1, source="assumed: cells burn on", confidence="C", span=(0.1, 0.9))  # fmt: skip
    fire_repair_days: float = quantity("d", "A compartment without a storage of its own is out for, "
        "once fire has reached it", 21.0, gt=0)  # fmt: skip
    hall_compartments: int = quantity("", "Compartments in a hall, which a fire beside the pods stops "
        "as a whole", 1, ge=1, source="assumed: a hall of its own", confidence="C")  # fmt: skip
    hall_stop_h: float = quantity("h", "Emergency stop of a hall", 8.0, gt=0,
        source="assumed: fire brigade and smoke, 4 to 48 h", confidence="C")  # fmt: skip

    common_cause: float = quantity("1", "Share of the faults that stop a storage which stop all "
        "storages of its table at once (beta factor)", 0.05, ge=0, lt=1,
        source="IEC 61508-6 annex D, 0.01 to 0.1, cited from memory; verify", confidence="B",
        span=(0.01, 0.1))  # fmt: skip
    ems_fault_per_year: float = quantity("1/yr", "Faults of the controls or firmware that all "
        "storages share", 0.05, ge=0, source="assumed, 0.01 to 0.5; sweep", confidence="C",
        span=(0.01, 0.5))  # fmt: skip
    ems_repair_h: float = quantity("h", "Mean time until they work again", 8.0, gt=0,
        source="assumed", confidence="C")  # fmt: skip
    ems_mode: Literal["refuse", "trip"] = quantity("", "What storages do meanwhile: refuse to take "
        "over (who carries a load goes on), or stop at once", "refuse")  # fmt: skip

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for low, high in (("sag_min_pu", "sag_max_pu"), ("clearing_min_s", "clearing_max_s"),
                          ("fire_delay_min_min", "fire_delay_max_min")):  # fmt: skip
            if getattr(self, low) > getattr(self, high):
                raise ValueError(
                    f"{low} = {getattr(self, low):g} is above {high} = {getattr(self, high):g}"
                )
        return self

    def holds(self, kind: str) -> float:
        """Return the containment of a kind of fault."""
        return {"bus": self.bus, "storage": self.storage, "fire": self.fire, "tie": self.tie,
                "short_circuit": self.short_circuit}[kind]  # fmt: skip

    def build(self, plant: PlantView) -> None:
        """Add the bulkheads, and what is common to all storages."""
        protection = ensure_protection(plant)
        plant.add(Bulkheads(plant, self))
        units = list(plant.units())
        if self.ems_fault_per_year > 0.0 and units:
            rate, mode = self.ems_fault_per_year, self.ems_mode
            self._share(plant, SharedControls(plant, "controls", CONTROLS, units, rate,
                                              self.ems_repair_h, mode))  # fmt: skip
        for bank in protection.banks:
            if self.common_cause > 0.0 and len(bank.units) > 1:
                rates = [bank.spec.stop_rate(u) for u in bank.units]
                rate = self.common_cause * sum(rates) / len(rates)
                repair_h = bank.spec.stop_repair_h(bank.units[0])
                for unit in bank.units:
                    plant.device(unit.name).keep_own_faults(1.0 - self.common_cause)
                if rate > 0.0:
                    # named by its first unit: the same whatever else there is, and however many
                    name = f"common-cause@{bank.units[0].name.removeprefix('storage@')}"
                    self._share(plant, SharedControls(plant, name, COMMON_CAUSE,
                                    bank.units, rate, repair_h, "trip"))  # fmt: skip

    def _share(self, plant: PlantView, controls: SharedControls) -> None:
        plant.add(controls)
        plant.device("protection").controls.append(controls)


@register("bulkhead", "none")
class NoBulkheads(Spec):
    """Perfectly watertight compartments, nothing in common: no leak of any kind."""

    def build(self, plant: PlantView) -> None:
        """Add nothing."""
