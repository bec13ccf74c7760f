"""The contracted power holds at every instant, also while emptied pods and batteries come back."""

from __future__ import annotations

from typing import Any

import pytest

import twin.plant.machine as machine
from tests.plant.small_plants import SURE_STORE, heard, jobs, kwh, run, site, story
from twin.contracts.calendar import HOUR_S
from twin.contracts.layout import Flow

PODS = 32
OUTAGE = (10.0 * HOUR_S, 4.0 * HOUR_S, 0.0)
"""Twice as long as the batteries last, with no diesel: all pods are lost, all batteries empty."""
AFTER_S = 6.0 * HOUR_S
CUT_S = 5.0


@pytest.mark.parametrize(("level", "compartments"), [("pod", PODS), ("site", 4), ("block", 4)])
@pytest.mark.parametrize("contracted_kw", [10_500.0, 13_000.0])
def test_import_stays_within_the_contract_while_32_emptied_pods_recover(
    level: str, compartments: int, contracted_kw: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at every 5 s and after every stop of the pass, from the return of the supply on."""
    back_s = OUTAGE[0] + OUTAGE[1]
    seen: list[tuple[float, float, float]] = []
    whole_pass = machine.advance

    def in_pieces(k: Any, end_s: float) -> int:
        while True:
            now_s = float(k.now[0]["t"])
            watched = back_s - 60.0 <= now_s <= back_s + AFTER_S
            code = whole_pass(k, min(end_s, now_s + CUT_S) if watched else end_s)
            if code == machine.REACHED:
                charging = float(k.rate["charge_w"].sum())
                seen.append((float(k.now[0]["t"]), float(k.flow[0]["import_w"]), charging))
            if code != machine.REACHED or float(k.now[0]["t"]) >= end_s:
                return int(code)

    monkeypatch.setattr(machine, "advance", in_pieces)
    share = {"pod": 1, "block": PODS // 4, "site": PODS}[level]
    store = SURE_STORE | {"level": level, "energy_kwh": 500.0 * share, "power_kw": 280.0 * share}
    case = site(hours=24.0, load=jobs(PODS, boot_s=120.0), compartments=compartments, storage=store,
                contracted_kw=contracted_kw, diesel={"sets": 0, "set_kw": 500.0},
                cooling={"autonomy_s": 1e6}, policy={"kind": "none"})  # fmt: skip
    plant = run(case, [OUTAGE])
    assert plant.counters["max_pods_down"] == PODS, story(plant)
    assert len(heard(plant, "powered", "pod")) == PODS
    assert heard(plant, "shed", "pod") == []
    limit_w = contracted_kw * 1e3
    assert max(w for _, w, _ in seen) <= limit_w * (1.0 + 1e-9)
    assert max(w for t, w, _ in seen if t > back_s) > 0.98 * limit_w  # the limit does bind
    assert max(charging for *_, charging in seen) > 0.0
    assert float(plant.arrays.month_peak.max()) <= limit_w * (1.0 + 1e-9)
    assert kwh(plant, Flow.UNSERVED) > 0.0
