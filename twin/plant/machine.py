"""The plant: devices as SimPy processes around one compiled pass.

The loop looks at the time of the next SimPy event and lets the pass advance to it *before* the event
is processed. If the pass stops earlier (a watch, a deficit, fuel out), the clock jumps there and the
devices concerned are woken. All events of one instant are processed before the devices' inputs are
committed. So nothing is ever predicted on a copy and thrown away, and a quiet week is one call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Generator, Sequence
from typing import Any

from twin.contracts.calendar import YEAR_S
from twin.contracts.layout import Arrays, Cause, Stop
from twin.contracts.losses import MAINTENANCE, Loss
from twin.contracts.parts import Device, Unit
from twin.contracts.timeline import Disturbances
from twin.contracts.world import Economics, Grid
from twin.errors import SimulationError
from twin.kernel import commands
from twin.kernel.advance import advance, settle
from twin.plant.clock import LAST, Clock, Event, Timer
from twin.plant.losses import LossFact, LossRow, loss_rows
from twin.plant.tree import Layout
from twin.plant.watches import Watches
from twin.streams import Luck

MAX_ROUNDS = 10_000
REACHED, DEFICIT = int(Stop.REACHED), int(Stop.DEFICIT)
LOSS_ALLOWANCE = 0.1
"""Conversion losses and pumps, reckoned with when a pod's growth is compared with a source."""


