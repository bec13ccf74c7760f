"""Cases in which discrete processes meet awkwardly. Each one has caught a mistake."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.agreement import compare
from tests.reference.cases import ARCHITECTURES, HOUR_S, Case, outages, sags, scenario
from tests.reference.product import pair
from twin.contracts.layout import Phase

TOUGH = {"chiller_trip_pu": 0.0}
"""Chillers that no sag stops."""


def jobs(*campaigns: tuple[float, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return campaigns (days, jobs)."""
    return [{"name": f"campaign-{n}", "days": days, "jobs": mix}
            for n, (days, mix) in enumerate(campaigns)]  # fmt: skip


def plant_of(data: dict[str, Any], architecture: str) -> Any:
    """Return the product's plant at the end of its run."""
    return pair(data, architecture, [])[0]


def disagreements(data: dict[str, Any], architecture: str, *fine: tuple[float, float]) -> list[str]:
    lines, _ = compare(Case("hard", data, fine), architecture)
    return [f"{x.what}: {x.product:.6g} against {x.slow:.6g}" for x in lines if not x.agrees]


def test_pods_lost_in_a_sag_of_two_minutes_come_back_after_it() -> None:
    data = scenario(
        0.2, grid__sags=sags((HOUR_S, 120.0, 0.5)), cooling=TOUGH,
        architectures__distributed__storage__detection_min_s=0.017,
        architectures__distributed__storage__detection_max_s=0.017,
    )  # fmt: skip
    assert not disagreements(data, "distributed", (0.99, 1.6))


def test_a_finished_job_gives_its_pods_to_one_that_waits() -> None:
    mix = [{"name": "first", "gpus": 1024, "work_h": 2.0}, {"name": "second", "gpus": 1024}]
    data = scenario(0.5, load__campaigns=jobs((300.0, mix)))
    lost = plant_of(data, "distributed").arrays.lost.sum(0) / HOUR_S
    # only the second waits: 1,024 GPUs for the two hours and the checkpoint stalls of the first
    assert lost[0].sum() == pytest.approx(1024 * 2.0, rel=0.06)


def test_pods_are_not_powered_up_only_to_be_shed_again() -> None:
    data = scenario(0.5, grid__outages=outages((1.0, 6.0)), diesel__sets=2, diesel__set_kw=500.0)
    plant = plant_of(data, "centralized")
    sheds = [source for _, source, event, _ in plant.log if event == "shed"]
    assert len(sheds) == len(set(sheds))


def test_a_warning_that_comes_with_the_outage_is_heard() -> None:
    """A buffer shorter than the warning time: the jobs must still be saved before the trip."""
    data = scenario(0.2, grid__outages=outages((1.0, 0.1)), diesel__sets=0,
                    cooling={"autonomy_s": 60.0, "warning_s": 90.0})  # fmt: skip
    plant = plant_of(data, "distributed")
    assert plant.counters.get("job_suspensions", 0.0) == 2.0


def test_a_campaign_that_begins_in_a_blackout_waits_because_of_power() -> None:
    mix = [{"name": "big", "gpus": 768}, {"name": "small", "gpus": 256}]
    other = [{"name": "big2", "gpus": 768}, {"name": "small2", "gpus": 256}]
    data = scenario(0.5, load__campaigns=jobs((0.125, mix), (3000.0, other)),
                    grid__outages=outages((1.0, 4.0)), diesel__sets=0)  # fmt: skip
    lost = plant_of(data, "distributed").arrays.lost.sum(0)
    assert lost[0].sum() == 0.0
    assert lost[1].sum() > 0.0


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_sag_while_the_switches_wait_to_close(architecture: str) -> None:
    data = scenario(0.3, grid__sags=sags((HOUR_S, 0.2, 0.4), (HOUR_S + 20.0, 0.3, 0.6),
                                         (HOUR_S + 45.0, 0.1, 0.5)), cooling=TOUGH)  # fmt: skip
    assert not disagreements(data, architecture, (0.99, 1.1))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_an_outage_while_the_mains_are_proving_themselves(architecture: str) -> None:
    data = scenario(0.4, grid__outages=outages((1.0, 1.0), (2.02, 0.5)))
    assert not disagreements(data, architecture, (0.99, 1.1), (1.99, 2.8))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_outages_that_touch_are_one(architecture: str) -> None:
    data = scenario(0.4, grid__outages=outages((1.0, 0.5), (1.5, 0.5)))
    assert not disagreements(data, architecture, (0.99, 1.1), (1.49, 1.51), (1.99, 2.3))


def test_jobs_held_by_a_thermal_warning_go_on_when_the_chillers_run() -> None:
    """Two short interruptions stop the chillers for so long that the warning comes on the grid."""
    short = [{"start_s": HOUR_S + 250.0 * n, "duration_s": 2.0} for n in range(2)]
    data = scenario(0.2, grid__momentaries={"kind": "script", "events": short},
                    cooling={"warning_s": 120.0})  # fmt: skip
    plant = plant_of(data, "distributed")
    assert {Phase(int(p)) for p in plant.arrays.job_state["phase"]} == {Phase.RUN}


def test_chillers_that_did_not_fit_start_once_the_load_has_gone() -> None:
    """On a diesel plant that is just too small, the trip frees power for chillers and some pods."""
    data = scenario(0.3, grid__outages=outages((1.0, 3.0)), diesel__sets=1, diesel__set_kw=1260.0,
                    policy={"kind": "none"},
                    architectures__distributed__storage__coupling="rack_dc")  # fmt: skip
    plant = plant_of(data, "distributed")
    running = [t for t, source, event, _ in plant.log if (source, event) == ("cooling", "running")]
    assert running
    assert running[0] < 2.0 * HOUR_S


def test_a_warning_is_heard_while_the_ladder_looks_at_its_clock() -> None:
    """After 240 s without supply the warning comes at an instant at which the ladder wakes, too."""
    data = scenario(0.2, grid__outages=outages((1.0, 240.0 / HOUR_S)), diesel__sets=0)
    plant = plant_of(data, "distributed")
    assert plant.counters.get("job_suspensions", 0.0) == 2.0
