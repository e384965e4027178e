"""A dashboard's model: true for every truth behind the text, the same in any order."""

import random
from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from indicators.disclosure.table import Band, Mark
from indicators.published import comparing
from indicators.published.choice import Shelf, choose
from indicators.published.document import Document, Figure
from indicators.published.editions import Edition, combined
from indicators.published.findings import moved
from indicators.published.goals import (
    Progress,
    progress,
    reaches,
)
from indicators.published.linkage import widened
from indicators.published.page import page_of
from indicators.published.rows import compared, gap_between
from tests.support import made_documents

YEARS = ("2020–21", "2021–22", "2022–23")
ABSENT, READING = made_documents.MEASURES[:2]
BANDS = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(
    lambda ends: Band(*sorted(ends))
)
TEXTS = st.one_of(BANDS, BANDS, st.sampled_from(Mark))


def inside(band: Band, at: float) -> Fraction:
    """Return a true rate in percent that is printed as this band."""
    low = max(Fraction(0), band.low - Fraction(1, 2))
    high = min(Fraction(100), band.high + Fraction(1, 2) - Fraction(1, 10**6))
    return low + (high - low) * Fraction(at)


def rounded(rate: Fraction) -> int:
    return int(rate + Fraction(1, 2))


POINTS = st.sampled_from([0.0, 0.25, 0.5, 1.0])
PLACED = st.tuples(TEXTS, POINTS)


@st.composite
def truths(draw: st.DrawFn) -> tuple[Document, dict[tuple[str, str, str], Fraction]]:
    """Return a document, and a truth that it may have been printed from."""
    cells, truth = [], {}
    for year in YEARS:
        for building in ("", "B1", "B2", "B3", "B4"):
            for population in ("assisted", "peers") if not building else ("assisted",):
                rates = {}
                for one in (ABSENT, READING):
                    text, at = draw(PLACED)
                    rates[one.id] = text
                    if isinstance(text, Band):
                        who = building or population
                        truth[year, who, one.id] = inside(text, at)
                at_cell = {"population": population}
                if building:
                    at_cell["building"] = building
                cells.append(made_documents.cell(year, at_cell, 40, rates))
    labels = {"building": {"B1": "Oak", "B2": "Ash", "B3": "ash", "B4": "Elm"}}
    return made_documents.document(
        cells, measures=(ABSENT, READING), labels=labels
    ), truth


NAMES = {"Oak": "B1", "Ash": "B2", "ash": "B3", "Elm": "B4"}


@given(truths())
def test_who_stands_out_does_so_in_truth(
    drawn: tuple[Document, dict[tuple[str, str, str], Fraction]],
) -> None:
    document, truth = drawn
    shelf = Shelf(document)
    choice = choose(shelf, {})
    assert choice is not None
    worse, better = comparing.standouts(shelf, choice)
    for is_better, found in ((False, worse), (True, better)):
        for each in found:
            who = NAMES.get(each.group, "assisted")
            own, other = (
                truth[choice.period, one, each.measure.id] for one in (who, "peers")
            )
            ahead = other - own if each.measure.is_lower_better else own - other
            if not is_better:
                ahead = -ahead
            assert ahead > 0
            # A printed end stands for rates that come as near as you like to it.
            assert ahead > each.least - 0.00001


@given(BANDS, BANDS, POINTS, POINTS)
def test_comparisons_and_gaps_hold_in_truth(
    one: Band, two: Band, at: float, at_two: float
) -> None:
    a, b = inside(one, at), inside(two, at_two)
    word = compared(Figure(40, one), Figure(40, two))
    assert word != "Higher" or a > b
    assert word != "Lower" or a < b
    found = gap_between(Figure(40, one), Figure(40, two))
    assert found is not None
    assert found.low <= a - b <= found.high
    went = moved(one, two)
    assert went != "rose" or b > a
    assert went != "fell" or b < a


