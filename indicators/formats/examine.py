"""One table examined column by column, whatever file it came from."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.formats import cells
from indicators.formats.catalogue import is_named_like_ssn
from indicators.formats.checks import (
    NO_LINES,
    Check,
    Kept,
    Lines,
    Place,
    Referring,
    Unique,
)
from indicators.formats.flat import MOST_LINES, Batch, Sheet
from indicators.formats.headings import comparable
from indicators.formats.lines import WINDOWS
from indicators.formats.numbers import Numbers
from indicators.formats.problems import FormatError, enumerated
from indicators.formats.report import (
    ColumnSeen,
    Report,
    Status,
    removed_for,
    shown,
)
from indicators.formats.value_checks import Dated

FEW_ROWS = 1_000
N_AT_A_TIME = 2  # columns, each in a thread of its own
SAMPLED_ROWS, MOST_DIFFERENT = 2_000, 0.99


@dataclass(frozen=True, slots=True)
class Answers:
    """What the sender answered to questions, and the day on which a file is read.

    encoding: "windows-1252", or nothing. order: "month/day", "day/month" or nothing;
    orders: the same by heading, before it. header_row: the line of the headings, 0 to
    look for it. day_zero: that from which a workbook counts its days; see DateReader.
    """

    today: date
    encoding: str = ""
    order: str = ""
    orders: Mapping[str, str] = field(default_factory=dict)
    header_row: int = 0
    day_zero: date | None = None

    def order_of(self, heading: str) -> str:
        """Return what was answered about the dates of one column, or nothing."""
        return self.orders.get(comparable(heading), self.order)


@dataclass(slots=True)
class Watched:
    """One column as it is read: what it is taken for, and what it is checked for.

    is_code: many rows share its values, so that long numbers are no persons'.
    kept: what holds on to its values, where they are wanted.
    """

    name: str
    element: str | None
    status: Status
    label: str
    checks: Sequence[Check] = ()
    is_code: bool = False
    kept: Kept | Dated | None = None
    numbers: Numbers[int] = field(init=False)
    has_marks: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.numbers = Numbers(self.name, is_code=self.is_code)

    @property
    def marks(self) -> Sequence[str]:
        """What stands in it where nothing is known."""
        if any(isinstance(check, Dated) for check in self.checks):
            return cells.NO_DAY
        return (
            cells.NO_NAME if (self.element or "").endswith("_name") else cells.NOTHING
        )


@dataclass(frozen=True, slots=True)
class Examined:
    """What later files of a set ask about this one.

    lines: that of each row; aside: those of the rows set aside.
    """

    keys: frozenset[str]
    n_rows: int
    n_repeated: int
    referring: tuple[Referring, ...]
    lines: Lines = field(default_factory=lambda: NO_LINES, repr=False)
    aside: Lines = field(default_factory=lambda: NO_LINES, repr=False)


def examine(
    sheet: Sheet,
    columns: Sequence[Watched],
    report: Report,
    *,
    file: str = "",
    key: int | None = None,
    most: int = MOST_LINES,
) -> Examined:
    """Return what a table holds; what is wrong is in the report.

    columns: one for each heading. key: the column whose values others refer to. most:
    rows that are taken.
    """
    taken = [NO_LINES]
    n_rows = 0
    looking = _Looking(columns, key)
    compared = _Compared(columns)
    try:
        with looking:
            for batch in sheet.batches:
                n_rows += len(batch.lines)
                if n_rows > most:
                    raise too_many(most)
                taken.append(batch.lines)
                compared.take(batch)
                looking.begin(batch)
    except FormatError as error:
        report.refuse_by(error, file=file)
    tell_of_text(sheet, report, file=file)
    aside = [_finished(column, report, file=file) for column in columns]
    compared.forget()
    lines = np.unique(np.concatenate([np.array([], np.int32), *aside]))
    n_surplus = sheet.surplus.n_set_aside
    report.rows += n_rows + n_surplus
    report.n_set_aside += len(lines) + n_surplus
    checks = [check for column in columns for check in column.checks]
    return Examined(
        keys=frozenset(looking.keys),
        n_rows=n_rows,
        n_repeated=sum(c.n_repeated for c in checks if isinstance(c, Unique)),
        referring=tuple(c for c in checks if isinstance(c, Referring)),
        lines=np.concatenate(taken),
        aside=lines,
    )


class _Compared:
    """Rows with the same number, held against each other column by column.

    All rows are held meanwhile, and only of a table that has such a number.
    """

    def __init__(self, columns: Sequence[Watched]) -> None:
        self._columns = columns
        self._batches: list[Batch] = []
        checks = [check for column in columns for check in column.checks]
        self._are_held = False
        for check in checks:
            if isinstance(check, Unique):
                check.differ, self._are_held = self.differ, True

    def take(self, batch: Batch) -> None:
        """Hold a batch."""
        if self._are_held:
            self._batches.append(batch)

    def differ(self, pairs: Sequence[tuple[int, int]]) -> list[list[str]]:
        """Return for each two lines the columns that may be told and differ."""
        rows = self._rows({line for pair in pairs for line in pair})
        told = [
            (str(at), column.label)
            for at, column in enumerate(self._columns)
            if column.status not in (Status.REFUSED, Status.NOT_USED)
        ]
        return [
            [label for at, label in told if rows[one][at] != rows[other][at]]
            for one, other in pairs
        ]

    def forget(self) -> None:
        """Let go of all rows."""
        self._batches.clear()

    def _rows(self, lines: set[int]) -> dict[int, dict[str, str]]:
        found: dict[int, dict[str, str]] = {}
        for batch in self._batches:
            places = np.flatnonzero(np.isin(batch.lines, list(lines)))
            rows = batch.table.take(pa.array(places)).to_pylist()
            for line, row in zip(batch.lines[places].tolist(), rows, strict=True):
                found[line] = {n: " ".join(value.split()) for n, value in row.items()}
        return found


def too_many(most: int) -> FormatError:
    """Return the refusal of a list that is too long to be linked."""
    return FormatError(
        f"The list has more than {most:,} rows, which is more than can be linked here, "
        "so nothing was kept. Check that each person has one row, and send the list "
        "again; if they are that many, ask who runs this site.",
        id="F09",
    )


class _Looking:
    """Looks at a batch, two columns at a time, while the next rows are read.

    Arrow and NumPy let go of Python meanwhile. keys: the values of the column that is
    said to be the key.
    """

    def __init__(self, columns: Sequence[Watched], key: int | None) -> None:
        self._columns = columns
        self._key = key
        self.keys: set[str] = set()
        self._pool = ThreadPoolExecutor(N_AT_A_TIME)
        self._begun: Iterable[pa.Array] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the last batch, even where the next one could not be read."""
        with self._pool:
            self._wait()

    def begin(self, batch: Batch) -> None:
        """Look at a batch, once the one before was looked at."""
        self._wait()
        take = partial(_take, batch=batch)
        # Threads cost more than a short table.
        each = map if len(batch.lines) < FEW_ROWS else self._pool.map
        self._begun = each(take, self._columns, range(len(self._columns)))

    def _wait(self) -> None:
        begun, self._begun = self._begun, ()
        for position, values in enumerate(begun):
            if position == self._key:
                self.keys.update(values.to_pylist())


