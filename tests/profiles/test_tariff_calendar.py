from __future__ import annotations

import datetime as dt
import pickle
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from profiles.tariff import FlatTariff, TouTariff
from twin import registry
from twin.contracts.calendar import MONTH_START_DAY, weekday

VIETNAM: dict[str, Any] = {
    "currency": "VND",
    "currency_per_usd": 26400,
    "periods": [
        {"name": "standard", "price_per_kwh": 1895},
        {
            "name": "peak",
            "price_per_kwh": 3460,
            "windows": [
                {"days": "mon-sat", "start": "09:30", "end": "11:30"},
                {"days": "mon-sat", "start": "17:00", "end": "20:00"},
            ],
        },
        {
            "name": "off-peak",
            "price_per_kwh": 1234,
            "windows": [{"start": "22:00", "end": "04:00"}],
        },
    ],
}


def tou(*windows: dict[str, Any], **more: Any) -> TouTariff:
    periods = [
        {"name": "rest", "price_per_kwh": 1.0},
        {"name": "peak", "price_per_kwh": 2.0, "windows": list(windows)},
    ]
    return TouTariff.model_validate({"periods": periods, **more})


def peak_slots(tariff: TouTariff, start_year: int, year: int) -> set[tuple[int, int]]:
    slots = np.flatnonzero(tariff.year(start_year, year).period == 1)
    return {(int(s) // 48, int(s) % 48) for s in slots}


def test_vietnam_hours_per_week_and_price_ratio() -> None:
    tariff = TouTariff.model_validate(VIETNAM)
    for year in range(10):
        prices = tariff.year(2025, year)
        assert prices.period.shape == (17_520,)
        week = prices.period[: 7 * 48]
        hours = {name: (week == k).sum() / 2 for k, name in enumerate(prices.names)}
        assert hours == {"standard": 96.0, "peak": 30.0, "off-peak": 42.0}
        standard, peak, off_peak = prices.price_usd_per_kwh
        assert peak / off_peak == pytest.approx(2.80, abs=0.005)
        assert standard == pytest.approx(0.07178, abs=1e-5)


def test_vietnam_day_by_hand() -> None:
    tariff = TouTariff.model_validate(VIETNAM)
    period = tariff.year(2025, 0).period.reshape(365, 48)  # 1 January 2025 was a Wednesday
    wednesday = [2] * 8 + [0] * 11 + [1] * 4 + [0] * 11 + [1] * 6 + [0] * 4 + [2] * 4
    sunday = [2] * 8 + [0] * 36 + [2] * 4
    assert period[0].tolist() == wednesday
    assert period[3].tolist() == wednesday  # Saturday
    assert period[4].tolist() == sunday


def test_weekdays_run_on_across_years() -> None:
    tariff = tou({"days": "sun", "start": "00:00", "end": "24:00"})
    days = np.concatenate([tariff.year(2025, y).period.reshape(365, 48)[:, 20] for y in range(12)])
    sundays = np.flatnonzero(days == 1)
    assert sundays[0] == 4
    assert set(np.diff(sundays)) == {7}
    assert sundays[-1] == 4379


@pytest.mark.parametrize("start_year", [2024, 2025, 2028])
def test_against_a_calendar_walked_slot_by_slot(start_year: int) -> None:
    tariff = tou(
        {"days": "sat", "months": "dec-jan,jun", "start": "22:00", "end": "06:30"},
        {"days": "tue,thu", "months": "mar", "start": "13:30", "end": "24:00"},
    )
    for year in range(8):
        expected = set()
        for day in range(-1, 365):
            month = 12 if day == -1 else sum(start <= day for start in MONTH_START_DAY)
            dow = weekday(start_year, year, day)
            if dow == 5 and month in (12, 1, 6):
                expected |= {(day, s) for s in range(44, 48)} | {(day + 1, s) for s in range(13)}
            if dow in (1, 3) and month == 3:
                expected |= {(day, s) for s in range(27, 48)}
        inside = {(d, s) for d, s in expected if 0 <= d < 365}
        assert peak_slots(tariff, start_year, year) == inside


def test_a_window_past_midnight_crosses_the_new_year() -> None:
    tariff = tou({"days": "wed", "start": "23:00", "end": "01:00"})
    # 31 December 2025 is a Wednesday
    assert dt.date(2025, 12, 31).weekday() == 2
    assert {(364, 46), (364, 47)} <= peak_slots(tariff, 2025, 0)
    assert {(0, 0), (0, 1)} <= peak_slots(tariff, 2025, 1)
    assert (0, 2) not in peak_slots(tariff, 2025, 1)


def test_windows_that_touch_do_not_overlap() -> None:
    periods = [
        {"name": "rest", "price_per_kwh": 2.0},
        {"name": "a", "price_per_kwh": 1.0, "windows": [{"start": "00:00", "end": "08:00"}]},
        {"name": "b", "price_per_kwh": 3.0, "windows": [{"start": "08:00", "end": "24:00"}]},
    ]
    period = TouTariff.model_validate({"periods": periods}).year(2025, 0).period
    assert np.bincount(period).tolist() == [0, 365 * 16, 365 * 32]


def test_windows_of_one_period_may_overlap() -> None:
    tariff = tou({"start": "08:00", "end": "12:00"}, {"start": "10:00", "end": "13:00"})
    assert len(peak_slots(tariff, 2025, 0)) == 365 * 10


def test_the_callers_copy_is_its_own() -> None:
    tariff = TouTariff.model_validate(VIETNAM)
    tariff.year(2025, 0).period[:] = 7
    assert tariff.year(2025, 0).period.max() == 2


def test_use_leaves_a_tariff_what_it_was() -> None:
    tariff, fresh = TouTariff.model_validate(VIETNAM), TouTariff.model_validate(VIETNAM)
    tariff.year(2025, 0)
    assert tariff == fresh
    fresh.year(2025, 0)
    assert tariff == fresh
    assert pickle.loads(pickle.dumps(tariff)) == tariff
    assert TouTariff.model_validate(tariff.model_dump()) == tariff


def test_charges_are_converted() -> None:
    tariff = tou(
        {"start": "08:00", "end": "12:00"},
        currency="CNY", currency_per_usd=7.2, demand_per_kw_month=44.8, demand_period_min=15,
        fixed_per_month=72.0, export_price_per_kwh=0.36,
    )  # fmt: skip
    assert tariff.demand_usd_per_kw_month == pytest.approx(44.8 / 7.2)
    assert tariff.fixed_usd_per_month == pytest.approx(10.0)
    assert tariff.export_usd_per_kwh == pytest.approx(0.05)
    assert tariff.demand_period_min == 15
    assert tariff.year(2025, 0).price_usd_per_kwh.tolist() == [1 / 7.2, 2 / 7.2]


def test_flat() -> None:
    prices = FlatTariff(price_per_kwh=720.0, currency="XYZ", currency_per_usd=7200.0).year(2025, 3)
    assert prices.price_usd_per_kwh.tolist() == [0.1]
    assert prices.period.shape == (17_520,)
    assert not prices.period.any()
    assert prices.names == ("flat",)


def window(**changes: str) -> dict[str, Any]:
    return {"start": "08:00", "end": "12:00", **changes}


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        ([window(days="mon-sut")], r"unknown name 'sut' \(did you mean 'su"),
        ([window(days="")], "unknown name ''"),
        ([window(days="mon-wed-fri")], "'mon-wed-fri' is no range; write e.g. mon-fri"),
        ([window(months="jan-dez")], r"unknown name 'dez' \(did you mean 'dec'\?\)"),
        ([window(start="09:15")], "'09:15' lies between half-hours"),
        ([window(start="9:30")], "'9:30' is no time of day"),
        ([window(end="24:30")], "'24:30' is no time of day"),
        ([window(end="12:60")], "'12:60' is no time of day"),
        ([window(end="1-:00")], "is no time of day"),
        ([window(end="08:00")], "start and end are both 08:00"),
        ([window(start="24:00", end="02:00")], "start 24:00 belongs to the next day"),
        ([window(day="mon")], "Extra inputs"),
    ],
)
def test_bad_windows_are_refused(windows: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        tou(*windows)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (window(), window(start="11:30", end="14:00")),
        (window(days="mon-fri"), window(days="fri-sun")),
        (window(start="22:00", end="04:00"), window(start="03:30", end="05:00")),
        (window(days="sat", start="22:00", end="04:00"), window(days="sun", start="00:00")),
        (window(months="dec", start="22:00", end="02:00"), window(months="jan", start="01:00")),
    ],
)
def test_overlapping_periods_are_refused(first: dict[str, Any], second: dict[str, Any]) -> None:
    periods = [
        {"name": "rest", "price_per_kwh": 2.0},
        {"name": "day", "price_per_kwh": 1.0, "windows": [first]},
        {"name": "dear", "price_per_kwh": 3.0, "windows": [second]},
    ]
    with pytest.raises(ValidationError, match="windows of 'day' and 'dear' overlap"):
        TouTariff.model_validate({"periods": periods})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"periods": []}, "at least 1"),
        ({"periods": [{"name": "a", "price_per_kwh": 1.0, "windows": [window()]}]}, "found: none"),
        ({"periods": [{"name": n, "price_per_kwh": 1.0} for n in "ab"]}, "found: a, b"),
        ({"periods": [{"name": "a", "price_per_kwh": 1.0}] * 2}, "same name"),
        ({"periods": [{"name": "a", "price_per_kwh": -1.0}]}, "price_per_kwh"),
        ({**VIETNAM, "currency": "USD"}, "but currency is USD"),
        ({k: v for k, v in VIETNAM.items() if k != "currency_per_usd"}, "currency_per_usd is miss"),
        ({**VIETNAM, "demand_period_min": 20}, "demand_period_min"),
        ({**VIETNAM, "demand_per_kw_month": -1.0}, "demand_per_kw_month"),
    ],
)
def test_bad_tariffs_are_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TouTariff.model_validate(body)


def test_kinds_are_registered() -> None:
    assert [k.kind for k in registry.kinds("tariff")] == ["flat", "none", "tou"]
    assert [k.kind for k in registry.kinds("node_faults")] == ["none", "poisson", "script"]
