"""What the answer hangs on: one figure at a time from low to high, on the same luck."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from twin.errors import DataError, InputError, nearest
from twin.explore import tables
from twin.explore.axes import OVER
from twin.explore.bench import Bench, Settings, Variant
from twin.explore.effects import effect
from twin.explore.ranges import Range, ranges
from twin.explore.winners import Change, change
from twin.metrics import METRICS, MORE_IS_BETTER
from twin.scenario import Scenario

TABLE = "sensitivity.parquet"
EFFECTS = "sensitivity_effects.parquet"
PLAN = "sensitivity.json"
SIDES = ("low", "base", "high")
COLUMNS = ["key", "side", "value", "of", "metric", *tables.ENTRY]


@dataclass(frozen=True)
class Tornado:
    """What moving one figure at a time does to a metric.

    Attributes
    ----------
    plan
        Content of ``sensitivity.json``: scenario, metric, the difference ``of`` that is looked at.
    table
        One row per figure, side (low, base, high) and design or difference: ``key, side, value,
        of, metric, mean, se, ci_low, ci_high, n, unit``.
    effects
        One row per figure, the strongest first: ``key, unit, low, base, high``; how the difference
        changes from the base to either end, with intervals (``to_low, to_low_ci_low`` ...);
        ``swing``, the width of what the difference does over the range; ``changes_at``, where the
        winner changes, and ``undecided_low, undecided_high``, between which nobody can tell.
    """

    plan: Mapping[str, Any]
    table: pd.DataFrame
    effects: pd.DataFrame

    @classmethod
    def load(cls, path: str | Path) -> Tornado:
        """Return what a sensitivity run has written into a folder."""
        folder = Path(path)
        try:
            plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
            return cls(plan, *(pd.read_parquet(folder / name) for name in (TABLE, EFFECTS)))
        except OSError as error:
            raise DataError(f"{folder}: holds no sensitivity run: {error.strerror}") from None

    @property
    def metric(self) -> str:
        """Name of the metric."""
        return str(self.plan["metric"])

    @property
    def of(self) -> str:
        """The difference ``"B - A"`` that is looked at, or the only design."""
        return str(self.plan["of"])

    def top(self, count: int = 3) -> list[str]:
        """Return the figures that move the difference most, the strongest first."""
        return [str(key) for key in self.effects["key"].head(count)]

    def verdict(self, key: str) -> str:
        """Return in words who wins where along a figure's range."""
        row = self.effects.set_index("key").loc[key]
        unit = "" if row["unit"] in ("", "1") else f" {row['unit']}"
        span = f"{key} from {row['low']:g} to {row['high']:g}{unit}"
        b, found, a = self.of.partition(" - ")
        if pd.isna(row["swing"]):
            return f"{span}: {self.metric} is not defined"
        moved = f"moves {self.of} by {_amount(row['swing'])} {self.plan['unit']}"
        if not found:
            return f"{span} {moved}"
        if (row["undecided_low"], row["undecided_high"]) == (row["low"], row["high"]):
            return f"{span} {moved}; nobody can tell who is better"
        more = self.metric in MORE_IS_BETTER
        ends = [float(self._at(key, side)["mean"]) for side in ("low", "high")]
        winners = [b if (gap > 0.0) == more else a for gap in ends]
        if pd.isna(row["changes_at"]):
            text = f"{winners[0]} is better throughout"
        elif winners[0] == winners[1]:
            text = f"{winners[0]} is better at both ends, but not in between"
        else:
            at = row["changes_at"]
            text = f"{winners[0]} is better up to {at:.3g}{unit}, {winners[1]} beyond"
        low, high = (f"{row[k]:.3g}" for k in ("undecided_low", "undecided_high"))
        if low != high:
            text += f" (nobody can tell between {low} and {high}{unit})"
        return f"{span} {moved}; {text}"

    def _at(self, key: str, side: str) -> pd.Series[Any]:
        rows = self.table
        chosen = rows["key"].eq(key) & rows["side"].eq(side) & rows["of"].eq(self.of)
        return rows[chosen].iloc[0]


def _amount(value: float) -> str:
    """Return a number with three digits, without powers of ten where it is large."""
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


