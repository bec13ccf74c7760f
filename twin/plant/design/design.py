"""One architecture as the rules look at it: laid out, with its design loads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from twin.plant import loads
from twin.plant.design.finding import Finding
from twin.plant.tree import Bus, Layout
from twin.scenario import Architecture, Scenario

START_QUANTILE_Z = 1.6448536269514722
"""95th percentile of the standard normal: a start that is slow, but not rare."""


@dataclass(frozen=True)
class Design:
    """An architecture of a scenario, and figures derived from it.

    Attributes
    ----------
    scenario, name, architecture
        What is judged.
    """

    scenario: Scenario
    name: str
    architecture: Architecture

    @cached_property
    def laid(self) -> Layout:
        """The tree."""
        return loads.laid_out(self.scenario, self.architecture)

    @cached_property
    def loads_w(self) -> list[float]:
        """Training load that hangs on each bus, losses below it included, W."""
        return loads.bus_loads_w(self.laid, loads.pump_share(self.architecture))

    @cached_property
    def chillers_kw(self) -> float:
        """Chillers at full training, kW."""
        return loads.chillers_kw(self.laid, self.architecture)

    @property
    def site_kw(self) -> float:
        """The whole site at full training and cooling, at its bus, kW."""
        return self.loads_w[0] / 1e3 + self.chillers_kw

    @property
    def peak_factor(self) -> float:
        """Highest over design load."""
        return loads.peak_factor(self.scenario.load)

    @cached_property
    def charging_share(self) -> float:
        """Highest planned charging of the storages that trade, as a share of their rating."""
        return loads.charging_share(self.scenario, self.architecture, self.laid)

    @property
    def diesel(self) -> Any:
        """The diesel plant's table if it has any sets, else None."""
        spec: Any = self.architecture.tables.get("diesel")
        return spec if spec is not None and getattr(spec, "sets", 0) > 0 else None

    @property
    def cooling(self) -> Any:
        """The cooling table, None if there is none."""
        return self.architecture.tables.get("cooling")

    def key(self, table: str, field: str) -> str:
        """Return the key to change: the shared one where all architectures have the same table."""
        if table in type(self.scenario).model_fields:
            return f"{table}.{field}"
        if table in self.architecture.tables:
            spec = self.architecture.tables[table]
            others = self.scenario.architectures.values()
            if len(others) > 1 and all(a.tables.get(table) == spec for a in others):
                return f"{table}.{field}"
        return f"architectures.{self.name}.{table}.{field}"

    def storage_key(self, spec: Any, field: str) -> str:
        """Return the key of a storage's figure, whichever table it came from."""
        for more, other in self.architecture.more_storage.items():
            if other is spec:
                return f"architectures.{self.name}.more_storage.{more}.{field}"
        return self.key("storage", field)

    def banks(self) -> Iterator[tuple[Any, list[int]]]:
        """Yield each storage table with the rows of its units; the core's own unit comes last."""
        rows: dict[int, list[int]] = {}
        for row, bus in enumerate(self.laid.buses):
            if bus.storage is not None:
                rows.setdefault(id(bus.storage), []).append(row)
        for mine in rows.values():
            yield self.laid.buses[mine[0]].storage, mine

    def finding(self, rule: str, keys: tuple[str, ...], problem: str, cure: str) -> Finding:
        """Return a finding about this architecture."""
        return Finding(rule, keys, problem, cure, (self.name,))


# ---- storage -------------------------------------------------------------------------------------


def window_j(bus: Bus) -> float:
    """Return the usable energy of a storage when its cells are worn out, J."""
    spec = bus.storage
    return float((spec.soc_high - spec.soc_low) * bus.nameplate_j * spec.end_of_life_soh)


def promised_j(bus: Bus) -> float:
    """Return the energy that is there whenever the supply fails, cells worn out, J.

    A storage that trades promises its reserve only.
    """
    spec = bus.storage
    if not spec.trades:
        return window_j(bus)
    reserve: float = max(0.0, spec.reserve_soc() - spec.soc_low) * bus.nameplate_j
    return min(reserve, window_j(bus))


def lasts_s(bus: Bus, energy_j: float, load_w: float) -> float:
    """Return how long the cells carry a load, s."""
    return energy_j / (loads.cells_kw(bus, load_w) * 1e3)


def return_s(spec: Any) -> float:
    """Return how long a storage goes on carrying its load after the supply is back, s."""
    return float(spec.return_delay_s)


# ---- diesel --------------------------------------------------------------------------------------


def first_set_s(diesel: Any) -> float:
    """Return the worst plausible time until the first set is on the bus, s.

    The confirmation, every cranking attempt but the last missed, a run-up at its 95th percentile,
    and the warm-up. That a set fails altogether is what further sets are for.
    """
    run_up_s: float = diesel.start_median_s * math.exp(START_QUANTILE_Z * diesel.start_sigma)
    missed_s = (diesel.attempts - 1) * diesel.retry_s
    return float(diesel.confirm_s + missed_s + run_up_s + diesel.warm_up_s)


def sets_needed(diesel: Any, load_kw: float) -> int:
    """Return how many sets carry a load, at most those that are there."""
    return int(min(diesel.sets, max(1, math.ceil(load_kw / diesel.set_kw - 1e-9))))


def full_load_s(diesel: Any, load_kw: float) -> float:
    """Return the worst plausible time from the loss of supply until diesel carries a load, s."""
    paralleling = (sets_needed(diesel, load_kw) - 1) * diesel.parallel_max_s
    steps = (len(diesel.load_steps) - 1) * diesel.load_step_s
    return float(first_set_s(diesel) + paralleling + steps)


def accepted_kw(diesel: Any, after_s: float) -> float:
    """Return what the plant accepts some time after its first set closed, one set missing, kW."""
    total = 0.0
    for n in range(max(1, diesel.sets - 1)):
        running_s = after_s - n * diesel.parallel_max_s
        if running_s >= 0.0:
            total += diesel.load_steps[_step(diesel, running_s)] * diesel.set_kw
    return total


def _step(diesel: Any, running_s: float) -> int:
    last: int = len(diesel.load_steps) - 1
    if diesel.load_step_s <= 0.0:
        return last
    return min(last, math.floor(float(running_s / diesel.load_step_s) + 1e-9))
