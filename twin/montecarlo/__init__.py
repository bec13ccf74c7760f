"""Monte Carlo: many replications on many workers, with rows that do not depend on how.

A row depends on the scenario, the seed and the replication's number alone, so any number of
workers, any order, and any interruption in between give the same table.
"""

from __future__ import annotations

from twin.montecarlo.driver import Plan, finished_tasks, simulate
from twin.montecarlo.interrupt import Interrupt
from twin.montecarlo.pool import kept_workers
from twin.montecarlo.runs import (
    REPLICATIONS,
    SEED,
    Interrupted,
    Request,
    Say,
    carry_out,
    default_folder,
    finished,
    manifest,
    silent,
)
from twin.montecarlo.splitting import with_split
from twin.montecarlo.work import Done, Replicate, Task, Work

__all__ = [
    "REPLICATIONS",
    "SEED",
    "Done",
    "Interrupt",
    "Interrupted",
    "Plan",
    "Replicate",
    "Request",
    "Say",
    "Task",
    "Work",
    "carry_out",
    "default_folder",
    "finished",
    "finished_tasks",
    "kept_workers",
    "manifest",
    "silent",
    "simulate",
    "with_split",
]
