"""The invented partnership's two files: tenants of an agency, enrolment of a district.

Students, their absences and the calendar come from the Ed-Fi sample district Grand
Bend. Its enrolment is not part of the sample and is made here: the year of birth
decides the school, and everyone is enrolled from the first to the last day of the
school year. Tenants are students typed anew, and invented children who go to school
elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from agreements.rules.elements import ELEMENTS
from indicators.arrivals.bounds import Bounds
from indicators.arrivals.contract import STUDENT, Answers
from indicators.arrivals.interchanges import Interchange
from indicators.arrivals.schemas import shaped
from indicators.arrivals.standing import Judge
from indicators.arrivals.students import Students
from indicators.demo import records
from indicators.demo.children import Child, Inventor
from indicators.demo.dirt import Typist
from indicators.demo.records import table
from indicators.formats.edfi_examine import EdFiExaminer
from indicators.formats.edfi_parser import records as parsed
from indicators.formats.examine import Answers as Told
from indicators.formats.report import Report
from indicators.measures.attendance import student_days

DATA = Path(__file__).parent / "data"
EDFI_FILES = tuple(
    DATA / "ed-fi" / name
    for name in (
        "Student.xml",
        "StudentSchoolAttendance.xml",
        "EducationOrgCalendar.xml",
    )
)
TENANTS_NAME = "tenants.csv"
ENROLMENT_NAME = "made-enrolment.csv"

SEED = 2022
HIGH, MIDDLE, ELEMENTARY = "255901001", "255901044", "255901107"
FIRST_YEAR_OF_MIDDLE, FIRST_YEAR_OF_ELEMENTARY = 2009, 2012
AFTER_SAMPLE = date(2022, 7, 1)

# Headings as a housing authority's software exports the lines of Form HUD-50058.
TENANT_HEADINGS = (
    "memberuniqueidentifier",
    "memberfirstname3c",
    "membermiddleinitial3d",
    "memberlastname3b",
    "dateofbirth3e",
    "projectid",
    "unitmovein",
)
ENROLMENT_HEADINGS = ("StudentUniqueId", "SchoolId", "EntryDate", "ExitWithdrawDate")

# Tenants who are students, and how many of these missed a tenth of the year or more.
PLACES = (
    ("WA001000073", 66, 3),
    ("WA001000083", 56, 17),
    ("WA001000080", 46, 2),
    ("WA001000085", 38, 8),
    ("WA001000076", 32, 2),
    ("WA001000091", 27, 6),
    ("WA001000037", 22, 1),
    ("WA001000041", 17, 2),
    ("WA001000071", 15, 2),
    ("WA001000038", 8, 1),
)
N_TWINS_ELSEWHERE = 12
N_SIBLINGS_ELSEWHERE = 30
N_FAMILIES_ELSEWHERE = 38


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Files as a browser would send them, and the truth behind them.

    records: more of the district's files, by name; see `demo.records`.
    truth: member_id to student_id of every tenant who is a student; for tests, never
    written anywhere.
    """

    tenants_csv: bytes
    enrolment_csv: bytes
    records: Mapping[str, bytes]
    truth: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Tenant:
    child: Child
    development: str
    student_id: str = ""


def make(seed: int = SEED) -> DemoFiles:
    """Return the demo's files; the same seed gives the same bytes."""
    rng = Random(seed)
    frames = _read_sample()
    enrolment = _enrolment(frames["student"], frames["calendar"])
    days = student_days(enrolment, frames["attendance"], frames["calendar"])
    tenants = _students(frames, days, rng)
    tenants += _elsewhere(tenants, rng)
    typist = Typist(rng)
    typed = sorted(
        (_retyped(tenant, typist) for tenant in tenants),
        key=lambda tenant: (tenant.development, tenant.child.last.upper()),
    )
    numbers = map(str, rng.sample(range(1_000_000, 10_000_000), len(typed)))
    members = dict(zip(numbers, typed, strict=True))
    rows = [_tenant_row(number, tenant, rng) for number, tenant in members.items()]
    return DemoFiles(
        tenants_csv=table(TENANT_HEADINGS, rows),
        enrolment_csv=table(
            ENROLMENT_HEADINGS, (row.values() for row in enrolment.to_pylist())
        ),
        records=records.make(
            frames["student"].to_pylist(),
            enrolment.to_pylist(),
            frames["calendar"],
            seed,
        ),
        truth={n: t.student_id for n, t in members.items() if t.student_id},
    )


