"""The shipped checks pass, and each kind of them can fail."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from components._diesel_upkeep import Upkeep
from components._shared_fault import SharedFault
from components.diesel import DieselPlant
from experiments.validation import (
    CHECKS,
    backup,
    checkpoints,
    percolation,
    ride_through,
    run_checks,
    two_state,
)
from experiments.validation.suite import Measured, agrees, z_limit
from twin.errors import InputError
from twin.streams import Luck


def failed(names: list[str], **more) -> list[str]:
    return [check.name for check in run_checks(names, **more) if not check.passed]


@pytest.mark.parametrize("name", CHECKS)
def test_the_product_reproduces_the_numbers_from_outside(name):
    assert failed([name]) == []


# ---- the expected numbers are the published ones ------------------------------------------------


@pytest.mark.parametrize(
    ("name", "published", "digits"),
    [
        ("V2/per-hour/24h", 0.72139392, 8),
        ("V2/continuous/24h", 0.722121, 6),
        ("V3/per-hour/1-of-2/1h", 0.999767, 6),
        ("V3/per-hour/1-of-2/24h", 0.998730, 6),
        ("V3/per-hour/1-of-2/96h", 0.990637, 6),
        ("V3/per-hour/5-of-6/1h", 0.996651, 6),
        ("V3/per-hour/5-of-6/24h", 0.982691, 6),
        ("V3/per-hour/5-of-6/96h", 0.892050, 6),
        ("STANDBY/starts/well-kept/12-of-12", 0.9822, 4),
        ("STANDBY/starts/well-kept/12-of-13", 0.999826, 6),
        ("STANDBY/starts/well-kept/12-of-14", 0.99999879, 8),
        ("STANDBY/starts/typical/12-of-12", 0.8407, 4),
        ("STANDBY/starts/typical/12-of-13", 0.985535, 6),
        ("STANDBY/starts/typical/12-of-14", 0.99904, 5),
        ("V4/rare/fixed/unavailability", 2.7390e-4, 8),
        ("V4/rare/fixed/1-of-32-down", 8.728e-3, 6),
        ("V7/generator-starts/bridged-kwh", 8.3333, 4),
        ("V7/generator-fails/ride-through-s", 307.8, 9),
        ("V7/generator-fails/unserved-kwh", 81.16667, 5),
        ("V7/generator-fails-50-mw/ride-through-s", 307.8, 9),
        ("V7/generator-fails-50-mw/unserved-kwh", 4058.3333, 4),
    ],
)
def test_closed_forms_give_the_published_digits(name, published, digits):
    expected = CHECKS[name.split("/")[0]].expected[name]
    assert round(expected, digits) == pytest.approx(published, abs=10.0**-digits / 100)


def test_shares_below_the_curves_follow_from_the_distributions():
    def beyond(seconds: float, median_s: float, sigma: float) -> float:
        return 0.5 * math.erfc(math.log(seconds / median_s) / sigma / math.sqrt(2.0))

    curves = {"itic": [(0.02, 0.33), (0.5, 0.51), (10.0, 1.0)],
              "semi_f47": [(0.02, 0.17), (0.2, 0.33), (0.5, 0.51), (10.0, 1.0)]}  # fmt: skip
    for network, law in {"hv": (0.09, 0.5), "mv": (0.15, 0.9)}.items():
        for curve, steps in curves.items():
            for kept, deep in {"all": 0.0, "above-0.1-pu": 0.03}.items():
                share, before = 0.0, deep
                for start, below in steps:
                    share += (below - before) * beyond(start, *law) / (1.0 - deep)
                    before = below
                published = CHECKS["V8"].expected[f"V8/{kept}/{network}/{curve}"]
                assert share == pytest.approx(published, abs=6e-4)


# ---- checks can fail ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["V1/with-battery/start-1/2h", "V2/continuous/24h", "V3/per-hour/1-of-2/24h",
     "V7/generator-fails/ride-through-s", "V8/all/mv/itic", "V9/no-checkpoint/energy-j"],
)  # fmt: skip
def test_a_wrong_expected_number_fails(name):
    suite = CHECKS[name.split("/")[0]]
    for factor in (0.98, 1.02):
        wrong = replace(suite, expected={name: suite.expected[name] * factor})
        assert failed([], suites={suite.name: wrong}) == [name]


def test_another_failure_rate_fails_v1(monkeypatch):
    monkeypatch.setattr(backup, "HAND_DIESEL", backup.HAND_DIESEL | {"mttf_h": 5.001})
    assert len(failed(["V1"])) == 22  # all but the two certain ones


def test_another_battery_fails_v2(monkeypatch):
    monkeypatch.setattr(backup, "FLAT_BATTERY", backup.FLAT_BATTERY | {"energy_kwh": 399.0})
    assert failed(["V2/per-hour"]) == ["V2/per-hour/24h"]


def test_a_decision_beside_its_probability_fails_although_the_strata_hide_it(monkeypatch):
    monkeypatch.setattr(Luck, "happens", lambda self, p, *cause: self.uniform(*cause) < 1.0001 * p)
    assert failed(["V2/continuous"]) == ["V2/continuous/24h"]


def test_another_hazard_fails_v1(monkeypatch):
    monkeypatch.setattr(
        DieselPlant, "_time_to_failure",
        lambda self, n: self.plant.luck.exponential(5 * 3600.0, f"diesel-{n + 1}", "run"),
    )  # fmt: skip
    assert "V1/generators-only/start-2/1h" in failed(["V1/generators-only/start-2"])


def test_sets_that_start_independently_fail_the_beta_factor(monkeypatch):
    monkeypatch.setattr(DieselPlant, "_start", lambda self, n, common, start=DieselPlant._start:
                        start(self, n, False))  # fmt: skip
    assert failed(["STANDBY/common-cause/0.05"]) == [
        f"STANDBY/common-cause/0.05/{group}" for group in ("1-of-2", "2-of-3", "5-of-6")
    ]


def test_tests_that_find_nothing_fail_the_latent_faults(monkeypatch):
    monkeypatch.setattr(Upkeep, "_test_after", lambda self, n, time_s: math.inf)
    assert failed(["STANDBY/latent"]) == ["STANDBY/latent/sampled"]


def test_a_longer_checkpoint_fails_v9(monkeypatch):
    load = checkpoints._load

    def slower(story):
        table = load(story)
        table["campaigns"][0]["jobs"][0]["checkpoint_stall_s"] = 1.1
        return table

    checkpoints.run_story.cache_clear()
    monkeypatch.setattr(checkpoints, "_load", slower)
    expected = [f"V9/checkpoint-each-minute/{what}" for what in ("duration-s", "energy-j")]
    assert failed(["V9"]) == expected
    checkpoints.run_story.cache_clear()


def test_other_walls_fail_the_percolation(monkeypatch):
    percolation._taken.cache_clear()
    monkeypatch.setattr(percolation, "BULKHEAD", percolation.BULKHEAD | {"fire": 0.41})
    assert len(failed(["percolation/from-1"])) == 4
    percolation._taken.cache_clear()


def test_a_gap_before_the_battery_fails_v7(monkeypatch):
    battery = ride_through.battery

    def late(site):
        return battery(site) | {"stable_s": 20.0}

    ride_through.ride_through.cache_clear()
    monkeypatch.setattr(ride_through, "battery", late)
    assert "V7/generator-starts/bridged-kwh" in failed(["V7"])
    ride_through.ride_through.cache_clear()


FEW = replace(two_state.FLEETS["frequent"], replications=301)


def down_share(law: str) -> Measured:
    values = two_state.histories.__wrapped__(FEW, law)[:, 0]
    return Measured(values.mean(), values.std(ddof=1) / math.sqrt(len(values)), sampled=True)


def test_histories_that_start_with_all_units_well_fail_v4(monkeypatch):
    def all_well(self):
        self.state.until_s = self._up_s()

    assert agrees(0.1, down_share("exponential"), z_limit(18))
    monkeypatch.setattr(SharedFault, "begin", all_well)
    assert not agrees(0.1, down_share("exponential"), z_limit(18))


# ---- rules of comparison ------------------------------------------------------------------------


def test_the_limit_of_z_is_the_corrected_half_per_cent():
    for numbers in (1, 18, 80):
        each = math.erfc(z_limit(numbers) / math.sqrt(2.0))
        assert each * numbers == pytest.approx(0.005, rel=1e-9)


@pytest.mark.parametrize(
    ("expected", "measured", "passed"),
    [
        (0.5, Measured(0.5 + 4e-7), True),
        (0.5, Measured(0.5 + 6e-7), False),
        (0.5, Measured(0.5, se=6e-7), False),
        (0.0, Measured(1e-5), False),
        (0.1, Measured(0.128, 0.01, sampled=True), True),
        (0.1, Measured(0.132, 0.01, sampled=True), False),
        (0.1, Measured(0.1, 0.0101, sampled=True), False),
        (0.9998, Measured(0.9998, 2.1e-2, sampled=True), False),
        (0.5, Measured(0.5, 0.0, sampled=True), False),
        (0.5, Measured(math.nan), False),
    ],
)
def test_agreement(expected, measured, passed):
    assert agrees(expected, measured, 3.0) is passed


# ---- a second seed ------------------------------------------------------------------------------


def test_a_second_seed_is_told_and_decides_nothing():
    first = run_checks(["UNIPEDE", "V7/generator-fails/ride-through-s"])
    both = run_checks(["UNIPEDE", "V7/generator-fails/ride-through-s"], second_seed=7)
    assert [(c.name, c.got, c.passed) for c in both] == [(c.name, c.got, c.passed) for c in first]
    for check in both:
        told = {"got2", "z2"} & set(check.to_dict())
        assert told == ({"got2", "z2"} if check.sampled else set())
        if check.sampled:
            assert check.got2 != check.got
            assert abs(check.z2) < 5.0
    far = replace(CHECKS["UNIPEDE"], expected={"UNIPEDE/mixed/itic": 0.36})
    (check,) = run_checks([], suites={"UNIPEDE": far}, second_seed=7)
    assert check.repeated(Measured(0.9, 0.001, sampled=True)).passed


# ---- choosing -----------------------------------------------------------------------------------


def test_a_path_selects_what_lies_below():
    seen = []
    checks = run_checks(["V1/with-battery/start-1", "V9/no-failure/energy-j"], seen.append)
    assert [c.name for c in checks] == [
        "V1/with-battery/start-1/1h", "V1/with-battery/start-1/2h", "V1/with-battery/start-1/3h",
        "V9/no-failure/energy-j",
    ]  # fmt: skip
    assert seen == checks
    assert list(checks[0].to_dict()) == ["name", "source", "expected", "got", "se", "passed"]
    assert all(check.source for check in checks)


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("V1/with-batery", "V1/with-battery"), ("V9/no-failures", "V9/no-failure"), ("V77", "V7")],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(wrong, near):
    with pytest.raises(InputError, match=f"'{wrong}' .did you mean '{near}'"):
        run_checks(["V2", wrong])


def test_a_name_is_not_completed_within_a_word():
    with pytest.raises(InputError):
        run_checks(["V1/with"])
