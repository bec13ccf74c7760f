"""The split of a difference: parts that add up, with intervals of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from twin.estimate import combined_ratios, paired_ratio_difference
from twin.metrics import METRICS
from twin.results.estimating import Exposure
from twin.results.split import Split, signs, split

CHAIN = ["a", "b", "c", "d", "e", "f"]
STEPS = ["location", "coupling", "size", "dispatch", "location"]
N = 30


def rows(seed: int = 3) -> pd.DataFrame:
    """Return rows in which each step adds something of its own to common luck."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=N)
    found = []
    for i, name in enumerate(CHAIN):
        own = rng.normal(scale=0.1, size=N)
        found.append(
            pd.DataFrame({
                "replication": np.arange(N),
                "architecture": name,
                "electricity_cost_usd_per_year": 100.0 * i + common + own,
                "tco_npv_usd": 7.0 * i**2 + 5.0 * common + own,
                "pod_losses_per_year": rng.poisson(3 + i, size=N) / 10.0,
                "degradation_index_num": rng.uniform(0.0, 1.0 + i, size=N),
                "degradation_index_den": rng.uniform(10.0, 12.0, size=N),
                "lcos_usd_per_mwh_num": np.nan if i == 0 else 1.0,
                "lcos_usd_per_mwh_den": np.nan if i == 0 else 2.0,
            })
        )  # fmt: skip
    return pd.concat(found, ignore_index=True)


def made(table: pd.DataFrame) -> Split:
    found = split(list(METRICS.values()), table, CHAIN, STEPS, Exposure(10.0, 32))
    assert found is not None
    return found


METRIC_NAMES = ["electricity_cost_usd_per_year", "tco_npv_usd", "pod_losses_per_year",
                "degradation_index"]  # fmt: skip


@pytest.mark.parametrize("metric", METRIC_NAMES)
def test_the_four_parts_add_up_to_the_whole(metric: str) -> None:
    found = made(rows())
    parts = [found.estimates[metric][part].mean for part in found.parts]
    assert found.parts == ("location", "coupling", "size", "dispatch")
    assert sum(p for p in parts if p is not None) == pytest.approx(found.total[metric].mean)


def test_parts_by_hand() -> None:
    table = rows()
    cost = {n: table.loc[table["architecture"] == n, "electricity_cost_usd_per_year"].mean()
            for n in CHAIN}  # fmt: skip
    found = made(table).estimates["electricity_cost_usd_per_year"]
    assert found["location"].mean == pytest.approx(
        cost["b"] - cost["a"] + cost["f"] - cost["e"]
    )
    assert found["size"].mean == pytest.approx(cost["d"] - cost["c"])


def test_only_the_last_step_survives() -> None:
    table = rows()
    mean = table.groupby("architecture")["tco_npv_usd"].mean()
    found = made(table)
    assert (found.baseline, found.reference, found.design) == ("a", "e", "f")
    assert found.surviving["tco_npv_usd"].mean == pytest.approx(mean["f"] - mean["e"])


def test_common_luck_cancels_in_the_intervals() -> None:
    table = rows()
    spread = table.loc[table["architecture"] == "f", "tco_npv_usd"].std() / np.sqrt(N)
    part = made(table).estimates["tco_npv_usd"]["coupling"]
    assert part.se is not None
    assert part.se < 0.1 * spread


def test_a_metric_that_an_architecture_lacks_is_not_split() -> None:
    assert "lcos_usd_per_mwh" not in made(rows()).estimates


def test_replications_count_where_all_are_there() -> None:
    table = rows()
    cut = table[(table["architecture"] != "c") | (table["replication"] < 12)]
    assert made(cut).n == 12
    none = table[table["architecture"] != "c"]
    assert split(list(METRICS.values()), none, CHAIN, STEPS, Exposure(10.0, 32)) is None


def test_signs_of_a_part_that_comes_twice() -> None:
    assert signs(CHAIN, STEPS)["location"] == {"b": 1.0, "a": -1.0, "f": 1.0, "e": -1.0}


def test_two_ratios_combine_as_a_paired_difference() -> None:
    rng = np.random.default_rng(5)
    b, a = rng.uniform(1, 2, (2, 40)), rng.uniform(1, 2, (2, 40))
    combined: Any = combined_ratios([(1.0, *b), (-1.0, *a)], "1")
    paired = paired_ratio_difference(*b, *a, "1")
    assert combined.mean == pytest.approx(paired.mean)
    assert combined.se == pytest.approx(paired.se)
    assert combined.ci_low == pytest.approx(paired.ci_low)
