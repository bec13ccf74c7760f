"""How a parameter is declared: unit, meaning, source and confidence beside every number.

Parameters live in frozen pydantic models (`Spec`). Keys carry their unit; unknown keys, booleans for
numbers, texts for numbers and infinities are refused.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticUndefined


class Spec(BaseModel):
    """Frozen, strict parameters of one device, profile or table."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_default=True,
    )

    def source_of(self, key: str) -> tuple[str, str] | None:
        """Return source and confidence of a value that another key has filled in, else None."""
        del key
        return None

    def idle(self, key: str) -> bool:
        """Return whether another key has made one without effect: it has no range to be swept."""
        del key
        return False


class MisfitError(ValueError):
    """A key of a table does not go with the compartments of its architecture.

    Parameters
    ----------
    key, text
        Which key, and what is wrong with it.
    """

    def __init__(self, key: str, text: str) -> None:
        super().__init__(f"{key}: {text}")
        self.key, self.text = key, text


def quantity(
    unit: str,
    meaning: str,
    default: Any = PydanticUndefined,
    *,
    source: str = "assumed",
    confidence: str = "",
    span: tuple[float, float] | None = None,
    **limits: Any,
) -> Any:
    """Declare a parameter.

    Parameters
    ----------
    unit
        Unit as a user writes it (``"kW"``, ``"1/yr"``, ``"1"`` for a share, ``""`` for a word).
    meaning
        One sentence.
    default
        Default value; left out, the key is required.
    source
        Where the default comes from; ``"assumed"`` when nobody has published it.
    confidence
        ``A`` read in the primary text, ``B`` secondary or from memory, ``C``/``D`` derived here.
    span
        Range (low, high) over which a figure that nobody knows is swept, in `unit`; for figures
        that can decide a comparison.
    limits
        pydantic constraints: ``ge``, ``gt``, ``le``, ``lt``, ``min_length`` ...
    """
    extra: dict[str, Any] = {
        "unit": unit,
        "source": source,
        "confidence": confidence or ("C" if source.startswith("assumed") else "A"),
    }
    if span is not None:
        extra["range"] = list(span)
    if default is PydanticUndefined:
        return Field(description=meaning, json_schema_extra=extra, **limits)
    if isinstance(default, list | dict):
        value = default
        return Field(
            default_factory=lambda: type(value)(value),
            description=meaning,
            json_schema_extra=extra,
            **limits,
        )
    return Field(default, description=meaning, json_schema_extra=extra, **limits)
