"""Pages of sweeps, sizes and sensitivity runs: what was found, as tables and figures."""

from __future__ import annotations

import importlib.resources
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from twin import plots
from twin.explore import Sizing, SweepResults, Tornado
from twin.explore.tables import estimate_in
from twin.metrics import METRICS
from twin.plots import Shown
from twin.report.html import Html, escape, join, page, table, tag
from twin.report.wording import HEADLINE, UNDEFINED, cell, scale
from twin.results.files import replace_file, write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COST = "tco_npv_usd"
MOST_LISTED = 200
"""Points up to which a page lists them all; the Parquet table has them anyway."""
PAIRED = (
    "All points share their luck: differences between architectures, and between points, are paired. "
    "Estimate ± half the width of the 95 % interval."
)


def names_of(found: SweepResults) -> tuple[list[str], list[str]]:
    """Return the architectures of a sweep, and its differences."""
    every = list(dict.fromkeys(found.table["architecture"]))
    return [n for n in every if " - " not in n], [n for n in every if " - " in n]


def shown(metric: str, means: Iterable[float], label: str = "") -> Shown:
    """Return how a metric is drawn: large sums of money in millions."""
    unit = METRICS[metric].unit
    sizes = [abs(mean) for mean in means if not math.isnan(mean)]
    factor = 1.0
    if unit in ("USD", "USD/yr") and max(sizes, default=0.0) >= 1e6:
        factor, unit = 1e-6, unit.replace("USD", "M USD")
    return Shown(metric, label or HEADLINE.get(metric, metric), unit, factor)


def sweep_figures(found: SweepResults) -> dict[str, Figure]:
    """Return the figures of a sweep by name: lines, heat maps, or scatter, whatever shows it."""
    designs, gaps = names_of(found)
    labels = {key: _axis(key, unit) for key, unit in found.units.items()}
    drawn: dict[str, Figure] = {}
    if len(labels) == 1:
        ((key, label),) = labels.items()
        drawn["sweep"] = plots.line_figure(
            found.table, key, label, _headline(found, designs), designs
        )
        if gaps:
            drawn["sweep-difference"] = plots.line_figure(
                found.table, key, label, _headline(found, gaps), gaps
            )
        return drawn
    for metric in _headline(found, designs):
        if len(labels) == 2 and _is_grid(found):
            one, other = labels
            drawn[f"sweep-{metric.metric}"] = plots.heat_figure(
                found.table, (one, other), (labels[one], labels[other]), metric, [*designs, *gaps]
            )
        else:
            for kind, names in (("", designs), ("-difference", gaps)):
                if names:
                    drawn[f"sweep-{metric.metric}{kind}"] = plots.scatter_figure(
                        found.table, labels, metric, names
                    )
    return drawn


def _is_grid(found: SweepResults) -> bool:
    points = found.points
    sizes = [points[key].nunique() for key in found.keys]
    return len(points) == sizes[0] * sizes[1]


def _headline(found: SweepResults, names: Sequence[str]) -> list[Shown]:
    mine = found.table[found.table["architecture"].isin(names)]
    return [
        shown(metric, mine.loc[mine["metric"].eq(metric), "mean"].tolist()) for metric in HEADLINE
    ]


def _axis(key: str, unit: str) -> str:
    """Return what the axis of a key says; the start of a long key is of no use there."""
    words = key.split(".")
    short = ".".join(words[-2:]) if len(words) > 3 else key
    return f"{short} [{unit or 1}]" if unit else short


def write_sweep(found: SweepResults, folder: Path) -> Path:
    """Write figures (PNG and SVG) and page of a sweep into its folder; return the page's file."""
    drawn = sweep_figures(found)
    for old in [*folder.glob("sweep*.png"), *folder.glob("sweep*.svg")]:
        old.unlink()  # of an earlier sweep in this folder, over other keys
    save_figures(drawn, folder)
    designs, gaps = names_of(found)
    plan = found.plan
    title = f"Sweep of {plan['scenario']}: {', '.join(found.keys)}"
    body = [
        tag("h1", title),
        tag("p", f"{len(found.points)} points, {plan['replications']} replications each, seed "
                 f"{plan['seed']}. {PAIRED}"),
        *_shown_figures(drawn, _captions(found)),
        *_tables(found, [*designs, *gaps]),
    ]  # fmt: skip
    return write_page(folder / "sweep.html", title, body, plan)


def _captions(found: SweepResults) -> dict[str, str]:
    """Return what to say below each figure."""
    lines = "Lines: estimates. Bands: 95 % intervals."
    captions = {"sweep": lines, "sweep-difference": f"Differences, paired. {lines}"}
    for metric, label in HEADLINE.items():
        captions |= {
            f"sweep-{metric}": f"{label}. In brackets: the 95 % interval of the difference holds "
                               f"zero." if len(found.keys) == 2 and _is_grid(found)
                               else f"{label}, with 95 % intervals.",
            f"sweep-{metric}-difference": f"{label}: paired differences, with 95 % intervals.",
        }  # fmt: skip
    return captions


