"""Scenario files: read, merge, check, describe. ``Scenario.load("tiny")`` is the way in."""

from twin.scenario.design_rules import CheckContext, check, table_warnings
from twin.scenario.figures import Figure, find, spread, unit
from twin.scenario.json_schema import schema
from twin.scenario.library import DEFAULT, Shipped, shipped
from twin.scenario.listing import Row, describe
from twin.scenario.model import Architecture, Scenario
from twin.scenario.reference import reference

__all__ = [
    "DEFAULT",
    "Architecture",
    "CheckContext",
    "Figure",
    "Row",
    "Scenario",
    "Shipped",
    "check",
    "describe",
    "find",
    "reference",
    "schema",
    "shipped",
    "spread",
    "table_warnings",
    "unit",
]
