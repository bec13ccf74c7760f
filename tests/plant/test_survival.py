"""Probes: how long power lasts if the grid goes away, against closed forms and enumeration."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import pytest

from experiments.validation.backup import (
    FLAT_BATTERY,
    FLAT_DIESEL,
    FLAT_LOAD,
    HAND_DIESEL,
    HAND_LOAD_KW,
    HAND_STORAGE,
    HAND_TABLE,
)
from experiments.validation.plants import IDEAL_PLANT, PROMPT_DIESEL, Table, scenario
from tests.plant.small_plants import SURE_STORE, SURE_UPS, site
from twin.plant import context, replicate
from twin.plant.almanac import SLOTS_PER_DAY, Years
from twin.plant.build import build
from twin.plant.exogenous import Exogenous
from twin.plant.probing import PROBES, ProbeRow, probes, quantities, start_hour
from twin.results.survival import survival
from twin.scenario import Scenario

HAND_LOAD: Table = {"kind": "series", "values_kw": list(HAND_LOAD_KW), "step_min": 60}
YEAR_S = 8760.0 * 3600.0
SE = 3.5
"""Standard errors that a dozen compared numbers may be off."""


def asked(case: Scenario, n: int, name: str = "case", seed: int = 1) -> list[ProbeRow]:
    found: list[ProbeRow] = []
    for k in range(n):
        found += probes(Exogenous(case, context(case, seed, k)), name)
    return found


def table(rows: list[ProbeRow], *, by_hour: bool = True) -> pd.DataFrame:
    lasted = pd.DataFrame(rows, columns=list(ProbeRow._fields)).assign(architecture="case")
    return survival(lasted, ["case"], by_hour=by_hour)


def ideal(load: Table, storage: Table, diesel: Table | None = None) -> Scenario:
    plant = {"storage": storage} | ({"diesel": PROMPT_DIESEL | diesel} if diesel else {})
    return scenario("probed", load, YEAR_S, None, plant)


# ---- published and enumerated numbers ------------------------------------------------------------


def test_flat_load_with_one_set_and_four_hours_of_battery() -> None:
    """V2: 0.99^20 x 0.9 x 0.98 after 24 h; whether it has started shows after the four hours."""
    found = table(asked(ideal(FLAT_LOAD, FLAT_BATTERY, FLAT_DIESEL), 250), by_hour=False)
    by_hours = found.set_index("duration_h")
    starts = 0.9 * 0.98
    for hours, expected in ((4, 1.0), (6, starts * 0.99**2), (24, 0.72139392)):
        got = by_hours.loc[hours]
        assert abs(got["probability"] - expected) <= 3.0 * got["se"], hours
    assert by_hours.loc[24, "se"] < 0.015


@cache
def hand(variant: str) -> pd.DataFrame:
    """Return survival by hour of the four-hour cycle of the load (0 to 3) and duration."""
    rows = asked(ideal(HAND_LOAD, HAND_STORAGE[variant], HAND_DIESEL), 200)
    return table([r._replace(start_hour=r.start_hour % 4) for r in rows])


def differences(found: pd.DataFrame, expected: dict[tuple[int, int], float]) -> dict[str, float]:
    """Return how many standard errors each number is off."""
    cells = found.set_index(["start_hour", "duration_h"])
    return {
        f"start {start}, {hours} h": float(
            (cells.loc[(start, hours), "probability"] - p) / cells.loc[(start, hours), "se"]
        )
        for (start, hours), p in expected.items()
    }


def test_two_sets_without_a_battery() -> None:
    """V1, generators only: a table by hour of start and duration."""
    lines = HAND_TABLE["generators-only"]
    expected = {(s, d + 1): lines[s][d] for s, d in itertools.product(range(4), range(3))}
    off = differences(hand("generators-only"), expected)
    assert max(map(abs, off.values())) < SE, off


def full_battery(start: int, hours: int) -> float:
    """Return the survival of V1's case with a full battery, by following every fate of the sets."""
    alive: dict[tuple[int, int], float] = {(2, 2): 1.0}  # sets, kWh stored
    for hour in range(hours):
        load = round(HAND_LOAD_KW[(start + hour) % 4])
        after: dict[tuple[int, int], float] = {}
        for (sets, stored), p in alive.items():
            for left in range(sets + 1):
                q = p * math.comb(sets, left) * 0.8**left * 0.2 ** (sets - left)
                short = load - left
                if short <= min(stored, 1):  # the battery gives 1 kW at most
                    level = min(2, stored - max(short, -1))
                    after[left, level] = after.get((left, level), 0.0) + q
        alive = after
    return sum(alive.values())


