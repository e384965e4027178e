"""No delivery brings the door down: each is kept whole, or not at all, with reasons."""

import io
import json
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.rules.elements import ELEMENTS
from indicators import frames
from indicators.arrivals.contract import Answers, Arrival, Standing
from indicators.arrivals.schemas import SCHEMAS
from indicators.demo.people import EDFI_FILES
from tests.support import rosters
from tests.support.arriving import DAYS, EVENTS, ROSTER, TENANTS, arrive
from tests.support.fuzzing import few
from tests.support.workbooks import MAIN, workbook

SECRETS = ("123-45-6789", "123456789", "Quentin", "Vandermeer")
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
    categories=st.just({"Sick": "Excused Absence"}),
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
ROOT = Path(__file__).parents[3]


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
    packed = b"".join(frames.pack(arrival.frames))
    assert frames.unpack(packed).keys() == arrival.frames.keys()
    kept = str([frame.to_pylist() for frame in arrival.frames.values()])
    assert "123-45-6789" not in kept
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


MARKS = st.sampled_from([",", ",", ",", ";", "\t", "|"])
TENANT_ROWS = st.lists(st.lists(CELLS, min_size=4, max_size=8), max_size=6)


@few(15, proved=10_000)
@given(content=st.binary(max_size=300), listed=LISTED, answers=ANSWERS)
def test_any_bytes(content: bytes, listed: frozenset[str], answers: Answers) -> None:
    sent({"a.csv": content}, listed, answers)


@few(25, proved=10_000)
@given(
    headings=st.lists(HEADINGS, min_size=3, max_size=8),
    rows=TENANT_ROWS,
    mark=MARKS,
    answers=ANSWERS,
)
def test_any_list_of_tenants(
    headings: list[str], rows: list[list[str]], mark: str, answers: Answers
) -> None:
    sent({"a.csv": table(headings, rows, mark)}, TENANT, answers)


FORM = ["hhid", "mbr num", "h3b", "h3c", "h3e", "h3h", "1d", "2a", "2b"]


@few(25, proved=10_000)
@given(
    rows=st.lists(st.lists(CELLS, min_size=9, max_size=9), max_size=8),
    listed=st.sampled_from([TENANT, TENANTS]),
)
def test_any_family_report(rows: list[list[str]], listed: frozenset[str]) -> None:
    sure = [f"{n},1,Li,Bo,2010-01-3{n % 2},Y,WA001000037,1,2020-01-01" for n in (1, 2)]
    content = b"\n".join((table(FORM, rows, ","), *(line.encode() for line in sure)))
    sent({"form.csv": content}, listed)


@few(25, proved=10_000)
@given(
    tables=st.lists(
        st.tuples(st.lists(HEADINGS, min_size=3, max_size=8), TENANT_ROWS),
        min_size=1,
        max_size=3,
    ),
    listed=LISTED,
    answers=ANSWERS,
)
def test_any_tables_of_students(
    tables: list[tuple[list[str], list[list[str]]]],
    listed: frozenset[str],
    answers: Answers,
) -> None:
    known = ["student id", "first name", "last name", "dob", "school"]
    files = {
        f"{n}.csv": table(
            list(dict.fromkeys([*known, *headings])),
            [["1", "Ana", "Lopez", "2010-01-31", "7", *row] for row in rows],
            ",",
        )
        for n, (headings, rows) in enumerate(tables)
    }
    sent(files, listed, answers)


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


@cache
def earlier() -> Any:
    return arrive({"a.zip": rosters.packed(rosters.ONEROSTER)}, STUDENTS).frames


@pytest.mark.parametrize("kind", SETS)
@few(15, proved=10_000)
@given(data=st.data())
def test_any_set(kind: str, data: st.DataObject) -> None:
    files: dict[str, str | bytes] = {}
    for name, text in SETS[kind].items():
        way = data.draw(st.integers(0, 5))
        if way == 0:
            continue
        lines = text.splitlines()
        if way == 1:
            files[name] = mutilated(text.encode(), data.draw(CUTS))
        elif way == 2:
            cells = lines[-1].split(",")
            at = data.draw(st.integers(0, len(cells) - 1))
            cells[at] = data.draw(CELLS)
            files[name] = "\n".join((*lines, ",".join(cells)))
        else:
            files[name] = text
    listed = TENANT if kind == "HMIS" else STUDENTS
    options = {"earlier": earlier()} if kind == "OneRoster changes" else {}
    sent_as = {"set.zip": rosters.packed(files)}
    held_to(arrive(sent_as, listed, **options), listed)


@pytest.mark.parametrize("kind", SETS)
@few(5, proved=10_000)
@given(cuts=CUTS)
def test_any_archive(kind: str, cuts: list[tuple[int, bytes]]) -> None:
    content = mutilated(rosters.packed(SETS[kind]), cuts)
    sent({"set.zip": content}, TENANT if kind == "HMIS" else STUDENTS)


