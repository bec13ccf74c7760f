"""How diesel sets start: cranking, common causes, run-up, warm-up, paralleling, load steps."""

from __future__ import annotations

import math
from typing import Any, Literal

from components._diesel_quality import Quality
from twin.contracts.parts import NEVER, PlantView
from twin.quantity import Spec, quantity


class StartSpec(Spec):
    """Number and size of the sets, and what happens from a call until they carry their rating."""

    sets: int = quantity("sets", "Number of sets", ge=0, le=200)
    set_kw: float = quantity("kW", "Rated power of a set", gt=0)
    quality: Quality = quantity(
        "",
        "How well the sets are kept: fills availability, failure_to_start and mttf_h where the file "
        "does not give them; with custom it has to give them all",
        "typical",
        source="none needed",
    )
    confirm_s: float = quantity(
        "s",
        "The supply must be away for so long before sets are called",
        3.0,
        ge=0,
        source="common ATS/PLC setting, 1 to 10 s",
        confidence="C",
    )
    start_median_s: float = quantity(
        "s",
        "Start to rated voltage and speed, median",
        9.0,
        ge=0,
        source="NFPA 110 Type 10: 10 s limit",
        confidence="A-",
    )
    start_sigma: float = quantity(
        "1",
        "Log-standard deviation of the start time",
        0.15,
        ge=0,
        le=2,
        source="NFPA 110 Type 10: 10 s limit",
        confidence="A-",
    )
    warm_up_s: float = quantity(
        "s",
        "Running without load before a set may close its breaker",
        0.0,
        ge=0,
        source="NFPA 110 Type 10: load within 10 s, with jacket heaters",
        confidence="A-",
    )
    availability: float = quantity(
        "1",
        "Probability that a set is not in maintenance when called",
        0.995,
        ge=0,
        le=1,
        source="REopt.jl backup_reliability.jl",
        confidence="A",
    )
    failure_to_start: float = quantity(
        "1/demand",
        "Failure to start that no further cranking cures",
        0.0094,
        ge=0,
        le=1,
        source="REopt.jl backup_reliability.jl",
        confidence="A",
        span=(0.0013, 0.02),
    )
    common_cause: float = quantity(
        "1",
        "Share of the failures to start that hit all sets of a call at once (beta factor)",
        0.05,
        ge=0,
        le=1,
        source="NUREG/CR-5497, beta 0.01 to 0.1 for start failures; cited from memory",
        confidence="B",
        span=(0.01, 0.1),
    )
    crank_miss: float = quantity(
        "1/attempt", "A cranking attempt misses, the next may succeed", 0.02, ge=0, le=1
    )
    attempts: int = quantity("attempts", "Cranking attempts before a set gives up", 3, ge=1, le=10)
    retry_s: float = quantity("s", "Cranking and rest before the next attempt", 15.0, ge=0)
    parallel_order: Literal["ready", "number"] = quantity(
        "",
        "Who synchronizes next, after the first ready set has closed on the dead bus: the next that "
        "is ready, or the next by number",
        "ready",
    )
    parallel_min_s: float = quantity(
        "s",
        "Synchronizing a further set, shortest",
        1.0,
        ge=0,
        source="assumed: whole plant 30 to 60 s",
        confidence="C",
    )
    parallel_max_s: float = quantity(
        "s",
        "Synchronizing a further set, longest",
        4.0,
        ge=0,
        source="assumed: whole plant 30 to 60 s",
        confidence="C",
    )
    dead_bus_failure: float = quantity(
        "1/call",
        "The controls do not agree which set closes on the dead bus, and all wait for the lockout",
        0.0,
        ge=0,
        le=1,
        source="assumed: nothing is published; in the failures to start, if they were counted so",
        span=(0.0, 0.01),
    )
    dead_bus_lockout_s: float = quantity(
        "s", "Time until a set closes by its own timer after such a failure", 30.0, ge=0
    )
    load_steps: list[float] = quantity(
        "1",
        "Share of rating a set has accepted after each step",
        [0.5, 0.75, 1.0],
        min_length=1,
        source="ISO 8528-5:2018 G3 turbo-diesel: 50/25/25 %, cited from memory; verify",
        confidence="B",
    )
    load_step_s: float = quantity(
        "s",
        "Time between load steps",
        5.0,
        ge=0,
        source="ISO 8528-5:2018, cited from memory; verify",
        confidence="B",
    )


class Starting:
    """Draws and times of a start; holds no state."""

    def __init__(self, plant: PlantView, spec: Any) -> None:
        self.plant = plant
        self.spec = spec

    def all_fail(self, event: str) -> bool:
        """Return whether a common cause keeps every set of a call from starting."""
        common = self.spec.common_cause * self.spec.failure_to_start
        return bool(common > 0.0 and self.plant.luck.happens(common, "diesel", "start", event))

    def own_failure(self) -> float:
        """Return the probability that a set fails for itself, given no common cause.

        Together both give `failure_to_start`, exactly.
        """
        p: float = self.spec.failure_to_start
        common: float = self.spec.common_cause * p
        return p if common == 0.0 else (p - common) / (1.0 - common) if common < 1.0 else 0.0

    def ready_after_s(self, name: str, event: str) -> float | None:
        """Return the time until a set may close, missed attempts included, s; None if it gives up."""
        spec, luck = self.spec, self.plant.luck
        if luck.happens(self.own_failure(), name, "start", event):
            return None
        for attempt in range(spec.attempts):
            if not luck.happens(spec.crank_miss, name, "crank", event, attempt):
                run_up = float(spec.start_median_s)
                if spec.start_sigma > 0.0 and run_up > 0.0:
                    run_up = luck.lognormal(run_up, spec.start_sigma, name, "run-up", event)
                return run_up + float(attempt * spec.retry_s + spec.warm_up_s)
        return None

    def plan_closing(self, sets: list[dict[str, Any]], event: str) -> None:
        """Say when the sets that start close: one on the dead bus, the others one after another."""
        spec, luck = self.spec, self.plant.luck
        joining = [n for n, x in enumerate(sets) if x["phase"] == "starting"]
        joining = [n for n in joining if sets[n]["close_s"] == NEVER]
        joining.sort(key=lambda n: (sets[n]["ready_s"], n))
        last = max((x["close_s"] for x in sets if x["close_s"] < NEVER), default=-math.inf)
        lockout_s = 0.0
        if joining and last == -math.inf:
            if spec.dead_bus_failure > 0.0 and luck.happens(
                spec.dead_bus_failure, "diesel", "dead bus", event
            ):
                lockout_s = spec.dead_bus_lockout_s
            if spec.parallel_order == "number":
                joining[1:] = sorted(joining[1:])
        for n in joining:
            name = f"diesel-{n + 1}"
            low, high = spec.parallel_min_s, spec.parallel_max_s
            pause = luck.between(low, high, name, "parallel", event)
            sets[n]["close_s"] = last = max(sets[n]["ready_s"] + lockout_s, last + pause)
