"""Flat files are read exactly, or refused in words that repeat no value."""

import io
from dataclasses import dataclass

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.formats import flat
from indicators.formats.problems import FormatError

CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=12
).filter(str.strip)


@dataclass
class Whole:
    """A sheet with all of its batches."""

    headings: tuple[str, ...]
    table: pa.Table
    lines: tuple[int, ...]


def read(content: bytes) -> Whole:
    sheet = flat.read(io.BytesIO(content))
    batches = list(sheet.batches)
    return Whole(
        sheet.headings,
        pa.Table.from_batches([batch.table for batch in batches]),
        tuple(line for batch in batches for line in batch.lines.tolist()),
    )


def values(sheet: Whole) -> list[list[str]]:
    return [list(row.values()) for row in sheet.table.to_pylist()]


def refusal(content: bytes) -> str:
    with pytest.raises(FormatError) as refused:
        read(content)
    return refused.value.message


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_separator_is_found_in_the_headings(separator: str) -> None:
    sheet = read(f"a{separator}b\n1{separator}2 : x\n".encode())
    assert sheet.headings == ("a", "b")
    assert values(sheet) == [["1", "2 : x"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_encodings_read_alike(encoding: str) -> None:
    sheet = read("name,n\nMuñoz,1\n".encode(encoding))
    assert sheet.headings == ("name", "n")
    assert values(sheet) == [["Muñoz", "1"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_may_be_mixed_and_blank_lines_are_skipped(end: str) -> None:
    sheet = read(f"a,b{end}{end}1,2\n3,4{end},{end}5,6".encode())
    assert values(sheet) == [["1", "2"], ["3", "4"], ["5", "6"]]
    assert sheet.lines == (3, 4, 6)


def test_line_of_a_row_counts_line_ends_inside_quotation_marks() -> None:
    sheet = read(b'a,b\n"x\ny",2\n3,4\n')
    assert values(sheet) == [["x\ny", "2"], ["3", "4"]]
    assert sheet.lines == (2, 4)


def test_separator_inside_quotation_marks_does_not_count() -> None:
    sheet = read(b'"name, as typed; printed",b\n1,2\n')
    assert sheet.headings == ("name, as typed; printed", "b")


def test_text_is_kept_as_it_was() -> None:
    sheet = read(b'zip,name\n02139,"O""Neal "\n007,O"Neal\n')
    assert values(sheet) == [["02139", 'O"Neal '], ["007", 'O"Neal']]


@pytest.mark.parametrize(
    "empty", [b"", b"\n \n", b",,\n", b"\xef\xbb\xbf", b"\xff\xfe"]
)
def test_empty_file_is_refused(empty: bytes) -> None:
    assert "empty" in refusal(empty)


def test_headings_without_rows_are_refused() -> None:
    assert "no rows" in refusal(b"a,b\n\n")


def test_encoding_is_never_guessed() -> None:
    message = refusal("name,n\nLee,1\nMuñoz,2\n".encode("cp1252"))
    assert "Line 3" in message
    assert "not valid UTF-8" in message
    assert "Mu" not in message


def test_broken_utf_16_names_the_line() -> None:
    content = "a,b\r\n1,2\r\n".encode("utf-16") + b"\x00\xd8"
    assert "Line 3 holds letters that are not valid UTF-16" in refusal(content)


def test_utf_16_without_a_mark_is_refused() -> None:
    assert "NUL" in refusal("a,b\n1,2\n".encode("utf-16-le"))


def test_nul_character_names_the_line() -> None:
    assert "Line 2 holds a NUL" in refusal(b"a,b\n1,\x002\n")


def test_same_heading_in_other_spelling_is_refused() -> None:
    assert "Columns 1 and 3" in refusal(b"Last Name,b,last_name\n1,2,3\n")


def test_column_without_heading_is_refused() -> None:
    assert "Column 2 has no heading" in refusal(b"a,,c\n1,2,3\n")


def test_headings_that_separate_in_two_ways_are_refused() -> None:
    assert "two ways" in refusal(b"a,b;c\n1,2;3\n")


def test_rows_of_another_length_are_named_by_line_only() -> None:
    message = refusal(b"a,b\n1,2\nLopez\n3,4\nsecret,5,6\n")
    assert "lines 3 and 5" in message
    assert "Lopez" not in message
    assert "secret" not in message


@pytest.mark.parametrize("row", [b'"Lopez', b'"Lo"pez'])
def test_open_quotation_mark_names_the_line_of_its_row(row: bytes) -> None:
    message = refusal(b"a,b\n1,2\n" + row + b",3\n4,5\n")
    assert "line 3" in message
    assert "Lo" not in message


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04\x14\x00", "an Excel workbook or a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"MZ\x90\x00\x03", "a program"),
        (b"\x7fELF\x02", "a program"),
        (b"\x1f\x8b\x08", "a compressed file"),
        (b"<?xml version='1.0'?>", "an XML file"),
    ],
)
def test_other_kinds_of_file_are_named(content: bytes, kind: str) -> None:
    assert kind in refusal(content)


def test_refusal_is_something_a_person_can_put_right() -> None:
    assert issubclass(FormatError, RuleBroken)


def test_rows_beyond_one_batch_are_all_read() -> None:
    n_rows = flat.BATCH_ROWS + 5
    sheet = read(b"a,b\n" + b"1,2\n" * n_rows)
    assert sheet.table.num_rows == len(sheet.lines) == n_rows
    assert sheet.lines[-1] == n_rows + 1


@given(st.binary(max_size=300))
def test_any_bytes_are_a_sheet_or_refused(content: bytes) -> None:
    try:
        sheet = read(content)
    except FormatError:
        return
    assert sheet.table.num_rows == len(sheet.lines) > 0
    assert sheet.table.num_columns == len(sheet.headings)


@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_quoted_text_comes_back_as_it_was(
    rows: list[tuple[str, str]], encoding: str
) -> None:
    lines = ["a,b", *(",".join(quoted(cell) for cell in row) for row in rows)]
    sheet = read("\r\n".join(lines).encode(encoding))
    assert values(sheet) == [list(row) for row in rows]


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
