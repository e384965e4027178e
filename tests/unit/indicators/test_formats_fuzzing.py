"""No input brings a reader down: each is a report, in words that hold no secret."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from indicators.formats.examine import Answers
from indicators.formats.reading import read
from indicators.formats.report import Report
from tests.support import rosters
from tests.support.fuzzing import few
from tests.support.workbooks import MAIN, workbook

ANSWERS = Answers(date(2022, 6, 1))
HEADINGS = "member id,first name,last name,birth date,relation code,SSN,Days Absent"
PIECES = st.sampled_from(
    [
        *HEADINGS.split(","),
        *(",", ",,", ";", "\t", "|", '"', '""', "\n", "\r\n", "\r", "\0", "\ufeff"),
        *(
            "1/2/2010",
            "13/2/2010",
            "2/13/2010",
            "2010-01-31",
            "9999-12-31",
            "31-JAN-99",
        ),
        *("123-45-6789", "123456789", "-4", "*", "Total", "K", "Lopez", "ñ", "¿", "😀"),
        *("<", "{", "[", "PK\x03\x04", "%PDF", " ", "=1+1", "WA001000037", "D", "Y"),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"])


def report_on(content: bytes, folder: Path, format: str = "auto") -> Report:
    """Return the report, after all that must be true of every one."""
    path = folder / "sent"
    path.write_bytes(content)
    report = read(path, ANSWERS, format=format)
    said = report.as_json()
    assert report.verdict == ("refused" if report.errors else "accepted")
    assert all(item["message"] for item in [*said["errors"], *said["row_errors"]])
    assert "123-45-6789" not in str(said)
    assert "123456789" not in str(said)
    assert 0 <= len(report.row_errors) <= report.n_row_errors
    return report


def mutilated(content: bytes, cuts: list[tuple[int, bytes]]) -> bytes:
    """Return the content with bytes put over it here and there."""
    made = bytearray(content)
    for at, piece in cuts:
        start = at % (len(made) + 1)
        made[start : start + len(piece)] = piece
    return bytes(made)


CUTS = st.lists(
    st.tuples(st.integers(0, 10**6), st.binary(max_size=6)), min_size=1, max_size=6
)


@few(30, proved=10_000)
@given(content=st.binary(max_size=400))
def test_any_bytes(content: bytes, tmp_path: Path) -> None:
    report_on(content, tmp_path)


@few(30, proved=10_000)
@given(text=TEXTS, encoding=ENCODINGS)
def test_any_text(text: str, encoding: str, tmp_path: Path) -> None:
    report_on(text.encode(encoding, "replace"), tmp_path)


@few(30, proved=10_000)
@given(rows=st.lists(TEXTS, max_size=8), encoding=ENCODINGS)
def test_any_rows_under_headings(
    rows: list[str], encoding: str, tmp_path: Path
) -> None:
    content = "\n".join((HEADINGS, *rows)).encode(encoding, "replace")
    report_on(content, tmp_path)


@few(30, proved=10_000)
@given(
    files=st.sampled_from(
        [rosters.ONEROSTER, rosters.ONEROSTER_2, rosters.SDS_2, rosters.HMIS]
    ),
    data=st.data(),
)
def test_any_set(files: dict[str, str], data: st.DataObject, tmp_path: Path) -> None:
    changed = {
        name: mutilated(text.encode(), data.draw(CUTS))
        for name, text in files.items()
        if data.draw(st.integers(0, 9))
    }
    report_on(rosters.packed(changed), tmp_path)


ARCHIVE = rosters.packed(rosters.ONEROSTER)


@few(30, proved=10_000)
@given(cuts=CUTS)
def test_any_archive(cuts: list[tuple[int, bytes]], tmp_path: Path) -> None:
    report_on(mutilated(ARCHIVE, cuts), tmp_path)


BOOK = workbook(
    [HEADINGS.split(","), ["1", "Ana", "Lopez", "2010-01-31", "Y", "", "3"]]
)
MARKS = st.sampled_from(
    [
        *('<row r="2">', "<row>", "</row>", '<c r="A1">', '<c t="s">', '<c t="b">'),
        *(
            '<c r="ZZZ9" s="1">',
            "</c>",
            "<v>",
            "</v>",
            "<f>",
            "</f>",
            "<is><t>",
            "1e99",
        ),
        *(
            "</t></is>",
            "123-45-6789",
            "-1",
            "Lopez",
            "&amp;",
            "&x;",
            "<!DOCTYPE a>",
            "ñ",
        ),
    ]
)


@few(30, proved=10_000)
@given(cells=st.lists(MARKS, max_size=30).map("".join))
def test_any_sheet(cells: str, tmp_path: Path) -> None:
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    parts = {"xl/worksheets/sheet1.xml": sheet}
    report_on(workbook([], parts=parts), tmp_path)


with zipfile.ZipFile(io.BytesIO(BOOK)) as book:
    PARTS = {name: book.read(name) for name in book.namelist()}


@few(30, proved=10_000)
@given(cuts=CUTS, name=st.sampled_from(sorted(PARTS)[:4]))
def test_any_workbook(cuts: list[tuple[int, bytes]], name: str, tmp_path: Path) -> None:
    changed = {name: mutilated(PARTS[name], cuts)}
    report_on(rosters.packed({**PARTS, **changed}), tmp_path)


STUDENTS = (
    '<InterchangeStudent xmlns="http://ed-fi.org/5.2.0"><Student><StudentUniqueId>1'
    "</StudentUniqueId><Name><FirstName>Ana</FirstName><LastSurname>Lopez</LastSurname>"
    "</Name></Student></InterchangeStudent>"
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["studentUniqueId", "birthDate", "firstName", "ssn", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@few(30, proved=10_000)
@given(cuts=CUTS)
def test_any_interchange(cuts: list[tuple[int, bytes]], tmp_path: Path) -> None:
    report_on(mutilated(STUDENTS.encode(), cuts), tmp_path, "edfi")


@few(30, proved=10_000)
@given(value=VALUES, cuts=CUTS, is_cut=st.booleans())
def test_any_json(
    value: object, cuts: list[tuple[int, bytes]], is_cut: bool, tmp_path: Path
) -> None:
    content = json.dumps({"students": value}).encode()
    report_on(mutilated(content, cuts) if is_cut else content, tmp_path, "edfi")
