"""What the invented district knows besides names and days: made by a seeded rule.

The sample district has no grades, tests, discipline or diplomas. The year of birth
decides the grade, as it does the school; chance decides the rest.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pyarrow as pa

ENROLMENT, CALENDAR = "made-enrolment-with-grades.csv", "made-calendar.csv"
TESTS, DISCIPLINE, GRADUATES = (
    "made-tests.csv",
    "made-discipline.csv",
    "made-graduates.csv",
)
YEAR, NEXT_ENTRY, GRADUATED_ON = 2021, date(2022, 8, 22), date(2022, 6, 4)
TESTED_ON = date(2022, 4, 19)
SENIOR, FIRST_OF_HIGH, AGE_BEFORE_FIRST = 12, 9, 4
_LEVELS = ("Advanced", "Proficient", "Basic", "Below basic")
_HOW_MANY = (12, 31, 34, 23)
_ACTIONS = ("In School Suspension", "Out of School Suspension", "Detention")
_P_LATE, _P_ACTION, _P_DROPS, _P_GRADUATES = 0.07, 0.09, 0.09, 0.8

_OF_ENROLMENT = (
    *("StudentUniqueId", "SchoolId", "Grade", "EntryDate", "EntryType"),
    *("ExitWithdrawDate", "ExitType"),
)

Row = Mapping[str, Any]


def make(
    students: Iterable[Row], enrolment: Iterable[Row], calendar: pa.Table, seed: int
) -> dict[str, bytes]:
    """Return the files of the invented records by name; the same seed, the same bytes.

    students, enrolment: rows of the frames, of which each student has one in either.
    """
    rng = Random(seed)
    spell_of = {row["id"]: row for row in enrolment}
    grades = {row["id"]: _grade(row["birth_date"]) for row in students}
    ends = {student: _end(grade, rng) for student, grade in grades.items()}
    return {
        ENROLMENT: table(
            _OF_ENROLMENT,
            (
                row
                for student, grade in grades.items()
                for row in _spells(spell_of[student], grade, ends[student], rng)
            ),
        ),
        CALENDAR: table(
            ("school", "date"),
            (each for row in calendar.to_pylist() for each in _days(row)),
        ),
        TESTS: table(
            (
                "StudentUniqueId",
                "Test",
                "Subject",
                "Date",
                "Grade",
                "Performance Level",
            ),
            (
                (student, "State assessment", subject, TESTED_ON, grade, level)
                for student, grade in grades.items()
                for subject in ("Reading", "Mathematics")
                for level in rng.choices(_LEVELS, _HOW_MANY)
                if 3 <= grade <= 8
            ),
        ),
        DISCIPLINE: table(
            ("StudentUniqueId", "Date", "Action", "Days"),
            (
                (student, _school_day(rng), rng.choice(_ACTIONS), rng.randint(1, 5))
                for student in grades
                if rng.random() < _P_ACTION
            ),
        ),
        GRADUATES: table(
            ("StudentUniqueId", "Class of", "Diploma Type", "Graduation Date"),
            (
                (student, YEAR + 1, *_diploma(ends[student]))
                for student, grade in grades.items()
                if grade == SENIOR
            ),
        ),
    }


def _grade(born: date) -> int:
    return YEAR - born.year - AGE_BEFORE_FIRST


def _end(grade: int, rng: Random) -> str:
    """Return how a student's year ends."""
    if grade >= FIRST_OF_HIGH and rng.random() < _P_DROPS:
        return "Dropped out"
    if grade == SENIOR and rng.random() < _P_GRADUATES:
        return "Graduated"
    return "End of school year"


def _spells(
    spell: Row, grade: int, end: str, rng: Random
) -> Iterable[Sequence[object]]:
    """Yield the enrolment of the year, and that of the next for who comes back."""
    student, school = spell["id"], spell["school"]
    first, entry_type = spell["entry_date"], "From this district"
    if rng.random() < _P_LATE:
        first += timedelta(days=rng.randint(5, 25))
        entry_type = rng.choice((entry_type, "From elsewhere"))
    yield (student, school, grade, first, entry_type, spell["exit_date"], end)
    if end == "End of school year":
        then = min(grade + 1, SENIOR)
        yield (student, school, then, NEXT_ENTRY, "From this district", "", "")


def _diploma(end: str) -> tuple[object, ...]:
    return ("Regular diploma", GRADUATED_ON) if end == "Graduated" else ("", "")


def _school_day(rng: Random) -> date:
    return date(YEAR, 9, 1) + timedelta(days=rng.randrange(270))


def _days(session: Row) -> Iterable[tuple[str, date]]:
    """Yield as many weekdays of a session as it has days of instruction."""
    first, last = session["date"], session["end_date"]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    weekdays = [day for day in days if day.weekday() < 5]
    for day in weekdays[: session["n_days"]]:
        yield session["school"], day


def table(headings: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Return a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode()
