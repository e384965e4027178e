"""Days and the school year of a delivery, in whichever form a district sent them.

Events with a calendar are counted here; days that a district counted are taken as they
are; a roster alone has no days, so that its measures are not known yet.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from accounts.acts import RuleBroken
from indicators.measures.attendance import STUDENT_DAYS, school_year, student_days
from indicators.measures.definitions import choose

# Who is counted in days, and from when on absence is chronic, unless chosen otherwise.
_USUAL = choose("chronic_absence")
MINIMUM_DAYS: int = _USUAL.option("minimum_days")
CHRONIC_PERCENT: int = _USUAL.option("percent")
# A school year begins in July and ends in June.
FIRST_MONTH, LAST_DAY = 7, (6, 30)
_YEARS = re.compile(r"(\d{4})(?:\s*[-–/]\s*(?:\d{2})?(\d{2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """A school year ("2021–22"), its first and its last day."""

    name: str
    first_on: date
    last_on: date


def days_of(school: Mapping[str, pa.Table]) -> pa.Table:
    """Return one row per student: student_id, school, days_enrolled, days_absent.

    school: the frames of a district's delivery. Days are null throughout where no
    attendance came; a student of whom alone none came is left out.
    """
    if "attendance" in school:
        return student_days(
            school["enrolment"], school["attendance"], school["calendar"]
        )
    schools = _latest_schools(school["enrolment"])
    if "days" not in school:
        rows = [{"student_id": each, "school": at} for each, at in schools.items()]
        return pa.Table.from_pylist(rows, schema=STUDENT_DAYS)
    return _added_up(school["days"], schools)


def year_of(school: Mapping[str, pa.Table], *, by: date) -> SchoolYear:
    """Return the school year of a delivery.

    That is the calendar's; else the one that the rows name; else that of the latest
    entry; else that of `by`, the day on which the files came. Raises RuleBroken where
    rows name several years.
    """
    if "calendar" in school:
        return SchoolYear(*school_year(school["calendar"]))
    for name in ("days", "enrolment"):
        if name in school and "school_year" in school[name].column_names:
            named = school[name]["school_year"].drop_null()
            years = {_ended(text) for text in pc.unique(named).to_pylist()}
            if len(years) > 1:
                raise RuleBroken(
                    "The rows are of several school years, so figures would mix them. "
                    "Send the files of one school year."
                )
            if years:
                return _named(years.pop())
    latest = pc.max(school["enrolment"]["entry_date"]).as_py() or by
    return _named(latest.year + (latest.month >= FIRST_MONTH))


def _named(ends: int) -> SchoolYear:
    return SchoolYear(
        f"{ends - 1}–{ends % 100:02d}",
        date(ends - 1, FIRST_MONTH, 1),
        date(ends, *LAST_DAY),
    )


def _ended(text: str) -> int:
    """Return the year in which a school year ends; a single one is that."""
    found = _YEARS.fullmatch(text.strip())
    if found is None or not 1900 < int(found[1]) < 2200:
        raise RuleBroken(
            "The school year of a row cannot be read. Write it as the year in which "
            "it ends, such as 2022, or as 2021-22."
        )
    first = int(found[1])
    return first if found[2] is None else first + ((int(found[2]) - first) % 100)


def _latest_schools(enrolment: pa.Table) -> Mapping[str, str]:
    """Return where each student was enrolled last; the later row of equals."""
    columns = (enrolment[name].to_pylist() for name in ("id", "school", "entry_date"))
    latest: dict[str, tuple[date, str]] = {}
    for student, school, entry in zip(*columns, strict=True):
        known = latest.get(student)
        if known is None or (entry or date.min) >= known[0]:
            latest[student] = (entry or date.min, school)
    return {student: school for student, (_, school) in latest.items()}


def _added_up(days: pa.Table, schools: Mapping[str, str]) -> pa.Table:
    """Return the days of each student over all schools; school is the longest one."""
    names = ("id", "school", "days_enrolled", "days_absent")
    found: dict[str, dict[str, Any]] = {}
    longest: dict[str, int] = {}
    for student, school, n_enrolled, n_absent in zip(
        *(days[name].to_pylist() for name in names), strict=True
    ):
        if not n_enrolled:
            continue
        row = found.setdefault(
            student, {"student_id": student, "days_enrolled": 0, "days_absent": 0}
        )
        row["days_enrolled"] += n_enrolled
        row["days_absent"] += n_absent
        if n_enrolled >= longest.get(student, 0):
            longest[student] = n_enrolled
            row["school"] = school or schools.get(student)
    return pa.Table.from_pylist(list(found.values()), schema=STUDENT_DAYS)
