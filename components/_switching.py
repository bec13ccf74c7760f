"""What all units of a bank do in one instant, compiled: who can take over, who does, who returns.

The arrays of a bank, and those of the plant that it looks at, are bound once; what a call asks and
what it answers stands in them, too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.contracts.layout import Mode, Records
from twin.jit import plant_entry
from twin.streams import unit_uniform

EMPTY = int(Mode.EMPTY)
ROOT, SWITCH, TAKEOVER, EVENT = 0, 1, 2, 3
"""Places of the words that draws are keyed by."""


class Switching(NamedTuple):
    """A bank as plain arrays; see `components._bank.Bank` for rows, keys, load and order.

    Attributes
    ----------
    inp, state
        Inputs and state of all buses.
    hangs, exposed
        Which buses, and which pods, hang on the failing supply.
    blocked
        Which buses have no way to the site bus.
    words
        Keys of the luck, of the two draws and of the event.
    able, opens, ready
        Answers by unit: can take over, its switch opens, its string or converter works, too.
    turn_w
        Load of each unit that returns, W, in the order of the units.
    """

    inp: Records
    state: Records
    rows: NDArray[np.int64]
    keys: NDArray[np.uint64]
    unit_of_pod: NDArray[np.int64]
    load_w: NDArray[np.float64]
    order: NDArray[np.int64]
    hangs: NDArray[np.bool_]
    exposed: NDArray[np.bool_]
    blocked: NDArray[np.bool_]
    words: NDArray[np.uint64]
    able: NDArray[np.bool_]
    opens: NDArray[np.bool_]
    ready: NDArray[np.bool_]
    turn_w: NDArray[np.float64]


@plant_entry
def find_able(u: Switching) -> int:
    """Mark the units that hang on the failing supply and can take over; return how many are open."""
    for n in range(u.rows.shape[0]):
        u.able[n] = False
    for pod in range(u.exposed.shape[0]):
        if u.exposed[pod] and u.unit_of_pod[pod] >= 0:
            u.able[u.unit_of_pod[pod]] = True
    is_open = 0
    for n in range(u.rows.shape[0]):
        row = u.rows[n]
        i = u.inp[row]
        well = i.storage_ok == 1 and i.closed == 1 and i.alive == 1 and u.state[row].mode != EMPTY
        u.able[n] = u.able[n] and well and u.hangs[row]
        is_open += int(i.closed == 0)
    return is_open


@plant_entry
def draw(u: Switching, switch_failure: float, takeover_failure: float) -> None:
    """Draw for each able unit whether its switch opens, and then whether it takes over."""
    w = u.words
    for n in range(u.rows.shape[0]):
        u.opens[n] = u.ready[n] = False
        if u.able[n] and unit_uniform(w[ROOT], u.keys[n], w[SWITCH], w[EVENT]) >= switch_failure:
            u.opens[n] = True
            luck = unit_uniform(w[ROOT], u.keys[n], w[TAKEOVER], w[EVENT])
            u.ready[n] = luck >= takeover_failure


@plant_entry
def close_in_turn(
    u: Switching, delay_s: float, now_s: float, ahead_w: float, ramp_w_per_s: float, but_site: int
) -> int:
    """Let open units that have no time to return yet do so in their order; return how many.

    Parameters
    ----------
    delay_s
        Earliest return from now, s.
    ahead_w, ramp_w_per_s
        Load that returns before, and how fast load may come (inf: at once).
    but_site
        1 where the unit on the site bus stays open.
    """
    found = 0
    before_w = 0.0
    for m in range(u.rows.shape[0]):
        n = u.order[m]
        i = u.inp[u.rows[n]]
        u.turn_w[n] = 0.0
        waits = i.closed == 0 and i.close_at_s == math.inf
        if not waits or u.blocked[u.rows[n]] or (but_site == 1 and u.rows[n] == 0):
            continue
        found += 1
        u.turn_w[n] = u.load_w[n]
        before_w += u.load_w[n]
        after_s = (ahead_w + before_w - u.load_w[n]) / ramp_w_per_s
        if delay_s + after_s <= 0.0:
            i.closed = 1
        else:
            i.close_at_s = now_s + delay_s + after_s
    return found