def _take(column: Watched, position: int, *, batch: Batch) -> pa.Array:
    """Return the values of one column's batch, once they were looked at."""
    values = batch.table.column(position)
    is_each = any(isinstance(check, Unique) for check in column.checks)
    if is_each or _are_likely_different(values):
        different, places = values, np.arange(len(values), dtype=np.int32)
    else:
        coded = values.dictionary_encode()
        different, places = coded.dictionary, coded.indices.to_numpy()
    if not batch.are_tidy:
        different = cells.tidy(different)
    different, has_marks = cells.told(different, marks=column.marks)
    column.has_marks |= has_marks
    column.numbers.take(different, places, lambda row: int(batch.lines[row]))
    for check in column.checks:
        check.take(different, places, batch.lines)
    return different


def _are_likely_different(values: pa.Array) -> bool:
    """Return whether it costs more to tell values apart than to look at each."""
    some = values.slice(0, SAMPLED_ROWS)
    return bool(pc.count_distinct(some).as_py() > MOST_DIFFERENT * len(some))


def _finished(column: Watched, report: Report, *, file: str) -> Lines:
    """Return the lines of rows set aside; a column of Social Security numbers goes."""
    where = f" in {file}" if file else ""
    n, line = column.numbers.found()
    name = f"The column “{shown(column.name)}”{where}"
    is_ssn = is_named_like_ssn(column.name)
    if n and not is_ssn:
        report.notice(
            "F12",
            f"{name}: {removed_for(n, first=f'on line {line}')}",
            line=line,
            column=shown(column.name),
        )
        column.status = Status.REFUSED
    elif is_ssn or column.status is Status.REFUSED:
        never = "is named like something that is never taken"
        looks = "looks like Social Security numbers" if is_ssn else never
        report.notice(
            "F12",
            f"{name} {looks}. It was removed and not stored.",
            column=shown(column.name),
        )
        column.status = Status.REFUSED
    if column.has_marks:
        report.correct("marks such as NULL for what is not known")
    report.columns.append(
        ColumnSeen(
            *(_called(column, file), column.element, column.status),
            file=file,
            heading=column.name,
        )
    )
    if column.status is Status.REFUSED:
        return np.array([], np.int32)
    found = [check.finish() for check in column.checks]
    return np.concatenate([np.array([], np.int32), *found])


