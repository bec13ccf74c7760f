"""The designs as single-line diagrams."""

from __future__ import annotations

import pandas as pd

from twin.report.diagram import diagram
from twin.report.exhibits import exhibit
from twin.report.html import Html, Section, section, tag
from twin.report.site import equipment, site_tree
from twin.results import Results
from twin.scenario import Scenario

KEY = (
    "Small square: breaker. Two circles: transformer. Box with ~ and =: converter. Two triangles: "
    "static switch. Green: battery. G: diesel sets. Of equal parts the first two and the last are "
    "shown. Ratings of transformers are those of their loss curves."
)


def designs(results: Results, scenario: Scenario) -> Section:
    """Return a diagram of each architecture that was simulated."""
    names = [name for name in results.architectures if name in scenario.architectures]
    drawings = [Html(diagram(scenario, name)) for name in names]
    rows = [
        (name, where, what, count, ratings)
        for name in names
        for where, what, count, ratings in equipment(site_tree(scenario, name))
    ]
    table = pd.DataFrame(rows, columns=["architecture", "where", "equipment", "number", "ratings"])
    intro = (
        "What was compared, drawn from the scenario. All of it stands behind one connection point."
    )
    return section(
        "designs", "The designs", tag("p", intro), exhibit("designs", drawings, KEY, table)
    )
