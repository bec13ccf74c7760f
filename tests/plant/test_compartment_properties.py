"""Random sites with random neighbours, ties and leaks: energy adds up, and saved plants go on alike."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plant.small_plants import SURE_DIESEL, SURE_STORE, SURE_UPS, Table, plant_of, site
from twin import ledger
from twin.errors import SimulationError
from twin.plant.machine import Plant
from twin.plant.saving import restore, save
from twin.scenario import Scenario

YEARS = 3e-3
HOURS = YEARS * 8760.0
SHARES = st.sampled_from([0.0, 0.5, 1.0])
RARE: Table = {"law": "exponential", "repair_h": 1.0}


@st.composite
def topologies(draw: Any, compartments: int) -> Table:
    word = draw(st.sampled_from(["row", "ring", "grid", "none", "listed"]))
    if word == "grid":
        return {"topology": word, "width": draw(st.integers(1, min(3, compartments)))}
    if word != "listed":
        return {"topology": word}
    every = [[a, b] for a in range(1, compartments) for b in range(a + 1, compartments + 1)]
    pairs = draw(st.lists(st.sampled_from(every), unique_by=tuple)) if every else []
    return {"neighbours": pairs}


@st.composite
def sites(draw: Any) -> Scenario:
    """Draw a site in which faults are frequent."""
    pods = draw(st.integers(2, 6))
    compartments = draw(st.integers(1, pods))
    level = draw(st.sampled_from(["block", "pod", "site"]))
    kind = draw(st.sampled_from([SURE_STORE, SURE_UPS]))
    store = kind | {"level": level, "fire_per_mwh_year": draw(st.sampled_from([0.0, 1.0])),
                    "energy_kwh": 300.0, "power_kw": 150.0 if level == "pod" else 700.0}  # fmt: skip
    if kind is SURE_STORE:
        store |= {"pcs_fault_per_year": 400.0, "repair_h": 2.0, "latent_share": draw(SHARES),
                  "bms_fault_per_year": 100.0,
                  "maintenance_per_year": draw(st.sampled_from([0.0, 300.0])),
                  "maintenance_h": 2.0}  # fmt: skip
    bulkhead = {key: draw(SHARES) for key in ("bus", "storage", "fire", "short_circuit", "tie",
                "short_circuit_share_bus", "short_circuit_share_storage", "island_trip",
                "breaker_failure", "fire_extinguished")}  # fmt: skip
    bulkhead |= draw(topologies(compartments)) | {
        "hall_compartments": draw(st.integers(1, 3)), "ems_fault_per_year": 200.0,
        "common_cause": draw(st.sampled_from([0.0, 0.5])), "isolation_h": 0.5, "hall_stop_h": 1.0,
        "ems_mode": draw(st.sampled_from(["refuse", "trip"])),
    }  # fmt: skip
    more: Table = {}
    if draw(st.booleans()):
        more["ties"] = draw(topologies(compartments)) | {
            "kind": "breakers", "static": draw(st.booleans()), "fault_per_year": 100.0,
            "synchronism_failure": 0.3, "failure_to_close": draw(st.sampled_from([0.0, 0.3])),
        }  # fmt: skip
    if draw(st.booleans()):
        more["recovery"] = {"on_islands": True, "delay_s": draw(st.sampled_from([0.0, 60.0])),
                            "pod_step_s": draw(st.sampled_from([0.0, 1.0]))}  # fmt: skip
    faults = RARE | {"fault_per_year": 300.0}
    return site(
        hours=HOURS, compartments=compartments, storage=store, bulkhead=bulkhead, diesel=SURE_DIESEL,
        load={"kind": "constant", "pods": pods, "pod_kw": 100.0, "core_kw": 20.0},
        bus={"site": faults, "block": faults, "pod": faults}, pv={"peak_kw": 400.0},
        grid={"outages": {"kind": "redrawn", "probability": 0.3}}, cooling={"autonomy_s": 600.0},
        **more,
    )  # fmt: skip


def finish(plant: Plant) -> dict[str, Any]:
    plant.run()
    k = plant.arrays
    return {"account": k.account.tolist(), "state": k.state.tolist(), "inp": k.inp.tolist(),
            "counters": plant.counters, "log": plant.log, "losses": plant.losses}  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(case=sites(), share=st.floats(0.05, 0.95))
def test_energy_adds_up_and_saved_plants_go_on_bit_for_bit(case: Scenario, share: float) -> None:
    plant = plant_of(case)
    initial_j = plant.arrays.state["stored_j"].copy()
    plant.run(share * plant.horizon_s)
    try:
        saved = json.dumps(save(plant, case, "case", 1, 0))
    except SimulationError:  # something is due in this very instant
        return
    whole = finish(plant)
    ledger.close(plant.arrays, initial_j, plant.tree.names)
    again = restore(json.loads(saved), case, tracing=True)
    assert finish(again) == whole
