"""Studies: questions that need many runs, asked and answered in one command.

A study is a file in this folder with a `Study` called ``STUDY``; it is found by that.
"""

from __future__ import annotations

import importlib
import pkgutil

from experiments.studies.frame import Context, Section, Study, StudyReport, carry_out
from twin.errors import InputError, nearest

__all__ = ["Context", "Section", "Study", "StudyReport", "carry_out", "find", "studies"]


def studies() -> dict[str, Study]:
    """Return all studies by name."""
    found: dict[str, Study] = {}
    for module in pkgutil.iter_modules(__path__):
        study = getattr(importlib.import_module(f"{__name__}.{module.name}"), "STUDY", None)
        if isinstance(study, Study):
            found[study.name] = study
    return dict(sorted(found.items()))


def find(name: str) -> Study:
    """Return a study by its name."""
    known = studies()
    if name not in known:
        raise InputError(
            f"no study is called '{name}'{nearest(name, known)}; known: {', '.join(known)}"
        )
    return known[name]
