"""Cooling, energy management and recovery of the slow twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.reference.electric import Battery

if TYPE_CHECKING:
    from tests.reference.slow_twin import SlowTwin


class Cooling:
    """Chillers on the site bus, and a buffer that outlives them for a while."""

    def __init__(self, twin: SlowTwin) -> None:
        self.twin = twin
        self.c = twin.design.tables["cooling"]
        self.phase = "on"
        self.buffer_s = self.c["autonomy_s"]
        self.ready_s = 0.0
        self.seen_loss_s = -1.0
        self.throttled = self.warned = self.tripped = False

    def _all_s(self) -> float:
        """Return when the last chiller that is needed runs, each one after the one before."""
        starts = [self.c["restart_s"]]
        while len(starts) < self.c["chillers_needed"]:
            starts.append(starts[-1] + self.c["stagger_s"])
        return float(starts[-1])

    def sag(self, t: float, volts: float, lasts_s: float) -> None:
        """Stop in a sag below the threshold, if it lasts, and start again after it."""
        longer = lasts_s > self.c["chiller_trip_s"] + 1e-6
        if self.phase != "off" and volts < self.c["chiller_trip_pu"] and longer:
            self.phase = "starting"
            self.ready_s = t + lasts_s + self._all_s()

    def tick(self, t: float) -> None:
        """Stop with the source, start again with it, warn and trip."""
        mains = self.twin.mains
        if mains.lost_s > self.seen_loss_s:
            self.seen_loss_s = mains.lost_s
            self.phase = "off"
        if self.phase == "off" and mains.source != "none" and self._fits():
            self.phase = "starting"
            self.ready_s = (mains.since_s if mains.source == "grid" else t) + self._all_s()
            if mains.source == "diesel" and mains.since_s > t - self.twin.last_step_s:
                self.ready_s = mains.since_s + self._all_s()
        if self.phase == "starting" and self.ready_s <= t:
            self.phase = "on"
            if self.tripped and self.twin.recovery.next_s is not None:
                self.twin.recovery.next_s = self.ready_s  # pods wait for nothing else
            self.throttled = self.warned = self.tripped = False
        if self.phase != "on" and self.buffer_s <= self.c["throttle_s"] and not self.throttled:
            self.throttled = True
            self.twin.ladder.thermal_throttle(self.c["throttle_cap"])
        if self.phase != "on" and self.buffer_s <= self.c["warning_s"] and not self.warned:
            self.warned = True
            self.twin.ladder.thermal_warning()
        if self.phase != "on" and self.buffer_s <= 0.0 and not self.tripped:
            self.tripped = True
            self.twin.lose([p.number for p in self.twin.pods], t)

    def _fits(self) -> bool:
        if self.twin.mains.source == "grid":
            return True
        needs = self.c["fixed_kw"] * 1e3 + self.c["per_it_kw"] * self.twin.it_w()
        return bool(self.twin.spare_w() >= needs)

    def power_w(self, it_w: float, site_live: bool) -> float:
        """Return what the chillers draw."""
        if self.phase != "on" or not site_live:
            return 0.0
        return float(self.c["fixed_kw"] * 1e3 + self.c["per_it_kw"] * it_w)

    def run(self, seconds: float) -> None:
        """Fill or empty the buffer for a step."""
        if self.phase == "on":
            self.buffer_s += self.c["refill_ratio"] * seconds
        else:
            self.buffer_s -= seconds
        self.buffer_s = min(max(self.buffer_s, 0.0), self.c["autonomy_s"])


class Ladder:
    """Cap, then checkpoint and suspend, as the batteries run down without any source."""

    def __init__(self, twin: SlowTwin) -> None:
        self.twin = twin
        self.p = twin.design.tables["policy"]
        self.active = "cap" in self.p
        self.acting = False
        self.asked_s = 0.0

    def tick(self, t: float) -> None:
        """Take the rungs that are due; climb down when a source carries everything again."""
        if not self.active:
            return
        mains = self.twin.mains
        if mains.source == "none":
            if t >= mains.since_s + self.p["act_after_s"]:
                self.acting = True
        elif self.acting and self._carried():
            self.acting = False
            for battery in self.twin.design.batteries():
                battery.rung = 0
            self.twin.scheduler.resume(t)
        if self.acting:
            for bus in self.twin.design.buses:
                if bus.battery is not None and (mains.source == "none" or bus.battery.rung):
                    self._step_down(bus.battery, bus.pods, t)

    def _step_down(self, battery: Battery, pods: list[int], t: float) -> None:
        minutes = (self.p["cap_below_min"], self.p["suspend_below_min"])
        while battery.rung < 2:
            if battery.stored_j > minutes[battery.rung] * 60.0 * battery.design_load_w:
                return
            battery.rung += 1
            whole_site = self.twin.design.core in pods
            hit = [p.number for p in self.twin.pods] if whole_site else pods
            if battery.rung == 1:
                self.twin.scheduler.cap(hit, self.p["cap"])
            else:
                self.twin.scheduler.suspend(hit, t, self.p["checkpoint_s"])

    def thermal_throttle(self, cap: float) -> None:
        """Let all GPUs throttle."""
        if self.active:
            self.twin.scheduler.cap([p.number for p in self.twin.pods], cap)
            self.acting = True

    def thermal_warning(self) -> None:
        """Checkpoint and suspend everything before the pods trip."""
        if self.active:
            everything = [p.number for p in self.twin.pods]
            self.twin.scheduler.suspend(everything, self.twin.now_s, self.p["checkpoint_s"])
            self.acting = True

    def _carried(self) -> bool:
        """Return whether the source could carry every powered pod at full power, cooled."""
        twin = self.twin
        if twin.cooling.phase != "on":
            return False
        if twin.mains.source == "grid":
            return True
        full_w = sum(twin.design.peak_w(p.number) for p in twin.pods if p.phase != "off")
        return twin.spare_w() >= 1.1 * (full_w - twin.it_w())


class Recovery:
    """Gives lost pods their power back, one after another."""

    def __init__(self, twin: SlowTwin) -> None:
        self.twin = twin
        self.r = twin.design.tables["recovery"]
        self.next_s: float | None = None
        self.cause_s = 0.0

    def tick(self, t: float) -> None:
        """Wait for the supply, then power up what it can carry."""
        mains = self.twin.mains
        sagging = mains.source == "grid" and mains.volts < 0.9
        if mains.source == "none" or sagging or not self._off():
            self.next_s = None
            return
        if self.next_s is None:
            there_s = max(mains.since_s, mains.good_s if mains.source == "grid" else 0.0)
            self.next_s = max(there_s, self.cause_s) + self.r["delay_s"]
        while self.next_s <= t:
            self.next_s += self._release(t, self.next_s)
            if not self._off():
                return

    def _off(self) -> list[int]:
        core = self.twin.design.core
        off = [p.number for p in self.twin.pods if p.phase == "off"]
        return sorted(off, key=lambda n: (n != core, n))

    def _release(self, t: float, due_s: float) -> float:
        """Power up the first pod that the source can carry for good; return the pause after it."""
        twin, design = self.twin, self.twin.design
        if twin.cooling.tripped:
            return float(self.r["check_s"])
        factor = 1.0 + self.r["loss_allowance"] + twin.cooling.c["per_it_kw"]
        for number in self._off():
            bus = design.pod_bus(number)
            twin.spread_voltage()
            if not bus.joined:
                continue
            power = design.peak_w(number)
            if power * factor > twin.spare_w() - twin.growth_w(factor):
                continue
            twin.pods[number].power_up(due_s)
            ramp = design.grid["ramp_kw_per_min"] * 1e3 / 60.0
            return float(max(1.0, power / ramp))
        return float(self.r["check_s"])
