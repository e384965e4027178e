"""Ed-Fi records of people who are not listed or covered: counted, and not told one by
one, so that what is wrong with the others can be read."""

import json
from pathlib import Path
from typing import Any

import pytest

from agreements.rules.scope import Scope
from indicators.arrivals.contract import Arrival, Standing
from indicators.formats.checks import MOST_TOLD
from tests.support.arriving import (
    DAYS,
    EVENTS,
    ROSTER,
    arrive,
    rows,
    said,
    standings,
)
from tests.support.sending import read

N = 1_200  # more than are ever listed
LISTED = ROSTER | EVENTS


def of(student: int) -> dict[str, Any]:
    return {"studentReference": {"studentUniqueId": str(student)}}


def student(number: int) -> dict[str, Any]:
    named = {"studentUniqueId": str(number), "firstName": "Ana", "lastSurname": "Li"}
    return named | {"birthDate": "2013-01-31"}


def stay(number: int, *, school: int = 7, entry: str = "2021-08-23") -> dict[str, Any]:
    return of(number) | {"schoolReference": {"schoolId": school}, "entryDate": entry}


def event(number: int) -> dict[str, Any]:
    return of(number) | {
        "schoolReference": {"schoolId": 7},
        "eventDate": "2021-10-04",
        "attendanceEventCategoryDescriptor": "x#Unexcused Absence",
    }


SESSION = {
    "schoolReference": {"schoolId": 7},
    "sessionName": "Year",
    "beginDate": "2021-08-23",
    "endDate": "2022-06-10",
    "totalInstructionalDays": 180,
}


def exported(students: int) -> dict[str, list[dict[str, Any]]]:
    """Return what a system knows of everybody, with so many in the list of students.

    The second of them has an enrolment that cannot be read.
    """
    return {
        "students": [student(n) for n in range(students)],
        "studentSchoolAssociations": [
            *(stay(n, school=7 if n < 2 else 8) for n in range(N)),
            stay(1, entry="soon"),
        ],
        "studentSchoolAttendanceEvents": [event(n) for n in range(N)],
        "sessions": [SESSION],
    }


def sent(students: int, **options: Any) -> Arrival:
    files = {"all.json": json.dumps(exported(students))}
    return arrive(files, LISTED, **options)


def test_records_of_people_who_are_not_listed_are_counted_in_one_notice() -> None:
    arrival = sent(2)
    assert arrival.can_be_kept, said(arrival)
    aside, *others = arrival.rejected
    assert "entryDate is not a date" in aside.reason
    assert len(others) >= MOST_TOLD
    assert all("not in the list of students" in each.reason for each in others)
    n = 2 * (N - 2)
    assert arrival.n_rejected == n + 1
    (notice,) = (item for item in arrival.notices if item.id == "R03")
    assert notice.message.startswith(
        "Records of students who are not in the list of students, set aside: "
        f"{n:,}, the first in record 3."
    )
    assert [row["id"] for row in rows(arrival, "attendance")] == ["0", "1"]


def test_records_that_the_agreement_does_not_cover_are_counted_by_reason() -> None:
    arrival = sent(N, scope=Scope(places=("7",)))
    assert arrival.can_be_kept, said(arrival)
    assert "entryDate is not a date" in arrival.rejected[0].reason
    assert arrival.outside == (
        ("a school that the agreement does not cover", N - 2),
        ("the student has no enrolment that the agreement covers", N - 2),
        ("the student is none whom the agreement covers", N - 2),
    )
    assert arrival.n_rejected == 3 * (N - 2) + 1
    assert len(rows(arrival, "student")) == 2


def test_reading_says_once_that_records_are_of_others(tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    file.write_text(json.dumps(exported(2)), "utf-8")
    code, report = read(file)
    assert code == 0
    assert [item["id"] for item in report["row_errors"]] == ["R04"]
    (notice,) = (item for item in report["notices"] if item["id"] == "R03")
    words = f"Records refer to students that are not in the files: {N - 2:,}, the first"
    assert notice["message"].startswith(words)


def test_who_is_not_in_a_plain_list_is_told_by_line() -> None:
    arrival = arrive(
        {
            "all.json": json.dumps(exported(2)),
            "more.csv": "student id,school,entry date\n"
            "1,7,2022-01-10\n5,7,2022-01-10\n",
        },
        LISTED,
    )
    # Before those whom a system knows besides.
    assert ("more.csv", 3) in [(e.file, e.line) for e in arrival.rejected[:2]]


@pytest.mark.parametrize(
    ("sent", "called"),
    [
        ("student id,days absent,days in session\nX1,3,180\n", "Days absent"),
        (
            "student id,school,attendance date,attendance category\n"
            "X1,7,2021-10-04,Unexcused\n",
            "Events of attendance",
        ),
    ],
)
def test_attendance_of_which_nothing_can_be_used_is_refused(
    sent: str, called: str
) -> None:
    students = "student id,first name,last name,dob,school,entry date\n"
    people = f"{students}1,Ana,Li,2013-01-31,7,2021-08-23\n"
    calendar = json.dumps({"sessions": [SESSION]})
    files = {"p.csv": people, "a.csv": sent, "all.json": calendar}
    arrival = arrive(files, LISTED | DAYS)
    assert not arrival.frames
    assert f"{called} were sent, and none of them can be used" in said(arrival)


def test_each_value_of_a_session_that_is_stored_is_shown_as_such() -> None:
    arrival = sent(2)
    (session,) = rows(arrival, "calendar")
    assert session["n_days"] == 180
    told = standings(arrival)
    of_session = {"sessionName", "beginDate", "endDate", "totalInstructionalDays"}
    assert {told[f"sessions/{each}"] for each in of_session} == {Standing.ALLOWED}
