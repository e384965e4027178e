"""Flat files are read exactly, or refused in words that repeat no value."""

import io
from dataclasses import dataclass

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.formats import flat, lines
from indicators.formats import rows as formats_rows
from indicators.formats.headings import MOST_COLUMNS
from indicators.formats.lines import BLOCK_BYTES, MORE_BYTES, Script
from indicators.formats.problems import FormatError
from tests.support.fuzzing import few

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


@pytest.mark.parametrize("end", [b', "n": 1}]', b""])
def test_broken_json_is_no_table_and_no_value_of_it_is_told(end: bytes) -> None:
    message = refusal(b'\x01"students": [{"firstName": "Quentin"' + end + b"\n]\n3\n")
    assert "Line 1 reads like JSON" in message
    assert "Quentin" not in message


def test_headings_that_separate_in_two_ways_are_refused() -> None:
    assert "two ways" in refusal(b"a,b;c\n1,2;3\n")


def test_rows_of_another_length_are_left_out_and_named_by_line() -> None:
    sheet = flat.read(io.BytesIO(b"a,b\n1,2\nLopez\n3,4\nsecret,5,6\n"))
    (batch,) = sheet.batches
    assert batch.lines.tolist() == [2, 4]
    assert sheet.surplus.ragged == [(3, 1), (5, 3)]
    assert sheet.surplus.n_set_aside == 2


def test_empty_values_beyond_the_headings_do_not_count() -> None:
    assert values(read(b"a,b,,\n1,2,\n3,4,,\n")) == [["1", "2"], ["3", "4"]]


def test_open_quotation_mark_names_the_line_of_its_row() -> None:
    message = refusal(b'a,b\n1,2\n"Lopez,3\n4,5\n')
    assert "line 3" in message
    assert "Lo" not in message


def test_text_behind_a_quotation_mark_costs_its_row_alone() -> None:
    sheet = flat.read(io.BytesIO(b'a,b\n1,2\n"Lo"pez,3\n4,5\n'))
    (batch,) = sheet.batches
    assert batch.lines.tolist() == [2, 4]
    assert sheet.surplus.broken == [3]


@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_titles_above_the_headings_are_passed_over(separator: str) -> None:
    lines = ("Tenants, as of June", "", "a;b;c", "1;2;3", "4;5;6")
    sheet = flat.read(io.BytesIO("\n".join(lines).replace(";", separator).encode()))
    assert sheet.headings == ("a", "b", "c")
    assert sheet.line == 3
    assert [batch.lines.tolist() for batch in sheet.batches] == [[4, 5]]


def test_windows_letters_are_read_when_the_sender_says_so() -> None:
    content = "name,n\nMuñoz,1\n".encode("cp1252")
    sheet = flat.read(io.BytesIO(content), script=Script(asked="windows-1252"))
    (batch,) = sheet.batches
    assert batch.table.to_pylist() == [{"0": "Muñoz", "1": "1"}]


def test_doubtful_letters_are_shown_as_windows_would_read_them() -> None:
    script = Script(may_doubt=True)
    content = "name,n\nLee,1\nMuñoz,2\n".encode("cp1252")
    (batch,) = flat.read(io.BytesIO(content), script=script).batches
    assert batch.table.to_pylist()[1] == {"0": "Muñoz", "1": "2"}
    assert (script.encoding, script.doubted_line, script.doubted) == (
        "windows-1252",
        3,
        "ñ",
    )


def test_bytes_that_windows_does_not_know_either_are_refused() -> None:
    content = b"name,n\nMu\x81oz,1\n"
    with pytest.raises(FormatError, match="neither in UTF-8 nor in Windows"):
        list(flat.read(io.BytesIO(content), script=Script(may_doubt=True)).batches)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04\x14\x00", "an Excel workbook or a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"MZ\x90\x00\x03", "a program"),
        (b"MZ\x0a\x00\x02\x00", "a program"),
        (b"MZ" + b"\x41" * 60 + b"\x00", "a program"),
        (b"PK\x05\x06" + bytes(18), "an empty zip archive"),
        (b"\x7fELF\x02", "a program"),
        (b"\x1f\x8b\x08", "a compressed file"),
        (b"<?xml version='1.0'?>", "an XML file"),
    ],
)
def test_other_kinds_of_file_are_named(content: bytes, kind: str) -> None:
    assert kind in refusal(content)


def test_heading_may_begin_like_a_program() -> None:
    assert read(b"MZ,b\n1,2\n").headings == ("MZ", "b")


LONG = b"x" * flat.LONGEST_ROW


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (LONG + b",b\n1,2\n", 1),
        (b"a,b\n1,2\n" + LONG + b",2\n", 3),
        (b'a,b\n1,2\n"' + LONG + b'",2\n', 3),
        (b'a,b\n1,2\n"' + b"x\n" * flat.LONGEST_ROW, 3),
        (b"a,b\n1,2\n" + b'"x\n",' * flat.LONGEST_ROW, 3),
        (b"a,b\n1,2\n" + b",x" * flat.LONGEST_ROW, 3),
        (b"a,b\n1,2\n" + LONG * 3, 3),
    ],
    ids=["headings", "line", "value", "lines of a value", "row", "commas", "no end"],
)
def test_row_without_end_is_refused_by_length(content: bytes, line: int) -> None:
    message = refusal(content)
    assert f"starts on line {line} is longer than 100,000 characters" in message
    assert "x" * 10 not in message


