"""Ed-Fi files give only what is listed, name the rest, and cannot be used to attack."""

import json
from datetime import date
from functools import cache

import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.arrivals import interchanges
from indicators.arrivals.contract import Arrival, Standing
from indicators.demo.people import EDFI_FILES
from indicators.formats import edfi_parser
from tests.support import abuse
from tests.support.arriving import EVENTS, ROSTER, arrive, said, standings

STUDENT = """<Student>
  <StudentUniqueId>{id}</StudentUniqueId>
  <Name><FirstName>{first}</FirstName><LastSurname>Lopez</LastSurname></Name>
  <BirthData><BirthDate>{born}</BirthDate><BirthSex>Female</BirthSex></BirthData>
</Student>"""


ENROLMENT = "student id,school,entry date\n"
LISTED = ROSTER | EVENTS
REFUSED = ("not well-formed XML: line", "is empty", "archive is damaged", "not recogn")


@cache
def sample() -> Arrival:
    files = {path.name: path.read_bytes() for path in EDFI_FILES}
    return arrive(files | {"spells.csv": f"{ENROLMENT}604821,7,2021-08-23\n"}, LISTED)


def student(number: str = "1", *, first: str = "Ana", born: str = "2010-01-02") -> str:
    return STUDENT.format(id=number, first=first, born=born)


def students(*records: str, namespace: str = "http://ed-fi.org/5.2.0") -> bytes:
    body = "".join(records)
    return (
        f'<InterchangeStudent xmlns="{namespace}">{body}</InterchangeStudent>'.encode()
    )


def read(*files: bytes, listed: frozenset[str] = LISTED) -> Arrival:
    """Return what comes of the files, with an enrolment of each student in them."""
    sent: dict[str, str | bytes] = {f"{n}.xml": file for n, file in enumerate(files)}
    spells = "".join(f"{number},7,2021-08-23\n" for number in range(9))
    return arrive(sent | {"spells.csv": f"{ENROLMENT}{spells}"}, listed)


def refusal(*files: bytes, listed: frozenset[str] = LISTED) -> str:
    arrival = read(*files, listed=listed)
    assert not arrival.can_be_kept
    return said(arrival)


def test_sample_district_is_read_whole() -> None:
    frames = sample().frames
    assert frames["student"].num_rows == 960
    assert frames["attendance"].num_rows == 1917
    assert len(pc.unique(frames["attendance"]["id"])) == 227
    assert sample().n_rejected == 0
    kinds = pc.value_counts(frames["attendance"]["category"]).to_pylist()
    assert {kind["values"]: kind["counts"] for kind in kinds} == {
        "Excused Absence": 1077,
        "Unexcused Absence": 773,
        "Tardy": 66,
        "Partial": 1,
    }


def test_sample_calendar_has_two_sessions_per_school() -> None:
    sessions = [
        row for row in sample().frames["calendar"].to_pylist() if row["session"]
    ]
    assert sorted((row["school"], row["n_days"]) for row in sessions) == [
        (school, n_days)
        for school in ("255901001", "255901044", "255901107")
        for n_days in (81, 88)
    ]


def test_dates_in_the_calendar_are_rows_without_a_session() -> None:
    calendar = sample().frames["calendar"].to_pylist()
    listed = [row for row in calendar if row["session"] is None]
    assert [row["date"] for row in listed] == [date(2021, 8, 23), date(2021, 12, 17)]
    assert {row["n_days"] for row in listed} == {1}


def test_elements_that_are_not_listed_are_named_and_left() -> None:
    told = standings(sample())
    assert told["Student/BirthData/BirthSex"] is Standing.REFUSED
    assert told["Student/Citizenship/Visa"] in (Standing.REFUSED, Standing.NEVER)
    assert told["Student/Name/FirstName"] is Standing.ALLOWED


def test_unlisted_column_stays_null_and_its_element_is_left() -> None:
    listed = LISTED - {"student.middle_name"}
    spells = f"{ENROLMENT}604821,7,2021-08-23\n"
    files: dict[str, str | bytes]
    files = {"1.xml": EDFI_FILES[0].read_bytes(), "spells.csv": spells}
    arrival = arrive(files, listed)
    assert arrival.frames["student"]["middle_name"].null_count == 960
    assert standings(arrival)["Student/Name/MiddleName"] is Standing.REFUSED


@pytest.mark.parametrize("version", ["3.3.1-b", "4.0.0", "5.2.0"])
def test_versions_of_the_standard_read_alike(version: str) -> None:
    result = read(students(student(), namespace=f"http://ed-fi.org/{version}"))
    assert result.frames["student"].to_pylist()[0]["first_name"] == "Ana"


def test_printing_what_was_read_shows_no_person() -> None:
    assert "Lopez" not in repr(read(students(student())))


def test_files_of_one_kind_add_up() -> None:
    result = read(students(student("1")), students(student("2")))
    assert result.frames["student"]["id"].to_pylist() == ["1", "2"]


