"""CSV and Parquet files of strangers as columns of text, with nothing of them told.

A file is held in memory only. What is wrong is said in one sentence that quotes no
value, for the reader of a terminal and of a log.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from accounts.acts import RuleBroken
from indicators.formats.headings import PEEKED_ROWS, heading_row
from indicators.formats.plain import holds_rows
from indicators.linkfiles.layout import field_of

if TYPE_CHECKING:
    from _csv import Reader

SEPARATORS = ",\t;|"
_NOT_TABLES = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file"),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"<?xml", "an XML file"),
)
_RECORDS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*\"")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!|[a-z]+[ >/])", re.IGNORECASE)
_MARKS = (
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
# What programs write for no value. Names such as “Na” and “Nan” are not among them.
NO_VALUE = ("", "NULL", "null", "N/A", "n/a", "#N/A", "NaN", "nan", "<NA>", "\\N")
_EXCEL_HINT = re.compile(rb"sep=(.)\r?\n", re.IGNORECASE)
_NOT_CLOSED = "cannot be read as CSV; a quotation mark may not be closed."


@dataclass(frozen=True, slots=True)
class Table:
    """A file: its headings, trimmed, and its columns, named by position.

    lines: returns on which line of the file each row begins; slow. notes: what was done
    that nobody asked for, a sentence each.
    """

    headings: tuple[str, ...] = field(repr=False)
    columns: pa.Table = field(repr=False)
    lines: Callable[[], Sequence[int]] = field(repr=False)
    notes: tuple[str, ...] = ()


def read_table(path: Path, *, name: str) -> Table:
    """Return the table in a CSV or Parquet file. name: what to call the file.

    Raises RuleBroken in one sentence for what is not a table.
    """
    try:
        content = path.read_bytes()
    except IsADirectoryError:
        raise RuleBroken(f"{name}: {path} is a folder, not a file.") from None
    except OSError:
        raise RuleBroken(f"{name}: there is no file to read at {path}.") from None
    if not content.strip():
        raise RuleBroken(f"{name} is empty: it does not even have headings.")
    if content.startswith(b"PAR1"):
        return _parquet(content, name)
    for magic, kind in _NOT_TABLES:
        if content.startswith(magic):
            raise RuleBroken(f"{name} is {kind}; write it as CSV or Parquet.")
    if _RECORDS.match(content):
        raise RuleBroken(f"{name} is JSON; write it as CSV or Parquet.")
    if _MARKUP.match(content):
        raise RuleBroken(f"{name} is a web page; write it as CSV or Parquet.")
    return _csv(content, name)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as trimmed text; null for what stands for no value."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_floating(kind):
        whole = pc.and_(
            pc.equal(pc.round(column), column), pc.less(pc.abs(column), 1e15)
        )
        if pc.all(pc.fill_null(whole, True)).as_py():
            column = pc.if_else(pc.is_nan(column), None, column).cast(pa.int64())
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    is_none = pc.is_in(text, value_set=pa.array(NO_VALUE))
    return pc.if_else(is_none, pa.scalar(None, pa.string()), text)


def _parquet(content: bytes, name: str) -> Table:
    table = None
    try:
        table = pq.read_table(pa.BufferReader(content))
    except Exception as error:  # noqa: BLE001 - its message may quote the file
        kind = type(error).__name__
    if table is None:
        raise RuleBroken(f"{name} cannot be read as a Parquet file ({kind}).")
    headings = tuple(heading.strip() for heading in table.column_names)
    columns = table.rename_columns(list(map(str, range(len(headings)))))
    return Table(headings, columns, lambda: range(1, len(columns) + 1))


def _csv(content: bytes, name: str) -> Table:
    typed, note = _decoded(content, name)
    hint = _EXCEL_HINT.match(typed)
    separator = hint[1].decode() if hint else _separator(typed)
    start = hint.end() if hint else 0
    text = _close_to_quotes(typed[start:], separator, name)
    headings, n_lines, n_above = _headings(text, separator, name)
    n_empty = n_wrong = 0

    def refused(row: arrow_csv.InvalidRow) -> str:
        nonlocal n_empty, n_wrong
        is_empty = _is_empty(row.text.replace('"', "").split(separator))
        n_empty += is_empty
        n_wrong += not is_empty
        return "skip"

    numbered = list(map(str, range(len(headings))))
    table = None
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text),
            arrow_csv.ReadOptions(
                use_threads=False,
                column_names=numbered,
                skip_rows=n_lines,
                block_size=max(1 << 22, min(len(text), (1 << 31) - 1)),
            ),
            arrow_csv.ParseOptions(
                delimiter=separator,
                newlines_in_values=True,
                invalid_row_handler=refused,
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(numbered, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        if b"\n" not in text.strip(b"\r\n") and b"\r" not in text.strip(b"\r\n"):
            table = pa.table({n: pa.array([], pa.string()) for n in numbered})

    def rows() -> Iterator[tuple[int, list[str]]]:
        first = 2 if hint else 1
        every = _numbered_rows(typed[start:], separator, first=first, name=name)
        return islice(every, n_above, None)

    if n_wrong:
        raise RuleBroken(_of_another_width(name, len(headings), n_wrong, rows()))
    if table is None:
        raise RuleBroken(f"{name} {_NOT_CLOSED}")
    notes = [note] if note else []
    if n_above:
        lines = "1 line" if n_above == 1 else f"{n_above} lines"
        notes.append(f"{name}: {lines} above the headings passed over.")
    are_empty = _are_empty(table)
    n_empty += pc.sum(are_empty).as_py() or 0
    if n_empty:
        are, were = ("row is", "was") if n_empty == 1 else ("rows are", "were")
        notes.append(f"{name}: {n_empty:,} {are} empty and {were} left out.")
        table = table.filter(pc.invert(are_empty))
    at = _holding_rows(table, separator) if b'"' in text else None
    if at is not None:
        line, _ = next(islice(rows(), at, None))
        raise RuleBroken(
            f"{name}: a quotation mark on line {line} is not closed where its value "
            "ends, so that the rows after it would be read as one value. Correct it."
        )
    return Table(headings, table, lambda: [line for line, _ in rows()], tuple(notes))


def _holding_rows(table: pa.Table, separator: str) -> int | None:
    """Return the first row that holds others, as one with an open quote does."""
    go_on = pa.repeat(pa.scalar(False), len(table))
    for column in table.columns:
        go_on = pc.or_(go_on, pc.match_substring_regex(column, r"[\r\n]"))
    places = pc.indices_nonzero(go_on)
    rows = table.take(places).to_pylist()
    for at, row in zip(places.to_pylist(), rows, strict=True):
        if holds_rows([*row.values()], separator, n_columns=len(row)):
            return int(at)
    return None


def _separator(text: bytes) -> str:
    """Return the sign that stands most often in the first line that has any."""
    bare = re.sub(r'"[^"]*"', "", text[: 1 << 20].decode(errors="ignore"))
    lines = io.StringIO(bare, newline="")
    first = next((line for line in lines if set(SEPARATORS) & set(line)), "")
    return max(SEPARATORS, key=first.count)


def _close_to_quotes(text: bytes, separator: str, name: str) -> bytes:
    """Return the text without blanks in front of quoted values, as in `"a", "b"`."""
    is_likely = b' "' in text  # to look for this takes no time
    if not is_likely or not re.search(
        rb"(?m)(?:^|%b) +\"" % re.escape(separator.encode()), text
    ):
        return text
    if text.count(b'"') % 2:
        raise RuleBroken(f"{name} {_NOT_CLOSED}")
    closer = io.StringIO(newline="")
    rows = _reader(text, separator)
    try:
        csv.writer(closer, delimiter=separator, lineterminator="\n").writerows(rows)
    except csv.Error:
        raise RuleBroken(f"{name} {_NOT_CLOSED}") from None
    return closer.getvalue().encode()


def _reader(text: bytes, separator: str) -> "Reader":
    lines = io.StringIO(text.decode(), newline="")
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def _numbered_rows(
    text: bytes, separator: str, *, first: int, name: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not empty, with its line; the headings are left out.

    first: the line on which the text begins.
    """
    reader = _reader(text, separator)
    line, are_headings = first, True
    try:
        for row in reader:
            if not _is_empty(row):
                if not are_headings:
                    yield line, row
                are_headings = False
            line = first + reader.line_num
    except csv.Error:  # a value longer than any
        raise RuleBroken(f"{name} {_NOT_CLOSED}") from None


