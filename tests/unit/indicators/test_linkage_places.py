"""Addresses as people write them, and whether they are a building's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.linkage.places import Buildings, Fit, place_of

LISTED = [
    ("A", "120 Main St", "15001", "Northfield"),
    ("B", "12-16 Elm St", "15001", "Northfield"),
    ("C", "14th Avenue South", "15001", "Northfield"),  # without a number: never found
    ("D", "900 14th Avenue South", "15001", "Northfield"),
    ("E", "5 Oak Ct", "15001", "Northfield"),
    ("F", "5 Oak St", "15001", "Northfield"),
    ("G", "37-12 64th St", "", "Northfield"),
    ("H", "5 St. Marks Place", "15001", "Northfield"),
    ("I", "7 E Saint Paul Ave", "15001", "Northfield"),
]


@pytest.mark.parametrize(
    ("address", "postal_code", "fit", "codes"),
    [
        ("120 Main St", "15001", Fit.EXACT, "A"),
        ("120 MAIN ST.", "15001-1234", Fit.EXACT, "A"),
        ("120 main street", "", Fit.STANDARD, "A"),
        ("120 Main St Apt 4B", "15001", Fit.STANDARD, "A"),
        ("120 Main St 4B", "15001", Fit.STANDARD, "A"),
        ("120 Main St, Bldg 2, #7", "15001", Fit.STANDARD, "A"),
        ("14 Elm Street", "15001", Fit.STANDARD, "B"),
        ("12-16 Elm St", "15001", Fit.EXACT, "B"),
        ("13 Elm St", "15001", Fit.DOUBTFUL, "B"),
        ("18 Elm St", "15001", Fit.NONE, ""),
        ("900 14TH AVE. S", "15001", Fit.STANDARD, "D"),
        ("900 Fourteenth Ave S", "15001", Fit.NONE, ""),
        ("900 13th Ave S", "15001", Fit.NONE, ""),
        ("900 14th Ave", "15001", Fit.DOUBTFUL, "D"),
        ("120 Mian St", "15001", Fit.DOUBTFUL, "A"),
        ("120 Main St", "98118", Fit.DOUBTFUL, "A"),
        ("5 Oak", "15001", Fit.DOUBTFUL, "EF"),
        ("3712 64th Street", "", Fit.STANDARD, "G"),
        ("5 Saint Marks Pl", "15001", Fit.STANDARD, "H"),
        ("5 ST MARKS PL Apt 3", "15001", Fit.STANDARD, "H"),
        ("5 Saint Marks", "15001", Fit.DOUBTFUL, "H"),
        ("7 East St Paul Avenue", "15001", Fit.STANDARD, "I"),
        ("14th Avenue South", "15001", Fit.NONE, ""),
        ("", "", Fit.NONE, ""),
    ],
)
def test_an_address_is_found_as_surely_as_it_fits(
    address: str, postal_code: str, fit: Fit, codes: str
) -> None:
    found = Buildings(LISTED).find(address, postal_code=postal_code)
    assert (found.fit, "".join(found.buildings)) == (fit, codes)
    assert bool(found.why) == (fit is Fit.DOUBTFUL)


def test_two_buildings_at_one_address_are_a_question() -> None:
    listed = [("A", "1 Main St", "", ""), ("B", "1 Main Street", "", "")]
    found = Buildings(listed).find("1 Main St")
    assert (found.fit, found.buildings) == (Fit.DOUBTFUL, ("A", "B"))


def test_a_development_may_have_several_addresses() -> None:
    listed = [("A", "1 Main St", "", ""), ("A", "3 Main St", "", "")]
    found = [Buildings(listed).find(f"{n} Main Street") for n in (1, 3, 5)]
    assert [each.buildings for each in found] == [("A",), ("A",), ()]


@given(st.text(max_size=40), st.text(max_size=10))
def test_no_text_fails_or_fits_without_its_number(address: str, code: str) -> None:
    found = Buildings(LISTED).find(address, postal_code=code)
    assert (found.fit is Fit.NONE) <= (not found.buildings)
    if found.buildings:
        assert place_of(address).low is not None


@given(
    st.integers(1, 9999),
    st.sampled_from(["Main", "14th", "Martin Luther King", "O'Neal"]),
    st.sampled_from([("Street", "St"), ("Avenue", "Ave"), ("Court", "Ct.")]),
    st.sampled_from(["", " Apt 3", " #12", ", Unit B", " Bldg 4 Apt 9"]),
)
def test_spelling_and_unit_make_no_difference(
    number: int, name: str, kinds: tuple[str, str], unit: str
) -> None:
    listed = [("A", f"{number} {name} {kinds[0]}", "15001", "")]
    found = Buildings(listed).find(
        f"{number}  {name.upper()} {kinds[1]}{unit}", postal_code="15001"
    )
    assert found.buildings == ("A",)
    assert found.fit in (Fit.EXACT, Fit.STANDARD)
