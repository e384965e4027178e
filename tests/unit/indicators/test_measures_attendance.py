"""Days enrolled are counted from the calendar, days absent from events."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import pyarrow as pa
import pytest

from accounts.acts import RuleBroken
from indicators.arrivals.schemas import SCHEMAS
from indicators.demo.people import EDFI_FILES, make
from indicators.measures import delivered
from indicators.measures.attendance import student_days
from tests.support.arriving import EVENTS, ROSTER, arrive

FIRST = date(2021, 9, 6)  # a Monday
DAYS = tuple(
    FIRST + timedelta(days=7 * week + day) for week in range(2) for day in range(5)
)
LAST = DAYS[-1]
ENROLMENT = pa.schema(
    {
        "id": pa.string(),
        "school": pa.string(),
        "entry_date": pa.date32(),
        "exit_date": pa.date32(),
    }
)


def enrolled(*spells: tuple[str, str, date, date | None]) -> pa.Table:
    rows = [dict(zip(ENROLMENT.names, spell, strict=True)) for spell in spells]
    return pa.Table.from_pylist(rows, schema=ENROLMENT)


def events(*found: tuple[date, str, float | None], school: str = "7") -> pa.Table:
    rows = [
        {"id": "S1", "school": school, "date": d, "category": c, "duration": share}
        for d, c, share in found
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMAS["attendance"])


def calendar(*schools: str, with_dates: bool = True) -> pa.Table:
    rows: list[dict[str, object]] = []
    for school in schools:
        session = {"session": "Fall", "date": FIRST, "end_date": LAST, "n_days": 10}
        rows.append({"school": school} | session)
        for day in DAYS if with_dates else ():
            dated = {"session": None, "date": day, "end_date": day, "n_days": 1}
            rows.append({"school": school} | dated)
    return pa.Table.from_pylist(rows, schema=SCHEMAS["calendar"])


def days_of(
    spells: Sequence[tuple[str, str, date, date | None]],
    attendance: pa.Table,
    year: pa.Table,
) -> Mapping[str, Any]:
    (row,) = student_days(enrolled(*spells), attendance, year).to_pylist()
    return row


WHOLE = ("S1", "7", FIRST, LAST)


def n_absent(*found: tuple[date, str, float | None]) -> int:
    return int(days_of([WHOLE], events(*found), calendar("7"))["days_absent"])


@cache
def sample_days() -> pa.Table:
    files = {path.name: path.read_bytes() for path in EDFI_FILES}
    sent = {**files, "enrolment.csv": make().enrolment_csv}
    return delivered.days_of(arrive(sent, ROSTER | EVENTS).frames)


def test_sample_district_has_its_known_figures() -> None:
    absent = sample_days()["days_absent"].to_pylist()
    assert len(absent) == 960
    assert set(sample_days()["days_enrolled"].to_pylist()) == {169}
    assert [sum(n >= least for n in absent) for least in (10, 15, 17)] == [95, 47, 44]


def test_whole_session_counts_without_its_dates() -> None:
    year = calendar("7", with_dates=False)
    assert days_of([WHOLE], events(), year)["days_enrolled"] == 10


def test_part_of_a_session_counts_its_dates() -> None:
    part = ("S1", "7", DAYS[2], DAYS[6])
    assert days_of([part], events(), calendar("7"))["days_enrolled"] == 5


def test_part_of_a_session_without_dates_is_refused_and_not_guessed() -> None:
    part = ("S1", "7", DAYS[2], LAST)
    with pytest.raises(RuleBroken, match="Send a calendar with all dates"):
        days_of([part], events(), calendar("7", with_dates=False))


def test_student_without_an_exit_date_stays_to_the_end() -> None:
    spell = ("S1", "7", DAYS[8], None)
    assert days_of([spell], events(), calendar("7"))["days_enrolled"] == 2


@pytest.mark.parametrize("category", ["Excused Absence", "Unexcused Absence"])
def test_both_kinds_of_absence_count(category: str) -> None:
    assert n_absent((DAYS[0], category, 1.0), (DAYS[1], category, None)) == 2


@pytest.mark.parametrize("category", ["Tardy", "In Attendance", "Early departure"])
def test_coming_late_is_not_an_absence(category: str) -> None:
    assert n_absent((DAYS[0], category, 1.0)) == 0


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 1), (0.49, 0), (1.0, 1), (None, 0)]
)
def test_part_of_a_day_is_absent_from_half_on(
    share: float | None, expected: int
) -> None:
    assert n_absent((DAYS[0], "Partial", share)) == expected


def test_parts_of_one_day_add_up_to_at_most_one_day() -> None:
    assert n_absent((DAYS[0], "Partial", 0.3), (DAYS[0], "Excused Absence", 0.2)) == 1
    assert n_absent(*[(DAYS[0], "Excused Absence", 1.0)] * 3) == 1


def test_absence_outside_the_enrolment_does_not_count() -> None:
    spell = ("S1", "7", DAYS[5], LAST)
    found = events((DAYS[0], "Excused Absence", 1.0), (DAYS[5], "Excused Absence", 1.0))
    assert days_of([spell], found, calendar("7"))["days_absent"] == 1


def test_absence_at_a_school_never_attended_does_not_count() -> None:
    found = events((DAYS[0], "Excused Absence", 1.0), school="8")
    assert days_of([WHOLE], found, calendar("7"))["days_absent"] == 0


def test_no_more_days_are_missed_than_enrolled() -> None:
    weekend = [FIRST + timedelta(days=n) for n in range(12)]
    assert n_absent(*((day, "Excused Absence", 1.0) for day in weekend)) == 10


def test_unknown_category_is_refused() -> None:
    with pytest.raises(RuleBroken, match="“Field trip” is not known"):
        n_absent((DAYS[0], "Field trip", 1.0))


def test_student_of_two_schools_belongs_where_most_days_are() -> None:
    moved = [("S1", "8", DAYS[4], LAST), ("S1", "7", FIRST, DAYS[3])]
    row = days_of(moved, events(), calendar("7", "8"))
    assert (row["school"], row["days_enrolled"]) == ("8", 10)


def test_enrolment_ends_where_the_next_begins() -> None:
    moved = [("S1", "7", FIRST, None), ("S1", "8", DAYS[6], None)]
    row = days_of(moved, events(), calendar("7", "8"))
    assert (row["school"], row["days_enrolled"]) == ("7", 10)


def test_same_enrolment_twice_counts_once() -> None:
    assert days_of([WHOLE, WHOLE], events(), calendar("7"))["days_enrolled"] == 10


def test_student_without_a_day_is_left_out() -> None:
    left_before = enrolled(("S1", "7", date(2020, 1, 1), date(2020, 2, 1)))
    assert student_days(left_before, events(), calendar("7")).num_rows == 0


def test_school_without_a_calendar_is_refused() -> None:
    with pytest.raises(RuleBroken, match="no session for school 9"):
        days_of([("S1", "9", FIRST, LAST)], events(), calendar("7"))


def test_sessions_that_overlap_are_refused() -> None:
    twice = pa.concat_tables([calendar("7"), calendar("7")])
    with pytest.raises(RuleBroken, match="overlap"):
        days_of([WHOLE], events(), twice)
