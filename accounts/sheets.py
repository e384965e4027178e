"""Comma-separated files that a spreadsheet opens and takes for text alone (pure)."""

import csv
import io
from collections.abc import Iterable, Iterator

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
CONTENT_TYPE = "text/csv; charset=utf-8"


def as_text(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_MARKS) else cell


def as_file(lines: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """Yield a file line by line: UTF-8 with its mark, cells guarded by `as_text`."""
    yield BYTE_ORDER_MARK
    for line in lines:
        text = io.StringIO()
        csv.writer(text).writerow([as_text(cell) for cell in line])
        yield text.getvalue().encode()
