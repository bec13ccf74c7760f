"""The tie breakers at work: when they close, whom they save, when they open."""

from __future__ import annotations

from typing import Any

import numpy as np

from components._blow import Blow, hangs_on
from components._causes import by_loss, cause_at
from components._tie_donors import can_give, carried, spare_w
from components._tie_state import TieState
from components._tolerance import LONG_S, Flags, PowerSupplies
from twin.contracts.calendar import YEAR_S
from twin.contracts.layout import Arrays
from twin.contracts.losses import STRING_FAILED, SWITCH_FAILED, TAKEOVER_FAILED, Initiator
from twin.contracts.parts import NEVER, Device, PlantView

FAILED_ON_DEMAND = (TAKEOVER_FAILED, STRING_FAILED)
"""A unit that was only empty, or held back by its controls, is in order."""
SETTLE_S = 60.0
"""A tie opens when all has been well for so long."""


class TieBreakers(Device):
    """Closes and opens all ties of the site.

    Parameters
    ----------
    heads
        Bus of each compartment.
    """

    state_type = TieState
    state: TieState

    def __init__(self, plant: PlantView, spec: Any, heads: list[int]) -> None:
        super().__init__("ties", plant)
        self.spec = spec
        tie = plant.arrays.tie
        self.ends = [(int(a), int(b)) for a, b in zip(tie["a"], tie["b"], strict=True)]
        numbers = {row: n + 1 for n, row in enumerate(heads)}
        self.names = [f"tie-{numbers[a]}-{numbers[b]}" for a, b in self.ends]
        self.rating_w = tie["rating_w"].tolist()
        self.supplies = PowerSupplies(plant)
        tree = plant.tree
        self.head_of_row = [heads[c] if 0 <= c < len(heads) else -1 for c in tree.compartments]
        self.head_of_pod = np.array([self.head_of_row[r] for r in tree.pod_rows])
        self.unit_at = {u.row: u for u in plant.units() if u.row in numbers}
        s, n = self.state, len(self.ends)
        s.closed, s.down, s.held = [False] * n, [False] * n, [0] * n
        s.next_s, s.close_at_s = [NEVER] * n, [NEVER] * n
        s.attempts, s.faults = [0] * n, [0] * n

    def begin(self) -> None:
        """Begin open and in order; draw the first faults."""
        self.state.next_s = [self._fault_s(t) for t in range(len(self.ends))]
        self._listen()

    def _listen(self) -> None:
        s = self.state
        rows = [f"watch:{row}" for row in sorted(self.unit_at)] if s.armed else []
        s.topics = ("source", *rows)
        s.until_s = min(*s.next_s, *s.close_at_s, s.open_at_s)

    def _fault_s(self, t: int) -> float:
        rate = self.spec.fault_per_year
        if rate <= 0.0:
            return NEVER
        mean_s = YEAR_S / rate
        luck, n = self.plant.luck, self.state.faults[t]
        return self.plant.now + luck.exponential(mean_s, self.names[t], "fault", n)

    # ---- as time goes on ---------------------------------------------------------------------------

    def step(self, reason: str) -> None:
        """Fail, be repaired, close, open, or watch storages that live on an island."""
        s, now = self.state, self.plant.now
        for t in range(len(self.ends)):
            if s.next_s[t] <= now:
                self._toggle(t)
            if s.close_at_s[t] <= now:
                s.close_at_s[t] = NEVER
                self._try(t)
        if reason == "source":
            self._source_changed()
        elif reason.startswith("watch:"):
            self._runs_low(int(reason[6:]))
        if s.open_at_s <= now:
            s.open_at_s = NEVER
            self._look()
        self._listen()

    def _toggle(self, t: int) -> None:
        """Break, or be repaired; a closed tie that breaks opens."""
        s = self.state
        s.down[t] = not s.down[t]
        self.say("fault" if s.down[t] else "repaired", self.names[t])
        if s.down[t]:
            s.faults[t] += 1
            luck, mean_s = self.plant.luck, self.spec.repair_h * 3600.0
            s.next_s[t] = self.plant.now + luck.exponential(
                mean_s, self.names[t], "repair", s.faults[t]
            )
            self._set(t, closed=False)
        else:
            s.next_s[t] = self._fault_s(t)
            self._offer(t)
            self.plant.signal("tie")

    def _source_changed(self) -> None:
        """Watch storages while the site bus is dead; think of opening when it is fed."""
        s = self.state
        fed = self.plant.device("utility").state.source != "none"
        if fed:
            s.open_at_s = self.plant.now + SETTLE_S
        if fed == s.armed and self.spec.close_below > 0.0:
            s.armed = not fed
            for row in self.unit_at:
                low_j = self.spec.close_below * float(self.plant.arrays.state[row]["capacity_j"])
                self.plant.watch(row, self, low_j=low_j if s.armed else -NEVER)

    def _runs_low(self, row: int) -> None:
        """Close to a neighbour that is about to be empty; both buses are live."""
        for t, donor in self._idle_ties(row):
            if can_give(self.plant.arrays, donor):
                self.state.close_at_s[t] = self.plant.now + self._closing_s(t)
                return

    def _look(self) -> None:
        """Open ties of which both ends are fed from above; offer help to who is dark still."""
        s, k = self.state, self.plant.arrays
        source = self.plant.device("utility").state.source
        for t, (a, b) in enumerate(self.ends):
            if source == "none":
                continue
            if not s.closed[t]:
                self._offer(t)
            elif k.rate[a]["joined"] and k.rate[b]["joined"]:
                self._set(t, closed=False)
            elif any(k.inp[row]["close_at_s"] < NEVER for row in (a, b)):
                s.open_at_s = self.plant.now + SETTLE_S

    # ---- closing -----------------------------------------------------------------------------------

    def _offer(self, t: int) -> None:
        """Close a tie that could not help before: one end is dark and does not return by itself."""
        k, s = self.plant.arrays, self.state
        dark = [row for row in self.ends[t] if not k.rate[row]["live"]]
        if len(dark) != 1 or s.close_at_s[t] < NEVER or s.down[t] or s.held[t]:
            return
        (head,) = dark
        returns = k.inp[head]["close_at_s"] < NEVER
        if k.inp[head]["alive"] and not returns and can_give(k, sum(self.ends[t]) - head):
            s.close_at_s[t] = self.plant.now + self._closing_s(t)

    def _idle_ties(self, head: int) -> list[tuple[int, int]]:
        """Return ties at a bus that could close now, each with the bus at its other end."""
        s = self.state
        return [
            (t, b if a == head else a)
            for t, (a, b) in enumerate(self.ends)
            if head in (a, b)
            and not (s.closed[t] or s.down[t] or s.held[t])
            and s.close_at_s[t] == NEVER
        ]

    def _closing_s(self, t: int) -> float:
        low_s, high_s = self.spec.closing_s()
        n = self.state.attempts[t]
        return self.plant.luck.between(low_s, high_s, self.names[t], "closing", n)

    def _closes(self, t: int, *, live: bool) -> bool:
        """Return whether a tie closes when told to; one that fails is repaired first."""
        s, luck, spec = self.state, self.plant.luck, self.spec
        s.attempts[t] += 1
        if live and luck.happens(spec.synchronism_failure, self.names[t], "in step", s.attempts[t]):
            self.say("not in step", self.names[t])
            s.close_at_s[t] = self.plant.now + spec.synchronism_s
            return False
        if luck.happens(spec.failure_to_close, self.names[t], "close", s.attempts[t]):
            self._toggle(t)
            return False
        return True

    def _try(self, t: int) -> None:
        """Close a tie if one of its ends still can help the other."""
        a, b = self.ends[t]
        k = self.plant.arrays
        able = [row for row in (a, b) if can_give(k, row)]
        whole = k.inp[a]["alive"] and k.inp[b]["alive"]
        fed = k.rate[a]["joined"] and k.rate[b]["joined"]
        if self.state.down[t] or self.state.held[t] or not able or not whole or fed:
            return
        live = bool(k.rate[a]["live"] and k.rate[b]["live"])
        if self._closes(t, live=live):
            donor = able[0]
            self._set(t, closed=True)
            self._pass_on(t, donor, b if donor == a else a)

    def _set(self, t: int, *, closed: bool) -> None:
        s = self.state
        if s.closed[t] != closed:
            s.closed[t] = closed
            if closed and self.plant.device("utility").state.source != "none":
                s.open_at_s = min(s.open_at_s, self.plant.now + SETTLE_S)  # no return will tell
            self.say("closes" if closed else "opens", self.names[t])
            self.plant.count("tie_closings", float(closed))
            self.plant.changed(self)
            self.plant.signal("tie")

    def _pass_on(
        self, t: int, donor: int, taker: int, cause: Initiator | None = None
    ) -> bool:  # fmt: skip
        """Let a fault at the one end come through to the other, if the bulkhead does not hold.

        Returns whether it does; the tie is open again then.
        """
        unit = self.unit_at.get(taker)
        if unit is None or not self.plant.has("bulkheads"):
            return False
        if not self.plant.device(unit.name).faulty:
            return False
        event = f"{self.names[t]}-{self.state.attempts[t]}"
        cause = cause or cause_at(self.plant, taker)
        if not self.plant.device("bulkheads").tie_fails(donor, event, cause):
            return False
        self._set(t, closed=False)
        return True

    def _anew(self) -> None:
        self._listen()
        self.plant.rewait(self)

    # ---- what others ask ---------------------------------------------------------------------------

    def hold(self, name: str, more: int) -> None:
        """Keep a tie open from outside (+1), or let it go again (-1)."""
        t = self.names.index(name)
        self.state.held[t] += more
        if self.state.held[t]:
            self._set(t, closed=False)
        else:
            self._offer(t)
            self._anew()
            self.plant.signal("tie")

    def reach(self, pod: int) -> None:
        """Close to a pod that waits for a supply, if a neighbour lives by itself."""
        head = int(self.head_of_pod[pod])
        if head < 0 or self.plant.arrays.rate[head]["joined"]:
            return
        for t, donor in self._idle_ties(head):
            if can_give(self.plant.arrays, donor):
                self.state.close_at_s[t] = self.plant.now + self._closing_s(t)
                self._anew()

    def trip(self, row: int) -> bool:
        """Open the ties at a bus for good, whose donors cannot carry what nobody can shed there.

        Returns whether any was closed; they are out until seen to.
        """
        closed = [t for t, ends in enumerate(self.ends) if row in ends and self.state.closed[t]]
        for t in closed:
            self.say("overload", self.names[t])
            self._toggle(t)
        self._anew()
        return bool(closed)

    def answer(self, row: int) -> bool:
        """Help a bus in deficit at once, if a static tie can; a mechanical one comes later.

        Returns whether a tie has closed, so that the deficit is looked at again.
        """
        head = self.head_of_row[row]
        k = self.plant.arrays
        if head < 0 or not k.inp[head]["alive"] or k.rate[head]["joined"]:
            return False
        for t, donor in self._idle_ties(head):
            if not can_give(k, donor):
                continue
            live, wait_s = bool(k.rate[head]["live"]), self._closing_s(t)
            if not self.spec.static:
                self.state.close_at_s[t] = self.plant.now + wait_s
                self._anew()
            elif self._closes(t, live=live):
                if not live:
                    self._lose_slow(head, wait_s)
                self._set(t, closed=True)
                self._pass_on(t, donor, head)
                self._anew()
                return True
            self._anew()
        return False

    def _lose_slow(self, head: int, gap_s: float) -> None:
        """Lose those pods whose supplies did not last until the tie was closed."""
        slow = self.supplies.drop(0.0, np.full(len(self.head_of_pod), gap_s))
        slow &= hangs_on(self.plant, self.head_of_pod) & (self.head_of_pod == head)
        pods = np.flatnonzero(slow).tolist()
        for loss, gone in by_loss(self.plant, pods).items():
            self.plant.lose_pods(gone, loss)

    def rescue(self, blow: Blow, at: int, hangs: Flags, *, edge: bool) -> None:
        """Save pods from a blow that their own unit does not keep from them, over static ties.

        Who cannot be saved may be restored, when the tie has closed.

        Parameters
        ----------
        at, hangs
            Where the fault is, and which buses hung on what fails, shape (buses,).
        edge
            Only what feeds that bus has failed: a tie helps the bus itself, too.
        """
        seen_s = np.full(len(self.head_of_pod), blow.lasts_s)
        need = (blow.exposed & self.supplies.drop(blow.volts, seen_s)) | blow.lost
        paths, inp = blow.strike.paths, self.plant.arrays.inp
        need &= np.array([paths.get(p) != SWITCH_FAILED for p in range(len(need))])
        need &= inp["alive"][list(self.plant.tree.pod_rows)] == 1
        need &= hangs_on(self.plant, self.head_of_pod)
        short = set(self.head_of_pod[need].tolist())  # who cannot carry its own helps nobody
        for head in sorted(short - {-1}):
            inside = at > 0 and self.head_of_row[at] == head and not (edge and at == head)
            if inp[head]["alive"] and not inside:
                self._rescue_at(head, need & (self.head_of_pod == head), blow, hangs, short)

    def _rescue_at(
        self, head: int, need: Flags, blow: Blow, hangs: Flags, short: set[int]
    ) -> None:
        k, s = self.plant.arrays, self.state
        for t, donor in self._idle_ties(head):
            away = not k.inp[donor]["closed"] or (k.rate[donor]["joined"] and not hangs[donor])
            if donor in short or not (away and can_give(k, donor)):
                continue
            self._put_out(head, need, blow)
            wait_s = self._closing_s(t)
            slow = self.supplies.drop(0.0, np.full(len(need), wait_s))
            saved = need & carried(self.plant, donor, self.rating_w[t], need & ~slow)
            if not (self.spec.static and saved.any()):
                s.close_at_s[t] = self.plant.now + wait_s
            elif self._closes(t, live=False):
                self._set(t, closed=True)
                if self._pass_on(t, donor, head, blow.strike.cause):
                    self._anew()
                    continue
                blow.spare(saved)
                blow.lost &= ~saved
                blow.seen_s[saved] = wait_s
                if blow.lasts_s < LONG_S:  # without an end: the return of the supply will tell
                    ahead_s = s.open_at_s if s.open_at_s < NEVER else 0.0
                    s.open_at_s = max(ahead_s, self.plant.now + blow.lasts_s + SETTLE_S)
            else:
                self._anew()
                continue
            self._anew()
            need = need & ~saved
            if not (self.spec.static and need.any()):
                return

    def _put_out(self, head: int, need: Flags, blow: Blow) -> None:
        """Take a unit out that has failed to take over: the tie stands in until it is repaired."""
        unit, paths = self.unit_at.get(head), blow.strike.paths
        failed = any(paths.get(int(p)) in FAILED_ON_DEMAND for p in np.flatnonzero(need))
        if unit is not None and failed and self.plant.device(unit.name).in_service:
            self.plant.device(unit.name).fail_with(blow.event)

    def offered_w(self, pod: int, *, hung: bool = True) -> float:
        """Return what could still flow to a pod's compartment over closed ties, W; 0 without one.

        With `hung` only to a compartment that has no supply of its own.
        """
        s, k, head = self.state, self.plant.arrays, int(self.head_of_pod[pod])
        if head < 0 or (hung and not k.rate[head]["tied"]):
            return 0.0
        offers = []
        for t, (a, b) in enumerate(self.ends):
            if s.closed[t] and head in (a, b):
                donor = b if a == head else a
                left_w = self.rating_w[t] - abs(float(k.tie[t]["flow_w"]))
                if can_give(k, donor) and not k.rate[donor]["tied"]:
                    offers.append(max(0.0, min(left_w, spare_w(self.plant, donor))))
        return float(sum(offers))

    def commit(self, k: Arrays) -> None:
        """Tell the pass which ties are closed."""
        k.tie["closed"] = self.state.closed
