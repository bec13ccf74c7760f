"""Where the records of a run are collected: in memory, or (`RunFolder`) in a folder as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from twin.results.manifest import Manifest
from twin.results.record import Failure, Record
from twin.results.results import Results
from twin.results.tables import Tables


class Collector:
    """Collects records; those that are there need not be simulated again.

    Parameters
    ----------
    manifest
        What the run asks for.
    tables
        What is there already.
    """

    def __init__(self, manifest: Manifest, tables: Tables | None = None) -> None:
        self.tables = Tables.of([]) if tables is None else tables
        self.manifest = replace(manifest, finished=self.tables.finished())
        self.finished = self.tables.present()
        self._new: list[Record] = []

    def add(self, record: Record) -> None:
        """Keep a record."""
        self._new.append(record)
        self.finished.add(record.key)

    def adopt(self, tables: Tables) -> None:
        """Take over finished rows of the same identity that stand elsewhere."""
        self.tables = self.tables.joined(tables)
        self.finished |= self.tables.present()

    def save(self, failures: Sequence[Failure] = ()) -> Results:
        """Return the results of what was asked for."""
        self.tables = self.tables.joined(Tables.of(self._new))
        self._new.clear()
        self.manifest = replace(
            self.manifest, finished=self.tables.finished(), failures=tuple(failures)
        )
        return Results.of(self.manifest, self.tables)