def test_two_sets_with_a_full_battery() -> None:
    """As V1, but normal life has filled the battery before the outage."""
    expected = {(s, d): full_battery(s, d) for s in range(4) for d in (1, 2, 3)}
    off = differences(hand("with-battery"), expected)
    assert max(map(abs, off.values())) < SE, off


def test_pods_that_are_down_already_have_not_kept_power() -> None:
    """Three pods, each bus down for 8 of 80 h: two of them or more are up with 3 q^2 (1-q) + q^3."""
    faults = {"fault_per_year": 8760.0 / 72.0, "repair_h": 8.0, "law": "exponential"}
    plant = {"storage": FLAT_BATTERY, "bus": IDEAL_PLANT["bus"] | {"pod": faults}}
    load = {"kind": "constant", "pods": 3, "pod_kw": 10.0}
    case = scenario("faulty", load, YEAR_S, None, plant, compartments=3)
    found = table(asked(case, 60), by_hour=False)
    up = 0.9
    expected = {"site": up**3, "2_pods": 3 * up**2 * (1 - up) + up**3, "1_pods": 1 - (1 - up) ** 3}
    now = found[np.isclose(found["duration_h"], 1.0 / 60.0)].set_index("quantity")
    for quantity, p in expected.items():
        got = now.loc[quantity]
        assert abs(got["probability"] - p) <= SE * got["se"], quantity


def test_hidden_faults_have_gathered_between_tests() -> None:
    """A string tested every 30 days, 2 faults a year: out for 1 - (1 - exp(-x)) / x, x = 60/365."""
    ups = SURE_UPS | {"string_fault_per_year": 2.0, "string_test_days": 30.0, "strings": 1,
                      "strings_needed": 1, "string_repair_h": 0.0}  # fmt: skip
    case = site(hours=8760.0, compartments=1, storage=ups, cooling={"autonomy_s": 1e7})
    found = table(asked(case, 100), by_hour=False)
    got = found[np.isclose(found["duration_h"], 1.0 / 60.0)].set_index("quantity").loc["site"]
    x = 60.0 / 365.0
    expected = (1.0 - math.exp(-x)) / x
    assert abs(got["probability"] - expected) <= 3.0 * got["se"]
    assert got["probability"] < 1.0 - 2.0 * got["se"]


# ---- what must hold ------------------------------------------------------------------------------


