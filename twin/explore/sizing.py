"""The smallest plant that meets a target, found with few simulations on the same luck."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from twin.errors import DataError, InputError
from twin.estimate import Estimate
from twin.explore import searching, tables
from twin.explore.axes import VARY, axes_of
from twin.explore.bench import Bench, Settings, Variant
from twin.explore.grids import grid as plants
from twin.explore.searching import Cell
from twin.explore.sweeping import between
from twin.explore.target import RISES_WITH_SIZE, Target
from twin.montecarlo import Say, kept_workers, silent
from twin.scenario import Scenario, unit
from twin.scenario.toml_text import literal

TABLE = "size.parquet"
ANSWER = "size.json"
COST = "tco_npv_usd"
NOISE = 1e-9
"""Relative; what worsens by less is rounding."""


@dataclass(frozen=True)
class Sizing:
    """What a search for a size found.

    Attributes
    ----------
    answer
        Content of ``size.json``: the target, the grid, the minimal plants, the cheapest of them.
    table
        One row per simulated plant: the keys, the metric's estimate, whether the target is met
        (``met``), whether by its whole interval (``surely_met``), ``tco_npv_usd`` with its interval,
        ``minimal`` (nothing smaller meets the target) and ``chosen`` (the cheapest of those).
    """

    answer: Mapping[str, Any]
    table: pd.DataFrame

    @classmethod
    def load(cls, path: str | Path) -> Sizing:
        """Return what a search has written into a folder."""
        folder = Path(path)
        try:
            answer = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
            return cls(answer, pd.read_parquet(folder / TABLE))
        except OSError as error:
            raise DataError(f"{folder}: is no folder of a sizing: {error.strerror}") from None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that were searched."""
        return tuple(self.answer["keys"])

    @property
    def minimal(self) -> pd.DataFrame:
        """The plants that meet the target and are not larger than another one that does."""
        return self.table[self.table["minimal"]].reset_index(drop=True)

    @property
    def chosen(self) -> dict[str, float] | None:
        """The figures of the cheapest of them, None if the target is out of reach."""
        found: dict[str, float] | None = self.answer["chosen"]
        return found

    @property
    def words(self) -> str:
        """The target as people write it."""
        aim = self.answer["target"]
        return Target(aim["metric"], aim["value"], aim["confident"]).words

    @property
    def sets(self) -> tuple[str, ...]:
        """The changes that make the chosen plant, as for ``--set``."""
        return tuple(f"{key}={value:.12g}" for key, value in (self.chosen or {}).items())


@dataclass
class _Search:
    """A search under way: what was simulated, cell by cell."""

    bench: Bench
    target: Target
    grid: dict[str, tuple[float, ...]]
    say: Say
    found: dict[Cell, tuple[Variant, Estimate]] = field(default_factory=dict)

    def values(self, cell: Cell) -> dict[str, float]:
        """Return the figures of a plant."""
        return {key: axis[k] for (key, axis), k in zip(self.grid.items(), cell, strict=True)}

    def ask(self, cell: Cell) -> bool:
        """Simulate a plant, and return whether it meets the target."""
        if cell not in self.found:
            sets = [f"{key}={literal(value)}" for key, value in self.values(cell).items()]
            variant = self.bench.variant(sets, VARY)
            self.bench.simulate([variant])
            estimate = self.estimate(variant, self.target.metric)
            self.found[cell] = variant, estimate
            self.say(self._line(cell, estimate))
        return self.target.met(self.found[cell][1])

    def estimate(self, variant: Variant, metric: str) -> Estimate:
        """Return the estimate of a metric for a plant."""
        return self.bench.estimates(variant, metric)[self.bench.architectures[0]]

    def _line(self, cell: Cell, found: Estimate) -> str:
        mean = "undefined" if found.mean is None else f"{found.mean:.4g} {found.unit}"
        verdict = "met" if self.target.met(found) else "not met"
        return f"{len(self.found)}: {_plant(self.values(cell))}: {mean}, {verdict}"

    def worsenings(self) -> list[str]:
        """Return a sentence for the worst case in which a larger plant did worse, if any did."""
        found = [
            (worse, small, large)
            for small in self.found
            for large in self.found
            if small != large and searching.below(small, large)
            for worse in [self._worse(small, large)]
            if worse > 0.0
        ]
        if not found:
            return []
        _, small, large = max(found)
        name, metric = self.bench.architectures[0], self.target.metric
        results = [self.bench.results(self.found[cell][0]) for cell in (large, small)]
        gap = between(results[0], results[1], metric, name)
        chance = "within" if (gap.ci_low or 0.0) <= 0.0 <= (gap.ci_high or 0.0) else "beyond"
        return [
            f"more did not always help: in {len(found)} pairs of simulated plants the larger one "
            f"did worse, at most {_plant(self.values(large))} against "
            f"{_plant(self.values(small))}, by {abs(gap.mean or 0.0):.3g} {gap.unit} ({chance} "
            f"chance); the search takes for granted that more of each key is no worse"
        ]

    def _worse(self, small: Cell, large: Cell) -> float:
        """Return by how much the larger plant did worse, 0 if it did not."""
        less, more = self.found[small][1].mean, self.found[large][1].mean
        if less is None or more is None:
            return 0.0
        worse = less - more if self.target.more else more - less
        return worse if worse > NOISE * abs(less) else 0.0


