"""Students at the door, in every form that districts send."""

import json
from datetime import date
from typing import Any, BinaryIO, cast

import pytest

from indicators.arrival_pages import read_as
from indicators.arrival_report import found_in
from indicators.arrivals.contract import Answers, Arrival, Standing
from indicators.arrivals.loose import SET_NAME, named_files
from indicators.unnamed import Unnamed
from tests.support import rosters
from tests.support.abuse import zip_of
from tests.support.arriving import (
    DAYS,
    EVENTS,
    ROSTER,
    Named,
    arrive,
    rows,
    said,
    standings,
)
from tests.support.workbooks import workbook

ANA = {
    "id": "u1",
    "first_name": "Ana",
    "last_name": "Lopez",
    "birth_date": date(2010, 1, 31),
}
CHANGED = "2022-01-01T00:00:00.000Z"
CLASSES = {
    "classes.csv": "sourcedId,title,courseSourcedId,classType,schoolSourcedId,"
    "termSourcedIds\nc1,A,k,homeroom,o1,t1\nc2,B,k,homeroom,o1,t1\n",
    "enrollments.csv": "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,"
    "beginDate,endDate\ne1,c1,o1,u1,student,2021-08-23,2022-01-15\n"
    "e2,c2,o1,u1,student,2022-01-16,\ne3,c1,o1,u2,teacher,2021-08-23,\n",
}


def roster(
    files: dict[str, str], listed: frozenset[str] = ROSTER, **options: Any
) -> Arrival:
    return arrive({"set.zip": rosters.packed(files)}, listed, **options)


def with_classes() -> dict[str, str]:
    manifest = f"{rosters.ONEROSTER['manifest.csv']}file.classes,bulk\n"
    manifest += "file.enrollments,bulk\n"
    return {**rosters.ONEROSTER, **CLASSES, "manifest.csv": manifest}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("1931-05-05,2021-08-23,", "a person of 30 years or more"),
        ("2010-01-31,2021-08-23,2021-08-22", "exit date is before the entry date"),
        ("2021-08-24,2021-08-23,", "entry date is before the birth date"),
    ],
)
def test_days_that_cannot_be_so_are_set_aside(cells: str, reason: str) -> None:
    headings = "student id,first name,last name,birth date,entry date,exit date,school"
    content = (
        f"{headings}\nu1,Ana,Lopez,2010-01-31,2021-08-23,,o1\nu2,Bo,Lee,{cells},o1"
    )
    listed = ROSTER | {"enrolment.exit_date"}
    arrival = arrive({"students.csv": content}, listed)
    assert [each["id"] for each in rows(arrival, "student")] == ["u1"]
    assert (arrival.rejected[0].line, arrival.n_rejected) == (3, 1)
    assert reason in arrival.rejected[0].reason


# Sets


@pytest.mark.parametrize("files", [rosters.ONEROSTER, rosters.ONEROSTER_2])
def test_roster_is_kept(files: dict[str, str]) -> None:
    arrival = roster(files)
    assert arrival.can_be_kept
    assert rows(arrival, "student") == [ANA]
    (spell,) = rows(arrival, "enrolment")
    assert (spell["id"], spell["school"]) == ("u1", "o1")
    assert {"attendance", "days", "calendar"}.isdisjoint(arrival.frames)


def test_only_what_is_listed_is_stored_of_a_set() -> None:
    arrival = roster(rosters.ONEROSTER_2)
    told = {(c.file, c.heading): c for c in arrival.columns}
    assert told["users.csv", "password"].standing is Standing.NEVER
    assert told["demographics.csv", "sex"].standing is Standing.REFUSED
    assert told["users.csv", "username"].standing is Standing.REFUSED
    assert told["users.csv", "givenName"].standing is Standing.ALLOWED
    assert "sex" not in arrival.frames["student"].column_names
    more = roster(rosters.ONEROSTER_2, ROSTER | {"student.sex", "enrolment.grade"})
    assert rows(more, "student")[0]["sex"] == "female"
    assert rows(more, "enrolment")[0]["grade"] == "09"


def test_classes_make_one_spell_for_each_school() -> None:
    assert rows(roster(with_classes()), "enrolment") == [
        {"id": "u1", "school": "o1", "entry_date": date(2021, 8, 23)}
    ]


