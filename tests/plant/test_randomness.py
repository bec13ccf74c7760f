"""Luck is named by its cause: all architectures meet the same fate, and adding a part moves nobody."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import special, stats

from tests.plant.small_plants import (
    SURE_DIESEL,
    SURE_STORE,
    SURE_UPS,
    Event,
    jobs,
    plant_of,
    site,
)  # fmt: skip
from twin.contracts.calendar import HOUR_S
from twin.plant import context
from twin.plant.exogenous import Exogenous
from twin.plant.machine import Plant
from twin.scenario import Scenario
from twin.streams import Luck, generator, name_keys, normal_quantile

OUTAGES: list[Event] = [(n * 36 * HOUR_S, 2 * HOUR_S, 0.0) for n in range(1, 40)]


def diesel_lines(plant: Plant, name: str) -> list[tuple[float, str]]:
    return [(t, e) for t, s, e, d in plant.log if s == "diesel" and d == name]


def failing(sets: int, **more: float) -> dict[str, object]:
    return SURE_DIESEL | {
        "sets": sets, "failure_to_start": 0.3, "crank_miss": 0.3, "start_sigma": 0.3,
        "repair_median_h": 1.0, **more,
    }  # fmt: skip


def test_both_architectures_meet_the_same_world() -> None:
    scenario = Scenario.load("tiny")
    grids = []
    for name in scenario.architectures:
        plant = plant_of(scenario, architecture=name)
        plant.run()
        grids.append([line for line in plant.log if line[1] == "utility" and line[2] == "voltage"])
    assert grids[0] == grids[1]
    assert len(grids[0]) > 50
    one, two = (Exogenous(scenario, context(scenario, 1, 0)) for _ in range(2))
    assert np.array_equal(one.faults(0).time_s, two.faults(0).time_s)


def test_another_replication_or_seed_is_another_world() -> None:
    scenario = Scenario.load("tiny")
    starts = [
        Exogenous(scenario, context(scenario, seed, k)).disturbances.start_s
        for seed, k in ((1, 0), (1, 1), (2, 0), (2, 1), (0, 1))
    ]
    for a, b in itertools.combinations(starts, 2):
        assert len(np.intersect1d(a, b)) == 0


def started(plant: Plant) -> dict[str, list[int]]:
    """Return, for each set, the numbers of the outages for which it failed to start."""
    found: dict[str, list[int]] = {}
    for t, s, e, d in plant.log:
        if s == "diesel" and e == "failure to start":
            found.setdefault(d, []).append(int(t // (36 * HOUR_S)))
    return {name: sorted(set(outages)) for name, outages in found.items()}


def test_a_further_diesel_set_changes_nobody_elses_luck() -> None:
    runs = {
        n: started(_run(site(hours=36 * 41, diesel=failing(n)), OUTAGES)) for n in (2, 3, 5)
    }
    for n in (3, 5):
        for name in ("diesel-1", "diesel-2"):
            assert runs[n][name] == runs[2][name]
    assert len(runs[2]["diesel-1"]) > 3
    assert runs[5]["diesel-1"] != runs[5]["diesel-2"]


def _run(scenario: Scenario, events: list[Event], **more: Any) -> Plant:
    plant = plant_of(scenario, events, **more)
    plant.run()
    return plant


def test_a_plant_whose_diesel_fails_keeps_the_luck_of_later_outages() -> None:
    """What happens in one outage must not change the draws of the next ones."""
    steady = _run(site(hours=36 * 41, diesel=failing(2)), OUTAGES)
    shaky = _run(site(hours=36 * 41, diesel=failing(2, mttf_h=5.0)), OUTAGES)
    assert len([e for _, _, e, _ in shaky.log if e == "failure to run"]) > 3
    a, b = started(steady), started(shaky)
    busy = {int(t // (36 * HOUR_S)) for t, _, e, _ in shaky.log if e == "failure to run"}
    for name in a:
        mine = [n for n in a[name] if n not in busy]
        assert mine == [n for n in b.get(name, []) if n not in busy]


def test_a_further_pod_changes_nobody_elses_faults() -> None:
    store = SURE_STORE | {"pcs_fault_per_year": 100.0, "switch_failure": 0.2}
    logs = []
    for pods in (4, 5):
        load = {"kind": "constant", "pods": pods, "pod_kw": 100.0}
        plant = _run(site(hours=24 * 90, load=load, compartments=pods, storage=store), OUTAGES)
        logs.append([
            line for line in plant.log if line[1] == "storage@pod-001" or "pod-001:" in line[3]
        ])  # fmt: skip
    assert logs[0] == logs[1]
    assert len(logs[0]) > 20


def test_where_storage_stands_does_not_change_its_luck() -> None:
    """Named by the lowest pod it feeds: as many compartments as pods, pod or block, is one thing."""
    logs = []
    for level in ("pod", "block"):
        store = SURE_STORE | {"level": level, "pcs_fault_per_year": 100.0}
        plant = _run(site(hours=24 * 90, compartments=4, storage=store), OUTAGES)
        logs.append([line for line in plant.log if line[1].startswith("storage@")])
    assert logs[0] == logs[1]


def test_same_replication_same_events_other_replication_other_events() -> None:
    case = site(
        hours=24 * 60, load=jobs(), diesel=failing(2),
        storage=SURE_UPS | {"takeover_failure": 0.3},
    )  # fmt: skip
    a, b, c = (_run(case, OUTAGES, replication=k).log for k in (0, 0, 1))
    assert a == b
    assert a != c


# ---- the streams themselves ---------------------------------------------------------------------


def test_uniforms_are_the_uniforms_of_each_name() -> None:
    names = [f"storage@pod-{n:03d}" for n in range(50)]
    luck = Luck(7, 3)
    got = luck.uniforms(name_keys(names), "switch", "disturbance-1", 4)
    one_by_one = [luck.uniform(n, "switch", "disturbance-1", 4) for n in names]
    assert got.tolist() == one_by_one


def test_forced_draws_hold_for_banks_of_units() -> None:
    luck = Luck(7, 3, lambda cause: 0.25 if cause[1] == "switch" else None)
    assert luck.uniform("storage@pod-000", "switch", "x") == 0.25
    assert luck.uniforms(name_keys(["storage@pod-000"]), "switch", "x").tolist() == [0.25]


def test_luck_is_uniform() -> None:
    for shape in (
        [Luck(1, k).uniform("x", 0) for k in range(20_000)],
        [Luck(1, 0).uniform("x", k) for k in range(20_000)],
        [Luck(k, 0).uniform(f"unit-{k % 7}", "fault", k) for k in range(20_000)],
    ):
        assert stats.kstest(shape, "uniform").pvalue > 1e-3
        assert 0.0 < min(shape) < max(shape) < 1.0


def test_neighbouring_causes_are_independent() -> None:
    luck = Luck(1, 0)
    u = np.array([[luck.uniform(f"u-{k}", a, n) for a, n in (("s", 0), ("s", 1), ("t", 0))]
                  + [Luck(1, 1).uniform(f"u-{k}", "s", 0), Luck(2, 0).uniform(f"u-{k}", "s", 0)]
                  for k in range(20_000)])  # fmt: skip
    off = np.corrcoef(u.T) - np.eye(u.shape[1])
    assert np.abs(off).max() < 4.5 / np.sqrt(len(u))
    for a, b in itertools.combinations(range(u.shape[1]), 2):
        table, *_ = np.histogram2d(u[:, a], u[:, b], bins=8)
        assert stats.chisquare(table.ravel()).pvalue > 1e-4


def test_causes_do_not_run_into_each_other() -> None:
    luck = Luck(1, 0)
    causes = [(), (1,), (1, 0), (0, 1), (10,), ("1", "00"), ("a", "bc"), ("ab", "c"), ("abc",),
              ("a", "b", "c"), ("0",), ("", "0"), ("0", "")]  # fmt: skip
    values = [luck.uniform(*c) for c in causes]
    assert len(set(values)) == len(values)
    assert Luck(1, 0).uniform("x") != Luck(0, 1).uniform("x")
    assert Luck(11, 1).uniform("x") != Luck(1, 11).uniform("x")


def test_generators_do_not_run_into_each_other() -> None:
    """``SeedSequence([1]) == SeedSequence([1, 0])``: a trap."""
    keys = [(1, 0, ""), (1, 0, "0"), (10, 0, ""), (1, 1, ""), (0, 1, ""), (1, 0, "/"), (11, 0, "a"),
            (1, 10, "a"), (1, 1, "0/a"), (1, 0, "a")]  # fmt: skip
    first = [generator(*key).random(4).tolist() for key in keys]
    assert len({tuple(f) for f in first}) == len(keys)
    assert generator(1, 0, "x").random() == generator(1, 0, "x").random()


LOWER = np.concatenate([10.0 ** np.arange(-300.0, -1.0), np.linspace(1e-4, 0.5, 20_001)])


def test_normal_quantile_below_the_median() -> None:
    got = np.array([normal_quantile(float(u)) for u in LOWER])
    np.testing.assert_allclose(got, special.ndtri(LOWER), rtol=1e-12, atol=1e-12)


def test_normal_quantile_above_the_median() -> None:
    upper = 1.0 - np.concatenate([2.0 ** -np.arange(2.0, 53.0), np.linspace(1e-4, 0.5, 2001)])
    got = np.array([normal_quantile(float(u)) for u in upper])
    np.testing.assert_allclose(got, special.ndtri(upper), rtol=1e-12, atol=1e-12)


def test_lucks_laws() -> None:
    n = 20_000
    luck = Luck(3, 0)
    waits = np.array([luck.exponential(5.0, "wait", k) for k in range(n)])
    assert stats.kstest(waits, "expon", args=(0, 5.0)).pvalue > 1e-3
    sizes = np.array([luck.lognormal(2.0, 0.7, "size", k) for k in range(n)])
    assert stats.kstest(np.log(sizes / 2.0) / 0.7, "norm").pvalue > 1e-3
    hits = sum(luck.happens(0.3, "hit", k) for k in range(n))
    assert abs(hits / n - 0.3) < 4.0 * np.sqrt(0.21 / n)
    spans = np.array([luck.between(2.0, 3.0, "span", k) for k in range(n)])
    assert stats.kstest(spans, "uniform", args=(2.0, 1.0)).pvalue > 1e-3
