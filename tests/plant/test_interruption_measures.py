"""How often and how long pods are dark, and some demand is unserved, reckoned by hand."""

from __future__ import annotations

import math

import pytest

from tests.plant.metric_parts import H, measured, rows
from tests.plant.small_plants import NO_FAULTS, SURE_STORE, Event, jobs, run, site
from twin import run as run_scenario
from twin.contracts.calendar import YEAR_S
from twin.contracts.layout import Flow
from twin.contracts.losses import MAINTENANCE, Initiator, Loss
from twin.plant.losses import LossFact, dark_times, loss_rows
from twin.results import Results

COOL = {"autonomy_s": 1e6}
LOSS = Loss(Initiator("disturbance-00000", "outage"), "battery empty")


def lost(time_s: float, *pods: int) -> LossFact:
    return LossFact(time_s, LOSS, pods, core=False, shed=False, diesel="")


def test_each_darkness_ends_with_the_next_light_of_its_pod() -> None:
    facts = [lost(10.0, 0, 1), lost(30.0, 0), lost(30.0, 2)]
    powered = [(20.0, 0), (25.0, 1), (36.0, 0)]
    assert dark_times(facts, powered, 100.0) == [10.0 + 15.0, 6.0, 70.0]
    (row,) = loss_rows(facts, powered, 100.0)
    assert (row.pods, row.event_pods) == (4, 3)
    assert row.pod_h == pytest.approx(101.0 / 3600.0)


@pytest.mark.parametrize("events", [[(H, 2 * H, 0.0)], [(H, 2 * H, 0.0), (20 * H, 0.4, 0.0)]])
def test_an_unprotected_site_is_short_while_it_is_dark(events: list[Event]) -> None:
    """All pods and the core fall at once; demand is unserved until the last of them is back."""
    case = site(hours=48, cooling=COOL)
    plant, row = measured(case, events)
    back = [t for t, _ in plant.powered]
    starts = [e[0] for e in events]
    ends = [max(t for t in back if s < t < s + 10 * H) for s in starts]
    years = case.horizon_years
    dark_h = math.fsum(t - max(s for s in starts if s < t) for t, p in plant.powered if p < 4) / H
    assert row["lolf_per_year"] * years == pytest.approx(len(events))
    expected = math.fsum(e - s for s, e in zip(starts, ends, strict=True)) / H
    assert row["lole_h_per_year"] * years == pytest.approx(expected)
    assert row["saifi_per_pod_year"] * years == pytest.approx(len(events))
    assert row["saidi_h_per_pod_year"] * years == pytest.approx(dark_h / 4)
    assert row["caidi_h_num"] / row["caidi_h_den"] == pytest.approx(dark_h / 4 / len(events))
    assert row["blast_radius_max_pods"] == 4
    assert row["blast_radius_mean_pods_num"] / row["blast_radius_mean_pods_den"] == 4


def test_dark_pod_hours_are_what_the_meter_lacks() -> None:
    case = site(storage=SURE_STORE, cooling=COOL, load=jobs(), bus=NO_FAULTS)
    plant = run(case, [(H, 5 * H, 0.0)])
    powered_s = float(plant.arrays.account[:, Flow.POWERED_POD_S].sum())
    dark_s = math.fsum(row.pod_h for row in rows(plant)) * H
    assert dark_s > 0.0
    assert powered_s + dark_s == pytest.approx(4 * plant.horizon_s)


def test_nothing_happens_nothing_is_short() -> None:
    _, row = measured(site(cooling=COOL))
    assert [row[n] for n in ("lole_h_per_year", "lolf_per_year", "saifi_per_pod_year",
                             "saidi_h_per_pod_year", "blast_radius_max_pods")] == [0.0] * 5  # fmt: skip
    assert row["caidi_h_den"] == row["blast_radius_mean_pods_den"] == 0.0


@pytest.fixture(scope="module")
def found() -> Results:
    """Four replications of the small scenario."""
    return run_scenario("tiny", n=4, workers=1)


def test_losses_and_dark_hours_add_up_to_the_metrics(found: Results) -> None:
    losses = found.losses[found.losses["kind"] != MAINTENANCE]
    dark = (losses["pods"] + losses["sheds"]).groupby(
        [losses["replication"], losses["architecture"]]
    ).sum()  # fmt: skip
    assert dark.sum() > 0
    years, pods = found.manifest.horizon_years, found.manifest.pods
    for row in found.replications.itertuples():
        mine = dark.get((row.replication, row.architecture), 0)
        metric = row.pod_losses_per_year + row.pod_sheds_per_year
        assert mine == pytest.approx(metric * years)
        assert row.saifi_per_pod_year * pods == pytest.approx(metric)
        planned = found.losses[(found.losses["kind"] == MAINTENANCE)
                               & (found.losses["replication"] == row.replication)
                               & (found.losses["architecture"] == row.architecture)]  # fmt: skip
        dark_s = (row.caidi_h_num + planned["pod_h"].sum()) * H
        assert row.pod_powered_share_num + dark_s == pytest.approx(pods * years * YEAR_S)


def test_caidi_is_saidi_over_saifi_and_causes_add_up(found: Results) -> None:
    for name in found.architectures:
        mean = {m: e.mean for m, e in found.estimates[name].items()}
        causes = found.causes[found.causes["architecture"] == name]
        assert mean["saidi_h_per_pod_year"] == pytest.approx(
            mean["caidi_h"] * mean["saifi_per_pod_year"]
        )
        assert causes["share"].sum() == pytest.approx(1.0)
        assert causes["pod_losses_per_year"].sum() == pytest.approx(mean["pod_losses_per_year"])
        assert causes["pod_h_per_year"].sum() == pytest.approx(
            mean["saidi_h_per_pod_year"] * found.manifest.pods
        )
