from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from profiles import _tables, photovoltaic, weather
from profiles.photovoltaic import PvYield, chain, clear_sky, interpolated, table
from twin.contracts.timeline import Array, ProfileContext
from twin.contracts.world import Site
from twin.errors import ScenarioError
from twin.streams import generator

MakeContext = Callable[..., ProfileContext]

SINGAPORE = Site(latitude_deg=1.35, longitude_deg=103.99, altitude_m=16.0, utc_offset_h=8.0)
HO_CHI_MINH_CITY = Site()


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        table.cache_clear()
        yield folder / "ridethrough"
    table.cache_clear()


@pytest.mark.parametrize(
    ("site", "kwh_per_m2"), [(SINGAPORE, 2386.0), (HO_CHI_MINH_CITY, 2364.0)], ids=["SG", "HCMC"]
)
def test_annual_clear_sky_irradiance(site: Site, kwh_per_m2: float) -> None:
    assert clear_sky(site).ghi.sum() / 1000.0 == pytest.approx(kwh_per_m2, rel=0.005)


def test_singapores_yield(context: MakeContext) -> None:
    # 1,188 kWh/kWdc by the same pvlib chain from the Singapore-Changi TMY. Known differences: the
    # clearness statistics are rounded to 0.01 (0.7 %), wind and air temperature are constant or
    # cosines instead of the TMY's (1 m/s is 0.5 %). 60 years leave a standard error of 0.27 %.
    plant = PvYield(SINGAPORE)
    years = [plant.year(context(r), 0).sum() for r in range(60)]
    assert np.mean(years) == pytest.approx(1188.0, rel=0.015)
    assert 0.01 < np.std(years) / np.mean(years) < 0.035


@pytest.mark.parametrize(
    "plant",
    [
        PvYield(SINGAPORE),
        PvYield(HO_CHI_MINH_CITY, tilt_deg=25.0, azimuth_deg=90.0, dc_ac_ratio=1.5),
    ],
    ids=["default", "steep, east, clipped"],
)
def test_the_table_agrees_with_pvlib(plant: PvYield) -> None:
    sky, rows = clear_sky(plant.site), table(plant)
    for replication in range(3):
        hours = weather.clearness(generator(7, replication, "weather/0"), rows.daylight)
        whole_year = np.zeros(8760)
        whole_year[rows.daylight] = hours
        direct = chain(plant, sky, whole_year)
        ours = interpolated(rows, hours)
        assert ours.sum() == pytest.approx(direct.sum(), rel=0.003)
        assert np.abs(ours - direct).max() < 0.02


def test_nodes_of_the_table_are_met_exactly() -> None:
    plant = PvYield(SINGAPORE)
    rows = table(plant)
    for k, value in enumerate(photovoltaic.CLEARNESS_GRID):
        ours = interpolated(rows, np.full(len(rows.daylight), value))
        np.testing.assert_allclose(ours[rows.daylight], rows.power[:, k], atol=1e-12)


def test_power_has_day_and_night_and_a_ceiling(context: MakeContext) -> None:
    days = PvYield(HO_CHI_MINH_CITY, dc_ac_ratio=1.5).year(context(), 0).reshape(365, 24)
    assert days[:, :5].max() == days[:, 19:].max() == 0.0
    assert days.min() == 0.0
    assert days.max() == pytest.approx(1.0 / 1.5, rel=1e-6)  # the inverter's rating
    assert days.mean(axis=0).argmax() in (11, 12)


def test_local_time_follows_the_offset(context: MakeContext) -> None:
    utc = SINGAPORE.model_copy(update={"utc_offset_h": 0.0})
    noon = PvYield(utc).year(context(), 0).reshape(365, 24).mean(axis=0).argmax()
    assert noon in (4, 5)


def test_weather_repeats_by_seed_and_differs_by_year(context: MakeContext) -> None:
    plant = PvYield(SINGAPORE)
    first = plant.year(context(), 0)
    np.testing.assert_array_equal(first, plant.year(context(), 0))
    for other in (
        plant.year(context(), 1),
        plant.year(context(1), 0),
        plant.year(context(seed=2), 0),
    ):
        assert np.mean(first != other) > 0.4


