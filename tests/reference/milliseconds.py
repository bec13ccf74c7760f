"""The slow twin's second mode: two minutes around a sag, one millisecond at a time.

One process plays the voltage, one per bus with pods watches it: detection, opening of the static
switch, hold-up of the power supplies, the battery that carries the load, and the return.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from tests.reference.electric import Bus
    from tests.reference.reading import Design
    from tests.reference.slow_twin import SlowTwin
    from tests.reference.world import Pod

MS = 0.001
NORMAL_PU = 0.9


def endures_s(volts: float, hold_up_s: float) -> float:
    """Return how long a power supply lasts: its hold-up below 0.7 pu, ITIC's steps above."""
    if volts >= NORMAL_PU:
        return float("inf")
    return hold_up_s if volts < 0.7 else 0.5 if volts < 0.8 else 10.0


def bulk_j(design: Design, number: int) -> float:
    """Return what the bulk capacitors of a pod's power supplies give: rated load for the hold-up."""
    psu, load = design.tables["psu"], design.load
    rated_w = design.peak_w(number) / psu["design_load_share"]
    if number != design.core:
        rated_w = load["nodes_per_pod"] * psu["node_rated_kw"] * 1e3
    return float(psu["hold_up_s"] * psu["capacitor_health"] * rated_w)


def hold_up_s(design: Design, pod: Pod) -> float:
    """Return how long that lasts at the pod's present load."""
    return bulk_j(design, pod.number) / pod.it_w if pod.it_w else float("inf")


def drops_out(volts: float, seen_s: float, hold_up_s: float) -> bool:
    """Return whether a supply that sees `volts` for `seen_s` drops out, counted in milliseconds."""
    under_ms = 0
    while under_ms * MS < seen_s - 1e-9:
        under_ms += 1
        if under_ms * MS > endures_s(volts, hold_up_s) + 1e-9:
            return True
    return volts < NORMAL_PU and seen_s > endures_s(volts, hold_up_s) + 1e-9


class SagWatch:
    """A site at full work that meets one sag.

    Parameters
    ----------
    twin
        A slow twin that has not run: its tree, batteries and loads are used.
    sag
        (start s, duration s, residual pu).
    """

    def __init__(self, twin: SlowTwin, sag: tuple[float, float, float], seconds: float) -> None:
        self.twin, self.sag, self.seconds = twin, sag, seconds
        self.env = simpy.Environment()
        self.volts = 1.0
        self.discharged_j = 0.0
        self.opened: dict[str, int] = {}
        self.closed_ms: dict[str, int] = {}
        self.lost: set[int] = set()
        self.chillers_run = True
        self.turn_ms: dict[str, int] = {}
        self.s: dict[str, Any] = twin.design.tables.get("storage", {})

    def run(self) -> None:
        """Run the window. SimPy's clock counts milliseconds."""
        self.env.process(self._mains())
        for bus in self.twin.design.buses:
            if bus.battery is not None:
                self.env.process(self._unit(bus))
        for pod in self.twin.pods:
            self.env.process(self._pod(pod))
        self.env.process(self._chillers())
        self.env.process(self._energy())
        self.env.run(until=round(self.seconds * 1000.0))

    def _mains(self) -> Generator[simpy.Event, None, None]:
        start, duration, volts = self.sag
        while True:
            t = self.env.now * MS
            inside = start - 1e-9 <= t < start + duration - 1e-9
            if not inside and self.volts < NORMAL_PU:
                self._queue_returns()
            self.volts = volts if inside else 1.0
            yield self.env.timeout(1)

    def _queue_returns(self) -> None:
        """Give every open unit its turn: resynchronization, then one after another by ramp."""
        if not self.s:
            return
        series = self.s.get("coupling") == "series"
        wait_s: float = self.s["walk_in_s"] if series else self.s["stable_s"] + self.s["resync_s"]
        ramp = self.twin.design.grid["ramp_kw_per_min"] * 1e3 / 60.0
        for bus in sorted(self.twin.design.buses, key=lambda b: b.name != "core"):
            if bus.battery is not None and not bus.closed:
                self.turn_ms[bus.name] = int(self.env.now) + round(wait_s * 1000.0)
                wait_s += bus.battery.design_load_w / ramp

    def _unit(self, bus: Bus) -> Generator[simpy.Event, None, None]:
        series = self.s["coupling"] == "series"
        gap_s = 0.0 if series else self.s["detection_max_s"] + self.s["commutation_max_s"]
        under_ms = 0
        while True:
            under_ms = under_ms + 1 if self.volts < NORMAL_PU else 0
            if bus.closed and under_ms and (under_ms - 1) * MS >= gap_s - 1e-9:
                bus.closed = False
                self.opened[bus.name] = int(self.env.now)
            elif not bus.closed and self.turn_ms.get(bus.name, self.env.now + 1) <= self.env.now:
                bus.closed = True
                self.closed_ms[bus.name] = int(self.env.now)
            yield self.env.timeout(1)

    def _sees(self, bus: Bus | None) -> float:
        """Return the voltage at a bus: that of the mains up to the first open switch."""
        while bus is not None:
            if not bus.closed:
                return 1.0
            bus = bus.parent
        return self.volts

    def _pod(self, pod: Pod) -> Generator[simpy.Event, None, None]:
        full_j = left_j = bulk_j(self.twin.design, pod.number)
        under_ms = 0
        while pod.phase != "off":
            volts = self._sees(pod.bus)
            under_ms = under_ms + 1 if volts < NORMAL_PU else 0
            left_j = left_j - pod.it_w * MS if volts < 0.7 else full_j
            if left_j < -1e-6 or (volts >= 0.7 and under_ms * MS > endures_s(volts, 0.0) + 1e-9):
                pod.lose()
                self.lost.add(pod.number)
            yield self.env.timeout(1)

    def _chillers(self) -> Generator[simpy.Event, None, None]:
        """Let the chillers on the site bus drop out by their threshold."""
        cooling, under_ms = self.twin.design.tables["cooling"], 0
        while True:
            under_ms = under_ms + 1 if self.volts < cooling["chiller_trip_pu"] else 0
            if under_ms * MS > cooling["chiller_trip_s"] + 1e-9:
                self.chillers_run = False
            yield self.env.timeout(1)

    def _energy(self) -> Generator[simpy.Event, None, None]:
        """Let batteries run; flows change only when a switch or a pod does."""
        known: tuple[object, ...] = ()
        batteries = self.twin.design.batteries()
        while True:
            now = (*(b.closed for b in self.twin.design.buses), *(b.band for b in batteries),
                   len(self.lost))  # fmt: skip
            if now != known:
                self.twin.scheduler.react(self.env.now * MS)
                self.twin.settle(self.env.now * MS)
                known = now
            for battery in batteries:
                self.discharged_j += battery.discharge_w * MS
                battery.run(MS)
            yield self.env.timeout(1)