BOOK = workbook(
    [
        ["student id", "first name", "last name", "dob", "school", "days absent"],
        ["1", "Ana", "Lopez", "2010-01-31", "7", "3"],
    ]
)
SHEET = st.sampled_from(
    [
        *('<row r="2">', "<row>", "</row>", '<c r="A1">', '<c t="s">', '<c t="b">'),
        *('<c r="ZZZ9" s="1">', "</c>", "<v>", "</v>", "<f>", "</f>", "<is><t>"),
        *("1e99", "</t></is>", "123-45-6789", "-1", "Vandermeer", "&amp;", "&x;"),
        *("<!DOCTYPE a>", "student id", "first name", "last name", "dob", "school"),
    ]
)


@few(15, proved=10_000)
@given(cells=st.lists(SHEET, max_size=30).map("".join))
def test_any_sheet(cells: str) -> None:
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    parts = {"xl/worksheets/sheet1.xml": sheet}
    sent({"a.xlsx": workbook([], parts=parts)}, STUDENTS)


@few(15, proved=10_000)
@given(cuts=CUTS, part=st.integers(0, 3))
def test_any_workbook(cuts: list[tuple[int, bytes]], part: int) -> None:
    with zipfile.ZipFile(io.BytesIO(BOOK)) as book:
        files: dict[str, str | bytes] = {n: book.read(n) for n in book.namelist()}
    name = sorted(files)[part]
    content = files[name]
    assert isinstance(content, bytes)
    files[name] = mutilated(content, cuts)
    sent({"a.xlsx": rosters.packed(files)}, STUDENTS)


def beginning(path: Path, record: str) -> bytes:
    """Return an interchange with its first two records of a kind, and no more."""
    text = path.read_text("utf-8")
    start = text.index(f"<{record}>")
    end = start
    for _ in range(2):
        end = text.index(f"</{record}>", end) + len(record) + 3
    root = text[text.index("<Interchange") + 1 :].split(maxsplit=1)[0]
    return f"{text[:end]}</{root.rstrip('>')}>".encode()


@cache
def interchanges() -> dict[str, bytes]:
    records = "Student", "StudentSchoolAttendanceEvent", "Session"
    return {
        path.name: beginning(path, record)
        for path, record in zip(EDFI_FILES, records, strict=True)
    }


SPELLS = b"student id,school,entry date\n604821,255901001,2021-08-23\n"


@few(25, proved=10_000)
@given(cuts=CUTS, which=st.integers(0, 2))
def test_any_interchange(cuts: list[tuple[int, bytes]], which: int) -> None:
    files = {**interchanges(), "spells.csv": SPELLS}
    name = list(files)[which]
    files[name] = mutilated(files[name], cuts)
    sent(files, STUDENTS)


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
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | CELLS | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["studentUniqueId", "birthDate", "firstName", "ssn", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@few(25, proved=10_000)
@given(data=st.data())
def test_any_json(data: st.DataObject) -> None:
    resources: dict[str, Any] = {}
    for name, record in RESOURCES.items():
        changed = dict(record)
        if data.draw(st.booleans()):
            key = data.draw(st.sampled_from([*record, "socialSecurityNumber"]))
            changed[key] = data.draw(VALUES)
        resources[name] = [record, changed][data.draw(st.integers(0, 1)) :]
    content = json.dumps(resources).encode()
    if data.draw(st.booleans()):
        content = mutilated(content, data.draw(CUTS))
    sent({"all.json": content}, STUDENTS)


REAL = {
    "tests/cases/files": TENANT,
    "indicators/demo/data": STUDENTS,
}


@cache
def samples() -> list[tuple[str, bytes, frozenset[str]]]:
    """Return the beginning of each sample that is kept in the project."""
    return [
        (path.name, path.read_bytes()[:20_000], listed)
        for folder, listed in REAL.items()
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file()
    ]


@few(25, proved=10_000)
@given(cuts=CUTS, which=st.integers(0, 100))
def test_any_sample(cuts: list[tuple[int, bytes]], which: int) -> None:
    name, content, listed = samples()[which % len(samples())]
    sent({name: mutilated(content, cuts)}, listed)


Kept = Callable[[], Arrival]


@pytest.mark.parametrize(
    "kept",
    [
        *(
            pytest.param(
                lambda kind=kind: arrive(
                    {"set.zip": rosters.packed(SETS[kind])},
                    TENANT if kind == "HMIS" else STUDENTS,
                    earlier=earlier(),
                ),
                id=kind,
            )
            for kind in SETS
        ),
        pytest.param(
            lambda: arrive(
                {"all.json": json.dumps({k: [v] for k, v in RESOURCES.items()})},
                STUDENTS,
            ),
            id="json",
        ),
    ],
)
def test_what_is_mutilated_would_be_kept(kept: Kept) -> None:
    arrival = kept()
    assert arrival.can_be_kept, (arrival.errors, arrival.missing, arrival.questions)
