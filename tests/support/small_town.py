"""A town small enough to count by hand: frames from rows, figures by cell.

Its school year has twenty instructional days, 6 September to 1 October 2021, on which
all that is known happens; the year itself ends in June.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from indicators.measures.cells import COUNTED
from indicators.measures.counted import Cell, Counted, Table, told
from indicators.measures.counting import count
from indicators.measures.declarations import Report
from indicators.measures.definitions import Measure, choose
from indicators.measures.figures import State
from indicators.measures.inputs import SCHEMAS

FIRST = date(2021, 9, 6)  # a Monday
DAYS = tuple(
    FIRST + timedelta(days=7 * week + day) for week in range(4) for day in range(5)
)
REPORT = Report(
    year=2022,
    first_on=FIRST,
    last_on=date(2022, 6, 17),
    census_on=date(2021, 10, 1),
    as_of=date(2022, 12, 1),
    next_census_on=date(2022, 10, 3),
)
EARLIER = date(2020, 9, 1)

Rows = Sequence[Mapping[str, Any]]


def frame(name: str, *rows: Mapping[str, Any]) -> pa.Table:
    """Return a frame of the rows; what they leave out is not told."""
    full = [{key: row.get(key) for key in SCHEMAS[name].names} for row in rows]
    return pa.Table.from_pylist(full, schema=SCHEMAS[name])


def calendar(*schools: str) -> pa.Table:
    """Return the twenty days of each school."""
    rows = [
        {"school": school, "date": day, "end_date": day, "n_days": 1}
        for school in schools
        for day in DAYS
    ]
    return frame("calendar", *rows)


def enrolled(child: str, school: str = "7", **more: Any) -> dict[str, Any]:
    """Return one enrolment, from before the year unless told otherwise."""
    usual = {"entry_date": EARLIER, "grade": "03", "from_elsewhere": False}
    return {"id": child, "school": school, **usual, **more}


def absent(child: str, *days: int, school: str = "7", **more: Any) -> Rows:
    """Return absences on these days of the year, counted from 1."""
    usual = {"category": "Unexcused Absence", "duration": 1.0}
    return [
        {"id": child, "school": school, "date": DAYS[day - 1], **usual, **more}
        for day in days
    ]


def town(
    children: Sequence[Mapping[str, Any]],
    *,
    housed: Mapping[str, str] | None = None,
    **frames: pa.Table,
) -> dict[str, pa.Table]:
    """Return frames of enrolments, with homes by child; else all live in building B."""
    ids = sorted({row["id"] for row in children})
    homes = dict.fromkeys(ids, "B") if housed is None else housed
    schools = sorted({row["school"] for row in children})
    return {
        "people": frame("people", *({"id": each} for each in ids)),
        "tenancies": frame(
            "tenancies",
            *({"id": c, "building": b, "program": "PH"} for c, b in homes.items()),
        ),
        "enrolment": frame("enrolment", *children),
        "calendar": calendar(*schools),
        **frames,
    }


def counted(
    measure: Measure | str,
    frames: Mapping[str, pa.Table],
    *tables: Sequence[str],
    **declared: Any,
) -> Counted:
    """Return what is counted of one measure, in all and by these tables."""
    if isinstance(measure, str):
        measure = choose(measure)
    return count(
        replace(REPORT, **declared),
        frames,
        measures=[measure],
        tables=[Table(()), *(Table(tuple(table)) for table in tables)],
    )


def cell(found: Counted, **at: str) -> Cell:
    """Return the group with these values, of those who are counted."""
    (measure,) = found.measures
    if measure.grade:
        at.setdefault("grade", measure.grade)
    if measure.population:
        at[measure.population] = COUNTED
    return next(c for c in found.cells if dict(c.vector) == at)


def figure(found: Counted, **at: str) -> tuple[int, int]:
    """Return numerator and denominator of the measure in the group."""
    (measure,) = found.measures
    group = cell(found, **at)
    if measure.id in group.sums:
        return group.sums[measure.id]
    return group.x[measure.id], group.n


def state(found: Counted, **at: str) -> State:
    """Return what is known of the measure in the group."""
    (measure,) = found.measures
    if measure.grade:
        at.setdefault("grade", measure.grade)
    return told(found, measure, **at)
