"""What a run may know beyond its metrics, made by hand."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from twin.estimate import Estimate
from twin.results import Results

PAIR = "distributed - centralized"
PARTS = ("location", "coupling", "size", "dispatch")


def made(mean: float | None, half: float | None = None, unit: str = "USD") -> Estimate:
    """Return an estimate with a symmetric interval."""
    low, high = (None, None) if mean is None or half is None else (mean - half, mean + half)
    return Estimate(mean, None, low, high, None, None, None, 9, unit)


@dataclass(frozen=True)
class Split:
    """A difference taken apart."""

    estimates: dict[str, dict[str, Estimate]]
    total: dict[str, Estimate]
    surviving: dict[str, Estimate]
    baseline: str = "centralized"
    design: str = "distributed"
    reference: str = "centralized-bess"
    n: int = 9
    parts: tuple[str, ...] = field(default=PARTS)


def split(**surviving: Estimate) -> Split:
    """Return a split of three metrics; what survives may be given."""
    whole = {
        "tco_npv_usd": ((0.4e6, -0.1e6, 1.2e6, -3.7e6), 0.2e6, "USD"),
        "interrupted_job_cost_usd_per_year": ((-500.0, 62_000.0, 1_900.0, 100.0), 2_000.0, "USD/yr"),
        "pod_losses_per_year": ((0.1, 69.0, 0.2, 0.5), 1.5, "1/yr"),
    }  # fmt: skip
    left = {
        "tco_npv_usd": made(0.31e6, 0.12e6),
        "interrupted_job_cost_usd_per_year": made(-480.0, 900.0, "USD/yr"),
        "pod_losses_per_year": made(-0.4, 0.2, "1/yr"),
    }
    return Split(
        {m: {p: made(v, half, unit) for p, v in zip(PARTS, values, strict=True)}
         for m, (values, half, unit) in whole.items()},
        {m: made(sum(values), half, unit) for m, (values, half, unit) in whole.items()},
        left | surviving,
    )  # fmt: skip


def survival() -> pd.DataFrame:
    """Return survival that falls with duration, and is lower in the evening for one design."""
    rows = []
    for name, reach in (("centralized", 0.4), ("distributed", 3.0)):
        for hour in range(24):
            for duration in (1 / 60, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0, 96.0):
                evening = 0.8 if 17 <= hour < 22 and name == "distributed" else 1.0
                p = evening / (1.0 + (duration / reach) ** 2 * 0.25)
                rows += [(name, hour, duration, "site", p, 0.02),
                         (name, hour, duration, "2_pods", min(1.0, 1.2 * p), 0.02)]  # fmt: skip
    columns = ["architecture", "start_hour", "duration_h", "quantity", "probability", "se"]
    return pd.DataFrame(rows, columns=columns)


def losses() -> pd.DataFrame:
    """Return six events of two designs; one has two paths."""
    rows = [
        (0, "centralized", 1e6, "disturbance-00003", "outage", "string failed", 3, 0, 1.5, 3),
        (0, "distributed", 1e6, "disturbance-00003", "outage", "battery empty", 1, 0, 0.5, 3),
        (0, "distributed", 1e6, "disturbance-00003", "outage", "switch failed", 2, 0, 1.0, 3),
        (1, "distributed", 2e6, "disturbance-00005", "sag", "gap longer than hold-up", 4, 0, 2.0, 4),
        (2, "distributed", 3e6, "disturbance-00001", "sag", "gap longer than hold-up", 4, 0, 2.0, 4),
        (2, "distributed", 4e6, "bus@pod-001 fault 1", "bus_fault", "bus dead", 1, 0, 9.0, 1),
        (3, "distributed", 5e6, "disturbance-00009", "outage", "supply short", 0, 2, 3.0, 2),
    ]
    columns = ["replication", "architecture", "time_s", "event", "kind", "path", "pods", "sheds",
               "pod_h", "event_pods"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def tornado() -> pd.DataFrame:
    """Return the difference in total cost over the ranges of four figures."""
    ranges: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
        "psu.hold_up_load_share": ((0.76, 1.0, 1.0), (-2.8e6, -2.3e6, -2.3e6)),
        "architectures.distributed.storage.capex_usd_per_kwh": ((110.0, 180.0, 350.0),
                                                                (-4.0e6, -2.3e6, 2.1e6)),
        "economics.gpu_hour_usd": ((1.7, 2.5, 4.0), (-2.4e6, -2.3e6, -2.15e6)),
        "diesel.mttf_h": ((69.0, 1100.0, 1662.0), (-2.32e6, -2.3e6, -2.3e6)),
    }  # fmt: skip
    rows = [
        (key, side, value, PAIR, "tco_npv_usd", mean, 1e5, mean - 2.6e5, mean + 2.6e5, 60, "USD")
        for key, (values, means) in ranges.items()
        for side, value, mean in zip(("low", "base", "high"), values, means, strict=True)
    ]
    columns = ["key", "side", "value", "of", "metric", "mean", "se", "ci_low", "ci_high", "n",
               "unit"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def with_evidence(results: Results, **known: Any) -> Results:
    """Return the same results, knowing more."""
    copy = dataclasses.replace(results)
    copy.__dict__.update(known)
    return copy


def everything() -> dict[str, Any]:
    """Return all that a run may know."""
    return {"split": split(), "survival": survival(), "losses": losses(), "tornado": tornado()}