@given(TEXTS, st.integers(0, 100), st.booleans(), POINTS)
def test_a_target_is_met_in_truth_or_it_cannot_be_told(
    text: Band | Mark, percent: int, is_lower_better: bool, at: float
) -> None:
    told = progress(Figure(40, text), percent, is_lower_better=is_lower_better)
    if not isinstance(text, Band):
        assert told is Progress.OPEN
        return
    is_met = reaches(
        rounded(inside(text, at)), percent, is_lower_better=is_lower_better
    )
    assert told is not Progress.MET or is_met
    assert told is not Progress.NOT_MET or not is_met
    ends = {
        reaches(end, percent, is_lower_better=is_lower_better)
        for end in (text.low, text.high)
    }
    assert (told is Progress.OPEN) == (len(ends) == 2)


@given(
    n=st.integers(20, 400),
    wrong=st.floats(0, 0.4),
    missed=st.integers(0, 100),
    x=st.floats(0, 1),
    x_wrong=st.floats(0, 1),
    x_missed=st.floats(0, 1),
)
def test_links_that_are_wrong_or_missed_are_allowed_for(
    n: int, wrong: float, missed: int, x: float, x_wrong: float, x_missed: float
) -> None:
    n_wrong = int(n * wrong)
    n_right = n - n_wrong
    hits, hits_wrong = round(n_right * x), round(n_wrong * x_wrong)
    hits_missed = round(missed * x_missed)
    shown = rounded(Fraction(100 * (hits + hits_wrong), n))
    found = widened(
        Band(shown, shown), right=n_right / n, found=n_right / (n_right + missed)
    )
    assert found is not None
    true = 100 * (hits + hits_missed) / (n_right + missed)
    assert found[0] - 1e-6 <= true <= found[1] + 1e-6


@given(truths(), st.randoms(use_true_random=False))
def test_the_order_of_cells_changes_nothing(
    drawn: tuple[Document, object], order: random.Random
) -> None:
    document, _ = drawn
    cells = list(document.cells)
    order.shuffle(cells)
    again = made_documents.document(
        cells, measures=document.measures, labels=document.labels
    )
    assert page_of(again, {}) == page_of(document, {})


@given(truths())
def test_words_have_no_geometry_and_bands_have_theirs(
    drawn: tuple[Document, object],
) -> None:
    page = page_of(drawn[0], {})
    assert page is not None
    for bar in page.groups.picture.bars:
        is_word = bar.text in set(Mark)
        assert (bar.x == "") == (bar.width == "") == is_word
    for years in page.years:
        for series in years.picture.series:
            for column in series.columns:
                assert (column.height is None) == (column.text in set(Mark))


def test_bars_are_ordered_by_band_then_by_name() -> None:
    texts: dict[str, Band | Mark] = {
        "B1": Band(20, 29),
        "B2": Band(20, 29),
        "B3": Mark.SUPPRESSED,
        "B4": Band(30, 39),
        "B5": Mark.NO_DATA,
    }
    cells = [made_documents.cell(YEARS[0], {}, 200, {ABSENT.id: Band(22, 22)})]
    cells += [
        made_documents.cell(YEARS[0], {"building": key}, 40, {ABSENT.id: text})
        for key, text in texts.items()
    ]
    labels = {"building": {"B1": "Oak", "B2": "Ash", "B3": "Yew", "B5": "Fir"}}
    page = page_of(made_documents.document(cells, labels=labels), {})
    assert page is not None
    labels_drawn = [bar.label for bar in page.groups.picture.bars]
    assert labels_drawn == ["B4", "Ash", "Oak", "Fir", "Yew", "All children together"]
    assert page.question == "Which buildings have the highest chronic absence?"
    assert page.answer == (
        "In 2020–21, chronic absence was higher than for all children together (22 "
        "percent) at 1 of 3 buildings shown; at 2 it cannot be told."
    )
    assert page.groups.finding == (
        "Chronic absence was higher than for all children together at B4"
    )


# Choosing