def _tables(found: SweepResults, names: Sequence[str]) -> list[Html]:
    parts = []
    points = found.points.head(MOST_LISTED)
    for metric, label in HEADLINE.items():
        mine = found.table[found.table["metric"].eq(metric)]
        cells = {
            (int(row["point"]), str(row["architecture"])): estimate_in(row)
            for row in mine.to_dict("records")
        }
        factor, unit = scale(METRICS[metric].unit, cells.values())
        rows = [
            (*(_plain(point[key]) for key in found.keys),
             *(cell(cells.get((int(point["point"]), n)), factor, signed=" - " in n) for n in names))
            for point in points.to_dict("records")
        ]  # fmt: skip
        head = [*(_axis(k, u) for k, u in found.units.items()), *names]
        parts += [tag("h2", f"{label}, {unit}" if unit else label), table(head, rows, "numbers")]
    if len(found.points) > MOST_LISTED:
        parts.append(tag("p", f"The first {MOST_LISTED} points; sweep.parquet holds all."))
    return parts


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def tornado_figure(found: Tornado) -> Figure:
    """Return the figure of a sensitivity run."""
    mine = found.table[found.table["of"].eq(found.of)]
    order = [str(key) for key in found.effects.dropna(subset=["swing"])["key"]]
    units = dict(zip(found.effects["key"], found.effects["unit"], strict=True))
    return plots.tornado_figure(
        found.table, order, found.of, shown(found.metric, mine["mean"].tolist()), units
    )


def write_tornado(found: Tornado, folder: Path) -> Path:
    """Write figure and page of a sensitivity run into its folder; return the page's file."""
    defined = found.effects["swing"].notna().any()
    drawn = {"sensitivity": tornado_figure(found)} if defined else {}
    save_figures(drawn, folder)
    title = f"What {found.metric} of {found.plan['scenario']} hangs on"
    caption = (
        f"{found.of} at either end of each figure's range; thin lines are 95 % intervals. Solid "
        f"line: the scenario as it is. Dashed: no difference."
    )
    body = [
        tag("h1", title),
        tag("p", f"One figure at a time from low to high, {found.plan['replications']} replications, "
                 f"seed {found.plan['seed']}. {PAIRED}"),
        *_shown_figures(drawn, {"sensitivity": caption}),
        tag("h2", "Who is better where"),
        tag("ul", *(tag("li", found.verdict(key)) for key in found.top(len(found.effects)))),
        tag("h2", "The numbers"),
        table([*found.table.columns], found.table.map(_rounded).to_numpy().tolist()),
    ]  # fmt: skip
    return write_page(folder / "sensitivity.html", title, body, found.plan)


def _rounded(value: object) -> str:
    if isinstance(value, float):
        return UNDEFINED if math.isnan(value) else f"{value:.6g}"
    return str(value)


def size_lines(found: Sizing) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table of plants that meet the target."""
    metric = found.answer["target"]["metric"]
    head = [*(key.split(".")[-1] for key in found.keys), metric]
    head += [] if metric == COST else [f"{HEADLINE[COST].lower()}, USD"]
    rows = []
    for row in found.minimal.to_dict("records"):
        cells = [*(f"{row[key]:g}" for key in found.keys), cell(estimate_in(row))]
        if metric != COST:
            low, high = row[f"{COST}_ci_low"], row[f"{COST}_ci_high"]
            money = {"mean": row[COST], "se": None, "ci_low": low, "ci_high": high}
            cells.append(cell(estimate_in({**money, "n": row["n"], "unit": "USD"})))
        rows.append([*cells, "surely" if row["surely_met"] else "by its mean"])
    return [*head, "met"], rows


def _shown_figures(drawn: Mapping[str, Figure], captions: Mapping[str, str]) -> list[Html]:
    return [
        tag("figure", Html(plots.svg(one, name)), tag("figcaption", captions.get(name, name)))
        for name, one in drawn.items()
    ]


def save_figures(drawn: Mapping[str, Figure], folder: Path) -> None:
    """Write figures as PNG and SVG files."""
    for name, one in drawn.items():
        replace_file(folder / f"{name}.png", lambda draft, one=one: plots.save(one, draft))  # type: ignore[misc]
        write_text(folder / f"{name}.svg", plots.svg(one, name) + "\n")


def write_page(
    file: Path, title: str, body: Sequence[Html | str], plan: Mapping[str, object]
) -> Path:
    """Write a page with our style, and below it what made it."""
    style = importlib.resources.files("twin.report").joinpath("style.css").read_text("utf-8")
    command = plan.get("command")
    made = f"Scenario {plan['scenario']} (digest {plan['digest']}). "
    words = " ".join(map(str, command)) if isinstance(command, list | tuple) else ""
    foot = tag("footer", tag("p", made, f"Command: {words}" if words else ""))
    write_text(file, page(title, style, join([escape(part) for part in body]), foot))
    return file


def frame_table(frame: pd.DataFrame) -> Html:
    """Return a data frame as a table of a page."""
    return table([*map(str, frame.columns)], frame.map(_rounded).to_numpy().tolist(), "numbers")
