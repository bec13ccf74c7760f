"""How well diesel sets are kept: published figures that go together, filled in by one word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Quality = Literal["well-kept", "typical", "poor", "custom"]


@dataclass(frozen=True)
class Preset:
    """One figure of a quality, with its source and confidence."""

    value: float
    source: str
    confidence: str


_REOPT = "REopt.jl backup_reliability.jl"
_PREP = "Marqusee & Jenket 2020, Applied Energy 268, 114918, PREP data; cited from memory"
QUALITIES: Mapping[str, Mapping[str, Preset]] = {
    "well-kept": {
        "availability": Preset(0.9998, _PREP, "B"),
        "failure_to_start": Preset(0.0013, _PREP, "B"),
        "mttf_h": Preset(1662.0, _PREP, "B"),
    },
    "typical": {
        "availability": Preset(0.995, _REOPT, "A"),
        "failure_to_start": Preset(0.0094, _REOPT, "A"),
        "mttf_h": Preset(1100.0, _REOPT, "A"),
    },
    "poor": {
        "availability": Preset(0.98, "assumed: lower end of the published range", "C"),
        "failure_to_start": Preset(0.02, "assumed: upper end of the published range", "C"),
        "mttf_h": Preset(
            69.0, "from Marqusee & Jenket 2020, highlights: half of them fail within 48 h", "A"
        ),
    },
}
"""The figures by quality; a key that the file gives keeps the file's value."""

KEYS = tuple(QUALITIES["typical"])
WINDOWS = Preset(1.0, "maintenance_h_per_year stands in its place", "D")
"""What availability is where planned windows are given."""


def filled(data: Any) -> Any:
    """Return a table `diesel` with the figures of its quality where it does not give them.

    Raises
    ------
    ValueError
        If the quality is ``custom`` and a figure is missing.
    """
    if not isinstance(data, dict):
        return data
    quality = data.get("quality", "typical")
    if quality == "custom":
        missing = [key for key in KEYS if key not in data]
        if missing:
            raise ValueError(f'quality = "custom" needs {", ".join(missing)}')
    if not isinstance(quality, str) or quality not in QUALITIES:  # refused later, or custom
        return data
    return {key: preset.value for key, preset in _presets(data, quality).items()} | data


def origin(spec: Any, key: str) -> tuple[str, str] | None:
    """Return source and confidence of a figure as its quality has it, None for another figure."""
    if spec.quality not in QUALITIES:
        return None
    preset = _presets(spec.__dict__, spec.quality).get(key)
    if preset is None or getattr(spec, key) != preset.value:
        return None
    return preset.source, preset.confidence


def _presets(table: Mapping[str, Any], quality: str) -> dict[str, Preset]:
    """Return the figures of a quality, given what else the table says."""
    windows = {"availability": WINDOWS} if table.get("maintenance_h_per_year") else {}
    return {**QUALITIES[quality], **windows}
