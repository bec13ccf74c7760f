"""Cooling of the whole site: power ``a + b * P_IT`` and an autonomy that bounds ride-through.

Chillers hang on the site bus and stop with it, or when the storage on it cannot carry them.
The loop then lives on its buffer: pumps stay on the
pods' protected buses (their share is in the pod's load), the buffer lasts ``autonomy_s`` and refills
while the chillers run. When it is used up, the pods trip although they still have power.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from components._causes import site_cause
from twin.contracts.layout import Arrays, Mode
from twin.contracts.losses import COOLING, Initiator, Loss
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView
from twin.quantity import Spec, quantity
from twin.registry import register

RETRY_S = 30.0
"""How often chillers that found too little capacity ask again, s."""


@register("cooling")
class CoolingSpec(Spec):
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
        "Chiller restart after its bus is back",
        300.0,
        ge=0,
        source="assumed, range 3 to 10 min",
        confidence="C",
        span=(180.0, 600.0),
    )
    warning_s: float = quantity(
        "s", "Autonomy left when the energy management is warned", 90.0, ge=0
    )

    def build(self, plant: PlantView) -> None:
        """Add the cooling plant; one without power of its own (fans and pumps at the pods) is none."""
        if self.fixed_kw > 0.0 or self.per_it_kw > 0.0:
            plant.add(Cooling(plant, self))


@dataclass(slots=True)
class CoolingState(DeviceState):
    """Phase (``"on"``, ``"off"``, ``"starting"``), and the buffer at a known time.

    ``event`` and ``kind`` say what stopped the chillers.
    """

    phase: str = "on"
    buffer_s: float = 0.0
    since_s: float = 0.0
    restart_at_s: float = NEVER
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
            if s.phase == "on" or s.restart_at_s - self.plant.now < s.buffer_s:
                self._blame()  # without this event the buffer would have lasted
            s.phase = "off"
            s.restart_at_s = NEVER
            self.say("stopped", f"buffer {s.buffer_s:.0f} s")
            self.plant.signal("chillers")
        elif s.phase == "off" and alive and self._fits():
            s.phase = "starting"
            s.restart_at_s = self.plant.now + self.spec.restart_s
            self.say("starting")
        if s.phase == "starting" and self.plant.now >= s.restart_at_s:
            s.phase = "on"
            s.restart_at_s = NEVER
            s.warned = s.tripped = False
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
        if not s.warned and s.buffer_s <= self.spec.warning_s:
            s.warned = True
            self.plant.signal("thermal-warning")
        if not s.tripped and s.buffer_s <= 0.0:
            s.tripped = True
            self.say("trip", "buffer used up")
            loss = Loss(self.initiator(), COOLING)
            self.plant.lose_pods(range(len(self.plant.tree.pod_rows)), loss)

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
            left = s.buffer_s if s.warned else s.buffer_s - self.spec.warning_s
            s.until_s = min(s.until_s, self.plant.now + max(left, 1e-3))
        if s.phase == "off" and self._supplied():
            s.until_s = min(s.until_s, self.plant.now + RETRY_S)

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
