"""Background faults of compute nodes: everything that stops a job but facility power."""

from __future__ import annotations

import math

import numpy as np

from twin.contracts.calendar import YEAR_S
from twin.contracts.timeline import Array, NodeFaults, ProfileContext
from twin.errors import ScenarioError
from twin.quantity import Spec, quantity
from twin.registry import register
from twin.streams import generator


@register("node_faults", "poisson", world=True)
class PoissonNodeFaults(Spec):
    """Independent faults at one rate for all nodes, some of which hang silently.

    Each pod has a stream of its own for each year: adding a pod changes nobody else's faults, and
    another rate moves the same faults.
    """

    rate_per_1000_node_days: float = quantity("1/(1000 node days)", "Faults that interrupt a job",
        4.0, ge=0, le=1000, source="InfiniteHBD trace 4.18 (400 servers, 349 days); Meta RSC-1/2 "
        "6.50 and 2.34 (Kokolis et al. 2025, arXiv:2410.21680); range 1.3 to 8.5",
        confidence="A-")  # fmt: skip
    hang_share: float = quantity("1", "Share of silent hangs, noticed late", 0.12, ge=0, le=1,
        source="ByteRobust (SOSP 2025, arXiv:2509.16293) Table 1: 5,506 job hangs among 45,783 "
        "incidents", confidence="A")  # fmt: skip
    detect_s: float = quantity("s", "Time until a plain fault is noticed", 60.0, ge=0, le=86_400,
        source="ByteRobust: 2 to 60 s by class of fault, 60 s for a switch",
        confidence="A-")  # fmt: skip
    hang_detect_s: float = quantity("s", "Time until a silent hang is noticed", 600.0, ge=0,
        le=86_400, source="PyTorch's default NCCL timeout of 10 min (pull request 110947)",
        confidence="A")  # fmt: skip
    down_s: float = quantity("s", "Time after detection before a restart may begin", 0.0, ge=0,
        le=864_000, source="assumed: a hot spare takes over at once")  # fmt: skip

    def year(self, ctx: ProfileContext, year: int, pods: int, nodes_per_pod: int) -> NodeFaults:
        """Return the faults of a whole simulated year; see `NodeFaultProfile`."""
        mean = self.rate_per_1000_node_days / 1000.0 * nodes_per_pod * 365.0
        if mean == 0.0 or pods == 0:
            return _faults([])
        share_of_year, node, hang = _draws(ctx, year, pods, mean)
        within = share_of_year < 1.0
        pod, _ = np.nonzero(within)
        order = np.argsort(share_of_year[within], kind="stable")
        hangs = hang[within][order] < self.hang_share
        return NodeFaults(
            time_s=(year + share_of_year[within][order]) * YEAR_S,
            pod=pod[order],
            node=(node[within][order] * nodes_per_pod).astype(np.int64),
            detect_s=np.where(hangs, self.hang_detect_s, self.detect_s),
            down_s=np.full(len(pod), self.down_s),
        )


def _draws(ctx: ProfileContext, year: int, pods: int, mean: float) -> tuple[Array, Array, Array]:
    """Return each pod's faults, by row: time in years, uniforms for the node and for a hang.

    Each row reaches beyond the end of the year.
    """
    n = int(mean + 6.0 * math.sqrt(mean) + 12.0)
    while True:
        draws = np.empty((pods, n, 3))
        for pod in range(pods):
            name = f"node_faults/pod-{pod:03d}/{year}"
            generator(ctx.seed, ctx.replication, name).random(out=draws[pod])
        time = np.cumsum(-np.log1p(-draws[:, :, 0]), axis=1) / mean
        if time[:, -1].min() >= 1.0:
            return time, draws[:, :, 1], draws[:, :, 2]
        n *= 2  # the longer streams begin with the same faults


class ScriptedFault(Spec):
    """One node fault of a script."""

    time_s: float = quantity("s", "Time since the scenario's start", ge=0)
    pod: int = quantity("", "Number of the pod, from 0", ge=0)
    node: int = quantity("", "Number of the node in its pod, from 0", ge=0)
    detect_s: float = quantity("s", "Time until somebody notices", 60.0, ge=0)
    down_s: float = quantity("s", "Time after detection before a restart may begin", 0.0, ge=0)


@register("node_faults", "script", world=True)
class ScriptedNodeFaults(Spec):
    """Node faults listed in the scenario, in any order."""

    events: list[ScriptedFault] = quantity("", "The faults", min_length=1)

    def year(self, ctx: ProfileContext, year: int, pods: int, nodes_per_pod: int) -> NodeFaults:
        """Return the listed faults of a simulated year, the same in every replication."""
        del ctx
        for k, e in enumerate(self.events):
            for name, value, limit in (("pod", e.pod, pods), ("node", e.node, nodes_per_pod)):
                if value >= limit:
                    raise ScenarioError(
                        f"node_faults.events[{k}].{name}: there is no {name} {value} "
                        f"(0 to {limit - 1})"
                    )
        mine = [e for e in self.events if year * YEAR_S <= e.time_s < (year + 1) * YEAR_S]
        return _faults(sorted(mine, key=lambda e: e.time_s))


@register("node_faults", "none", world=True)
class NoNodeFaults(Spec):
    """Nodes that never fail."""

    def year(self, ctx: ProfileContext, year: int, pods: int, nodes_per_pod: int) -> NodeFaults:
        """Return no faults."""
        del ctx, year, pods, nodes_per_pod
        return _faults([])


def _faults(events: list[ScriptedFault]) -> NodeFaults:
    return NodeFaults(
        np.array([e.time_s for e in events], dtype=np.float64),
        np.array([e.pod for e in events], dtype=np.int64),
        np.array([e.node for e in events], dtype=np.int64),
        np.array([e.detect_s for e in events], dtype=np.float64),
        np.array([e.down_s for e in events], dtype=np.float64),
    )
