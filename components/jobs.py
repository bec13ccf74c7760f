"""Training jobs on the pods: parameters of nodes, jobs and campaigns.

What a job does between two power events (checkpoints, rework, node faults, restarts) is followed in
closed form by the compiled pass; the scheduler acts only when pods are lost or come back, when the
campaign changes, and when the energy management caps or suspends.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, model_validator

from components._scheduler import Scheduler
from twin.contracts.calendar import DAY_S
from twin.contracts.kinds import kind_of
from twin.contracts.parts import PlantView
from twin.quantity import Spec, quantity
from twin.registry import register


class JobSpec(Spec):
    """Equal rigid gang jobs of a campaign: any lost GPU stops the whole job."""

    name: str = quantity("", "Name", min_length=1)
    gpus: int = quantity("GPUs", "GPUs of one job", ge=1)
    count: int = quantity("jobs", "How many such jobs run side by side", 1, ge=1)
    checkpoint_interval_min: float = quantity(
        "min",
        "Work between two checkpoints",
        30.0,
        gt=0,
        source="30 min or 100 steps typical (ByteRobust, SOSP'25, arXiv:2509.16293 section 2.3)",
        confidence="A",
    )
    checkpoint_stall_s: float = quantity(
        "s",
        "Blocking stall per checkpoint",
        1.0,
        ge=0,
        source="asynchronous checkpoints: Nemotron-3 < 1 s, PyTorch DCP async < 0.5 s",
        confidence="B",
    )
    work_h: float | None = quantity(
        "h", "Total work of the job; left out, it never ends", None, gt=0
    )


class CampaignSpec(Spec):
    """A stretch of time with its mix of jobs; campaigns follow each other in a cycle."""

    name: str = quantity("", "Name", min_length=1)
    days: float = quantity("d", "Length", gt=0)
    jobs: list[JobSpec] = quantity("", "Jobs in order of priority", min_length=1)


def _not_empty(value: list[CampaignSpec]) -> list[CampaignSpec]:
    names = [c.name for c in value]
    if len(set(names)) != len(names):
        raise ValueError(f"campaign names must differ, got {names}")
    return value


@register("load", "jobs", world=True)
class JobsLoad(Spec):
    """GPU pods that run training jobs. IT power counts at the output of the power supplies."""

    pods: int = quantity("pods", "Number of pods", ge=1, le=2000)
    gpus_per_pod: int = quantity(
        "GPUs",
        "GPUs in a pod",
        256,
        ge=1,
        source="DGX SuperPOD H100 scalable unit: 32 nodes of 8",
        confidence="A",
    )
    nodes_per_pod: int = quantity(
        "nodes",
        "Nodes (servers) in a pod",
        32,
        ge=1,
        source="DGX SuperPOD H100 scalable unit",
        confidence="A",
    )
    node_training_kw: float = quantity(
        "kW",
        "Node power when training, after the power supply",
        7.54,
        gt=0,
        source="7.8 kW at the AC input (8xH100 training at 76 % of 10.2 kW, arXiv:2412.08602) "
        "x 0.967",
        confidence="B",
    )
    node_idle_kw: float = quantity(
        "kW",
        "Node power when idle, booting or suspended",
        1.93,
        ge=0,
        source="2.0 kW at the AC input (1.6 to 3.0) x 0.967",
        confidence="C",
    )
    node_hung_kw: float = quantity(
        "kW",
        "Node power while the job hangs undetected",
        4.1,
        ge=0,
        source="assumed: GPUs at 0.40 of 700 W plus 2 kW",
        confidence="D",
    )
    gpu_tdp_kw: float = quantity(
        "kW",
        "Rated power of a GPU, the base of power caps",
        0.7,
        gt=0,
        source="NVIDIA H100 SXM",
        confidence="A",
    )
    gpu_training_share: float = quantity(
        "1",
        "Mean GPU power when training / rated",
        0.85,
        gt=0,
        le=1.2,
        source="assumed",
        confidence="D",
    )
    core_kw: float = quantity(
        "kW",
        "Core network and storage (a compartment of its own; its loss stops every job)",
        0.0,
        ge=0,
        source="about 10 % of IT",
        confidence="D",
    )
    campaigns: Annotated[list[CampaignSpec], AfterValidator(_not_empty)] = quantity(
        "", "Mixes of jobs over time", min_length=1
    )
    node_faults: kind_of("node_faults") = quantity(  # type: ignore[valid-type]
        "", "Background faults of nodes", {"kind": "poisson"}
    )
    detect_power_s: float = quantity(
        "s",
        "Detection when nodes lost power",
        30.0,
        ge=0,
        source="heartbeat 2 to 60 s (ByteRobust)",
        confidence="A",
    )
    restart_base_s: float = quantity(
        "s",
        "Full requeue of a 2,048-GPU job",
        454.0,
        ge=0,
        source="ByteRobust, arXiv:2509.16293: 454/545/635/768 s at 2k/4k/8k/16k GPUs",
        confidence="A",
    )
    restart_per_doubling_s: float = quantity(
        "s",
        "More per doubling of the GPUs",
        105.0,
        ge=0,
        source="fit to ByteRobust",
        confidence="A",
    )
    restart_least_s: float = quantity(
        "s",
        "Shortest restart (small jobs)",
        60.0,
        ge=0,
        source="warm standby 46 to 110 s",
        confidence="A",
    )
    resume_s: float = quantity(
        "s",
        "Resume of a suspended job",
        60.0,
        ge=0,
        source="warm standby / in place 46 to 110 s",
        confidence="A",
    )
    boot_s: float = quantity(
        "s",
        "Boot of nodes, fabric and health checks after a loss",
        900.0,
        ge=0,
        source="8 to 40 min",
        confidence="D",
    )

    has_jobs: ClassVar[bool] = True

    @model_validator(mode="after")
    def _jobs_fit(self) -> Self:
        installed = self.pods * self.gpus_per_pod
        for campaign in self.campaigns:
            for job in campaign.jobs:
                if job.gpus > installed:
                    raise ValueError(
                        f"campaigns: job '{job.name}' of '{campaign.name}' needs {job.gpus} GPUs, "
                        f"the cluster has {installed} ({self.pods} pods of {self.gpus_per_pod})"
                    )
        if self.gpus_per_pod < self.nodes_per_pod:
            raise ValueError(
                f"nodes_per_pod = {self.nodes_per_pod}: more nodes than the {self.gpus_per_pod} GPUs "
                "of a pod"
            )
        return self

    def restart_s(self, gpus: int) -> float:
        """Return the full-requeue time of a job of `gpus` GPUs, s."""
        grown = self.restart_base_s + self.restart_per_doubling_s * math.log2(gpus / 2048)
        return max(self.restart_least_s, grown)

    def pod_peak_w(self) -> float:
        """Return the IT power of a pod whose nodes all train, W."""
        return self.nodes_per_pod * self.node_training_kw * 1e3

    def pod_base_w(self) -> float:
        """Return the pod's IT power that does not follow jobs, W."""
        return 0.0

    def total_pods_for(self, gpus: int) -> int:
        """Return how many pods a job of `gpus` GPUs needs."""
        return math.ceil(gpus / self.gpus_per_pod)

    def all_jobs(self) -> list[tuple[int, JobSpec]]:
        """Return (campaign number, job) for every single job, in order of priority."""
        return [
            (c, job)
            for c, campaign in enumerate(self.campaigns)
            for job in campaign.jobs
            for _ in range(job.count)
        ]

    def campaign_at(self, time_s: float) -> tuple[int, float]:
        """Return the campaign at a time and when it ends, s."""
        lengths = [c.days * DAY_S for c in self.campaigns]
        cycle = sum(lengths)
        start = math.floor(time_s / cycle) * cycle
        for n, length in enumerate(lengths):
            if time_s < start + length or n == len(lengths) - 1:
                return n, start + length
            start += length
        raise AssertionError

    def capped(self, cap: float) -> tuple[float, float]:
        """Return (throughput, node power in W) under a GPU power cap as a share of rated power.

        Model and fit: P(f)/Pmax = p0 + (1-p0) f v(f)^2, v = max(vmin, 1 - a (1-f)), throughput
        1/((1-b) + b/f), with p0 = 0.145, vmin = 0.814, a = 0.705 (A100 pre-training sweep of the
        Emerald Phoenix demonstration) and b = 0.75 for H100.
        """
        share = min(cap, self.gpu_training_share)
        saved_w = (self.gpu_training_share - share) * self.gpu_tdp_kw * 1e3
        gpus_per_node = self.gpus_per_pod / self.nodes_per_pod
        return cap_throughput(cap), self.node_training_kw * 1e3 - saved_w * gpus_per_node

    def build(self, plant: PlantView) -> None:
        """Add the scheduler."""
        plant.add(Scheduler(plant, self))


def cap_throughput(cap: float, beta: float = 0.75) -> float:
    """Return the throughput under a cap, relative to uncapped (see `JobsLoad.capped`)."""
    if cap >= 1.0:
        return 1.0
    low, high = 1e-3, 1.0
    for _ in range(60):  # the power curve is monotonic: bisection
        f = 0.5 * (low + high)
        v = max(0.814, 1.0 - 0.705 * (1.0 - f))
        if 0.145 + 0.855 * f * v * v > cap:
            high = f
        else:
            low = f
    return 1.0 / ((1.0 - beta) + beta / low)
