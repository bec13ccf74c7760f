"""Sweeps: the designs of a scenario at many points, all on the same luck."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from twin.errors import DataError, InputError, nearest
from twin.explore import design, tables
from twin.explore.axes import OVER, axes_of
from twin.explore.bench import POINTS, Bench, Settings, Variant
from twin.scenario import Scenario, unit

if TYPE_CHECKING:
    from twin.estimate import Estimate
    from twin.results import Failure, Results

TABLE = "sweep.parquet"
PLAN = "sweep.json"
COLUMNS = ["architecture", "metric", *tables.ENTRY]


@dataclass(frozen=True)
class SweepResults:
    """What a sweep found.

    Attributes
    ----------
    plan
        Content of ``sweep.json``: scenario, seed, keys with their units, points.
    table
        One row per point, architecture (or ``"B - A"``) and metric: ``point``, one column per key,
        ``architecture, metric, mean, se, ci_low, ci_high, n, unit``.
    results
        Returns the `Results` of a point by its number.
    failures
        What could not be simulated, with the number of its point.
    """

    plan: Mapping[str, Any]
    table: pd.DataFrame
    results: Callable[[int], Results]
    failures: tuple[tuple[int, Failure], ...] = ()

    @classmethod
    def load(cls, path: str | Path) -> SweepResults:
        """Return the results of a sweep from its folder."""
        from twin.results import Results

        folder = Path(path)
        try:
            plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
            table = pd.read_parquet(folder / TABLE)
        except OSError as error:
            raise DataError(f"{folder}: is no folder of a sweep: {error.strerror}") from None
        digests = [point["digest"] for point in plan["points"]]
        asked = range(plan["replications"]), plan["architectures"]

        def results(number: int) -> Results:
            found = Results.load(folder / POINTS / digests[number])
            return Results.of(found.manifest.asking(*asked), found.tables)

        return cls(plan, table, results)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that were varied."""
        return tuple(self.plan["keys"])

    @property
    def units(self) -> dict[str, str]:
        """Units of the keys."""
        return dict(self.plan["keys"])

    @property
    def architectures(self) -> tuple[str, ...]:
        """The designs; the first is the baseline."""
        return tuple(self.plan["architectures"])

    @property
    def points(self) -> pd.DataFrame:
        """One row per point: ``point`` and one column per key."""
        return self.table[["point", *self.keys]].drop_duplicates("point", ignore_index=True)

    def of(self, metric: str, architecture: str) -> pd.DataFrame:
        """Return one metric of one architecture (or ``"B - A"``), a row per point."""
        known = self.table["metric"].unique()
        if metric not in known:
            raise InputError(f"unknown metric '{metric}'{nearest(metric, known)}")
        rows = self.table["metric"].eq(metric) & self.table["architecture"].eq(architecture)
        return self.table[rows].reset_index(drop=True)

    def difference(
        self, metric: str, point_b: int, point_a: int, architecture: str
    ) -> Estimate:  # fmt: skip
        """Return how a metric of one architecture differs between two points, B - A.

        Both points have met the same luck, so their replications are compared in pairs.
        """
        return between(self.results(point_b), self.results(point_a), metric, architecture)


def between(
    b: Results, a: Results, metric: str, architecture: str, architecture_a: str = ""
) -> Estimate:
    """Return the paired difference B - A of a metric between two variants of a scenario.

    Parameters
    ----------
    b, a
        Results of the two variants, on the same seed.
    metric
        Name of the metric.
    architecture, architecture_a
        The design in B, and that in A if it is another one.
    """
    from twin.results.estimating import Exposure, difference

    if b.manifest.horizon_years != a.manifest.horizon_years:
        raise InputError(f"{metric}: the two points simulate different times, so no pairs exist")
    known = b.metrics.get(metric)
    if known is None or known.only_differences:
        names = [m.name for m in b.metrics.values() if not m.only_differences]
        raise InputError(f"unknown metric '{metric}'{nearest(metric, names)}")
    rows_b, rows_a = b.rows(architecture), a.rows(architecture_a or architecture)
    common = rows_b.index.intersection(rows_a.index)
    exposure = Exposure(b.manifest.horizon_years, max(b.manifest.pods, a.manifest.pods))
    return difference(known, rows_b.loc[common], rows_a.loc[common], exposure)


def sweep(
    scenario: Scenario,
    over: Mapping[str, str | Sequence[Any]] | Sequence[str],
    settings: Settings | None = None,
    architectures: Sequence[str] = (),
    samples: int | None = None,
) -> SweepResults:
    """Simulate the designs of a scenario at all points of a sweep.

    Parameters
    ----------
    scenario
        What is swept.
    over
        Keys and their values: ``{"diesel.sets": [2, 4]}``, or texts as on the command line.
    settings
        Replications, seed, workers, folder.
    architectures
        The designs; left out, the scenario's default.
    samples
        Draws of the Latin hypercube where a key has a range.

    Raises
    ------
    Stopped
        After Ctrl-C; finished replications are saved if there is a folder.
    """
    settings = settings or Settings()
    axes = axes_of(over)
    points = design.points(scenario, axes, samples, settings.seed)
    bench = Bench(scenario, settings, architectures)
    variants = [bench.variant(point.sets, OVER) for point in points]
    plan = _plan(bench, [axis.key for axis in axes], points, variants)
    bench.simulate(variants)
    table = _table(bench, [axis.key for axis in axes], points, variants)
    if settings.out is not None:
        from twin.results.files import write_table, write_text

        write_table(settings.out / TABLE, table)
        write_text(settings.out / PLAN, json.dumps(plan, indent=1, ensure_ascii=False) + "\n")
    numbers = {variant.sets: point.number for point, variant in zip(points, variants, strict=True)}
    failures = tuple((numbers[variant.sets], failure) for variant, failure in bench.failures)
    return SweepResults(plan, table, lambda k: bench.results(variants[k]), failures)


def _plan(
    bench: Bench, keys: Sequence[str], points: Sequence[design.Point], variants: Sequence[Variant]
) -> dict[str, Any]:
    base, settings = bench.scenario, bench.settings
    return {
        "scenario": base.name,
        "digest": base.digest,
        "seed": settings.seed,
        "replications": settings.n,
        "horizon_years": base.horizon_years,
        "architectures": list(bench.architectures),
        "keys": {key: unit(base, key) for key in keys},
        "command": list(settings.command),
        "points": [
            {"point": p.number, "digest": v.digest, "sets": list(p.sets)}
            for p, v in zip(points, variants, strict=True)
        ],
    }


def _table(
    bench: Bench, keys: Sequence[str], points: Sequence[design.Point], variants: Sequence[Variant]
) -> pd.DataFrame:
    found = [
        (number, row)
        for number, variant in enumerate(variants)
        for row in tables.rows(bench.summary(variant))
    ]
    body = pd.DataFrame([row for _, row in found], columns=COLUMNS)
    body.insert(0, "point", [number for number, _ in found])
    for place, key in enumerate(keys, start=1):
        column = tables.column_of([point.values[key] for point in points])
        body.insert(place, key, column.to_numpy()[body["point"]])
    return tables.typed(body)
