"""Targets and what was done, held against published text."""

from datetime import date

import pytest

from indicators.disclosure.table import Band
from indicators.published.document import Document
from indicators.published.goals import (
    Intervention,
    Progress,
    Target,
    is_further,
    last_day,
    outcomes,
    steps_of,
    year_of,
    years_after,
)
from indicators.published.page import page_of
from tests.support import made_documents

YEARS = ("2020–21", "2021–22", "2022–23")
ABSENT = made_documents.MEASURES[0]
TARGET = Target(
    key=1,
    measure=ABSENT.id,
    dim="building",
    value="B1",
    baseline=YEARS[0],
    steps=(("2021–22", 35), ("2025–26", 25)),
    is_lower_better=True,
)


def absences(*bands: Band) -> Document:
    """Return a document of one building and all, a year for each band."""
    cells = [
        made_documents.cell(year, at, 40, {ABSENT.id: band})
        for year, band in zip(YEARS, bands, strict=False)
        for at in ({}, {"building": "B1"})
    ]
    return made_documents.document(cells, labels={"building": {"B1": "Oak"}})


def test_a_step_is_held_against_its_own_year_and_before_that_the_latest() -> None:
    document = absences(Band(50, 59), Band(30, 35), Band(20, 29))
    near, far = steps_of(document, TARGET)
    assert (near.latest_year, near.latest, near.progress) == (
        "2021–22",
        "30–35%",
        Progress.MET,
    )
    assert (far.latest_year, far.progress) == ("2022–23", Progress.OPEN)
    assert far.aim == "25% or less"
    assert near.baseline == "50–59%"
    far = steps_of(absences(Band(50, 59), Band(36, 45), Band(30, 39)), TARGET)[1]
    assert far.progress is Progress.NOT_YET


def test_a_target_is_drawn_over_the_years_of_its_group() -> None:
    done = Intervention(
        key=1,
        what="Outreach",
        provider="Neighbours",
        dim="building",
        places=("B1",),
        first_on=date(2021, 9, 1),
    )
    document = absences(Band(50, 59), Band(36, 45), Band(20, 29))
    page = page_of(document, {}, targets=[TARGET], interventions=[done])
    assert page is not None
    whole, own = page.years
    assert whole.is_drawn
    assert (whole.picture.targets, len(own.picture.targets)) == ((), 2)
    upper, lower = own.picture.targets
    assert upper.y_text < upper.y < lower.y < lower.y_text
    assert own.finding.startswith("Chronic absence of Oak fell")
    assert [marker.x for marker in own.picture.markers] == ["43.17%"]
    assert page.steps is not None
    assert [row[-1] for row in page.steps.rows] == ["Not met", "Cannot be told"]
    assert page.outcomes is not None
    assert page.outcomes.rows == (
        ("Neighbours", "Oak", "50–59% in 2020–21", "20–29% in 2022–23", "Fell"),
    )


def test_a_filter_is_named_where_it_narrows_and_nowhere_else() -> None:
    cells = [
        made_documents.cell(year, {**at, **school}, 40, {ABSENT.id: band})
        for year, bands in zip(
            YEARS[:2],
            (((40, 49), (80, 89)), ((20, 29), (60, 69))),
            strict=True,
        )
        for school, own in (({}, bands[0]), ({"school": "S1"}, bands[1]))
        for at, band in (({}, Band(*own)), ({"building": "B1"}, Band(90, 94)))
    ]
    labels = {"building": {"B1": "Oak"}, "school": {"S1": "Elm School"}}
    document = made_documents.document(cells, measures=(ABSENT,), labels=labels)
    page = page_of(document, {"by": "building", "school": "S1"}, targets=[TARGET])
    assert page is not None
    whole, own = page.years
    assert whole.finding.startswith(
        "Chronic absence of all children together within Elm School fell from 80"
    )
    assert page.groups.finding.startswith("Chronic absence within Elm School was")
    assert page.gaps is not None
    for sheet in (whole.sheet, page.groups.sheet, page.gaps):
        assert "within Elm School" in sheet.caption
    assert "within" not in f"{own.finding} {own.sheet.caption}"
    assert [row[2] for row in own.sheet.rows] == ["40–49%", "20–29%"]


def test_one_year_by_itself_is_not_drawn_until_something_stands_beside_it() -> None:
    one = absences(Band(50, 59))
    done = Intervention(
        key=1, what="x", provider="N", dim="", places=(), first_on=date(2021, 2, 1)
    )
    for interventions, is_drawn in (([], False), ([done], True)):
        page = page_of(one, {}, interventions=interventions)
        assert page is not None
        assert page.years[0].is_drawn is is_drawn


def test_a_year_ends_on_its_last_day() -> None:
    assert last_day("2021–22") == date(2022, 6, 30)
    assert last_day("2021") == date(2021, 12, 31)


def test_a_provider_without_a_year_before_has_one_year_to_show() -> None:
    done = Intervention(
        key=1, what="x", provider="N", dim="", places=(), first_on=date(2000, 1, 1)
    )
    for bands in ([Band(50, 59)], [Band(50, 59), Band(20, 29)]):
        (found,) = outcomes(absences(*bands), ABSENT.id, "N", [done])
        assert found.place == "All children together"
        assert (found.before, found.change) == (
            "Nothing earlier is shown",
            "Cannot be told",
        )


@pytest.mark.parametrize(
    ("steps", "is_good"),
    [
        ((("a", 35), ("b", 25)), True),
        ((("a", 25), ("b", 35)), False),
        ((("a", 35), ("b", 35)), False),
        ((("a", 60), ("b", 25)), False),
    ],
)
def test_steps_go_on_from_the_baseline(
    steps: tuple[tuple[str, int], ...], is_good: bool
) -> None:
    target = Target(
        key=1,
        measure="m",
        dim="",
        value="",
        baseline="a",
        steps=steps,
        is_lower_better=True,
    )
    assert is_further(Band(40, 49), target) is is_good


def test_school_years_end_where_they_say() -> None:
    assert [year_of(p) for p in ("1999–00", "2021–22", "2021", "2021–2022", "x")] == [
        2000,
        2022,
        2021,
        2022,
        1,
    ]


def test_years_to_come_are_written_as_the_one_before() -> None:
    assert years_after("2098–99", 2) == ("2099–00", "2100–01")
    assert years_after("2021", 2) == ("2022", "2023")
