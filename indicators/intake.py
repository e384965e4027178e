"""What of a flat file is taken over, under the columns that its agreement lists.

A column that is not listed refuses the whole file. Rows with errors are set aside by
line number; no message repeats a value.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa

from indicators.formats.catalogue import is_named_like_ssn
from indicators.formats.cells import Mask
from indicators.formats.columns import (
    ENROLMENT_COLUMNS,
    TENANT_COLUMNS,
    Column,
    ColumnMatch,
    Kind,
    match,
)
from indicators.formats.dates import Integers
from indicators.formats.flat import Batch, Sheet, Surplus
from indicators.formats.problems import (
    MOST_NUMBERS,
    FormatError,
    SetAside,
    at,
    enumerated,
    rows_were,
)
from indicators.formats.readers import (
    IS_EMPTY,
    N_AT_A_TIME,
    STANDS_IN,
    ColumnReader,
    KeyReader,
    reader_of,
)

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
# Of a list of people, who are then linked; the largest agency houses half a million.
MOST_PEOPLE = 600_000

_NO_LINES = np.array([], np.int32)


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
    """Return the rows of a file that its contract lets in; the sheet is used up.

    columns: what the agreement lists for this file, and no more.
    Raises FormatError when the file holds any other column, lacks a required one,
    holds Social Security numbers or dates that can be read in two ways, lists more
    people than can be linked, or when no row is left. Headings are judged before a
    row is read.
    """
    matched = _matched(sheet.headings, columns)
    present = [column for column in columns if column.element in matched]
    readers = {
        column: reader_of(column, today=today, day_zero=sheet.day_zero)
        for column in present
    }
    batches = [_NO_LINES]
    is_of_people = any(column.kind is Kind.KEY for column in columns)
    for batch in _taken(sheet, readers, matched):
        batches.append(batch.lines)
        if is_of_people and sum(map(len, batches)) > MOST_PEOPLE:
            raise FormatError(
                f"The list has more than {MOST_PEOPLE:,} rows, which is more people "
                "than can be linked here, so nothing was kept. Check that each person "
                "has one row, and send the list again; if they are that many, ask who "
                "runs this site."
            )
    for reader in readers.values():
        reader.check_no_ssn()
    rows = _Rows(np.concatenate(batches))
    rows.pass_over(sheet.surplus)
    for column, reader in readers.items():
        rows.judge(column, reader)
    for column, reader in readers.items():
        if isinstance(reader, KeyReader):
            reason = f"the {column.label} is there on an earlier line"
            rows.set_aside(reader.repeats(but=rows.are_aside), reason)
    if rows.are_aside.all():
        raise FormatError(
            f"No row can be taken over. {' '.join(rows.aside.notices())} Correct the "
            "file and send it again."
        )
    frame = {}
    for column in columns:
        frame[column.name] = _kept(column, readers.get(column), ~rows.are_aside)
    return Accepted(
        frame=pa.table(frame),
        n_rows=len(rows.lines) + sheet.surplus.n_set_aside,
        n_set_aside=len(rows.aside),
        notices=(*rows.aside.notices(), *rows.notices),
    )


def _taken(
    sheet: Sheet, readers: Mapping[Column, ColumnReader], matched: Mapping[str, int]
) -> Iterator[Batch]:
    """Yield each batch once its columns were read.

    Arrow and NumPy let go of Python, so that two columns are read at a time.
    """
    with ThreadPoolExecutor(N_AT_A_TIME) as pool:
        for batch in sheet.batches:
            reading = [
                pool.submit(
                    reader.take,
                    batch.table.column(matched[column.element]),
                    batch.lines,
                    are_tidy=batch.are_tidy,
                )
                for column, reader in readers.items()
            ]
            for each in reading:
                each.result()
            yield batch


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
    if any(is_named_like_ssn(name) for name in unlisted):
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
        shown = (f"{heading:.60}" for heading in headings)
        raise FormatError(
            f"No column was found for {enumerated(c.label for c in found.missing)}. "
            f"Columns in the file: {enumerated(shown, most=MOST_NAMED)}. Add what is "
            "missing and send the file again."
        )
    return found.matched


class _Rows:
    """The rows of one file: where they start, and which are set aside for what."""

    def __init__(self, lines: Integers) -> None:
        self.lines = lines
        self.are_aside = np.zeros(len(lines), np.bool_)
        self.aside = SetAside("line")
        self.notices: list[str] = []

    def pass_over(self, surplus: Surplus) -> None:
        """Count the rows that could not be told apart into values."""
        lines = [line for line, _ in surplus.ragged]
        reason = "it has more or fewer values than there are headings"
        self.aside.add(lines, reason, n=surplus.n_ragged)
        reason = "something follows a closing quotation mark"
        self.aside.add(surplus.broken, reason, n=surplus.n_broken)
        if surplus.total:
            self.notices.append(
                f"The last row, on line {surplus.total}, is a total and was left out."
            )

    def judge(self, column: Column, reader: ColumnReader) -> None:
        """Set aside the rows with a wrong value here, and note the empty ones."""
        faults = reader.faults()
        for number, reason in enumerate(reader.reasons, start=1):
            self.set_aside(faults == number, f"the {column.label} {reason}")
        stand_ins = self.lines[faults == STANDS_IN]
        if len(stand_ins):
            first = stand_ins[:MOST_NUMBERS].tolist()
            self.notices.append(
                f"The {column.label} is a stand-in such as 1900-01-01, read as empty, "
                f"on {at('line', first, n=len(stand_ins))}."
            )
        if column.required:
            are_empty = (faults == IS_EMPTY) | (faults == STANDS_IN)
            self._judge_empty(column, are_empty)

    def set_aside(self, which: Mask, reason: str) -> None:
        """Set those rows aside that are not set aside yet."""
        new = which & ~self.are_aside
        self.are_aside |= new
        lines = self.lines[new]
        self.aside.add(lines[:MOST_NUMBERS].tolist(), reason, n=len(lines))

    def _judge_empty(self, column: Column, are_empty: Mask) -> None:
        if not column.may_be_empty:
            self.set_aside(are_empty, f"the {column.label} is empty")
        elif n_empty := int((are_empty & ~self.are_aside).sum()):
            self.notices.append(f"{rows_were(n_empty)} kept without a {column.label}.")


def _kept(column: Column, reader: ColumnReader | None, kept: Mask) -> pa.ChunkedArray:
    kind = pa.date32() if column.kind.is_date else pa.string()
    if reader is None:
        return pa.nulls(int(kept.sum()), kind)
    return reader.kept(kept)