def test_what_is_not_published_is_left_out_and_said() -> None:
    document = made_documents.large(n_buildings=3, schools=("North", "South"))
    shelf = Shelf(document)
    choice = choose(shelf, {"school": "North", "by": "building"})
    assert choice is not None
    assert choice.within == {"school": "North"}
    assert choice.notes == ()
    for asked, said in (
        ({"year": "1999–00"}, "is not published for 1999–00"),
        ({"by": "income"}, "is not published by income"),
        ({"school": "West"}, "within this school"),
    ):
        found = choose(shelf, asked)
        assert found is not None
        assert any(said in note for note in found.notes)
        assert found.within == {}
    assert choose(Shelf(made_documents.document([])), {}) is None


def test_developments_and_buildings_are_two_breakdowns() -> None:
    cells = [
        made_documents.cell(YEARS[0], at, 40, {ABSENT.id: Band(20, 29)})
        for at in ({}, {"building": "B1"}, {"building": "B2"}, {"building": "Hill"})
    ]
    document = made_documents.document(
        cells, hierarchies={"building": {"B1": "Hill", "B2": "Hill"}}
    )
    for by, expected in (("building", ["B1", "B2"]), ("development", ["Hill"])):
        page = page_of(document, {"by": by})
        assert page is not None
        assert [row[0] for row in page.groups.sheet.rows[:-1]] == expected


def test_pairs_are_shaded_by_their_text() -> None:
    page = page_of(made_documents.large(n_buildings=4, schools=("North", "South")), {})
    assert page is not None
    assert page.heat is not None
    assert page.heat.columns == ("North", "South")
    for _, shades in page.heat.rows:
        for shade in shades:
            assert (shade.shade == 0) == (shade.text in set(Mark))


def test_the_eight_metrics_stand_in_one_table() -> None:
    page = page_of(made_documents.large(n_buildings=2, n_measures=3), {})
    assert page is not None
    assert len(page.eight.rows) == 8
    held = [row for row in page.eight.rows if row[2] != comparing.NOT_HELD]
    assert len(held) == 3


# Editions


def test_a_year_is_taken_whole_from_the_first_edition_that_has_it() -> None:
    def one(years: tuple[str, ...], band: Band) -> Document:
        return made_documents.document(
            [made_documents.cell(year, {}, 40, {ABSENT.id: band}) for year in years]
        )

    own, other = one(YEARS[1:], Band(20, 29)), one(YEARS[:2], Band(40, 49))
    read = combined([Edition(7, "New", own), Edition(3, "Old", other)])
    assert {year: each.key for year, each in read.sources.items()} == {
        YEARS[0]: 3,
        YEARS[1]: 7,
        YEARS[2]: 7,
    }
    page = page_of(read.document, {})
    assert page is not None
    assert page.years[0].finding == (
        "Chronic absence of all children together fell from 40 to 49 percent in "
        "2020–21 to 20 to 29 percent in 2022–23"
    )


def test_years_of_other_rules_are_shown_and_not_compared() -> None:
    def one(year: str, at: dict[str, str], band: Band, program: str) -> Document:
        cells = [
            made_documents.cell(year, {**at, **place}, 40, {ABSENT.id: band})
            for place in ({}, {"building": "B1"})
        ]
        peers = [made_documents.cell(year, {}, 90, {})] if at else []
        declared = (
            f"Residents lived there on the census date, October 1, {year[:4]}.",
            f"Programs: {program}.",
        )
        made = made_documents.document([*cells, *peers])
        return replace(made, declared=declared)

    old = one(YEARS[0], {}, Band(20, 29), "voucher")
    for program, finding, word in (
        ("voucher", "together rose from 20", "Rose"),
        ("all", "cannot be compared with 2021–22", "Counted by other rules"),
    ):
        new = one(YEARS[1], {"population": "assisted"}, Band(40, 49), program)
        read = combined([Edition(7, "New", new), Edition(3, "Old", old)])
        asked = {"year": YEARS[0], "by": "building"}
        page = page_of(read.document, asked, shares={YEARS[1]: (0.9, 0.9)})
        assert page is not None
        assert page.groups.sheet.rows[0][:3] == ("B1", "40", "20–29%")
        assert page.groups.sheet.rows[1][:2] == ("All residents together", "40")
        assert page.groups.thin == ""
        assert finding in page.years[0].finding
        assert page.trends is not None
        assert page.trends.rows[0][-1] == word
