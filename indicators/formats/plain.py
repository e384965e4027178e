"""Blocks of delimited text through Arrow, but for the odd lines, which `csv` reads.

A line means the same to every reader where it has no quotation mark, or where each
stands at an end of a value. Any other line, a blank one, and one with more or fewer
values than there are headings is odd.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

# A row with every line of Form HUD-50058 has some 10,000 characters; csv itself takes
# more than this for one value.
LONGEST_ROW = 100_000
MOST_ODD = 0.25  # of a block's lines; where more are, csv alone is faster

_LINE_FEED, _RETURN, _BLANK, _QUOTE = b'\n\r "'
_SHORTEST_LINE = 3  # bytes with its end; shorter ones may be blank

_LINE_ENDS = re.compile(r"[\r\n]+")

Mask = npt.NDArray[np.bool_]


class Row(NamedTuple):
    """One row: its values, the line on which it starts, its characters and lines.

    is_quoted: every value stands in quotation marks.
    """

    values: list[str]
    line: int
    length: int
    n_lines: int = 1
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Plain:
    """Rows of one block; see flat.Batch."""

    table: pa.RecordBatch = field(repr=False)
    lines: npt.NDArray[np.int32] = field(repr=False)
    is_tidy: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A block told apart into rows: the last one comes last, whatever it is.

    n_lines: those that were read. rest: the others, which begin with a row that goes
    on beyond its line.
    """

    rows: Sequence[Row | Plain] = field(repr=False)
    n_lines: int
    rest: str = field(repr=False)


class _GoesOn(Exception):
    """A row does not end where its line does."""


def fitted(values: list[str], n_columns: int) -> list[str] | None:
    """Return as many values as there are headings; None if there are more or fewer.

    Empty ones beyond the headings do not count.
    """
    if len(values) < n_columns or any(map(str.strip, values[n_columns:])):
        return None
    return values[:n_columns]


def holds_rows(values: Sequence[str], separator: str, *, n_columns: int) -> bool:
    """Return whether a row over several lines is several, and a quote not closed.

    Each of its lines that is not blank then has as many separators as a row, as have
    the first and the last in any case; those before a blank do not count, since texts
    have such commas.
    """
    if n_columns == 1:
        return False
    sign = re.escape(separator)
    between = re.compile(rf"{sign}(?! +[^ {sign}])")
    lines = _LINE_ENDS.split(separator.join(values))
    return all(len(between.findall(line)) >= n_columns - 1 for line in lines)


def tell_apart(
    text: str,
    *,
    n_columns: int,
    separator: str,
    line: int,
    broken: Callable[[int], None],
) -> Told | None:
    """Return the rows of a block, or None where csv should read all of it.

    line: that of its first row. broken: see rows.Rows.
    """
    if "\r" in text and text.count("\r") != text.count("\r\n"):
        return None
    block = _Block(text, separator)
    if block.sizes.max() > LONGEST_ROW:
        return None
    are_odd = block.are_odd()
    table = block.table(are_odd, n_columns)
    if table is None:
        return None
    n_lines, odd = len(are_odd), []
    for at in np.flatnonzero(are_odd).tolist():
        content = block.line(at)
        try:
            values = _values(content, separator)
        except _GoesOn:
            n_lines = at
            break
        if values is None:
            broken(line + at)
        elif values and "".join(values).strip():
            odd.append(Row(values, line + at, len(content)))
    at_lines = line + np.flatnonzero(~are_odd[:n_lines]).astype(np.int32)
    table = table.slice(0, len(at_lines))
    is_tidy = text.isascii() and block.is_tidy()
    plain = _without_blank(Plain(table, at_lines, is_tidy))
    rows = list(_in_order(plain, odd, n_columns))
    return Told(rows, n_lines, block.rest(n_lines))


