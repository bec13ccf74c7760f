"""What a device is, and what it may ask of the plant.

A device is a transition function over plain state: the plant runs one generator for all of them,
``reason = yield wait(state)`` and then ``device.step(reason)``; no local variable lives across a
wait. So the whole plant can be saved to JSON at any instant and continued bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from twin.contracts.layout import Arrays, Cause
from twin.contracts.losses import Loss
from twin.contracts.timeline import Disturbances
from twin.contracts.world import Economics, Grid
from twin.quantity import Spec
from twin.streams import Luck

NEVER = math.inf


@dataclass(slots=True)
class DeviceState:
    """What every device remembers; subclasses add plain fields (numbers, texts, lists, dicts).

    Attributes
    ----------
    until_s
        Absolute time of the next wake-up, s (inf for none).
    topics
        Signals that wake the device.
    ticket
        Number of the present wait; signals and restored timers go in ticket order.
    """

    until_s: float = NEVER
    topics: tuple[str, ...] = ()
    ticket: int = 0


class Device:
    """Base of all devices. Subclasses set ``state`` and implement `step` and `commit`."""

    state_type: ClassVar[type[DeviceState]] = DeviceState

    def __init__(self, name: str, plant: PlantView) -> None:
        self.name = name
        self.plant = plant
        self.state: Any = self.state_type()

    def begin(self) -> None:
        """Set the initial state at time zero."""

    def step(self, reason: str) -> None:
        """React to a wake-up: ``"time"`` or the topic of a signal."""

    def commit(self, k: Arrays) -> None:
        """Copy what the pass must know from the device's state into the inputs."""

    def say(self, event: str, detail: str = "") -> None:
        """Put a line into the event log."""
        self.plant.emit(self.name, event, detail)


@dataclass(frozen=True)
class Unit:
    """One storage unit (or bank of equal modules) on a bus.

    Attributes
    ----------
    name
        Named by the lowest pod it feeds, e.g. ``"storage@pod-017"``.
    row
        Bus it stands on.
    count
        How many units of the specified size are combined here.
    scale
        Size relative to the specified one (the core's block is as small as its load).
    load_w
        Design load below it, W (IT power at its bus, losses included).
    pods
        Numbers of the pods below it.
    nameplate_j, power_w
        Its energy, new, J, and rated power, W (all that is combined here).
    """

    name: str
    row: int
    count: int
    load_w: float
    pods: tuple[int, ...]
    scale: float = 1.0
    nameplate_j: float = 0.0
    power_w: float = 0.0


@dataclass(frozen=True)
class Tree:
    """The site's tree as the devices see it.

    Attributes
    ----------
    parent, names, compartments
        Per bus: parent bus, name, number of its compartment (-1 for the site bus).
    pod_rows
        Bus of each pod; the core network and storage load is the last pod, number ``core``.
    """

    parent: tuple[int, ...]
    names: tuple[str, ...]
    compartments: tuple[int, ...]
    pod_rows: tuple[int, ...]
    core: int
    """Number of the core pod, -1 if there is none."""

    def below(self, row: int) -> tuple[int, ...]:
        """Return all buses of the subtree at `row`, itself first."""
        found = [row]
        for i in range(row + 1, len(self.parent)):
            if self.parent[i] in found:
                found.append(i)
        return tuple(found)

    def pods_below(self, row: int) -> tuple[int, ...]:
        """Return the numbers of the pods at or below `row`."""
        rows = set(self.below(row))
        return tuple(p for p, r in enumerate(self.pod_rows) if r in rows)


class PlantView(Protocol):
    """What a device may ask of the plant."""

    luck: Luck
    disturbances: Disturbances
    tree: Tree
    arrays: Arrays
    grid: Grid
    economics: Economics
    load: Any
    tables: dict[str, Any]
    horizon_s: float
    tracing: bool
    pods: list[Any]

    @property
    def now(self) -> float:
        """Present time, s."""

    def add(self, device: Device) -> None:
        """Put a device into the plant (while building)."""

    def device(self, name: str) -> Any:
        """Return a device by name."""

    def has(self, name: str) -> bool:
        """Return whether there is a device of that name."""

    def signal(self, topic: str) -> None:
        """Wake all devices that wait for `topic`, in ticket order."""

    def rewait(self, device: Device) -> None:
        """Let a device wait anew after somebody else changed its state."""

    def changed(self, device: Device) -> None:
        """Say that the device's inputs to the pass have changed; they are committed this instant."""

    def emit(self, source: str, event: str, detail: str = "") -> None:
        """Put a line into the event log."""

    def count(self, metric: str, amount: float = 1.0) -> None:
        """Add to a counter that becomes a metric."""

    def note_power(self, pod: int) -> None:
        """Note that a pod has power again."""

    def units(self) -> Sequence[Unit]:
        """Return all storage units."""

    def stored_j(self, row: int) -> float:
        """Return the usable energy of the storage on a bus, settled to now, J."""

    def watch(
        self, row: int, owner: Device, *, low_j: float = -NEVER, high_j: float = NEVER
    ) -> None:
        """Wake `owner` once the storage on a bus falls to `low_j` or rises to `high_j`.

        The owner listens to the topic ``watch:ROW`` and is told each level once; a new call replaces
        its levels at that bus, and one without levels takes them away. A level that has been passed
        already counts as reached as soon as the storage moves that way.
        """

    def spare_w(self) -> float:
        """Return what the present source could still carry beyond the present need, W."""

    def need_w(self) -> float:
        """Return what full service of all powered pods needs at the site bus, W."""

    def lose_pods(self, pods: Sequence[int], loss: Loss, *, shed: bool = False) -> None:
        """Take pods from powered to unpowered, and write down why."""

    def pods_down(self) -> int:
        """Return how many pods (the core network not counted) are unpowered."""

    def lose_asset(self, usd: float, renewed_usd: float = 0.0, life_years: float = 1.0) -> None:
        """Book destroyed equipment.

        Parameters
        ----------
        usd
            What it costs to replace, USD.
        renewed_usd, life_years
            Share of it that belongs to the power system and is new again, and its life, yr: worth
            more at the horizon than what burnt.
        """

    def interrupt_job(self, job: int, cause: Cause, detect_s: float) -> float:
        """Interrupt a job; return the work lost, s."""

    def restart_job(self, job: int, seconds: float) -> None:
        """Begin the restart of a placed job."""

    def run_job(self, job: int) -> None:
        """Let a job compute from now on."""

    def settle_job(self, job: int) -> None:
        """Book a job's time up to now."""

    def refuel(self) -> None:
        """Fill the tank."""


class PlantPart(Protocol):
    """A spec that builds devices into the plant."""

    def build(self, plant: PlantView) -> None:
        """Add this part's devices."""


def repair_time(luck: Luck, law: str, mean_h: float, sigma: float, *cause: str | int) -> float:
    """Return a repair time in s with the given mean.

    Parameters
    ----------
    law
        ``"exponential"``, ``"lognormal"`` (with log-standard deviation `sigma`) or ``"fixed"``.
    """
    mean_s = mean_h * 3600.0
    if law == "fixed":
        return mean_s
    if law == "exponential":
        return luck.exponential(mean_s, *cause)
    return luck.lognormal(mean_s * math.exp(-0.5 * sigma * sigma), sigma, *cause)


__all__ = [
    "NEVER",
    "Device",
    "DeviceState",
    "PlantPart",
    "PlantView",
    "Spec",
    "Tree",
    "Unit",
    "repair_time",
]
