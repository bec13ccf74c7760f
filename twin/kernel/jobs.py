"""Jobs between two power events: checkpoints, rework, background faults, restarts.

A job's progress is followed in closed form; only phase changes (fault, detected, restarted, saved,
finished) are breakpoints. Work is counted in seconds at full throughput. ``furthest_s`` is the most
that was ever reached: below it work is re-executed and booked as rework of the cause that destroyed
it, above it work is useful. Segments remember which cause destroyed which stretch.
"""

from __future__ import annotations

import math

from twin.contracts.layout import MAX_SEGMENTS, Arrays, Cause, Flow, Part, Phase
from twin.jit import compiled
from twin.kernel.loads import BUSES

RUN, SAVE, WAIT, DETECT = int(Phase.RUN), int(Phase.SAVE), int(Phase.WAIT), int(Phase.DETECT)
DOWN, RESTART, SUSPENDED = int(Phase.DOWN), int(Phase.RESTART), int(Phase.SUSPENDED)
OFF, DONE = int(Phase.OFF), int(Phase.DONE)
OTHER, POWER = int(Cause.OTHER), int(Cause.POWER)
REWORK, DETECTION, RESTARTING = int(Part.REWORK), int(Part.DETECTION), int(Part.RESTART)
IDLE, SLOWDOWN = int(Part.IDLE), int(Part.SLOWDOWN)
USEFUL, STALL = int(Flow.USEFUL_GPU_S), int(Flow.STALL_GPU_S)


@compiled
def touch_job(k: Arrays, j: int) -> None:
    """Mark the buses of a job's pods: their load changes."""
    k.now[0].touched |= BUSES
    for pod in range(k.pod_job.shape[0]):
        if k.pod_job[pod] == j:
            k.rate[k.pod_row[pod]].touched = 1


@compiled
def book_progress(k: Arrays, j: int, seconds: float) -> None:
    """Move a running job's position by `seconds` of work and book it (useful or rework)."""
    s = k.job_state[j]
    year = k.now[0].year
    gpus = k.job[j].gpus
    left = seconds
    while left > 0.0 and s.segments > 0:
        top = s.segments - 1
        room = k.segment_s[j, top] - s.position_s
        if room > 0.0:
            step = min(room, left)
            k.lost[year, k.segment_cause[j, top], REWORK] += step * gpus
            s.position_s += step
            left -= step
            if step < room:
                break
            s.position_s = k.segment_s[j, top]
        s.segments = top
    if left > 0.0:
        s.position_s += left
        s.furthest_s = s.position_s
        s.useful_s += left
        k.account[year, USEFUL] += left * gpus


@compiled
def run_job(k: Arrays, j: int, seconds: float) -> None:
    """Let a running job run for a stretch of wall-clock time: compute, checkpoint, compute ..."""
    s = k.job_state[j]
    p = k.job[j]
    year = k.now[0].year
    left = seconds
    while left > 0.0:
        if s.stall_left_s > 0.0:
            step = min(s.stall_left_s, left)
            s.stall_left_s -= step
            left -= step
            k.account[year, STALL] += step * p.gpus
            if s.stall_left_s <= 0.0:
                s.stall_left_s = 0.0
                s.safe_s = s.position_s
            continue
        to_checkpoint = (p.interval_s - s.since_s) / s.rate
        if left < to_checkpoint:
            work = left * s.rate
            s.since_s += work
            left = 0.0
        else:
            work = p.interval_s - s.since_s
            left -= to_checkpoint
            s.since_s = 0.0
            s.stall_left_s = p.stall_s
        book_progress(k, j, work)
        if s.rate < 1.0:
            k.lost[year, POWER, SLOWDOWN] += work * (1.0 / s.rate - 1.0) * p.gpus
        if s.since_s == 0.0 and p.stall_s == 0.0:
            s.safe_s = s.position_s
        if s.since_s == 0.0 and s.segments == 0 and left > p.stall_s + p.interval_s / s.rate:
            whole_periods(k, j, left)
            left -= math.floor(left / (p.stall_s + p.interval_s / s.rate)) * (
                p.stall_s + p.interval_s / s.rate
            )


