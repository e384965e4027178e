"""Flat files: delimited text with one line of headings, read exactly or refused."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

import pyarrow as pa

from indicators.formats.problems import FormatError, at

SEPARATORS = (",", "\t", ";", "|")
BATCH_ROWS = 20_000

_NOT_TABLES = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file"),
    (b"%PDF", "a PDF"),
    (b"MZ\x90\x00", "a program"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"PAR1", "a Parquet file"),
    (b"<?xml", "an XML file"),
)
_EXPORT = "Export it again as CSV in UTF-8 and send that."


@dataclass(frozen=True, slots=True)
class Sheet:
    """One flat file, every value as the text it was.

    table: one string column per heading, in the order of the file; column names are
    positions ("0", "1", …) because headings are not ours.
    lines: the line of the file on which each row starts, counted from 1.
    """

    headings: tuple[str, ...] = field(repr=False)
    table: pa.Table = field(repr=False)
    lines: tuple[int, ...] = field(repr=False)


def read(stream: BinaryIO) -> Sheet:
    """Return the rows of a comma, tab, semicolon or bar separated file.

    UTF-8 with or without a byte order mark, or UTF-16 with one. Blank lines are
    skipped. Raises FormatError for anything else, naming lines but never values.
    """
    content = stream.read()
    for magic, kind in _NOT_TABLES:
        if content.startswith(magic):
            raise FormatError(
                f"This is {kind}, not a table of text, so nothing was read. {_EXPORT}"
            )
    try:
        return _sheet(content)
    except UnicodeDecodeError:
        raise _not_decodable(content) from None


def comparable(heading: str) -> str:
    """Return a heading without case, blanks and punctuation, to compare by."""
    return re.sub(r"[\W_]+", "", heading.casefold())


def _encoding(content: bytes) -> str:
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return "utf-16" if is_utf16 else "utf-8-sig"


def _text_lines(content: bytes) -> Iterator[str]:
    text = io.TextIOWrapper(
        io.BytesIO(content), encoding=_encoding(content), newline=""
    )
    for number, line in enumerate(text, start=1):
        if "\0" in line:
            raise FormatError(
                f"Line {number} holds a NUL character, so this is not plain text. "
                f"{_EXPORT}"
            )
        yield line


def _not_decodable(content: bytes) -> FormatError:
    encoding = _encoding(content)
    line = 1
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, errors="ignore")
        line += len(re.findall(r"\r\n|\r|\n", before))
    name = "UTF-16" if encoding == "utf-16" else "UTF-8"
    return FormatError(
        f"Line {line} holds letters that are not valid {name}. They could be read in "
        f"more than one way, so nothing was read. {_EXPORT}"
    )


def _sheet(content: bytes) -> Sheet:
    rows = _rows(content)
    first = next(rows, None)
    if first is None:
        raise FormatError("The file is empty. Check the export and send it again.")
    headings = _checked_headings(first[1])
    names = [str(position) for position in range(len(headings))]
    lines: list[int] = []
    ragged: list[int] = []
    batches: list[pa.RecordBatch] = []
    while batch := list(islice(rows, BATCH_ROWS)):
        lines += [line for line, _ in batch]
        ragged += [line for line, row in batch if len(row) != len(headings)]
        if not ragged:
            columns = zip(*(row for _, row in batch), strict=True)
            arrays = [pa.array(column, type=pa.string()) for column in columns]
            batches.append(pa.record_batch(arrays, names=names))
    if ragged:
        raise FormatError(
            f"There are {len(headings)} headings, but more or fewer values on "
            f"{at('line', ragged)}. A separator or a quotation mark may be wrong. "
            "Correct it and send the file again."
        )
    if not lines:
        raise FormatError(
            "The file has headings but no rows. Check the export and send it again."
        )
    return Sheet(headings, pa.Table.from_batches(batches), tuple(lines))


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line and the values of every row that is not blank."""
    first = next((line for line in _text_lines(content) if line.strip()), None)
    if first is None:
        return
    reader = csv.reader(_text_lines(content), delimiter=_separator(first), strict=True)
    line = 1
    try:
        for row in reader:
            if any(value.strip() for value in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error:
        raise FormatError(
            f"The row that starts on line {line} cannot be read: a quotation mark is "
            "not closed, or something follows it. Correct it and send the file again."
        ) from None


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