def _read_sample() -> Mapping[str, pa.Table]:
    """Return the sample's frames, but enrolments, which it does not have."""
    report = Report()
    judge = Judge(frozenset(ELEMENTS), STUDENT, Answers())
    kept = Interchange(judge, report, "", today=AFTER_SAMPLE)
    examiner = EdFiExaminer(report, Told(AFTER_SAMPLE), keep=kept.keep)
    for path in EDFI_FILES:
        with path.open("rb") as file:
            examiner.take(parsed(file, examiner.names))
    found = kept.result(())
    bounds = Bounds(report, AFTER_SAMPLE)
    students = Students(judge, report, are_named=False, bounds=bounds)
    students.take(found.tables)
    assert students.student is not None
    assert found.calendar is not None
    return {
        "student": shaped("student", students.student),
        "attendance": pa.concat_tables(students.events),
        "calendar": shaped("calendar", found.calendar),
    }


def _enrolment(students: pa.Table, calendar: pa.Table) -> pa.Table:
    first, last = (
        min(calendar["date"].to_pylist()),
        max(calendar["end_date"].to_pylist()),
    )
    return pa.Table.from_pylist(
        [
            {
                "id": student["id"],
                "school": _school(student["birth_date"]),
                "entry_date": first,
                "exit_date": last,
            }
            for student in students.to_pylist()
        ]
    )


def _school(born: date) -> str:
    if born.year < FIRST_YEAR_OF_MIDDLE:
        return HIGH
    return MIDDLE if born.year < FIRST_YEAR_OF_ELEMENTARY else ELEMENTARY


def _students(
    frames: Mapping[str, pa.Table], days: pa.Table, rng: Random
) -> list[_Tenant]:
    """Return every student with events, and others, spread over the developments."""
    with_events = sorted(set(frames["attendance"]["id"].to_pylist()))
    chronic = {
        row["student_id"]
        for row in days.to_pylist()
        if 10 * row["days_absent"] >= row["days_enrolled"]
    }
    children = {row["id"]: _child(row) for row in frames["student"].to_pylist()}
    n_others = sum(n_students for _, n_students, _ in PLACES) - len(with_events)
    others = rng.sample(sorted(children.keys() - set(with_events)), n_others)
    often = [student for student in with_events if student in chronic]
    rest = [student for student in with_events if student not in chronic] + others
    rng.shuffle(often)
    rng.shuffle(rest)
    return [
        _Tenant(children[student], development, student)
        for development, n_students, n_chronic in PLACES
        for student in (
            *_taken(often, n_chronic),
            *_taken(rest, n_students - n_chronic),
        )
    ]


def _taken(students: list[str], count: int) -> Sequence[str]:
    return [students.pop() for _ in range(count)]


def _child(row: Mapping[str, Any]) -> Child:
    return Child(
        first=row["first_name"],
        middle=row["middle_name"] or "",
        last=row["last_name"],
        born=row["birth_date"],
    )


def _elsewhere(students: Sequence[_Tenant], rng: Random) -> list[_Tenant]:
    """Return twins and siblings of students, and families, of other districts."""
    invented = Inventor(rng)
    related = rng.sample(students, N_TWINS_ELSEWHERE + N_SIBLINGS_ELSEWHERE)
    tenants = [
        _Tenant(invented.twin(tenant.child), tenant.development)
        for tenant in related[:N_TWINS_ELSEWHERE]
    ]
    tenants += [
        _Tenant(invented.child(tenant.child.last), tenant.development)
        for tenant in related[N_TWINS_ELSEWHERE:]
    ]
    developments = [development for development, _, _ in PLACES]
    sizes = [n_students for _, n_students, _ in PLACES]
    for number in range(N_FAMILIES_ELSEWHERE):
        development = rng.choices(developments, sizes)[0]
        eldest = invented.child(invented.surname())
        family = [eldest, *(invented.child(eldest.last) for _ in range(number % 3))]
        if number % 7 == 0:
            family.append(invented.twin(eldest))
        tenants += [_Tenant(child, development) for child in family]
    return tenants


def _retyped(tenant: _Tenant, typist: Typist) -> _Tenant:
    return replace(tenant, child=typist.in_capitals(typist.retype(tenant.child)))


def _tenant_row(number: str, tenant: _Tenant, rng: Random) -> Sequence[str]:
    child = tenant.child
    moved_in = date(2017, 1, 1) + timedelta(days=rng.randrange(4 * 365))
    return (
        number,
        child.first,
        child.middle,
        child.last,
        _american(child.born) if child.born else "",
        tenant.development,
        _american(moved_in),
    )


def _american(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"