def test_sender_says_that_the_identifier_is_the_number() -> None:
    answers = Answers(mapping={"users.identifier": "student.id"})
    arrival = roster(rosters.ONEROSTER, answers=answers)
    assert rows(arrival, "student")[0]["id"] == "7"
    assert rows(arrival, "enrolment")[0]["id"] == "7"


def test_races_come_in_words() -> None:
    text = "sourcedId,birthDate,asian,white\nu1,2010-01-31,true,true\n"
    files = {**rosters.ONEROSTER, "demographics.csv": text}
    arrival = roster(files, ROSTER | {"student.race"})
    assert rows(arrival, "student")[0]["race"] == "asian; white"


def test_changes_build_on_the_earlier_set() -> None:
    assert [e.id for e in roster(rosters.ONEROSTER_CHANGES).errors] == ["F04"]
    second = rosters.ONEROSTER["users.csv"].replace(
        "u2,,,true,o1,teacher,bo,,Bo,Li", "u3,,,true,o1,student,bo,,Bo,Li"
    )
    born = rosters.ONEROSTER["demographics.csv"] + "u3,,,2011-02-01,male\n"
    full = {**rosters.ONEROSTER, "users.csv": second, "demographics.csv": born}
    earlier = roster(full).frames
    changes = {
        **rosters.ONEROSTER_CHANGES,
        "users.csv": second.replace("1,,,true", f"1,active,{CHANGED},true")
        .replace("u3,,,", f"u3,tobedeleted,{CHANGED},")
        .replace("Lopez", "Lopez-Diaz"),
    }
    arrival = roster(changes, earlier=earlier)
    assert arrival.can_be_kept, said(arrival)
    assert rows(arrival, "student") == [ANA | {"last_name": "Lopez-Diaz"}]
    assert [row["id"] for row in rows(arrival, "enrolment")] == ["u1"]


def test_school_data_sync_is_kept() -> None:
    files = {
        **rosters.SDS_2,
        "demographics.csv": "userSourcedId,birthDate\n1,2010-01-31\n",
    }
    arrival = roster(files)
    assert rows(arrival, "student") == [ANA | {"id": "1"}]
    assert rows(arrival, "enrolment") == [{"id": "1", "school": "1"}]


def test_files_of_a_set_may_come_side_by_side() -> None:
    attendance = "student id,days enrolled,days absent\nu1,180,20\n"
    files = {**rosters.ONEROSTER, "attendance.csv": attendance}
    arrival = arrive(files, ROSTER | DAYS)
    assert arrival.can_be_kept, said(arrival)
    assert arrival.format == "oneroster and csv"
    assert rows(arrival, "student") == [ANA]
    assert rows(arrival, "days")[0]["days_absent"] == 20


def test_set_side_by_side_is_found_where_senders_names_stay_away() -> None:
    files = {**with_classes(), "Lopez.csv": "student id,days enrolled,days absent\n"}
    sent = [Unnamed(Named(name, text.encode())) for name, text in files.items()]
    names = [name for name, _ in named_files(cast(list[BinaryIO], sent))]
    assert names == [SET_NAME, f"file {len(files)}"]


def test_each_format_has_its_own_version() -> None:
    records = "<StudentUniqueId>u1</StudentUniqueId>"
    root = "InterchangeStudent"
    edfi = (
        f'<{root} xmlns="http://ed-fi.org/5.2.0"><Student>{records}</Student></{root}>'
    )
    files = {**rosters.ONEROSTER, "more.xml": edfi, "days.csv": "student id,dob\nu1,\n"}
    arrival = arrive(files)
    assert arrival.format == "oneroster and edfi and csv"
    assert arrival.versions == ("1.1", "5.2.0", "")
    said_so = read_as(found_in(arrival))
    assert said_so.startswith("OneRoster 1.1, Ed-Fi 5.2.0 and CSV")


def test_students_are_refused_where_no_enrolment_of_theirs_can_be_used() -> None:
    files = {
        "students.csv": "student id,first name,last name,dob\n1,Ana,Lopez,2010-01-31\n",
        "spells.csv": "student id,school,entry date\n9,8,2021-12-02\n",
    }
    arrival = arrive(files)
    assert not arrival.can_be_kept
    assert "none of them can be used" in said(arrival)
    assert arrival.rejected[0][:2] == ("spells.csv", 2)


