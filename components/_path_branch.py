"""The way of power to one bus: elements in series, once or in two lanes (A and B feeds).

With two lanes a fault of the one in service is answered by a transfer to the other, which may fail on
demand; somebody then throws the switch by hand. What strikes both at once (common causes, the
transfer switch itself) is in series with both: the trunk. Each change of state is one event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from components._cuts import cut, mend
from components._series import Series
from twin.contracts.calendar import HOUR_S
from twin.contracts.losses import Initiator
from twin.contracts.parts import NEVER, Device, DeviceState, PlantView


@dataclass(slots=True)
class BranchState(DeviceState):
    """What has failed.

    Attributes
    ----------
    next_s
        Of the trunk and of each lane: its next fault, or the end of its repair, s.
    down
        The kind of element that is down there, or ``""``.
    faults
        Faults there so far.
    on
        Lane in service.
    held
        Lane taken out for maintenance, or -1.
    stuck_s
        The transfer has failed: it is made by hand then, s.
    why
        Kind of the fault that has cut the way; ``""`` while there is one.
    cuts
        How often it was cut so far.
    """

    next_s: list[float] = field(default_factory=list)
    down: list[str] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)
    on: int = 0
    held: int = -1
    stuck_s: float = NEVER
    why: str = ""
    cuts: int = 0


class PathBranch(Device):
    """Faults of what feeds one bus.

    Parameters
    ----------
    row, above
        The bus; whether the elements lie above the storage there (it then takes over) or below.
    trunk, lanes
        What is in series with everything; none or two ways to choose from.
    transfer_failure, manual_s
        Of the transfer from one lane to the other: probability, and time until it is made by hand.
    """

    state_type = BranchState
    state: BranchState

    def __init__(
        self,
        plant: PlantView,
        name: str,
        row: int,
        *,
        above: bool,
        trunk: Series,
        lanes: Sequence[Series] = (),
        transfer_failure: float = 0.0,
        manual_s: float = HOUR_S,
    ) -> None:
        super().__init__(name, plant)
        self.row = row
        self.above = above
        self.ways = (trunk, *lanes)
        self.transfer_failure = transfer_failure
        self.manual_s = manual_s

    def begin(self) -> None:
        """Start in the stationary state; a fault under way is taken up in the first instant."""
        s = self.state
        for series in self.ways:
            kind, time_s = series.begin(self.plant.luck)
            s.down.append(kind)
            s.next_s.append(time_s)
            s.faults.append(0)
        self._wait()
        if any(s.down):
            s.until_s = 0.0

    def _wait(self) -> None:
        self.state.until_s = min(*self.state.next_s, self.state.stuck_s)

    def step(self, reason: str) -> None:
        """Fail, be repaired, be transferred by hand."""
        s, now = self.state, self.plant.now
        for n in range(len(self.ways)):
            if s.next_s[n] <= now:
                self._change(n)
        if s.stuck_s <= now:
            s.stuck_s = NEVER
            s.on = 1 - s.on
            self.say("transferred by hand")
        self._follow()
        self._wait()

    def _change(self, n: int) -> None:
        """Let the trunk (0) or a lane fail, or come back."""
        s, luck, series = self.state, self.plant.luck, self.ways[n]
        if s.down[n]:
            self.say("repaired", f"{s.down[n]}{self._lane(n)}")
            s.down[n] = ""
            s.next_s[n] = self.plant.now + series.up_s(luck, s.faults[n])
            return
        s.faults[n] += 1
        s.down[n], repair_s = series.down(luck, s.faults[n])
        s.next_s[n] = self.plant.now + repair_s
        self.say("fault", f"{s.down[n]}{self._lane(n)}")
        self.plant.count("path_faults")

    def _lane(self, n: int) -> str:
        return f" of feed {'AB'[n - 1]}" if n > 0 else ""

    def _broken(self) -> str:
        """Return the kind of element that leaves the bus without a way; ``""`` if it has one."""
        s = self.state
        if s.down[0] or len(self.ways) == 1:
            return s.down[0]
        other = 1 - s.on
        if not s.down[1 + s.on] and s.held != s.on:
            s.stuck_s = NEVER
            return ""
        if s.held == s.on and not s.down[1 + other]:  # announced: changed over without a gap
            s.stuck_s = NEVER
            s.on = other
            return ""
        if s.down[1 + other] or s.held == other:
            s.stuck_s = NEVER
            return s.down[1 + s.on] or s.down[1 + other]
        if s.stuck_s < NEVER:
            return s.down[1 + s.on]
        event = f"{s.on}-{s.faults[1]}-{s.faults[2]}"
        if not self.plant.luck.happens(self.transfer_failure, self.name, "transfer", event):
            s.on = other
            return ""
        self.say("transfer failed")
        s.stuck_s = self.plant.now + self.manual_s
        return s.down[1 + s.on]

    @property
    def faulty(self) -> bool:
        """Whether anything is down."""
        return any(self.state.down)

    def hold(self, lane: int) -> None:
        """Take a lane out for maintenance."""
        self.state.held = lane
        self._changed()

    def release(self) -> None:
        """Put the lane back that was taken out."""
        self.state.held = -1
        self._changed()

    def _changed(self) -> None:
        self._follow()
        self._wait()
        self.plant.rewait(self)

    def _follow(self) -> None:
        """Cut the bus off, or join it again, as the elements demand."""
        s = self.state
        plant, protection = self.plant, self.plant.device("protection")
        broken = self._broken()
        if broken and not s.why:
            s.why = broken
            s.cuts += 1
            cause = Initiator(f"{self.name} fault {s.cuts}", broken)
            event = f"{self.name}-{s.cuts}"
            if self.above:
                cut(plant, self.row, event, cause)
            else:
                protection.kill_bus(self.row, event, cause)
        elif s.why and not broken:
            s.why = ""
            if self.above:
                mend(plant, self.row)
            else:
                protection.restore_bus(self.row)