def _plant(values: Mapping[str, float]) -> str:
    return ", ".join(f"{key.split('.')[-1]} {value:g}" for key, value in values.items())


def size(
    scenario: Scenario,
    architecture: str,
    target: str | Target,
    vary: Mapping[str, str | Sequence[Any]] | Sequence[str] = (),
    settings: Settings | None = None,
    *,
    largest: bool = False,
    say: Say = silent,
) -> Sizing:
    """Find the smallest plant of an architecture that meets a target.

    Parameters
    ----------
    scenario, architecture
        Whose plant.
    target
        ``"METRIC=VALUE"``, or a `Target`.
    vary
        Keys and their ranges, ``LOW..HIGH:STEP``; left out, the battery's energy up to four times
        what the scenario has, and the number of diesel sets from none to twice as many.
    settings
        Replications, seed, workers, folder.
    largest
        True finds the largest value of one key that still meets the target instead, for costs,
        which a larger plant worsens sooner or later.
    say
        Told each simulated plant.

    Returns
    -------
    Sizing
        All minimal plants, and the one with the least mean ``tco_npv_usd`` among them.

    Notes
    -----
    More of any key must not worsen the metric. The search then asks only where the answer does not
    follow from others: along one key it bisects, and each line starts from what the lines before
    have shown. Simulated plants that contradict this are told as warnings.
    """
    aim = Target.read(target) if isinstance(target, str) else target
    settings = settings or Settings()
    (name,) = scenario.chosen([architecture])
    grid = plants(scenario, name, axes_of(vary, VARY), largest=largest)
    _check(aim, grid, largest)
    search = _Search(Bench(scenario, settings, [name]), aim, grid, say)
    for corner in (min, max):
        ends = [f"{key}={literal(corner(axis))}" for key, axis in grid.items()]
        search.bench.variant(ends, VARY)  # a range that the scenario forbids is told now
    with kept_workers():
        cells = _cells(search, largest)
    sizing = _answer(search, cells, largest)
    if settings.out is not None:
        from twin.results.files import write_table, write_text

        write_table(settings.out / TABLE, sizing.table)
        text = json.dumps(sizing.answer, indent=1, ensure_ascii=False)
        write_text(settings.out / ANSWER, text + "\n")
    return sizing


def _cells(search: _Search, largest: bool) -> list[Cell]:
    shape = [len(axis) for axis in search.grid.values()]
    if not largest:
        return searching.minimal_cells(shape, search.ask)
    place = searching.largest(shape[0], lambda k: search.ask((k,)))
    return [] if place is None else [(place,)]


def _check(target: Target, grid: Mapping[str, Sequence[float]], largest: bool) -> None:
    if target.metric in RISES_WITH_SIZE and not largest:
        raise InputError(
            f"--target {target.metric}: a larger plant worsens it sooner or later, so there is no "
            f"smallest one to find; add --largest to find the largest that meets the target"
        )
    for key, values in grid.items():
        if len(values) < 2:
            raise InputError(f"{VARY} {key}: one value is no range")


def _answer(search: _Search, cells: Sequence[Cell], largest: bool) -> Sizing:
    costs = {cell: search.estimate(search.found[cell][0], COST) for cell in search.found}
    known = [cell for cell in cells if costs[cell].mean is not None]
    chosen = min(known, key=lambda cell: costs[cell].mean or 0.0, default=None)
    table = _table(search, costs, cells, chosen)
    base, aim, settings = search.bench.scenario, search.target, search.bench.settings
    answer = {
        "scenario": base.name,
        "digest": base.digest,
        "seed": settings.seed,
        "replications": settings.n,
        "architecture": search.bench.architectures[0],
        "target": {
            "metric": aim.metric, "value": aim.value, "unit": aim.unit,
            "side": "at least" if aim.more else "at most", "confident": aim.confident,
        },
        "largest": largest,
        "keys": {key: unit(base, key) for key in search.grid},
        "grid": {
            key: {"low": axis[0], "high": axis[-1], "values": len(axis)}
            for key, axis in search.grid.items()
        },
        "plants": math.prod(len(axis) for axis in search.grid.values()),
        "simulated": len(search.found),
        "minimal": [search.values(cell) for cell in cells],
        "chosen": None if chosen is None else search.values(chosen),
        "warnings": [] if largest else search.worsenings(),
        "failures": len(search.bench.failures),
        "command": list(settings.command),
    }  # fmt: skip
    return Sizing(answer, table)


def _table(
    search: _Search, costs: Mapping[Cell, Estimate], cells: Sequence[Cell], chosen: Cell | None
) -> pd.DataFrame:
    rows = []
    for cell in sorted(search.found):
        variant, found = search.found[cell]
        rows.append(
            search.values(cell)
            | {"metric": search.target.metric}
            | found.to_dict(quantiles=False)
            | {
                "met": search.target.met(found),
                "surely_met": search.target.surely_met(found),
                COST: costs[cell].mean,
                f"{COST}_ci_low": costs[cell].ci_low,
                f"{COST}_ci_high": costs[cell].ci_high,
                "minimal": cell in cells,
                "chosen": cell == chosen,
                "digest": variant.digest,
            }
        )
    money = dict.fromkeys([COST, f"{COST}_ci_low", f"{COST}_ci_high"], "float64")
    return tables.typed(pd.DataFrame(rows)).astype(money)