def test_row_of_the_longest_length_is_read() -> None:
    row = b"x" * (flat.LONGEST_ROW - 3) + b",2\n"
    assert len(values(read(b"a,b\n" + row * 3))) == 3


def test_line_ends_are_told_apart_wherever_a_block_ends() -> None:
    for n in range(BLOCK_BYTES - 12, BLOCK_BYTES + 3):
        content = b"a,b\r\n" + b"x" * n + b",1\r\n3,4\r\n"
        assert read(content).lines == (2, 3)


def test_letter_may_lie_across_two_blocks() -> None:
    for n in range(BLOCK_BYTES - 8, BLOCK_BYTES):
        content = b"a\n" + b"x" * n + "ñ😀\n".encode()
        assert values(read(content)) == [["x" * n + "ñ😀"]]


def test_more_columns_than_any_export_has_are_refused() -> None:
    headings = b",".join(b"%d" % n for n in range(MOST_COLUMNS + 1))
    assert "1,001 columns, and at most 1,000" in refusal(headings + b"\n1\n")


@pytest.mark.parametrize("line", [b"\n", b"1,2\n", b'"1\n",2\n'])
def test_endless_lines_are_refused(
    monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    monkeypatch.setattr(flat, "MOST_LINES", 100)
    assert "more than 100 lines" in refusal(b"a,b\n" + line * 101)
    assert "more than 100 lines" in refusal(line * 101)


def test_text_is_bounded_as_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bytes of a Chinese letter in UTF-16 become three."""
    monkeypatch.setattr(lines, "MOST_BYTES", 3_000_000)
    text = "name,n\n" + f"{'王' * 90},1\n" * 10_000
    content = text.encode("utf-16")
    assert len(read(content).lines) == 10_000
    more = content + ("王" * 100 + ",2\n").encode("utf-16-le") * 1_000
    assert "more than 2 MB as UTF-8" in refusal(more)


def test_batch_is_no_larger_than_its_text_allows() -> None:
    row = b"x" * 50_000 + b",1\n"
    sheet = flat.read(io.BytesIO(b"a,b\n" + row * 200))
    rows = [batch.table.num_rows for batch in sheet.batches]
    assert sum(rows) == 200
    assert max(rows) * 50_000 <= flat.BATCH_CHARACTERS + 100_000


def test_headings_are_known_before_a_row_is_read() -> None:
    stream = io.BytesIO(b"a,b\n" + b"1,2\n" * 1_000_000)
    assert flat.read(stream).headings == ("a", "b")
    assert stream.tell() <= BLOCK_BYTES + MORE_BYTES


def test_refusal_is_something_a_person_can_put_right() -> None:
    assert issubclass(FormatError, RuleBroken)


def test_rows_beyond_one_batch_are_all_read() -> None:
    n_rows = flat.BATCH_ROWS + 5
    sheet = read(b"a,b\n" + b"1,2\n" * n_rows)
    assert sheet.table.num_rows == len(sheet.lines) == n_rows
    assert sheet.lines[-1] == n_rows + 1


@given(
    st.lists(
        st.lists(st.text('ab1 ,\r\n"', max_size=4), min_size=2, max_size=2),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 60),
)
def test_blocks_read_alike_wherever_they_end(
    rows: list[list[str]], n_bytes: int
) -> None:
    """What goes through Arrow is what `csv` reads row by row."""
    content = b"a,b\n" + "\n".join(map(",".join, rows)).encode()
    whole = read_or_refusal(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flat, "BLOCK_BYTES", 4)
        patch.setattr(lines, "MORE_BYTES", n_bytes)
        assert read_or_refusal(content) == whole


CELL = st.sampled_from(
    [
        *("1", "Lee", "a b", " a", "a  b", "é", "", " ", "Total", "-1", "\t", "\x1c"),
        *('"a"', '""', '"a,b"', '"a""b"', '"a ""b"" c"', '" a"', '"é"', '"Total"'),
        *('"', 'a"b', 'a"', '"a"b', '"a" ', '"x\ny"', '"x\r\ny"', '"\n', "\r", '\n"'),
    ]
)
HOSTILE = st.lists(CELL, min_size=0, max_size=4).map(",".join)


@few(200, proved=10_000)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 12), HOSTILE, st.sampled_from(["\n", "\r\n", "\r"])),
        max_size=12,
    ),
    is_ended=st.booleans(),
    n_bytes=st.integers(1, 400),
)
def test_odd_lines_among_plain_ones_are_read_as_csv_reads_them(
    rows: list[tuple[int, str, str]], is_ended: bool, n_bytes: int
) -> None:
    lines_of = ["1,Lee\n" * n + hostile + end for n, hostile, end in rows]
    content = ("a,b\n" + "".join(lines_of) + "9,Ng" + "\n" * is_ended).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flat, "BLOCK_BYTES", 4)
        patch.setattr(lines, "MORE_BYTES", n_bytes)
        through_arrow = read_or_refusal(content)
        patch.setattr(formats_rows, "tell_apart", lambda *_, **__: None)
        assert through_arrow == read_or_refusal(content)


def read_or_refusal(content: bytes) -> tuple[object, ...]:
    try:
        sheet = flat.read(io.BytesIO(content))
        rows = [(b.table.to_pylist(), b.lines.tolist()) for b in sheet.batches]
    except FormatError as error:
        return (error.message,)
    texts = [row for table, _ in rows for row in table]
    numbers = [line for _, lines in rows for line in lines]
    return (texts, numbers, sheet.surplus)


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
