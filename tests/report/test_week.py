"""An ordinary week: the right days, half-hour by half-hour, and energy that adds up."""

from __future__ import annotations

import numpy as np
import pytest

from twin.cli import session
from twin.contracts.timeline import ProfileContext
from twin.plant import trace_replication
from twin.plant.exogenous import Exogenous
from twin.report import Week, typical_week
from twin.scenario import Scenario


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    calm = [f"grid.{kind}.rate_per_year=0" for kind in ("sags", "outages")]
    return session.load("tiny", [*calm, "load.core_kw=0"])


@pytest.fixture(scope="module")
def week(tiny: Scenario) -> Week:
    found = typical_week(tiny, 1, ["centralized", "distributed"])
    assert found is not None
    return found


def test_it_runs_from_monday_to_sunday(week: Week) -> None:
    assert week.start == "2026-01-12"  # a Monday
    assert week.first_weekday == 0
    assert week.table["hour"].tolist() == (np.arange(336) / 2 + 0.25).tolist()


def test_prices_and_sun_are_those_of_the_calendar(tiny: Scenario, week: Week) -> None:
    world = Exogenous(tiny, ProfileContext(1, 0, tiny.start_year, tiny.horizon_s))
    tariff = world.tariff(0)
    first = 11 * 48  # 12 January
    expected = tariff.price_usd_per_kwh[tariff.period[first : first + 336]]
    assert week.table["price_usd_per_kwh"].tolist() == expected.tolist()
    sun = world.pv(0, tiny.architectures["distributed"].tables["pv"])[11 * 24 : 18 * 24]
    assert week.table["pv_mw"].tolist() == pytest.approx(np.repeat(sun * 0.3, 2).tolist())


def test_charge_follows_from_power(tiny: Scenario, week: Week) -> None:
    """What the cells lose in a half-hour of discharge is what the bus gets, and the losses."""
    power = week.table["storage_mw:distributed"].to_numpy()
    soc = week.table["soc:distributed"].to_numpy()
    steady = np.flatnonzero((np.abs(np.diff(power)) < 1e-9) & (power[1:] > 0.05))
    assert steady.size > 20
    cells_mw = -(soc[steady + 1] - soc[steady]) * 4 * 0.92 / 0.5
    share = cells_mw / power[steady]
    few_per_cent = (share > 1.02) & (share < 1.12)
    assert few_per_cent.mean() > 0.95, "in others a job stops for a while, and so does its power"
    assert np.abs(week.table["storage_mw:centralized"]).max() < 1e-3, "a UPS does not trade"


def test_import_is_what_the_site_needs_less_sun_and_storage(week: Week) -> None:
    table = week.table
    need = {n: table[f"import_mw:{n}"] + table["pv_mw"] + table[f"storage_mw:{n}"]
            for n in week.architectures}  # fmt: skip
    quiet = need["centralized"].median()
    assert (need["distributed"] - quiet).abs().median() < 0.06 * quiet


def test_a_week_needs_a_horizon(tiny: Scenario) -> None:
    short = session.load("tiny", ["horizon_years=0.03"])
    assert typical_week(short, 1, ["distributed"]) is None


def test_even_samples_do_not_change_the_run(tiny: Scenario) -> None:
    """The same instants, sampled by a run that goes on and by one that stops."""
    who = (tiny, 1, 0, "distributed")
    dense = trace_replication(*who, (864_000.0, 864_600.0)).series
    even = trace_replication(*who, (864_000.0, 864_600.0), 200.0).series
    assert even["time_s"].tolist() == [864_100.0, 864_300.0, 864_500.0]
    same = dense.set_index("time_s").loc[even["time_s"]]
    for column in ("it_w", "import_w", "soc_mean", "price_usd_per_kwh", "pv_available_w"):
        assert even[column].tolist() == pytest.approx(same[column].tolist(), rel=1e-9)
