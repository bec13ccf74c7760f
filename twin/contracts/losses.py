"""What a loss of power is put down to: the event that began it, and the path by which it came.

Every pod that goes dark is booked to one *initiating event*: the disturbance of the grid, the fault of
a bus or the fire from which all that follows came. What fails later in an outage (a battery runs
empty, the diesel sets give up) belongs to that outage. The *path* says how the event got through.
"""

from __future__ import annotations

from dataclasses import dataclass

SAG, MOMENTARY, OUTAGE = "sag", "momentary", "outage"
DISTURBANCES = (SAG, MOMENTARY, OUTAGE)
"""Kinds that begin at the connection point."""
BUS_FAULT, SHARED_FAULT, FIRE = "bus_fault", "shared_fault", "fire"
OVERLOAD, SOURCE_LOST = "overload", "source_lost"
STORAGE_FAULT = "storage_fault"
MAINTENANCE = "maintenance"
FEEDER, ATS, HV_TRANSFORMER = "feeder", "ats", "hv_transformer"
MV_TRANSFORMER, BREAKER, CABLE = "mv_transformer", "breaker", "cable"
STATIC_SWITCH, FEED_SWITCH, UPS = "static_switch", "feed_switch", "ups"
PATH_FAULTS = (FEEDER, ATS, HV_TRANSFORMER, MV_TRANSFORMER, BREAKER, CABLE, STATIC_SWITCH, FEED_SWITCH,
               UPS)  # fmt: skip
"""Faults of what stands between the grid and the racks. A UPS without inverter and bypass is one."""
KINDS = (*DISTURBANCES, BUS_FAULT, SHARED_FAULT, FIRE, OVERLOAD, SOURCE_LOST, MAINTENANCE,
         STORAGE_FAULT, *PATH_FAULTS)  # fmt: skip
"""Kinds of initiating events.

An overload is a load beyond a source on which nothing has failed. On a site without a utility a
source that gives up (an empty storage, a failing set) is an event of its own.
"""

NO_STORAGE = "no storage"
STORAGE_OUT = "storage out"
BMS_OUT = "storage controller out"
SWITCH_FAILED = "switch failed"
TAKEOVER_FAILED = "takeover failed"
STRING_FAILED = "string failed"
HIDDEN_FAULT = "hidden fault"
GAP = "gap longer than hold-up"
BATTERY_EMPTY = "battery empty"
BUS_DEAD = "bus dead"
SUPPLY_SHORT = "supply short"
COOLING = "cooling"
CONTROLS = "controls failed"
COMMON_CAUSE = "common cause"
BULKHEAD = "bulkhead failed"
BREAKER_FAILED = "breaker failed to open"
ISLAND_TRIPPED = "island tripped"
HALL_STOPPED = "hall stopped"
TIE_FAILED = "tie passed the fault on"
PATHS = (NO_STORAGE, STORAGE_OUT, BMS_OUT, SWITCH_FAILED, TAKEOVER_FAILED, STRING_FAILED,
         HIDDEN_FAULT, GAP, BATTERY_EMPTY, BUS_DEAD, SUPPLY_SHORT, COOLING, CONTROLS,
         COMMON_CAUSE, BULKHEAD, BREAKER_FAILED, ISLAND_TRIPPED, HALL_STOPPED, TIE_FAILED)  # fmt: skip
"""Paths by which an event reaches a pod."""


@dataclass(frozen=True, slots=True)
class Initiator:
    """An initiating event.

    Attributes
    ----------
    name
        Unique in its replication: ``"disturbance-00017"``, ``"bus@block-02 fault 1"``.
    kind
        One of `KINDS`, or a word of your own device.
    """

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Loss:
    """Why pods lose power: the event that began it, and the path by which it reached them."""

    initiator: Initiator
    path: str

    def __str__(self) -> str:
        return f"{self.initiator.name} ({self.initiator.kind}): {self.path}"
