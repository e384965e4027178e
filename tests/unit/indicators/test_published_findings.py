"""Sentences of a dashboard say what the printed text tells, and no more."""

import pytest

from indicators.disclosure.table import Band, Mark
from indicators.published.page import Page, page_of
from tests.support import made_documents

HIDDEN = Mark.SUPPRESSED
YEAR = "2021–22"
ABSENT = made_documents.MEASURES[0]


def text(printed: str) -> Band | Mark:
    """Return a rate as it is printed."""
    return Mark(printed) if printed in set(Mark) else Band.parse(printed)


def page(total: str = "30–34", **texts: str) -> Page:
    """Return the page of a table by building, of one rate: label=text."""
    groups = [({"building": name}, printed) for name, printed in texts.items()]
    found = page_of(
        made_documents.document(
            [
                made_documents.cell(YEAR, at, 40, {ABSENT.id: text(printed)})
                for at, printed in [({}, total), *groups]
            ]
        ),
        {},
    )
    assert found is not None
    return found


def finding(**texts: str) -> str:
    return page(**texts).groups.finding


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (
            {"Alder": "20–29", "Birch": "20–29", "Cedar": "40–49", "Dogwood": HIDDEN},
            "Chronic absence was higher than for all children together at Cedar",
        ),
        (
            {"Birch": "40–59", "Alder": "45–49", "Cedar": "≤10"},
            "Chronic absence was higher than for all children together at Alder and "
            "Birch",
        ),
        (
            {"A": "40", "B": "41", "C": "42", "D": "43", "E": "≤10"},
            "Chronic absence was higher than for all children together at 4 of 5 "
            "buildings shown",
        ),
        (
            {"Alder": "20–29", "Birch": "30–39"},
            "Chronic absence was lower than for all children together at Alder",
        ),
        (
            {"A": "≤49", "B": "≤49", "C": "≤49", "D": "≤49"},
            "Chronic absence was 49 percent or less across 4 buildings shown",
        ),
        (
            {"Alder": "≥30", "Birch": HIDDEN},
            "Chronic absence was 30 percent or more across 1 building shown",
        ),
        ({"Alder": HIDDEN}, "Chronic absence cannot be told for any building"),
    ],
)
def test_heading_says_no_more_than_the_printed_bands(
    texts: dict[str, str], says: str
) -> None:
    assert finding(**texts) == says


def test_the_answer_counts_only_bands_that_do_not_overlap() -> None:
    told = page(A="35–39", B="30–39", C="≤10", D="20–29", E=HIDDEN)
    assert told.answer == (
        "In 2021–22, chronic absence was higher than for all children together (30 to "
        "34 percent) at 1 of 4 buildings shown, lower at 2; at 1 it cannot be told."
    )


def test_beside_a_suppressed_total_only_the_range_is_told() -> None:
    told = page(total=HIDDEN, A="35–39", B="≤10")
    assert told.answer == (
        "In 2021–22, chronic absence was 39 percent or less across 2 buildings shown."
    )
    assert {row[3] for row in told.groups.sheet.rows[:-1]} == {"Cannot be told"}


def test_links_are_allowed_for_in_the_total_alone() -> None:
    cells = [
        made_documents.cell(YEAR, at, 40, {ABSENT.id: Band(30, 34)})
        for at in ({}, {"building": "A"}, {"building": "A", "school": "S"})
    ]
    document = made_documents.document(cells)
    told = page_of(document, {}, shares={YEAR: (0.9, 0.81)})
    assert told is not None
    # 34.5 percent of the children, were all wrong links among them; and all missed.
    assert told.groups.thin == (
        "With wrong and missed links allowed for, the rate of all children together "
        "lies between 17 and 51 percent: the thin line in the last row."
    )
    *groups, whole = told.groups.picture.bars
    assert [bar.thin for bar in groups] == [None]
    assert whole.thin is not None
    assert page(A="35–39").groups.thin == ""


def test_where_no_building_is_shown_the_answer_says_so() -> None:
    assert page(A=HIDDEN).answer == (
        "In 2021–22, chronic absence cannot be told for any building."
    )
