"""Cooling of the whole site: power ``a + b * P_IT`` and an autonomy that bounds ride-through.

Chillers hang on the site bus and stop with it, when the storage on it cannot carry them, or in a sag
that their drives or contactors do not tolerate; then they start again one after another. Meanwhile
the loop lives on its buffer: pumps stay on the pods' protected buses (their share is in the pod's
load), the buffer lasts ``autonomy_s`` and refills while the chillers run. As it shrinks GPUs throttle,
then jobs are saved and suspended; when it is used up, the pods trip although they still have power.
Pumps see only what their pod sees, see `components._pumps`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from components._blow import Blow
from components._causes import site_cause
from components._pumps import Pumps
from components._tolerance import Thresholds, Tolerance, stops
from twin.contracts.layout import Arrays, Mode
from twin.contracts.losses import COOLING, Initiator, Loss
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView
from twin.quantity import quantity
from twin.registry import register

RETRY_S = 30.0
"""How often chillers that found too little capacity ask again, s."""


@register("cooling")
class CoolingSpec(Thresholds):
    """First cooling model: one plant for the site."""

    present_by_default: ClassVar[bool] = True

    fixed_kw: float = quantity(
        "kW", "Power of the cooling plant that does not depend on load", 0.0, ge=0
    )
    per_it_kw: float = quantity(
        "kW/kW",
        "Power per kW of IT load",
        0.13,
        ge=0,
        le=2,
        source="so that PUE is about 1.25 for liquid-cooled AI halls in the tropics, together with "
        "pumps and conversion losses (Google 1.1; Uptime Global Survey 2025 mean 1.54)",
        confidence="C",
    )
    pump_per_it_kw: float = quantity(
        "kW/kW",
        "Pumps and coolant distribution on the pod's protected bus, per kW of IT load",
        0.02,
        ge=0,
        le=0.5,
    )
    autonomy_s: float = quantity(
        "s",
        "How long a full buffer cools the pods without chillers",
        600.0,
        ge=0,
        source="assumed: buffer sized for chiller restart plus generator start, with margin",
        confidence="C",
        span=(300.0, 1200.0),
    )
    refill_ratio: float = quantity(
        "s/s", "Seconds of autonomy regained per second of running", 0.25, gt=0
    )
    restart_s: float = quantity(
        "s",
        "Restart of the first chiller after its bus is back",
        300.0,
        ge=0,
        source="assumed, range 3 to 10 min",
        confidence="C",
        span=(180.0, 600.0),
    )
    chillers_needed: int = quantity(
        "",
        "Chillers that carry the load; they start one after another, and cool once all of them run",
        3,
        ge=1,
        le=100,
        source="assumed: three needed of four",
        confidence="C",
    )
    stagger_s: float = quantity(
        "s",
        "Time between the starts of two chillers",
        45.0,
        ge=0,
        source="Carrier chiller manual (auto restart after power failure): lag chiller 45 s after the "
        "lead one, standby 90 s",
        confidence="B",
    )
    chiller_tolerance: Tolerance = quantity(
        "",
        "What sags chillers live through: a threshold, a curve of twin.contracts.tolerance, or all "
        "(none ever stops them)",
        "threshold",
    )
    chiller_trip_pu: float = quantity(
        "pu",
        "Voltage at the connection below which chillers stop, pu",
        0.7,
        ge=0,
        le=0.9,
        source="Trane CVGF manual: may shut down in dips of 30 % or more for 1.5 cycles or more",
        confidence="B",
        span=(0.5, 0.85),
    )
    chiller_trip_s: float = quantity(
        "s",
        "Time up to which chillers stand that",
        0.03,
        ge=0,
        source="Trane CVGF manual: 1.5 cycles (30 ms at 50 Hz), keeps running up to that; contactors "
        "10 to 100 ms",
        confidence="B",
    )
    pump_tolerance: Tolerance = quantity("", "What sags pumps live through", "threshold")
    pump_trip_pu: float = quantity(
        "pu",
        "Lowest voltage of a phase below which the drives of a pod's pumps trip, pu",
        0.7,
        ge=0,
        le=0.9,
        source="assumed, drives trip at 0.5 to 0.85 pu; Solcon MPS 3000 manual: 0.65",
        confidence="C",
        span=(0.5, 0.85),
    )
    pump_trip_s: float = quantity(
        "s",
        "Time up to which pumps stand that",
        0.02,
        ge=0,
        source="assumed: what the capacitors of the drive hold, 10 to 100 ms",
        confidence="C",
    )
    pump_restart_s: float = quantity(
        "s",
        "Restart of a pump that has tripped, from the end of the sag",
        10.0,
        ge=0,
        source="assumed, 5 to 20 s; Solcon MPS 3000 manual: 4 s, 0.4 to 25 s",
        confidence="C",
    )
    pump_restart_failure: float = quantity(
        "1/demand",
        "A pod's pumps do not restart by themselves",
        0.01,
        ge=0,
        le=1,
        source="assumed, none to one in ten",
        confidence="D",
    )
    pump_autonomy_s: float = quantity(
        "s",
        "How long a pod lives without flow",
        60.0,
        ge=0,
        source="30 to 120 s for liquid-cooled racks, assumed; less than a minute in a test of direct "
        "liquid cooling (ASME InterPACK2017, V001T02A008)",
        confidence="C",
        span=(30.0, 120.0),
    )
    throttle_s: float = quantity(
        "s",
        "Autonomy left when GPUs throttle",
        180.0,
        ge=0,
        source="assumed, 90 to 300 s",
        confidence="D",
    )
    throttle_cap: float = quantity(
        "1",
        "GPU power while throttled, as a share of rated power",
        0.6,
        gt=0.2,
        le=1,
        source="assumed: as the cap of the energy management",
        confidence="D",
    )
    warning_s: float = quantity(
        "s", "Autonomy left when the energy management is warned", 90.0, ge=0
    )

    @property
    def full_restart_s(self) -> float:
        """Time from a good bus until all chillers that are needed run, s."""
        return self.restart_s + (self.chillers_needed - 1) * self.stagger_s

    def chillers_stop(self, volts: float, seen_s: float) -> bool:
        """Return whether chillers stop that see `volts` (pu) for `seen_s`."""
        edge = (self.chiller_trip_pu, self.chiller_trip_s)
        return stops(self.chiller_tolerance, *edge, volts, seen_s)

    def pumps_stop(self, volts: float, seen_s: float) -> bool:
        """Return whether pumps trip that see `volts` (pu) for `seen_s`."""
        return stops(self.pump_tolerance, self.pump_trip_pu, self.pump_trip_s, volts, seen_s)

    def minds(self, volts: float, seen_s: float) -> bool:
        """Return whether anything of the cooling stops that sees `volts` for `seen_s`."""
        return self.chillers_stop(volts, seen_s) or self.pumps_stop(volts, seen_s)

    def build(self, plant: PlantView) -> None:
        """Add chillers and pumps; those without power of their own are none."""
        if self.fixed_kw > 0.0 or self.per_it_kw > 0.0:
            plant.add(Cooling(plant, self))
        if self.pump_per_it_kw > 0.0:
            plant.add(Pumps(plant, self))


@dataclass(slots=True)
class CoolingState(DeviceState):
    """Phase (``"on"``, ``"off"``, ``"starting"``), and the buffer at a known time.

    ``event`` and ``kind`` say what stopped the chillers.
    """

    phase: str = "on"
    buffer_s: float = 0.0
    since_s: float = 0.0
    restart_at_s: float = NEVER
    throttled: bool = False
    warned: bool = False
    tripped: bool = False
    event: str = ""
    kind: str = ""


class Cooling(Device):
    """The chillers and their buffer."""

    state_type = CoolingState
    state: CoolingState

    def __init__(self, plant: PlantView, spec: CoolingSpec) -> None:
        super().__init__("cooling", plant)
        self.spec = spec

    def begin(self) -> None:
        """Start with a full buffer and running chillers."""
        self.state.buffer_s = self.spec.autonomy_s
        bridged = bool(self.plant.arrays.row[0]["has_storage"])
        self.state.topics = ("source", "islanded", "pods") if bridged else ("source",)

    def step(self, reason: str) -> None:
        """Follow the source of the site bus; restart, warn, trip."""
        self._book()
        s = self.state
        alive = self._supplied()
        if s.phase != "off" and not (alive and self._carried()):
            if self._in_time():
                self._blame()
            s.phase = "off"
            s.restart_at_s = NEVER
            self.say("stopped", f"buffer {s.buffer_s:.0f} s")
            self.plant.signal("chillers")
        elif s.phase == "off" and alive and self._fits():
            s.phase = "starting"
            s.restart_at_s = self.plant.now + self.spec.full_restart_s
            self.say("starting")
        if s.phase == "starting" and self.plant.now >= s.restart_at_s:
            s.phase = "on"
            s.restart_at_s = NEVER
            s.throttled = s.warned = s.tripped = False
            self.say("running")
            self.plant.signal("cooling")
        self._warn_and_trip()
        self._wait()
        self.plant.changed(self)

    def _book(self) -> None:
        s = self.state
        dt = self.plant.now - s.since_s
        s.since_s = self.plant.now
        if s.phase == "on":
            s.buffer_s = min(self.spec.autonomy_s, s.buffer_s + self.spec.refill_ratio * dt)
        else:
            s.buffer_s = max(0.0, s.buffer_s - dt)

    def _supplied(self) -> bool:
        """Return whether the site bus is in service and somebody feeds it."""
        in_service = bool(self.plant.arrays.inp[0]["alive"])
        source = self.plant.device("utility").state.source
        return in_service and (source != "none" or self._bridged())

    def _bridged(self) -> bool:
        """Return whether a storage on the site bus has taken over, and carries pods still."""
        k = self.plant.arrays
        if not k.row[0]["has_storage"] or k.inp[0]["closed"] or not k.inp[0]["storage_ok"]:
            return False
        pods = list(self.plant.tree.pod_rows)
        return bool(k.state[0]["mode"] != Mode.EMPTY and k.inp["powered"][pods].any())

    def _carried(self) -> bool:
        """Return whether the storage that carries the site bus, if any, can carry the chillers."""
        islanded = self.plant.has("former") and not self.plant.arrays.inp[0]["closed"]
        source = self.plant.device("utility").state.source
        return not islanded or source == "diesel" or self.plant.spare_w() >= 0.0

    def _fits(self) -> bool:
        """Chillers start only where the source can carry them (a diesel plant may not yet)."""
        if self.plant.device("utility").state.source == "grid":
            return True
        return self.plant.spare_w() >= 0.0

    def _warn_and_trip(self) -> None:
        s = self.state
        if s.phase == "on":
            return
        if not s.throttled and s.buffer_s <= self.spec.throttle_s:
            s.throttled = True
            self.plant.signal("thermal-throttle")
        if not s.warned and s.buffer_s <= self.spec.warning_s:
            s.warned = True
            self.plant.signal("thermal-warning")
        if not s.tripped and s.buffer_s <= 0.0:
            s.tripped = True
            self.say("trip", "buffer used up")
            loss = Loss(self.initiator(), COOLING)
            self.plant.lose_pods(range(len(self.plant.tree.pod_rows)), loss)

    def _in_time(self) -> bool:
        """Return whether the buffer would last but for what happens now."""
        s = self.state
        return s.phase == "on" or s.restart_at_s - self.plant.now < s.buffer_s

    def _blame(self) -> None:
        found = site_cause(self.plant)
        self.state.event, self.state.kind = found.name, found.kind

    def initiator(self) -> Initiator:
        """Return the event that stopped the chillers last."""
        return Initiator(self.state.event, self.state.kind)

    def _wait(self) -> None:
        s = self.state
        s.until_s = s.restart_at_s
        if s.phase != "on" and not s.tripped:
            ahead = [0.0]
            ahead += [] if s.throttled else [self.spec.throttle_s]
            ahead += [] if s.warned else [self.spec.warning_s]
            left = s.buffer_s - max(ahead)
            s.until_s = min(s.until_s, self.plant.now + max(left, 1e-3))
        if s.phase == "off" and self._supplied():
            s.until_s = min(s.until_s, self.plant.now + RETRY_S)

    def sees(self, blow: Blow) -> None:
        """Stop in a sag that chillers do not tolerate, and start again when it is over."""
        s, volts, seen_s = self.state, blow.input_pu, blow.site_s
        if s.phase == "off" or not self.spec.chillers_stop(volts, seen_s) or not self._supplied():
            return
        self._book()
        if self._in_time():
            s.event, s.kind = blow.strike.cause.name, blow.strike.cause.kind
        s.phase = "starting"
        s.restart_at_s = self.plant.now + seen_s + self.spec.full_restart_s
        self.say("stopped", f"{volts:.2f} pu for {seen_s:.3f} s, buffer {s.buffer_s:.0f} s")
        self._wait()
        self.plant.changed(self)
        self.plant.rewait(self)

    def give_up(self) -> None:
        """Stop because the source cannot carry the chillers any more."""
        self._book()
        self._blame()
        self.state.phase = "off"
        self.state.restart_at_s = NEVER
        self.say("stopped", "supply short")
        self._wait()
        self.plant.changed(self)
        self.plant.rewait(self)

    def can_cool(self) -> bool:
        """Return whether pods may be powered."""
        return not self.state.tripped

    def commit(self, k: Arrays) -> None:
        """Tell the pass whether the chillers draw power."""
        k.site[0]["cooling_on"] = self.state.phase == "on"
