"""Flat files: delimited text with one line of headings, read exactly or refused.

Headings are known before any row is read, and rows come in batches, so that a file
needs little memory however large or odd it is.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indicators.formats.lines import BLOCK_BYTES, EXPORT, text_lines
from indicators.formats.problems import MOST_NUMBERS, FormatError, at

SEPARATORS = (",", "\t", ";", "|")
BATCH_ROWS = 25_000
BATCH_CHARACTERS = 4_000_000

# A row with every line of Form HUD-50058 has some 300 columns and 10,000 characters.
MOST_COLUMNS = 1_000
LONGEST_ROW = 100_000  # characters; below what csv itself takes for one value
# The largest agency houses half a million people; the largest district has a million
# students, each with one or two enrolments in a year.
MOST_LINES = 2_500_000

_NOT_TABLES = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file"),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"PAR1", "a Parquet file"),
    (b"<?xml", "an XML file"),
)
# "MZ" alone could begin a heading; a program's header has NUL bytes behind it.
_PROGRAM = re.compile(rb"MZ.{0,62}\x00", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a flat file, every value as the text it was.

    table: one string column per heading, in the order of the file; column names are
    positions ("0", "1", …) because headings are not ours.
    lines: the line of the file on which each row starts, counted from 1.
    """

    table: pa.RecordBatch = field(repr=False)
    lines: npt.NDArray[np.int32] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One flat file: its headings, and its rows in batches, to be read once."""

    headings: tuple[str, ...] = field(repr=False)
    batches: Iterator[Batch] = field(repr=False)


def read(stream: BinaryIO) -> Sheet:
    """Return the headings of a comma, tab, semicolon or bar separated file.

    UTF-8 with or without a byte order mark, or UTF-16 with one. Blank lines are
    skipped. Raises FormatError for anything else, naming lines but never values; for
    what is wrong with a row only once its batch is asked for.
    """
    start = stream.read(BLOCK_BYTES)
    kind = _kind(start)
    if kind:
        raise FormatError(
            f"This is {kind}, not a table of text, so nothing was read. {EXPORT}"
        )
    lines = text_lines(start, stream, longest=LONGEST_ROW, most=MOST_LINES)
    rows = _Rows(lines)
    values = iter(rows)
    first = next(values, None)
    if first is None:
        raise FormatError("The file is empty. Check the export and send it again.")
    headings = _checked_headings(first)
    return Sheet(headings, _batches(rows, values, n_columns=len(headings)))


def comparable(heading: str) -> str:
    """Return a heading without case, blanks and punctuation, to compare by."""
    return re.sub(r"[\W_]+", "", heading.casefold())


def _kind(start: bytes) -> str:
    """Return what a file is that is not text, or nothing."""
    kinds = (kind for magic, kind in _NOT_TABLES if start.startswith(magic))
    return next(kinds, "a program" if _PROGRAM.match(start) else "")


def _batches(
    rows: "_Rows", values_of: Iterator[list[str]], *, n_columns: int
) -> Iterator[Batch]:
    """Yield the rows; one flat list of values costs least while a batch fills up."""
    values: list[str] = []
    lines: list[int] = []
    ragged: list[int] = []
    n_rows = n_ragged = n_characters = 0
    for row in values_of:
        n_rows += 1
        if len(row) != n_columns:
            n_ragged += 1
            ragged += [rows.line] if n_ragged <= MOST_NUMBERS else []
            continue
        lines.append(rows.line)
        values += row
        n_characters += rows.length
        if len(lines) == BATCH_ROWS or n_characters > BATCH_CHARACTERS:
            if not ragged:
                yield _batch(values, lines, n_columns)
            values, lines, n_characters = [], [], 0
    if ragged:
        raise FormatError(
            f"There are {n_columns} headings, but more or fewer values on "
            f"{at('line', ragged, n=n_ragged)}. A separator or a quotation mark may be "
            "wrong. Correct it and send the file again."
        )
    if not n_rows:
        raise FormatError(
            "The file has headings but no rows. Check the export and send it again."
        )
    if lines:
        yield _batch(values, lines, n_columns)


def _batch(values: list[str], lines: list[int], n_columns: int) -> Batch:
    arrays = [pa.array(values[n::n_columns], pa.string()) for n in range(n_columns)]
    names = [str(position) for position in range(n_columns)]
    return Batch(pa.record_batch(arrays, names=names), np.array(lines, np.int32))


class _Rows:
    """The values of each row that is not blank.

    line: that on which the row starts. length: in characters, with separators and
    quotation marks.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.line = 0
        self.length = 0

    def __iter__(self) -> Iterator[list[str]]:
        n_blank = 0
        for first in self._lines:
            if first.strip():
                break
            n_blank += 1
        else:
            return
        fed = self._fed(chain([first], self._lines))
        reader = csv.reader(fed, delimiter=_separator(first), strict=True)
        self.line = n_blank + 1
        try:
            for row in reader:
                if row and (row[0].strip() or "".join(row).strip()):
                    yield row
                self.length = 0
                self.line = n_blank + reader.line_num + 1
        except csv.Error:
            raise FormatError(
                f"The row that starts on line {self.line} cannot be read: a quotation "
                "mark is not closed, or something follows it. Correct it and send the "
                "file again."
            ) from None

    def _fed(self, lines: Iterator[str]) -> Iterator[str]:
        """Yield the lines for csv, which would read one row without end."""
        for line in lines:
            self.length += len(line)
            if self.length > LONGEST_ROW:
                raise FormatError(
                    f"The row that starts on line {self.line} is longer than "
                    f"{LONGEST_ROW:,} characters, far more than any row of the "
                    "agreement needs, so nothing was read. Line ends may be missing, "
                    "or a quotation mark may stand where none belongs. Check the "
                    "export and send it again."
                )
            yield line


def _separator(first: str) -> str:
    bare = re.sub(r'"[^"]*"', "", first)
    counts = {mark: bare.count(mark) for mark in SEPARATORS}
    most = max(counts.values())
    likely = [mark for mark, count in counts.items() if count == most]
    if most and len(likely) > 1:
        raise FormatError(
            "The line of headings could be separated in two ways. Put headings that "
            "hold a comma, semicolon or bar in quotation marks and send the file again."
        )
    return likely[0]


def _checked_headings(first: Sequence[str]) -> tuple[str, ...]:
    if len(first) > MOST_COLUMNS:
        raise FormatError(
            f"The file has {len(first):,} columns, and at most {MOST_COLUMNS:,} are "
            "read. Send only the columns that the agreement lists."
        )
    headings = tuple(heading.strip() for heading in first)
    seen: dict[str, int] = {}
    for position, heading in enumerate(headings, start=1):
        spelling = comparable(heading)
        if not spelling:
            raise FormatError(
                f"Column {position} has no heading, so it cannot be matched to the "
                "agreement. Name it or remove it, and send the file again."
            )
        if spelling in seen:
            raise FormatError(
                f"Columns {seen[spelling]} and {position} have the same heading. "
                "Rename or remove one of them, and send the file again."
            )
        seen[spelling] = position
    return headings
