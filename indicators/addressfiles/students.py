"""A district's own export: each student's address, school, days enrolled and absent.

Only these columns are read, whatever else the file holds. Nothing leaves the memory.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO

from accounts.acts import RuleBroken
from indicators.arrivals.reading import read_attendance
from indicators.formats.headings import comparable
from indicators.formats.reading import table_of
from indicators.measures.attendance import school_year, student_days

ID, SCHOOL = "student.id", "enrolment.school"
ADDRESS = "student.street_address"
ENROLLED, ABSENT = "calendar.days_in_session", "attendance.days_absent"
# Our fields, as a map names them.
FIELDS = {
    "id": ID,
    "address": ADDRESS,
    "city": "student.city",
    "zip": "student.zip",
    "school": SCHOOL,
    "days_enrolled": ENROLLED,
    "days_absent": ABSENT,
}
# Headings that stand for them, beside the part of their name after the dot.
PLACE_HEADINGS = {
    ID: ("id", "student id", "student number", "sis id"),
    ADDRESS: (
        *("address", "home address", "street", "address line 1"),
        "residence address",
    ),
    "student.city": ("home city", "town"),
    "student.zip": ("zip code", "postal code", "home zip", "zip5"),
}
DAY_HEADINGS = {
    SCHOOL: ("school id", "school code", "school number"),
    ENROLLED: (
        *("days enrolled", "days in membership", "membership days"),
        "days possible",
    ),
    ABSENT: ("absences", "total absences"),
}
NEEDED = {ID: "id", ADDRESS: "street address"}
_PARTS = ("enrolment", "attendance", "calendar")
_QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Student:
    """One student. Days are in quarters of a day at the finest; None if not given."""

    id: str
    address: str
    city: str
    postal_code: str
    school: str
    n_enrolled: float | None
    n_absent: float | None


@dataclass(frozen=True, slots=True)
class Export:
    """What was read. year: as the calendar says, empty where there is none.

    n_set_aside: rows without an id, or with one that an earlier row has.
    """

    students: tuple[Student, ...]
    year: str
    n_set_aside: int


def read_map(path: Path) -> Mapping[str, str]:
    """Return which of our fields each of their headings is; raises RuleBroken."""
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        columns = dict(found["columns"])
    except OSError:
        raise RuleBroken(f"--map: there is no file to read at {path}.") from None
    except (ValueError, KeyError, TypeError):
        raise RuleBroken(
            '--map: write {"columns": {"their heading": "our field"}}.'
        ) from None
    for heading, field in columns.items():
        if field not in FIELDS:
            raise RuleBroken(
                f"--map: “{heading}” stands for “{field}”, which is no field; the "
                f"fields are {', '.join(FIELDS)}."
            )
    return {FIELDS[field]: heading for heading, field in columns.items()}


def read_export(
    students: BinaryIO,
    attendance: Sequence[BinaryIO] = (),
    *,
    named: Mapping[str, str],
    today: date,
) -> Export:
    """Return the students of an export, with their days from it or from other files.

    attendance: one table of totals, or Ed-Fi files of attendance and calendar with a
    table of enrolments. named: from `read_map`. Raises RuleBroken, and FormatError
    for a file that cannot be read.
    """
    headings = PLACE_HEADINGS | DAY_HEADINGS
    rows, n_set_aside = _rows(students, headings, named, needed=NEEDED)
    year = ""
    markup = [file for file in attendance if _is_markup(file)]
    tables = [file for file in attendance if file not in markup]
    if attendance and len(tables) != 1:
        raise RuleBroken(
            "--attendance: give one table of days, or the Ed-Fi files of attendance "
            "and calendar with one table of enrolments."
        )
    if markup:
        days, year = _days_of_events(markup, tables[0], today)
    elif tables:
        headings = {ID: PLACE_HEADINGS[ID], **DAY_HEADINGS}
        found, _ = _rows(tables[0], headings, named, needed={ID: "id"})
        days = {row[ID]: row for row in found}
    else:
        days = {}
    merged = [row | days.get(row[ID], {}) for row in rows]
    _require_days(merged)
    return Export(tuple(_student(row) for row in merged), year, n_set_aside)


def _rows(
    file: BinaryIO,
    headings: Mapping[str, Sequence[str]],
    named: Mapping[str, str],
    *,
    needed: Mapping[str, str],
) -> tuple[list[dict[str, str]], int]:
    """Return the rows with an id of their own, and how many others there were."""
    sheet = table_of(file)
    at = _placed(sheet.headings, headings, named)
    if missing := [label for element, label in needed.items() if element not in at]:
        raise RuleBroken(
            f"No column was found for {' and '.join(missing)}. Say in a map (--map) "
            "which headings they have."
        )
    rows: dict[str, dict[str, str]] = {}
    n_read = 0
    for batch in sheet.batches:
        read = {
            element: batch.table.column(position).to_pylist()
            for element, position in at.items()
        }
        for values in zip(*read.values(), strict=True):
            n_read += 1
            row = {
                element: " ".join((value or "").split())
                for element, value in zip(read, values, strict=True)
            }
            if row[ID]:
                rows.setdefault(row[ID], row)
    return list(rows.values()), n_read - len(rows) + sheet.surplus.n_set_aside


def _placed(
    sheet: Sequence[str],
    headings: Mapping[str, Sequence[str]],
    named: Mapping[str, str],
) -> dict[str, int]:
    """Return where the column of each element is; a map goes before usual headings."""
    meant = {
        comparable(heading): element
        for element, usual in headings.items()
        for heading in (element, element.rpartition(".")[2], *usual)
    }
    meant |= {comparable(named[each]): each for each in headings if each in named}
    at: dict[str, int] = {}
    for position, heading in enumerate(sheet):
        element = meant.get(comparable(heading))
        if element in at:
            raise RuleBroken(
                f"Columns {at[element] + 1} and {position + 1} both hold the "
                f"{element.rpartition('.')[2].replace('_', ' ')}. Remove one of them."
            )
        if element:
            at[element] = position
    return at


def _days_of_events(
    markup: Sequence[BinaryIO], table: BinaryIO, today: date
) -> tuple[dict[str, dict[str, Any]], str]:
    read = read_attendance([*markup, table], today=today)
    lacking = [part for part in _PARTS if part not in read]
    if lacking:
        raise RuleBroken(
            "Among the files of attendance there is nothing for "
            f"{' and '.join(lacking)}."
        )
    counted = student_days(read["enrolment"], read["attendance"], read["calendar"])
    year, *_ = school_year(read["calendar"])
    return {
        row["student_id"]: {
            SCHOOL: row["school"],
            ENROLLED: row["days_enrolled"],
            ABSENT: row["days_absent"],
        }
        for row in counted.to_pylist()
    }, year


def _is_markup(file: BinaryIO) -> bool:
    start = file.read(512).replace(b"\0", b"")
    file.seek(0)
    return start.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<")


def _require_days(rows: Sequence[Mapping[str, Any]]) -> None:
    for element, words in ((ENROLLED, "days enrolled"), (ABSENT, "days absent")):
        if not any(element in row for row in rows):
            raise RuleBroken(
                f"No column was found for the {words}. Add it, or give the files of "
                "attendance with --attendance."
            )


def _student(row: Mapping[str, Any]) -> Student:
    return Student(
        id=row[ID],
        address=row["student.street_address"],
        city=row.get("student.city", ""),
        postal_code=row.get("student.zip", ""),
        school=row.get(SCHOOL, ""),
        n_enrolled=_days(row.get(ENROLLED, "")),
        n_absent=_days(row.get(ABSENT, "")),
    )


def _days(text: object) -> float | None:
    """Return days to the nearest quarter; None for what is no number of days."""
    try:
        days = Decimal(str(text))
    except InvalidOperation:
        return None
    if not days.is_finite() or not 0 <= days <= 366:
        return None
    return float(round(days * _QUARTERS)) / _QUARTERS
