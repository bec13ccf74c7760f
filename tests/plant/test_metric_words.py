"""Metrics mean what the contract says, word by word, on cases reckoned by hand."""

from __future__ import annotations

from typing import Any

import pytest

from components.jobs import JobsLoad
from tests.plant.metric_parts import H, measured
from tests.plant.small_plants import (
    SURE_DIESEL,
    SURE_STORE,
    Event,
    Table,
    heard,
    jobs,
    kwh,
    plant_of,
    site,
)  # fmt: skip
from twin.contracts.layout import Cause, Flow
from twin.metrics import DURATION_CLASSES
from twin.plant.machine import Plant
from twin.scenario import Scenario

COOL: Table = {"autonomy_s": 1e6}
PROMPT: Table = SURE_STORE | {"commutation_max_s": 0.0}
YEARS = 24.0 / 8760.0
POD_GPUS = 256


def spec(case: Scenario) -> JobsLoad:
    load: Any = case.load
    return load  # type: ignore[no-any-return]


def first(plant: Plant, event: str) -> float:
    return heard(plant, event)[0]


# ---- unserved energy and availability ------------------------------------------------------------


def test_unserved_energy_of_a_plain_outage() -> None:
    """4 x 100 kW from the outage to the return of each pod's power, not of its load."""
    load = {"kind": "constant", "pods": 4, "pod_kw": 100.0, "boot_s": 7200.0}
    plant, row = measured(site(load=load), [(H, H, 0.0)])
    back = heard(plant, "powered")
    expected = sum(100.0 * (t - H) / H for t in back) / 1e3
    assert row["eue_it_mwh_per_year"] * YEARS == pytest.approx(expected, rel=1e-9)
    off_s = sum(t - H for t in back)
    share = row["pod_availability_num"] / row["pod_availability_den"]
    assert share == pytest.approx(1.0 - off_s / (4 * 24 * H), rel=1e-12)


def ladder_case(hours: float = 24.0, energy_kwh: float = 200.0, **more: Any) -> Scenario:
    """One pod with one job, and a battery that the ladder watches."""
    return site(hours=hours, load=jobs(1), compartments=1, cooling=COOL,
                storage=PROMPT | {"energy_kwh": energy_kwh, "power_kw": 300.0}, **more)  # fmt: skip


def test_capped_and_suspended_pods_are_unserved_too() -> None:
    """Until the ladder ends: demand at the disturbance less what the pod may draw."""
    case = ladder_case()
    long_enough_s = first(measured(case, [(H, H, 0.0)])[0], "job saves") + 90.0
    plant, row = measured(case, [(H, long_enough_s - H, 0.0)])
    load, nodes = spec(case), 32
    full_kw, idle_kw = load.node_training_kw * nodes, load.node_idle_kw * nodes
    capped_kw = load.capped(0.6)[1] * nodes / 1e3
    cap_s, save_s = first(plant, "job capped"), first(plant, "job saves")
    resume_s = first(plant, "job resumes")
    held_s = save_s + 35.0
    expected_kwh = (full_kw - capped_kw) * (held_s - cap_s) / H
    expected_kwh += (full_kw - idle_kw) * (resume_s - held_s) / H
    assert row["eue_it_mwh_per_year"] * YEARS * 1e3 == pytest.approx(expected_kwh, rel=1e-9)
    assert heard(plant, "lost") == []
    # powered all the time, but not available while it is held
    assert row["pod_powered_share_num"] == row["pod_powered_share_den"]
    held = row["pod_availability_den"] - row["pod_availability_num"]
    assert held == pytest.approx(resume_s - save_s, rel=1e-9)


def test_demand_is_that_at_the_disturbance_not_at_the_loss() -> None:
    """Suspended, then lost: the pod idled at its loss, but it was full power that it went without."""
    case = ladder_case(energy_kwh=150.0)
    plant, row = measured(case, [(H, 2 * H, 0.0)])
    load, nodes = spec(case), 32
    full_kw, idle_kw = load.node_training_kw * nodes, load.node_idle_kw * nodes
    capped_kw = load.capped(0.6)[1] * nodes / 1e3
    cap_s, held_s = first(plant, "job capped"), first(plant, "job saves") + 35.0
    lost_s, back_s = first(plant, "lost"), first(plant, "powered")
    assert cap_s < held_s < lost_s < back_s
    expected_kwh = (full_kw - capped_kw) * (held_s - cap_s) / H
    expected_kwh += (full_kw - idle_kw) * (lost_s - held_s) / H
    expected_kwh += full_kw * (back_s - lost_s) / H
    assert row["eue_it_mwh_per_year"] * YEARS * 1e3 == pytest.approx(expected_kwh, rel=1e-9)


def test_a_pod_that_may_draw_all_it_wants_is_served_though_its_job_waits() -> None:
    """One pod of a job is lost; the others idle because the job does, not for want of power."""
    case = site(load=jobs(3), compartments=3)  # one job on two pods, one on the third
    plant = measured(case, [])[0]
    assert kwh(plant, Flow.UNSERVED) == 0.0
    hit = plant_of(case, [])
    hit.observe([H], lambda: hit.device("protection").kill_bus(1, "test"))
    hit.run()
    load = spec(case)
    expected = load.node_training_kw * 32 * 23.0
    assert kwh(hit, Flow.UNSERVED) == pytest.approx(expected, rel=1e-9)


