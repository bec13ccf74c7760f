"""The simulated calendar: years of 8,760 hours, local standard time.

Leap days are left out so that every year has the same number of hours; week days run on without a
break from the weekday of 1 January of the start year. Calendar time exists only in profiles and
reports; the simulation's clock is seconds since the scenario's start.
"""

from __future__ import annotations

import datetime as dt

HOUR_S = 3600.0
DAY_S = 86_400.0
HOURS_PER_YEAR = 8760
YEAR_S = HOURS_PER_YEAR * HOUR_S
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MONTH_START_DAY = tuple(sum(MONTH_DAYS[:m]) for m in range(13))
MONTH_START_S = tuple(d * DAY_S for d in MONTH_START_DAY)


def weekday(start_year: int, year: int, day_of_year: int) -> int:
    """Return the weekday (Monday 0) of a day of a simulated year (both counted from zero)."""
    first = dt.date(start_year, 1, 1).weekday()
    return (first + year * 365 + day_of_year) % 7


def timestamp(start_year: int, time_s: float) -> str:
    """Return the simulated local date and time as ``YYYY-MM-DD HH:MM:SS.mmm``."""
    year, rest = divmod(time_s, YEAR_S)
    day, second = divmod(rest, DAY_S)
    date = dt.date(2025, 1, 1) + dt.timedelta(days=int(day))  # 2025 has no leap day
    milli = round(second * 1000.0)
    if milli >= 86_400_000:  # rounding up to midnight
        return timestamp(start_year, round(time_s))
    clock = (dt.datetime(2025, 1, 1) + dt.timedelta(milliseconds=milli)).strftime("%H:%M:%S.%f")
    return f"{start_year + int(year):04d}-{date:%m-%d} {clock[:-3]}"
