"""Continues saved plants in a process of its own: ``python continue_saved.py IN.json OUT.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from twin import ledger
from twin.plant.build import stage_kinds
from twin.plant.costs import settle_money
from twin.plant.machine import Plant
from twin.plant.outcome import make_row
from twin.plant.saving import restore
from twin.plant.tree import lay_out
from twin.plant.undisturbed import WindowWork
from twin.scenario import Scenario


def fingerprint(plant: Plant, scenario: Scenario, name: str, initial_j: np.ndarray) -> Any:
    """Return all that a settled plant has to show, exactly (floats by their repr)."""
    design = scenario.architectures[name]
    load: Any = scenario.load
    laid = lay_out(load, design.division, dict(design.tables), dict(design.more_storage))
    residual = ledger.close(plant.arrays, initial_j, plant.tree.names)
    money = settle_money(scenario, plant, laid)
    none = WindowWork(np.zeros(0), np.zeros(0), np.zeros(0))
    row = make_row(scenario, plant, laid, money, none, stage_kinds(laid), residual)
    arrays = {f: repr(getattr(plant.arrays, f).tolist()) for f in plant.arrays._fields}
    return {
        "log": [[repr(t), *rest] for t, *rest in plant.log],
        "row": {k: repr(v) for k, v in row.items()},
        "arrays": arrays,
        "counters": {k: repr(v) for k, v in plant.counters.items()},
        "losses": [list(map(repr, fact)) for fact in plant.losses],
        "sim_events": plant.sim_events,
    }


def main(source: str, target: str) -> None:
    """Continue every plant of the source file to its horizon."""
    data = json.loads(Path(source).read_text())
    scenarios = {n: Scenario.from_dict(body) for n, body in data["scenarios"].items()}
    results = []
    for case in data["cases"]:
        scenario = scenarios[case["scenario"]]
        plant = restore(case["saved"], scenario, tracing=True)
        plant.run()
        initial_j = np.array(case["initial_j"])
        results.append(fingerprint(plant, scenario, case["saved"]["architecture"], initial_j))
    Path(target).write_text(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
