"""The diesel plant: N sets that start, parallel, take load in steps, fail, are repaired, burn fuel.

When the site bus has been dead for the confirmation time, every available set cranks. The first one
that is ready feeds the dead bus, the others synchronize to it. Each takes load in steps; the pass
never asks more of the plant than it has accepted. After the return of the mains the sets stop. Where
storages carry the site first, `ChargeRule` says when sets are called and when they may stop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from components._charge_rule import ChargeRule
from twin.contracts.layout import Arrays
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView, repair_time

CALL_AGAIN_S = 3600.0
"""Where no set answered a call and nobody else feeds the site: time until the next call, s."""


def _idle() -> dict[str, Any]:
    return {
        "phase": "ready",
        "ready_s": NEVER,
        "close_s": NEVER,
        "fail_s": NEVER,
        "back_s": NEVER,
        "share": 0.0,
    }


@dataclass(slots=True)
class DieselState(DeviceState):
    """The sets' phases (``ready``, ``starting``, ``running``, ``failed``) and their timers."""

    sets: list[dict[str, Any]] = field(default_factory=list)
    call_s: float = NEVER
    calls: int = 0
    event: str = ""
    repeats: int = 0
    on_bus: bool = False
    dry: bool = False
    refuel_s: float = NEVER


class DieselPlant(Device):
    """All sets of the site on one bus."""

    state_type = DieselState
    state: DieselState

    def __init__(self, plant: PlantView, spec: Any) -> None:
        super().__init__("diesel", plant)
        self.spec = spec
        self.rule = ChargeRule(plant, spec)

    def begin(self) -> None:
        """Stand by with a full tank; without a utility the sets may be needed from the start."""
        self.rule.check()
        self.state.sets = [_idle() for _ in range(self.spec.sets)]
        self.state.topics = ("source", "fuel-out", *self.rule.topics())
        self.commit(self.plant.arrays)  # the tank's volume, before it is filled
        self.plant.refuel()
        if not self.plant.grid.connected:
            self.state.until_s = 0.0

    def step(self, reason: str) -> None:
        """Follow the supply; start, close, load, fail, repair, refuel, whatever is due."""
        s, now = self.state, self.plant.now
        source = self.plant.device("utility").state.source
        if reason == "fuel-out":
            self._run_dry()
        elif source == "grid":
            self._stand_down()
        elif source == "diesel":
            if s.on_bus and self.rule.may_stop():
                self._hand_over()
        elif s.call_s == NEVER and not self._called() and self.rule.wants():
            s.call_s = now + self.spec.confirm_s
        if s.call_s <= now:
            s.call_s = NEVER
            if source == "diesel" or self.rule.wants():
                self._start_all()
        self._due()
        self.rule.watch(self)
        self._wait()
        self.plant.changed(self)

    def _called(self) -> bool:
        return any(x["phase"] in ("starting", "running") for x in self.state.sets)

    def _stand_down(self) -> None:
        s = self.state
        s.call_s = NEVER
        if self._called():
            self.say("stop")
        for x in s.sets:
            if x["phase"] in ("starting", "running"):
                x.update(_idle())
        s.on_bus = False

    def _hand_over(self) -> None:
        """Leave the bus to the storages, which know of it and take over without a gap."""
        self._stand_down()
        self.plant.changed(self)
        self.plant.device("utility").diesel_lost(planned=True)

    def _wanted(self) -> int:
        """Return how many sets are to run together."""
        return int(self.spec.call_sets or self.spec.sets)

    def _busy(self) -> int:
        return sum(x["phase"] in ("starting", "running") for x in self.state.sets)

    def _start_all(self) -> None:
        s, spec, now, luck = self.state, self.spec, self.plant.now, self.plant.luck
        if s.dry:
            self.say("call", "tank empty")
            return
        s.calls += 1
        self._order_fuel()
        event = self.plant.device("utility").event_name()
        s.repeats = s.repeats + 1 if s.event.startswith(event) else 0
        s.event = f"{event}-call-{s.repeats}"
        self.say("call", s.event)
        outage = event.rsplit("-", 1)[0]  # a set in maintenance stays there, however often called
        if not self.plant.grid.connected:
            outage = f"call-{s.calls}"
        for n, x in enumerate(s.sets):
            name = f"diesel-{n + 1}"
            if self._busy() >= self._wanted():
                break
            if x["phase"] != "ready" or not luck.happens(
                spec.availability, name, "available", outage
            ):
                continue
            delay = self._crank(name)
            if delay is None:
                self.say("failure to start", name)
                self._fail(n)
            else:
                x.update(phase="starting", ready_s=now + delay)
        self._plan_closing()
        if not self._called() and not self.plant.grid.connected:
            s.call_s = now + CALL_AGAIN_S

    def _crank(self, name: str) -> float | None:
        """Return the time to rated speed including missed attempts, s; None if the set gives up."""
        spec, luck, event = self.spec, self.plant.luck, self.state.event
        if luck.happens(spec.failure_to_start, name, "start", event):
            return None
        for attempt in range(spec.attempts):
            if not luck.happens(spec.crank_miss, name, "crank", event, attempt):
                start = float(spec.start_median_s)
                if spec.start_sigma > 0.0 and start > 0.0:
                    start = luck.lognormal(start, spec.start_sigma, name, "run-up", event)
                return start + float(attempt * spec.retry_s)
        return None

    def _plan_closing(self) -> None:
        """The first ready set closes on the dead bus, the others synchronize one after another."""
        spec, luck = self.spec, self.plant.luck
        starting = [n for n, x in enumerate(self.state.sets) if x["phase"] == "starting"]
        starting.sort(key=lambda n: (self.state.sets[n]["ready_s"], n))
        last = -math.inf
        for n in starting:
            x = self.state.sets[n]
            pause = luck.between(
                spec.parallel_min_s,
                spec.parallel_max_s,
                f"diesel-{n + 1}",
                "parallel",
                self.state.event,
            )
            x["close_s"] = max(x["ready_s"], last + pause)
            last = x["close_s"]

    def _due(self) -> None:
        now = self.plant.now
        for n, x in enumerate(self.state.sets):
            if x["phase"] == "starting" and x["close_s"] <= now:
                x.update(phase="running", fail_s=now + self._time_to_failure(n))
                self.plant.count("diesel_starts")
                self.say("on the bus", f"diesel-{n + 1}")
            if x["phase"] == "running" and x["fail_s"] <= now:
                self.say("failure to run", f"diesel-{n + 1}")
                self._fail(n)
            if x["phase"] == "failed" and x["back_s"] <= now:
                x.update(_idle())
                self.say("repaired", f"diesel-{n + 1}")
        self._load()
        s = self.state
        if s.refuel_s <= now:
            s.refuel_s = NEVER
            s.dry = False
            self.plant.refuel()
            self.say("refuelled")
            if self._called():
                self._order_fuel()
            if self.rule.wants():
                s.call_s = now

    def _time_to_failure(self, n: int) -> float:
        spec = self.spec
        cause = (f"diesel-{n + 1}", "run", self.state.event)
        if spec.hazard == "continuous":
            return self.plant.luck.exponential(spec.mttf_h * 3600.0, *cause)
        keep = 1.0 - 1.0 / spec.mttf_h
        if keep <= 0.0:
            return 0.0
        return 3600.0 * math.floor(math.log(1.0 - self.plant.luck.uniform(*cause)) / math.log(keep))

    def _fail(self, n: int) -> None:
        x = self.state.sets[n]
        hours = self.spec.repair_median_h
        if hours > 0.0 and self.spec.repair_sigma > 0.0:
            sigma = self.spec.repair_sigma
            mean_h = hours * math.exp(0.5 * sigma * sigma)
            back = repair_time(
                self.plant.luck,
                "lognormal",
                mean_h,
                sigma,
                f"diesel-{n + 1}",
                "repair",
                self.state.event,
            )
        else:
            back = hours * 3600.0
        x.update(_idle())
        x.update(phase="failed", back_s=self.plant.now + back)

    def _run_dry(self) -> None:
        s = self.state
        s.dry = True
        for x in s.sets:
            if x["phase"] in ("starting", "running"):
                x.update(_idle())
        self._order_fuel()

    def _order_fuel(self) -> None:
        """Order a full tank, unless a delivery is under way; in a storm it comes later."""
        s, now = self.state, self.plant.now
        late = self.plant.disturbances.storms.delay_factor(now)
        if s.refuel_s == NEVER:
            s.refuel_s = now + late * self.spec.refuel_h * 3600.0

    def _load(self) -> None:
        """Update what each running set has accepted, and who feeds the site bus."""
        s, spec, now = self.state, self.spec, self.plant.now
        before = sum(x["share"] for x in s.sets)
        for x in s.sets:
            x["share"] = 0.0
            if x["phase"] == "running":
                steps = len(spec.load_steps) - 1
                done = (
                    steps
                    if spec.load_step_s <= 0.0
                    else min(steps, math.floor((now - x["close_s"]) / spec.load_step_s + 1e-9))
                )
                x["share"] = spec.load_steps[done]
        after = sum(x["share"] for x in s.sets)
        utility = self.plant.device("utility")
        self.plant.changed(self)
        if after > 0.0 and not s.on_bus and utility.state.source in ("none", "storage"):
            s.on_bus = True
            utility.set_source("diesel")
        elif after == 0.0 and s.on_bus:
            s.on_bus = False
            if utility.state.source == "diesel":
                utility.diesel_lost()
            if utility.state.source == "none":  # call what may be ready by now
                s.call_s = now + spec.confirm_s
        elif after != before and s.on_bus:
            self.plant.signal("source")
        ready = any(x["phase"] == "ready" for x in s.sets)
        if s.on_bus and self.spec.call_sets and self._busy() < self._wanted() and ready:
            s.call_s = min(s.call_s, now + self.spec.confirm_s)  # replace the set that failed

    def _wait(self) -> None:
        s, spec, now = self.state, self.spec, self.plant.now
        ahead = [s.call_s, s.refuel_s]
        for x in s.sets:
            if x["phase"] == "starting":
                ahead.append(x["close_s"])
            elif x["phase"] == "failed":
                ahead.append(x["back_s"])
            elif x["phase"] == "running":
                ahead.append(x["fail_s"])
                for n in range(1, len(spec.load_steps)):
                    step = x["close_s"] + n * spec.load_step_s
                    if step > now:
                        ahead.append(step)
                        break
        s.until_s = min(ahead)

    def condition(self) -> str:
        """Return what the plant is doing about a supply that is away (empty: not called)."""
        s, utility = self.state, self.plant.device("utility")
        if utility.state.source == "grid":
            return ""
        if s.dry:
            return "no fuel"
        phases = {x["phase"] for x in s.sets}
        if not s.event.startswith(utility.event_name()):  # a set that is ready may be called yet
            phases = {"starting" if p == "ready" else p for p in phases}
        return next((p for p in ("running", "starting") if p in phases), "failed")

    def commit(self, k: Arrays) -> None:
        """Tell the pass what the plant has accepted and burns."""
        s, spec = self.state, self.spec
        site = k.site[0]
        running = sum(x["phase"] == "running" for x in s.sets)
        site["diesel_on"] = s.on_bus
        site["diesel_w"] = sum(x["share"] for x in s.sets) * spec.set_kw * 1e3 if s.on_bus else 0.0
        site["diesel_running_w"] = running * spec.set_kw * 1e3
        site["fuel_per_j"] = spec.fuel_l_per_kwh / 3.6e6
        site["fuel_per_ws"] = spec.fuel_l_per_h_per_kw / 3.6e6
        site["charge_on_diesel"] = spec.recharge
        site["fuel_capacity_l"] = self.tank_l()

    def tank_l(self) -> float:
        """Return the tank's volume, L."""
        spec = self.spec
        per_kw = spec.fuel_l_per_kwh + spec.fuel_l_per_h_per_kw
        return float(spec.tank_h * spec.sets * spec.set_kw * per_kw)
