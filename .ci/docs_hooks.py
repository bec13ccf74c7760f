"""Hooks of the docs site: pages made from the product itself, and the list of decisions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PLANNED = {"sweeps.md", "fitting.md"}
"""Pages that stand in the navigation and may not be written yet."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill in the decisions, and leave out planned pages that are not there."""
    docs = Path(config.docs_dir)
    decisions: list[Any] = [
        {_title(file): f"decisions/{file.name}"} for file in sorted(docs.glob("decisions/*.md"))
    ]
    missing = {name for name in PLANNED if not (docs / name).exists()}
    for section in config.nav or []:
        for name, pages in section.items():
            kept = decisions if name == "Decisions" else pages
            section[name] = [p for p in kept if missing.isdisjoint(_targets(p))]
    return config


def _targets(page: Any) -> list[str]:
    return [page] if isinstance(page, str) else list(page.values())


def _title(file: Path) -> str:
    return file.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made here; a page that somebody has written stays."""
    for uri, make in GENERATED.items():
        if files.get_file_from_path(uri) is None:
            files.append(File.generated(config, uri, content=make()))
    return files


def scenario_keys() -> str:
    """Return the reference of scenario files."""
    from twin.scenario import reference

    return f"---\nhide: [navigation]\n---\n{reference()}"  # its tables are wide


def style() -> str:
    """Return what the theme lacks: keys in one piece, no empty heads of tables, room for wide ones."""
    return """
.md-grid { max-width: 70rem; }
.md-typeset table:not([class]) td:first-child code { white-space: nowrap; }
.md-typeset table:not([class]) th { min-width: 3rem; }
.md-typeset table:not([class]) th:empty { display: none; }
"""


def command_line() -> str:
    """Return the reference of the commands."""
    from twin.cli.reference import reference

    return reference()


def metrics() -> str:
    """Return the list of metrics."""
    from twin.metrics import METRICS

    head = ["# Metrics", "", "| Metric | Unit | Meaning | Estimator |", "| --- | --- | --- | --- |"]
    rows = [f"| `{m.name}` | {m.unit} | {m.meaning} | {m.kind} |" for m in METRICS.values()]
    return "\n".join([*head, *rows])


def checks() -> str:
    """Return the list of validation checks, without running them."""
    from experiments.validation import CHECKS

    head = [
        "# Checks",
        "",
        "`ridethrough validate` compares these numbers with the product's, one line each. *Sampled*",
        "numbers are compared by their standard error, all others to a relative 1e-6 or the tolerance",
        "that the source states.",
        "",
        "| Check | Source | Numbers | Sampled |",
        "| --- | --- | --- | --- |",
    ]
    rows = [
        f"| {s.name} | {s.source} | {len(s.expected)} | {len(s.sampled)} |" for s in CHECKS.values()
    ]
    total = sum(len(s.expected) for s in CHECKS.values())
    return "\n".join([*head, *rows, "", f"Together {total} numbers."])


GENERATED: dict[str, Callable[[], str]] = {
    "reference/scenario-keys.md": scenario_keys,
    "reference/command-line.md": command_line,
    "reference/checks.md": checks,
    "metrics.md": metrics,
    "site.css": style,
}
"""Pages by their place below docs, and what makes them."""
