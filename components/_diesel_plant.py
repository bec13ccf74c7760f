"""The diesel plant: N sets that start, parallel, take load in steps, fail, are repaired, burn fuel.

When the site bus has been dead for the confirmation time, every available set cranks. The first one
that is ready feeds the dead bus, the others synchronize to it. Each takes load in steps; the pass
never asks more of the plant than it has accepted. A set that is repaired meanwhile is called, too.
After the return of the mains the sets stop. Where storages carry the site first, `ChargeRule` says when
sets are called and when they may stop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from components._charge_rule import ChargeRule
from components._diesel_fuel import FuelOrders
from components._diesel_run import repair_s, run_h
from components._diesel_start import Starting
from components._diesel_upkeep import Upkeep
from twin.contracts.layout import Arrays
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView

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
    """The sets' phases and timers; calls, fuel, and what is known of the sets on standby.

    Phases: ``ready``, ``starting``, ``running``, ``failed``, and ``away`` (in maintenance when called,
    until the supply is back or the maintenance ends). The supply is away since ``lost_s``, and was
    before for ``before``, s.
    """

    sets: list[dict[str, Any]] = field(default_factory=list)
    call_s: float = NEVER
    calls: int = 0
    event: str = ""
    repeats: int = 0
    on_bus: bool = False
    dry: bool = False
    refuel_s: float = NEVER
    watched: str = ""
    order: str = ""
    order_n: int = 0
    lost_s: float = NEVER
    before: list[float] = field(default_factory=lambda: [-NEVER, -NEVER])
    standby: list[dict[str, Any]] = field(default_factory=list)


class DieselPlant(Device):
    """All sets of the site on one bus."""

    state_type = DieselState
    state: DieselState

    def __init__(self, plant: PlantView, spec: Any) -> None:
        super().__init__("diesel", plant)
        self.spec = spec
        self.rule = ChargeRule(plant, spec)
        self.starting = Starting(plant, spec)
        self.upkeep = Upkeep(plant, spec)
        self.fuel = FuelOrders(plant, spec)

    def begin(self) -> None:
        """Stand by with a full tank; without a utility the sets may be needed from the start."""
        self.rule.check()
        self.state.sets = [_idle() for _ in range(self.spec.sets)]
        self.state.standby = [self.upkeep.fresh() for _ in range(self.spec.sets)]
        for n, standby in enumerate(self.state.standby):
            self.upkeep.prove(n, standby, 0.0)
        self.state.topics = ("source", "fuel-out", *self.rule.topics())
        self.commit(self.plant.arrays)  # the tank's volume, before it is filled
        self.plant.refuel()
        self._wait()
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
            s.lost_s = min(s.lost_s, now)
        if s.call_s <= now:
            s.call_s = NEVER
            if source == "diesel" or self.rule.wants():
                self._start_all()
        self._due()
        self._watch(reason)
        self._wait()
        self.plant.changed(self)

    def _watch(self, reason: str) -> None:
        """Watch the storages anew where the source, or what was watched for, has changed."""
        source = self.plant.device("utility").state.source
        told = reason.startswith("watch:")
        if source == self.state.watched and source != "diesel" and not told:
            return
        self.state.watched = source
        self.rule.watch(self)

    def _called(self) -> bool:
        return self._busy() > 0

    def _stand_down(self) -> None:
        s, now = self.state, self.plant.now
        s.call_s = NEVER
        if s.lost_s < NEVER:
            s.before, s.lost_s = [s.lost_s, now], NEVER
        if self._called():
            self.say("stop")
        for n, x in enumerate(s.sets):
            if x["phase"] in ("starting", "running"):
                x.update(_idle())
                self.upkeep.prove(n, s.standby[n], now)
            elif x["phase"] == "away":
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
        s = self.state
        if s.dry:
            self.say("call", "tank empty")
            return
        s.calls += 1
        event = self.plant.device("utility").event_name()
        s.repeats = s.repeats + 1 if s.event.startswith(event) else 0
        s.event = f"{event}-call-{s.repeats}"
        self.fuel.place(s, s.event)
        self.say("call", s.event)
        if not self._called():
            for x in s.sets:
                if x["phase"] == "away" and x["back_s"] == NEVER:
                    x.update(_idle())
        common = self.starting.all_fail(s.event)
        if common:
            self.say("common cause")
        for n, x in enumerate(s.sets):
            if self._busy() >= self._wanted():
                break
            if x["phase"] == "ready" and not self._away(n):
                self._start(n, common)
        self.starting.plan_closing(s.sets, s.event)
        if not self._called() and not self.plant.grid.connected:
            s.call_s = self.plant.now + CALL_AGAIN_S

    def _outage(self) -> str:
        """Return what draws are keyed by that hold for all calls of an outage."""
        if not self.plant.grid.connected:
            return f"call-{self.state.calls}"
        return str(self.plant.device("utility").event_name().rsplit("-", 1)[0])

    def _away(self, n: int) -> bool:
        """Return whether a called set is in maintenance; it stays there, however often called."""
        s, name = self.state, f"diesel-{n + 1}"
        until = self.upkeep.out_until(n, s.lost_s, (s.before[0], s.before[1]))
        if until == 0.0 and self.plant.luck.happens(
            self.spec.availability, name, "available", self._outage()
        ):
            return False
        s.sets[n].update(phase="away", back_s=until or NEVER)
        self.say("in maintenance", name)
        return True

    def _start(self, n: int, common: bool) -> None:
        s, now, name = self.state, self.plant.now, f"diesel-{n + 1}"
        latent = s.standby[n]["fault_s"] <= now
        if latent:
            self.say("latent fault", name)
        delay = None if common or latent else self.starting.ready_after_s(name, s.event)
        if delay is None:
            self.say("failure to start", name)
            self._fail(n, common)
        else:
            s.sets[n].update(phase="starting", ready_s=now + delay)

    def _due(self) -> None:
        s, now = self.state, self.plant.now
        for n, x in enumerate(s.sets):
            name = f"diesel-{n + 1}"
            if x["phase"] == "starting" and x["close_s"] <= now:
                x.update(phase="running", fail_s=now + self._time_to_failure(n))
                self.plant.count("diesel_starts")
                self.say("on the bus", name)
            if x["phase"] == "running" and x["fail_s"] <= now:
                self.say("failure to run", name)
                self._fail(n)
            if x["phase"] == "ready" and s.standby[n]["find_s"] <= now:
                self.say("failed a test", name)
                self._fail(n)
            if x["phase"] in ("failed", "away") and x["back_s"] <= now:
                self.say("repaired" if x["phase"] == "failed" else "maintained", name)
                x.update(_idle())
                self.upkeep.prove(n, s.standby[n], now)
        self._load()
        if s.refuel_s <= now:
            self._delivery()

    def _delivery(self) -> None:
        s = self.state
        if not self.fuel.arrives(s):
            self.say("delivery failed")
            return
        s.dry = False
        self.plant.refuel()
        self.say("refuelled")
        if self._called():
            self.fuel.place(s, s.event)
        if self.rule.wants():
            s.call_s = self.plant.now

    def _time_to_failure(self, n: int) -> float:
        luck = self.plant.luck.exponential(1.0, f"diesel-{n + 1}", "run", self.state.event)
        return 3600.0 * run_h(self.spec, luck / self.fuel.hazard_factor(self._outage()))

    def _fail(self, n: int, common: bool = False) -> None:
        name = "diesel" if common else f"diesel-{n + 1}"  # what is common is repaired once
        back = repair_s(self.plant, self.spec, name, self.state.event)
        self.state.sets[n].update(_idle())
        self.state.sets[n].update(phase="failed", back_s=self.plant.now + back)

    def _run_dry(self) -> None:
        s = self.state
        s.dry = True
        for n, x in enumerate(s.sets):
            if x["phase"] in ("starting", "running"):
                x.update(_idle())
                self.upkeep.prove(n, s.standby[n], self.plant.now)
        self.fuel.place(s, s.event)

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
        if s.on_bus and self._busy() < self._wanted() and ready:
            s.call_s = min(
                s.call_s, now + self.spec.confirm_s
            )  # replace the set that failed, or join

    def trip(self) -> None:
        """Let all running sets trip on a load that nobody can shed; they are out until seen to."""
        for n, x in enumerate(self.state.sets):
            if x["phase"] == "running":
                self.say("overload", f"diesel-{n + 1}")
                self._fail(n)
        self._load()
        self._wait()
        self.plant.rewait(self)

    def _wait(self) -> None:
        s, spec, now = self.state, self.spec, self.plant.now
        ahead = [s.call_s, s.refuel_s]
        for x, standby in zip(s.sets, s.standby, strict=True):
            if x["phase"] == "starting":
                ahead.append(x["close_s"])
            elif x["phase"] in ("failed", "away"):
                ahead.append(x["back_s"])
            elif x["phase"] == "ready":
                ahead.append(standby["find_s"])
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
        site["fuel_capacity_l"] = self.fuel.tank_l()
