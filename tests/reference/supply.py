"""Mains, diesel sets and breakers of the slow twin: who feeds the site bus, and who hangs on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tests.reference.electric import EMPTY, Bus
from tests.reference.milliseconds import drops_out, hold_up_s

if TYPE_CHECKING:
    from tests.reference.slow_twin import SlowTwin
    from tests.reference.world import Pod

NORMAL_PU, DEAD_PU = 0.9, 0.1
NEVER = math.inf


def voltage_edges(disturbances: list[tuple[float, float, float]]) -> list[tuple[float, float]]:
    """Return (time, voltage) at each change of the lowest voltage of all disturbances under way."""
    moments = sorted({s for s, _, _ in disturbances} | {s + d for s, d, _ in disturbances})
    edges: list[tuple[float, float]] = []
    level = 1.0
    for t in moments:
        running = [v for s, d, v in disturbances if s <= t < s + d]
        now = min(running, default=1.0)
        if now != level:
            edges.append((t, now))
            level = now
    return edges


class Mains:
    """The connection: plays the voltage, and says which source is in charge."""

    def __init__(self, twin: SlowTwin, disturbances: list[tuple[float, float, float]]) -> None:
        self.twin = twin
        self.edges = [e for e in voltage_edges(disturbances) if e[0] < twin.design.horizon_s]
        self.all_edges = voltage_edges(disturbances)
        self.played = 0
        self.volts = 1.0
        self.source = "grid"
        self.since_s = self.good_s = 0.0
        self.lost_s = -1.0
        self.stable_s = NEVER

    def due_s(self) -> float:
        """Return when the mains act next."""
        edge = self.edges[self.played][0] if self.played < len(self.edges) else NEVER
        return min(edge, self.stable_s)

    def lasts_s(self, t: float) -> float:
        """Return how long the present voltage lasts from `t` on."""
        return next((e[0] for e in self.all_edges if e[0] > t), NEVER) - t

    def _some_live_s(self) -> float:
        """Return how long the last powered pod lives without any voltage."""
        self.twin.it_w()  # loads as they are now
        powered = [p for p in self.twin.pods if p.phase != "off"]
        return max((hold_up_s(self.twin.design, p) for p in powered), default=0.0)

    def act(self, t: float) -> None:
        """Change the voltage, or return to the mains that have been stable for long enough."""
        if self.stable_s <= t:
            self.stable_s = NEVER
            self.take("grid", t)
            return
        was_good = self.volts >= NORMAL_PU
        self.volts = self.edges[self.played][1]
        self.played += 1
        if self.volts >= NORMAL_PU and not was_good:
            self.good_s = t
        sagging = DEAD_PU <= self.volts < NORMAL_PU and self.source == "grid"
        if self.volts < DEAD_PU and self.lasts_s(t) > self._some_live_s():
            if self.source == "grid" or self.stable_s < NEVER:
                self._note_demand()
            self.stable_s = NEVER
            if self.source == "grid":
                self.take("none", t)
        elif self.source == "none":
            self.take("grid", t)
        elif self.source == "diesel":
            good = self.volts >= NORMAL_PU
            self.stable_s = t + self.twin.design.grid["mains_stable_s"] if good else NEVER
        else:
            if sagging:
                self._note_demand()
            self.twin.breakers.react(t)

    def _note_demand(self) -> None:
        """Note what every pod draws as a disturbance begins."""
        for pod in self.twin.pods:
            if pod.phase != "off":
                pod.before_w = pod.it_w

    def take(self, source: str, t: float) -> None:
        """Let a source feed the site bus from `t` on."""
        self.source, self.since_s = source, t
        if source == "none":
            self.lost_s = t
        self.twin.breakers.react(t)
        self.twin.diesel.follow(t)


class Diesel:
    """All sets on one bus. Each closes and takes its load steps at times fixed by the call."""

    def __init__(self, twin: SlowTwin) -> None:
        self.twin = twin
        self.d = twin.design.tables.get("diesel", {"sets": 0, "recharge": False})
        self.call_s = NEVER
        self.closes_s: list[float] = []
        self.on_bus = False
        self.refuel_s = NEVER
        self.litres = self.tank_l()

    def tank_l(self) -> float:
        """Return what the tank holds."""
        if not self.d["sets"]:
            return 0.0
        per_kwh = self.d["fuel_l_per_kwh"] + self.d["fuel_l_per_h_per_kw"]
        return float(self.d["tank_h"] * self.d["sets"] * self.d["set_kw"] * per_kwh)

    def due_s(self) -> float:
        """Return when the plant acts next: a call, or the first set that closes."""
        first = min(self.closes_s) if self.closes_s and not self.on_bus else NEVER
        return min(self.call_s, first, self.refuel_s)

    def act(self, t: float) -> None:
        """Call all sets, feed the dead bus, or fill the tank."""
        if self.refuel_s <= t:
            self.refuel_s = NEVER
            self.litres = self.tank_l()
            self.follow(t)
        elif self.call_s <= t:
            self.call_s = NEVER
            if self.litres > 0.0:
                self._start(t)
        else:
            self.on_bus = True
            self.twin.mains.take("diesel", t)

    def _start(self, t: float) -> None:
        ready, pause = t + self.d["start_median_s"], self.d["parallel_max_s"]
        self.closes_s = [ready + n * pause for n in range(self.d["sets"])]

    def follow(self, t: float) -> None:
        """Be called by a dead bus; stand down when the mains are back."""
        source = self.twin.mains.source
        if source == "none" and self.d["sets"] and not self.closes_s and self.call_s == NEVER:
            self.call_s = t + self.d["confirm_s"]
        elif source == "grid":
            self._stop(t)

    def _stop(self, t: float) -> None:
        self.call_s = NEVER
        if self.closes_s:
            self.refuel_s = min(self.refuel_s, t + self.d["refuel_h"] * 3600.0)
        self.closes_s = []
        self.on_bus = False

    def accepted_w(self, t: float) -> float:
        """Return the load that the running sets have accepted."""
        total = 0.0
        for close in self.closes_s:
            if self.on_bus and close <= t:
                steps, wait = self.d["load_steps"], self.d["load_step_s"]
                done = int((t - close) / wait + 1e-9) if wait > 0.0 else len(steps)
                total += steps[min(done, len(steps) - 1)] * self.d["set_kw"] * 1e3
        return total

    def burn(self, t: float, load_w: float, seconds: float) -> float:
        """Burn a step's fuel; return it in litres. Without fuel the sets leave the bus."""
        running_w = sum(self.d["set_kw"] * 1e3 for c in self.closes_s if c <= t)
        if not running_w:
            return 0.0
        per_s = (self.d["fuel_l_per_h_per_kw"] * running_w
                 + self.d["fuel_l_per_kwh"] * load_w) / 3.6e6  # fmt: skip
        used = min(self.litres, per_s * seconds)
        self.litres -= used
        if self.litres <= 0.0:
            self._stop(t + seconds)
            dead = self.twin.mains.volts < DEAD_PU
            self.twin.mains.take("none" if dead else "grid", t + seconds)
        return float(used)


