"""Runs the product and takes from it what is compared. The slow twin gets plain lists only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.reference.slow_twin import SlowTwin
from tests.reference.world import World
from twin.contracts.layout import Cause, Flow, Part
from twin.contracts.timeline import ProfileContext
from twin.plant.build import build, disturbances
from twin.scenario import Scenario

FLOWS = {
    Flow.IMPORT: "import", Flow.EXPORT: "export", Flow.DIESEL: "diesel", Flow.PV_USED: "pv_used",
    Flow.PV_CURTAILED: "pv_curtailed", Flow.IT: "it", Flow.PUMPS: "pumps",
    Flow.COOLING: "cooling", Flow.CHARGE: "charge", Flow.DISCHARGE: "discharge",
    Flow.CONVERSION_LOSS: "cell_loss", Flow.UNSERVED: "unserved",
}  # fmt: skip


@dataclass
class Answer:
    """What one of the two says. Energies in J, GPU time in GPU-s, storage by bus."""

    energy_j: dict[str, float] = field(default_factory=dict)
    fuel_l: float = 0.0
    stored_j: dict[str, float] = field(default_factory=dict)
    lost_gpu_s: dict[tuple[str, str], float] = field(default_factory=dict)
    useful_gpu_s: float = 0.0
    pods_lost: list[int] = field(default_factory=list)


def pair(data: dict[str, Any], architecture: str, fine: list[tuple[float, float, float]],
         step_s: float = 60.0) -> tuple[Any, SlowTwin]:  # fmt: skip
    """Run the product and the slow twin on one scenario."""
    scenario = Scenario.from_dict(data)
    ctx = ProfileContext(1, 0, scenario.start_year, scenario.horizon_s)
    events = disturbances(scenario, ctx)
    plant = build(scenario, architecture, ctx, events, tracing=True)
    k = plant.arrays
    tariff: Any = scenario.tariff
    prices = tariff.year(scenario.start_year, 0)
    world = World(
        disturbances=list(zip(events.start_s.tolist(), events.duration_s.tolist(),
                              events.voltage_pu.tolist(), strict=True)),
        prices=[float(prices.price_usd_per_kwh[n]) for n in prices.period],
        pv=k.pv.tolist(),
        node_faults=list(zip(k.fault_s.tolist(), k.fault_pod.tolist(), k.fault_node.tolist(),
                             k.fault_detect.tolist(), k.fault_down.tolist(), strict=True)),
        step_s=step_s, fine=fine,
    )  # fmt: skip
    plant.run()
    slow = SlowTwin(scenario, architecture, world)
    slow.run()
    return plant, slow


def of_product(plant: Any) -> Answer:
    """Return the product's answer."""
    k = plant.arrays
    total, lost = k.account.sum(axis=0), k.lost.sum(axis=0)
    names = plant.tree.names
    return Answer(
        energy_j={name: float(total[flow]) for flow, name in FLOWS.items()},
        fuel_l=float(total[Flow.FUEL_L]),
        stored_j={names[i]: float(k.state[i]["stored_j"])
                  for i in range(len(names)) if k.row[i]["has_storage"]},
        lost_gpu_s={(c.name.lower(), p.name.lower()): float(lost[c, p])
                    for c in Cause for p in Part},
        useful_gpu_s=float(total[Flow.USEFUL_GPU_S]),
        pods_lost=[sum(source == f"pod-{pod:03d}" and event in ("lost", "shed")
                       for _, source, event, _ in plant.log)
                   for pod in range(len(plant.tree.pod_rows))],
    )  # fmt: skip


def of_slow_twin(slow: SlowTwin) -> Answer:
    """Return the slow twin's answer."""
    jobs = slow.scheduler.jobs
    return Answer(
        energy_j={name: slow.energy_j.get(name, 0.0) for name in FLOWS.values()},
        fuel_l=slow.energy_j["fuel_l"],
        stored_j={b.name: b.stored_j for b in slow.design.batteries()},
        lost_gpu_s={key: sum(j.lost[key] for j in jobs) for key in jobs[0].lost},
        useful_gpu_s=sum(j.useful_s * j.gpus for j in jobs),
        pods_lost=[p.losses for p in slow.pods],
    )
