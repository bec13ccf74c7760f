"""A fitted table must be one that a scenario accepts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from twin.errors import InputError
from twin.fitting.model import Fit
from twin.quantity import Spec


def checked(fit: Fit, spec: type[Spec], more: Mapping[str, Any] | None = None) -> Fit:
    """Return the fit if a scenario accepts its table; raise `InputError` saying what it refuses.

    Parameters
    ----------
    spec
        What the table is read into.
    more
        Keys that the table needs and the log cannot know.
    """
    values = {k: v for k, v in fit.values().items() if k != "kind"}
    try:
        spec.model_validate({**(more or {}), **values})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "the table"
        raise InputError(
            f"{fit.log}: gives a table [{fit.table}] that no scenario accepts: {key}: {first['msg']}"
        ) from None
    return fit
