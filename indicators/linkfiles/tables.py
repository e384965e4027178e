"""CSV and Parquet files of strangers as columns of text, with nothing of them told.

A file is held in memory only. What is wrong is said in one sentence that quotes no
value, for the reader of a terminal and of a log.
"""

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from accounts.acts import RuleBroken

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
_MARKS = (
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
# What programs write for no value. Names such as “Na” and “Nan” are not among them.
NO_VALUE = ("", "NULL", "null", "N/A", "n/a", "#N/A", "NaN", "nan", "<NA>", "\\N")
_EXCEL_HINT = re.compile(rb"sep=(.)\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """A file: its headings, trimmed, and its columns, named by position."""

    headings: tuple[str, ...] = field(repr=False)
    columns: pa.Table = field(repr=False)
    note: str = ""


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
    return Table(headings, table.rename_columns(list(map(str, range(len(headings))))))


def _csv(content: bytes, name: str) -> Table:
    text, note = _decoded(content, name)
    hint = _EXCEL_HINT.match(text)
    if hint:
        text = text[hint.end() :]
    headings, n_lines, separator = _headings(
        text, hint[1].decode() if hint else "", name
    )
    wrong: list[int] = []

    def refused(row: arrow_csv.InvalidRow) -> str:
        wrong.append(row.number or 0)
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
    if wrong:
        count = "1 row" if len(wrong) == 1 else f"{len(wrong):,} rows"
        raise RuleBroken(
            f"{name} has {len(headings)} headings but {count} with more or fewer "
            f"values, the first in row {wrong[0]} with the headings counted; a "
            "separator or a quotation mark may be wrong."
        )
    if table is None:
        raise RuleBroken(
            f"{name} cannot be read as CSV; a quotation mark may not be closed."
        )
    return Table(headings, table, note)


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
) -> tuple[tuple[str, ...], int, str]:
    """Return the headings, the lines up to their end, and the separator."""
    start = text[: 1 << 20].decode(errors="ignore")
    lines = io.StringIO(start, newline="")
    n_blank = 0
    first = ""
    for first in lines:
        if first.strip():
            break
        n_blank += 1
    if not separator:
        bare = re.sub(r'"[^"]*"', "", first)
        separator = max(SEPARATORS, key=bare.count)
    rest = io.StringIO(first + lines.read(), newline="")
    reader = csv.reader(rest, delimiter=separator)
    try:
        found = next(reader)
    except (csv.Error, StopIteration):
        raise RuleBroken(f"{name} has a first line that is not headings.") from None
    headings = tuple(heading.strip().strip("\ufeff") for heading in found)
    return headings, n_blank + reader.line_num, separator
