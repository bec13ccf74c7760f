"""The tables that hold everything that was simulated."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.economics import ITEMS
from twin.errors import DataError
from twin.metrics import METRICS
from twin.results.details import DETAILS
from twin.results.files import write_table
from twin.results.record import Record

KEYS = ["replication", "architecture"]
ASSETS = "asset_value"
ROWS_FILE = "replications.parquet"
COSTS_FILE = "cashflow_by_replication.parquet"


@dataclass(frozen=True)
class Tables:
    """Rows of replications, their costs by year, what happened in them.

    Attributes
    ----------
    rows
        One row per replication and architecture: ``replication, architecture``, then metrics
        (float64, NaN where undefined), the known ones first.
    costs
        One row per replication, architecture and year: ``replication, architecture, year``, the
        cost items in USD, ``asset_value`` in USD.
    details
        Further tables by name: `twin.results.details`.
    """

    rows: pd.DataFrame
    costs: pd.DataFrame
    details: dict[str, pd.DataFrame]

    @classmethod
    def of(cls, records: Iterable[Record]) -> Tables:
        """Return the tables of records."""
        listed = list(records)
        rows = pd.DataFrame([_keys(r) | r.row for r in listed])
        details = {
            d.name: d.of((r.replication, r.architecture, r.details.get(d.name, ())) for r in listed)
            for d in DETAILS
        }
        costs = _typed(_costs(listed), [*KEYS, "year"], ITEMS)
        return cls(_typed(rows, KEYS, METRICS), costs, details)

    @classmethod
    def read(cls, folder: Path) -> Tables:
        """Return the tables of a folder, empty ones if there are none."""
        files = [ROWS_FILE, COSTS_FILE, *(d.file for d in DETAILS)]
        if not all((folder / file).exists() for file in files):
            return cls.of([])
        try:
            rows, costs, *more = (pd.read_parquet(folder / file) for file in files)
            details = {d.name: d.typed(t) for d, t in zip(DETAILS, more, strict=True)}
            costs = _typed(costs, [*KEYS, "year"], ITEMS)
            return cls(_typed(rows, KEYS, METRICS), costs, details)
        except Exception as error:  # pyarrow's errors have no common base
            raise DataError(f"{folder}: {ROWS_FILE} cannot be read: {error}") from error

    def write(self, folder: Path) -> None:
        """Write all tables into a folder, the rows last: with them a replication is there."""
        for detail in DETAILS:
            write_table(folder / detail.file, self.details[detail.name])
        write_table(folder / COSTS_FILE, self.costs)
        write_table(folder / ROWS_FILE, self.rows)

    def present(self) -> set[tuple[int, str]]:
        """Return (replication, architecture) of everything that stands in both tables."""
        both = [t[KEYS].itertuples(index=False, name=None) for t in (self.rows, self.costs)]
        return set(both[0]) & set(both[1])

    def finished(self) -> dict[str, tuple[int, ...]]:
        """Return the replications of each architecture."""
        found: dict[str, list[int]] = {}
        for replication, architecture in sorted(self.present()):
            found.setdefault(architecture, []).append(replication)
        return {name: tuple(done) for name, done in found.items()}

    def joined(self, other: Tables) -> Tables:
        """Return these tables with those rows of the other that are not here yet."""
        here = self.present()
        mine, new = self.only(here), other.only(other.present() - here)
        return Tables(
            _typed(_concat(mine.rows, new.rows), KEYS, METRICS),
            _typed(_concat(mine.costs, new.costs), [*KEYS, "year"], ITEMS),
            {
                d.name: d.typed(_concat(mine.details[d.name], new.details[d.name]))
                for d in DETAILS
            },
        )

    def only(self, keys: Collection[tuple[int, str]]) -> Tables:
        """Return the rows of these keys."""
        wanted = pd.MultiIndex.from_tuples(list(keys), names=KEYS) if keys else None

        def pick(table: pd.DataFrame) -> pd.DataFrame:
            if wanted is None:
                return table.iloc[:0]
            kept = table[pd.MultiIndex.from_frame(table[KEYS]).isin(wanted)]
            return kept.reset_index(drop=True)

        details = {name: pick(table) for name, table in self.details.items()}
        return Tables(pick(self.rows), pick(self.costs), details)

    def select(self, replications: Collection[int], architectures: Collection[str]) -> Tables:
        """Return the rows of these replications and architectures."""
        wanted, chosen = set(replications), set(architectures)
        return self.only({k for k in self.present() if k[0] in wanted and k[1] in chosen})

    def cube(self, architecture: str) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """Return items and costs of an architecture, USD, shape (replications, items, T+1)."""
        mine = self.costs[self.costs["architecture"] == architecture]
        items = tuple(c for c in mine.columns if c in ITEMS)
        flat = mine[list(items)].to_numpy(dtype=np.float64)
        return items, flat.reshape(*_shape(mine), len(items)).swapaxes(1, 2)

    def assets(self, architecture: str) -> NDArray[np.float64]:
        """Return the residual values of an architecture, USD, shape (replications, T+1)."""
        mine = self.costs[self.costs["architecture"] == architecture]
        return mine[ASSETS].to_numpy(dtype=np.float64).reshape(_shape(mine))


def _shape(costs: pd.DataFrame) -> tuple[int, int]:
    """Return the numbers of replications and of years."""
    return costs["replication"].nunique(), costs["year"].nunique()


def _keys(record: Record) -> dict[str, int | str]:
    return {"replication": record.replication, "architecture": record.architecture}


def _costs(records: list[Record]) -> pd.DataFrame:
    """Return the costs of all records; one array per column, since records may be many."""
    years = [len(r.asset_value) for r in records]
    columns: dict[str, Any] = {
        "replication": np.repeat([r.replication for r in records], years),
        "architecture": np.repeat([r.architecture for r in records], years),
        "year": np.concatenate([np.arange(n) for n in years]) if years else [],
    }
    for item in dict.fromkeys(i for r in records for i in r.costs):
        parts = [r.costs.get(item, [0.0] * n) for r, n in zip(records, years, strict=True)]
        columns[item] = np.concatenate(parts)
    if records:
        columns[ASSETS] = np.concatenate([r.asset_value for r in records])
    return pd.DataFrame(columns)


def _concat(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    filled = [t for t in (first, second) if len(t)]  # empty tables would decide the types
    return pd.concat(filled, ignore_index=True) if filled else first


def _typed(table: pd.DataFrame, keys: list[str], known: Iterable[str]) -> pd.DataFrame:
    """Return the table sorted by its keys, with types and columns in an order that never varies.

    Every value is a float64, NaN where undefined: a column's type must not depend on which
    replications happen to be there. A cost that an architecture does not have is 0.
    """
    if table.empty:
        return pd.DataFrame({k: pd.Series(dtype=_key_type(k)) for k in keys})
    rank = {name: i for i, name in enumerate(known)}
    values = [str(c) for c in table.columns if c not in keys]
    values.sort(key=lambda name: (rank.get(name, len(rank)), name))
    costs = "year" in keys
    typed = table[values].astype("float64")
    typed = typed.fillna(0.0) if costs else typed
    heads = {k: table[k].astype(_key_type(k)) for k in keys}
    whole = pd.concat([pd.DataFrame(heads), typed], axis=1)
    return whole.sort_values(keys, kind="stable").reset_index(drop=True)


def _key_type(name: str) -> Any:
    return "object" if name == "architecture" else "int64"
