"""A small town: some dozens of children, as its agency and its district list them.

Every child has a surname of their own, so that linking finds each of them and a test
can say beforehand what the tables must hold.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

BUILDINGS = {
    "WA001000073": "New Holly Phase I",
    "WA001000083": "High Point Phase I",
    "WA001000080": "Rainier Vista Phase I",
    "WA001000038": "Cedarvale Village",
}
SCHOOLS = {
    "255901001": "Grand Bend High School",
    "255901107": "Grand Bend Elementary School",
}
YEAR, N_DAYS = 2021, 20

# Per building: students, how many of them miss a tenth of the year or more, and
# children who go to school in another district.
SIZES = ((26, 3, 9), (21, 8, 9), (15, 1, 12), (4, 2, 12))
N_TENANTS = sum(n + n_elsewhere for n, _, n_elsewhere in SIZES)
N_OTHERS = 25  # students who live elsewhere

FIRST_NAMES = ("Ana", "Ben", "Cora", "Dan", "Eva", "Finn", "Gia", "Hugo", "Iris")
SURNAMES = tuple(
    "".join(parts)
    for parts in product(
        ("Bar", "Cos", "Del", "Fin", "Gro", "Hal"),
        "aeiou",
        ("dy", "nks", "rt", "stow", "ville"),
    )
)


@dataclass(frozen=True, slots=True)
class Child:
    """One child; `building` or `school` is empty where the child is not listed."""

    number: int
    first: str
    last: str
    born: dt.date
    building: str
    school: str
    n_absent: int


def children() -> list[Child]:
    """Return the town's children: those of each building first, then the others."""
    places = []
    for building, (n, n_chronic, n_elsewhere) in zip(BUILDINGS, SIZES, strict=True):
        places += [(building, "both", position < n_chronic) for position in range(n)]
        places += [(building, "housing", False)] * n_elsewhere
    places += [("", "school", False)] * N_OTHERS
    return [
        _child(number, building, side, is_chronic=is_chronic)
        for number, (building, side, is_chronic) in enumerate(places)
    ]


def _child(number: int, building: str, side: str, *, is_chronic: bool) -> Child:
    schools = tuple(SCHOOLS)
    return Child(
        number=number,
        first=FIRST_NAMES[number % len(FIRST_NAMES)],
        last=SURNAMES[number],
        born=dt.date(2006, 1, 9) + dt.timedelta(days=31 * number),
        building=building,
        school="" if side == "housing" else schools[number % 5 > 2],
        n_absent=3 if is_chronic else number % 2,
    )


def tenants_csv(of: Iterable[Child], *, extra: str = "") -> bytes:
    """Return the agency's list; `extra` is the heading of one more column."""
    headings = ["member_id", "first_name", "last_name", "birth_date", "development"]
    rows = [
        [f"T{c.number}", c.first, c.last, c.born, c.building] for c in of if c.building
    ]
    if extra:
        headings, rows = [*headings, extra], [[*row, "x"] for row in rows]
    return _csv([headings, *rows])


def student_files(of: Iterable[Child], *, year: int = YEAR) -> dict[str, bytes]:
    """Return what the district sends of the school year that begins in `year`."""
    students = [child for child in of if child.school]
    first, last = dt.date(year, 8, 23), dt.date(year + 1, 6, 10)
    return {
        "Student.xml": _interchange("Student", map(_student, students)),
        "StudentSchoolAttendance.xml": _interchange(
            "StudentAttendance",
            (
                _event(child, first + dt.timedelta(days=day))
                for child in students
                for day in range(child.n_absent)
            ),
        ),
        "EducationOrgCalendar.xml": _interchange(
            "EducationOrgCalendar",
            (_session(school, first, last) for school in SCHOOLS),
        ),
        "enrolment.csv": _csv(
            [
                ["student_id", "school", "entry_date", "exit_date"],
                *([c.number, c.school, first, last] for c in students),
            ]
        ),
    }


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _interchange(name: str, records: Iterable[str]) -> bytes:
    root = f"Interchange{name}"
    body = "".join(records)
    return f'<{root} xmlns="http://ed-fi.org/5.2.0">{body}</{root}>'.encode()


def _student(child: Child) -> str:
    return (
        f"<Student><StudentUniqueId>{child.number}</StudentUniqueId><Name>"
        f"<FirstName>{child.first}</FirstName><LastSurname>{child.last}</LastSurname>"
        f"</Name><BirthData><BirthDate>{child.born}</BirthDate>"
        "<BirthSex>Female</BirthSex></BirthData></Student>"
    )


def _event(child: Child, day: dt.date) -> str:
    return (
        "<StudentSchoolAttendanceEvent><StudentReference><StudentIdentity>"
        f"<StudentUniqueId>{child.number}</StudentUniqueId></StudentIdentity>"
        "</StudentReference>"
        f"{_school(child.school)}<AttendanceEvent><EventDate>{day}</EventDate>"
        "<AttendanceEventCategory>uri://ed-fi.org/AttendanceEventCategoryDescriptor"
        "#Unexcused Absence</AttendanceEventCategory></AttendanceEvent>"
        "</StudentSchoolAttendanceEvent>"
    )


def _session(school: str, first: dt.date, last: dt.date) -> str:
    return (
        f"<Session>{_school(school)}<SessionName>Autumn</SessionName>"
        f"<BeginDate>{first}</BeginDate><EndDate>{last}</EndDate>"
        f"<TotalInstructionalDays>{N_DAYS}</TotalInstructionalDays></Session>"
    )


def _school(code: str) -> str:
    return (
        f"<SchoolReference><SchoolIdentity><SchoolId>{code}</SchoolId>"
        "</SchoolIdentity></SchoolReference>"
    )