@compiled
def whole_periods(k: Arrays, j: int, left: float) -> None:
    """Book as many whole (stall + interval) periods as fit; the job stands at a checkpoint."""
    s = k.job_state[j]
    p = k.job[j]
    year = k.now[0].year
    period = p.stall_s + p.interval_s / s.rate
    n = math.floor(left / period)
    work = n * p.interval_s
    s.safe_s = s.position_s + (n - 1) * p.interval_s
    if p.stall_s == 0.0:
        s.safe_s = s.position_s + work
    s.position_s += work
    s.furthest_s = s.position_s
    s.useful_s += work
    k.account[year, USEFUL] += work * p.gpus
    k.account[year, STALL] += n * p.stall_s * p.gpus
    if s.rate < 1.0:
        k.lost[year, POWER, SLOWDOWN] += work * (1.0 / s.rate - 1.0) * p.gpus


@compiled
def settle_job(k: Arrays, j: int, t: float) -> None:
    """Book a job's time up to `t` in its present phase."""
    s = k.job_state[j]
    dt = t - s.last_s
    s.last_s = t
    if dt <= 0.0 or s.phase == OFF or s.phase == DONE:
        return
    s.active_s += dt
    gpu_s = dt * k.job[j].gpus
    year = k.now[0].year
    if s.phase == RUN:
        run_job(k, j, dt)
    elif s.phase == DETECT:
        k.lost[year, s.cause, DETECTION] += gpu_s
    elif s.phase == RESTART:
        k.lost[year, s.cause, RESTARTING] += gpu_s
    else:  # WAIT, DOWN, SAVE, SUSPENDED
        k.lost[year, s.cause, IDLE] += gpu_s


@compiled
def settle_jobs(k: Arrays, t: float) -> None:
    """Book all jobs up to `t`."""
    for j in range(k.job_state.shape[0]):
        settle_job(k, j, t)


@compiled
def destroy(k: Arrays, j: int, cause: int) -> float:
    """Fall back to the last checkpoint; return the work lost in s. The job must be settled."""
    s = k.job_state[j]
    lost = s.position_s - s.safe_s
    s.stall_left_s = 0.0
    s.since_s = 0.0
    if lost <= 0.0:
        return 0.0
    # segments are ordered from high (bottom) to low (top); keep those that end above the position
    while s.segments > 0 and k.segment_s[j, s.segments - 1] <= s.position_s:
        s.segments -= 1
    if s.segments == MAX_SEGMENTS:  # merge into the lowest: more than 16 nested losses
        s.segments -= 1
    k.segment_s[j, s.segments] = s.position_s
    k.segment_cause[j, s.segments] = cause
    s.segments += 1
    s.position_s = s.safe_s
    s.lost_work_s += lost
    return lost  # type: ignore[no-any-return]


@compiled
def interrupt(k: Arrays, j: int, t: float, cause: int, detect_s: float, down_s: float) -> float:
    """Stop a job at `t`; return the work lost in s. A power cause overrides an earlier other one."""
    settle_job(k, j, t)
    s = k.job_state[j]
    lost = 0.0
    if s.phase == RUN or s.phase == SAVE:
        lost = destroy(k, j, cause)
    s.cause = cause
    s.phase = DETECT
    s.until_s = t + detect_s
    s.down_s = down_s
    touch_job(k, j)
    return lost


@compiled
def begin_restart(k: Arrays, j: int, t: float, seconds: float) -> None:
    """Start the restart of a placed job at `t`."""
    settle_job(k, j, t)
    s = k.job_state[j]
    s.phase = RESTART
    s.until_s = t + seconds
    touch_job(k, j)


@compiled
def begin_run(k: Arrays, j: int, t: float) -> None:
    """Let a job compute from `t` on."""
    settle_job(k, j, t)
    s = k.job_state[j]
    s.phase = RUN
    s.cause = OTHER
    s.until_s = finish_time(k, j, t)
    touch_job(k, j)


