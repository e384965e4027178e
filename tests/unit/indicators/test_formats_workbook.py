"""Workbooks are read as any other table, or refused in plain words."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from indicators.formats.containers import open_zip
from indicators.formats.flat import Sheet
from indicators.formats.problems import FormatError
from indicators.formats.workbook import bare_formulas
from indicators.formats.workbook import read as read_book
from tests.support.arriving import TENANTS, arrive
from tests.support.workbooks import (
    MAIN,
    Day,
    Formula,
    Number,
    archive,
    sheet,
    workbook,
)

HEADINGS = ("Member ID", "Name", "Born")
ROW = ("0007", "Ana", Day("40209"))


def read(*rows: tuple[str, ...], **options: Any) -> Sheet:
    return table_of(workbook(rows, **options))


def table_of(content: bytes) -> Sheet:
    """Return the table of a workbook, with all of its rows."""
    with open_zip(io.BytesIO(content)) as folder:
        book = read_book(folder)
        batches = list(book.sheet.batches)
    if book.found.first_bare:
        raise bare_formulas(book.found.first_bare)
    return replace(book.sheet, batches=iter(batches))


def values(table: Sheet) -> list[list[str]]:
    return [list(row.values()) for b in table.batches for row in b.table.to_pylist()]


def refusal(*rows: tuple[str, ...], **options: Any) -> str:
    with pytest.raises(FormatError) as refused:
        read(*rows, **options)
    return refused.value.message


def test_text_stays_text_and_dates_are_dates() -> None:
    table = read(HEADINGS, ROW, ("0008", Number("12"), Number("3.5")))
    assert table.headings == HEADINGS
    assert values(table) == [["0007", "Ana", "2010-01-31"], ["0008", "12", "3.5"]]


@pytest.mark.parametrize(
    ("number", "day"),
    [
        ("1", "1900-01-01"),
        ("59", "1900-02-28"),
        ("61", "1900-03-01"),
        ("40209.5", "2010-01-31T12:00:00"),
        ("-1", "-1"),
        ("1e300", "1e+300"),
    ],
)
def test_day_numbers_count_as_excel_counts_them(number: str, day: str) -> None:
    assert values(read(HEADINGS, ("1", "Ana", Day(number))))[0][2] == day


def test_number_in_a_column_of_dates_is_a_day() -> None:
    headings = ("member id", "first name", "last name", "birth date", "development")
    row = ("A1", "Ana", "Lopez", Number("40209"), "WA001000037")
    arrival = arrive({"a.xlsx": workbook([headings, row])}, TENANTS)
    assert arrival.frames["tenants"]["birth_date"].to_pylist() == [date(2010, 1, 31)]


def test_days_may_be_counted_from_1904() -> None:
    table = read(HEADINGS, ("1", "Ana", Day("38747")), settings='date1904="1"')
    assert values(table)[0][2] == "2010-01-31"


def test_formats_with_a_day_are_dates_and_formats_with_a_colour_are_not() -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" '
        'formatCode="[Red]0.0&quot;d&quot;"/><numFmt numFmtId="165" '
        'formatCode="dd\\-mmm\\-yy"/></numFmts><cellXfs><xf numFmtId="164"/>'
        '<xf numFmtId="165"/></cellXfs></styleSheet>'
    )
    table = read(
        HEADINGS, (Number("5"), "Ana", Day("40209")), parts={"xl/styles.xml": styles}
    )
    assert values(table) == [["5", "Ana", "2010-01-31"]]


def test_shared_texts_are_read_without_how_they_are_spoken() -> None:
    shared = (
        f'<sst xmlns="{MAIN}"><si><r><t>An</t></r><r><t>a</t></r>'
        "<rPh><t>AH</t></rPh></si></sst>"
    )
    cells = sheet([HEADINGS, ("1", "X", "y")]).replace(
        't="inlineStr"><is><t>X</t></is>', 't="s"><v>0</v>'
    )
    parts = {"xl/sharedStrings.xml": shared, "xl/worksheets/sheet1.xml": cells}
    assert values(read(HEADINGS, parts=parts)) == [["1", "Ana", "y"]]


def test_titles_above_the_headings_are_passed_over() -> None:
    table = read(("Tenants in June",), (), HEADINGS, ROW)
    assert table.headings == HEADINGS
    assert (table.line, table.n_above) == (3, 1)


def test_first_visible_sheet_is_read() -> None:
    table = read(HEADINGS, ROW, others={"Old": "hidden", "Older": "veryHidden"})
    assert table.headings == HEADINGS


def test_formula_counts_with_its_stored_result() -> None:
    assert values(read(HEADINGS, ("1", Formula("12"), "x"))) == [["1", "12", "x"]]


def test_formula_without_a_result_is_named_by_its_line() -> None:
    message = refusal(HEADINGS, ROW, ("1", Formula(""), "x"))
    assert "formulas without a stored result, first on line 3" in message


def test_sheet_without_rows_is_refused() -> None:
    assert "no rows" in refusal(HEADINGS)
    assert "empty" in refusal()


@pytest.mark.parametrize(
    "content",
    [
        "<worksheet",
        f'<worksheet xmlns="{MAIN}"><row r="2"/><row r="1"/></worksheet>',
        f'<worksheet xmlns="{MAIN}"><row r="99999999"/></worksheet>',
        f'<worksheet xmlns="{MAIN}"><row r="{"1" * 2_000_000}"/></worksheet>',
        f'<worksheet xmlns="{MAIN}"><row><c t="s"><v>9</v></c></row></worksheet>',
        f'<worksheet xmlns="{MAIN}"><row><c><v>many</v></c></row></worksheet>',
        f'<worksheet xmlns="{MAIN}"><row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c>'
        "</row></worksheet>",
    ],
)
def test_damage_is_refused(content: str) -> None:
    assert "damaged" in refusal(HEADINGS, parts={"xl/worksheets/sheet1.xml": content})


def test_entities_are_refused() -> None:
    laughing = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    message = refusal(HEADINGS, parts={"xl/worksheets/sheet1.xml": laughing})
    assert "document type or entities" in message


def test_cell_far_to_the_right_costs_no_memory() -> None:
    cell = '<row r="1"><c r="XFD1"><v>1</v></c></row>'
    far = f'<worksheet xmlns="{MAIN}">{cell}</worksheet>'
    message = refusal(HEADINGS, parts={"xl/worksheets/sheet1.xml": far})
    assert "more than 1,000 columns" in message


def test_other_archives_and_binary_workbooks_are_named() -> None:
    with pytest.raises(FormatError, match="xlsb"):
        table_of(archive({"xl/workbook.bin": "x"}))
