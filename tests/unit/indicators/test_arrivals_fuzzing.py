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

from indicators import frames
from indicators.arrivals.contract import Answers, Arrival
from indicators.demo.people import EDFI_FILES
from tests.support import rosters
from tests.support.arriving import TENANTS, arrive
from tests.support.fuzzing import few
from tests.support.mutilating import (
    ANSWERS,
    CELLS,
    CUTS,
    HEADINGS,
    LISTED,
    NAMES,
    RESOURCES,
    ROOT,
    SETS,
    STUDENTS,
    TENANT,
    held_to,
    mutilated,
    sent,
    table,
)
from tests.support.workbooks import MAIN, workbook

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


@pytest.mark.parametrize("kind", ["OneRoster 1.1", "OneRoster changes"])
def test_students_whose_numbers_were_removed_are_not_kept(kind: str) -> None:
    files = dict(SETS[kind])
    files["users.csv"] += (
        files["users.csv"].splitlines()[1].replace("u1", "123-45-6789")
    )
    options = {"earlier": earlier()} if kind == "OneRoster changes" else {}
    arrival = arrive({"set.zip": rosters.packed(files)}, STUDENTS, **options)
    assert arrival.missing == ("student.id",)
    held_to(arrival, STUDENTS)


@cache
def archive(kind: str) -> bytes:
    return rosters.packed(SETS[kind])


@pytest.mark.parametrize("kind", SETS)
@few(5, proved=10_000)
@given(cuts=CUTS)
def test_any_archive(kind: str, cuts: list[tuple[int, bytes]]) -> None:
    content = mutilated(archive(kind), cuts)
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


with zipfile.ZipFile(io.BytesIO(BOOK)) as book:
    PARTS = {name: book.read(name) for name in book.namelist()}


@few(15, proved=10_000)
@given(cuts=CUTS, name=st.sampled_from(sorted(PARTS)[:4]))
def test_any_workbook(cuts: list[tuple[int, bytes]], name: str) -> None:
    changed = {name: mutilated(PARTS[name], cuts)}
    sent({"a.xlsx": rosters.packed({**PARTS, **changed})}, STUDENTS)


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
            value = data.draw(VALUES)
            # A kind of attendance that nobody knows is asked about by its word, which
            # may be the only one of a list.
            is_kind = key == "attendanceEventCategoryDescriptor"
            is_asked = isinstance(value, str | list) and any(
                name in str(value) for name in NAMES
            )
            changed[key] = "Odd" if is_kind and is_asked else value
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
    packed = b"".join(frames.pack(arrival.frames))
    assert frames.unpack(packed).keys() == arrival.frames.keys()
