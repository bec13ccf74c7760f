"""Protection: what every storage unit does when the voltage at its bus fails or comes back.

One device acts for all units, because a disturbance reaches all of them in the same instant. Each
unit has its own luck (named by unit and disturbance); only the point on wave, which decides how long
thyristors take to commutate, is common to all units of a bank that share a bus.

A transfer takes milliseconds. Whether a pod survives it is decided here, by racing the gap against
the hold-up of its power supplies; for energy the battery carries the load from the first instant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components._bank import Bank
from components._blame import Entries, Strike, entry, read, take_over
from components._blow import GRID, Blow, hanging
from components._causes import site_cause
from components._cuts import blocked_buses
from components._tolerance import Flags, PowerSupplies, Times, some
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
DEAD = (0.0, 0.0)
"""No voltage, as power supplies see it and as relays do, pu."""


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
        self.controls: list[Any] = []  # what units share, which may make them refuse
        self.transfers = 0
        self._pod_rows = np.array(plant.tree.pod_rows, dtype=np.int64)
        self._supplies = PowerSupplies(plant)

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
        self.banks.append(Bank.of(spec, units, self.plant))

    def step(self, reason: str) -> None:
        """Answer a change of the voltage at the connection or of the source."""
        utility = self.plant.device("utility")
        source, volts = utility.state.source, utility.state.voltage_pu
        if source == "none" or (source == "grid" and volts < NORMAL_PU):
            cause = utility.cause() or site_cause(self.plant)
            if source == "none" and self.plant.has("scheduler"):
                self.plant.device("scheduler").note_risk(cause.name)
            dead = source == "none"
            level = (0.0, 0.0) if dead else (utility.state.seen_pu, volts)
            strike = Strike(cause, from_grid=True, lasting=level[0] < INTERRUPTION_PU)
            event, planned = utility.event_name(), utility.state.planned
            lasts_s = utility.remaining_s()
            blow = self._disturbed(level, lasts_s, event, GRID, strike, planned=planned)
            if dead and self.plant.has("former"):
                self.plant.device("former").take_over()
            if self.plant.has("cooling"):
                self.plant.device("cooling").sees(blow)
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
        volts: tuple[float, float],
        lasts_s: float,
        event: str,
        top: int,
        strike: Strike,
        *,
        planned: bool = False,
        edge: bool = False,
        at: int = -1,
    ) -> Blow:
        """Let every unit below `top` that hangs on the failing supply transfer; lose the rest.

        `volts` are those that power supplies see, and those at the connection. Who is told before
        (`planned`) makes before it breaks: neither a gap nor a failure. With `edge` only what feeds
        `top` has failed: a storage on it helps. `at` is the bus of a short circuit below `top`.
        """
        hangs = hanging(self.plant, top, edge=edge)
        sees = hangs[0] if top == GRID else top == 0 and lasts_s < NEVER
        on_site = lasts_s if sees else 0.0
        blow = Blow(*volts, lasts_s, event, self._exposed_pods(hangs), on_site, strike)
        strike.note_demand(self.plant, blow.exposed.nonzero()[0])
        for bank in self.banks:
            able, n_open = bank.able(hangs, blow.exposed)
            for shared in self.controls:
                if shared.state.down:
                    able &= bank.willing(self.plant, shared, able, strike)
            if n_open:
                self._hold(bank, top, strike)
            if planned or blow.input_pu >= bank.spec.regulates_above_pu:
                self._hand_over(bank, able, blow, opens=planned)
            elif some(able):
                self._transfer_bank(bank, blow, able)
        self.plant.arrays.now[0]["dirty"] = 1
        if self.plant.has("ties"):
            self.plant.device("ties").rescue(blow, max(top, at), hangs, edge=edge)
        self._settle(blow)
        return blow

    def _settle(self, blow: Blow) -> None:
        """Race what each pod sees against its power supplies, and its pumps against theirs."""
        blow.seen_s[blow.exposed] = blow.lasts_s
        if not (some(blow.seen_s) or some(blow.lost)):
            return  # the usual case: nobody notices
        blow.lost |= self._supplies.drop(blow.volts, blow.seen_s)
        if blow.lost.any():
            blow.strike.lose(self.plant, np.flatnonzero(blow.lost).tolist())
        if self.plant.has("pumps"):
            blow.seen_s[blow.lost] = 0.0
            self.plant.device("pumps").sees(blow)

    def _exposed_pods(self, hangs: np.ndarray) -> np.ndarray:
        """Return which powered pods hang on the failing supply."""
        rows = self._pod_rows
        powered = self.plant.arrays.inp["powered"][rows] == 1
        dead = self.plant.arrays.inp["alive"][rows] == 0
        return np.asarray((hangs[rows] | dead) & powered)

    def _hold(self, bank: Bank, top: int, strike: Strike) -> None:
        """Keep open what was about to close onto the failing supply."""
        inp = self.plant.arrays.inp
        stranded = inp["closed"][bank.rows] == 0
        if top != GRID:
            stranded &= np.isin(bank.rows, self.plant.tree.below(top))
        if stranded.any():
            take_over(self.plant, self.state.opened, bank.units, stranded, strike)
            inp["close_at_s"][bank.rows[stranded]] = NEVER

    def _hand_over(self, bank: Bank, able: Flags, blow: Blow, *, opens: bool) -> None:
        """Let one bank's units carry on, opened as planned or not; their pods do not notice."""
        if opens:
            self._open(bank, able, blow.strike)
            self._tell(bank, "takes over", able, "as planned")
        blow.spare((bank.unit_of_pod >= 0) & able[bank.unit_of_pod])
        if able[bank.rows == 0].any():
            blow.site_s = 0.0

    def _tell(self, bank: Bank, event: str, which: Flags, how: str) -> None:
        """Put a line about some of a bank's units into the event log."""
        if self.plant.tracing and some(which):
            name = f" of {bank.units[0].name} and others" if len(self.banks) > 1 else ""
            self.say(event, f"{some(which)} of {len(which)} units{name}, {how}")

    def _open(self, bank: Bank, which: Flags, strike: Strike) -> None:
        """Cut units off from the supply, and write down because of what."""
        self.plant.arrays.inp["closed"][bank.rows[which]] = 0
        opened = [bank.texts[n] for n in which.nonzero()[0].tolist()]
        self.state.opened.update(dict.fromkeys(opened, entry(strike.cause)))

    def _transfer_bank(self, bank: Bank, blow: Blow, able: Flags) -> None:
        """Transfer one bank's units; note for how long their pods see the blow, and those lost."""
        opens, ready = bank.draws(self.plant.luck, blow.event)
        takes = bank.meets_demand(self.plant, ready)
        self._open(bank, opens, blow.strike)
        self.transfers += int(np.count_nonzero(takes))
        shielded = bank.has_unit & opens[bank.unit_of_pod] & blow.exposed
        blow.spare(shielded)
        seen_s = self._gaps_s(bank, blow)
        if seen_s is not None:
            mine = shielded & takes[bank.unit_of_pod]
            blow.seen_s[mine] = seen_s[bank.unit_of_pod[mine]]
            self._note_slow(bank, blow, mine)
        if bank.rows[0] == 0 and takes[0]:
            blow.site_s = 0.0 if seen_s is None else float(seen_s[0])
        if some(takes != able):
            for n in np.flatnonzero(able & ~takes):
                self._failed(bank, int(n), bool(opens[n]), shielded, blow)
            for n in np.flatnonzero(ready & ~takes):
                blow.strike.through(bank.units[n].pods, HIDDEN_FAULT)
        if self.plant.tracing:
            how = bank.told_gaps(self.plant.luck, blow.event, blow.lasts_s, takes)
            self._tell(bank, "takes over", takes, how)
        if bank.rows[0] == 0 and self.plant.has("former"):
            self.plant.device("former").state.tripped = not takes[0]
            self.plant.signal("islanded")

    def _gaps_s(self, bank: Bank, blow: Blow) -> Times | None:
        """Return for how long each unit's load sees the blow, s; None where nobody would mind."""
        longest_s = min(bank.spec.longest_gap_s, blow.lasts_s)
        if longest_s <= 0.0 or not self._minds(blow, longest_s):  # no draw could change that
            return None
        return bank.gaps_s(self.plant.luck, blow.event, blow.lasts_s)

    def _minds(self, blow: Blow, seen_s: float) -> bool:
        """Return whether anything drops out that sees the blow for so long."""
        if self._supplies.any_drops(blow.volts, seen_s):
            return True
        cooling = self.plant.tables.get("cooling")
        return cooling is not None and cooling.minds(blow.input_pu, seen_s)

    def _note_slow(self, bank: Bank, blow: Blow, pods: Flags) -> None:
        """Note which of a bank's pods drop out before their unit has taken over."""
        slow = pods & self._supplies.drop(blow.volts, blow.seen_s)
        blow.strike.through(np.flatnonzero(slow), GAP)
        if self.plant.tracing:
            for n in np.unique(bank.unit_of_pod[slow]):
                gap_s = blow.seen_s[slow & (bank.unit_of_pod == n)][0]
                self.say("gap too long", f"{bank.units[n].name}: {gap_s * 1e3:.1f} ms")

    def _failed(self, bank: Bank, n: int, opened: bool, shielded: Flags, blow: Blow) -> None:
        """Deal with a unit that failed on demand.

        If it did not open, its pods stay exposed; if it opened but cannot carry them, it falls back
        to bypass (series) or leaves a dead bus.
        """
        unit = bank.units[n]
        mine = shielded & (bank.unit_of_pod == n)
        path = STRING_FAILED if bank.spec.has_bypass else TAKEOVER_FAILED
        blow.strike.through(unit.pods, path if opened else SWITCH_FAILED)
        if not opened:
            self.say("transfer failed", f"{unit.name}: exposed to the supply")
        elif self.plant.device(unit.name).bypass_ok:
            self.plant.arrays.inp["closed"][unit.row] = 1
            blow.exposed |= mine
            self.say("string failed", f"{unit.name}: on bypass, exposed to the supply")
        else:
            blow.lost |= mine
            self.say("takeover failed", unit.name)

    # ---- the supply comes back ------------------------------------------------------------------

    def _recover(self, source: str, wait_s: float = 0.0) -> None:
        """Let open units return, one after another under the ramp limit, at the earliest in `wait_s`.

        A diesel plant limits itself: the allocation relieves batteries only by what it has accepted.
        The storage that forms the site bus stays cut off from the connection.
        """
        ramp_w_per_s = self.plant.grid.ramp_kw_per_min * 1e3 / 60.0 if source == "grid" else NEVER
        blocked = blocked_buses(self.plant, self.state.cuts)
        before_w = 0.0
        for bank in self.banks:
            delay_s = wait_s + bank.spec.return_delay_s
            load_w = bank.close(blocked, self.plant.now, delay_s, before_w, ramp_w_per_s,
                                but_site=source == "storage")  # fmt: skip
            if load_w is not None:
                before_w += load_w
                if self.plant.tracing:
                    self._tell(bank, "returns", *bank.told_return(self.plant.now))
                self.plant.arrays.now[0]["dirty"] = 1

    # ---- faults of buses ------------------------------------------------------------------------

    def drop_bus(self, row: int, event: str, cause: Initiator) -> None:
        """Let the bus lose its voltage: storage below it takes over, the rest below it is lost."""
        strike = Strike(cause, from_grid=True, lasting=True)
        self._disturbed(DEAD, NEVER, event, row, strike)

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

    def internal_sag(
        self, row: int, at: int, volts: float, lasts_s: float, event: str, cause: Initiator
    ) -> None:
        """Let what hangs on a bus see a short circuit `at` a bus below it, until that is cleared."""
        strike = Strike(cause, from_grid=True, lasting=False)
        blow = self._disturbed((volts, volts), lasts_s, event, row, strike, at=at)
        if row == 0 and self.plant.has("cooling"):
            self.plant.device("cooling").sees(blow)
        utility = self.plant.device("utility").state
        if utility.source != "none" and not (
            utility.source == "grid" and utility.voltage_pu < NORMAL_PU
        ):
            self._recover(utility.source, lasts_s)

    def kill_bus(
        self, row: int, event: str, cause: Initiator | None = None, *, path: str = ""
    ) -> None:
        """Take a bus out of service: storage below it takes over, the rest below it is lost.

        Parameters
        ----------
        event
            Names the draws of those that must take over.
        cause
            What it is put down to; left out, a fault of the bus named `event`.
        path
            How it came to the bus, if not by a fault there.
        """
        dead, cause = self.state.dead, cause or Initiator(event, BUS_FAULT)
        dead[str(row)] = dead.get(str(row), 0) + 1
        if dead[str(row)] == 1:
            self.state.killed[str(row)] = entry(cause)
        self.plant.arrays.inp[row]["alive"] = 0
        strike = Strike(cause, from_grid=False, lasting=True)
        if path:
            strike.through(self.plant.tree.pods_below(row), path)
        self._disturbed(DEAD, NEVER, event, row, strike)
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
        self._disturbed(DEAD, NEVER, event, row, strike, edge=True)
        self.state.opened[str(row)] = entry(cause)
