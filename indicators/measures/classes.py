"""The graduating classes of a delivery: who is in which, how each left, and with what.

That is put together of students with their cohort, enrolments and diplomas, so that
nothing is delivered, kept or corrected twice.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from indicators.measures.inputs import SCHEMAS

_YES = frozenset({"yes", "true", "y", "1"})
Row = dict[str, Any]


def classes_of(
    school: Mapping[str, pa.Table], codes: Mapping[str, str]
) -> dict[str, pa.Table]:
    """Return the frame `classes` of students with a code; none where no cohort came.

    How a student left is told by the last enrolment; one that goes on is no exit. There
    is one row for each diploma of a student, and one for a student without.
    """
    students = school["student"]
    if "graduation_cohort" not in students.column_names:
        return {}
    columns = (students[name].to_pylist() for name in ("id", "graduation_cohort"))
    of = {
        student: int(cohort)
        for student, cohort in zip(*columns, strict=True)
        if student in codes and (cohort or "").isdigit()
    }
    lasts, earned = _last_enrolments(school["enrolment"], of), _diplomas(school, of)
    rows = [
        {"id": codes[student], "class_of": year, **_exit(lasts.get(student)), **diploma}
        for student, year in of.items()
        for diploma in earned.get(student, [{}])
    ]
    return {"classes": pa.Table.from_pylist(rows, schema=SCHEMAS["classes"])}


def _last_enrolments(enrolment: pa.Table, of: Mapping[str, int]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in _rows(enrolment, of):
        known = found.get(row["id"])
        if known is None or _order(row) >= _order(known):
            found[row["id"]] = row
    return found


def _order(row: Row) -> tuple[date, date]:
    return row["entry_date"] or date.min, row["exit_date"] or date.max


def _exit(last: Row | None) -> Row:
    """Return how a student left by the last enrolment, if it is over."""
    if last is None or last["exit_date"] is None:
        return {}
    said = (last.get("exit_documented") or "").strip().casefold()
    return {
        "exit_type": last.get("exit_type"),
        "exit_on": last["exit_date"],
        "is_documented": said in _YES,
    }


def _diplomas(
    school: Mapping[str, pa.Table], of: Mapping[str, int]
) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(school["diplomas"], of) if "diplomas" in school else ():
        found[row.pop("id")].append(row)
    return found


def _rows(table: pa.Table, of: Mapping[str, int]) -> Iterator[Row]:
    return (row for row in table.to_pylist() if row["id"] in of)