class Plant:
    """One architecture in one replication. Built fresh by `twin.plant.build`, never reset."""

    def __init__(
        self,
        *,
        arrays: Arrays,
        laid: Layout,
        luck: Luck,
        disturbances: Disturbances,
        grid: Grid,
        economics: Economics,
        load: Any,
        tables: dict[str, Any],
        horizon_s: float,
        tracing: bool = False,
    ) -> None:
        self.arrays = arrays
        self.laid = laid
        self.tree = laid.tree
        self.luck = luck
        self.disturbances = disturbances
        self.grid = grid
        self.economics = economics
        self.load = load
        self.tables = tables
        self.horizon_s = horizon_s
        self.tracing = tracing
        self.env = Clock(0.0)
        self.devices: dict[str, Device] = {}
        self.pods: list[Any] = []
        self.counters: dict[str, float] = {}
        self.losses: list[LossFact] = []
        self.powered: list[tuple[float, int]] = []
        self.asset_losses: list[tuple[float, float, float, float]] = []
        self.log: list[tuple[float, str, str, str]] = []
        self.storage_units: list[Unit] = []
        self.watches = Watches()
        self.savable = True
        self.sim_events = 0
        self._waiting: dict[str, Event] = {}
        self._timers: dict[str, Timer] = {}
        self._woken: dict[str, tuple[str, ...]] = {}
        self._missed: dict[str, list[str]] = {}
        self._stepping = ""
        self._listening: dict[str, tuple[str, ...]] = {}
        self._topics: dict[str, dict[str, None]] = {}
        self._dirty: dict[str, Device] = {}
        self.ticket = 0
        self._rounds = (math.nan, 0)

    # ---- building -------------------------------------------------------------------------------

    def add(self, device: Device) -> None:
        """Put a device into the plant (while building)."""
        if device.name in self.devices:
            raise SimulationError(f"two devices are called '{device.name}'")
        self.devices[device.name] = device

    def add_process(self, process: Generator[Event, Any, Any]) -> None:
        """Run an ordinary SimPy generator beside the devices; the plant can then not be saved."""
        self.savable = False
        self.env.process(process)

    def start(self) -> None:
        """Begin all devices, in the order in which they were added."""
        for device in self.devices.values():
            device.begin()
            self.changed(device)
        self.commit()
        advance(self.arrays, 0.0)  # flows before the first instant: an outage may begin in it
        for device in self.devices.values():
            self.env.process(self._loop(device))

    def resume(self, now_s: float, ticket: int, states: dict[str, Any]) -> None:
        """Continue saved devices: they wait again, in the order of their tickets."""
        self.env = Clock(now_s)
        self.ticket = ticket
        for name, state in states.items():
            self.devices[name].state = state
        for device in sorted(self.devices.values(), key=lambda d: d.state.ticket):
            self.env.process(self._loop(device, fresh=False))

    def _loop(self, device: Device, *, fresh: bool = True) -> Generator[Event, str, None]:
        while True:
            reason = yield self._wait(device, fresh=fresh)
            fresh = True
            self.sim_events += 1
            self._stepping = device.name
            device.step(reason)
            while self._missed and self._missed.get(device.name):
                device.step(self._missed[device.name].pop(0))
            self._woken.pop(device.name, None)
            self._stepping = ""

    def _wait(self, device: Device, *, fresh: bool) -> Event:
        event = Event(self.env)
        self._waiting[device.name] = event
        self._listen(device, event, fresh=fresh)
        return event

    def _listen(self, device: Device, event: Event, *, fresh: bool) -> None:
        """Let `event` be triggered by the device's topics and its timer."""
        state, name, env = device.state, device.name, self.env
        if fresh:
            self.ticket += 1
            state.ticket = self.ticket
        self._listening[name] = state.topics
        for topic in state.topics:
            if topic in self._topics:
                self._topics[topic][name] = None
            else:
                self._topics[topic] = {name: None}
        if state.until_s < math.inf:
            timer = Timer(env, name, event)
            timer.callbacks = [self._ring]
            self._timers[name] = timer
            env.at(timer, max(state.until_s, env.now))

    def _forget(self, name: str) -> tuple[str, ...]:
        """Drop a device's timer and topics; return the topics."""
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.stale = True
        topics = self._listening.pop(name)
        for topic in topics:
            self._topics[topic].pop(name, None)
        return topics

    def _ring(self, timer: Any) -> None:
        self._wake(timer.device, timer.waiting, "time")

    def _wake(self, name: str, event: Event | None, reason: str) -> None:
        waiting = self._waiting.get(name)
        if waiting is None or (event is not None and waiting is not event):
            return  # a stale timer: the device was woken by something else
        del self._waiting[name]
        self._woken[name] = self._forget(name)
        waiting.succeed(reason)

    # ---- what devices may ask (PlantView) -------------------------------------------------------

    @property
    def now(self) -> float:
        """Present time, s since the scenario's start."""
        return float(self.env.now)

    def device(self, name: str) -> Any:
        """Return a device by name."""
        return self.devices[name]

    def has(self, name: str) -> bool:
        """Return whether there is a device of that name."""
        return name in self.devices

    def signal(self, topic: str, only: Collection[str] | None = None) -> None:
        """Wake all devices (or those named) that wait for `topic`, in ticket order."""
        for name, topics in self._woken.items():
            if topic in topics and name != self._stepping:  # it has not stepped yet
                missed = self._missed.setdefault(name, [])
                if topic not in missed and (only is None or name in only):
                    missed.append(topic)
        names = self._topics.get(topic)
        if not names:
            return
        for name in sorted(names, key=lambda n: self.devices[n].state.ticket):
            if only is None or name in only:
                self._wake(name, None, topic)

    def rewait(self, device: Device) -> None:
        """Let a device wait anew after somebody else changed its state."""
        event = self._waiting.get(device.name)
        if event is not None:  # else it is about to step, and waits anew by itself
            self._forget(device.name)
            self._listen(device, event, fresh=True)

    def changed(self, device: Device) -> None:
        """Commit the device's inputs before time moves on."""
        self._dirty[device.name] = device

    def emit(self, source: str, event: str, detail: str = "") -> None:
        """Put a line into the event log, if one is kept."""
        if self.tracing:
            self.log.append((self.now, source, event, detail))

    def count(self, metric: str, amount: float = 1.0) -> None:
        """Add to a counter that becomes a metric."""
        self.counters[metric] = self.counters.get(metric, 0.0) + amount

    def units(self) -> Sequence[Unit]:
        """Return all storage units."""
        return self.storage_units

    def stored_j(self, row: int) -> float:
        """Return the usable energy of the storage on a bus, settled to now, J."""
        state = self.arrays.state[row]
        rate = self.arrays.rate[row]["stored_rate_w"]
        lag = self.arrays.now[0]["t"] - state["t"]
        return float(min(max(state["stored_j"] + rate * lag, 0.0), state["capacity_j"]))

    def watch(
        self, row: int, owner: Device, *, low_j: float = -math.inf, high_j: float = math.inf
    ) -> None:
        """Wake `owner` (topic ``watch:ROW``) when the storage falls to, or rises to, a level."""
        self.watches.put(self.arrays, row, owner.name, low_j, high_j)

    def spare_w(self) -> float:
        """Return what the source could still carry beyond full service without charging, W.

        Full service is full power of every powered pod and running chillers, whatever jobs and
        chillers are doing at the moment.
        """
        self.commit()
        return float(commands.spare_power(self.arrays, *self._full_service()))

    def need_w(self) -> float:
        """Return what full service needs at the site bus, W; see `spare_w`."""
        self.commit()
        return float(commands.full_need(self.arrays, *self._full_service()))

    def _full_service(self) -> tuple[float, float]:
        """Return a pod's highest power, where jobs decide it, and the allowance for losses."""
        return (self.load.pod_peak_w() if self.load.has_jobs else 0.0), LOSS_ALLOWANCE

    def lose_pods(self, pods: Sequence[int], loss: Loss, *, shed: bool = False) -> None:
        """Take pods from powered to unpowered; those already down are left alone."""
        gone = [pod for pod in pods if self.pods[pod].state.phase != "off"]
        for pod in gone:
            self.pods[pod].lose(loss, shed=shed)
        core = self.tree.core in gone
        fallen = len(gone) - core
        if gone:
            diesel = self.device("diesel").condition() if self.has("diesel") else ""
            others = tuple(p for p in gone if p != self.tree.core)
            self.losses.append(LossFact(self.now, loss, others, core, shed, diesel))
        if fallen:
            down = self.pods_down()
            most = self.counters.get("max_pods_down", 0.0)
            self.counters["max_pods_down"] = max(most, float(down))
            if down == self.load.pods and loss.initiator.kind != MAINTENANCE:
                self.count("site_blackouts")
                self.emit("site", "blackout", str(loss))
        if pods:
            self.signal("pods")
            self.signal("lost")

    def note_power(self, pod: int) -> None:
        """Note that a pod has power again."""
        self.powered.append((self.now, pod))

    def loss_rows(self) -> list[LossRow]:
        """Return what each event has cost up to now."""
        return loss_rows(self.losses, self.powered, self.now)

    def pods_down(self) -> int:
        """Return how many pods (the core network not counted) are unpowered."""
        return sum(p.state.phase == "off" for p in self.pods[: self.load.pods])

    def lose_asset(self, usd: float, renewed_usd: float = 0.0, life_years: float = 1.0) -> None:
        """Book destroyed equipment; see `twin.contracts.parts.PlantView`."""
        self.asset_losses.append((self.now / YEAR_S, usd, renewed_usd, life_years))

    def interrupt_job(self, job: int, cause: Cause, detect_s: float) -> float:
        """Interrupt a job; return the work lost, s."""
        return float(commands.interrupt_job(self.arrays, job, self.now, int(cause), detect_s))

    def restart_job(self, job: int, seconds: float) -> None:
        """Begin the restart of a placed job."""
        commands.restart_job(self.arrays, job, self.now, seconds)

    def run_job(self, job: int) -> None:
        """Let a job compute from now on."""
        commands.run_job(self.arrays, job, self.now)

    def settle_job(self, job: int) -> None:
        """Book a job's time up to now."""
        commands.settle_one_job(self.arrays, job, self.now)

    def refuel(self) -> None:
        """Fill the tank."""
        self.arrays.now[0]["fuel_l"] = self.arrays.site[0]["fuel_capacity_l"]

    # ---- running --------------------------------------------------------------------------------

    def commit(self) -> None:
        """Copy the inputs of all changed devices into the pass."""
        if not self._dirty:
            return
        order = sorted(self._dirty)
        for name in order:
            self._dirty[name].commit(self.arrays)
        self._dirty.clear()
        self.arrays.now[0]["dirty"] = 1

    def run(self, until_s: float | None = None) -> None:
        """Run to the horizon, or up to and including the instant `until_s` (to save there)."""
        end = self.horizon_s if until_s is None else until_s
        again = False  # a deficit is answered until none is left, before anybody else acts
        while True:
            ahead = min(self.env.ahead(), self.horizon_s)
            if ahead > end and not again and not self._stops_by(end):
                return
            if ahead > self.env.now or again:
                self.commit()
                code = advance(self.arrays, ahead)
                self.env.jump(float(self.arrays.now[0]["t"]))
                again = code == DEFICIT
                if code != REACHED:
                    self._stopped(Stop(code) if code >= 0 else None)
                    continue
            if ahead >= self.horizon_s:
                self._close()
                return
            self.env.play()

    def observe(self, times_s: Sequence[float], note: Callable[[], None]) -> None:
        """Call `note` at each of the given instants of the run to come.

        An observer is an ordinary SimPy process: it reads, but changes nothing.
        """
        self.add_process(self._observer(times_s, note))

    def _observer(
        self, times_s: Sequence[float], note: Callable[[], None]
    ) -> Generator[Event, Any, None]:
        for time in times_s:
            if time >= self.horizon_s:
                return
            alarm = Event(self.env)
            self.env.at(alarm, max(time, self.now), LAST)
            yield alarm
            note()

    def _close(self) -> None:
        """Settle explicitly at the horizon: SimPy runs no event at exactly its end."""
        self.env.jump(self.horizon_s)
        settle(self.arrays)

    def _stops_by(self, end: float) -> bool:
        """Return whether the pass would stop by itself up to `end`; tried on a copy."""
        self.commit()
        copy = Arrays._make(a.copy() for a in self.arrays)
        return bool(advance(copy, end) != REACHED)

    def _stopped(self, why: Stop | None) -> None:
        """Wake the devices that a stop of the pass concerns."""
        row = int(self.arrays.now[0]["stop_row"])
        time, rounds = self._rounds
        self._rounds = (self.now, rounds + 1 if time == self.now else 0)
        if why is None or self._rounds[1] > MAX_ROUNDS:
            raise SimulationError(
                f"the plant does not settle at t={self.now} s: stop {why!r} at "
                f"'{self.tree.names[row]}'"
            )
        if why in (Stop.WATCH_LOW, Stop.WATCH_HIGH):
            self.emit(self.tree.names[row], "watch", why.name.lower())
            owners = self.watches.reached(self.arrays, row, low=why is Stop.WATCH_LOW)
            self.signal(f"watch:{row}", owners)
        elif why is Stop.DEFICIT:
            self.devices["ems"].deficit(row)  # type: ignore[attr-defined]
        elif why is Stop.FUEL_OUT:
            self.emit("diesel", "fuel out")
            self.signal("fuel-out")
        elif why is Stop.JOB:
            self.signal("job")
