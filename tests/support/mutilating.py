"""What a delivery can be made of by chance, and what must be true of every one."""

import re
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from agreements.rules.elements import ELEMENTS
from indicators.arrivals.contract import Answers, Arrival, Standing
from indicators.arrivals.schemas import SCHEMAS
from tests.support import rosters
from tests.support.arriving import DAYS, EVENTS, ROSTER, arrive

NAMES = ("Quentin", "Vandermeer")
SECRETS = ("123-45-6789", "123456789", *NAMES)
STUDENTS = frozenset(
    code
    for code in ELEMENTS
    if code.startswith(
        ("student.", "enrolment.", "school.", "attendance.", "calendar.")
    )
)
TENANT = frozenset(
    code
    for code, element in ELEMENTS.items()
    if code.startswith("tenant.") and not element.category.is_never_shared
)
LISTED = st.sampled_from([ROSTER, ROSTER | EVENTS, ROSTER | DAYS, STUDENTS])
HEADINGS = st.sampled_from(
    [
        *("member id", "first name", "last name", "birth date", "development", "SSN"),
        *("hhid", "mbr num", "h3b", "h3c", "h3e", "h3h", "1d", "2a", "2b", "3n", "5a"),
        *("student id", "dob", "school", "days enrolled", "days absent", "entry date"),
        *("days present", "event date", "category", "school year", "surname", "grade"),
        *("tenant first nm", "rent", "password", "x", "", '"', "123-45-6789", "zip"),
    ]
)
CELLS = st.sampled_from(
    [
        *(
            "1",
            "2",
            "u1",
            "A1",
            "Quentin",
            "Vandermeer",
            "Jr.",
            "2010-01-31",
            "1/2/2010",
        ),
        *("13/2/2010", "2/13/2010", "9999-12-31", "31-JAN-09", "20100131", "soon"),
        *("WA001000037", "WA1", "H", "Y", "F", "A", "S", "D", "6", "15", "180", "20"),
        *("-4", "*", "N/A", "0", "4.5", "400", "1e9", "2022", "2021-22", "", " ", "é"),
        *(
            "123-45-6789",
            "123456789",
            "Excused Absence",
            "Sick",
            "Total",
            "¿",
            "\ufeff",
        ),
        *('"', '""', "a,b", "'", "=1+1", "\t", "<", "{", "\r", "\0", "x" * 300),
    ]
)
ANSWERS = st.builds(
    Answers,
    encoding=st.sampled_from(["", "windows-1252"]),
    orders=st.dictionaries(
        HEADINGS, st.sampled_from(["month/day", "day/month"]), max_size=2
    ),
    mapping=st.dictionaries(
        HEADINGS, st.none() | st.sampled_from(sorted(STUDENTS | TENANT)), max_size=3
    ),
    categories=st.just({"attendance.category: Sick": "Excused Absence"}),
    header_row=st.sampled_from([0, 0, 0, 1, 2, 99]),
)
CUTS = st.lists(
    st.tuples(
        st.integers(0, 10**7),
        st.binary(max_size=6) | st.sampled_from([b",", b"\n", b'"', b"123-45-6789"]),
    ),
    min_size=1,
    max_size=6,
)
ROOT = Path(__file__).parents[2]


def held_to(arrival: Arrival, listed: frozenset[str]) -> Arrival:
    """Return the arrival, after all that must be true of every one."""
    words = [item.message for item in (*arrival.errors, *arrival.notices)]
    words += [question.words for question in arrival.questions]
    words += [each.reason for each in arrival.rejected]
    words += [column.heading + column.why for column in arrival.columns]
    assert all(words)
    assert not any(secret in text for secret in SECRETS for text in words)
    assert all(question.choices for question in arrival.questions)
    assert 0 <= len(arrival.rejected) <= 1_000
    assert arrival.n_rejected >= 0
    is_held_up = arrival.errors or arrival.questions or arrival.missing
    assert arrival.can_be_kept == bool(arrival.frames)
    assert bool(arrival.frames) == (not is_held_up)
    assert arrival.elements <= listed
    allowed = {c.element for c in arrival.columns if c.standing is Standing.ALLOWED}
    assert allowed <= listed
    for name, frame in arrival.frames.items():
        assert frame.schema.names[: len(SCHEMAS[name])] == SCHEMAS[name].names
        frame.validate(full=True)
    people = arrival.frames.get("student", arrival.frames.get("tenants"))
    if people is not None:
        ids = people[people.column_names[0]].to_pylist()
        assert len(set(ids)) == len(ids) > 0
        assert None not in ids
    kept = str([frame.to_pylist() for frame in arrival.frames.values()])
    # Within a longer number it is none.
    assert not re.search(r"(?<!\d)123-45-6789(?!\d)", kept)
    return arrival


def sent(
    files: dict[str, bytes], listed: frozenset[str], answers: Answers | None = None
) -> Arrival:
    return held_to(arrive(files, listed, answers=answers), listed)


def mutilated(content: bytes, cuts: list[tuple[int, bytes]]) -> bytes:
    """Return the content with bytes put over it here and there."""
    made = bytearray(content)
    for at, piece in cuts:
        start = at % (len(made) + 1)
        made[start : start + len(piece)] = piece
    return bytes(made)


def table(headings: list[str], rows: list[list[str]], mark: str) -> bytes:
    return "\n".join(mark.join(row) for row in (headings, *rows)).encode()


SETS: dict[str, dict[str, str]] = {
    "OneRoster 1.1": rosters.ONEROSTER,
    "OneRoster 1.2": rosters.ONEROSTER_2,
    "OneRoster changes": rosters.ONEROSTER_CHANGES,
    "SDS 2.1": {
        **rosters.SDS_2,
        "demographics.csv": "userSourcedId,birthDate\n1,2010-01-31\n",
    },
    "HMIS": {
        **rosters.HMIS,
        "Project.csv": "ProjectID,ProjectName\np,House\n",
        "Enrollment.csv": "EnrollmentID,PersonalID,ProjectID,EntryDate,"
        "RelationshipToHoH,HouseholdID\ne1,p1,p,2020-01-01,2,h\n",
    },
}


RESOURCES: dict[str, Any] = {
    "students": {
        "studentUniqueId": "1",
        "firstName": "Quentin",
        "lastSurname": "Vandermeer",
        "birthDate": "2010-01-31",
    },
    "studentSchoolAssociations": {
        "studentReference": {"studentUniqueId": "1"},
        "schoolReference": {"schoolId": 7},
        "entryDate": "2021-08-23",
    },
    "studentSchoolAttendanceEvents": {
        "studentReference": {"studentUniqueId": "1"},
        "schoolReference": {"schoolId": 7},
        "eventDate": "2021-09-01",
        "attendanceEventCategoryDescriptor": "x#Excused Absence",
        "eventDuration": 0.5,
    },
    "sessions": {
        "schoolReference": {"schoolId": 7},
        "sessionName": "Autumn",
        "beginDate": "2021-08-23",
        "endDate": "2022-06-10",
        "totalInstructionalDays": 180,
    },
    "calendarDates": {
        "calendarReference": {"schoolId": 7},
        "date": "2021-09-01",
        "calendarEvents": [{"calendarEventDescriptor": "x#Instructional day"}],
    },
}
