"""The scheduler: places rigid gang jobs on powered pods, follows campaigns, caps and suspends."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twin.contracts.layout import Arrays, Cause, Phase
from twin.contracts.losses import DISTURBANCES
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView

# integers: looking a member up in an enumeration costs more than the comparison
DETECT = int(Phase.DETECT)
DONE = int(Phase.DONE)
DOWN = int(Phase.DOWN)
OFF = int(Phase.OFF)
RESTART = int(Phase.RESTART)
RUN = int(Phase.RUN)
SAVE = int(Phase.SAVE)
SUSPENDED = int(Phase.SUSPENDED)
WAIT = int(Phase.WAIT)
LATEST = 16
"""Events remembered for each job: what took its power twice is still among them."""


@dataclass(slots=True)
class SchedulerState(DeviceState):
    """Campaign, and for each job its pods and what has happened to it.

    Attributes
    ----------
    campaign
        Number of the present campaign.
    pods, capped
        Pods of each job, and whether it is capped.
    hit, paired
        Latest events that interrupted each job, and latest disturbances that took its power.
    risk_event, risk_s, risk_from_s
        The last warning, and each job's uncheckpointed work then: how much, and up to where, s.
    """

    campaign: int = 0
    pods: list[list[int]] = field(default_factory=list)
    capped: list[bool] = field(default_factory=list)
    hit: list[list[str]] = field(default_factory=list)
    paired: list[list[str]] = field(default_factory=list)
    risk_event: str = ""
    risk_s: list[float] = field(default_factory=list)
    risk_from_s: list[float] = field(default_factory=list)


class Scheduler(Device):
    """Places jobs on powered pods, in order of priority, and follows campaigns."""

    state_type = SchedulerState
    state: SchedulerState

    def __init__(self, plant: PlantView, spec: Any) -> None:
        super().__init__("scheduler", plant)
        self.spec = spec
        self.jobs = spec.all_jobs()

    def begin(self) -> None:
        """Start the first campaign."""
        n = len(self.jobs)
        s = self.state
        s.pods = [[] for _ in range(n)]
        s.capped = [False] * n
        s.risk_s, s.risk_from_s = [0.0] * n, [0.0] * n
        s.hit, s.paired = [[] for _ in range(n)], [[] for _ in range(n)]
        s.topics = ("pods", "job")
        self._start_campaign()

    def _start_campaign(self) -> None:
        s = self.state
        s.campaign, end = self.spec.campaign_at(self.plant.now)
        s.until_s = end if len(self.spec.campaigns) > 1 else NEVER
        s.risk_event = ""
        js = self.plant.arrays.job_state
        for pod in self.plant.pods:
            pod.release()
        for j in range(len(self.jobs)):
            self._release(j)
            s.capped[j] = False
        phases = [WAIT if campaign == s.campaign else OFF for campaign, _ in self.jobs]
        reset_jobs(js, phases, self.plant.now, self._full_power())
        self._place(fresh=True)
        if any(pod.state.phase != "on" for pod in self.plant.pods):
            for j, (campaign, _) in enumerate(self.jobs):
                if campaign == s.campaign and not s.pods[j]:
                    js[j]["cause"] = Cause.POWER

    def _full_power(self) -> float:
        spec = self.spec
        return float(spec.node_training_kw * 1e3 * spec.nodes_per_pod / spec.gpus_per_pod)

    def step(self, reason: str) -> None:
        """Change the campaign, or answer a change of the pods."""
        if self.plant.now >= self.state.until_s:
            for j in range(len(self.jobs)):
                self.plant.settle_job(j)
            self._start_campaign()
            return
        down = {p for p, pod in enumerate(self.plant.pods) if pod.state.phase == "off"}
        core = self.plant.tree.core
        core_down = core in down
        phases = self.plant.arrays.job_state["phase"].tolist()
        for j, pods in enumerate(self.state.pods):
            if pods and phases[j] == DONE:
                self._release(j)
            elif pods and (core_down or not down.isdisjoint(pods)):
                self._lose(j, min({*down.intersection(pods), *([core] if core_down else [])}))
        self._place(fresh=False)

    def _phase(self, pod: int) -> str:
        return str(self.plant.pods[pod].state.phase)

    def _lose(self, j: int, gone: int) -> None:
        """A pod of the job (or the core) is gone: the job stops and gives its pods back."""
        js = self.plant.arrays.job_state[j]
        state = self.plant.pods[gone].state
        self._release(j)
        self.plant.settle_job(j)
        if state.kind in DISTURBANCES:
            self._pair(j, state.event)
        if js["phase"] == SUSPENDED:
            js["phase"] = WAIT
        if js["phase"] not in (RUN, SAVE, DETECT, DOWN, RESTART):
            return
        if js["phase"] in (RUN, SAVE, RESTART):
            self._count_hit(j, state.event)
        lost = self.plant.interrupt_job(j, Cause.POWER, self.spec.detect_power_s)
        self.say("job interrupted", f"{self.jobs[j][1].name}: {lost:.0f} s of work lost")

    def _count_hit(self, j: int, event: str) -> None:
        """Count an interruption, once per job and cause event."""
        if _first(self.state.hit[j], event):
            self.plant.count("job_interruptions")

    def _pair(self, j: int, event: str) -> None:
        """Count work at risk at the warning, and what of it is lost, of a (disturbance, job) pair.

        Without an earlier warning, the loss itself is the warning.
        """
        s, js = self.state, self.plant.arrays.job_state[j]
        if not _first(s.paired[j], event):
            return
        risk_s = lost_s = _at_risk(js)
        if s.risk_event == event:
            risk_s = s.risk_s[j]
            lost_s = min(risk_s, max(0.0, s.risk_from_s[j] - float(js["safe_s"])))
        gpu_h = self.jobs[j][1].gpus / 3600.0
        self.plant.count("work_at_risk_gpu_h", risk_s * gpu_h)
        self.plant.count("work_lost_gpu_h", lost_s * gpu_h)

    def note_risk(self, event: str) -> None:
        """Note the uncheckpointed work of every job at the warning (start of a disturbance)."""
        s, js = self.state, self.plant.arrays.job_state
        if s.risk_event == event:
            return
        s.risk_event = event
        for j in range(len(self.jobs)):
            self.plant.settle_job(j)
            s.risk_s[j] = _at_risk(js[j])
            s.risk_from_s[j] = float(js[j]["position_s"])

    def _release(self, j: int) -> None:
        k, pods = self.plant.arrays, self.state.pods[j]
        if pods:
            k.pod_job[pods] = -1
            k.pod_gpus[pods] = 0.0
            k.pod_nodes[pods] = 0
        self.state.pods[j] = []
        k.job_state[j]["placed"] = 0
        k.now[0]["dirty"] = 1

    def _place(self, *, fresh: bool) -> None:
        """Give pods to the jobs that have none; take them from lower priorities if need be."""
        core = self.plant.tree.core
        if core >= 0 and self._phase(core) != "on":
            return
        if all(
            self.state.pods[j] for j, (c, _) in enumerate(self.jobs) if c == self.state.campaign
        ):
            return
        phases = [pod.state.phase for pod in self.plant.pods[: self.spec.pods]]
        for j, (campaign, job) in enumerate(self.jobs):
            waiting = campaign == self.state.campaign and not self.state.pods[j]
            if not waiting or self.plant.arrays.job_state[j]["phase"] == DONE:
                continue
            needed = self.spec.total_pods_for(job.gpus)
            chosen = self._choose(j, needed, phases)
            if chosen:
                self._assign(j, chosen, fresh=fresh)
            elif self._soon(j, needed, phases):
                return  # keep free pods for the job that waits for those that are booting

    def _soon(self, j: int, needed: int, phases: list[str]) -> bool:
        """Return whether job `j` could run once all pods that are booting are ready."""
        pods = [p for p, phase in enumerate(phases) if phase != "off"]
        if len(pods) < needed:
            return False
        owner = self.plant.arrays.pod_job.tolist()
        return len([p for p in pods if owner[p] < 0 or owner[p] > j]) >= needed

    def _choose(self, j: int, needed: int, phases: list[str]) -> list[int]:
        """Return pods for job `j`: free ones first, then those of lower priority; [] if too few."""
        pods = [p for p, phase in enumerate(phases) if phase == "on"]
        if len(pods) < needed:
            return []
        owner = self.plant.arrays.pod_job.tolist()
        free = [p for p in pods if owner[p] < 0]
        if len(free) >= needed:
            return free[:needed]
        lower = [p for p in reversed(pods) if owner[p] > j]
        if len(free) + len(lower) < needed:
            return []
        chosen = free + lower[: needed - len(free)]
        for victim in sorted({owner[p] for p in chosen if owner[p] >= 0}):
            self.plant.interrupt_job(victim, Cause.POWER, 0.0)
            self._count_hit(victim, self.state.hit[j][-1] if self.state.hit[j] else "")
            self._release(victim)
            self.say("job preempted", self.jobs[victim][1].name)
        return sorted(chosen)

    def _assign(self, j: int, pods: list[int], *, fresh: bool) -> None:
        k = self.plant.arrays
        job = self.jobs[j][1]
        whole, per_node = self.spec.gpus_per_pod, self.spec.gpus_per_pod / self.spec.nodes_per_pod
        used = [float(min(job.gpus - n * whole, whole)) for n in range(len(pods))]
        where = np.array(pods)
        k.pod_job[where] = j
        k.pod_gpus[where] = used
        k.pod_nodes[where] = [math.ceil(gpus / per_node) for gpus in used]
        self.state.pods[j] = pods
        if self.state.capped[j]:
            self._curtail(j, self.state.hit[j][-1] if self.state.hit[j] else "", hold=False)
        k.job_state[j]["placed"] = 1
        k.now[0]["dirty"] = 1
        if fresh:
            self.plant.run_job(j)
        elif k.job_state[j]["phase"] == WAIT:
            self.plant.restart_job(j, self.spec.restart_s(job.gpus))
            self.say("job restarts", job.name)

    # ---- what the energy management may do ------------------------------------------------------

    def jobs_on(self, pods: set[int]) -> list[int]:
        """Return the jobs that have a pod among `pods`."""
        return [j for j, own in enumerate(self.state.pods) if not pods.isdisjoint(own)]

    def _curtail(self, j: int, event: str, *, hold: bool) -> None:
        for pod in self.state.pods[j]:
            self.plant.pods[pod].curtail(event, hold=hold)

    def cap(self, j: int, cap: float, event: str) -> None:
        """Cap all GPUs of a job (a synchronous job runs at the pace of its slowest GPU)."""
        js = self.plant.arrays.job_state[j]
        if self.state.capped[j]:
            return
        self._curtail(j, event, hold=False)
        self.plant.settle_job(j)
        throughput, node_w = self.spec.capped(cap)
        js["rate"] = throughput
        js["run_gpu_w"] = node_w * self.spec.nodes_per_pod / self.spec.gpus_per_pod
        self.state.capped[j] = True
        if js["phase"] == RUN:
            self.plant.run_job(j)
        self.plant.arrays.now[0]["dirty"] = 1
        self.say("job capped", f"{self.jobs[j][1].name} at {cap:.2f}")

    def suspend(self, j: int, checkpoint_s: float, event: str) -> None:
        """Checkpoint a running job and hold it; a job that is not running has nothing to save."""
        js = self.plant.arrays.job_state[j]
        self.plant.settle_job(j)
        if js["phase"] in (DETECT, DOWN, RESTART):  # nothing to save
            self._curtail(j, event, hold=True)
            js["phase"] = SUSPENDED
            js["cause"] = Cause.POWER
            js["until_s"] = NEVER
            self.plant.arrays.now[0]["dirty"] = 1
        if js["phase"] != RUN:
            return
        self._curtail(j, event, hold=True)
        js["phase"] = SAVE
        js["cause"] = Cause.POWER
        js["until_s"] = self.plant.now + checkpoint_s
        self.plant.count("job_suspensions")
        self.plant.arrays.now[0]["dirty"] = 1
        self.say("job saves", self.jobs[j][1].name)

    def resume(self) -> None:
        """Lift all caps and resume what was suspended: the cause has ended."""
        js = self.plant.arrays.job_state
        for pod in self.plant.pods:
            pod.release()
        for j in range(len(self.jobs)):
            if self.state.capped[j]:
                self.plant.settle_job(j)
                js[j]["rate"] = 1.0
                js[j]["run_gpu_w"] = self._full_power()
                self.state.capped[j] = False
                if js[j]["phase"] == RUN:
                    self.plant.run_job(j)
            if js[j]["phase"] in (SUSPENDED, SAVE) and self.state.pods[j]:
                self.plant.settle_job(j)
                if js[j]["phase"] == SAVE:  # the cause ended before the checkpoint did
                    js[j]["cause"] = Cause.OTHER
                    self.plant.run_job(j)
                else:
                    self.plant.restart_job(j, self.spec.resume_s)
                self.say("job resumes", self.jobs[j][1].name)
        self.plant.arrays.now[0]["dirty"] = 1


def _first(events: list[str], event: str) -> bool:
    """Return whether an event is new among the latest ones, and write it down."""
    if event in events:
        return False
    events.append(event)
    del events[:-LATEST]
    return True


def _at_risk(js: Any) -> float:
    """Return a job's work since its last checkpoint, s; none if it does not compute."""
    return float(js["position_s"] - js["safe_s"]) if js["phase"] in (RUN, SAVE) else 0.0


