"""Loads: what pods and chillers draw, and what conversion stages lose on the way to them."""

from __future__ import annotations

from twin.contracts.layout import Arrays, Phase
from twin.jit import compiled, inlined

RUN, SAVE, DETECT = int(Phase.RUN), int(Phase.SAVE), int(Phase.DETECT)
SHORT_SHARE = 1e-9
"""Share of a pod's demand below which what it does not get is rounding."""
BUSES, ROOT = 1, 2
"""What is touched in an instant: loads of the buses that are marked, the need at the site bus."""


@inlined
def stage_input(k: Arrays, lo: int, hi: int, power: float) -> float:
    """Return the power that enters stages ``lo..hi`` (listed from the load upwards)."""
    for s in range(lo, hi):
        power += k.stage[s].a_w + (k.stage[s].b + k.stage[s].c_per_w * power) * power
    return power


@inlined
def run_stages(k: Arrays, lo: int, hi: int, power: float) -> float:
    """Like `stage_input`, and note each stage's loss."""
    for s in range(lo, hi):
        loss = k.stage[s].a_w + (k.stage[s].b + k.stage[s].c_per_w * power) * power
        k.stage_w[s] = loss
        power += loss
    return power


@inlined
def pod_power(k: Arrays, pod: int) -> float:
    """Return the IT power of a powered pod from what its job is doing, W."""
    site = k.site[0]
    j = k.pod_job[pod]
    if j < 0:
        return float(site.gpus_per_pod * site.idle_gpu_w)
    s = k.job_state[j]
    used = k.pod_gpus[pod]
    per_gpu = site.idle_gpu_w
    if s.phase == RUN or s.phase == SAVE:
        per_gpu = s.run_gpu_w
    elif s.phase == DETECT:  # hung in the collective
        per_gpu = site.hung_gpu_w
    return float(used * per_gpu + (site.gpus_per_pod - used) * site.idle_gpu_w)


@compiled
def load_bus(k: Arrays, i: int, series_w: float) -> None:
    """Set the load at bus `i` and the losses between the bus and its racks."""
    r = k.rate[i]
    p = k.row[i]
    inp = k.inp[i]
    r.it_w = 0.0
    r.load_bus_w = 0.0
    full_w = inp.base_load_w + inp.series_share * series_w
    if p.pod >= 0 and inp.powered:
        r.it_w = full_w
        if inp.follows_jobs:
            r.it_w += pod_power(k, p.pod)
        r.load_bus_w = run_stages(k, p.load_lo, p.load_hi, r.it_w) + p.pump_share * r.it_w
    else:
        for s in range(p.load_lo, p.load_hi):
            k.stage_w[s] = 0.0
    # noted here, because by the time the interval is settled the next inputs may be committed
    # (what a job would draw by now nobody knows; a load without jobs goes on as given)
    wanted_w = inp.reference_w if inp.follows_jobs else full_w
    r.unserved_w = max(0.0, wanted_w - r.it_w)
    short = r.unserved_w > SHORT_SHARE * wanted_w  # not by rounding
    k.now[0].short_rows += int(short) - int(r.short)
    r.short = short
    r.counted = inp.powered and inp.is_pod
    r.held = r.counted and inp.held


@inlined
def set_cooling(k: Arrays) -> None:
    """Set the power of the chillers."""
    site = k.site[0]
    k.flow[0].cooling_w = 0.0
    if site.cooling_on and k.rate[0].live:
        k.flow[0].cooling_w = site.cooling_fixed_w + site.cooling_share * k.flow[0].it_w
