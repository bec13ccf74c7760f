"""Two designs at equal energy, equal unserved energy, equal cost: the second is resized each time.

Designs as they stand mix what a design is with how large somebody made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from experiments.studies.frame import Context, Section, Study, StudyReport
from twin import plots
from twin.errors import InputError
from twin.estimate import Estimate
from twin.explore import Bench, Settings, Sizing, between, size
from twin.explore.grids import STORAGE
from twin.explore.tables import typed
from twin.plant.loads import laid_out
from twin.plant.tree import Layout
from twin.report.sweeps import shown
from twin.report.wording import cell, scale, upper_first
from twin.results import Results
from twin.scenario import Scenario
from twin.scenario.toml_text import literal

KWH_J = 3.6e6
EUE, COST = "eue_it_mwh_per_year", "tco_npv_usd"
METRICS = {
    COST: "net present cost",
    "interrupted_job_cost_usd_per_year": "interrupted-job cost",
    EUE: "unserved IT energy",
    "pod_losses_per_year": "pod losses",
    "lost_gpu_hours_per_year": "lost GPU-hours",
    "capex_usd": "investment",
    "electricity_cost_usd_per_year": "electricity cost",
}
DRAWN = (COST, "interrupted_job_cost_usd_per_year", EUE)
ALIKE = 0.01  # relative; such sizes count as equal


@dataclass(frozen=True)
class Footing:
    """The two designs with one of them resized.

    Attributes
    ----------
    name, what
        Short name, and what was made equal.
    moved
        The design that is resized.
    sets
        Changes that make its size.
    problem
        Why there is no such size, empty if there is.
    failures
        Failed simulations of the search for it.
    """

    name: str
    what: str
    moved: str
    sets: tuple[str, ...] = ()
    problem: str = ""
    failures: int = 0


@dataclass(frozen=True)
class Compared:
    """The two designs (first, second) on one footing.

    Attributes
    ----------
    made
        The scenario with the sizes of this footing.
    estimates, gaps
        Of each design, and second less first, by metric.
    """

    footing: Footing
    made: Scenario
    estimates: dict[str, dict[str, Estimate]]
    gaps: dict[str, Estimate]


def run(context: Context) -> StudyReport:
    """Compare the first two default architectures of a scenario on four footings."""
    scenario = context.load("sea-8000")
    a, b = _pair(scenario)
    settings = context.settings()
    bench = Bench(scenario, settings, [a, b])
    bench.simulate([given := bench.variant(())])
    base = bench.results(given)
    footings = list(_footings(context, scenario, settings, base, (a, b)))
    compared, failures = [], len(bench.failures) + sum(f.failures for f in footings)
    for footing in footings:
        if footing.problem:
            continue
        resized = Bench(scenario, settings, [footing.moved])
        variant = resized.variant(footing.sets)
        resized.simulate([variant])
        failures += len(resized.failures)
        compared.append(_compare(scenario, footing, resized.results(variant), base, (a, b)))
    return _report(scenario, base, footings, compared, (a, b), failures)


def _pair(scenario: Scenario) -> tuple[str, str]:
    names = scenario.default_architectures
    if len(names) < 2:
        raise InputError(f"{scenario.origin}: this study compares two designs, and there is one")
    return names[0], names[1]


def _footings(
    context: Context, scenario: Scenario, settings: Settings, base: Results, pair: tuple[str, str]
) -> Iterator[Footing]:
    """Yield the footings: sizes as given, and what must be resized for the others."""
    a, b = pair
    yield Footing("as given", "nothing", b)
    yield _equal_energy(scenario, a, b)

    def look(name: str, other: str, metric: str, largest: bool) -> Sizing:
        context.say(f"{name} at the {METRICS[metric]} of {other} ...")
        target = f"{metric}={base.estimates_of(metric)[other].mean!r}"
        return size(scenario, name, target, settings=settings, largest=largest, say=context.say)

    found, moved, other = look(b, a, EUE, False), b, a
    if not found.chosen:  # what it lacks is no size: give the first design less instead
        found, moved, other = look(a, b, EUE, False), a, b
    yield _sized("equal EUE", f"unserved energy at most that of {other}", moved, found)
    found = look(b, a, COST, True)
    yield _sized("equal cost", f"the largest battery at the net present cost of {a}", b, found)


def _equal_energy(scenario: Scenario, a: str, b: str) -> Footing:
    name, what = "equal energy", f"stored energy that of {a}, power as given"
    wanted, have = _energy_kwh(_laid(scenario, a)), _energy_kwh(_laid(scenario, b))
    if not (wanted and have):
        return Footing(name, what, b, problem="one of the designs has no storage")
    if abs(have / wanted - 1.0) <= ALIKE:
        return Footing(name, what, b)
    storage: Any = scenario.architectures[b].tables["storage"]
    kept = have - _energy_kwh(_laid(scenario, b), storage)  # further storage stays as it is
    energy = storage.energy_kwh * (wanted - kept) / (have - kept)
    if energy <= 0.0:
        return Footing(name, what, b, problem=f"the further storage of {b} holds more already")
    key = f"architectures.{b}.{STORAGE}"
    return Footing(name, what, b, (f"{key}={literal(float(f'{energy:.6g}'))}",))


def _sized(name: str, what: str, moved: str, found: Sizing) -> Footing:
    problem = "" if found.chosen else f"no size of {moved} up to {_reach(found)} reaches it"
    return Footing(name, what, moved, found.sets, problem, found.answer["failures"])


def _reach(found: Sizing) -> str:
    grid = found.answer["grid"]
    return ", ".join(f"{key.split('.')[-1]} {grid[key]['high']:g}" for key in grid)


def _laid(scenario: Scenario, name: str) -> Layout:
    return laid_out(scenario, scenario.architectures[name])


def _energy_kwh(laid: Layout, storage: Any = None) -> float:
    """Return the nameplate energy of all storage, or of one bank."""
    mine = [b for b in laid.buses if storage is None or b.storage is storage]
    return sum(bus.nameplate_j for bus in mine) / KWH_J


def _sizes(scenario: Scenario, name: str) -> dict[str, float]:
    laid = _laid(scenario, name)
    diesel: Any = scenario.architectures[name].tables.get("diesel")
    return {
        "storage, kWh": _energy_kwh(laid),
        "storage, kW": sum(bus.power_w for bus in laid.buses if bus.storage is not None) / 1e3,
        "diesel sets": 0 if diesel is None else diesel.sets,
    }


def _compare(
    scenario: Scenario, footing: Footing, resized: Results, base: Results, pair: tuple[str, str]
) -> Compared:
    a, b = pair
    of = {name: resized if name == footing.moved else base for name in pair}
    estimates = {n: {m: of[n].estimates_of(m)[n] for m in METRICS} for n in pair}
    gaps = {metric: between(of[b], of[a], metric, b, a) for metric in METRICS}
    return Compared(footing, scenario.changed(footing.sets), estimates, gaps)


def _report(
    scenario: Scenario,
    base: Results,
    footings: list[Footing],
    compared: list[Compared],
    pair: tuple[str, str],
    failures: int,
) -> StudyReport:
    a, b = pair
    table = _tidy(compared, pair)
    intro = (
        f"{b} is resized until it equals {a} in one respect; {a} only where no size of {b} does. All "
        f"sizes meet the same luck, so differences are paired: estimate ± half the width of the "
        f"95 % interval, {base.count} replications of {scenario.horizon_years:g} years each."
    )
    missing = [f"{f.name}: {f.problem}." for f in footings if f.problem]
    sections = [
        Section("Sizes", [intro, *missing], table=_size_table(compared, pair)),
        Section(
            f"{b} less {a} on each footing", figure="footings",
            caption=f"Dots: estimates. Bars: 95 % intervals. Below zero {b} is better.",
        ),
        Section("Side by side", table=_side_by_side(compared, pair)),
    ]  # fmt: skip
    drawn = table[table["of"].eq(f"{b} - {a}") & table["metric"].isin(DRAWN)]
    panels = [
        shown(m, drawn.loc[drawn["metric"].eq(m), "mean"].tolist(), upper_first(METRICS[m]))
        for m in DRAWN
    ]
    return StudyReport(
        scenario, sections, list(_conclusions(footings, compared, pair)), {"footings": table},
        {"footings": plots.dot_figure(drawn, "footing", panels)}, failures,
    )  # fmt: skip


def _tidy(compared: list[Compared], pair: tuple[str, str]) -> pd.DataFrame:
    a, b = pair
    rows: list[dict[str, object]] = []
    for one in compared:
        every = {a: one.estimates[a], b: one.estimates[b], f"{b} - {a}": one.gaps}
        for of, block in every.items():
            for metric, found in block.items():
                head: dict[str, object] = {"footing": one.footing.name, "of": of, "metric": metric}
                rows.append(head | found.to_dict(quantiles=False))
    return typed(pd.DataFrame(rows))


def _size_table(compared: list[Compared], pair: tuple[str, str]) -> pd.DataFrame:
    rows = []
    for one in compared:
        head, tail = {"footing": one.footing.name}, {"made equal": one.footing.what}
        rows += [{**head, "design": name, **_sizes(one.made, name), **tail} for name in pair]
    return pd.DataFrame(rows)


def _side_by_side(compared: list[Compared], pair: tuple[str, str]) -> pd.DataFrame:
    rows = []
    for metric, label in METRICS.items():
        every = [one.estimates[name][metric] for one in compared for name in pair]
        factor, unit = scale(every[0].unit, every)
        for one in compared:
            row = {"": f"{label}, {unit}", "footing": one.footing.name}
            row |= {name: cell(one.estimates[name][metric], factor) for name in pair}
            gap = cell(one.gaps[metric], factor, signed=True)
            rows.append(row | {f"{pair[1]} - {pair[0]}": gap})
    return pd.DataFrame(rows)


def _conclusions(
    footings: list[Footing], compared: list[Compared], pair: tuple[str, str]
) -> Iterator[str]:
    """Yield a sentence per footing, no more than the intervals bear out."""
    by_name = {one.footing.name: one for one in compared}
    for footing in footings:
        where = footing.name if footing.name == "as given" else f"at {footing.name}"
        if footing.problem:
            yield f"{upper_first(where)}: {footing.problem}, so nothing is compared."
            continue
        one = by_name[footing.name]
        sizes = [f"{name} with {_plant(one.made, name)}" for name in reversed(pair)]
        verdicts = (_verdict(one.gaps[metric], METRICS[metric]) for metric in DRAWN)
        yield f"{upper_first(where)}, {sizes[0]} against {sizes[1]}: {', '.join(verdicts)}."


def _plant(scenario: Scenario, name: str) -> str:
    sizes = _sizes(scenario, name)
    return f"{sizes['storage, kWh']:,.0f} kWh and {sizes['diesel sets']:.0f} diesel sets"


def _verdict(gap: Estimate, what: str) -> str:
    """Return how the second design differs, in words that the interval bears out."""
    if gap.mean is None:
        return f"{what} not defined"
    factor, unit = scale(gap.unit, [gap])
    amount = f"{cell(gap, factor, signed=True)} {unit}"
    if gap.ci_low is None or gap.ci_high is None:
        return f"{what} equal in every replication" if gap.mean == 0.0 else f"{what} {amount}"
    if gap.ci_low <= 0.0 <= gap.ci_high:
        return f"{what} not significantly different ({amount})"
    return f"{what} {'lower' if gap.mean < 0.0 else 'higher'} ({amount})"


STUDY = Study("footings", "Two designs at equal size, equal unserved energy, and equal cost", run)
