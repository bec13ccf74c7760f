"""Training jobs of the slow twin: one object per job, work marked second by second."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.reference.slow_twin import SlowTwin

POWER, OTHER = "power", "other"
REWORK, DETECTION, RESTART, IDLE, SLOWDOWN = "rework", "detection", "restart", "idle", "slowdown"


class Job:
    """A rigid gang job: any lost GPU stops the whole of it."""

    PHASES = ("run", "save", "suspended", "detect", "down", "wait", "restart", "done")

    def __init__(self, table: dict[str, Any], load: dict[str, Any]) -> None:
        self.name, self.gpus = table["name"], table["gpus"]
        self.interval_s = table["checkpoint_interval_min"] * 60.0
        self.stall_s = table["checkpoint_stall_s"]
        self.work_s = math.inf if table["work_h"] is None else table["work_h"] * 3600.0
        doublings = math.log(self.gpus / 2048.0) / math.log(2.0)
        self.restart_s = max(
            load["restart_least_s"],
            load["restart_base_s"] + load["restart_per_doubling_s"] * doublings,
        )
        self.phase, self.cause, self.until_s = "wait", OTHER, math.inf
        self.pods: list[int] = []
        self.rate, self.capped, self.down_s = 1.0, False, 0.0
        self.position_s = self.safe_s = self.furthest_s = self.since_s = self.stalling_s = 0.0
        self.useful_s = 0.0
        self.destroyed: dict[int, str] = {}
        self.lost = {(c, p): 0.0 for c in (POWER, OTHER)
                     for p in (REWORK, DETECTION, RESTART, IDLE, SLOWDOWN)}  # fmt: skip
        self.interruptions = 0

    def stop(self, t: float, cause: str, detect_s: float, down_s: float = 0.0) -> float:
        """Interrupt the job at `t`; return the work lost, s."""
        gone = 0.0
        if self.phase in ("run", "save"):
            gone = self.position_s - self.safe_s
            for second in range(int(self.safe_s), math.ceil(self.position_s)):
                self.destroyed[second] = cause
            self.position_s = self.safe_s
            self.since_s = self.stalling_s = 0.0
        self.phase, self.cause, self.until_s = "detect", cause, t + detect_s
        self.down_s = down_s
        self.interruptions += 1
        return gone

    def tick(self, t: float) -> None:
        """Go through the phases that end by `t`."""
        while self.until_s <= t:
            due, self.until_s = self.until_s, math.inf
            if self.phase == "detect" and self.down_s > 0.0:
                self.phase, self.until_s, self.down_s = "down", due + self.down_s, 0.0
            elif self.phase in ("detect", "down"):
                self.phase = "wait"
                if self.pods:
                    self.restart(due, self.restart_s)
            elif self.phase == "restart":
                self.phase, self.cause = "run", OTHER
            elif self.phase == "save":
                self.safe_s, self.since_s, self.stalling_s = self.position_s, 0.0, 0.0
                self.phase = "suspended"

    def restart(self, t: float, seconds: float) -> None:
        """Begin to restart."""
        self.phase, self.until_s = "restart", t + seconds

    def run(self, seconds: float) -> None:
        """Book a step of wall-clock time."""
        if self.phase == "run":
            self._compute(seconds)
            return
        part = {"detect": DETECTION, "restart": RESTART}.get(self.phase, IDLE)
        if self.phase != "done":
            self.lost[self.cause, part] += seconds * self.gpus

    def _compute(self, seconds: float) -> None:
        left = seconds
        while left > 1e-9 and self.phase == "run":
            if self.stalling_s > 0.0:
                step = min(left, self.stalling_s)
                self.stalling_s -= step
                if self.stalling_s <= 1e-9:
                    self.stalling_s, self.safe_s = 0.0, self.position_s
            else:
                room = min(self.interval_s - self.since_s, self.work_s - self.position_s)
                step = min(left, room / self.rate)
                self._progress(step * self.rate)
                self._maybe_save()
            left -= step

    def _maybe_save(self) -> None:
        if self.position_s >= self.work_s - 1e-9:
            self.phase = "done"
        elif self.since_s >= self.interval_s - 1e-9:
            self.since_s, self.stalling_s = 0.0, self.stall_s
            if self.stall_s == 0.0:
                self.safe_s = self.position_s

    def _progress(self, work_s: float) -> None:
        """Do so much work: again where it had been done before, else anew."""
        self.since_s += work_s
        self.lost[POWER, SLOWDOWN] += work_s * (1.0 / self.rate - 1.0) * self.gpus
        while work_s > 1e-9:
            again = self.furthest_s - self.position_s
            if again <= 1e-9:
                self.useful_s += work_s
                self.position_s += work_s
                self.furthest_s = self.position_s
                return
            second = int(self.position_s + 1e-9)
            step = min(work_s, again, second + 1.0 - self.position_s)
            self.lost[self.destroyed.get(second, OTHER), REWORK] += step * self.gpus
            self.position_s += step
            work_s -= step


class Scheduler:
    """Places jobs on powered pods in order of priority."""

    def __init__(self, twin: SlowTwin, load: dict[str, Any]) -> None:
        self.twin, self.load = twin, load
        tables = load["campaigns"][0]["jobs"]
        self.jobs = [Job(t, load) for t in tables for _ in range(t["count"])]
        self.owner: dict[int, Job] = {}
        self.used: dict[int, int] = {}
        self.work_lost_s = 0.0

    def begin(self) -> None:
        """Let every job that fits run."""
        for job in self.jobs:
            self._give(job, self._choose(job, 0.0), 0.0)
            if job.pods:
                job.phase, job.until_s = "run", math.inf

    def react(self, t: float) -> None:
        """Stop jobs that have lost a pod (or the core); place those that wait."""
        down = {p.number for p in self.twin.pods if p.phase == "off"}
        core = self.twin.design.core
        for job in self.jobs:
            if job.pods and (core in down or down.intersection(job.pods)):
                self._lose(job, t)
        if core is None or self.twin.pods[core].phase == "on":
            for job in self.jobs:
                if not job.pods and job.phase != "done":
                    self._give(job, self._choose(job, t), t)
        for job in self.jobs:
            if job.phase == "done":
                self._release(job)

    def _lose(self, job: Job, t: float) -> None:
        self._release(job)
        if job.phase in ("run", "save", "detect", "down", "restart"):
            self.work_lost_s += job.stop(t, POWER, self.load["detect_power_s"]) * job.gpus
        elif job.phase == "suspended":
            job.phase = "wait"

    def _release(self, job: Job) -> None:
        for pod in job.pods:
            del self.owner[pod], self.used[pod]
        job.pods = []

    def _choose(self, job: Job, t: float) -> list[int]:
        """Return pods for a job: free ones first, then those of lower priority."""
        needed = math.ceil(job.gpus / self.load["gpus_per_pod"])
        ready = [n for n in range(self.load["pods"]) if self.twin.pods[n].phase == "on"]
        free = [n for n in ready if n not in self.owner]
        rank = self.jobs.index(job)
        lower = [n for n in reversed(ready)
                 if n in self.owner and self.jobs.index(self.owner[n]) > rank]  # fmt: skip
        if len(free) + len(lower) < needed:
            return []
        chosen = (free + lower)[:needed]
        for victim in {
            id(self.owner[n]): self.owner[n] for n in chosen if n in self.owner
        }.values():
            victim.stop(t, POWER, 0.0)
            self._release(victim)
        return sorted(chosen)

    def _give(self, job: Job, pods: list[int], t: float) -> None:
        left = job.gpus
        for pod in pods:
            self.owner[pod] = job
            self.used[pod] = min(left, self.load["gpus_per_pod"])
            left -= self.used[pod]
        job.pods = pods
        if pods and job.phase == "wait":
            job.restart(t, job.restart_s)

    def fault(self, t: float, pod: int, node: int, detect_s: float, down_s: float) -> None:
        """Let a node fail in the background."""
        job = self.owner.get(pod)
        per_node = self.load["gpus_per_pod"] / self.load["nodes_per_pod"]
        if job is None or node >= math.ceil(self.used[pod] / per_node):
            return
        if job.phase in ("run", "save", "restart"):
            job.stop(t, OTHER, detect_s, down_s)

    def pod_w(self, pod: int) -> float:
        """Return a powered pod's IT power."""
        load = self.load
        nodes_per_gpu = load["nodes_per_pod"] / load["gpus_per_pod"]
        idle = load["node_idle_kw"] * 1e3 * nodes_per_gpu
        job = self.owner.get(pod)
        if job is None:
            return float(load["gpus_per_pod"] * idle)
        used, each = self.used[pod], idle
        if job.phase in ("run", "save"):
            each = self._node_kw(job) * 1e3 * nodes_per_gpu
        elif job.phase == "detect":
            each = load["node_hung_kw"] * 1e3 * nodes_per_gpu
        return float(used * each + (load["gpus_per_pod"] - used) * idle)

    def _node_kw(self, job: Job) -> float:
        """Return a node's power at work; a cap takes from the GPUs alone."""
        load = self.load
        if not job.capped:
            return float(load["node_training_kw"])
        cut = load["gpu_training_share"] - min(self.cap_share, load["gpu_training_share"])
        gpus = load["gpus_per_pod"] / load["nodes_per_pod"]
        return float(load["node_training_kw"] - cut * load["gpu_tdp_kw"] * gpus)

    def _on(self, pods: list[int]) -> list[Job]:
        return [j for j in self.jobs if set(pods).intersection(j.pods)]

    def cap(self, pods: list[int], share: float) -> None:
        """Cap the GPUs of the jobs on these pods."""
        self.cap_share = share
        for job in self._on(pods):
            if not job.capped:
                self._deny(job)
            job.capped, job.rate = True, throughput(share)

    def _deny(self, job: Job) -> None:
        for number in job.pods:
            self.twin.pods[number].deny()

    def suspend(self, pods: list[int], t: float, checkpoint_s: float) -> None:
        """Save and hold the running jobs on these pods."""
        for job in self._on(pods):
            if job.phase in ("run", "detect", "down", "restart"):
                self._deny(job)
            if job.phase == "run":
                job.phase, job.cause, job.until_s = "save", POWER, t + checkpoint_s
            elif job.phase in ("detect", "down", "restart"):  # nothing to save, but it must not start
                job.phase, job.cause, job.until_s = "suspended", POWER, math.inf

    def resume(self, t: float) -> None:
        """Lift caps, let held jobs go on."""
        for pod in self.twin.pods:
            if pod.phase != "off":
                pod.denied_w = 0.0
        for job in self.jobs:
            job.capped, job.rate = False, 1.0
            if job.phase == "save" and job.pods:
                job.phase, job.cause, job.until_s = "run", OTHER, math.inf
            elif job.phase == "suspended" and job.pods:
                job.restart(t, self.load["resume_s"])


def throughput(cap: float) -> float:
    """Return the pace under a GPU power cap, relative to none.

    Power at relative frequency f is 0.145 + 0.855 f v(f)^2, voltage v = max(0.814, 1 - 0.705 (1-f));
    the pace is 1 / (0.25 + 0.75 / f). The frequency is found in small steps.
    """
    f, step = 1.0, 0.1
    while step > 1e-13:
        f -= step
        volts = max(0.814, 1.0 - 0.705 * (1.0 - f))
        if 0.145 + 0.855 * f * volts * volts <= cap:
            f, step = f + step, step / 10.0
    return 1.0 / (0.25 + 0.75 / f)
