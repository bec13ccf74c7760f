"""Strict CSV reading: what cannot be understood is refused with file, line, column and value."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twin.contracts.timeline import Array
from twin.errors import DataError, nearest


@dataclass(frozen=True)
class CsvTable:
    """Cells of a CSV file with a header, still as text.

    Attributes
    ----------
    path
        The file.
    columns
        Cells of each column, top to bottom, without surrounding blanks.
    lines
        Line of the file on which each row stands.
    """

    path: Path
    columns: dict[str, list[str]]
    lines: list[int]

    def error(self, row: int, column: str, problem: str) -> DataError:
        """Return the error for one cell; `problem` says what is wrong with its value."""
        value = self.columns[column][row]
        return DataError(
            f"{self.path}, line {self.lines[row]}, column '{column}': {value!r} {problem}"
        )

    def numbers(self, column: str, low: float = -math.inf, high: float = math.inf) -> Array:
        """Return a column as finite numbers within [low, high]."""
        values = np.empty(len(self.lines))
        for row, cell in enumerate(self.columns[column]):
            value = _number(cell)
            if value is None:
                gap = "is a gap; every row needs a value" if not cell else "is no finite number"
                raise self.error(row, column, gap)
            if not low <= value <= high:
                raise self.error(row, column, f"is out of range {_range(low, high)}")
            values[row] = value
        return values

    def refuse_unsorted(self, column: str, values: Array) -> None:
        """Raise if the values of a column go back."""
        back = np.flatnonzero(np.diff(values) < 0)
        if len(back):
            row = int(back[0]) + 1
            raise self.error(
                row, column, f"goes back behind line {self.lines[row - 1]}; rows must be sorted"
            )


def read_table(path: str | Path, required: Sequence[str], optional: Sequence[str] = ()) -> CsvTable:
    """Read a comma-separated UTF-8 file with one header line.

    Parameters
    ----------
    path
        The file.
    required, optional
        Names of the columns that must and that may be there, in any order; others are refused.
    """
    file = Path(path)
    reader = csv.reader(io.StringIO(_text(file), newline=""), skipinitialspace=True, strict=True)
    try:
        rows = [(reader.line_num, [c.strip() for c in row]) for row in reader]
    except csv.Error as error:
        raise DataError(f"{file}, line {reader.line_num}: broken CSV: {error}") from error
    while rows and not any(rows[-1][1]):
        rows.pop()  # blank lines at the end are no gap
    if not rows:
        raise DataError(f"{file}: is empty; expected the header {','.join(required)}")
    header = rows[0][1]
    _check_header(file, header, required, optional)
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise DataError(f"{file}, line {line}: {_cells(row)}, but the header has {len(header)}")
    if len(rows) == 1:
        raise DataError(f"{file}: holds a header and no rows")
    columns = {name: [row[k] for _, row in rows[1:]] for k, name in enumerate(header)}
    return CsvTable(file, columns, [line for line, _ in rows[1:]])


def _text(file: Path) -> str:
    """Return the file's text; a byte-order mark, as spreadsheets write it, is dropped."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{file}: no such file") from None
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(
            f"{file}, line {line}: is no UTF-8 text (a binary file, or another encoding)"
        ) from error
    before, nul, _ = text.partition("\0")
    if nul:
        raise DataError(f"{file}, line {before.count(chr(10)) + 1}: is no text (a binary file)")
    return text


def _check_header(
    file: Path, header: list[str], required: Sequence[str], optional: Sequence[str]
) -> None:
    known = [*required, *optional]
    for name in header:
        if name not in known:
            hint = nearest(name, known)
            if ";" in name:
                hint = " (cells must be separated by commas, not semicolons)"
            raise DataError(
                f"{file}, line 1: unknown column '{name}'{hint}; known: {', '.join(known)}"
            )
        if header.count(name) > 1:
            raise DataError(f"{file}, line 1: column '{name}' stands there twice")
    for name in required:
        if name not in header:
            raise DataError(
                f"{file}, line 1: column '{name}' is missing; found: {', '.join(header)}"
            )


def _number(cell: str) -> float | None:
    """Return the cell's number, or None; Python's own 1_000, nan and inf are none of ours."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def _range(low: float, high: float) -> str:
    if math.isinf(high):
        return f"(at least {low:g})"
    return f"({low:g} to {high:g})"


def _cells(row: list[str]) -> str:
    return "a blank line" if not any(row) else f"{len(row)} cells"
