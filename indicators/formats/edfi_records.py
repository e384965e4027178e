"""Which elements of Ed-Fi interchange files become which columns.

Paths are local names below a record. Source: Ed-Fi Data Standard, interchange schemas
Student, StudentAttendance and EducationOrgCalendar.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from indicators.formats.dates import read_iso

SCHEMAS: Mapping[str, pa.Schema] = {
    "student": pa.schema(
        {
            "id": pa.string(),
            "first_name": pa.string(),
            "middle_name": pa.string(),
            "last_name": pa.string(),
            "preferred_first_name": pa.string(),
            "preferred_last_name": pa.string(),
            "birth_date": pa.date32(),
        }
    ),
    "attendance": pa.schema(
        {
            "id": pa.string(),
            "school": pa.string(),
            "date": pa.date32(),
            "category": pa.string(),
            "duration": pa.float64(),
        }
    ),
    "calendar": pa.schema(
        {
            "school": pa.string(),
            "session": pa.string(),
            "date": pa.date32(),
            "end_date": pa.date32(),
            "n_days": pa.int32(),
        }
    ),
}


def text(value: str) -> str | None:
    """Return the text with single blanks, or None if there is none."""
    return " ".join(value.split()) or None


def descriptor(value: str) -> str | None:
    """Return the part of a descriptor after its namespace."""
    return text(value.rpartition("#")[2])


def share_of_day(value: str) -> float | None:
    """Return a duration in days from 0 to 1, or None if it is not one."""
    is_decimal = re.fullmatch(r"\d?\.?\d{1,9}", value.strip(), re.ASCII)
    share = float(value) if is_decimal else None
    return share if share is not None and share <= 1 else None


def days(value: str) -> int | None:
    """Return a number of days in a year, or None if it is not one."""
    is_count = re.fullmatch(r"\d{1,3}", value.strip(), re.ASCII)
    count = int(value) if is_count else None
    return count if count is not None and count <= 366 else None


@dataclass(frozen=True, slots=True)
class Field:
    """One column and the path, below its record, of the element it is read from."""

    column: str
    element: str
    path: str
    parse: Callable[[str], object | None] = text
    is_required: bool = True
    may_be_empty: bool = False

    @property
    def must_be_filled(self) -> bool:
        """Whether a record without a value here is set aside."""
        return self.is_required and not self.may_be_empty


@dataclass(frozen=True, slots=True)
class Record:
    """One kind of XML record and the frame that its rows go to.

    key: the column whose value may occur once. events: values of CalendarEvent that
    make the record a row; records with others are passed over. constants: columns
    that the file does not state.
    """

    frame: str
    fields: tuple[Field, ...]
    key: str = ""
    events: frozenset[str] = frozenset()
    constants: Mapping[str, object] = field(default_factory=dict)

    def is_row(self, values: Mapping[str, Sequence[str]]) -> bool:
        """Return whether a record with these values belongs in the frame."""
        events = values.get("CalendarEvent", ())
        return not self.events or any(descriptor(e) in self.events for e in events)

    def paths(self, listed: frozenset[str]) -> frozenset[str]:
        """Return the paths that are read when these elements are listed."""
        paths = {field.path for field in self.fields if field.element in listed}
        return frozenset(paths | {"CalendarEvent"} if self.events else paths)


_STUDENT = Record(
    frame="student",
    key="id",
    fields=(
        Field("id", "student.id", "StudentUniqueId"),
        Field("first_name", "student.first_name", "Name/FirstName"),
        Field(
            "middle_name", "student.middle_name", "Name/MiddleName", is_required=False
        ),
        Field("last_name", "student.last_name", "Name/LastSurname"),
        Field(
            "preferred_first_name",
            "student.preferred_first_name",
            "Name/PreferredFirstName",
            is_required=False,
        ),
        Field(
            "preferred_last_name",
            "student.preferred_last_name",
            "Name/PreferredLastSurname",
            is_required=False,
        ),
        Field(
            "birth_date",
            "student.birth_date",
            "BirthData/BirthDate",
            read_iso,
            may_be_empty=True,
        ),
    ),
)
_EVENT = Record(
    frame="attendance",
    fields=(
        Field("id", "student.id", "StudentReference/StudentIdentity/StudentUniqueId"),
        Field("school", "attendance.school", "SchoolReference/SchoolIdentity/SchoolId"),
        Field("date", "attendance.date", "AttendanceEvent/EventDate", read_iso),
        Field(
            "category",
            "attendance.category",
            "AttendanceEvent/AttendanceEventCategory",
            descriptor,
        ),
        Field(
            "duration",
            "attendance.duration",
            "AttendanceEvent/EventDuration",
            share_of_day,
            is_required=False,
        ),
    ),
)
_SESSION = Record(
    frame="calendar",
    fields=(
        Field("school", "calendar.school", "SchoolReference/SchoolIdentity/SchoolId"),
        Field("session", "calendar.session", "SessionName"),
        Field("date", "calendar.date", "BeginDate", read_iso),
        Field("end_date", "calendar.date", "EndDate", read_iso),
        Field("n_days", "calendar.session", "TotalInstructionalDays", days),
    ),
)
_CALENDAR_DATE = Record(
    frame="calendar",
    events=frozenset({"Instructional day", "Make-up day"}),
    constants={"n_days": 1},
    fields=(
        Field(
            "school",
            "calendar.school",
            "CalendarReference/CalendarIdentity/SchoolReference/SchoolIdentity/SchoolId",
        ),
        Field("date", "calendar.date", "Date", read_iso),
        Field("end_date", "calendar.date", "Date", read_iso),
    ),
)
INTERCHANGES: Mapping[str, Mapping[str, Record]] = {
    "InterchangeStudent": {"Student": _STUDENT},
    "InterchangeStudentAttendance": {"StudentSchoolAttendanceEvent": _EVENT},
    "InterchangeEducationOrgCalendar": {
        "Session": _SESSION,
        "CalendarDate": _CALENDAR_DATE,
    },
}
ELEMENTS = frozenset(
    field.element
    for records in INTERCHANGES.values()
    for record in records.values()
    for field in record.fields
)
