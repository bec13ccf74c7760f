"""Design rules: warnings about designs that are possible but unwise.

Two kinds are collected here. What a table can say about itself, it says in
``Spec.warnings(context)`` (`twin.scenario.design_rules`). What needs the site's tree, loads and
losses is a rule in one of the modules of this package: a function of a `Design` that yields
`Finding`. A rule names the keys, the two numbers that do not go together, and a cure. Rules reckon
with figures of the scenario; where a rule needs one that no key carries, it is a constant beside the
rule, with its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from twin.plant.design import load_rules, storage_rules, supply_rules
from twin.plant.design.design import Design
from twin.plant.design.finding import Finding, merged
from twin.plant.design.sarfi import expected_sarfi
from twin.scenario import Scenario, table_warnings

__all__ = ["RULES", "Design", "Finding", "check", "expected_sarfi"]

RULES = (*storage_rules.RULES, *supply_rules.RULES, *load_rules.RULES)
"""All rules, in the order of their findings."""


def check(scenario: Scenario, architectures: Iterable[str] = ()) -> list[Finding]:
    """Return what the design rules say about a scenario; nothing is simulated.

    Parameters
    ----------
    scenario
        The scenario.
    architectures
        Names of the designs to judge; left out, all.

    Returns
    -------
    list of Finding
        What the tables say about themselves, then rule by rule; equal findings of several
        architectures are one. Empty if nothing is unwise.

    Raises
    ------
    ScenarioError
        The site cannot be laid out, e.g. more compartments than pods.

    Examples
    --------
    >>> from twin import Scenario, check
    >>> found = check(Scenario.load("tiny", ["diesel.sets=1"]))
    >>> print(next(f.problem for f in found if f.rule == "diesel-size"))
    the sets give 800 kW together, but the site needs ... kW at full training and cooling
    """
    names = scenario.chosen(architectures) if architectures else list(scenario.architectures)
    return merged([*_of_tables(scenario, names), *_of_rules(scenario, names)])


def _of_tables(scenario: Scenario, names: list[str]) -> Iterator[Finding]:
    for name, key, text in table_warnings(scenario):
        if name in names:
            yield Finding("table", (key,), text, architectures=(name,))


def _of_rules(scenario: Scenario, names: list[str]) -> Iterator[Finding]:
    designs = [Design(scenario, name, scenario.architectures[name]) for name in names]
    for rule in RULES:
        for design in designs:
            yield from rule(design)
