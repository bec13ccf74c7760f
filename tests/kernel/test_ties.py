"""Tie breakers in the allocation: one hop, deficits only, what the donor can spare, the rating."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import pytest

from tests.plant.small_plants import SURE_STORE, site
from twin import ledger
from twin.contracts.calendar import HOUR_S
from twin.contracts.layout import TIE, Flow
from twin.plant import context
from twin.plant.build import build
from twin.plant.exogenous import Exogenous
from twin.plant.machine import Plant

LOSSLESS = {f"{way}_{part}_pu": 0.0 for way in ("charge", "discharge")
            for part in ("constant", "linear", "square")}  # fmt: skip
STORE = SURE_STORE | LOSSLESS | {
    "coupling": "rack_dc", "soc_low": 0.0, "soc_high": 1.0, "reserve": 0.0, "ageing": "none",
    "auxiliary_w_per_kwh": 0.0, "hot_standby_pu": 0.0, "self_discharge_per_month": 0.0,
    "level": "block", "energy_kwh": 1000.0, "power_kw": 250.0,
}  # fmt: skip
NO_COOLING = {"per_it_kw": 0.0, "pump_per_it_kw": 0.0, "autonomy_s": 1e9}
PLAIN = {"chain": {"stages": []}, "cooling": NO_COOLING,
         "psu": {"constant_pu": 0.0, "linear_pu": 0.0, "square_pu": 0.0}}  # fmt: skip
OUTAGE = {"kind": "script", "events": [{"start_s": HOUR_S, "duration_s": 2.0 * HOUR_S}]}


def islanded(
    ties: Sequence[tuple[int, int, float]], dead: Sequence[int], pods: int = 4, compartments: int = 2,
    **store: float,
) -> Plant:  # fmt: skip
    """Return a plant after an outage of two hours, in whose middle the storages in `dead` fail."""
    load = {"kind": "constant", "pods": pods, "pod_kw": 100.0}
    case = site(hours=4.0, load=load, compartments=compartments, storage=STORE | store,
                grid={"outages": OUTAGE, "ramp_kw_per_min": 1e12}, **PLAIN)  # fmt: skip
    world = Exogenous(case, context(case, 1, 0))
    plant = build(case, "case", world.ctx, world.disturbances, world=world, tracing=True)
    heads = [plant.tree.compartments.index(c) for c in range(compartments)]
    made = np.zeros(len(ties), TIE)
    for t, (a, b, rating_w) in enumerate(ties):
        made[t] = (heads[a], heads[b], rating_w, 1, 0.0)
    plant.arrays = plant.arrays._replace(tie=made)

    def fail() -> Generator[Any, Any, None]:
        yield plant.env.timeout(2.0 * HOUR_S)
        for c in dead:
            unit = plant.device(f"storage@block-{c + 1:02d}")
            unit.state.clear_at_s = 1e12
            plant.changed(unit)

    plant.add_process(fail())
    initial_j = plant.arrays.state["stored_j"].copy()
    plant.run()
    ledger.close(plant.arrays, initial_j, plant.tree.names)
    return plant


def given_kwh(plant: Plant) -> list[float]:
    """Return what each storage has given, kWh."""
    with_storage = plant.arrays.row["has_storage"] == 1
    return (plant.arrays.state["discharged_j"][with_storage] / 3.6e6).tolist()


def unserved_kwh(plant: Plant) -> float:
    return float(plant.arrays.account[:, Flow.UNSERVED].sum()) / 3.6e6


def fates(plant: Plant) -> dict[str, str]:
    """Return which pods were lost or shed."""
    return {s: e for _, s, e, _ in plant.log if s.startswith("pod") and e in ("lost", "shed")}


def test_without_a_tie_the_compartment_is_lost() -> None:
    plant = islanded([], dead=[1])
    assert fates(plant) == {"pod-002": "lost", "pod-003": "lost"}
    assert given_kwh(plant) == pytest.approx([400.0, 200.0])
    assert unserved_kwh(plant) == pytest.approx(200.0, abs=6.0)  # until 60 s after the outage


@pytest.mark.parametrize(
    ("rating_kw", "power_kw", "helped"),
    [(1000.0, 450.0, 2), (1000.0, 350.0, 1), (1000.0, 299.0, 0), (150.0, 450.0, 1), (99.0, 450.0, 0)],
)  # fmt: skip
def test_help_is_limited_by_the_donors_spare_and_by_the_rating(
    rating_kw: float, power_kw: float, helped: int
) -> None:
    """The donor carries two pods of 100 kW itself; whole pods are helped, the rest is shed."""
    plant = islanded([(0, 1, rating_kw * 1e3)], dead=[1], power_kw=power_kw)
    assert fates(plant) == {f"pod-{p:03d}": "shed" for p in range(2 + helped, 4)}
    assert given_kwh(plant) == pytest.approx([400.0 + 100.0 * helped, 200.0], rel=1e-6)
    assert unserved_kwh(plant) == pytest.approx(100.0 * (2 - helped), abs=6.0)


def test_ties_work_both_ways() -> None:
    plant = islanded([(0, 1, 1e6)], dead=[0], power_kw=450.0)
    assert fates(plant) == {}
    assert given_kwh(plant) == pytest.approx([200.0, 600.0], rel=1e-6)


def test_help_goes_one_hop_and_overloads_nobody() -> None:
    """Five neighbours in a row, all without storage but the first: only the second is helped."""
    plant = islanded([(n, n + 1, 1e6) for n in range(4)], dead=[1, 2, 3, 4], pods=10,
                     compartments=5, power_kw=1e4, energy_kwh=5e4)  # fmt: skip
    assert set(fates(plant)) == {f"pod-{p:03d}" for p in range(4, 10)}
    assert given_kwh(plant)[0] == pytest.approx(600.0, rel=1e-6)


def test_one_donor_helps_both_neighbours_in_the_order_of_the_ties() -> None:
    plant = islanded([(0, 1, 1e6), (1, 2, 1e6)], dead=[0, 2], pods=6, compartments=3,
                     power_kw=550.0)  # fmt: skip
    assert fates(plant) == {"pod-005": "shed"}  # 350 kW are left: 200 for the first, 100 for the next


def test_a_donor_that_runs_empty_takes_its_neighbour_along() -> None:
    plant = islanded([(0, 1, 1e6)], dead=[1], power_kw=450.0, energy_kwh=400.0)
    assert set(fates(plant)) == {f"pod-{p:03d}" for p in range(4)}
    # an hour for itself alone, half an hour for both
    assert given_kwh(plant) == pytest.approx([400.0, 200.0], rel=1e-6)


def test_nothing_flows_while_everybody_is_well() -> None:
    plant = islanded([(0, 1, 1e6)], dead=[])
    assert plant.arrays.tie[0]["flow_w"] == 0.0
    assert given_kwh(plant) == pytest.approx([400.0, 400.0])
