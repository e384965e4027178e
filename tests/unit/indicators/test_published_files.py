"""Files of a dashboard: every measure of a group, narrow tables for paper, totals."""

import json
from dataclasses import replace

from indicators.disclosure.table import Band, Mark
from indicators.published import files
from indicators.published.document import from_record, to_record
from indicators.published.page import page_of
from tests.support import made_documents

YEAR = "2021–22"
ABSENT, READING = made_documents.MEASURES[:2]


def test_a_file_of_groups_says_how_many_a_measure_counts() -> None:
    tested = replace(READING, population="grade 3: tested")
    cells = []
    for building, n in (({}, 90), ({"building": "B1"}, 40)):
        at = {**building, "population": "assisted"}
        cells.append(made_documents.cell(YEAR, at, n, {ABSENT.id: Band(20, 29)}))
        inside = {**at, "grade 3: tested": "counted"}
        cells.append(
            made_documents.cell(YEAR, inside, 12, {tested.id: Mark.SUPPRESSED})
        )
    document = made_documents.document(cells, measures=(ABSENT, tested))
    for about, row in (
        (ABSENT, ("B1", "40", "20–29%")),
        (tested, ("B1", "12", "Suppressed")),
    ):
        page = page_of(document, {"measure": about.id})
        assert page is not None
        sheet = files.sheet_of(page, "building")
        assert sheet is page.groups.sheet
        assert sheet.columns[:3] == ("Building", "Children counted", about.label)
        assert sheet.rows[0][:3] == row


def test_children_sent_are_not_taken_for_those_enrolled() -> None:
    found = made_documents.cell(
        YEAR, {"building": "B1"}, 50, {READING.id: Band(90, 94)}
    )
    sent = replace(found, base="residents")
    absent = made_documents.cell(YEAR, {"building": "B1"}, 36, {ABSENT.id: Band(0, 9)})
    document = made_documents.document([sent, absent], measures=(ABSENT, READING))
    for about, row in (
        (ABSENT, ("B1", "36", "≤9%")),
        (READING, ("B1", "50", "90–94%")),
    ):
        page = page_of(document, {"measure": about.id})
        assert page is not None
        sheet = files.sheet_of(page, "building")
        assert sheet is not None
        assert sheet.rows[0][:3] == row


def test_a_release_of_totals_alone_is_answered_without_groups() -> None:
    document = made_documents.document(
        [made_documents.cell(YEAR, {}, 90, {ABSENT.id: Band(20, 29)})]
    )
    page = page_of(document, {"by": "building"})
    assert page is not None
    assert page.question == "How high is chronic absence?"
    assert page.answer == (
        "In 2021–22, chronic absence of all children together was 20 to 29 percent."
    )
    assert page.choice.notes == (
        "Chronic absence is not published by building for 2021–22.",
    )
    assert files.sheet_of(page, "building") is None
    assert [each.name for each in page.filters] == ["year", "measure"]


def test_wide_tables_go_on_with_the_names_of_their_rows() -> None:
    schools = [f"School {n}" for n in range(9)]
    document = made_documents.large(n_buildings=2, schools=schools)
    page = page_of(document, {})
    assert page is not None
    wide = [s for s in files.printed_sheets(page) if "columns" in s.caption]
    assert [len(sheet.columns) for sheet in wide] == [7, 4]
    assert wide[0].columns[1:] + wide[1].columns[1:] == tuple(schools)
    assert all(sheet.rows[0][0] == "Invented Court 00" for sheet in wide)


def test_the_record_holds_the_document_as_it_was_published() -> None:
    document = made_documents.large(n_buildings=2)
    record = json.loads(json.dumps(files.record_of(document, [("a", "b")], {})))
    assert from_record(record["document"]).cells == document.cells
    assert record["document"] == json.loads(json.dumps(to_record(document)))
    assert record["about"] == {"a": "b"}
