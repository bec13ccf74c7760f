"""Tie breakers: a compartment that its own storage cannot carry gets help from its neighbour.

One hop, in the order of the ties, deficits only: what helps must be fed by itself (its own storage,
or the site bus) and gives what it can spare after its own need, up to the tie's rating. Storage is
never charged through a tie. Ties lose nothing.
"""

from __future__ import annotations

from twin.contracts.layout import Arrays
from twin.jit import compiled, inlined

LEAST_W = 1e-6
"""Deficits below this are rounding."""


@compiled
def clear_ties(k: Arrays) -> None:
    """Take all flows over ties back."""
    for t in range(k.tie.shape[0]):
        k.tie[t].flow_w = 0.0
        k.rate[k.tie[t].a].tie_w = 0.0
        k.rate[k.tie[t].b].tie_w = 0.0


@compiled
def energize_over_ties(k: Arrays) -> None:
    """Give voltage to compartments that have none of their own, but a neighbour with a closed tie."""
    if k.tie.shape[0] == 0:
        return
    clear_ties(k)
    for i in range(k.row.shape[0]):
        k.rate[i].tied = 0
    found = False
    for t in range(k.tie.shape[0]):
        if k.tie[t].closed:
            a, b = k.tie[t].a, k.tie[t].b
            found |= energize(k, a, b)
            found |= energize(k, b, a)
    if not found:
        return
    for i in range(1, k.row.shape[0]):
        r = k.rate[i]
        if not r.live and k.inp[i].alive and k.inp[i].closed:
            r.live = k.rate[k.row[i].parent].live


@inlined
def energize(k: Arrays, donor: int, taker: int) -> bool:
    """Give voltage to one compartment, unless its donor hangs on a tie itself."""
    d = k.rate[donor]
    r = k.rate[taker]
    if r.live or not k.inp[taker].alive or not d.live or d.tied:
        return False
    r.live = 1
    r.tied = 1
    return True


@compiled
def help_over_ties(k: Arrays) -> bool:
    """Set the flows over closed ties for the deficits of the last sweep; return whether any flows."""
    flows = False
    for t in range(k.tie.shape[0]):
        if k.tie[t].closed:
            a, b = k.tie[t].a, k.tie[t].b
            given = give(k, a, b, k.tie[t].rating_w)
            if given == 0.0:
                given = -give(k, b, a, k.tie[t].rating_w)
            k.tie[t].flow_w = given
            flows |= given != 0.0
    return flows


@inlined
def give(k: Arrays, donor: int, taker: int, rating_w: float) -> float:
    """Let one compartment help another; return the power it gives, W."""
    d = k.rate[donor]
    r = k.rate[taker]
    short_w = r.edge_w - max(0.0, r.tie_w)
    if not r.live or r.joined or not d.live or d.tied or short_w <= LEAST_W:
        return 0.0
    spare_w = rating_w
    if not d.joined:  # what its storage has left; tie_w is negative for what it gives already
        spare_w = d.spare_w - d.down_w + min(0.0, d.tie_w)
    given = min(min(short_w, rating_w), spare_w)
    if given <= 0.0:
        return 0.0
    r.tie_w += given
    d.tie_w -= given
    return float(given)


@compiled
def cut_ties_to_the_site(k: Arrays) -> bool:
    """Take back the help that comes from the site bus, which has too little; return whether any did."""
    cut = False
    for t in range(k.tie.shape[0]):
        flow_w = k.tie[t].flow_w
        if flow_w != 0.0:
            donor = k.tie[t].a if flow_w > 0.0 else k.tie[t].b
            if k.rate[donor].joined:
                k.rate[k.tie[t].a].tie_w += flow_w
                k.rate[k.tie[t].b].tie_w -= flow_w
                k.tie[t].flow_w = 0.0
                cut = True
    return cut