def test_rows_beyond_one_batch_are_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interchanges, "BATCH_ROWS", 2)
    result = read(students(*(student(str(number)) for number in range(5))))
    assert result.frames["student"]["id"].to_pylist() == ["0", "1", "2", "3", "4"]


def test_wrong_records_are_set_aside_by_number() -> None:
    result = read(
        students(
            student("1"),
            student("1", first="Eva"),
            student("2", first=" "),
            student("3", born="2/1/2010"),
            student("4", born=""),
        )
    )
    assert result.frames["student"]["id"].to_pylist() == ["1", "4"]
    reasons = [each.reason for each in result.rejected]
    assert any("different values in “firstName”" in reason for reason in reasons)
    assert any("firstName is empty" in reason for reason in reasons)
    assert any("birthDate is not a date" in reason for reason in reasons)


def test_row_is_told_with_the_file_that_holds_it() -> None:
    enrolled = """<StudentSchoolAssociation><StudentUniqueId>9</StudentUniqueId>
      <SchoolId>7</SchoolId><EntryDate>2021-08-23</EntryDate>
      </StudentSchoolAssociation>"""
    spells = f"<InterchangeStudentEnrollment>{enrolled}</InterchangeStudentEnrollment>"
    result = read(
        students(student("1")),
        students(student("1"), "\n", student("2", first=" ")),
        spells.encode(),
    )
    aside = [(e.file, e.line) for e in result.rejected if e.file.endswith("xml")]
    assert aside == [("1.xml", 5), ("1.xml", 10), ("2.xml", 3)]
    assert "set aside: 1, the first on line 3 of 2.xml." in said(result)
    assert "Student, line 10 of 1.xml: firstName is empty." in said(result)
    assert "appears again (first on line 5 of 0.xml) with the same" in said(result)


def test_records_without_lines_are_told_one_by_one() -> None:
    person = {"studentUniqueId": "1", "firstName": "Ana", "lastSurname": "Lopez"}
    wrong = [{**person, "birthDate": born} for born in ("soon", "2022-07-01")]
    arrival = arrive({"a.json": json.dumps({"students": [person, *wrong]})}, LISTED)
    assert [each.reason.partition(":")[0] for each in arrival.rejected] == [
        "students, record 2",
        "students, record 3",
    ]


def test_days_without_instruction_are_passed_over() -> None:
    day = """<CalendarDate><Date>2021-09-0{day}</Date>
      <CalendarEvent>uri://ed-fi.org/CalendarEventDescriptor#{event}</CalendarEvent>
      <CalendarReference><CalendarIdentity><SchoolReference><SchoolIdentity>
      <SchoolId>7</SchoolId></SchoolIdentity></SchoolReference></CalendarIdentity>
      </CalendarReference></CalendarDate>"""
    body = day.format(day=6, event="Holiday") + day.format(
        day=7, event="Instructional day"
    )
    root = "InterchangeEducationOrgCalendar"
    event = """<StudentSchoolAttendanceEvent><StudentUniqueId>1</StudentUniqueId>
      <SchoolId>7</SchoolId><EventDate>2021-09-07</EventDate><AttendanceEventCategory>
      Tardy</AttendanceEventCategory></StudentSchoolAttendanceEvent>"""
    events = f"<InterchangeStudentAttendance>{event}</InterchangeStudentAttendance>"
    dates = f"<{root}>{body}</{root}>".encode()
    result = read(students(student()), events.encode(), dates)
    assert result.frames["calendar"]["date"].to_pylist() == [date(2021, 9, 7)]


def test_file_without_a_usable_record_is_refused() -> None:
    refusal(students(student(first="")))


@pytest.mark.parametrize("content", [students(), students("<Person/>")])
def test_file_without_records_is_refused(content: bytes) -> None:
    assert "no Ed-Fi resource" in refusal(content)


def test_missing_element_is_named_with_those_present() -> None:
    message = refusal(students(student().replace("LastSurname", "Surname")))
    assert "The column for lastSurname was not found in Student" in message
    assert "Name/Surname" in message
    assert "Lopez" not in message


def test_delivery_that_the_agreement_makes_meaningless_is_not_kept() -> None:
    arrival = read(students(student()), listed=LISTED - {"student.id"})
    assert "student.id" in arrival.missing


def test_other_markup_is_refused() -> None:
    assert "not an Ed-Fi interchange" in refusal(b"<Students/>")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        students(student())[:-5],
        b"PK\x03\x04",
    ],
)
def test_malformed_file_names_no_person(content: bytes) -> None:
    message = refusal(content)
    assert any(words in message for words in REFUSED)
    assert "Lopez" not in message


BOMB = "".join(
    f'<!ENTITY e{n} "{"&e%d;" % (n - 1) * 10}">'  # noqa: UP031
    for n in range(1, 10)
)


