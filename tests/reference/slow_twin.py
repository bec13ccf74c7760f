"""An independent, slow twin of the site: SimPy, small fixed steps, one process per pod and per job.

It is the oracle and the baseline of the product's compiled pass. It shares no code with it: rules
and parameters alone are the same. Chance is not modelled; scenarios compared must switch it off.

Everything holds still for a step. What becomes due within a step acts at its end, but keeps the time
at which it was due, so that errors do not add up: each transition costs at most one step.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy

from tests.reference import balance, trading
from tests.reference.electric import Bus, entering_w
from tests.reference.reading import read
from tests.reference.services import Cooling, Ladder, Recovery
from tests.reference.supply import Breakers, Diesel, Mains
from tests.reference.training import Scheduler
from tests.reference.world import Pod, World

MS_PER_S = 1000


class SlowTwin:
    """One architecture on scripted disturbances."""

    def __init__(self, scenario: Any, architecture: str, world: World) -> None:
        self.world = world
        self.design = read(scenario, architecture)
        self.env = simpy.Environment()
        self.last_step_s = world.step_s
        self.steps = 0
        self.energy_j: dict[str, float] = {}
        self.blur_j: dict[str, float] = {}
        self.chord_gap_j = self.chord_lag_s = 0.0
        self._before: dict[str, float] = {}
        self.pods = [Pod(n, self.design.pod_bus(n)) for n in self._pod_numbers()]
        self.plan = trading.plan(world.prices, self.design)
        self.mains = Mains(self, world.disturbances)
        self.diesel = Diesel(self)
        self.breakers = Breakers(self)
        self.cooling = Cooling(self)
        self.ladder = Ladder(self)
        self.recovery = Recovery(self)
        self.scheduler = Scheduler(self, self.design.load)
        self.scheduler.begin()
        self.faults = sorted(world.node_faults)
        self.first_j = sum(b.stored_j for b in self.design.batteries())

    def _pod_numbers(self) -> range:
        return range(self.design.load["pods"] + (self.design.core is not None))

    # ---- the clock --------------------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """Present time, s. SimPy's clock counts whole milliseconds."""
        return self.env.now / MS_PER_S

    def _step_s(self) -> float:
        t, step = self.now_s, self.world.step_s
        ahead = self.design.horizon_s - t
        for start, end, fine in self.world.fine:
            if start <= t < end:
                step = min(step, fine)
            elif t < start:
                ahead = min(ahead, start - t)
        return max(1, round(min(step, ahead) * MS_PER_S)) / MS_PER_S

    def _pause(self) -> simpy.Event:
        return self.env.timeout(round(self._step_s() * MS_PER_S))

    def run(self) -> None:
        """Run to the horizon."""
        self.env.process(self._supply())
        for pod in self.pods:
            self.env.process(self._pod(pod))
        self.env.process(self._services())
        for job in self.scheduler.jobs:
            self.env.process(self._job(job))
        self.env.process(self._balance())
        self.env.run(until=round(self.design.horizon_s * MS_PER_S))

    # ---- processes, in the order in which they act within a step -----------------------------------

    def _supply(self) -> Generator[simpy.Event, None, None]:
        parts: tuple[Mains | Diesel, ...] = (self.mains, self.diesel)
        while True:
            t = self.now_s
            while (first := min(parts, key=lambda p: p.due_s())).due_s() <= t:
                due = first.due_s()
                self.breakers.close_due(due)
                first.act(due)
            self.breakers.close_due(t)
            yield self._pause()

    def _pod(self, pod: Pod) -> Generator[simpy.Event, None, None]:
        while True:
            pod.tick(self.now_s, self.design.load["boot_s"])
            yield self._pause()

    def _services(self) -> Generator[simpy.Event, None, None]:
        while True:
            t = self.now_s
            while self.faults and self.faults[0][0] <= t:
                self.scheduler.fault(*self.faults.pop(0))
            self.cooling.tick(t)
            self.ladder.tick(t)
            self.recovery.tick(t)
            yield self._pause()

    def _job(self, job: Any) -> Generator[simpy.Event, None, None]:
        while True:
            job.tick(self.now_s)
            yield self._pause()

    def _balance(self) -> Generator[simpy.Event, None, None]:
        while True:
            t, step = self.now_s, self._step_s()
            self.scheduler.react(t)
            flows = self.settle(t)
            self._book(t, step, flows)
            self.last_step_s = step
            self.steps += 1
            yield self._pause()

    # ---- power ------------------------------------------------------------------------------------

    def it_w(self) -> float:
        """Return the IT power of all powered pods."""
        return sum(self._load_pod(p) for p in self.pods)

    def peak_it_w(self) -> float:
        """Return the IT power when everything trains."""
        return sum(self.design.peak_w(p.number) for p in self.pods)

    def _load_pod(self, pod: Pod) -> float:
        """Set a pod's load on its bus; return its IT power."""
        pod.it_w = 0.0
        pod.bus.load_w = 0.0
        if pod.phase != "off":
            core = pod.number == self.design.core
            pod.it_w = self.design.peak_w(pod.number) if core else self.scheduler.pod_w(pod.number)
            pumps = self.cooling.c["pump_per_it_kw"] * pod.it_w
            pod.bus.load_w = entering_w(pod.bus.racks, pod.it_w) + pumps
        return pod.it_w

    def _sources(self) -> balance.Sources:
        t, grid = self.now_s, self.mains.source == "grid"
        hour = t % 31_536_000.0 / 3600.0
        return balance.Sources(
            grid=grid, diesel=self.mains.source == "diesel", diesel_w=self.diesel.accepted_w(t),
            pv_w=self.world.pv[int(hour)] * self.design.tables.get("pv", {"peak_kw": 0})["peak_kw"]
            * 1e3,
            import_limit_w=self.design.grid["contracted_kw"] * 1e3,
            export_limit_w=self.design.grid["export_limit_kw"] * 1e3,
            charge_on_diesel=self.diesel.d["recharge"], plan=self.plan[int(hour * 2.0)],
        )  # fmt: skip

    def spread_voltage(self) -> None:
        """Find which buses are live."""
        balance.spread_voltage(self.design.site, self.mains.source != "none")

    def _walk(self) -> balance.Walk:
        self.spread_voltage()
        it_w = self.it_w()
        fed = self.mains.source != "none"
        for bus in self.design.buses:
            b = bus.battery
            if b is not None:
                on_bus = bus.joined and fed
                b.standby_bus_w = b.standby_w if bus.live and on_bus else 0.0
                b.standby_cells_w = b.standby_w if bus.live and not on_bus else 0.0
        cooling = self.cooling.power_w(it_w, self.design.site.live)
        return balance.Walk(self.design.site, self._sources(), cooling)

    def spare_w(self) -> float:
        """Return what the sources could carry beyond the present need."""
        return balance.spare_w(self._walk())

    def growth_w(self, factor: float) -> float:
        """Return by how much what is powered will still grow: pods that boot or wait, chillers."""
        on = [p for p in self.pods if p.phase != "off"]
        missing = sum(self.design.peak_w(p.number) - p.it_w for p in on)
        chillers = 0.0
        if self.cooling.phase != "on":
            chillers = self.cooling.c["per_it_kw"] * sum(p.it_w for p in on)
        return missing * factor + chillers

    def settle(self, t: float) -> balance.Flows:
        """Shed and lose pods until the rest can be carried; return the flows."""
        while True:
            walk = self._walk()
            dark = [p.number for p in self.pods if p.phase != "off" and not p.bus.live]
            if dark:
                self.lose(dark, t)
            else:
                need = balance.divide(walk)
                if need is None:
                    self._shed(self._joined(), t)
                elif head := self._overloaded_island():
                    self._shed([p for p in self.pods if p.number in head.pods], t)
                else:
                    return balance.feed(walk, need)
            self.scheduler.react(t)

    def _joined(self) -> list[Pod]:
        """Return the pods to shed from: those on the source whose own battery cannot carry them."""
        joined = [p for p in self.pods if p.phase != "off" and p.bus.joined]
        needy = [p for p in joined if not p.bus.has_energy()]
        return needy or joined

    def _shed(self, pods: list[Pod], t: float) -> None:
        powered = [p.number for p in pods if p.phase != "off"]
        if not powered:
            self.cooling.phase = "off"
            return
        core = self.design.core
        self.lose([max(powered, key=lambda n: (n != core, n))], t)

    def _overloaded_island(self) -> Bus | None:
        for bus in self.design.buses:
            head = bus.parent is not None and not (bus.closed and bus.parent.live)
            if bus.live and not bus.joined and head and bus.through_w > 1e-6:
                return bus
        return None

    def lose(self, numbers: list[int], t: float) -> None:
        """Take pods from powered to unpowered."""
        for number in numbers:
            if self.pods[number].phase != "off":
                self.pods[number].lose()
                self.recovery.cause_s = t

    # ---- books ------------------------------------------------------------------------------------

    def _book(self, t: float, step: float, flows: balance.Flows) -> None:
        """Let a step pass with these flows."""
        it_w = sum(p.it_w for p in self.pods)
        for name in ("import_w", "export_w", "diesel_w", "pv_used_w", "pv_curtailed_w"):
            self._add(name[:-2], getattr(flows, name), step)
        self._add("it", it_w, step)
        self._add("cooling", self.cooling.power_w(it_w, self.design.site.live), step)
        self._add("pumps", self.cooling.c["pump_per_it_kw"] * it_w, step)
        self._add("unserved", sum(max(0.0, p.denied_w - p.it_w) for p in self.pods), step)
        batteries = self.design.batteries()
        self._add("charge", sum(b.charge_w for b in batteries), step)
        self._add("discharge", sum(b.discharge_w for b in batteries), step)
        self._add("cell_loss", sum(b.cell_loss_w() for b in batteries), step)
        self._note_chord(flows.chord_gap_w * step, sum(b.discharge_w for b in batteries))
        for b in batteries:
            self._add(f"stored:{b.name}", b.net_w(), step)
            b.run(step)
        self._add("fuel_l", 0.0, step)
        self.energy_j["fuel_l"] += self.diesel.burn(t, flows.diesel_w, step)
        for job in self.scheduler.jobs:
            for phase in job.PHASES:
                self._add(f"job:{job.name}:{phase}", job.gpus * (job.phase == phase), step)
            job.run(step)
        self.cooling.run(step)

    def _note_chord(self, gap_j: float, discharge_w: float) -> None:
        """Note what sharing along a straight line leaves over, and how long batteries lack it."""
        self.chord_gap_j += gap_j
        if discharge_w > 0.0:
            self.chord_lag_s += gap_j / discharge_w

    def _add(self, name: str, power_w: float, step: float) -> None:
        """Book a flow; a jump may truly have come up to a step earlier: that is its blur."""
        self.energy_j[name] = self.energy_j.get(name, 0.0) + power_w * step
        jump = abs(power_w - self._before.get(name, power_w))
        self.blur_j[name] = self.blur_j.get(name, 0.0) + jump * self.last_step_s
        self._before[name] = power_w