def test_totals_are_told_once_everything_was_set_aside() -> None:
    """What a reader of one format counts is not the last word on set-aside rows."""
    for arrival in (
        arrive({"all.json": json.dumps(RESOURCES)}, ROSTER | EVENTS),
        roster(with_classes()),
    ):
        assert arrival.can_be_kept
        assert "set aside" not in said(arrival)


def test_set_of_the_other_side_is_refused() -> None:
    arrival = roster(rosters.HMIS)
    assert "a list of students is due" in said(arrival)
    assert not arrival.can_be_kept


# Ed-Fi

STUDENT = {
    "studentUniqueId": "u1",
    "firstName": "Ana",
    "lastSurname": "Lopez",
    "birthDate": "2010-01-31",
    "birthCity": "Here",
}
RESOURCES: dict[str, list[dict[str, Any]]] = {
    "students": [STUDENT],
    "studentSchoolAssociations": [
        {
            "studentReference": {"studentUniqueId": "u1"},
            "schoolReference": {"schoolId": 255901001},
            "entryDate": "2021-08-23",
        }
    ],
    "studentSchoolAttendanceEvents": [
        {
            "studentReference": {"studentUniqueId": "u1"},
            "schoolReference": {"schoolId": 255901001},
            "eventDate": "2021-09-01",
            "attendanceEventCategoryDescriptor": "uri://ed-fi.org/A#Excused Absence",
        }
    ],
    "sessions": [
        {
            "schoolReference": {"schoolId": 255901001},
            "sessionName": "Autumn",
            "beginDate": "2021-08-23",
            "endDate": "2022-06-10",
            "totalInstructionalDays": 180,
        }
    ],
    "calendarDates": [
        {
            "calendarReference": {"schoolId": 255901001},
            "date": "2021-09-01",
            "calendarEvents": [{"calendarEventDescriptor": "x#Instructional day"}],
        },
        {
            "calendarReference": {"schoolId": 255901001},
            "date": "2021-09-06",
            "calendarEvents": [{"calendarEventDescriptor": "x#Holiday"}],
        },
    ],
}


def test_edfi_json_is_kept_whole() -> None:
    arrival = arrive({"all.json": json.dumps(RESOURCES)}, ROSTER | EVENTS)
    assert arrival.can_be_kept, said(arrival)
    assert arrival.format == "edfi"
    assert rows(arrival, "student") == [ANA]
    assert rows(arrival, "enrolment")[0]["school"] == "255901001"
    assert rows(arrival, "attendance")[0]["category"] == "Excused Absence"
    calendar = rows(arrival, "calendar")
    assert [row["n_days"] for row in calendar] == [180, 1]
    assert standings(arrival)["students/birthCity"] is Standing.REFUSED
    assert arrival.elements <= ROSTER | EVENTS


def test_edfi_resources_may_come_one_by_one() -> None:
    files = {f"{name}.json": json.dumps(each) for name, each in RESOURCES.items()}
    assert arrive(files, ROSTER | EVENTS).can_be_kept


def test_attendance_without_a_calendar_is_not_kept() -> None:
    some = {
        k: v for k, v in RESOURCES.items() if k not in ("sessions", "calendarDates")
    }
    arrival = arrive({"all.json": json.dumps(some)}, ROSTER | EVENTS)
    assert "calendar.session" in arrival.missing
    assert not arrival.frames


def test_kind_of_attendance_is_asked_and_answered() -> None:
    text = json.dumps(RESOURCES).replace("Excused Absence", "Sick")
    arrival = arrive({"all.json": text}, ROSTER | EVENTS)
    (question,) = arrival.questions
    assert (question.id, question.column) == ("R08", "attendance.category: Sick")
    answers = Answers(categories={"attendance.category: Sick": "Excused Absence"})
    answered = arrive({"all.json": text}, ROSTER | EVENTS, answers=answers)
    assert rows(answered, "attendance")[0]["category"] == "Excused Absence"


# Flat files

HEADINGS = "student id,first name,last name,dob,school,days enrolled,days absent"
ROWS = "1,Ana,Lopez,2010-01-31,7,180,20\n2,Bo,Li,2011-01-31,7,180,0\n"


