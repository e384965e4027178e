"""The rows taken from files, each with where it stands, and those of them set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.formats.cells import Mask
from indicators.formats.checks import MOST_TOLD, Lines
from indicators.formats.report import Report

FILE, LINE = "@file", "@line"


@dataclass(frozen=True, slots=True)
class Taken:
    """The rows of one table: columns by element's code, or by role after an "@"."""

    file: str
    frame: pa.Table = field(repr=False)
    lines: Lines = field(repr=False)


class Rows:
    """The rows of several tables together.

    label: whether files are named in messages, as they are where there are several.
    """

    def __init__(
        self, taken: Sequence[Taken], report: Report, *, are_named: bool
    ) -> None:
        self._report = report
        self._are_named = are_named
        self._files = [each.file for each in taken]
        parts = [
            each.frame.append_column(LINE, pa.array(each.lines, pa.int32()))
            .append_column(FILE, pa.array(np.full(len(each.lines), at, np.int32)))
            for at, each in enumerate(taken)
        ]  # fmt: skip
        self.table = pa.concat_tables(parts, promote_options="default")

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def has(self, *names: str) -> bool:
        """Return whether all of these columns are there."""
        return set(names) <= set(self.table.column_names)

    def values(self, name: str) -> pa.ChunkedArray:
        """Return a column; nulls where it is in no table."""
        if name in self.table.column_names:
            return self.table[name]
        return pa.chunked_array([pa.nulls(len(self), pa.string())])

    def texts(self, name: str) -> pa.ChunkedArray:
        """Return a column of text; empty where there is nothing."""
        return self.values(name).cast(pa.string()).fill_null("")

    def drop(self, which: Mask) -> int:
        """Leave rows out that are nobody's fault, and return how many."""
        n = int(which.sum())
        if n:
            self.table = self.table.filter(pa.array(~which))
        return n

    def reject(self, which: Mask, id: str, says: str, *, column: str = "") -> None:
        """Set rows aside, each with one message up to a bound."""
        n = int(which.sum())
        if not n:
            return
        wrong = self.table.select([FILE, LINE]).filter(pa.array(which))
        report = self._report
        for row in wrong.slice(0, MOST_TOLD).to_pylist():
            file, line = self._files[row[FILE]], row[LINE]
            where = f"{file}, line {line}" if self._are_named else f"Line {line}"
            report.set_row_aside(
                id, f"{where}: {says}", line=line, column=column or None, file=file
            )
        report.n_row_errors += max(n - MOST_TOLD, 0)
        report.n_set_aside += n
        self.drop(which)

    def notice(self, id: str, message: str, *, column: str = "") -> None:
        """Add a notice."""
        self._report.notice(id, message, column=column or None)

    def frame(self, columns: Mapping[str, str], types: pa.Schema) -> pa.Table:
        """Return the rows with these columns by their names in a frame.

        types: that of columns that are no text; one that is in no table is null.
        """
        return pa.table(
            {
                name: self.values(code).cast(
                    types.field(name).type if name in types.names else pa.string()
                )
                for name, code in columns.items()
            }
        )


def are_repeats(*columns: pa.ChunkedArray) -> Mask:
    """Return which rows have what an earlier row has in all of these columns.

    The first column is the likeliest to tell rows apart.
    """
    n = len(columns[0])
    if pc.count_distinct(columns[0], mode="all").as_py() == n:
        return np.zeros(n, np.bool_)
    table = pa.table({str(at): column for at, column in enumerate(columns)})
    table = table.append_column("@row", pa.array(np.arange(n, dtype=np.int64)))
    keys = [str(at) for at in range(len(columns))]
    firsts = table.group_by(keys, use_threads=False).aggregate([("@row", "min")])
    mask = np.ones(n, np.bool_)
    mask[firsts["@row_min"].to_numpy()] = False
    return mask


def are_in(values: pa.ChunkedArray, known: pa.ChunkedArray | pa.Array) -> Mask:
    """Return which values are among others."""
    return as_mask(pc.is_in(values, pc.unique(known)))


def as_mask(found: pa.ChunkedArray | pa.Array) -> Mask:
    """Return what was found out of each row; unknown means no."""
    chunks = found.chunks if isinstance(found, pa.ChunkedArray) else [found]
    masks = [each.fill_null(False).to_numpy(zero_copy_only=False) for each in chunks]
    mask: Mask = np.concatenate([np.array([], np.bool_), *masks])
    return mask


def column_name(code: str) -> str:
    """Return the name that an element has in a frame."""
    kind, _, name = code.partition(".")
    return f"school_{name}" if kind == "school" else name
