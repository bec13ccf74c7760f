"""Protection: what every storage unit does when the voltage at its bus fails or comes back.

One device acts for all units, because a disturbance reaches all of them in the same instant. Each
unit has its own luck (named by unit and disturbance); only the point on wave, which decides how long
thyristors take to commutate, is common to all units of a bank that share a bus.

A transfer takes milliseconds. Whether a pod survives it is decided here, by racing the gap against
the hold-up of its power supplies; for energy the battery carries the load from the first instant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components._bank import ROUNDING_S, Bank, supply_drops
from components._blame import Entries, Strike, entry, read, take_over
from components._causes import site_cause
from components._cuts import blocked_buses
from twin.contracts.layout import Mode
from twin.contracts.losses import (
    BUS_FAULT,
    GAP,
    HIDDEN_FAULT,
    STRING_FAILED,
    SWITCH_FAILED,
    TAKEOVER_FAILED,
    Initiator,
)
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView, Unit
from twin.contracts.timeline import INTERRUPTION_PU, NORMAL_PU

EMPTY = int(Mode.EMPTY)
GRID = -1
"""Stands for the bus above the site bus: the disturbance comes through the connection."""


@dataclass(slots=True)
class ProtectionState(DeviceState):
    """How many faults hold each bus down, or the edge above it; the events that killed or opened it."""

    dead: dict[str, int] = field(default_factory=dict)
    cuts: dict[str, int] = field(default_factory=dict)
    killed: Entries = field(default_factory=dict)
    opened: Entries = field(default_factory=dict)


class Protection(Device):
    """Transfers and returns of all storage units, and the fate of pods that nobody protects."""

    state_type = ProtectionState
    state: ProtectionState

    def __init__(self, plant: PlantView) -> None:
        super().__init__("protection", plant)
        self.banks: list[Bank] = []
        self._specs: dict[str, Any] = {}
        self.transfers = 0
        self._pod_rows = np.array(plant.tree.pod_rows, dtype=np.int64)

    def begin(self) -> None:
        """Listen to the grid and to the source of the site bus."""
        self.state.topics = ("grid",)
        self.banks.sort(key=lambda b: int(b.rows[0]) if len(b.rows) else 0)

    def spec_of(self, unit: Unit) -> Any:
        """Return the spec of a unit."""
        return self._specs[unit.name]

    def bind(self, unit: Unit, spec: Any) -> None:
        """Say which spec a unit follows (while building)."""
        self._specs[unit.name] = spec

    def add_bank(self, spec: Any, units: list[Unit]) -> None:
        """Add the units of one storage table (while building)."""
        self.banks.append(Bank.of(spec, units, self.plant.tree))

    def step(self, reason: str) -> None:
        """Answer a change of the voltage at the connection or of the source."""
        utility = self.plant.device("utility")
        source, volts = utility.state.source, utility.state.voltage_pu
        if source == "none" or (source == "grid" and volts < NORMAL_PU):
            cause = utility.cause() or site_cause(self.plant)
            if source == "none" and self.plant.has("scheduler"):
                self.plant.device("scheduler").note_risk(cause.name)
            level = 0.0 if source == "none" else utility.state.seen_pu
            strike = Strike(cause, from_grid=True, lasting=level < INTERRUPTION_PU)
            event, planned = utility.event_name(), utility.state.planned
            self._disturbed(level, utility.remaining_s(), event, GRID, strike, planned=planned)
            if source == "none" and self.plant.has("former"):
                self.plant.device("former").take_over()
        else:
            self._recover(source)

    def blamed(self, row: int) -> Initiator | None:
        """Return the event that killed a bus, or cut it off; None if it is whole and joined."""
        inp = self.plant.arrays.inp[row]
        if not inp["alive"]:
            return read(self.state.killed, row)
        return None if inp["closed"] else read(self.state.opened, row)

    # ---- losing the supply ----------------------------------------------------------------------

    def _disturbed(
        self,
        volts: float,
        lasts_s: float,
        event: str,
        top: int,
        strike: Strike,
        *,
        planned: bool = False,
        edge: bool = False,
    ) -> None:
        """Let every unit below `top` that hangs on the failing supply transfer; lose the rest.

        Who is told before (`planned`) makes before it breaks: neither a gap nor a failure. With
        `edge` only what feeds `top` has failed: a storage on it helps.
        """
        hangs = self._hangs(top, edge=edge)
        exposed = self._exposed_pods(hangs)
        strike.note_demand(self.plant, np.flatnonzero(exposed))
        lost = np.zeros(len(exposed), dtype=bool)
        under = np.full(len(hangs), top == GRID)
        if top != GRID:
            under[list(self.plant.tree.below(top))] = True
        for bank in self.banks:
            able = self._able(bank, hangs, exposed)
            self._hold(bank, under, strike)
            if planned:
                self._hand_over(bank, able, exposed, strike)
            elif able.any():
                self._transfer_bank(bank, volts, lasts_s, event, able, exposed, lost, strike)
        if exposed.any() and supply_drops(volts, lasts_s, self._hold_up_s()):
            lost |= exposed
        self.plant.arrays.now[0]["dirty"] = 1
        if lost.any():
            strike.lose(self.plant, np.flatnonzero(lost).tolist())

    def _hold_up_s(self) -> float:
        return float(self.plant.tables["psu"].ride_through_s) if "psu" in self.plant.tables else 0.0

    def _hangs(self, top: int, *, edge: bool) -> np.ndarray:
        """Return which buses hang on the failing supply: all breakers up to it are closed."""
        closed = self.plant.arrays.inp["closed"].tolist()
        if top == GRID and all(closed):
            return np.ones(len(closed), dtype=bool)
        parent = self.plant.tree.parent
        hangs = [False] * len(closed)
        for row in range(len(closed)):
            if row == top:
                hangs[row] = bool(closed[row]) or not edge
            elif closed[row]:
                hangs[row] = parent[row] == top or (parent[row] >= 0 and hangs[parent[row]])
        if top >= 0 and not edge:
            hangs[top] = False  # the dead bus itself: a storage on it does not help
        return np.array(hangs)

    def _exposed_pods(self, hangs: np.ndarray) -> np.ndarray:
        """Return which powered pods hang on the failing supply."""
        rows = self._pod_rows
        powered = self.plant.arrays.inp["powered"][rows] == 1
        dead = self.plant.arrays.inp["alive"][rows] == 0
        return np.asarray((hangs[rows] | dead) & powered)

    def _hold(self, bank: Bank, under: np.ndarray, strike: Strike) -> None:
        """Keep open what was about to close onto the failing supply."""
        inp = self.plant.arrays.inp
        stranded = (inp["closed"][bank.rows] == 0) & under[bank.rows]
        if stranded.any():
            take_over(self.plant, self.state.opened, bank.units, stranded, strike)
            inp["close_at_s"][bank.rows[stranded]] = NEVER

    def _hand_over(
        self, bank: Bank, able: np.ndarray, exposed: np.ndarray, strike: Strike
    ) -> None:
        """Open one bank's units as planned; their pods do not notice."""
        self._open(bank, able, strike)
        own = bank.unit_of_pod >= 0
        exposed &= ~(own & able[bank.unit_of_pod])

    def _open(self, bank: Bank, which: np.ndarray, strike: Strike) -> None:
        """Cut units off from the supply, and write down because of what."""
        self.plant.arrays.inp["closed"][bank.rows[which]] = 0
        opened = [bank.texts[n] for n in np.flatnonzero(which)]
        self.state.opened.update(dict.fromkeys(opened, entry(strike.cause)))

    def _transfer_bank(
        self,
        bank: Bank,
        volts: float,
        lasts_s: float,
        event: str,
        able: np.ndarray,
        exposed: np.ndarray,
        lost: np.ndarray,
        strike: Strike,
    ) -> None:
        """Transfer one bank's units; take protected pods out of `exposed`, note those lost."""
        spec, luck = bank.spec, self.plant.luck
        opens = able & (luck.uniforms(bank.keys, "switch", event) >= spec.switch_failure)
        takes = opens & (luck.uniforms(bank.keys, "takeover", event) >= spec.takeover_failure)
        hidden = takes & ~self._meet_demand(bank, takes)
        takes &= ~hidden
        self._open(bank, opens, strike)
        self.transfers += int(takes.sum())
        own = bank.unit_of_pod >= 0
        shielded = own & opens[bank.unit_of_pod] & exposed
        exposed &= ~shielded
        slow = takes & self._too_slow(bank, volts, lasts_s, event)
        late = shielded & slow[bank.unit_of_pod]
        lost |= late
        strike.through(np.flatnonzero(late), GAP)
        for n in np.flatnonzero(able & ~takes):
            self._failed(bank, int(n), bool(opens[n]), shielded, exposed, lost, strike)
        for n in np.flatnonzero(hidden):
            strike.through(bank.units[n].pods, HIDDEN_FAULT)
        if bank.rows[0] == 0 and self.plant.has("former"):
            self.plant.device("former").state.tripped = not takes[0]
            self.plant.signal("islanded")

    def _able(self, bank: Bank, hangs: np.ndarray, exposed: np.ndarray) -> np.ndarray:
        """Return which units hang on the failing supply and have energy to take over with."""
        k = self.plant.arrays
        able = (k.inp["storage_ok"][bank.rows] == 1) & (k.state["mode"][bank.rows] != EMPTY)
        able &= (k.inp["closed"][bank.rows] == 1) & hangs[bank.rows]
        concerned = np.zeros(len(bank.rows) + 1, dtype=bool)
        concerned[bank.unit_of_pod[exposed]] = True
        return np.asarray(able & concerned[:-1])

    def _meet_demand(self, bank: Bank, takes: np.ndarray) -> np.ndarray:
        """Return which units are not let down by a hidden fault."""
        if not bank.spec.hides_faults:
            return takes
        device = self.plant.device
        met = [t and device(u.name).meets_demand() for u, t in zip(bank.units, takes, strict=True)]
        return np.array(met, dtype=bool)

    def _too_slow(self, bank: Bank, volts: float, lasts_s: float, event: str) -> np.ndarray:
        """Return for which units the gap outlasts the hold-up of the supplies behind them."""
        spec = bank.spec
        longest_s = min(spec.longest_gap_s, lasts_s)
        if not supply_drops(volts, longest_s, self._hold_up_s()):  # no draw could change that
            return np.zeros(len(bank.rows), dtype=bool)
        gap_s = spec.gaps_s(self.plant.luck, bank.keys, event)
        if gap_s is None:
            return np.zeros(len(bank.rows), dtype=bool)
        seen_s = np.minimum(gap_s, lasts_s)
        if volts < 0.7:
            slow = seen_s > self._hold_up_s() + ROUNDING_S
        elif not supply_drops(volts, float(seen_s.max()), 0.0):
            return np.zeros(len(bank.rows), dtype=bool)  # ITIC: more time drops no less
        else:
            slow = np.array([supply_drops(volts, float(x), 0.0) for x in seen_s])
        if self.plant.tracing:
            for n in np.flatnonzero(slow):
                self.say("gap too long", f"{bank.units[n].name}: {gap_s[n] * 1e3:.1f} ms")
        return np.asarray(slow)

    def _failed(
        self,
        bank: Bank,
        n: int,
        opened: bool,
        shielded: np.ndarray,
        exposed: np.ndarray,
        lost: np.ndarray,
        strike: Strike,
    ) -> None:
        """Deal with a unit that failed on demand.

        If it did not open, its pods stay exposed; if it opened but cannot carry them, it falls back
        to bypass (series) or leaves a dead bus.
        """
        unit = bank.units[n]
        mine = shielded & (bank.unit_of_pod == n)
        path = STRING_FAILED if bank.spec.has_bypass else TAKEOVER_FAILED
        strike.through(unit.pods, path if opened else SWITCH_FAILED)
        if not opened:
            self.say("transfer failed", f"{unit.name}: exposed to the supply")
        elif self.plant.device(unit.name).bypass_ok:
            self.plant.arrays.inp["closed"][unit.row] = 1
            exposed |= mine
            self.say("string failed", f"{unit.name}: on bypass, exposed to the supply")
        else:
            lost |= mine
            self.say("takeover failed", unit.name)

    # ---- the supply comes back ------------------------------------------------------------------

    def _recover(self, source: str) -> None:
        """Let open units return, one after another under the ramp limit.

        A diesel plant limits itself: the allocation relieves batteries only by what it has accepted.
        The storage that forms the site bus stays cut off from the connection.
        """
        ramped = source == "grid"
        k, now = self.plant.arrays, self.plant.now
        ramp_w_per_s = self.plant.grid.ramp_kw_per_min * 1e3 / 60.0
        returned_w = 0.0
        blocked = blocked_buses(self.plant, self.state.cuts)
        for bank in self.banks:
            spec = bank.spec
            delay = spec.return_delay_s
            closed = k.inp["closed"][bank.rows] == 1
            waiting = k.inp["close_at_s"][bank.rows] < math.inf
            todo = ~closed & ~waiting & ~blocked[bank.rows]
            if source == "storage":
                todo &= bank.rows != 0
            if not todo.any():
                continue
            load = bank.load_w * todo
            ahead = np.empty(len(load))
            turn = load[bank.order]
            ahead[bank.order] = returned_w + np.cumsum(turn) - turn
            after = ahead / ramp_w_per_s if ramped else 0.0 * load
            returned_w += float(load.sum())
            at_once = todo & (delay + after <= 0.0)
            k.inp["closed"][bank.rows[at_once]] = 1
            later = todo & ~at_once
            k.inp["close_at_s"][bank.rows[later]] = (now + delay + after)[later]
            k.now[0]["dirty"] = 1

    # ---- faults of buses ------------------------------------------------------------------------

    def drop_bus(self, row: int, event: str, cause: Initiator) -> None:
        """Let the bus lose its voltage: storage below it takes over, the rest below it is lost."""
        self._disturbed(0.0, NEVER, event, row, Strike(cause, from_grid=True, lasting=True))

    def covers(self, pod: int) -> bool:
        """Return whether a healthy, charged unit between a pod and the site bus can carry it."""
        k = self.plant.arrays
        for bank in self.banks:
            n = bank.unit_of_pod[pod]
            if n >= 0 and bank.rows[n] > 0:
                row = bank.rows[n]
                healthy = self.plant.device(bank.units[n].name).in_service
                if healthy and k.state["mode"][row] != EMPTY:
                    return True
        return False

    def kill_bus(self, row: int, event: str, cause: Initiator | None = None) -> None:
        """Take a bus out of service: storage below it takes over, the rest below it is lost.

        Parameters
        ----------
        event
            Names the draws of those that must take over.
        cause
            What it is put down to; left out, a fault of the bus named `event`.
        """
        dead, cause = self.state.dead, cause or Initiator(event, BUS_FAULT)
        dead[str(row)] = dead.get(str(row), 0) + 1
        if dead[str(row)] == 1:
            self.state.killed[str(row)] = entry(cause)
        self.plant.arrays.inp[row]["alive"] = 0
        strike = Strike(cause, from_grid=False, lasting=True)
        self._disturbed(0.0, NEVER, event, row, strike)
        if row == 0:
            self.plant.signal("source")

    def restore_bus(self, row: int) -> None:
        """Bring a bus back into service once everything that took it down is mended."""
        dead = self.state.dead
        dead[str(row)] -= 1
        if dead[str(row)] > 0:
            return
        self.plant.arrays.inp[row]["alive"] = 1
        self.plant.arrays.now[0]["dirty"] = 1
        self.fed_again()

    def fed_again(self) -> None:
        """Let those return whose way to the site bus is whole again."""
        utility = self.plant.device("utility")
        if utility.state.source != "none":
            self._recover(utility.state.source)
        self.plant.signal("source")

    def edge_failed(self, row: int, event: str, cause: Initiator) -> None:
        """Let storage on a bus or below it take over from what feeds the bus; lose the rest."""
        strike = Strike(cause, from_grid=True, lasting=True)
        self._disturbed(0.0, NEVER, event, row, strike, edge=True)
        self.state.opened[str(row)] = entry(cause)
