"""Tables with several rows, or none, per replication and architecture: losses, and survival."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

KEYS = ("replication", "architecture")


@dataclass(frozen=True)
class Detail:
    """One such table.

    Attributes
    ----------
    name
        Its name in records.
    file
        Its file in a folder of results.
    columns
        Columns besides the keys, with their types, in order.
    """

    name: str
    file: str
    columns: dict[str, str]

    @property
    def types(self) -> dict[str, str]:
        """All columns with their types."""
        return {"replication": "int64", "architecture": "object"} | self.columns

    def empty(self) -> pd.DataFrame:
        """Return the table without rows."""
        return self.typed(pd.DataFrame(columns=list(self.types)))

    def of(self, rows: Iterable[tuple[int, str, Sequence[Sequence[Any]]]]) -> pd.DataFrame:
        """Return the table of records: replication, architecture, their rows."""
        listed = [(k, name, *row) for k, name, found in rows for row in found]
        return self.typed(pd.DataFrame(listed, columns=list(self.types)))

    def typed(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the table with types and order that do not depend on what is there."""
        whole = table[list(self.types)].astype(self.types)
        return whole.sort_values(list(KEYS), kind="stable").reset_index(drop=True)


LOSSES = Detail(
    "losses",
    "losses.parquet",
    {"time_s": "float64", "event": "object", "kind": "object", "path": "object",
     "diesel": "object", "pods": "int64", "sheds": "int64", "core": "int64",
     "pod_h": "float64", "event_pods": "int64"},
)  # fmt: skip
"""What each event cost, by path: see `twin.plant.losses.LossRow`."""
LASTED = Detail(
    "lasted",
    "survival_by_replication.parquet",
    {"probe": "int64", "start_hour": "int64", "quantity": "object", "lasted_h": "float64"},
)
"""How long the site, and k pods, lasted in each probe: see `twin.plant.probing`."""
DETAILS = (LOSSES, LASTED)
