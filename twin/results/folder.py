"""The folder of a run: checked before anything is simulated, and never losing what is finished.

Every finished replication is appended at once to a journal in ``.partial``, one line of JSON. When
the run ends, however it ends, the journal is merged into the tables; a run that was killed is
merged by the next one. A last line that a crash cut off is left out: it was not finished.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Self

import pandas as pd

from twin.errors import DataError, InputError, OutputError, SimulationError
from twin.results.collector import Collector
from twin.results.files import TEMPORARY, lock_folder, output_errors, write_table, write_text
from twin.results.manifest import Manifest
from twin.results.record import Failure, Record
from twin.results.results import Results
from twin.results.tables import Tables

MANIFEST = "manifest.json"
SUMMARY = "summary.json"
CASHFLOW = "cashflow.parquet"
SURVIVAL = "survival.parquet"
CAUSES, BLAST = "causes.parquet", "blast.parquet"
COMPANION = "split"
"""Folder inside a run's, for the architectures on the way from the baseline to the design."""
TORNADO = "tornado.parquet"
"""What the difference hangs on, figure by figure."""
JOURNALS = ".partial"


class RunFolder(Collector):
    """A folder that collects the records of runs of one identity.

    Parameters
    ----------
    path
        The folder; made if it does not exist.
    manifest
        What the run asks for.

    Raises
    ------
    OutputError
        If the folder cannot be written, is in use, or holds anything else. Nothing is changed then.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        with output_errors(path):
            check(path, manifest)
            path.mkdir(parents=True, exist_ok=True)
        self._lock = lock_folder(path)
        try:
            super().__init__(manifest, load_tables(path))
            self._save_manifest()
            self._journal = self._open_journal()
        except BaseException:
            self._unlock()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()
        self._unlock()

    def add(self, record: Record) -> None:
        """Keep a record; on return it survives the end of this process."""
        self._check_repeat(record)
        super().add(record)
        with output_errors(self.path):
            self._journal.write(record.to_json() + "\n")
            self._journal.flush()

    def save(self, failures: Sequence[Failure] = ()) -> Results:
        """Merge everything into the tables, write all files, and return the results."""
        results = super().save(failures)
        self.tables.write(self.path)
        self._save_manifest()
        write_table(self.path / CASHFLOW, results.cashflow)
        write_table(self.path / SURVIVAL, results.survival)
        write_table(self.path / CAUSES, results.causes)
        write_table(self.path / BLAST, results.blast)
        write_summary(self.path, results)
        self._clear_journals()
        return results

    def _check_repeat(self, record: Record) -> None:
        """Refuse a replication that came out differently from the one that stands here."""
        if record.key not in self.finished:
            return
        new, old = Tables.of([record]), self.tables.only({record.key})
        for name in new.rows.columns:
            if name in old.rows and not new.rows[name].equals(old.rows[name]):
                raise SimulationError(
                    f"replication {record.replication}, {record.architecture}: {name} is "
                    f"{new.rows[name].iloc[0]}, but {self.path} holds {old.rows[name].iloc[0]}; "
                    f"the same seed and version must give the same row"
                )

    def _save_manifest(self) -> None:
        write_text(self.path / MANIFEST, self.manifest.to_json())

    def _open_journal(self) -> IO[str]:
        folder = self.path / JOURNALS
        with output_errors(folder):
            folder.mkdir(exist_ok=True)
            file = folder / f"{len(list(folder.iterdir())):04d}.jsonl"
            return file.open("x", encoding="utf-8")

    def _clear_journals(self) -> None:
        self._journal.close()
        for file in (self.path / JOURNALS).glob("*.jsonl"):
            file.unlink()
        with contextlib.suppress(OSError):  # somebody put something else there: leave it
            (self.path / JOURNALS).rmdir()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def check(path: Path, manifest: Manifest) -> Manifest | None:
    """Return the manifest that stands in a folder, None if it is empty or does not exist.

    `OutputError` if the folder holds something else than results of the same identity.
    """
    if not path.exists():
        return None
    if not path.is_dir():
        raise OutputError(f"{path}: is a file, not a folder")
    names = sorted(f.name for f in path.iterdir() if not f.name.endswith(TEMPORARY))
    if not names:
        return None
    if MANIFEST not in names:
        raise OutputError(
            f"{path}: is no folder of results (it holds {', '.join(names[:3])}"
            f"{' ...' if len(names) > 3 else ''} but no {MANIFEST}); give an empty or new --out DIR"
        )
    found = read_manifest(path, OutputError)
    if found.identity != manifest.identity:
        raise OutputError(
            f"{path}: holds results of {found.identity}, not of {manifest.identity}; "
            f"give another --out DIR"
        )
    return found


def read_manifest(path: Path, error_type: type[InputError] = DataError) -> Manifest:
    """Return the manifest of a folder."""
    try:
        return Manifest.from_json((path / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise error_type(f"{path}: is no folder of results: {MANIFEST}: {error.strerror}") from None
    except InputError as error:
        raise error_type(f"{path / MANIFEST}: {error}") from None


def load_tables(path: Path) -> Tables:
    """Return everything that is finished in a folder, also what no run has merged yet."""
    return Tables.read(path).joined(Tables.of(_journalled(path)))


def load(path: str | Path) -> Results:
    """Return the results in a folder; see `Results.load`."""
    folder = Path(path)
    manifest = read_manifest(folder)
    results = Results.of(manifest, load_tables(folder))
    if (folder / COMPANION / MANIFEST).exists():
        results = replace(results, companion=load(folder / COMPANION))
    if (folder / TORNADO).exists():
        results = replace(results, tornado=pd.read_parquet(folder / TORNADO))
    return results


def write_summary(path: Path, results: Results) -> None:
    """Write ``summary.json`` into a folder."""
    write_text(path / SUMMARY, json.dumps(results.summary, indent=1) + "\n")


def _journalled(path: Path) -> Iterable[Record]:
    found: dict[tuple[int, str], Record] = {}
    for file in sorted((path / JOURNALS).glob("*.jsonl")):
        *lines, cut = file.read_text(encoding="utf-8").split("\n")
        del cut  # empty, or the line that a crash cut off
        for number, line in enumerate(lines, 1):
            try:
                record = Record.from_json(line)
            except (ValueError, TypeError) as error:
                raise DataError(f"{file}, line {number}: is no record: {error}") from None
            found[record.key] = record
    return found.values()


def claim(path: Path, manifest: Manifest) -> Manifest:
    """Make a folder ours, to put further files beside its results, and return its manifest.

    `OutputError` as for `RunFolder`; rows that stand there are left alone.
    """
    with output_errors(path):
        found = check(path, manifest)
        path.mkdir(parents=True, exist_ok=True)
    if found is None:
        write_text(path / MANIFEST, manifest.to_json())
    return found or manifest
