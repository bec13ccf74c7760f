"""How good must a bulkhead be? Compartments, containment, ties and common cause, on the same luck.

One site with one storage, cut into more and more compartments of equal size: total energy, power and
number of converters stay the same, and so does the luck of the grid and of every bus, since it is
named by its cause. What is asked: up to which number compartments help at a given containment, how
good containment must be, what a tie buys and costs, and what common cause leaves of it all.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd

from experiments.studies.frame import Context, Section, Study, StudyReport
from experiments.studies.watertight_answers import conclusions
from experiments.studies.watertight_grid import (
    ARCHITECTURE,
    LARGE,
    LOSSES,
    MOST,
    Grid,
    Point,
    Ties,
    metrics_of,
)
from twin import plots, registry
from twin.errors import InputError
from twin.explore import Bench
from twin.explore.tables import typed
from twin.report.wording import cell
from twin.scenario import Scenario

COMPARTMENTS = (1, 2, 4, 8, 16, 32)
CONTAINMENTS, QUICK_CONTAINMENTS = (0.5, 0.9, 0.99, 0.999, 0.9999), (0.5, 0.9999)
TIES: tuple[Ties, ...] = ("none", "mechanical", "static")
LARGER = 2.0
"""Converters that can carry a neighbour as well."""
REPLICATIONS, QUICK = 20, 8


def run(context: Context) -> StudyReport:
    """Simulate the grid of sites, and say what their bulkheads are worth."""
    scenario = context.load("sea-8000")
    _check(scenario)
    bench = Bench(scenario, context.settings(REPLICATIONS, QUICK), [ARCHITECTURE])
    containments = QUICK_CONTAINMENTS if context.quick else CONTAINMENTS
    counts = [c for c in COMPARTMENTS if c <= _pods(scenario)]
    points = [Point(*values) for values in product(counts, containments, TIES, (False, True))]
    # A neighbour gives over a tie only what its own load leaves of its converter
    ends = containments[0], containments[-1]
    points += [Point(counts[-1], c, ties, True, LARGER) for c in ends for ties in TIES]
    variants = {point: bench.variant(changes(scenario, point)) for point in points}
    bench.simulate(list(variants.values()))
    # Many points share a variant: a single compartment has no neighbours
    found = {v.digest: bench.results(v) for v in variants.values()}
    grid = Grid({point: found[v.digest] for point, v in variants.items()}, _pods(scenario))
    return _report(scenario, bench, grid)


def _check(scenario: Scenario) -> None:
    if ARCHITECTURE not in scenario.architectures:
        raise InputError(f"{scenario.origin}: this study needs an architecture '{ARCHITECTURE}'")
    design = scenario.architectures[ARCHITECTURE]
    battery = registry.find("storage", "bess").spec
    if not isinstance(design.tables.get("storage"), battery) or design.more_storage:
        raise InputError(
            f"{scenario.origin}: this study cuts up the storage of '{ARCHITECTURE}', which must be a "
            f'single table of kind = "bess"'
        )


def _pods(scenario: Scenario) -> int:
    return int(getattr(scenario.load, "pods"))  # noqa: B009  (a load of any kind has pods)


def changes(scenario: Scenario, point: Point) -> list[str]:
    """Return the changes that cut the site into compartments, at equal total storage."""
    base = f"architectures.{ARCHITECTURE}"
    storage: Any = scenario.architectures[ARCHITECTURE].tables["storage"]
    pods, count = _pods(scenario), point.compartments
    whole = pods * storage.modules
    made = [
        f"{base}.compartments={count}",
        f'{base}.storage.level="block"',
        f"{base}.storage.energy_kwh={storage.energy_kwh * pods / count:.12g}",
        f"{base}.storage.power_kw={storage.power_kw * point.converters * pods / count:.12g}",
        f"{base}.storage.modules={max(1, whole // count)}",
        'bulkhead.kind="default"',
        "recovery.on_islands=true",  # else what a mechanical tie feeds again would stay dark
    ]
    if not point.common_cause:
        made += ["bulkhead.common_cause=0", "bulkhead.ems_fault_per_year=0"]
    if count == 1:  # no neighbours: neither bulkheads nor ties
        return made
    kinds = ("bus", "storage", "fire", "short_circuit", "tie")
    made += [f"bulkhead.{kind}={point.containment:g}" for kind in kinds]
    made.append(f'ties.kind="{"none" if point.ties == "none" else "breakers"}"')
    if point.ties != "none":
        made.append(f"ties.static={str(point.ties == 'static').lower()}")
    return made


# ---- the report ----------------------------------------------------------------------------------


def _report(scenario: Scenario, bench: Bench, grid: Grid) -> StudyReport:
    table = _tidy(grid)
    storage: Any = scenario.architectures[ARCHITECTURE].tables["storage"]
    pods = grid.pods
    labels = metrics_of(pods)
    intro = (
        f"{pods} pods with {storage.energy_kwh * pods:,.0f} kWh and {storage.power_kw * pods:,.0f} kW "
        f"of storage in all, beside what the core network has, cut into equal compartments: a storage, "
        f"a bus and a static switch each. {bench.settings.n} replications of "
        f"{scenario.horizon_years:g} years each; all sites meet the same luck. Bands: 95 % intervals."
    )
    caveat = (
        "Containment is one number for all kinds of faults here: of buses, storages, fires, short "
        "circuits, and what ties pass on. Common cause: faults that all storages share, and those of "
        "their controls. Fewer compartments need larger static switches, up to ones that nobody "
        "builds for low voltage; their price per kilowatt and their failure rates stay the same here."
    )
    sections = [
        Section(
            "Compartments and containment", [intro, caveat], figure="watertight",
            caption="Pod losses by number of compartments. One line per containment; columns: ties.",
        ),
        Section(
            "Large events", figure="watertight_large",
            caption=f"How often one event takes {grid.large} pods or more: a quarter of the site. A "
            "compartment of that size is just large enough to count.",
        ),
        Section("Numbers", table=_numbers(grid)),
    ]  # fmt: skip
    figures = {
        "watertight": plots.watertight_figure(table, LOSSES, labels[LOSSES], "1/yr"),
        "watertight_large": plots.watertight_figure(table, LARGE, labels[LARGE], "1/yr"),
    }
    return StudyReport(
        scenario, sections, list(conclusions(grid)), {"watertight": table}, figures,
        len(bench.failures),
    )  # fmt: skip


def _tidy(grid: Grid) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for point in grid.found:
        for metric in metrics_of(grid.pods):
            found = grid.estimate(point, metric).to_dict(quantiles=False)
            rows.append({**point.columns, "metric": metric, **found})
    return typed(pd.DataFrame(rows))


def _numbers(grid: Grid) -> pd.DataFrame:
    labels = metrics_of(grid.pods)

    def row(point: Point) -> dict[str, object]:
        estimates = {m: grid.estimate(point, m) for m in (LOSSES, LARGE, MOST)}
        return point.columns | {
            f"{labels[m]}, {e.unit or 1}": cell(e) for m, e in estimates.items()
        }

    return pd.DataFrame([row(p) for p in sorted(grid.found)])


STUDY = Study("watertight", "How good must a bulkhead be?", run)
