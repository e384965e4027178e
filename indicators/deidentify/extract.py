"""The file and its codebook as bytes, and what the bytes themselves show again."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.sheets import as_text
from indicators.deidentify.codes import in_random_order

CODE_COLUMN = "record_code"
SUPPRESSED = "Suppressed"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{2,4}")


@dataclass(frozen=True, slots=True)
class FileColumn:
    """One column of a file: its element, what it means, and whether it may identify.

    level: how far it was generalised, in words. is_quasi: whether it is one of those
    that could identify together.
    """

    name: str
    element: str
    label: str
    definition: str
    level: str
    is_quasi: bool
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Written:
    """A file as its recipient gets it, with the codebook that explains it."""

    content: bytes
    codebook: dict[str, Any]


def write(
    columns: Sequence[FileColumn], *, secret: bytes, name: str, about: Mapping[str, Any]
) -> Written:
    """Return the rows as CSV in random order, and their codebook.

    about: what the codebook says of the whole. A value that is left out in single
    rows reads as such, and how many rows are left out is not told.
    """
    n_rows = len(columns[0].values)
    order = in_random_order(n_rows, secret=secret, name=name)
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow([column.name for column in columns])
    shown = [
        [as_text(value or SUPPRESSED) for value in column.values] for column in columns
    ]
    rows.writerows([column[row] for column in shown] for row in order)
    codebook = {
        **about,
        "suppressed": f"“{SUPPRESSED}” stands where a single value is left out. Rows "
        "may be left out too. Neither says anything about a child.",
        "columns": [
            {
                "name": column.name,
                "element": column.element,
                "label": column.label,
                "definition": column.definition,
                "detail": column.level,
                "values": _values(column),
            }
            for column in columns
        ],
    }
    return Written(text.getvalue().encode(), codebook)


def _values(column: FileColumn) -> list[str]:
    """Return the values that occur; of codes and of numbers none, which are rare."""
    if column.name == CODE_COLUMN or all(value.isdigit() for value in column.values):
        return []
    return sorted({value or SUPPRESSED for value in column.values})


def as_json(codebook: Mapping[str, Any]) -> bytes:
    """Return a codebook as the one sequence of bytes that is stored and hashed."""
    return json.dumps(codebook, ensure_ascii=False, indent=2, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Shown:
    """What the bytes of a file show to anybody: read without knowing how it was made.

    smallest: of the groups of rows that are alike on the columns that could identify.
    """

    headings: tuple[str, ...]
    n_rows: int
    smallest: int
    codes: tuple[str, ...]
    has_date: bool


def read_again(content: bytes, quasi: Sequence[str]) -> Shown:
    """Return what a file's bytes show; `quasi` are the headings that could identify."""
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    headings = tuple(rows[0]) if rows else ()
    groups = Counter(tuple(row[name] for name in quasi) for row in rows)
    return Shown(
        headings=headings,
        n_rows=len(rows),
        smallest=min(groups.values(), default=0),
        codes=tuple(row[CODE_COLUMN] for row in rows if CODE_COLUMN in row),
        has_date=any(_DATE.fullmatch(value) for row in rows for value in row.values()),
    )


def smallest_over_time(files: Sequence[bytes], quasi: Sequence[Sequence[str]]) -> int:
    """Return the smallest group of codes that are alike in all of a study's files.

    files: with a record code, in order; a code that a file lacks is alike in that.
    """
    trails: dict[str, list[tuple[str, ...] | None]] = {}
    for number, (content, names) in enumerate(zip(files, quasi, strict=True)):
        for row in csv.DictReader(io.StringIO(content.decode(), newline="")):
            trail = trails.setdefault(row[CODE_COLUMN], [None] * len(files))
            trail[number] = tuple(row[name] for name in names)
    groups = Counter(tuple(trail) for trail in trails.values())
    return min(groups.values(), default=0)