def test_hours_cover_the_day_evenly_whatever_the_number() -> None:
    hours = [start_hour(k, probe) for k in range(24) for probe in range(PROBES)]
    for n in range(24, len(hours) + 1, 24):
        assert set(Counter(hours[:n]).values()) == {n // 24}


def test_more_pods_never_last_longer_than_fewer() -> None:
    case = Scenario.load("tiny", sets=["diesel.mttf_h=10", "diesel.failure_to_start=0.3"])
    names = list(quantities(4))
    assert names == ["site", "1_pods", "2_pods", "3_pods"]
    for name in case.default_architectures:
        rows = asked(case, 6, name)
        for n in range(0, len(rows), 4):
            lasted = {r.quantity: r.lasted_h for r in rows[n : n + 4]}
            assert lasted["1_pods"] >= lasted["2_pods"] >= lasted["3_pods"] >= lasted["site"]


def test_more_battery_never_lasts_shorter_on_the_same_luck() -> None:
    diesel = {"sets": 2, "set_kw": 260.0, "mttf_h": 5.0, "failure_to_start": 0.2}
    prompt = SURE_STORE | {"commutation_max_s": 0.0}
    lasted = []
    for kwh in (20.0, 100.0, 300.0, 900.0):
        case = site(hours=8760.0, diesel=diesel, storage=prompt | {"energy_kwh": kwh},
                    cooling={"autonomy_s": 1e7}, policy={"kind": "none"})  # fmt: skip
        lasted.append([r.lasted_h for r in asked(case, 5)])
    for less, more in itertools.pairwise(lasted):
        assert all(b >= a - 1e-9 for a, b in zip(less, more, strict=True))
    assert sum(lasted[-1]) > sum(lasted[0]) + 10.0


def test_an_outage_by_night_lasts_longer_than_one_by_day() -> None:
    """120 kWh: 30 kW by night, 60 kW from 8 to 20: at 20 h four hours, at 8 h two, at 6 h three."""
    values = [30.0 if hour < 8 or hour >= 20 else 60.0 for hour in range(24)]
    load = {"kind": "series", "values_kw": values, "step_min": 60}
    rows = asked(ideal(load, FLAT_BATTERY | {"energy_kwh": 120.0, "power_kw": 60.0}), 6)
    by_hour = {r.start_hour: r.lasted_h for r in rows if r.quantity == "site"}
    assert len(by_hour) == 24
    expected = {20: 4.0, 0: 4.0, 8: 2.0, 18: 2.0, 6: 3.0, 19: 3.0}
    assert {h: by_hour[h] for h in expected} == pytest.approx(expected, abs=1e-6)


def test_trading_shows_in_the_hour() -> None:
    """After the dear evening hours the batteries are as empty as they may be."""
    case = Scenario.load("tiny", sets=["diesel.sets=0", "cooling.autonomy_s=1e6", "pv.peak_kw=0",
                                       "psu.hold_up_s=0.1"])  # fmt: skip
    rows = [r for r in asked(case, 12, "distributed") if r.quantity == "1_pods"]
    before = np.mean([r.lasted_h for r in rows if r.start_hour in (7, 8)])
    after = np.mean([r.lasted_h for r in rows if r.start_hour in (22, 23)])
    assert before > 1.8
    assert after < 0.6 * before


def test_the_ladder_stretches_a_battery() -> None:
    hard = ["diesel.sets=0", "cooling.autonomy_s=1e6", "pv.peak_kw=0", "psu.hold_up_s=0.1"]
    caps = Scenario.load("tiny", sets=hard)
    plain = Scenario.load("tiny", sets=[*hard, "policy={kind='none'}"])
    for a, b in zip(asked(caps, 3, "distributed"), asked(plain, 3, "distributed"), strict=True):
        assert a.lasted_h >= b.lasted_h


# ---- luck and rows -------------------------------------------------------------------------------


def test_architectures_meet_the_same_luck_and_rows_do_not_depend_on_company() -> None:
    case = Scenario.load("tiny")
    both = replicate(case, 1, 3, ["centralized", "distributed"])
    alone = replicate(case, 1, 3, ["distributed"])
    assert both[1].lasted == alone[0].lasted
    assert both[1].losses == alone[0].losses
    assert [r[:3] for r in both[0].lasted] == [r[:3] for r in both[1].lasted]
    plain = {key: value for key, value in case.to_dict().items() if key != "split"}
    one = plain["architectures"]["distributed"]
    twins = Scenario.from_dict(
        plain | {"architectures": {"a": one, "b": one}, "default_architectures": ["a", "b"]}
    )
    a, b = replicate(twins, 1, 0, ["a", "b"])
    assert a.lasted == b.lasted


def test_a_probe_leaves_the_replication_alone() -> None:
    """The luck of a probe has a realm of its own, and the world is not changed."""
    case = Scenario.load("tiny")
    world = Exogenous(case, context(case, 1, 0))
    before = build(case, "distributed", world.ctx, world.disturbances, world=world)
    before.run()
    probes(world, "distributed")
    after = build(case, "distributed", world.ctx, world.disturbances, world=world)
    after.run()
    assert after.arrays.account.tobytes() == before.arrays.account.tobytes()


def test_a_simulation_may_begin_on_any_day() -> None:
    case = Scenario.load("sea-8000")
    world = Exogenous(case, context(case, 1, 0))
    plant = build(case, "distributed", world.ctx, world.disturbances, world=world)
    tables = dict(case.architectures["distributed"].tables)
    day = 40
    laid = _laid(case)
    first, turned = (Years(world, tables, laid, d).load(0) for d in (0, day))
    at = day * SLOTS_PER_DAY
    assert np.array_equal(turned.plan[:500], first.plan[at : at + 500])
    assert np.array_equal(turned.period[:500], first.period[at : at + 500])
    assert np.array_equal(turned.pv[:500], first.pv[at // 2 : at // 2 + 500])
    assert plant.arrays.pv.tobytes() == first.pv.tobytes()


def _laid(case: Scenario) -> object:
    from twin.plant.tree import lay_out

    design = case.architectures["distributed"]
    return lay_out(case.load, design.division, dict(design.tables), dict(design.more_storage))
