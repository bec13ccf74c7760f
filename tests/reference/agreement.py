"""How well the product and the slow twin agree: ``python -m tests.reference.agreement``.

The tolerance is derived, not chosen. A flow that jumps by dP may truly have jumped up to one step
earlier than the slow twin notices: its energy is blurred by dP x step, summed over all its jumps. An
error in stored energy is made good later, hence once more. Where the product shares power along a
straight line between two sweeps, the slow twin finds the exact share; the energy between the two,
summed over the run, is added (it is shown in the table), and so is the time for which batteries
would miss it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.reference.cases import ARCHITECTURES, CASES, HOUR_S, Case
from tests.reference.product import Answer, of_product, of_slow_twin, pair
from tests.reference.slow_twin import SlowTwin

KWH_J = 3.6e6
ROUNDING = 1e-9


@dataclass(frozen=True)
class Line:
    """One compared figure."""

    case: str
    architecture: str
    what: str
    product: float
    slow: float
    tolerance: float
    unit: str

    @property
    def agrees(self) -> bool:
        """Return whether the two agree to the step's resolution."""
        return abs(self.product - self.slow) <= self.tolerance


def compare(case: Case, architecture: str) -> tuple[list[Line], float]:
    """Return the compared figures of a case, and the energy of the straight lines, J."""
    fine = [(a * HOUR_S, b * HOUR_S, 1.0) for a, b in case.fine]
    plant, slow = pair(case.data, architecture, fine)
    mine, other = of_product(plant), of_slow_twin(slow)
    lines = _energies(mine, other, slow) + _gpu_time(mine, other, slow)
    lines += [("pods lost", float(a), float(b), 0.0, f"pod {n}")
              for n, (a, b) in enumerate(zip(mine.pods_lost, other.pods_lost, strict=True))
              if a or b]  # fmt: skip
    return [Line(case.name, architecture, *line) for line in lines], slow.chord_gap_j


Figure = tuple[str, float, float, float, str]


def _energies(mine: Answer, other: Answer, slow: SlowTwin) -> list[Figure]:
    blur = slow.blur_j
    stored = sum(v for k, v in blur.items() if k.startswith("stored:"))
    figures: list[Figure] = []
    for name, value in mine.energy_j.items():
        if value == other.energy_j[name] == 0.0:
            continue
        wide = blur[name] + (0.0 if name in ("it", "pumps", "cooling", "unserved") else stored)
        wide += slow.chord_gap_j + slow.peak_it_w() * slow.chord_lag_s + ROUNDING * abs(value)
        figures.append((name, value / KWH_J, other.energy_j[name] / KWH_J, wide / KWH_J, "kWh"))
    if mine.fuel_l or other.fuel_l:
        d = slow.diesel.d
        wide = d["fuel_l_per_kwh"] * (blur["diesel"] + stored + slow.chord_gap_j) / KWH_J
        figures.append(("fuel", mine.fuel_l, other.fuel_l, wide + ROUNDING * mine.fuel_l, "L"))
    for bus, value in mine.stored_j.items():
        wide = 2.0 * blur[f"stored:{bus}"] + slow.chord_gap_j + ROUNDING * value
        name = f"stored, {bus}"
        figures.append((name, value / KWH_J, other.stored_j[bus] / KWH_J, wide / KWH_J, "kWh"))
    return figures


def _gpu_time(mine: Answer, other: Answer, slow: SlowTwin) -> list[Figure]:
    """Compare GPU time; work is marked by the second, and a phase ends up to a step late."""
    blur = sum(v for k, v in slow.blur_j.items() if k.startswith("job:"))
    late_s = 2.0 + slow.chord_lag_s
    blur += sum(j.gpus * late_s * j.interruptions for j in slow.scheduler.jobs)
    figures: list[Figure] = []
    for key, value in mine.lost_gpu_s.items():
        if value or other.lost_gpu_s[key]:
            figures.append((f"lost, {key[0]}: {key[1]}", value / HOUR_S,
                            other.lost_gpu_s[key] / HOUR_S, blur / HOUR_S, "GPU-h"))  # fmt: skip
    figures.append(("useful", mine.useful_gpu_s / HOUR_S, other.useful_gpu_s / HOUR_S,
                    (blur + ROUNDING * mine.useful_gpu_s) / HOUR_S, "GPU-h"))  # fmt: skip
    return figures


def row(lines: list[Line], chord_j: float) -> str:
    """Return one line of the table: a case in one architecture."""

    def worst(unit: str, only: str = "") -> str:
        chosen = [x for x in lines if x.unit == unit and x.what.startswith(only)]
        if not only:
            chosen = [x for x in chosen if not x.what.startswith("stored")]
        if not chosen:
            return "–"
        w = max(chosen, key=lambda x: abs(x.product - x.slow))
        return f"{abs(w.product - w.slow):.3g} of {max(w.product, w.slow):.0f} ({w.what})"

    pods = [x for x in lines if x.what == "pods lost"]
    a, b = sum(x.product for x in pods), sum(x.slow for x in pods)
    bad = [f"{x.what} {x.unit}" for x in lines if not x.agrees]
    verdict = "agrees" if not bad else "DIFFERS: " + ", ".join(bad)
    return (f"| {lines[0].case} | {lines[0].architecture} | {worst('kWh')} "
            f"| {worst('kWh', 'stored')} | {worst('GPU-h')} | {a:.0f} / {b:.0f} "
            f"| {chord_j / KWH_J:.2f} | {verdict} |")  # fmt: skip


def table() -> str:
    """Return the agreement of all cases as a Markdown table."""
    head = ("| case | architecture | worst energy, kWh | worst stored, kWh | worst GPU time, GPU-h "
            "| pods lost, product / slow | straight line, kWh | verdict |")  # fmt: skip
    rows = [row(*compare(case, a)) for case in CASES for a in ARCHITECTURES]
    return "\n".join([head, "|" + "---|" * 8, *rows])


if __name__ == "__main__":
    print(table())  # noqa: T201
