"""The graduating classes of a delivery: who is in which, how each left, and with what.

That is put together of students with their cohort, enrolments and diplomas, so that
nothing is delivered, kept or corrected twice.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from indicators.measures.delivered import FIRST_MONTH
from indicators.measures.inputs import SCHEMAS, summer_after

NO_DIPLOMA = "none"
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)
_SUMMER = (6, 8)  # the months within which a summer's enrolment begins and ends
_YES = frozenset({"yes", "true", "y", "1"})
Row = dict[str, Any]


def classes_of(
    school: Mapping[str, pa.Table], codes: Mapping[str, str]
) -> dict[str, pa.Table]:
    """Return the frame `classes` of students with a code; none where no cohort came.

    Nobody with an enrolment that goes on has left, of which there is none once one of a
    later school year began; how others left is told by the one that ended last. There
    is one row for each diploma of a student, and one for a student without. That one
    says so where diplomas came of that class's year or a later one: else it is not
    known who has one. So it is with documents of exits. Each row says until which
    school year diplomas came.
    """
    students = school["student"]
    if "graduation_cohort" not in students.column_names:
        return {}
    columns = (students[name].to_pylist() for name in ("id", "graduation_cohort"))
    of = {
        student: int(cohort)
        for student, cohort in zip(*columns, strict=True)
        if student in codes and _YEAR.fullmatch(cohort or "")
    }
    lasts, earned = _last_enrolments(school["enrolment"], of), _diplomas(school, of)
    are_documents_told = any(map(_documented, school["enrolment"].to_pylist()))
    known_to = _last_year_of_diplomas(school)
    rows = [
        {
            "id": codes[student],
            "class_of": year,
            "diplomas_to": known_to,
            **_exit(lasts.get(student), are_documents_told=are_documents_told),
            **diploma,
        }
        for student, year in of.items()
        for diploma in earned.get(
            student, [{"diploma": NO_DIPLOMA if year <= known_to else None}]
        )
    ]
    return {"classes": pa.Table.from_pylist(rows, schema=SCHEMAS["classes"])}


def _last_enrolments(enrolment: pa.Table, of: Mapping[str, int]) -> dict[str, Row]:
    newest: dict[str, int] = defaultdict(int)
    for row in _rows(enrolment, of):
        if not _is_of_a_summer(row):
            newest[row["id"]] = max(newest[row["id"]], _year_entered(row))
    found: dict[str, Row] = {}
    for row in _rows(enrolment, of):
        known, year = found.get(row["id"]), newest[row["id"]]
        if known is None or _order(row, year) >= _order(known, year):
            found[row["id"]] = row
    return found


def _order(row: Row, newest: int) -> tuple[date, date]:
    """Return when an enrolment ends and begins.

    One without an end is over once another begins in a later school year, as it is for
    spells; a summer's is beside it, and of one without a beginning nothing is later.
    """
    entered = row["entry_date"]
    is_over = entered is not None and _year_entered(row) < newest
    return row["exit_date"] or (entered if is_over else date.max), entered or date.min


def _is_of_a_summer(row: Row) -> bool:
    begins, ends = row["entry_date"], row["exit_date"]
    if begins is None or ends is None or begins.year != ends.year:
        return False
    return bool(begins.month >= _SUMMER[0] and ends.month <= _SUMMER[1])


def _year_entered(row: Row) -> int:
    """Return the year in which the school year of an entry begins, 0 if untold."""
    day: date | None = row["entry_date"]
    return day.year - (day.month < FIRST_MONTH) if day else 0


def _exit(last: Row | None, *, are_documents_told: bool) -> Row:
    """Return how a student left by the last enrolment, if it is over."""
    if last is None or last["exit_date"] is None:
        return {}
    found: Row = {"exit_type": last.get("exit_type"), "exit_on": last["exit_date"]}
    if are_documents_told:
        found["is_documented"] = _documented(last) in _YES
    return found


def _documented(last: Row) -> str:
    return (last.get("exit_documented") or "").strip().casefold()


def _diplomas(
    school: Mapping[str, pa.Table], of: Mapping[str, int]
) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(school["diplomas"], of) if "diplomas" in school else ():
        found[row.pop("id")].append(row)
    return found


def _last_year_of_diplomas(school: Mapping[str, pa.Table]) -> int:
    """Return the school year in which the last diploma of anybody was awarded, or 0.

    A summer belongs to the year that it follows.
    """
    if "diplomas" not in school:
        return 0
    last: date | None = pc.max(school["diplomas"]["diploma_on"]).as_py()
    return last.year + (last > summer_after(last.year)) if last else 0


def _rows(table: pa.Table, of: Mapping[str, int]) -> Iterator[Row]:
    return (row for row in table.to_pylist() if row["id"] in of)
