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
    enrolment = school["enrolment"]
    lasts, earned = _last_enrolments(enrolment, of), _diplomas(school, of)
    are_documents_told = _are_documents_told(enrolment)
    known_to = _last_year_of_diplomas(school)
    rows = [
        {
            "id": codes[student],
            "class_of": year,
            "diplomas_to": known_to,
            **_exit(lasts.get(student, []), are_documents_told=are_documents_told),
            **diploma,
        }
        for student, year in of.items()
        for diploma in earned.get(
            student, [{"diploma": NO_DIPLOMA if year <= known_to else None}]
        )
    ]
    return {"classes": pa.Table.from_pylist(rows, schema=SCHEMAS["classes"])}


def _last_enrolments(
    enrolment: pa.Table, of: Mapping[str, int]
) -> dict[str, list[Row]]:
    """Return the rows of each student's last enrolment, whatever their order."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(enrolment, of):
        rows[row["id"]].append(row)
    return {student: _lasts(theirs) for student, theirs in rows.items()}


def _lasts(rows: list[Row]) -> list[Row]:
    years = (_year_entered(row) for row in rows if not _is_of_a_summer(row))
    newest = max(years, default=0)
    last = max(_order(row, newest) for row in rows)
    return [row for row in rows if _order(row, newest) == last]


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


def _exit(lasts: list[Row], *, are_documents_told: bool) -> Row:
    """Return how a student left by the rows of the last enrolment, if it is over.

    A type that they contradict is not known. The exit is documented where some of them
    say so and none says otherwise.
    """
    lasts = [row for row in lasts if row["exit_date"] is not None]
    if not lasts:
        return {}
    types = {row.get("exit_type") for row in lasts} - {None}
    found: Row = {
        "exit_type": types.pop() if len(types) == 1 else None,
        "exit_on": lasts[0]["exit_date"],
    }
    if are_documents_told:
        said = {_documented(row.get("exit_documented")) for row in lasts} - {""}
        found["is_documented"] = bool(said) and said <= _YES
    return found


def _are_documents_told(enrolment: pa.Table) -> bool:
    """Return whether any row says of an exit whether it is documented."""
    if "exit_documented" not in enrolment.column_names:
        return False
    said = pc.unique(enrolment["exit_documented"]).to_pylist()
    return any(map(_documented, said))


def _documented(said: str | None) -> str:
    return (said or "").strip().casefold()


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
