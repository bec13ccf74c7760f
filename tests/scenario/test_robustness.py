"""Whatever stands in a file, the answer is a scenario or a `ScenarioError`, never a traceback."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_parts import DATA

from twin.errors import ScenarioError
from twin.scenario import Scenario, check, describe

QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
ODD: list[Any] = [
    None, True, -1, 0, 10**400, 0.5, float("inf"), "", "{x}", "a.b", "\n", [], [[]], [{}], {},
    {"kind": 5}, {"kind": []}, {"kind": {}}, {"": {}}, {"kind": "ups", "a": {"b": [1]}},
    dt.date(2026, 1, 1), dt.datetime(2026, 1, 1), dt.time(1),
]  # fmt: skip


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(data, dict | list):
        items = data.items() if isinstance(data, dict) else enumerate(data)
        return [path, *(p for key, value in items for p in places(value, (*path, key)))]
    return [path]


EXTENDED = copy.deepcopy(DATA) | {
    "site": {"latitude_deg": 1},
    "storage": {"energy_kwh": 5},
    "more_storage": {"site": {"kind": "ups", "energy_kwh": 1}},
    "modules": [],
    "default_architectures": ["a"],
}
PLACES = [path for path in places(EXTENDED) if path]


words = st.sampled_from(
    ["architectures", "a", "b", "storage", "kind", "energy_kwh", "more_storage", "site", "diesel",
     "load_steps", "0", "-1", "²", "grid", "sags", "load", "tariff", "periods", "name", "x", " "]
)  # fmt: skip
texts = st.sampled_from(
    ["1", "true", "inf", "ups", "gas", "[]", "{}", "{kind='ups', energy_kwh=1}", "{energy_kwh=1}",
     "[[", "'", "1\n2", "=", "2026-01-01", "", "[{name='n', usd_per_kwh=1}]", "constant"]
)  # fmt: skip


sets = st.lists(
    st.builds(lambda path, text: f"{'.'.join(path)}={text}", st.lists(words, max_size=5), texts),
    max_size=3,
)


@settings(suppress_health_check=QUIET, deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(ODD)), max_size=3),
    st.booleans(),
    sets,
)
def test_odd_values_anywhere(
    changes: list[tuple[tuple[Any, ...], Any]], beside: bool, sets: list[str]
) -> None:
    data = copy.deepcopy(EXTENDED)
    for (*way, last), value in changes:
        here: Any = data
        with contextlib.suppress(LookupError, TypeError):  # an earlier change took the place away
            for key in way:
                here = here[key]
            here["odd" if beside else last] = copy.deepcopy(value)
    with contextlib.suppress(ScenarioError):
        scenario = Scenario.from_dict(data, sets)
        assert Scenario.from_dict(scenario.to_dict()).digest == scenario.digest
        assert Scenario.from_text(scenario.to_toml()).digest == scenario.digest
        describe(scenario, sources=True)
        check(scenario)


def test_deeply_nested_content_is_refused() -> None:
    deep: Any = {}
    for _ in range(100):
        deep = {"x": deep}
    data = copy.deepcopy(DATA)
    data["diesel"] = deep
    with pytest.raises(ScenarioError, match=r"diesel\.x: unknown key"):
        Scenario.from_dict(data)