def _of_another_width(
    name: str, n_headings: int, n_wrong: int, rows: Iterator[tuple[int, list[str]]]
) -> str:
    """Return that some rows are shorter or longer than the headings, and where."""
    line = next((line for line, row in rows if len(row) != n_headings), None)
    where = f", the first on line {line}" if line else ""
    headings = "1 heading" if n_headings == 1 else f"{n_headings} headings"
    count = "1 row" if n_wrong == 1 else f"{n_wrong:,} rows"
    return (
        f"{name} has {headings} but {count} with more or fewer values{where}; a "
        "separator or a quotation mark may be wrong."
    )


def _is_empty(row: Sequence[str]) -> bool:
    return not any(value.strip() for value in row)


def _are_empty(table: pa.Table) -> pa.Array:
    """Return which rows have no value at all, as spreadsheets leave them."""
    are_empty = pa.repeat(pa.scalar(True), len(table))
    for column in table.columns:
        if not pc.any(are_empty).as_py():
            break
        is_blank = pc.equal(pc.utf8_trim_whitespace(column), "")
        are_empty = pc.and_(are_empty, is_blank)
    return are_empty


def _decoded(content: bytes, name: str) -> tuple[bytes, str]:
    """Return the content in UTF-8 without its mark, and what to say of it."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                content = content.decode(encoding).encode()
            except UnicodeError:
                raise RuleBroken(f"{name} is not valid {encoding}.") from None
    note = ""
    if not content.isascii():
        try:
            content.decode()
        except UnicodeDecodeError:
            content = content.decode("cp1252", "replace").encode()
            note = f"{name} is not UTF-8 and was read as Windows-1252 (Latin-1)."
    if b"\0" in content:
        raise RuleBroken(f"{name} holds NUL characters, so it is not plain text.")
    return content, note


def _headings(
    text: bytes, separator: str, name: str
) -> tuple[tuple[str, ...], int, int]:
    """Return the headings, the lines up to their end, and the rows above them.

    A row above them is a title, and so has fewer values than there are headings.
    """
    start = text[: 1 << 20].decode(errors="ignore")
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
    rows: list[list[str]] = []
    ends: list[int] = []
    with suppress(csv.Error):
        for row in reader:
            if not _is_empty(row):
                rows.append(row)
                ends.append(reader.line_num)
            if len(rows) == PEEKED_ROWS:
                break
    if not rows:
        raise RuleBroken(f"{name} has a first line that is not headings.")
    at = 0 if any(map(field_of, rows[0])) else heading_row(rows)
    if any(_n_filled(row) >= _n_filled(rows[at]) for row in rows[:at]):
        at = 0
    headings = tuple(heading.strip().strip("\ufeff") for heading in rows[at])
    return headings, ends[at], at


def _n_filled(row: Sequence[str]) -> int:
    return sum(bool(value.strip()) for value in row)