def reset_jobs(js: Any, phases: list[int], now_s: float, run_gpu_w: float) -> None:
    """Give all jobs a fresh start; totals (useful, active time, interruptions) run on."""
    js["phase"] = phases
    js["cause"] = Cause.OTHER
    js["until_s"] = NEVER
    js["last_s"] = now_s
    js["rate"] = 1.0
    js["run_gpu_w"] = run_gpu_w
    for key in ("stall_left_s", "since_s", "down_s", "position_s", "safe_s", "furthest_s"):
        js[key] = 0.0
    js["segments"] = 0


def start_undisturbed(k: Arrays, spec: Any, campaign: int, now_s: float) -> None:
    """Start a campaign in the undisturbed world: all pods powered, all jobs placed and running."""
    jobs = spec.all_jobs()
    per_node = spec.gpus_per_pod / spec.nodes_per_pod
    pod = 0
    k.pod_job[:] = -1
    reset_jobs(k.job_state, [OFF] * len(jobs), now_s, 0.0)
    for j, (mine, job) in enumerate(jobs):
        needed = spec.total_pods_for(job.gpus)
        placed = mine == campaign and pod + needed <= spec.pods
        k.job_state[j]["phase"] = RUN if placed else OFF
        k.job_state[j]["placed"] = placed
        left = float(job.gpus)
        for p in range(pod, pod + needed) if placed else ():
            k.pod_job[p] = j
            k.pod_gpus[p] = min(left, float(spec.gpus_per_pod))
            k.pod_nodes[p] = math.ceil(k.pod_gpus[p] / per_node)
            left -= k.pod_gpus[p]
        pod += needed if placed else 0
        if placed and job.work_h is not None:
            k.job_state[j]["until_s"] = now_s + job.work_h * 3600.0
