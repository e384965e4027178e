"""The rows taken from files, each with where it stands, and those of them set aside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agreements.rules.elements import ELEMENTS
from indicators.arrivals.zip_codes import are_odd, five_digits
from indicators.formats.cells import Mask
from indicators.formats.checks import MOST_TOLD, Lines, told_again
from indicators.formats.dates import Integers
from indicators.formats.impossible import ID as IMPOSSIBLE
from indicators.formats.impossible import are_wrong, orders
from indicators.formats.report import Report
from indicators.measures.inputs import Whole

FILE, LINE = "@file", "@line"
ZIP_CODES = {"student.zip": "student.state", "tenant.zip": "tenant.state"}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """The rows of one table: columns by element's code, or by role after an "@".

    lines: of each row, or its number among the records of JSON, which has no lines.
    is_of_all: whether it is of a whole system, which knows more people than are listed.
    """

    file: str
    frame: pa.Table = field(repr=False)
    lines: Lines = field(repr=False)
    is_json: bool = False
    is_of_all: bool = False


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
        self._are_json = [each.is_json for each in taken]
        self._are_of_all = np.array([each.is_of_all for each in taken], np.bool_)
        parts = [
            each.frame.append_column(LINE, pa.array(each.lines, pa.int32()))
            .append_column(FILE, pa.array(np.full(len(each.lines), at, np.int32)))
            for at, each in enumerate(taken)
        ]  # fmt: skip
        self.table = pa.concat_tables(parts, promote_options="default")
        self._codes: dict[str, Integers] = {}
        for name, state in ZIP_CODES.items():
            if self.has(name):
                self._mend_zips(name, state)

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

    def codes(self, name: str) -> Integers:
        """Return a number for each row's value in a column, -1 where there is none.

        They stay the same when rows are left out, and are found only once.
        """
        if name not in self._codes:
            values = self.values(name).combine_chunks()
            if are_ascending(values):  # so that they need not be told apart
                self._codes[name] = np.arange(len(values), dtype=np.int32)
            else:
                codes = values.dictionary_encode().indices
                self._codes[name] = codes.fill_null(-1).to_numpy()
        return self._codes[name]

    def repeats(self, *names: str) -> Mask:
        """Return which rows have what an earlier row has in all of these columns.

        The first column is the likeliest to tell rows apart.
        """
        codes = self.codes(names[0])
        if np.bincount(codes + 1).max(initial=0) <= 1:
            return np.zeros(len(codes), np.bool_)
        return are_repeats(*(self.values(name) for name in names))

    def put(self, name: str, values: pa.ChunkedArray) -> None:
        """Put other values into a column."""
        at = self.table.column_names.index(name)
        self.table = self.table.set_column(at, name, values)
        self._codes.pop(name, None)

    def add(self, table: pa.Table) -> None:
        """Add rows that have the same columns."""
        self.table = pa.concat_tables([self.table, table])
        self._codes.clear()

    def _mend_zips(self, name: str, state: str) -> None:
        """Let ZIP codes be five digits, and tell of those that are not."""
        self.put(name, five_digits(self.values(name), self.texts(state)))
        odd = as_mask(are_odd(self.values(name)))
        if n := int(odd.sum()):
            values, were = ("value is", "was") if n == 1 else ("values are", "were")
            self.notice(
                "R08",
                f"{n:,} {values} no ZIP code of the state, first {self.first(odd)}, "
                f"and {were} kept. A ZIP code has five digits; correct it if a digit "
                "was lost.",
                column=ELEMENTS[name].label,
            )

    def put_first(self, which: Mask) -> None:
        """Let these rows stand before all others."""
        self.put_in_order(np.argsort(~which, kind="stable"))

    def put_in_order(self, order: Whole) -> None:
        """Let the rows stand in another order."""
        self.table = self.table.take(pa.array(order))
        self._codes = {k: codes[order] for k, codes in self._codes.items()}

    def drop(self, which: Mask) -> int:
        """Leave rows out that are nobody's fault, and return how many."""
        n = int(which.sum())
        if n:
            self.table = self.table.filter(pa.array(~which))
            self._codes = {k: codes[~which] for k, codes in self._codes.items()}
        return n

    def are_of_all(self) -> Mask:
        """Return which rows are of a system that knows more people than are listed."""
        found: Mask = self._are_of_all[self.values(FILE).to_numpy()]
        return found

    def reject_others(self, which: Mask, id: str, says: str) -> None:
        """Set rows aside that are of nobody who counts here, each with one message.

        Those of a system that knows everybody are too many to be told among what is
        wrong: they are listed last, and who calls counts them.
        """
        are_untold = which & self.are_of_all()
        untold = self.table.select([FILE, LINE]).filter(pa.array(are_untold))
        for row in untold.slice(0, MOST_TOLD).to_pylist():
            file, line, where = self._where(row)
            self._report.reject_other(file, line, f"{where}: {says}")
        self.reject(which & ~are_untold, id, says)
        self._report.n_set_aside += self.drop(are_untold[~(which & ~are_untold)])

    def reject(self, which: Mask, id: str, says: str, *, column: str = "") -> None:
        """Set rows aside, each with one message up to a bound."""
        n_told = min(int(which.sum()), MOST_TOLD)
        self._set_aside(which, id, [says] * n_told, column)

    def reject_impossible(self, *codes: str, today: date) -> None:
        """Set rows aside of which the days of these elements cannot be so."""
        there = [code for code in codes if self.has(code)]
        for order in orders(there, today):
            days = {c: self.values(c).cast(pa.date32()) for c in order.codes}
            self.reject(are_wrong(order, days), IMPOSSIBLE, order.says)

    def reject_again(
        self,
        which: Mask,
        label: str,
        *names: str,
        differing: Mapping[str, Mask] | None = None,
    ) -> None:
        """Set rows aside that have what an earlier one has in these columns.

        Each is told with the line of that one, and the columns in which they differ.
        differing: which rows do so in a column, where blanks differ from nothing.
        """
        told = np.flatnonzero(which)[:MOST_TOLD]
        if not len(told):
            return
        keys = np.zeros(len(self), np.int64)
        for name in names:
            codes = self.codes(name).astype(np.int64) + 1
            keys = keys * (codes.max(initial=0) + 1) + codes
        _, firsts, places = np.unique(keys, return_index=True, return_inverse=True)
        rows, before = (
            self.table.take(pa.array(at)).to_pylist()
            for at in (told, firsts[places[told]])
        )
        says = []
        for at, row, first in zip(told, rows, before, strict=True):
            if differing is None:
                differ = [n for n in row if n in ELEMENTS and row[n] != first[n]]
            else:
                differ = [name for name, mask in differing.items() if mask[at]]
            where = self._at(first, is_named=first[FILE] != row[FILE])
            labels = [ELEMENTS[name].label for name in differ]
            says.append(told_again(label, where, labels))
        self._set_aside(which, "R02", says, "")

    def first(self, which: Mask) -> str:
        """Return in words where the first of some rows stands."""
        at = self.table.select([FILE, LINE]).filter(pa.array(which)).slice(0, 1)
        return self._at(at.to_pylist()[0], is_named=self._are_named)

    def _at(self, row: Row, *, is_named: bool) -> str:
        at = f"{'in' if self._are_json[row[FILE]] else 'on'} {self._place(row)}"
        return f"{at} of {self._files[row[FILE]]}" if is_named else at

    def _place(self, row: Row) -> str:
        return f"{'record' if self._are_json[row[FILE]] else 'line'} {row[LINE]}"

    def _set_aside(
        self, which: Mask, id: str, says: Sequence[str], column: str
    ) -> None:
        """Set rows aside; says: what is told of the first of them."""
        n = int(which.sum())
        if not n:
            return
        wrong = self.table.select([FILE, LINE]).filter(pa.array(which))
        report = self._report
        told = zip(wrong.slice(0, len(says)).to_pylist(), says, strict=True)
        for row, words in told:
            file, line, where = self._where(row)
            report.set_row_aside(
                id, f"{where}: {words}", line=line, column=column or None, file=file
            )
        report.n_row_errors += n - len(says)
        report.n_set_aside += n
        self.drop(which)

    def _where(self, row: Row) -> tuple[str, int | None, str]:
        """Return a row's file, its line, and where it stands in words."""
        file, place = self._files[row[FILE]], self._place(row)
        line = None if self._are_json[row[FILE]] else row[LINE]
        return (
            file,
            line,
            f"{file}, {place}" if self._are_named else place.capitalize(),
        )

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


def are_ascending(values: pa.Array) -> bool:
    """Return whether all values are there, and each is greater than the one before."""
    if values.null_count:
        return False
    steps = pc.less(values[:-1], values[1:])
    return bool(pc.all(steps, min_count=0).as_py())


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


def named(table: pa.Table) -> pa.Table:
    """Return a table whose columns are named as in frames."""
    return table.rename_columns([column_name(name) for name in table.column_names])


def joined(tables: Iterable[pa.Table]) -> pa.Table:
    """Return the rows of all tables; what one does not hold is null."""
    return pa.concat_tables(tables, promote_options="default")
