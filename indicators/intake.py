"""What of a flat file is taken over, under the columns that its agreement lists.

A column that is not listed refuses the whole file. Rows with errors are set aside by
line number; no message repeats a value.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from indicators.formats.cells import (
    is_placeholder,
    is_project_number,
    line_of_ssn,
    tidy,
)
from indicators.formats.columns import (
    ENROLMENT_COLUMNS,
    TENANT_COLUMNS,
    Column,
    ColumnMatch,
    Kind,
    match,
)
from indicators.formats.dates import ACCEPTED, read_column
from indicators.formats.flat import Sheet, comparable
from indicators.formats.problems import FormatError, SetAside, at, enumerated, rows_were

__all__ = [
    "ENROLMENT_COLUMNS",
    "TENANT_COLUMNS",
    "Accepted",
    "Column",
    "ColumnMatch",
    "Kind",
    "accept",
    "match",
]

MOST_NAMED = 20
EARLIEST_BIRTH_YEAR = 1900

_SSN_HEADING = re.compile(r"ssn|socialsecurity|socsec")


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is taken over from one file.

    frame: one row per accepted row; text, or date32 for dates; null where empty. An
    optional column that the file lacks is null throughout.
    n_rows: rows in the file; n_set_aside: those not in the frame.
    """

    frame: pa.Table = field(repr=False)
    n_rows: int
    n_set_aside: int
    notices: tuple[str, ...]


def accept(sheet: Sheet, columns: Sequence[Column], *, today: date) -> Accepted:
    """Return the rows of a file that its contract lets in.

    columns: what the agreement lists for this file, and no more.
    Raises FormatError when the file holds any other column, lacks a required one,
    holds Social Security numbers or dates that can be read in two ways, or when no
    row is left.
    """
    matched = _matched(sheet.headings, columns)
    texts = {
        column: [tidy(value) for value in sheet.table.column(position).to_pylist()]
        for column in columns
        if (position := matched.get(column.element)) is not None
    }
    _check_no_ssn(texts, sheet.lines)
    rows = _Rows(sheet.lines, today=today)
    values = {column: rows.values(column, text) for column, text in texts.items()}
    for column in texts:
        if column.kind is Kind.KEY:
            rows.check_unique(column, values[column])
    kept = [i for i, line in enumerate(sheet.lines) if line not in rows.aside]
    if not kept:
        raise FormatError(
            f"No row can be taken over. {' '.join(rows.aside.notices())} Correct the "
            "file and send it again."
        )
    frame = {
        column.name: _array(column, values.get(column), kept) for column in columns
    }
    return Accepted(
        frame=pa.table(frame),
        n_rows=len(sheet.lines),
        n_set_aside=len(rows.aside),
        notices=(*rows.aside.notices(), *rows.notices),
    )


def _matched(headings: Sequence[str], columns: Sequence[Column]) -> Mapping[str, int]:
    found = match(headings, columns)
    n_required = sum(column.required for column in columns)
    if 2 * len(found.missing) > n_required:
        # The first line may be a person's row, so its texts are not repeated.
        raise FormatError(
            "The first line does not hold the expected headings: "
            f"{enumerated((c.label for c in columns), most=MOST_NAMED)}. Send the file "
            "again with a line of headings."
        )
    unlisted = [headings[position] for position in found.unlisted]
    names = enumerated((f"“{name:.60}”" for name in unlisted), most=MOST_NAMED)
    if any(_SSN_HEADING.search(comparable(name)) for name in unlisted):
        raise FormatError(
            f"Social Security numbers are not accepted (rule R-045), and the agreement "
            f"does not list {names}. Nothing was kept. Remove these columns and send "
            "the file again: children are matched on names and birth dates."
        )
    if unlisted:
        raise FormatError(
            f"The agreement does not list {names}. A file may hold only what its "
            "agreement lists (rule R-057), so nothing was kept. Amend the agreement, "
            "or remove these columns and send the file again."
        )
    if found.missing:
        raise FormatError(
            f"No column was found for {enumerated(c.label for c in found.missing)}. "
            f"Columns in the file: {enumerated(headings, most=MOST_NAMED)}. Add what "
            "is missing and send the file again."
        )
    return found.matched


