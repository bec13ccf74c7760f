"""The real parts: what the documentation shows and what is shipped loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twin.errors import ScenarioError
from twin.scenario import Scenario, describe, shipped

DOCS = Path(__file__).parents[2] / "docs" / "scenario.md"
NAMES = [name for name, _ in shipped()]


def documented(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(), re.DOTALL)


@pytest.mark.usefixtures("real_parts")
def test_the_documented_file_loads() -> None:
    scenario = Scenario.from_text(documented("toml")[0])
    assert list(scenario.architectures) == ["centralized", "distributed"]
    by_key = {row.key: row for row in describe(scenario)}
    assert by_key["grid.contracted_kw"].source == "supply contract 2025"


@pytest.mark.usefixtures("real_parts")
def test_the_documented_sources_are_read() -> None:
    whole, pv = documented("toml")
    both = re.sub(r"\[pv\].*?\n\n", lambda _: f"{pv}\n", whole, flags=re.DOTALL)
    by_key = {row.key: row for row in describe(Scenario.from_text(both))}
    assert by_key["pv.peak_kw"].assumed
    measured = by_key["pv.temp_coefficient_per_k"]
    assert measured.source.endswith("measured at standard test conditions")
    assert measured.confidence == "A"


@pytest.mark.usefixtures("real_parts")
def test_the_documented_complaints_are_made() -> None:
    text = documented("toml")[0].replace("sets = 6", "sts = 6").replace("pods = 32", "pods = 0")
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(text, origin="my-site.toml")
    assert set(documented("text")[0].splitlines()) <= set(str(caught.value).splitlines())


@pytest.mark.usefixtures("real_parts")
@pytest.mark.parametrize("name", NAMES)
def test_shipped_scenarios_load_and_read_back(name: str) -> None:
    scenario = Scenario.load(name)
    assert scenario.name == name
    assert scenario.description
    assert Scenario.from_text(scenario.to_toml()).digest == scenario.digest


WITH_UTILITY = [name for name in NAMES if name != "off-grid"]


@pytest.mark.usefixtures("real_parts")
@pytest.mark.parametrize("name", WITH_UTILITY)
@pytest.mark.parametrize(
    "change",
    [
        "horizon_years=2",
        "grid.sags.rate_per_year=7",
        "grid.outages.rate_per_year=7",
        "grid.outages.duration_median_h=0.7",
        "load.kind=constant",
        "pv.peak_kw=7",
        "diesel.sets=9",
        "architectures.distributed.storage.energy_kwh=777",
    ],
)
def test_keys_that_others_set_can_be_set(name: str, change: str) -> None:
    as_it_was = (name, change) == ("telecom-site", "load.kind=constant")
    same = Scenario.load(name, [change]).digest == Scenario.load(name).digest
    assert same is as_it_was


@pytest.mark.usefixtures("real_parts")
@pytest.mark.parametrize("change", ["grid.outages.rate_per_year=7", "grid.sags.rate_per_year=7"])
def test_a_site_without_a_utility_has_no_disturbances_to_set(change: str) -> None:
    with pytest.raises(ScenarioError, match=r"there can be no outages|grid\.sags\.kind is missing"):
        Scenario.load("off-grid", [change])


@pytest.mark.usefixtures("real_parts")
def test_a_job_larger_than_the_cluster_is_refused() -> None:
    jobs = '[{name="x", days=1, jobs=[{name="huge", gpus=4096}]}]'
    with pytest.raises(ScenarioError, match=r"'huge' of 'x' needs 4096 GPUs, the cluster has 1024"):
        Scenario.load("tiny", [f"load.campaigns={jobs}"])
