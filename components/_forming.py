"""The storage on the site bus as a source: it forms the bus when nobody else feeds it.

When the supply of the site is lost and the unit takes over, the site lives on: chillers run, PV is
used, pods return. The bus dies with the unit, when it is empty or fails; an empty unit is charged by
PV alone and forms the bus again from its restart level on. On a site without a utility this is the
normal state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twin.contracts.layout import Mode
from twin.contracts.losses import SOURCE_LOST, Initiator
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView, Unit

SITE = 0
EMPTY, LOW = int(Mode.EMPTY), int(Mode.LOW)


@dataclass(slots=True)
class FormerState(DeviceState):
    """Whether the unit has failed to take over, when it is started anew, how often the bus died."""

    tripped: bool = False
    start_at_s: float = NEVER
    deaths: int = 0


class SiteFormer(Device):
    """Decides when the storage on the site bus is the site's source."""

    state_type = FormerState
    state: FormerState

    def __init__(self, plant: PlantView, unit: Unit, spec: Any) -> None:
        super().__init__("former", plant)
        self.unit = unit
        self.spec = spec

    def begin(self) -> None:
        """Form the bus from the start where there is no utility."""
        self.state.topics = ("source", "storage", f"watch:{SITE}")
        if not self.plant.grid.connected and self.able():
            self.plant.device("utility").state.source = "storage"
            self.plant.arrays.inp[SITE]["closed"] = 0
        self._watch()

    def able(self) -> bool:
        """Return whether the unit could form the bus now."""
        k = self.plant.arrays
        charged = k.state[SITE]["mode"] != EMPTY
        alive = bool(k.inp[SITE]["alive"])
        return bool(alive and charged and self._in_service() and not self.state.tripped)

    def _in_service(self) -> bool:
        return bool(self.plant.device(self.unit.name).in_service)

    def _may_start(self) -> bool:
        """Return whether the unit is in order, on a whole bus, and its controls let it take over."""
        controls = self.plant.device("protection").controls
        refused = any(shared.refuses(self.unit) for shared in controls)
        alive = bool(self.plant.arrays.inp[SITE]["alive"])
        return alive and self._in_service() and not refused

    def _source(self) -> str:
        return str(self.plant.device("utility").state.source)

    def take_over(self) -> None:
        """Feed the site bus, whose supply has just been lost, if the unit is up to it."""
        if self.able():
            self._form()

    def _form(self) -> None:
        self.plant.arrays.inp[SITE]["closed"] = 0
        self.plant.arrays.now[0]["dirty"] = 1
        self.plant.device("utility").set_source("storage")

    def step(self, reason: str) -> None:
        """Let the bus die with its unit; form it anew when that is possible again."""
        s, source = self.state, self._source()
        if source in ("grid", "diesel"):
            s.tripped = False
        elif source == "storage" and (self._used_up() or not self.able()):
            self._die()
        elif source == "none":
            self._start_again()
        if self._source() != "none":
            s.start_at_s = NEVER
        s.until_s = s.start_at_s
        self._watch()

    def _used_up(self) -> bool:
        """Return whether the last of the energy has just been drawn; the band then says so at once."""
        state = self.plant.arrays.state[SITE]
        if state["mode"] != EMPTY and self.plant.stored_j(SITE) <= 0.0:
            state["mode"] = EMPTY
            self.plant.arrays.now[0]["dirty"] = 1
        return bool(state["mode"] == EMPTY)

    def _die(self) -> None:
        s = self.state
        s.deaths += 1
        self.say("site bus dead", "storage empty" if self._used_up() else "storage failed")
        cause = self.plant.device("utility").cause() or Initiator(
            f"{self.unit.name} dead {s.deaths}", SOURCE_LOST
        )
        key = f"{self.unit.name}-dead-{s.deaths}"
        self.plant.device("protection").drop_bus(SITE, key, cause)
        self.plant.device("utility").set_source("none")

    def _start_again(self) -> None:
        """Form the dead bus: at the restart level at once, after a failure with a delay."""
        s, k = self.state, self.plant.arrays
        if k.state[SITE]["mode"] == EMPTY and self._recharged():
            s.tripped = False
            if self._may_start():
                k.state[SITE]["mode"] = LOW
                self._form()
            return
        charged = k.state[SITE]["mode"] != EMPTY and self.plant.stored_j(SITE) > 0.0
        if not (charged and self._may_start()):
            s.start_at_s = NEVER
        elif s.start_at_s == NEVER:
            s.start_at_s = self.plant.now + self.spec.black_start_s
        elif s.start_at_s <= self.plant.now:
            s.tripped = False
            self._form()

    def _recharged(self) -> bool:
        return self.plant.stored_j(SITE) >= self._restart_j() * (1.0 - 1e-9)

    def _restart_j(self) -> float:
        k = self.plant.arrays
        return float(k.row[SITE]["restart_share"] * k.state[SITE]["capacity_j"])

    def _recharging(self) -> bool:
        """Return whether it is empty still: who is recharged but held back waits for a signal."""
        return bool(self.plant.arrays.state[SITE]["mode"] == EMPTY and not self._recharged())

    def _watch(self) -> None:
        """Watch for the end of the energy, or for enough of it to begin again."""
        source = self._source()
        if source == "storage":
            self.plant.watch(SITE, self, low_j=0.0)
        elif source == "none" and self._recharging():
            self.plant.watch(SITE, self, high_j=self._restart_j())
        else:
            self.plant.watch(SITE, self)