class Breakers:
    """What opens when the voltage fails, what closes again, and which pods do not survive it."""

    def __init__(self, twin: SlowTwin) -> None:
        self.twin = twin
        self.s = twin.design.tables.get("storage", {})
        self.transfers = 0

    def react(self, t: float) -> None:
        """Answer a change of voltage or source at `t`."""
        mains = self.twin.mains
        if mains.source == "none":
            self._open(0.0, mains.lasts_s(t), t)
        elif mains.source == "grid" and mains.volts < NORMAL_PU:
            self._open(mains.volts, mains.lasts_s(t), t)
            self.twin.cooling.sag(t, mains.volts, mains.lasts_s(t))
        else:
            self._return(t, ramped=mains.source == "grid")

    def close_due(self, t: float) -> None:
        """Close what is due to close."""
        for bus in self.twin.design.buses:
            if bus.closes_s is not None and bus.closes_s <= t:
                bus.closed, bus.closes_s = True, None

    def _hangs_on_mains(self, bus: Bus | None) -> bool:
        while bus is not None:
            if not bus.closed:
                return False
            bus = bus.parent
        return True

    def _open(self, volts: float, lasts_s: float, t: float) -> None:
        twin = self.twin
        powered = [p for p in twin.pods if p.phase != "off"]
        exposed = {p.number for p in powered if self._hangs_on_mains(p.bus)}
        lost: set[int] = set()
        for bus in twin.design.buses:
            battery = bus.battery
            if battery is None:
                continue
            if not bus.closed:
                bus.closes_s = None
                continue
            mine = exposed.intersection(bus.pods)
            if battery.band == EMPTY or not mine:
                continue
            bus.closed = False
            self.transfers += 1
            exposed -= mine
            lost |= {n for n in mine if self._gap_kills(volts, lasts_s, twin.pods[n])}
        lives = [hold_up_s(twin.design, p) for p in twin.pods]
        lost |= {n for n in exposed if drops_out(volts, lasts_s, lives[n])}
        twin.lose(sorted(lost), t)

    def _gap_kills(self, volts: float, lasts_s: float, pod: Pod) -> bool:
        """Return whether the load drops out before the static switch has opened."""
        if self.s["coupling"] != "parallel_static_switch":
            return False
        gap = self.s["detection_max_s"] + self.s["commutation_max_s"]
        return drops_out(volts, min(gap, lasts_s), hold_up_s(self.twin.design, pod))

    def _return(self, t: float, *, ramped: bool) -> None:
        """Let open units come back one after another."""
        coupling = self.s.get("coupling", "")
        delay = self.s["walk_in_s"] if coupling == "series" else 0.0
        if coupling == "parallel_static_switch":
            delay = self.s["stable_s"] + self.s["resync_s"]
        ramp = self.twin.design.grid["ramp_kw_per_min"] * 1e3 / 60.0
        waits_s = 0.0
        for bus in sorted(self.twin.design.buses, key=lambda b: b.name != "core"):
            if bus.battery is None or bus.closed or bus.closes_s is not None:
                continue
            bus.closes_s = t + delay + waits_s
            if ramped:
                waits_s += bus.battery.design_load_w / ramp
