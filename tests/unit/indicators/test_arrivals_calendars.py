"""A school calendar as a plain table: sessions, or single days of instruction."""

from datetime import date

import pytest

from indicators.arrivals.contract import Answers, Standing
from tests.support.arriving import EVENTS, ROSTER, arrive, rows, said, standings

LISTED = ROSTER | EVENTS
STUDENTS = (
    "student_id,first_name,last_name,birth_date,school,entry_date\n"
    "1,Ana,Lopez,2010-01-31,S1,2021-08-23\n"
)
ABSENT = (
    "student_id,school,attendance_date,category\n1,S1,2021-09-03,Unexcused Absence\n"
)
SESSIONS = "school,session,date,end_date,n_days\nS1,Year,2021-08-23,2022-06-10,180\n"


def files(calendar: str, *, attendance: str = ABSENT) -> dict[str, str]:
    return {
        "students.csv": STUDENTS,
        "attendance.csv": attendance,
        "calendar.csv": calendar,
    }


def test_sessions_with_their_days_are_a_calendar() -> None:
    found = arrive(files(SESSIONS), LISTED)
    assert found.can_be_kept, said(found)
    assert rows(found, "calendar") == [
        {
            "school": "S1",
            "session": "Year",
            "date": date(2021, 8, 23),
            "end_date": date(2022, 6, 10),
            "n_days": 180,
        }
    ]
    kept = standings(found)
    assert kept["session"] is kept["n_days"] is kept["end_date"] is Standing.ALLOWED


def test_single_days_make_the_session_of_their_school() -> None:
    found = arrive(
        files(
            "School ID,Term,Calendar Date,Day Type,Note\n"
            "S1,Fall,8/23/2021,Instructional day,\nS1,Fall,8/24/2021,School day,\n"
            "S1,Fall,8/25/2021,Holiday,\nS1,Fall,8/26/2021,Make-up day,\n"
        ),
        LISTED,
        answers=Answers(mapping={"Note": None}),
    )
    assert found.can_be_kept, said(found)
    whole, *single = rows(found, "calendar")
    assert whole == {
        "school": "S1",
        "session": "Fall",
        "date": date(2021, 8, 23),
        "end_date": date(2021, 8, 26),
        "n_days": 3,
    }
    assert [each["date"].day for each in single] == [23, 24, 26]
    assert standings(found)["Note"] is Standing.REFUSED


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("S1,Year,2021-08-23,2022-06-10,many", "no whole number"),
        ("S1,Year,2021-08-23,2021-08-27,6", "cannot have so many school days"),
        ("S1,Year,2022-08-23,2021-08-27,6", "cannot have so many school days"),
        ("S1,Year,2021-08-23,2022-06-10,0", "cannot have so many school days"),
        (",Year,2021-08-23,2022-06-10,180", "school is empty"),
        ("S1,,2021-08-23,2022-06-10,180", "session is empty"),
        ("S1,Year,soon,2022-06-10,180", "is not a date"),
    ],
)
def test_a_session_that_cannot_be_is_set_aside_by_its_line(line: str, why: str) -> None:
    found = arrive(files(f"{SESSIONS}{line}\n"), LISTED)
    assert found.can_be_kept, said(found)
    assert len(rows(found, "calendar")) == 1
    (aside,) = found.rejected
    assert (aside.file, aside.line) == ("calendar.csv", 3)
    assert why in aside.reason


def test_order_of_day_and_month_is_asked_of_a_calendar_too() -> None:
    doubtful = "school,session,date,end_date,n_days\nS1,Year,1/2/2022,3/4/2022,20\n"
    found = arrive(files(doubtful), LISTED)
    assert {each.id for each in found.questions} == {"R05"}
    assert not found.rejected
    orders = {"date": "month/day", "end_date": "month/day"}
    answered = arrive(files(doubtful), LISTED, answers=Answers(orders=orders))
    assert rows(answered, "calendar")[0]["end_date"] == date(2022, 3, 4)


def test_calendar_that_is_not_listed_is_not_kept() -> None:
    found = arrive(files(SESSIONS), LISTED - {"calendar.session"})
    assert "calendar.session" in found.missing
    assert standings(found)["session"] is Standing.REFUSED


def test_unknown_column_of_a_calendar_is_asked_about() -> None:
    more = SESSIONS.replace("n_days\n", "n_days,who\n").replace("180\n", "180,x\n")
    assert standings(arrive(files(more), LISTED))["who"] is Standing.NOT_RECOGNISED


@pytest.mark.parametrize(
    "other",
    [
        "school,date,absences\nS1,2021-09-03,4\n",
        "student_id,school,date,end_date,session,n_days\n1,S1,2021-09-03,,,3\n",
        "school,session,n_days\nS1,Year,180\n",
    ],
)
def test_other_tables_are_no_calendar(other: str) -> None:
    found = arrive(files(other), LISTED)
    assert "calendar.session" in found.missing
