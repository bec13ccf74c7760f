"""What the slow twin is given, and its pods."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.reference.electric import Bus


@dataclass
class World:
    """What is given as plain lists.

    Attributes
    ----------
    disturbances
        (start s, duration s, residual pu).
    prices
        Price of each half-hour of the year, USD/kWh.
    pv
        Hourly PV power, W per W of peak.
    node_faults
        (time s, pod, node, detection s, down s).
    fine
        (from s, to s, step s): where to step finer than `step_s`.
    """

    disturbances: list[tuple[float, float, float]] = field(default_factory=list)
    prices: list[float] = field(default_factory=lambda: [0.1] * 17_520)
    pv: list[float] = field(default_factory=lambda: [0.0] * 8_760)
    node_faults: list[tuple[float, int, int, float, float]] = field(default_factory=list)
    step_s: float = 60.0
    fine: list[tuple[float, float, float]] = field(default_factory=list)


class Pod:
    """A pod of GPUs (or the core): on, booting or off."""

    def __init__(self, number: int, bus: Bus) -> None:
        self.number, self.bus = number, bus
        self.phase, self.ready_s = "on", 0.0
        self.denied_w = 0.0
        self.before_w: float | None = None
        self.losses = 0
        self.it_w = 0.0
        self.job_w = 0.0

    def deny(self) -> None:
        """Have less than it drew before the mains went away (or draws now, if they did not)."""
        wished_w = self.it_w if self.before_w is None else self.before_w
        self.denied_w = max(self.denied_w, wished_w)

    def lose(self) -> None:
        """Go dark."""
        self.deny()
        self.phase = "off"
        self.losses += 1

    def power_up(self, t: float) -> None:
        """Get power again and boot."""
        self.phase, self.denied_w = "boot", 0.0
        self.ready_s = t

    def tick(self, t: float, boot_s: float) -> None:
        """Finish booting."""
        if self.phase == "boot" and self.ready_s + boot_s <= t:
            self.phase = "on"
