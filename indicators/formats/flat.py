"""Flat files: delimited text with one line of headings, read exactly or refused.

Headings are known before any row is read, and rows come in batches, so that a file
needs little memory however large or odd it is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indicators.formats.headings import (
    NAME,
    PEEKED_ROWS,
    WORDED_DATE,
    checked,
    comparable,
    heading_row,
    look_like_json,
    separator_of,
)
from indicators.formats.lines import BLOCK_BYTES, EXPORT, Script, text_blocks
from indicators.formats.plain import LONGEST_ROW, Plain, Row, fitted
from indicators.formats.problems import MOST_NUMBERS, FormatError
from indicators.formats.rows import Rows

__all__ = ["LONGEST_ROW", "Batch", "Sheet", "Surplus", "comparable", "read"]

BATCH_ROWS = 25_000
BATCH_CHARACTERS = 4_000_000
# The largest agency houses half a million people; the largest district has a million
# students, each with one or two enrolments in a year.
MOST_LINES = 2_500_000

_NOT_TABLES = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel or Office file, or one that is locked with a password",
    ),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"PAR1", "a Parquet file"),
    (b"<?xml", "an XML file"),
    (b"{\\rtf", "a text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
# "MZ" alone could begin a heading; a program's header has NUL bytes behind it.
_PROGRAM = re.compile(rb"MZ.{0,62}\x00", re.DOTALL)
_TOTAL = re.compile(r"(?:grand |sub-?)?totals?\b|(?:record|row) count\b", re.I)
_END = re.compile(r"end of (?:file|report)\b", re.I)
_TOTAL_ALONE = re.compile(r"totals?", re.I)
_SEPARATED = r"\d{1,4}([-/.])(?:\d{1,2}|[a-z]{3,9})\1\d{1,4}"
_YEAR, _MONTH, _DAY = "(?:19|20)[0-9]{2}", "(?:0[1-9]|1[0-2])", "(?:[0-2][0-9]|3[01])"
_DIGITS = f"{_YEAR}{_MONTH}{_DAY}|[0-3]?[0-9]{_DAY}{_YEAR}"
_DATE = re.compile(rf"(?:{_SEPARATED})(?:[T ].*)?|{_DIGITS}", re.I | re.ASCII)
_COUNTED = re.compile(
    r"\b(?:all|any|total|count|sum|student|pupil|child|tenant|resident|person|people"
    r"|member|household|famil|unit|building|development|project|school|district|class"
    r"|grade|record|row|entr|line|enrol|active|year|month|day|page|report)",
    re.I,
)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|[a-z]+[ >/:])", re.I)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a flat file, every value as the text it was.

    table: one string column per heading, in the order of the file; column names are
    positions ("0", "1", …) because headings are not ours.
    lines: the line of the file on which each row starts, counted from 1.
    are_tidy: whether no value has blanks but single ones inside it.
    """

    table: pa.RecordBatch = field(repr=False)
    lines: npt.NDArray[np.int32] = field(repr=False)
    are_tidy: bool = False


@dataclass(slots=True)
class Surplus:
    """Rows that do not fit their headings, and rows that hold no person.

    Known in full once all batches were taken. ragged: line and number of values of
    the first; n_ragged: of all. broken: lines of rows with a quotation mark that
    something follows, or that is not closed. total: the line of a last row of totals,
    or 0.
    """

    n_ragged: int = 0
    ragged: list[tuple[int, int]] = field(default_factory=list)
    n_broken: int = 0
    broken: list[int] = field(default_factory=list)
    total: int = 0

    def add_ragged(self, line: int, n_values: int) -> None:
        """Note a row with more or fewer values than there are headings."""
        self.n_ragged += 1
        if self.n_ragged <= MOST_NUMBERS:
            self.ragged.append((line, n_values))

    def add_broken(self, line: int) -> None:
        """Note a row that cannot be told apart into values."""
        self.n_broken += 1
        if self.n_broken <= MOST_NUMBERS:
            self.broken.append(line)

    @property
    def n_set_aside(self) -> int:
        """How many rows of people are among them."""
        return self.n_ragged + self.n_broken


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its headings, and its rows in batches, to be read once.

    line: that of the headings. n_above: rows that were passed over above them. script
    and separator: how the text is written; a workbook has neither. second: the row
    after the headings, which may be more of them, and second_line. day_zero: that from
    which a workbook counts days.
    """

    headings: tuple[str, ...] = field(repr=False)
    batches: Iterator[Batch] = field(repr=False)
    line: int = 1
    script: Script | None = None
    separator: str = ""
    surplus: Surplus = field(default_factory=Surplus, repr=False)
    n_above: int = 0
    second: tuple[str, ...] = field(default=(), repr=False)
    second_line: int = 0
    day_zero: date | None = None


def read(
    stream: BinaryIO,
    *,
    script: Script | None = None,
    may_be_empty: bool = False,
    header_row: int = 0,
) -> Sheet:
    """Return the headings of a comma, tab, semicolon or bar separated file.

    UTF-8 with or without a byte order mark, UTF-16 with one, or what `script` was
    told. header_row: the line of the headings, 0 to look for it. Blank lines are
    skipped. Raises FormatError for anything else, naming lines but never values; for
    what is wrong with a row only once its batch is asked for.
    """
    start = stream.read(BLOCK_BYTES)
    kind = kind_of(start)
    if kind:
        raise FormatError(
            f"This is {kind}, not a table of text, so nothing was read. {EXPORT}"
        )
    script = script or Script()
    blocks = text_blocks(
        start, stream, longest=LONGEST_ROW, most=MOST_LINES, script=script
    )
    surplus = Surplus()
    head = next(blocks, "")
    while not head.strip():
        more = next(blocks, None)
        if more is None:
            raise FormatError("The file is empty. Check the export and send it again.")
        head += more
    rows = Rows(head, blocks, separator=separator_of(head), broken=surplus.add_broken)
    peeked = rows.peek(PEEKED_ROWS)
    if not peeked:
        raise FormatError("The file is empty. Check the export and send it again.")
    at = placed_headings(peeked, header_row)
    found = peeked[at].values
    headings = checked(found)
    if look_like_json(headings):
        raise FormatError(
            f"Line {peeked[at].line} reads like JSON, but the file does not begin as "
            "JSON does, with a brace or a bracket. Send it as it was exported.",
            line=peeked[at].line,
        )
    if any("\n" in each and rows.separator in each for each in found):
        raise FormatError(
            f"A quotation mark in the headings on line {peeked[at].line} is not closed "
            "where a value ends. Correct it and send the file again.",
            line=peeked[at].line,
        )
    rows.drop(at + 1)
    return Sheet(
        headings,
        _batches(rows, headings, surplus, may_be_empty=may_be_empty),
        line=peeked[at].line,
        script=script,
        separator=rows.separator,
        surplus=surplus,
        n_above=at,
        **second_of(peeked[at + 1 :]),
    )


def placed_headings(rows: Sequence[Row], line: int) -> int:
    """Return which of the first rows holds the headings: that of a line, if told."""
    if not line:
        return heading_row([row.values for row in rows])
    found = next((n for n, row in enumerate(rows) if row.line == line), None)
    if found is None:
        raise FormatError(
            f"There is no row on line {line} among the first {PEEKED_ROWS}, so it "
            "cannot hold the headings. Say another line."
        )
    return found


def second_of(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what a sheet keeps of the first row after its headings."""
    if not rows:
        return {}
    return {"second": tuple(rows[0].values), "second_line": rows[0].line}