class _Block:
    """The bytes of a block, and where its lines, blanks and controls are."""

    def __init__(self, text: str, separator: str) -> None:
        self._text = text.encode()
        self._separator = separator
        self._bytes = np.frombuffer(self._text, np.uint8)
        self._at = np.flatnonzero(self._bytes <= _BLANK)
        self._are = self._bytes[self._at]
        line_ends = self._at[self._are == _LINE_FEED]
        self._n_ends = len(line_ends)
        if not text.endswith("\n"):
            line_ends = np.append(line_ends, len(self._bytes) - 1)
        self._stops = line_ends + 1
        self._starts = np.append(0, self._stops[:-1])
        self.sizes = self._stops - self._starts

    def line(self, at: int) -> str:
        """Return one line with its end."""
        return self._text[self._starts[at] : self._stops[at]].decode()

    def rest(self, n_lines: int) -> str:
        """Return what follows the first lines."""
        whole = n_lines == len(self._starts)
        return "" if whole else self._text[self._starts[n_lines] :].decode()

    def are_odd(self) -> Mask:
        """Return which lines may be blank, or have a mark that csv must read."""
        are_odd: Mask = self.sizes < _SHORTEST_LINE
        if b'"' not in self._text:
            return are_odd
        quotes = np.flatnonzero(self._bytes == _QUOTE)
        firsts = np.searchsorted(quotes, self._starts)
        n_quotes = np.diff(np.append(firsts, len(quotes)))
        are_odd |= n_quotes % 2 == 1
        # An end of the block is one of a value as well.
        around = np.concatenate(([_LINE_FEED], self._bytes, [_LINE_FEED]))
        are_ends = np.zeros(256, np.bool_)
        are_ends[[_LINE_FEED, _RETURN, ord(self._separator)]] = True
        is_opening = (np.arange(len(quotes)) - np.repeat(firsts, n_quotes)) % 2 == 0
        beside = around[np.where(is_opening, quotes, quotes + 2)]
        lines = np.repeat(np.arange(len(firsts)), n_quotes)
        are_odd[lines[~are_ends[beside]]] = True
        return are_odd

    def table(self, are_odd: Mask, n_columns: int) -> pa.RecordBatch | None:
        """Return the values of the lines that are not odd, if these are most.

        Those that have more or fewer values than there are headings become odd.
        """
        plain = np.flatnonzero(~are_odd)
        content = self._without(are_odd)
        ragged: list[int] = []

        def left(row: arrow_csv.InvalidRow) -> str:
            ragged.append(row.number - 1)
            return "skip"

        if len(plain) < (1 - MOST_ODD) * len(are_odd):
            return None
        names = [str(position) for position in range(n_columns)]
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(content),
                # In one thread rows have a number; other threads look at other rows.
                read_options=arrow_csv.ReadOptions(
                    column_names=names, use_threads=False, block_size=len(content) + 1
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self._separator,
                    quote_char='"' if b'"' in content else False,
                    ignore_empty_lines=False,
                    invalid_row_handler=left,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=False,
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid:
            return None
        are_odd[plain[ragged]] = True
        n_plain = len(are_odd) - are_odd.sum()
        if n_plain != table.num_rows or n_plain < (1 - MOST_ODD) * len(are_odd):
            return None
        (batch,) = table.combine_chunks().to_batches()
        return batch

    def _without(self, are_odd: Mask) -> bytes:
        if not are_odd.any():
            return self._text
        stops = [*self._starts[are_odd].tolist(), len(self._text)]
        starts = [0, *self._stops[are_odd].tolist()]
        return b"".join(
            self._text[start:stop] for start, stop in zip(starts, stops, strict=True)
        )

    def is_tidy(self) -> bool:
        """Return whether no value has blanks but single ones inside it."""
        separator = ord(self._separator)
        blanks = self._at[self._are == _BLANK]
        n_known = self._n_ends + len(blanks)
        n_known += int(np.isin(self._are, (_RETURN, separator)).sum())
        if n_known != len(self._at):
            return False
        if not len(blanks):
            return True
        edges = (_BLANK, _LINE_FEED, _RETURN, _QUOTE, separator)
        if blanks[0] == 0 or blanks[-1] == len(self._bytes) - 1:
            return False
        beside = self._bytes[np.concatenate((blanks - 1, blanks + 1))]
        return not np.isin(beside, edges).any()


def _values(line: str, separator: str) -> list[str] | None:
    """Return a line's values as csv reads them; None where it cannot."""
    is_over = False

    def fed() -> Iterator[str]:
        nonlocal is_over
        yield line
        is_over = True

    try:
        return next(csv.reader(fed(), delimiter=separator, strict=True))
    except csv.Error:
        if is_over:
            raise _GoesOn from None
        return None


def _without_blank(plain: Plain) -> Plain:
    """Return the rows in which some value is there."""
    blank = None
    for column in plain.table.columns:
        is_blank = pc.equal(pc.utf8_trim_whitespace(column), "")
        blank = is_blank if blank is None else pc.and_(blank, is_blank)
        if not pc.any(blank).as_py():
            return plain
    kept = pc.invert(blank)
    lines = plain.lines[kept.to_numpy(zero_copy_only=False)]
    return Plain(plain.table.filter(kept), lines, plain.is_tidy)


def _in_order(
    plain: Plain, odd: Sequence[Row], n_columns: int
) -> Iterator[Row | Plain]:
    """Yield the rows that fit the headings as one, and others; the last one last."""
    fitting, others = [], []
    for row in odd:
        values = fitted(row.values, n_columns)
        if values is None:
            others.append(row)
        else:
            fitting.append(row._replace(values=values))
    if fitting:
        plain = _merged(plain, fitting)
    last = plain.lines[-1] if len(plain.lines) else 0
    n_before = len(others) - bool(others and others[-1].line > last)
    yield from others[:n_before]
    if len(plain.lines):
        yield plain
    yield from others[n_before:]


def _merged(plain: Plain, rows: Sequence[Row]) -> Plain:
    columns = zip(*(row.values for row in rows), strict=True)
    arrays = [pa.array(column, pa.string()) for column in columns]
    more = pa.record_batch(arrays, schema=plain.table.schema)
    table = pa.Table.from_batches([plain.table, more])
    lines = np.append(plain.lines, np.array([row.line for row in rows], np.int32))
    order = np.argsort(lines, kind="stable")
    (batch,) = table.take(pa.array(order)).combine_chunks().to_batches()
    return Plain(batch, lines[order], plain.is_tidy)