def _called(column: Watched, file: str) -> str:
    part = file.rpartition(".")[0]
    return f"{part}.{shown(column.name)}" if part else shown(column.name)


def tell_of_text(sheet: Sheet, report: Report, *, file: str = "") -> None:
    """Add what is to be said of a table's text: letters, titles, ragged rows."""
    prefix = f"{file}: " if file else ""
    script = sheet.script
    if script:
        report.encoding = report.encoding or script.encoding
        report.delimiter = report.delimiter or sheet.separator
        if script.has_mark and script.encoding == "utf-8":
            report.correct("a byte order mark")
        if script.doubted_line:
            doubt = (
                f"{prefix}Some letters are not valid UTF-8. With Windows (1252) "
                f"reading, line {script.doubted_line} shows “{script.doubted}”. Is "
                "that right?"
            )
            report.ask(
                "F07",
                f"{doubt} If it is, read the file again as {WINDOWS}; otherwise "
                "export it as UTF-8.",
                words=f"{doubt} Otherwise export the file as UTF-8.",
                choices=(WINDOWS,),
                line=script.doubted_line,
                file=file,
            )
    if sheet.n_above:
        what = "1 line" if sheet.n_above == 1 else f"{sheet.n_above} lines"
        report.correct(f"{what} above the headings")
    surplus = sheet.surplus
    for line, n_values in surplus.ragged:
        values = "1 value" if n_values == 1 else f"{n_values} values"
        report.set_row_aside(
            "R09",
            f"{_line(file, line)} has {values}, the header has "
            f"{len(sheet.headings)}. A comma or quote may be wrong.",
            line=line,
            column=None,
            file=file,
        )
    for line in surplus.broken:
        report.set_row_aside(
            "R09",
            f"{_line(file, line)}: a quotation mark is not closed, or something "
            "follows it. A comma or quote may be wrong.",
            line=line,
            column=None,
            file=file,
        )
    listed = len(surplus.ragged) + len(surplus.broken)
    report.n_row_errors += surplus.n_set_aside - listed
    if surplus.total:
        report.notice(
            "R17",
            f"{prefix}The last row, on line {surplus.total}, is a total and was set "
            "aside.",
            line=surplus.total,
        )


def _line(file: str, line: int) -> str:
    return f"{file}, line {line}" if file else f"Line {line}"


def refuse_missing(
    missing: Sequence[str], headings: Sequence[str], report: Report, *, file: str = ""
) -> None:
    """Add that columns are absent, with those that are there."""
    there = enumerated((f"“{shown(each)}”" for each in headings), most=20)
    where = f" in {file}" if file else ""
    for label in missing:
        report.refuse(
            "F13",
            f"The column for {label} was not found{where}. Columns in the file: "
            f"{there}.",
            column=label,
        )


def place_of(report: Report, heading: str, label: str, file: str = "") -> Place:
    """Return where a column stands."""
    return Place(report, shown(heading), label, file)
