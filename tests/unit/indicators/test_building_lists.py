"""Lists of buildings as agencies paste them, and what is made of each line."""

import pytest

from accounts.acts import RuleBroken
from indicators.addressfiles.buildings import Building, as_csv, from_csv, read_list

OWN = [Building("PA1-1", "Hill House", "120 Main St", "Northfield", "15001", 40)]


def test_a_list_is_put_into_standard_form_and_says_what_changed() -> None:
    listing = read_list(
        "Building,Address,City,Zip,Units,Color\n"
        "PA1-1,120 Main Street,Northfield,15001-0042,40,red\n"
        "PA1-2,12-16 ELM ST,Northfield,15001,24,\n"
        "PA1-3,9 Oak Ct Apt 2,Northfield,15001,-4,\n"
    )
    one, two, three = listing.lines
    assert listing.left == ("Color",)
    assert (one.building.address, one.building.postal_code) == ("120 MAIN ST", "15001")
    assert one.changes == (
        "the address was put into standard form",
        "the ZIP code was written with five digits",
    )
    assert two.changes == ("read as the range of numbers 12 to 16",)
    assert three.place.unit == "APT 2"
    assert three.changes == ("“APT 2” was split off: it is inside the building",)
    assert three.building.n_units is None  # HUD's -4 is no number of homes


def test_addresses_alone_take_the_rest_from_the_agencys_own_list() -> None:
    listing = read_list("120 Main Street, Northfield, PA 15001\n", known=OWN)
    (line,) = listing.lines
    assert line.building == Building(
        "PA1-1", "Hill House", "120 MAIN ST", "Northfield", "15001", 40
    )
    assert "came from your list of buildings" in line.changes[-1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "There is no address"),
        ("address,zip,units\n", "no building"),
        ("address,Last Name,zip\n1 Main St,Roe,15001\n", "“Last Name” is about people"),
        ("address,Head of household,zip\n1 Main St,x,1\n", "about people"),
        ("address,SSN,zip\n1 Main St,x,15001\n", "about people"),
        ("address,apt no,zip\n1 Main St,3,15001\n", "about people"),
        ('address,zip\n"1 Main St,15001\n', "quotation mark"),
        ("address\0,zip\n", "no text"),
    ],
)
def test_what_is_no_list_of_buildings_is_refused(text: str, says: str) -> None:
    with pytest.raises(RuleBroken, match=says):
        read_list(text)


def test_a_name_before_the_number_and_a_voucher_are_seen() -> None:
    listing = read_list(
        "address,zip,units,program\nRoe 12 Elm St,15001,20,P\n9 Oak St,15001,20,VO\n"
    )
    assert [line.has_name for line in listing.lines] == [True, False]
    assert [line.building.is_voucher for line in listing.lines] == [False, True]


def test_a_list_comes_back_as_it_was_written() -> None:
    buildings = tuple(line.building for line in read_list(as_csv(OWN).decode()).lines)
    assert from_csv(as_csv(buildings)) == buildings
    with pytest.raises(RuleBroken, match="not text in UTF-8"):
        from_csv(b"address,zip\n\xff\xfe")
