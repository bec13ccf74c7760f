"""Cost over the years, and how interrupted-job cost spreads over replications."""

from __future__ import annotations

from twin import plots
from twin.economics import CrossoverSummary
from twin.report import tables
from twin.report.conclusion import interval
from twin.report.exhibits import drawing, exhibit
from twin.report.html import Html, Section, section, table, tag
from twin.report.wording import JOBS
from twin.results import CROSSOVER, CROSSOVER_WITH_VALUE, Results


def costs(results: Results) -> Section | None:
    """Return cumulative cost, its difference to the baseline, and the crossover."""
    data = tables.costs(results)
    if data.empty:
        return None
    alt = "Cumulative discounted cost in M USD over the years, one line for each architecture"
    drawn = drawing(plots.cumulative_cost_figure(data), "costs", alt)
    caption = (
        "Line: mean. Band: 90 % of the replications (luck, which more replications do not shrink). "
        "Residual values are not credited here."
    )
    return section(
        "cost",
        "Cumulative discounted cost",
        tag("div", exhibit("costs", [drawn], caption, data), _difference(results), class_="row"),
        crossovers(results),
    )


def _difference(results: Results) -> Html:
    data = tables.cost_differences(results)
    if data.empty:
        return Html()
    marks = {}
    for pair, found in ((p, d[CROSSOVER]) for p, d in results.differences.items()):
        if isinstance(found, CrossoverSummary) and found.mean_curve:
            marks[pair] = found.mean_curve, found.mean_curve_ci_low, found.mean_curve_ci_high
    drawn = plots.cost_difference_figure(data, marks, results.architectures)
    alt = "Difference of cumulative cost to the baseline in M USD over the years"
    caption = (
        "The same as differences to the baseline; below zero is cheaper. Dark band: 95 % interval of "
        "the mean. Light band: 90 % of the replications. Diamond: crossover of the mean, with its "
        "95 % interval along the zero line."
    )
    return exhibit("cost-differences", [drawing(drawn, "gap", alt)], caption, data)


def crossovers(results: Results) -> Html:
    """Return when each architecture begins to cost less than the baseline, and how surely."""
    bases = {CROSSOVER: "money spent", CROSSOVER_WITH_VALUE: "residual values credited"}
    rows = []
    for b, a in results.pairs:
        for metric, basis in bases.items():
            found = results.differences[f"{b} - {a}"][metric]
            if isinstance(found, CrossoverSummary):
                rows.append((b, basis, *_crossover(found)))
    if not rows:
        return Html()
    head = ["Cheaper than the baseline", "Reckoned with", "On average", "95 % interval",
            "Replications that end below"]  # fmt: skip
    return table(head, rows, "crossovers")


def _crossover(found: CrossoverSummary) -> tuple[str, str, str]:
    """Return when the means cross, the interval, and the share of replications that cross."""
    share = f"{100.0 * found.share:.0f} %"
    if found.mean_curve is None:
        return "not within the horizon", interval(found), share
    when = f"from year {found.mean_curve:.1f} on" if found.mean_curve else "from the start"
    return when, interval(found), share


def job_costs(results: Results) -> Section | None:
    """Return the distribution of interrupted-job cost over replications."""
    data = tables.shares(results, JOBS)
    if data.empty or not data[JOBS].any():
        return None
    data = data.rename(columns={JOBS: "usd_per_year"})
    drawn = plots.share_figure(data, "usd_per_year", "Interrupted-job cost [USD/yr]")
    alt = "Share of replications whose interrupted-job cost is at or below a value in USD per year"
    years = results.manifest.horizon_years
    caption = (
        f"Each step is one replication of {years:g} year{'s' if years != 1 else ''}, the same grid "
        f"for all architectures. Triangle: mean. Dotted: half of the replications."
    )
    return section(
        "job-cost",
        "Interrupted-job cost over replications",
        exhibit("job-costs", [drawing(drawn, "job-costs", alt)], caption, data),
    )