@compiled
def finish_time(k: Arrays, j: int, t: float) -> float:
    """Return when a running job's total work is done if nothing happens (inf for endless jobs)."""
    s = k.job_state[j]
    p = k.job[j]
    if math.isinf(p.work_s):
        return math.inf
    left = p.work_s - s.position_s
    checkpoints = max(0.0, math.ceil((s.since_s + left) / p.interval_s) - 1.0)
    return float(t + s.stall_left_s + left / s.rate + checkpoints * p.stall_s)


@compiled
def phase_over(k: Arrays, j: int, t: float) -> bool:
    """Take the next step of a job whose phase ends at `t`; return True if the scheduler must know."""
    settle_job(k, j, t)
    s = k.job_state[j]
    s.until_s = math.inf
    touch_job(k, j)
    if s.phase == DETECT and s.down_s > 0.0:
        s.phase = DOWN
        s.until_s = t + s.down_s
        s.down_s = 0.0
    elif s.phase == DETECT or s.phase == DOWN:
        if s.placed:
            begin_restart(k, j, t, k.job[j].restart_s)
        else:
            s.phase = WAIT
            return True
    elif s.phase == RESTART:
        begin_run(k, j, t)
    elif s.phase == SAVE:
        s.safe_s = s.position_s
        s.since_s = 0.0
        s.stall_left_s = 0.0
        s.phase = SUSPENDED
        return True
    elif s.phase == RUN:
        s.position_s = k.job[j].work_s
        s.phase = DONE
        return True
    return False


@compiled
def next_job_time(k: Arrays) -> float:
    """Return the time of the next phase end of any job (inf if there is none)."""
    earliest = math.inf
    for j in range(k.job_state.shape[0]):
        if k.job_state[j].until_s < earliest:
            earliest = k.job_state[j].until_s
    return earliest


@compiled
def node_fault(k: Arrays, f: int) -> None:
    """Apply background fault number `f` to the job whose node it hits, if there is one."""
    pod = k.fault_pod[f]
    j = k.pod_job[pod]
    if j < 0 or k.fault_node[f] >= k.pod_nodes[pod]:
        return
    phase = k.job_state[j].phase
    if phase == RUN or phase == SAVE or phase == RESTART:
        k.job_state[j].interruptions_other += 1
        interrupt(k, j, k.fault_s[f], OTHER, k.fault_detect[f], k.fault_down[f])


@compiled
def snapshot(k: Arrays, t: float) -> None:
    """Note the useful GPU-seconds done so far (edges of the windows of the degradation index)."""
    settle_jobs(k, t)
    total = 0.0
    for j in range(k.job_state.shape[0]):
        total += k.job_state[j].useful_s * k.job[j].gpus
    k.snapshot_useful[k.now[0].snapshot] = total
    k.now[0].snapshot += 1


@compiled
def due_snapshots(k: Arrays, t: float) -> None:
    """Take all snapshots that are due by `t`, the horizon included."""
    while k.now[0].snapshot < k.snapshot_s.shape[0] and k.snapshot_s[k.now[0].snapshot] <= t:
        snapshot(k, t)


@compiled
def advance_jobs(k: Arrays, t1: float) -> None:
    """Advance the jobs alone to `t1`: the undisturbed world, in which power never fails."""
    now = k.now[0]
    while True:
        te = min(t1, next_job_time(k))
        fault = math.inf
        if now.fault < k.fault_s.shape[0]:
            fault = k.fault_s[now.fault]
        edge = math.inf
        if now.snapshot < k.snapshot_s.shape[0]:
            edge = k.snapshot_s[now.snapshot]
        te = max(now.t, min(te, min(fault, edge)))
        now.t = te
        due_snapshots(k, te)
        if te >= t1:
            break
        if fault <= te:
            node_fault(k, now.fault)
            now.fault += 1
        else:
            for j in range(k.job_state.shape[0]):
                if k.job_state[j].until_s <= te:
                    phase_over(k, j, te)
    settle_jobs(k, t1)