def test_sheds_count_in_everything_but_losses() -> None:
    small = SURE_DIESEL | {"sets": 1, "set_kw": 330.0}
    case = site(diesel=small, storage=PROMPT | {"energy_kwh": 20.0}, cooling=COOL | {"per_it_kw": 0.0})
    plant, row = measured(case, [(H, 4 * H, 0.0)])
    sheds = heard(plant, "shed")
    assert sheds
    assert row["pod_sheds_per_year"] * YEARS == pytest.approx(len(sheds))
    assert row["pod_losses_per_year"] == 0.0
    off_s = sum(b - a for a, b in zip(sheds, heard(plant, "powered"), strict=True))
    unserved_kwh = row["eue_it_mwh_per_year"] * YEARS * 1e3
    assert unserved_kwh == pytest.approx(100.0 * off_s / H, rel=1e-9)
    gone = row["pod_availability_den"] - row["pod_availability_num"]
    assert gone == pytest.approx(off_s, rel=1e-9)


# ---- work at risk --------------------------------------------------------------------------------


def risk(row: dict[str, Any], hours: float = 24.0) -> tuple[float, float]:
    """Return work at risk and lost, in s of a job on one pod."""
    scale = hours / 8760.0 * 3600.0 / POD_GPUS
    return (row["work_at_risk_gpu_h_per_year"] * scale, row["work_lost_gpu_h_per_year"] * scale)


@pytest.mark.parametrize("event", [(4200.0, 600.0, 0.0), (4200.0, 0.5, 0.2)])
def test_without_a_battery_all_work_since_the_checkpoint_is_lost(event: Event) -> None:
    """30 min of work and 1 s of stall, twice: at 4,200 s the job has 598 s to lose."""
    _, row = measured(site(load=jobs(1), compartments=1), [event])
    assert risk(row) == pytest.approx((598.0, 598.0))


def test_a_job_that_is_saved_in_time_loses_nothing() -> None:
    _, row = measured(ladder_case(energy_kwh=150.0), [(4200.0, 2 * H, 0.0)])
    assert risk(row) == pytest.approx((598.0, 0.0))
    assert row["work_saved_share_num"] == 0.0


def test_a_checkpoint_after_the_warning_saves_what_was_at_risk() -> None:
    """Work done after the warning may be lost as well, but it was not at risk then."""
    case = ladder_case(energy_kwh=200.0, policy={"kind": "none"})
    plant, row = measured(case, [(4200.0, 3 * H, 0.0)])
    assert first(plant, "lost") > 4200.0 + 1203.0  # the next regular checkpoint
    assert risk(row) == pytest.approx((598.0, 0.0))
    assert plant.arrays.job_state[0]["lost_work_s"] > 0.0


def test_without_a_loss_of_power_there_is_no_pair() -> None:
    _, row = measured(ladder_case(), [(4200.0, 600.0, 0.0)])
    assert (row["work_saved_share_num"], row["work_saved_share_den"]) == (0.0, 0.0)


def test_one_disturbance_and_one_job_are_one_pair() -> None:
    """Lost, back on diesel, lost again: the work at risk at the warning counts once."""
    diesel = SURE_DIESEL | {"mttf_h": 1.0, "repair_median_h": 100.0}
    case = site(hours=30, load=jobs(1, boot_s=60.0), compartments=1, diesel=diesel, cooling=COOL)

    def forced(cause: tuple[str | int, ...]) -> float | None:
        return 0.9 if cause[1] == "run" else None

    plant, row = measured(case, [(4200.0, 20 * H, 0.0)], forced=forced)
    assert plant.counters["pod_losses"] == 2
    assert risk(row, 30.0) == pytest.approx((598.0, 598.0))


# ---- degradation index ---------------------------------------------------------------------------

EVENTS: list[Event] = [
    (10 * H, 0.5, 0.5), (30 * H, 20.0, 0.0), (50 * H, 1800.0, 0.0), (70 * H, 2 * H, 0.0),
    (90 * H, 0.01, 0.5),  # rides through: no window
]  # fmt: skip


def test_classes_of_durations_add_up() -> None:
    case = site(hours=120, load=jobs(1), compartments=1)
    _, row = measured(case, EVENTS)
    for term in ("num", "den"):
        parts = [row[f"{name}_{term}"] for name in DURATION_CLASSES]
        assert sum(parts) == pytest.approx(row[f"degradation_index_{term}"], rel=1e-12)
        assert all(part > 0.0 for part in parts)


def test_degradation_index_by_hand() -> None:
    """Undisturbed a job does 1,800 s of work in 1,801 s; the outage of 30 min costs what it says."""
    case = site(hours=120, load=jobs(1), compartments=1)
    plant, row = measured(case, EVENTS[2:3])
    window_s = 1800.0 + 4 * H
    ideal = row["degradation_index_1_min_to_1_h_den"] / POD_GPUS
    assert ideal == pytest.approx(window_s * 1800.0 / 1801.0, abs=1.0)
    restart_s = first(plant, "powered") + spec(case).boot_s + spec(case).restart_s(256)
    again_s = 50 * H % 1801.0  # work since the last checkpoint is done again
    lost = row["degradation_index_1_min_to_1_h_num"] / POD_GPUS
    assert lost == pytest.approx(restart_s - 50 * H + again_s, abs=5.0)
    assert row["degradation_index_over_1_h_den"] == 0.0


def test_interruptions_of_jobs_that_ran() -> None:
    """A job that a node fault has stopped already is not stopped by power, but its cause switches."""
    faults: Table = {"kind": "poisson", "rate_per_1000_node_days": 1e-9}
    case = site(load=jobs(1, node_faults=faults), compartments=1)
    plant = plant_of(case, [(H + 100.0, 600.0, 0.0)])
    plant.observe([H], lambda: plant.interrupt_job(0, Cause.OTHER, 900.0))
    plant.run()
    assert plant.counters.get("job_interruptions", 0.0) == 0.0
    lost = plant.arrays.lost.sum(axis=0)
    assert lost[Cause.POWER].sum() > 0.0
