"""Who feeds whom in the slow twin: the tree is walked again and again, shares found by halving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.reference.electric import EMPTY, FULL, LOW, OK, Battery, Bus, entering_w, leaving_w


@dataclass
class Sources:
    """What can feed the site bus in this step."""

    grid: bool
    diesel: bool
    diesel_w: float
    pv_w: float
    import_limit_w: float
    export_limit_w: float
    charge_on_diesel: bool
    plan: float


@dataclass
class Flows:
    """What flows through the site in this step, W."""

    need_w: float = 0.0
    import_w: float = 0.0
    export_w: float = 0.0
    diesel_w: float = 0.0
    pv_used_w: float = 0.0
    pv_curtailed_w: float = 0.0
    chord_gap_w: float = 0.0


def spread_voltage(site: Bus, fed: bool) -> None:
    """Find which buses have voltage, and which of them hang on the site's source."""
    site.live = fed or site.has_energy()
    site.joined = site.live

    def down(bus: Bus) -> None:
        for child in bus.children:
            child.joined = child.closed and bus.joined
            child.live = child.has_energy() or (child.closed and bus.live)
            down(child)

    down(site)


def wishes(bus: Bus, src: Sources, *, from_pv: bool) -> tuple[float, float, float]:
    """Return what a bus's battery may give, must give by plan, and would like to take, W."""
    b = bus.battery
    assert b is not None
    if not (bus.joined and src.grid):
        may_take = bus.joined and (src.charge_on_diesel or from_pv)
        give = b.give_w if b.band != EMPTY else 0.0
        return give, 0.0, b.refill_w if may_take and b.band != FULL else 0.0
    if (b.band in (EMPTY, LOW) and b.reserve_j > 0.0) or not b.trades:
        return 0.0, 0.0, b.refill_w if b.band != FULL else 0.0
    above_reserve = b.band in (OK, FULL)
    take = 0.0
    if b.band != FULL:
        take = b.take_w if from_pv else max(0.0, src.plan) * b.take_w
    plan = max(0.0, -src.plan) * b.give_w if above_reserve else 0.0
    return b.give_w if above_reserve else 0.0, plan, take


class Walk:
    """Power flows of one step for given shares of relief and filling."""

    def __init__(self, site: Bus, src: Sources, cooling_w: float) -> None:
        self.site, self.src, self.cooling_w = site, src, cooling_w
        self.from_pv = False
        self.planned = 1.0
        self.chord_gap_w = 0.0

    def need_w(self, relief: float, filling: float) -> float:
        """Walk the tree; return what the site bus needs."""
        return self._walk(self.site, relief, filling)

    def _walk(self, bus: Bus, relief: float, filling: float) -> float:
        below = sum(self._into(child, relief, filling) for child in bus.children)
        bus.through_w = 0.0
        if not bus.live:
            _rest(bus.battery)
            return 0.0
        here = below + bus.load_w
        if bus is self.site:
            here += self.cooling_w
        if bus.battery is not None:
            here += bus.battery.standby_bus_w
            here += self._use(bus, bus.battery, here, relief, filling)
        bus.through_w = here
        return here

    def _into(self, child: Bus, relief: float, filling: float) -> float:
        top = self._walk(child, relief, filling)
        assert child.parent is not None
        if not (child.closed and child.parent.live and child.live):
            return 0.0
        return entering_w(child.upstream, top)

    def _use(self, bus: Bus, b: Battery, here: float, relief: float, filling: float) -> float:
        """Set the battery's flows; return what they add to the need above it."""
        give, plan, take = wishes(bus, self.src, from_pv=self.from_pv)
        plan = min(self.planned * plan, here)
        able = min(give - plan, here - plan)
        b.discharge_w = plan + (1.0 - (relief if bus.joined else 0.0)) * able
        b.charge_w = 0.0
        wish = filling * take
        if bus.joined and wish > 0.0 and b.discharge_w <= 0.0 and b.worth_taking(wish):
            b.charge_w = wish
        return b.charge_w - b.discharge_w

    def share(self, need_at: Callable[[float], float], limit: float) -> float:
        """Find the largest share whose need stays within `limit`, and leave the flows there.

        Notes by how much a straight line between the shares 0 and 1 would miss the limit.
        """
        bottom, top = need_at(0.0), need_at(1.0)
        if top > bottom:
            self.chord_gap_w = abs(limit - need_at((limit - bottom) / (top - bottom)))
        low, high = 0.0, 1.0
        for _ in range(40):
            middle = 0.5 * (low + high)
            if need_at(middle) > limit:
                high = middle
            else:
                low = middle
        return need_at(low)


def _rest(battery: Battery | None) -> None:
    if battery is not None:
        battery.charge_w = battery.discharge_w = 0.0


def spare_w(walk: Walk) -> float:
    """Return what the sources could carry beyond the present need without charging, W."""
    return supply_w(walk.site, walk.src) - walk.need_w(1.0, 0.0)


def supply_w(site: Bus, src: Sources) -> float:
    """Return what all sources together can bring to the site bus, W."""
    pv = src.pv_w if site.live else 0.0
    if src.grid:
        return leaving_w(site.upstream, src.import_limit_w) + pv
    return (src.diesel_w if src.diesel else 0.0) + pv


def divide(walk: Walk) -> float | None:
    """Settle the flows of the step; return the need at the site bus, None if it cannot be met."""
    site, src = walk.site, walk.src
    supply = supply_w(site, src)
    pv = src.pv_w if site.live else 0.0
    to_charge = supply if src.grid or src.charge_on_diesel else pv
    least = min(supply, to_charge)
    need = walk.need_w(1.0, 1.0)
    if need > least:
        bare = walk.need_w(1.0, 0.0)
        if bare <= least:
            need = walk.share(lambda x: walk.need_w(1.0, x), least)
        elif bare > supply:
            if walk.need_w(0.0, 0.0) > supply + 1e-6:
                return None
            need = walk.share(lambda x: walk.need_w(x, 0.0), supply)
        else:
            need = walk.need_w(1.0, 0.0)
    if pv > need and src.plan < 0.0:
        need = _yield_to_pv(walk, pv)
    if pv > need:
        walk.from_pv = True
        need = walk.need_w(1.0, 1.0)
        if need > pv:
            need = walk.share(lambda x: walk.need_w(1.0, x), pv)
        walk.from_pv = False
    return need


def _yield_to_pv(walk: Walk, pv_w: float) -> float:
    """Let planned discharge give way to PV that would be curtailed otherwise."""

    def need_at(given_up: float) -> float:
        walk.planned = 1.0 - given_up
        return walk.need_w(1.0, 1.0)

    most = need_at(1.0)
    return walk.share(need_at, pv_w) if most > pv_w else most


def feed(walk: Walk, need: float) -> Flows:
    """Split the need at the site bus among PV, grid and diesel."""
    flows = Flows(need_w=need, chord_gap_w=walk.chord_gap_w)
    site, src = walk.site, walk.src
    pv = src.pv_w if site.live else 0.0
    flows.pv_used_w = min(pv, need)
    rest = need - flows.pv_used_w
    if src.grid:
        if rest <= 0.0:
            flows.export_w = min(pv - flows.pv_used_w, src.export_limit_w)
            flows.pv_used_w += flows.export_w
        flows.import_w = entering_w(site.upstream, rest)
    elif src.diesel:
        flows.diesel_w = rest
    flows.pv_curtailed_w = src.pv_w - flows.pv_used_w
    return flows