def kind_of(start: bytes) -> str:
    """Return what a file is that is not text, or nothing."""
    kinds = (kind for magic, kind in _NOT_TABLES if start.startswith(magic))
    found = next(kinds, "a program" if _PROGRAM.match(start) else "")
    return found or ("a web page or an XML file" if _MARKUP.match(start) else "")


def in_batches(
    rows: Iterator[Row | Plain],
    headings: tuple[str, ...],
    surplus: Surplus,
    *,
    may_be_empty: bool = False,
) -> Iterator[Batch]:
    """Yield rows in batches; one flat list of values costs least while one fills up."""
    n_columns = len(headings)
    values: list[str] = []
    lines: list[int] = []
    n_rows = n_characters = 0
    for row in _without_total(rows, surplus):
        if isinstance(row, Plain):
            n_rows += len(row.lines)
            if lines:
                yield _batch(values, lines, n_columns)
                values, lines, n_characters = [], [], 0
            yield Batch(row.table, row.lines, row.is_tidy)
            continue
        n_rows += 1
        cells = fitted(row.values, n_columns)
        if cells is None:
            surplus.add_ragged(row.line, len(row.values))
            continue
        lines.append(row.line)
        values += cells
        n_characters += row.length
        if len(lines) == BATCH_ROWS or n_characters > BATCH_CHARACTERS:
            yield _batch(values, lines, n_columns)
            values, lines, n_characters = [], [], 0
    if not n_rows and not may_be_empty:
        raise FormatError(
            "The file has headings but no rows. Check the export and send it again."
        )
    if lines:
        yield _batch(values, lines, n_columns)


def _without_total(
    rows: Iterator[Row | Plain], surplus: Surplus
) -> Iterator[Row | Plain]:
    """Yield rows but the last, if it is one of totals."""
    held: Row | Plain | None = None
    for row in rows:
        if held is not None:
            yield held
        held = row
    if isinstance(held, Row):
        if _is_total(held.values):
            surplus.total = held.line
        else:
            yield held
    elif held is not None:
        last = [column[-1].as_py() for column in held.table.columns]
        if not _is_total(last):
            yield held
            return
        surplus.total = int(held.lines[-1])
        if len(held.lines) > 1:
            table = held.table.slice(0, len(held.lines) - 1)
            yield Plain(table, held.lines[:-1], held.is_tidy)


def _is_total(values: Sequence[str]) -> bool:
    """Return whether a last row counts the others, or ends the file.

    One with a day is of somebody whose first or last name is Total, and so is one with
    a name beside it.
    """
    filled = [value.strip() for value in values if value.strip()] or [""]
    if _END.match(filled[0]):
        return True
    if not _TOTAL.match(filled[0]) or any(map(_is_date, filled)):
        return False
    are_named = any(
        NAME.fullmatch(text) and not _COUNTED.search(text) for text in filled[1:]
    )
    return not (are_named and _TOTAL_ALONE.fullmatch(filled[0]))


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text) or WORDED_DATE.fullmatch(text))


def _batches(
    rows: Rows, headings: tuple[str, ...], surplus: Surplus, *, may_be_empty: bool
) -> Iterator[Batch]:
    every = rows.every(len(headings))
    return in_batches(every, headings, surplus, may_be_empty=may_be_empty)


def _batch(values: list[str], lines: list[int], n_columns: int) -> Batch:
    arrays = [pa.array(values[n::n_columns], pa.string()) for n in range(n_columns)]
    names = [str(position) for position in range(n_columns)]
    return Batch(pa.record_batch(arrays, names=names), np.array(lines, np.int32))
