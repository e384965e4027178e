import pytest

from indicators.disclosure.statements import Bar, bars, comparison, heading, in_words
from indicators.disclosure.table import Band, Mark, ProtectedCell, ProtectedTable
from tests.unit.indicators.outsider import CHRONIC

CODE = CHRONIC.code
HIDDEN = Mark.SUPPRESSED


def table(total="30–34", **texts):
    """Return a table by building, of rates alone: label=text."""

    def cell(label, text):
        shown = Mark(text) if text in set(Mark) else Band.parse(text)
        return ProtectedCell(label, label, HIDDEN, {CODE: shown})

    groups = tuple(cell(label, text) for label, text in texts.items())
    whole = cell("All", total)
    return ProtectedTable(
        "building", "", "building", "2021-22", (CHRONIC,), groups, whole
    )


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
def test_heading_says_no_more_than_the_printed_bands(texts, says):
    assert heading(table(**texts), rate=CODE) == says


def test_comparison_counts_only_bands_that_do_not_overlap():
    said = comparison(
        table(A="35–39", B="30–39", C="≤10", D="20–29", E=HIDDEN), rate=CODE
    )
    assert said == (
        "Compared with all children together (30 to 34 percent): higher at 1 of 4 "
        "buildings shown, lower at 2, cannot be told at 1"
    )


def test_comparison_with_a_suppressed_total_cannot_be_told():
    said = comparison(table(total=HIDDEN, A="35–39"), rate=CODE)
    assert said == "Comparison with all children together cannot be told"


def test_a_band_is_a_bar_from_where_it_begins_to_where_it_ends():
    drawn = bars(table(A="40–49", B="≤10", C="≥90", D="27"), rate=CODE)
    assert [(bar.low, bar.high) for bar in drawn] == [
        (89.5, 100),
        (39.5, 49.5),
        (26.5, 27.5),
        (0, 10.5),
    ]


def test_bars_of_one_band_are_ordered_by_name_and_hidden_ones_are_last():
    drawn = bars(
        table(Cedar=HIDDEN, Birch="≤10", alder="≤10", Dogwood="No data"), rate=CODE
    )

    assert [bar.label for bar in drawn] == ["alder", "Birch", "Cedar", "Dogwood"]
    assert drawn[2] == Bar("Cedar", "Suppressed", None, None)


def test_a_band_reads_as_a_phrase():
    assert in_words(Band(27, 27)) == "27 percent"