@pytest.mark.parametrize(
    "prologue",
    [
        f'<!DOCTYPE InterchangeStudent [<!ENTITY e0 "ha">{BOMB}]>',
        '<!DOCTYPE InterchangeStudent [<!ENTITY e9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE InterchangeStudent SYSTEM "http://127.0.0.1:1/x.dtd">',
        '<!DOCTYPE InterchangeStudent [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]>',
    ],
    ids=["expansion", "external entity", "external type", "parameter entity"],
)
def test_entities_and_document_types_are_refused(prologue: str) -> None:
    content = prologue.encode() + students(student(first="&e9;"))
    assert "document type or entities" in refusal(content)


def test_undeclared_entity_is_refused() -> None:
    assert "not well-formed" in refusal(students(student(first="&secret;")))


def test_endless_nesting_is_refused() -> None:
    assert "deep" in refusal(students("<a>" * 100_000))


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("<Student><Name>" + "x" * 300_000, "record of more than"),
        ("<Student>" + "<Name/>" * 60_000, "record of more than"),
        ("<Student " + 'a="1" ' * 300_000, "tag or comment"),
        ("<Student><!--" + "x" * 1_500_000, "tag or comment"),
        ("".join(f"<a{n}/>" for n in range(3_000)), "different elements"),
        ("".join(f'<a b{n}=""/>' for n in range(3_000)), "different elements"),
        ("".join(f'<a xmlns:b{n}="c"/>' for n in range(3_000)), "different elements"),
        (f"<{'a' * 101}/>", "a name of more than 100 characters"),
        (f'<a {"b" * 101}=""/>', "a name of more than 100 characters"),
        (f'<a xmlns:{"b" * 101}="c"/>', "a name of more than 100 characters"),
        (f'<a xmlns="{"b" * 201}"/>', "a namespace of more than 200 characters"),
        ("".join(f'<a xmlns="b{n}"/>' for n in range(30)), "different namespaces"),
        ("<Student>" + abuse.nested_names(), "more than 200,000 characters"),
    ],
    ids=[
        "text",
        "parts",
        "attributes",
        "comment",
        "names",
        "new",
        "prefixes",
        "name",
        "attribute",
        "prefix",
        "namespace",
        "namespaces",
        "paths",
    ],
)
def test_what_has_no_end_is_refused(part: str, said: str) -> None:
    assert said in refusal(students(part))


def test_names_are_counted_over_all_files_of_a_set() -> None:
    """Neither more files nor more kinds of record make room for more names."""
    files = [
        students(student(f"{kind}"), "".join(f"<a{kind}x{n}/>" for n in range(1_500)))
        for kind in range(2)
    ]
    assert read(files[0]).can_be_kept
    assert "more than 2,000 different" in refusal(*files)
    parts = "".join(f"<b{n}/>" for n in range(100))
    kinds = "".join(f"<a{kind}>{parts}</a{kind}>" for kind in range(30))
    assert "more than 2,000 different" in refusal(students(student(), kinds))


def test_characters_of_names_are_counted_over_all_files_of_a_set() -> None:
    files = [
        students(
            student(f"{kind}"),
            "".join(f"<{'a' * 90}{kind}x{n}/>" for n in range(600)),
            f"<{'b' * 90}><{'c' * 90}>",
            "".join(f"<{'d' * 90}{kind}x{n}/>" for n in range(300)),
            f"</{'c' * 90}></{'b' * 90}>",
        )
        for kind in range(2)
    ]
    assert read(files[0]).can_be_kept
    assert "come to more than 200,000 characters" in refusal(*files)


def test_long_paths_are_cut_where_they_are_told() -> None:
    deep = [letter * 99 for letter in "abc"]
    part = f"{''.join(f'<{n}>' for n in deep)}{''.join(f'</{n}>' for n in deep[::-1])}"
    record = student().replace("<Name>", f"{part}<Name>")
    assert f"Student/{'a' * 60}" in standings(read(students(record)))
    message = refusal(students(record.replace("LastSurname", "Surname")))
    assert "a" * 60 in message
    assert "b" not in message.replace("born", "").partition("a" * 60)[2][:3]


def test_endless_records_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edfi_parser, "MOST_RECORDS", 100)
    assert "more than 100 records" in refusal(students("<Student/>" * 101))


def test_students_are_counted_over_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interchanges, "MOST_STUDENTS", 2)
    files = [students(student(f"{number}")) for number in range(3)]
    assert read(*files[:2]).can_be_kept
    assert "more than 2 rows" in refusal(*files)


def test_document_type_is_refused_in_utf_16() -> None:
    content = "<!DOCTYPE InterchangeStudent>" + students().decode()
    assert "document type" in refusal(content.encode("utf-16"))


def test_unknown_encoding_is_refused() -> None:
    content = b'<?xml version="1.0" encoding="x-none"?>' + students(student())
    assert "UTF-8" in refusal(content)


@given(st.binary(max_size=200))
def test_any_bytes_in_a_record_are_read_or_refused(content: bytes) -> None:
    whole = students(student("{}")).split(b"{}")
    arrival = read(content.join(whole))
    assert arrival.can_be_kept or said(arrival) or arrival.missing