def test_plants_of_different_build_see_the_same_weather(context: MakeContext) -> None:
    # noon of an overcast hour is overcast for both
    flat = PvYield(SINGAPORE, tilt_deg=0.0)
    steep = PvYield(SINGAPORE, tilt_deg=60.0, azimuth_deg=0.0)
    np.testing.assert_array_equal(table(flat).daylight, table(steep).daylight)
    noon = np.arange(12, 8760, 24)
    pair = [p.year(context(), 0)[noon] for p in (flat, steep)]
    assert np.corrcoef(pair[0], pair[1])[0, 1] > 0.7


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tilt_deg", 60.0),
        ("losses_percent", 20.0),
        ("temp_coefficient", -0.005),
        ("dc_ac_ratio", 2.0),
    ],
)
def test_worse_plants_yield_less(context: MakeContext, name: str, value: float) -> None:
    plain = PvYield(SINGAPORE).year(context(), 0).sum()
    assert PvYield(SINGAPORE, **{name: value}).year(context(), 0).sum() < 0.98 * plain


def test_modules_that_look_east_work_in_the_morning(context: MakeContext) -> None:
    def morning(azimuth_deg: float) -> float:
        plant = PvYield(HO_CHI_MINH_CITY, tilt_deg=40.0, azimuth_deg=azimuth_deg)
        hours = plant.year(context(), 0).reshape(365, 24).sum(axis=0)
        return float(hours[:12].sum() / hours.sum())

    assert morning(90.0) > 0.6 > 0.45 > morning(270.0)


def test_the_sites_weather_moves_the_yield(context: MakeContext) -> None:
    def annual(**changes: float) -> float:
        return float(PvYield(SINGAPORE.model_copy(update=changes)).year(context(), 0).sum())

    plain = annual()
    assert annual(clearness_scale=0.8) == pytest.approx(0.8 * plain, rel=0.05)
    assert annual(temperature_mean_c=17.6) == pytest.approx(1.035 * plain, rel=0.005)


@pytest.mark.parametrize(
    ("name", "value"),
    [("tilt_deg", 91.0), ("dc_ac_ratio", 0.0), ("losses_percent", float("nan")),
     ("temp_coefficient", 0.004), ("azimuth_deg", -90.0)],
)  # fmt: skip
def test_bad_parameters_are_refused(name: str, value: float) -> None:
    with pytest.raises(ScenarioError, match=rf"pv\.{name}: .* is out of range"):
        PvYield(SINGAPORE, **{name: value})


def test_a_plant_travels_to_workers() -> None:
    plant = PvYield(SINGAPORE)
    assert pickle.loads(pickle.dumps(plant)) == plant


def test_table_comes_from_disk_and_damage_is_mended(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = PvYield(SINGAPORE, tilt_deg=11.0)
    before = set(cache.glob("pv-*.npz")) if cache.exists() else set()
    first = table(plant).power
    (stored,) = set(cache.glob("pv-*.npz")) - before
    intact = stored.read_bytes()
    for damage in (b"", intact[:1000], b"\x80\x04K\x01.", intact[:5000] + b"x" + intact[5001:]):
        stored.write_bytes(damage)
        table.cache_clear()
        np.testing.assert_array_equal(table(plant).power, first)
        assert stored.read_bytes() == intact
    table.cache_clear()
    monkeypatch.setattr(photovoltaic, "tabulated", lambda plant: pytest.fail("computed again"))
    np.testing.assert_array_equal(table(plant).power, first)


def test_clearness_scale_needs_no_table_of_its_own(cache: Path) -> None:
    table(PvYield(SINGAPORE))
    before = set(cache.glob("pv-*.npz"))
    table(PvYield(SINGAPORE.model_copy(update={"clearness_scale": 0.9})))
    assert set(cache.glob("pv-*.npz")) == before


def test_another_shape_or_nan_is_computed_anew(cache: Path) -> None:
    cache.mkdir(exist_ok=True)
    for wrong in (np.zeros((3, 3)), np.full((2, 2), np.nan), np.zeros((2, 2), dtype=np.float32)):
        np.savez(cache / "thing.npz", table=wrong)
        assert _tables.cached("thing", (2, 2), lambda: np.ones((2, 2))).tolist() == [[1, 1]] * 2
    np.savez(cache / "thing.npz", other=np.ones((2, 2)))
    assert _tables.cached("thing", (2, 2), lambda: np.ones((2, 2))).tolist() == [[1, 1]] * 2


def test_a_cache_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocker))
    calls: list[int] = []

    def compute() -> Array:
        calls.append(1)
        return np.ones((2, 2))

    for _ in range(2):
        assert _tables.cached("thing", (2, 2), compute).shape == (2, 2)
    assert len(calls) == 2
    assert blocker.read_text() == "in the way"


def test_start_up_imports_no_slow_library() -> None:
    code = (
        "import sys; from twin import registry; list(registry.kinds('sags'));"
        "import profiles.photovoltaic; print([m for m in ('pvlib', 'pandas', 'scipy.stats')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
