"""Compiling ahead must work for every scenario that can be simulated."""

from __future__ import annotations

from small_plants import site

from twin.plant import warm_up


def test_a_log_that_begins_later_than_the_warm_up_is_no_mistake() -> None:
    late = {"kind": "script", "events": [{"start_s": 5e6, "duration_s": 5400.0}]}
    warm_up(site(hours=8760.0, grid={"outages": late}))
