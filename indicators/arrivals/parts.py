"""One file of a set as columns by the standard's names, without the rows set aside."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.rows import are_repeats, as_mask
from indicators.formats.cells import Mask
from indicators.formats.checks import NO_LINES, Lines
from indicators.formats.dates import read_iso
from indicators.formats.sets import PartKept

LINES = "@line"


class PartRows:
    """The rows of one part; a part that is not there has none."""

    def __init__(self, kept: PartKept | None) -> None:
        self.is_there = kept is not None
        columns: dict[str, pa.ChunkedArray] = {}
        lines: Lines = NO_LINES
        aside: Lines = NO_LINES
        if kept is not None:
            lines = kept.examined.lines
            aside = np.concatenate([NO_LINES, *kept.aside])
            for name, column in kept.columns.items():
                if column.kept is not None:
                    columns[name] = column.kept.column()
        columns[LINES] = pa.chunked_array([pa.array(lines, pa.int32())])
        self._all = pa.table(columns)
        self.table = self._all.filter(pa.array(~np.isin(lines, aside)))

    @property
    def firsts(self) -> "PartRows":
        """The first row of each key, whether or not it was set aside."""
        rows = self._of(self._all)
        return rows.only(~are_repeats(rows["sourcedId"]))

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def has(self, *names: str) -> bool:
        """Return whether all of these columns are there."""
        return set(names) <= set(self.table.column_names)

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        if self.has(name):
            return self.table[name]
        return pa.chunked_array([pa.nulls(len(self), pa.string())])

    @property
    def lines(self) -> Lines:
        """The line of each row."""
        found: Lines = self.table[LINES].to_numpy().astype(np.int32)
        return found

    def are(self, name: str, *words: str) -> Mask:
        """Return which rows have one of these words in a column, in any capitals."""
        lowered = pc.utf8_lower(self[name].cast(pa.string()).fill_null(""))
        return as_mask(pc.is_in(lowered, pa.array(words)))

    def only(self, which: Mask) -> "PartRows":
        """Return some of the rows."""
        return self._of(self.table.filter(pa.array(which)))

    def take(self, places: pa.Array) -> "PartRows":
        """Return the rows at these places, each as often as it is named."""
        return self._of(self.table.take(places))

    def _of(self, table: pa.Table) -> "PartRows":
        some = PartRows(None)
        some.is_there, some.table = self.is_there, table
        return some


def looked_up(
    keys: pa.ChunkedArray, known: pa.ChunkedArray, values: pa.ChunkedArray
) -> pa.ChunkedArray:
    """Return for each key the value beside it where it is known, else null."""
    places = pc.index_in(keys, known.combine_chunks())
    return values.take(places)


def first_of(columns: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Return for each row the first column's value that is there."""
    return pc.coalesce(*columns) if len(columns) > 1 else columns[0]


def as_dates(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts that were checked to be ISO dates as dates."""
    if pa.types.is_date32(column.type):
        return column
    coded = column.combine_chunks().dictionary_encode()
    days = pa.array([read_iso(v) for v in coded.dictionary.to_pylist()], pa.date32())
    return pa.chunked_array([days.take(coded.indices)])
