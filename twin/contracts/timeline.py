"""The exogenous timeline of one replication, identical for all architectures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.contracts.losses import MOMENTARY, OUTAGE, SAG
from twin.contracts.phases import THREE_PHASES, Codes
from twin.contracts.storms import CALM, Storms
from twin.streams import Luck

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

INTERRUPTION_PU = 0.1
"""Residual voltage below which a disturbance is an interruption, not a sag."""
NORMAL_PU = 0.9
"""Voltage from which the supply is good again: the upper end of a sag."""
MOMENTARY_S = 60.0
"""Longest momentary interruption; longer ones are outages."""


def _unsaid() -> Codes:
    return np.zeros(0, np.int8)


@dataclass(frozen=True)
class Disturbances:
    """Voltage disturbances at the connection point, sorted by start.

    Attributes
    ----------
    start_s, duration_s, voltage_pu
        Shape (n,), s since scenario start, s, pu of nominal (residual: the lowest of all
        phase-to-neutral and phase-to-phase voltages). A disturbance with ``voltage_pu < 0.1`` is a
        momentary interruption up to 60 s and an outage beyond; others are sags. Disturbances may
        touch or overlap (a sag inside an outage); the utility component takes the lowest voltage at
        each instant.
    phases
        Shape (n,), codes of `twin.contracts.phases.SagType`; left out: all three phases.
    shot
        Shape (n,), number within a reclosing sequence: 0 for the event that counts, 1, 2 ... for
        the dips that follow within the same minute, which SARFI (and every rate here) counts with
        it. Left out: all 0.
    storms
        The storms that caused some of them; not a property of single events.
    """

    start_s: Array
    duration_s: Array
    voltage_pu: Array
    phases: Codes = field(default_factory=_unsaid)
    shot: Codes = field(default_factory=_unsaid)
    storms: Storms = CALM

    def __post_init__(self) -> None:
        if np.any(np.diff(self.start_s) < 0):
            raise ValueError("disturbances must be sorted by start")
        n = len(self.start_s)
        for name, plain in (("phases", THREE_PHASES), ("shot", 0)):
            if len(getattr(self, name)) == 0 < n:
                object.__setattr__(self, name, np.full(n, plain, np.int8))

    def __len__(self) -> int:
        return len(self.start_s)

    def name(self, n: int) -> str:
        """Return the name of disturbance `n`, by which draws are keyed."""
        return f"disturbance-{n:05d}"

    def kind(self, n: int) -> str:
        """Return what disturbance `n` is: ``"sag"``, ``"momentary"`` or ``"outage"``."""
        if self.voltage_pu[n] >= INTERRUPTION_PU:
            return SAG
        return MOMENTARY if self.duration_s[n] <= MOMENTARY_S else OUTAGE

    def in_force(self, time_s: float) -> int:
        """Return the disturbance that makes the voltage at a time: the lowest, then the longest.

        -1 if none is under way.
        """
        end = self.start_s + self.duration_s
        under_way = np.flatnonzero((self.start_s <= time_s) & (end > time_s))
        if not len(under_way):
            return -1
        order = np.lexsort((-end[under_way], self.voltage_pu[under_way]))
        return int(under_way[order[0]])

    def select(self, which: NDArray[np.bool_] | Ints) -> Disturbances:
        """Return some of the events: a mask or rising positions, shape (n,) or (k,)."""
        return Disturbances(
            self.start_s[which],
            self.duration_s[which],
            self.voltage_pu[which],
            self.phases[which],
            self.shot[which],
            self.storms,
        )

    @staticmethod
    def empty() -> Disturbances:
        """Return a timeline in which nothing happens."""
        none = np.zeros(0)
        return Disturbances(none, none, none)

    @staticmethod
    def outage(start_s: float, duration_s: float) -> Disturbances:
        """Return a timeline with a single outage."""
        return Disturbances(np.array([start_s]), np.array([duration_s]), np.zeros(1))

    @staticmethod
    def merged(parts: list[Disturbances], storms: Storms = CALM) -> Disturbances:
        """Return the union of several timelines, sorted by start (stable)."""
        start = np.concatenate([p.start_s for p in parts])
        order = np.argsort(start, kind="stable")
        return Disturbances(
            start[order],
            np.concatenate([p.duration_s for p in parts])[order],
            np.concatenate([p.voltage_pu for p in parts])[order],
            np.concatenate([p.phases for p in parts])[order],
            np.concatenate([p.shot for p in parts])[order],
            storms,
        )


@dataclass(frozen=True)
class SeenDisturbances(Disturbances):
    """What a site sees of the world's disturbances, and of faults of its own connection.

    Attributes
    ----------
    world
        The disturbances of the world, the same for all architectures.
    origin, own_kind
        Per disturbance: number of that of the world, or -1 and the kind of equipment that failed.
    """

    world: Disturbances = field(default_factory=Disturbances.empty)
    origin: tuple[int, ...] = ()
    own_kind: tuple[str, ...] = ()

    def name(self, n: int) -> str:
        """Return the name of disturbance `n`: that of the world, so that luck stays the same."""
        if self.origin[n] >= 0:
            return self.world.name(self.origin[n])
        return f"{self.own_kind[n]}-{self.start_s[n]:.0f}"

    def kind(self, n: int) -> str:
        """Return what disturbance `n` is, or the kind of the site's own equipment that failed."""
        return self.world.kind(self.origin[n]) if self.origin[n] >= 0 else self.own_kind[n]