def _check_no_ssn(texts: Mapping[Column, list[str]], lines: Sequence[int]) -> None:
    for column, text in texts.items():
        line = line_of_ssn(text, lines, is_code=column.kind is Kind.CODE)
        if line is not None:
            raise FormatError(
                f"The column for {column.label} holds what looks like Social Security "
                f"numbers, first on line {line}. They are not accepted (rule R-045), "
                "so nothing was kept. Remove them and send the file again."
            )


class _Rows:
    """The rows of one file, by line, while their values are read."""

    def __init__(self, lines: Sequence[int], *, today: date) -> None:
        self._lines = lines
        self._today = today
        self.aside = SetAside("line")
        self.notices: list[str] = []

    def values(self, column: Column, text: Sequence[str]) -> Sequence[object]:
        """Return the column's values, None where empty, and set wrong rows aside."""
        is_date = column.kind.is_date
        values = self._dates(column, text) if is_date else self._texts(column, text)
        if column.required:
            self._check_filled(column, values)
        return values

    def check_unique(self, column: Column, values: Sequence[object]) -> None:
        """Set aside each row whose value an earlier row has."""
        seen: set[object] = set()
        for value, line in zip(values, self._lines, strict=True):
            if line in self.aside:
                continue
            if value in seen:
                self.aside.add(line, f"the {column.label} is there on an earlier line")
            seen.add(value)

    def _texts(self, column: Column, text: Sequence[str]) -> Sequence[str | None]:
        for value, line in zip(text, self._lines, strict=True):
            if column.kind is Kind.NAME and is_placeholder(value):
                self.aside.add(line, f"the {column.label} is a placeholder")
            elif column.kind is Kind.PROJECT and value and not is_project_number(value):
                self.aside.add(
                    line,
                    f"the {column.label} is not two letters and nine digits, such as "
                    "PA001000002",
                )
        return [value or None for value in text]

    def _dates(self, column: Column, text: Sequence[str]) -> Sequence[date | None]:
        read = read_column(
            text, lines=self._lines, name=column.label, today=self._today
        )
        for position in read.unreadable:
            self.aside.add(
                self._lines[position],
                f"the {column.label} is not written as {ACCEPTED}",
            )
        if read.stand_ins:
            where = [self._lines[position] for position in sorted(read.stand_ins)]
            self.notices.append(
                f"The {column.label} is a stand-in such as 1900-01-01, read as empty, "
                f"on {at('line', where)}."
            )
        if column.kind is Kind.BIRTH_DATE:
            self._check_born(column, read.dates)
        return read.dates

    def _check_born(self, column: Column, dates: Sequence[date | None]) -> None:
        earliest = date(EARLIEST_BIRTH_YEAR, 1, 1)
        for day, line in zip(dates, self._lines, strict=True):
            if day and not earliest <= day <= self._today:
                self.aside.add(
                    line,
                    f"the {column.label} is before {EARLIEST_BIRTH_YEAR} or in the "
                    "future",
                )

    def _check_filled(self, column: Column, values: Sequence[object]) -> None:
        empty = [
            line
            for value, line in zip(values, self._lines, strict=True)
            if value is None and line not in self.aside
        ]
        if column.may_be_empty and empty:
            self.notices.append(
                f"{rows_were(len(empty))} kept without a {column.label}."
            )
        elif not column.may_be_empty:
            for line in empty:
                self.aside.add(line, f"the {column.label} is empty")


def _array(
    column: Column, values: Sequence[object] | None, kept: Sequence[int]
) -> pa.Array:
    kind = pa.date32() if column.kind.is_date else pa.string()
    if values is None:
        return pa.nulls(len(kept), kind)
    return pa.array([values[position] for position in kept], kind)
