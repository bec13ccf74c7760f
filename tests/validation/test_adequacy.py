"""V5 and V6 can fail, and their like with other numbers, steps and compartments agree, too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from components.redrawn import Redrawing
from experiments.validation import CHECKS, adequacy, run_checks
from experiments.validation.plants import simulate
from twin.contracts.calendar import HOUR_S
from twin.scenario import Scenario
from twin.streams import Luck

EXACT = ["V5", "V6/enumerated"]


@pytest.fixture(autouse=True)
def _afresh():
    for known in (adequacy._islands, adequacy.after, adequacy.loss_of_load):
        known.cache_clear()
    yield
    for known in (adequacy._islands, adequacy.after, adequacy.loss_of_load):
        known.cache_clear()


def failed(names: list[str], **more) -> set[str]:
    return {check.name for check in run_checks(names, **more) if not check.passed}


# ---- the numbers, by hand ----------------------------------------------------------------------


def test_the_expected_numbers_follow_from_the_states():
    """Each unit in or out: what is missing, times how probable that is."""
    eue, lole = [0.0, 0.0], 0.0
    loads, supply, rating, works = (8.0, 9.0), 15.0, 8.0, 0.9
    for first in (True, False):
        for second in (True, False):
            for tie in (True, False):
                weight = np.prod([works if up else 1.0 - works for up in (first, second, tie)])
                spare = [
                    supply * up - load for up, load in zip((first, second), loads, strict=True)
                ]
                missing = [0.0, 0.0]
                for n in range(2):
                    help_ = min(rating * tie, max(0.0, spare[1 - n]))
                    missing[n] = max(0.0, -spare[n] - help_)
                    eue[n] += weight * missing[n]
                lole += weight * (sum(missing) > 0.0)
    expected = CHECKS["V5"].expected
    assert eue[0] == pytest.approx(expected["V5/tied/1-step/pod-1/eue-mwh"])
    assert eue[1] == pytest.approx(expected["V5/tied/1-step/pod-2/eue-mwh"])
    assert sum(eue) == pytest.approx(expected["V5/tied/1-step/eue-mwh"])
    assert lole == pytest.approx(expected["V5/tied/1-step/lole-h"])
    assert 0.1 * sum(loads) == pytest.approx(expected["V5/watertight/1-step/eue-mwh"])


def test_the_expected_storage_follows_from_the_states():
    works, fails = 0.9, 0.1
    first = works * works * 2.0
    second = (
        first + works * works * 1.0 - fails * works * first
    )  # out keeps, in and needed gives all
    expected = CHECKS["V6"].expected
    assert first == pytest.approx(expected["V6/enumerated/stored-mwh/step-1"])
    assert second == pytest.approx(expected["V6/enumerated/stored-mwh/step-2"])
    missing = fails * (9.0 - works * first)
    assert missing == pytest.approx(expected["V6/enumerated/eue-mwh/step-2"])


# ---- they can fail -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["V5", "V6"])
def test_wrong_expected_numbers_fail(name):
    suite = CHECKS[name]
    exact = {n: v for n, v in suite.expected.items() if n not in suite.sampled}
    wrong = replace(suite, expected={n: v * 1.00001 for n, v in exact.items()})
    assert failed([], suites={name: wrong}) == set(exact)
    wrong = replace(suite, expected={n: v * 1.2 for n, v in suite.expected.items()})
    assert (
        failed([f"{name}/sampled"] if name == "V6" else [], suites={name: wrong}) >= suite.sampled
    )


def test_another_tie_fails_v5(monkeypatch):
    monkeypatch.setattr(adequacy, "TIE_MW", 5.0)
    assert failed(["V5/tied/1-step", "V5/watertight/1-step"]) == {
        "V5/tied/1-step/eue-mwh", "V5/tied/1-step/pod-1/eue-mwh", "V5/tied/1-step/pod-2/eue-mwh",
    }  # fmt: skip


def test_pods_that_stay_down_fail_the_second_step(monkeypatch):
    monkeypatch.setattr(adequacy, "PROMPT_RETURN", adequacy.PROMPT_RETURN | {"on_islands": False})
    assert failed(["V5"]) == {n for n in CHECKS["V5"].expected if "2-step" in n}


def test_another_luck_of_units_fails_both(monkeypatch):
    """The strata are cut at a tenth; a product that draws beside that is noticed."""
    monkeypatch.setattr(Luck, "happens", lambda self, p, *cause: self.uniform(*cause) < 1.01 * p)
    assert failed(["V5/tied/1-step/eue-mwh", "V6/enumerated/stored-mwh"]) == {
        "V5/tied/1-step/eue-mwh",
        "V6/enumerated/stored-mwh/step-1", "V6/enumerated/stored-mwh/step-2",
    }  # fmt: skip


def test_a_storage_that_loses_what_it_holds_fails_v6(monkeypatch):
    take = Redrawing._take

    def empties(self, n, more):
        take(self, n, more)
        row = next(u.row for u in self.plant.units() if u.name == self.units[n].unit)
        if more > 0:
            self.plant.arrays.state[row]["stored_j"] = 0.0

    monkeypatch.setattr(Redrawing, "_take", empties)
    assert failed(["V6/enumerated"]) == {"V6/enumerated/stored-mwh/step-2"}


def test_more_supply_fails_v6(monkeypatch):
    monkeypatch.setattr(adequacy, "GRID_MW", 10.01)
    assert "V6/enumerated/stored-mwh/step-1" in failed(["V6/enumerated"])


# ---- other numbers -----------------------------------------------------------------------------


def least_missing(loads, supply, rating, out):
    """Return the least unserved power of a row of compartments that help their neighbours, MW."""
    n = len(loads)
    spare = [supply * (not out[i]) - loads[i] for i in range(n)]
    ways = [(a, b) for i in range(n - 1) for a, b in ((i, i + 1), (i + 1, i))]
    most = [rating * (not out[n + min(way)]) for way in ways]
    less, gives = np.zeros((n, n + len(ways))), np.zeros((n, n + len(ways)))
    less[:, :n] = -np.eye(n)
    for w, (a, b) in enumerate(ways):
        less[b, n + w] = -1.0
        gives[a, n + w] = 1.0
    bounds = [(0.0, None)] * n + [(0.0, m) for m in most]
    limits = [-max(0.0, -s) for s in spare] + [max(0.0, s) for s in spare]
    cost = [1.0] * n + [0.0] * len(ways)
    return linprog(cost, A_ub=np.vstack([less, gives]), b_ub=limits, bounds=bounds).fun


@pytest.mark.parametrize(
    ("loads", "supply", "rating"),
    [((8, 9), 15.0, 8.0), ((8, 9), 15.0, 3.0), ((12, 3), 10.0, 4.0), ((9, 8, 7), 15.0, 4.0),
     ((4, 12, 7), 11.0, 8.0), ((6, 7, 8, 9), 12.0, 5.0)],
)  # fmt: skip
def test_rows_of_compartments_over_many_steps(monkeypatch, loads, supply, rating):
    steps = 300
    for name, value in {"LOADS_MW": loads, "SUPPLY_MW": supply, "TIE_MW": rating}.items():
        monkeypatch.setattr(adequacy, name, value)
    case: Scenario = adequacy.islands(steps, tied=True)
    plant = simulate(case)
    luck = plant.device("redrawn")
    missing = [
        least_missing(loads, supply, rating, [luck._is_out(n, s) for n in range(len(luck.units))])
        for s in range(steps)
    ]
    assert adequacy.unserved_mwh(plant) == pytest.approx(sum(missing), rel=1e-6)
    assert adequacy.short_h(plant) == pytest.approx(np.count_nonzero(missing), rel=1e-6)
    assert plant.horizon_s == pytest.approx(steps * HOUR_S)