@dataclass(frozen=True)
class ProfileContext:
    """What a profile may know: the luck of the replication, the calendar and the storms."""

    seed: int
    replication: int
    start_year: int
    horizon_s: float
    storms: Storms = CALM

    @property
    def luck(self) -> Luck:
        """Draws on demand of this replication."""
        return Luck(self.seed, self.replication)


@dataclass(frozen=True)
class YearTariff:
    """Prices of one simulated year on a half-hourly grid.

    Attributes
    ----------
    period
        Shape (17520,), index of the price period in each half-hour.
    price_usd_per_kwh
        Shape (n_periods,), energy price of each period.
    names
        Names of the periods (``"peak"``, ``"standard"``, ``"off-peak"``).
    """

    period: Ints
    price_usd_per_kwh: Array
    names: tuple[str, ...]


@dataclass(frozen=True)
class NodeFaults:
    """Background faults of nodes in one simulated year, sorted by time.

    Attributes
    ----------
    time_s, pod, node, detect_s, down_s
        Shape (n,): s since scenario start; number of the pod; number of the node in its pod; time
        until somebody notices, s; time before a restart may begin, s.
    """

    time_s: Array
    pod: Ints
    node: Ints
    detect_s: Array
    down_s: Array


class DisturbanceProfile(Protocol):
    """A kind of the tables ``sags``, ``momentaries`` and ``outages``."""

    def sample(self, ctx: ProfileContext) -> Disturbances:
        """Return the disturbances of one replication over the whole horizon."""


class StormProfile(Protocol):
    """A kind of the table ``storms``."""

    def sample(self, ctx: ProfileContext) -> Storms:
        """Return the storms of one replication over the whole horizon."""


class TariffProfile(Protocol):
    """A kind of the table ``tariff``."""

    def year(self, start_year: int, year: int) -> YearTariff:
        """Return the prices of a simulated year (counted from zero)."""


class PhotovoltaicProfile(Protocol):
    """Onsite PV: AC power per kW of DC rating."""

    def year(self, ctx: ProfileContext, year: int) -> Array:
        """Return hourly mean AC power of a simulated year, shape (8760,), W per W of DC peak."""


class NodeFaultProfile(Protocol):
    """A kind of the table ``node_faults``."""

    def year(self, ctx: ProfileContext, year: int, pods: int, nodes_per_pod: int) -> NodeFaults:
        """Return the background node faults of a simulated year."""
