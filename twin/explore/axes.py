"""Reading what is to be varied: ``KEY=V1,V2,...``, ``KEY=LOW..HIGH`` and ``KEY=LOW..HIGH:STEP``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twin.errors import InputError
from twin.scenario.merge import is_file_key
from twin.scenario.overrides import read_value
from twin.scenario.toml_text import literal

OVER = "--over"
VARY = "--vary"
MOST_VALUES = 10_000
_NUMBER = r"[-+]?(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*(?::\s*({_NUMBER})\s*)?")


@dataclass(frozen=True)
class Span:
    """A range of numbers, both ends included; `step` is None for a continuous one."""

    low: float
    high: float
    step: float | None = None


@dataclass(frozen=True)
class Axis:
    """A key of the scenario and the values it takes.

    Attributes
    ----------
    key
        Dotted key, as for ``--set``.
    texts
        Values as ``--set`` reads them; empty for a range.
    span
        The range, None where values are listed.
    """

    key: str
    texts: tuple[str, ...] = ()
    span: Span | None = None

    @property
    def values(self) -> tuple[Any, ...]:
        """The listed values."""
        return tuple(read_value(text) for text in self.texts)


def read_axis(text: str, option: str = OVER) -> Axis:
    """Return the axis that ``KEY=VALUES`` means; commas inside brackets and quotes are no breaks."""
    key, sign, values = text.partition("=")
    parts = [part.strip() for part in key.split(".")]
    if not sign or not all(parts):
        raise InputError(f"{option} {text}: write KEY=V1,V2,... or KEY=LOW..HIGH")
    name = ".".join(parts)
    match = _RANGE.fullmatch(values)
    if match is not None:
        return Axis(name, (), _span(match, f"{option} {text}"))
    texts = [part.strip() for part in _split(values)]
    if not all(texts):
        raise InputError(f"{option} {text}: a value is empty; write KEY=V1,V2,... or KEY=LOW..HIGH")
    return _listed(name, [_absolute(parts[-1], t) for t in texts], f"{option} {text}")


def axis_of(key: str, values: str | Sequence[Any], option: str = OVER) -> Axis:
    """Return the axis of a Python caller: a sequence of values, or text as on the command line."""
    if isinstance(values, str):
        return read_axis(f"{key}={values}", option)
    values = values.tolist() if isinstance(values, np.ndarray) else values
    if isinstance(values, Mapping) or not isinstance(values, Sequence):
        raise InputError(f"{option} {key}: give a list of values, or text such as '1..5'")
    if not values:
        raise InputError(f"{option} {key}: no value is given")
    plain = [value.item() if isinstance(value, np.generic) else value for value in values]
    return _listed(key, [literal(value) for value in plain], f"{option} {key}")


def axes_of(
    over: Mapping[str, str | Sequence[Any]] | Sequence[str], option: str = OVER
) -> tuple[Axis, ...]:
    """Return the axes of texts or of a mapping; a key may stand once."""
    if isinstance(over, Mapping):
        axes = [axis_of(key, values, option) for key, values in over.items()]
    else:
        axes = [read_axis(text, option) for text in over]
    for number, axis in enumerate(axes):
        if any(axis.key == before.key for before in axes[:number]):
            raise InputError(f"{option} {axis.key}: this key stands twice; list all values at once")
    return tuple(axes)


def numbers(axis: Axis, *, whole: bool, option: str = VARY) -> tuple[float, ...]:
    """Return the rising numbers of a size's axis.

    Parameters
    ----------
    whole
        True where only whole numbers are allowed; a range then has the step 1 unless it says so.
    """
    where = f"{option} {axis.key}"
    if axis.span is None:
        found = axis.values
        rising = all(_is_number(v) for v in found) and list(found) == sorted(found)
        if not rising:
            raise InputError(f"{where}: list rising numbers, or write LOW..HIGH:STEP")
        return tuple(found)
    low, high, step = axis.span.low, axis.span.high, axis.span.step
    if step is None and not whole:
        raise InputError(f"{where}: how fine? write {low:g}..{high:g}:STEP")
    step = step or 1.0
    if whole and not (low.is_integer() and step.is_integer()):
        raise InputError(f"{where}: only whole numbers are allowed here")
    count = math.floor((high - low) / step * (1.0 + 1e-12)) + 1
    if count > MOST_VALUES:
        raise InputError(f"{where}: {count} values; at most {MOST_VALUES}, so take a larger step")
    steps = (round(low + k * step, 12) for k in range(count))
    return tuple(int(v) for v in steps) if whole else tuple(steps)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _listed(key: str, texts: Sequence[str], where: str) -> Axis:
    axis = Axis(key, tuple(texts))
    seen: list[Any] = []
    for text, value in zip(texts, axis.values, strict=True):
        marked = isinstance(value, bool), value  # true is not 1 here
        if marked in seen:
            raise InputError(f"{where}: the value {text} stands twice")
        seen.append(marked)
    return axis


def _span(match: re.Match[str], where: str) -> Span:
    low, high = float(match[1]), float(match[2])
    step = None if match[3] is None else float(match[3])
    if not low < high:
        raise InputError(f"{where}: a range rises, and {match[1]} is not below {match[2]}")
    if step is not None and step <= 0.0:
        raise InputError(f"{where}: the step {match[3]} must be above 0")
    return Span(low, high, step)


def _absolute(last: str, text: str) -> str:
    """Return the value of a file key with its whole path: workers may stand elsewhere."""
    value = read_value(text)
    if is_file_key(last) and isinstance(value, str):
        return literal(str(Path.cwd() / value))
    return text


def _split(text: str) -> Iterator[str]:
    """Yield the parts between commas that stand outside of brackets and quotes."""
    part, depth, quote = "", 0, ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        if sign == "," and depth <= 0 and not quote:
            yield part
            part = ""
        else:
            part += sign
    yield part