@pytest.mark.parametrize("as_book", [False, True])
def test_flat_file_has_students_enrolments_and_days(as_book: bool) -> None:
    text = f"{HEADINGS}\n{ROWS}"
    content: str | bytes = text
    if as_book:
        content = workbook([line.split(",") for line in text.splitlines()])
    arrival = arrive({"students.xlsx": content}, ROSTER | DAYS)
    assert arrival.can_be_kept, said(arrival)
    assert rows(arrival, "days") == [
        {"id": "1", "school": "7", "days_enrolled": 180, "days_absent": 20},
        {"id": "2", "school": "7", "days_enrolled": 180, "days_absent": 0},
    ]
    assert len(rows(arrival, "student")) == len(rows(arrival, "enrolment")) == 2


@pytest.mark.parametrize(
    ("days", "kept", "n_rejected"),
    [
        ("180,200", None, 1),
        ("180,often", None, 1),
        ("400,2", None, 1),
        ("180,*", None, 0),
        (",", None, 0),
        ("180,4.5", (180, 4.5), 0),
        ("180,4.7", (180, 4.5), 0),
    ],
)
def test_days_are_numbers_of_a_year_or_not_told(
    days: str, kept: tuple[int, float] | None, n_rejected: int
) -> None:
    text = f"{HEADINGS}\n{ROWS}3,Cy,Wu,2010-01-31,7,{days}\n"
    arrival = arrive({"a.csv": text}, ROSTER | DAYS)
    assert arrival.n_rejected == n_rejected
    found = [
        (row["days_enrolled"], row["days_absent"])
        for row in rows(arrival, "days")
        if row["id"] == "3"
    ]
    assert found == ([kept] if kept else [])


def test_zeros_in_small_groups_are_doubted() -> None:
    text = f"{HEADINGS}\n{ROWS}3,Cy,Wu,2010-01-31,8,180,0\n"
    assert "Are these true zeros" in said(arrive({"a.csv": text}, ROSTER | DAYS))


def test_days_of_one_student_at_two_schools_stay_apart() -> None:
    text = f"{HEADINGS}\n{ROWS}1,Ana,Lopez,2010-01-31,8,20,1\n"
    arrival = arrive({"a.csv": text}, ROSTER | DAYS)
    assert [r["school"] for r in rows(arrival, "days") if r["id"] == "1"] == ["7", "8"]
    assert [row["id"] for row in rows(arrival, "student")] == ["1", "2"]


def test_number_of_two_students_is_set_aside() -> None:
    arrival = arrive({"a.csv": f"{HEADINGS}\n{ROWS}1,Cy,Wu,2012-01-31,7,1,1\n"})
    assert [each.line for each in arrival.rejected] == [4]
    assert [row["first_name"] for row in rows(arrival, "student")] == ["Ana", "Bo"]


def test_enrolments_may_come_in_a_file_of_their_own() -> None:
    files = {
        "students.csv": "student id,first name,last name,dob\n1,Ana,Lopez,2010-01-31\n",
        "spells.csv": "student id,school,entry date,exit date\n"
        "1,7,2021-08-23,2021-12-01\n1,8,2021-12-02,\n9,8,2021-12-02,\n",
    }
    arrival = arrive(files)
    assert arrival.can_be_kept, said(arrival)
    assert [row["school"] for row in rows(arrival, "enrolment")] == ["7", "8"]
    assert arrival.rejected[0][:2] == ("spells.csv", 4)


def test_absences_without_days_enrolled_are_missing_them() -> None:
    text = (
        "student id,first name,last name,dob,school,days absent\n1,A,B,2010-1-1,7,2\n"
    )
    arrival = arrive({"a.csv": text.replace("2010-1-1", "2010-01-01")}, ROSTER | DAYS)
    assert arrival.missing == ("calendar.days_in_session",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.4", "PDF"),
        (b"PK\x03\x04 broken", "damaged"),
        (zip_of(("a.csv", b"1")).replace(b"a.csv", b"\0.csv"), "damaged"),
        ("{}", "no Ed-Fi resource"),
        ("<html><body/></html>", "web page"),
        ("1,2\n3,4\n", "no line of headings"),
    ],
)
def test_file_that_cannot_be_read_is_refused_in_words(
    content: str | bytes, words: str
) -> None:
    arrival = arrive({"odd": content})
    assert words in said(arrival)
    assert not arrival.can_be_kept
    assert not arrival.frames