def tornado(
    scenario: Scenario,
    metric: str,
    keys: Mapping[str, Sequence[float]] | Iterable[str] | None = None,
    settings: Settings | None = None,
    architectures: Sequence[str] = (),
    bench: Bench | None = None,
) -> Tornado:
    """Move one figure at a time from low to high, and see what becomes of a metric's difference.

    Parameters
    ----------
    scenario
        The base.
    metric
        Name of the metric.
    keys
        Figures with their (low, high), or names of figures that declare a range, or texts
        ``"KEY=LOW..HIGH"``; left out, all figures that declare a range. A plant figure is moved in
        every architecture that has it.
    settings
        Replications, seed, workers, folder.
    architectures
        The designs; left out, the scenario's default. The difference looked at is the second less
        the first.
    bench
        One of the same scenario, settings and architectures that has simulated before.

    Raises
    ------
    Stopped
        After Ctrl-C; finished replications are saved if there is a folder.
    """
    found = METRICS.get(metric)
    if found is None or found.only_differences:
        known = [m.name for m in METRICS.values() if not m.only_differences]
        raise InputError(f"--metric: unknown metric '{metric}'{nearest(metric, known)}")
    settings = settings or Settings()
    bench = bench or Bench(scenario, settings, architectures)
    moved = ranges(scenario, bench.architectures, keys)
    variants = {
        (r.key, side): bench.variant(() if side == "base" else r.sets(side), OVER)
        for r in moved
        for side in SIDES
    }
    bench.simulate(list(variants.values()))
    made = _collect(bench, metric, moved, variants)
    if settings.out is not None:
        from twin.results.files import write_table, write_text

        write_table(settings.out / TABLE, made.table)
        write_table(settings.out / EFFECTS, made.effects)
        text = json.dumps(made.plan, indent=1, ensure_ascii=False)
        write_text(settings.out / PLAN, text + "\n")
    return made


def _collect(
    bench: Bench,
    metric: str,
    moved: Sequence[Range],
    variants: Mapping[tuple[str, str], Variant],
) -> Tornado:
    a, *others = bench.architectures
    b = others[0] if others else a
    of = f"{b} - {a}" if others else a
    rows = []
    for figure in moved:
        ends = {"low": figure.low, "base": figure.base, "high": figure.high}
        for side, value in ends.items():
            head = {"key": figure.key, "side": side, "value": value}
            for name, found in bench.estimates(variants[figure.key, side], metric).items():
                entry = found.to_dict(quantiles=False)
                rows.append({**head, "of": name, "metric": metric, **entry})
    table = tables.typed(pd.DataFrame(rows, columns=COLUMNS).astype({"value": "float64"}))
    effects = pd.DataFrame([_effects(bench, table, metric, r, variants, (b, a)) for r in moved])
    if len(effects):
        effects = effects.sort_values("swing", ascending=False, kind="stable", ignore_index=True)
    base, settings = bench.scenario, bench.settings
    plan = {
        "scenario": base.name,
        "digest": base.digest,
        "seed": settings.seed,
        "replications": settings.n,
        "architectures": list(bench.architectures),
        "metric": metric,
        "unit": METRICS[metric].unit,
        "of": of,
        "keys": {
            r.key: {"low": r.low, "base": r.base, "high": r.high, "unit": r.unit,
                    "sets": list(r.places)}
            for r in moved
        },
        "failures": len(bench.failures),
        "command": list(settings.command),
    }  # fmt: skip
    return Tornado(plan, table, effects)


def _effects(
    bench: Bench,
    table: pd.DataFrame,
    metric: str,
    figure: Range,
    variants: Mapping[tuple[str, str], Variant],
    pair: tuple[str, str],
) -> dict[str, Any]:
    b, a = pair
    of = b if a == b else f"{b} - {a}"
    base = bench.results(variants[figure.key, "base"])
    row: dict[str, Any] = {"key": figure.key, "unit": figure.unit, "low": figure.low,
                           "base": figure.base, "high": figure.high}  # fmt: skip
    for side in ("low", "high"):
        moved = bench.results(variants[figure.key, side])
        found = effect(metric, moved, base, b, "" if a == b else a)
        row |= {f"to_{side}": found.mean, f"to_{side}_ci_low": found.ci_low,
                f"to_{side}_ci_high": found.ci_high}  # fmt: skip
    mine = table[table["key"].eq(figure.key) & table["of"].eq(of)]
    turn = _turn(mine)
    row |= {"swing": mine["mean"].max() - mine["mean"].min(), "changes_at": turn.at,
            "undecided_low": turn.low, "undecided_high": turn.high}  # fmt: skip
    numbers = {key: value for key, value in row.items() if key not in ("key", "unit")}
    return row | {key: float("nan") if v is None else float(v) for key, v in numbers.items()}


def _turn(mine: pd.DataFrame) -> Change:
    """Return where the difference changes its sign along the figure's range."""
    known = mine.dropna(subset=["value", "mean"]).sort_values("value").drop_duplicates("value")
    limits = known[["ci_low", "ci_high"]].astype("object").where(known["ci_low"].notna(), None)
    if len(known) < 2:
        return Change(None, None, None)
    return change(
        list(zip(known["value"], known["mean"], limits["ci_low"], limits["ci_high"], strict=True))
    )
