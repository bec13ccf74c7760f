"""UPS blocks: bypass, common causes, hidden faults of strings, maintenance."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tests.plant.small_plants import SURE_UPS, heard, plant_of, run, site
from twin.contracts.calendar import HOUR_S, YEAR_S
from twin.errors import ScenarioError
from twin.streams import Cause

H = HOUR_S
OUTAGE = [(10.0 * H, 120.0, 0.0)]
SURE = SURE_UPS | {
    "bypass_fault_per_year": 0.0, "string_fault_per_year": 0.0, "maintenance_per_year": 0.0,
    "common_cause": 0.0, "repair_law": "fixed",
}  # fmt: skip
PODS_OF_A_BLOCK = 2


def first(kind: str, at_s: float, rate_per_year: float = 1.0) -> Callable[[Cause], float | None]:
    """Return draws with which the first fault of a kind in block 1 comes at a time; no other."""

    def forced(cause: Cause) -> float | None:
        if cause[1] == kind and len(cause) == 3:
            mine = cause[0] == "storage@block-01" and cause[2] == 0
            return 1.0 - math.exp(-at_s * rate_per_year / YEAR_S) if mine else 1.0 - 1e-12
        return None

    return forced


def test_a_common_cause_takes_the_whole_block_to_bypass() -> None:
    """One module per year and block, all faults common: the block's pods see the outage."""
    ups = SURE | {"module_mtbf_h": 8760.0, "common_cause": 1.0, "repair_h": 2.0}
    forced = first("common", 9.5 * H)
    plant = run(site(storage=ups), OUTAGE, forced=forced)
    assert heard(plant, "on bypass") == [pytest.approx(9.5 * H)]
    assert heard(plant, "off bypass") == [pytest.approx(11.5 * H)]
    assert len(heard(plant, "lost")) == PODS_OF_A_BLOCK
    quiet = run(site(storage=ups), [], forced=forced)
    assert heard(quiet, "lost") == []  # the mains were there


def test_without_a_bypass_nothing_is_left_to_fall_back_to() -> None:
    ups = SURE | {"bypass_fault_per_year": 1.0, "bypass_repair_h": 4.0, "takeover_failure": 1.0}
    sag = [(10.0 * H, 0.1, 0.75)]  # a supply rides through it: on bypass nothing would be lost
    assert heard(run(site(storage=ups), sag, forced=first("bypass", 20.0 * H)), "lost") == []
    plant = run(site(storage=ups), sag, forced=first("bypass", 9.0 * H))
    assert len(heard(plant, "lost")) == PODS_OF_A_BLOCK


def test_a_block_without_inverter_and_bypass_is_dark_until_one_is_back() -> None:
    ups = SURE | {"bypass_fault_per_year": 1.0, "bypass_repair_h": 4.0,
                  "module_mtbf_h": 8760.0, "common_cause": 1.0, "repair_h": 2.0}  # fmt: skip
    bypass, common = first("bypass", 5.0 * H), first("common", 6.0 * H)

    def forced(cause: Cause) -> float | None:
        found = bypass(cause)
        return common(cause) if found is None else found

    plant = run(site(storage=ups), [], forced=forced)
    assert heard(plant, "lost") == [pytest.approx(6.0 * H)] * PODS_OF_A_BLOCK
    assert {fact.loss.initiator.kind for fact in plant.losses} == {"ups"}
    back = heard(plant, "powered")
    assert 8.0 * H <= back[0] < 8.1 * H


STRINGS = SURE | {"string_fault_per_year": 1.0, "string_test_days": 1.0, "string_repair_h": 3.0}


def hidden(at_s: float, test_phase: float) -> Callable[[Cause], float | None]:
    string = first("string-0", at_s)

    def forced(cause: Cause) -> float | None:
        if cause[1] == "test":
            return test_phase
        if str(cause[1]).startswith("string-1") and len(cause) == 3:
            return 1.0 - 1e-12
        return string(cause)

    return forced


def test_a_hidden_fault_is_found_when_the_string_is_needed() -> None:
    plant = run(site(storage=STRINGS), OUTAGE, forced=hidden(8.0 * H, 0.75))
    assert len(heard(plant, "lost")) == PODS_OF_A_BLOCK
    assert heard(plant, "string fault found") == [pytest.approx(10.0 * H)]
    assert heard(plant, "string back") == [pytest.approx(13.0 * H)]
    (fact,) = plant.losses
    assert (fact.loss.initiator.kind, fact.loss.path) == ("outage", "hidden fault")


def test_a_test_before_finds_it_and_the_string_is_back_in_time() -> None:
    plant = run(site(storage=STRINGS), OUTAGE, forced=hidden(5.0 * H, 0.25))
    assert heard(plant, "string fault found") == [pytest.approx(6.0 * H)]
    assert heard(plant, "lost") == []


def test_a_string_to_spare_covers_a_hidden_fault() -> None:
    plant = run(site(storage=STRINGS | {"strings_needed": 1}), OUTAGE, forced=hidden(8.0 * H, 0.75))
    assert heard(plant, "string fault found") == [pytest.approx(10.0 * H)]
    assert heard(plant, "lost") == []


SERVED = SURE | {"maintenance_per_year": 1.0, "maintenance_h": 4.0}


def at(hour: float) -> Callable[[Cause], float | None]:
    def forced(cause: Cause) -> float | None:
        if cause[1] != "maintenance":
            return None
        return hour * H / YEAR_S if cause[0] == "storage@block-01" else 0.9

    return forced


def test_maintenance_exposes_its_block() -> None:
    plant = run(site(storage=SERVED), OUTAGE, forced=at(8.0))
    assert heard(plant, "on bypass") == [pytest.approx(8.0 * H)]
    assert heard(plant, "off bypass") == [pytest.approx(12.0 * H)]
    assert len(heard(plant, "lost")) == PODS_OF_A_BLOCK


def test_maintenance_waits_until_nothing_is_wrong() -> None:
    case = site(storage=SERVED, hours=48.0)
    plant = run(case, [(10.0 * H, 120.0, 0.0)], forced=at(10.0 + 60.0 / 3600.0))
    assert heard(plant, "on bypass") == [pytest.approx(34.0 * H + 60.0)]
    assert heard(plant, "lost") == []


def test_modules_are_repaired_each_for_itself() -> None:
    """Two faults an hour apart, repairs of two hours: the second is back an hour after the first."""
    ups = SURE | {"module_mtbf_h": 8760.0, "repair_h": 2.0}

    def forced(cause: Cause) -> float | None:
        if cause[0] != "storage@block-01" or len(cause) != 3:
            return 1.0 - 1e-12 if str(cause[1]).startswith("fault") else None
        hours, rate = {("fault", 0): (5.0, 3.0), ("fault", 1): (1.0, 2.0)}.get(cause[1:], (1e9, 1.0))
        if str(cause[1]).startswith("fault"):
            return 1.0 - math.exp(-hours * H * rate / YEAR_S) if hours < 1e9 else 1.0 - 1e-12
        return None

    plant = plant_of(site(storage=ups), [], forced=forced)
    plant.run()
    assert heard(plant, "fault", "storage@block-01") == pytest.approx([5.0 * H, 6.0 * H])
    assert heard(plant, "repaired", "storage@block-01") == pytest.approx([7.0 * H, 8.0 * H])


def test_more_strings_needed_than_there_are_is_refused() -> None:
    table: dict[str, Any] = SURE | {"strings": 2, "strings_needed": 3}
    with pytest.raises(ScenarioError, match="strings_needed = 3 is more than strings = 2"):
        site(storage=table)
