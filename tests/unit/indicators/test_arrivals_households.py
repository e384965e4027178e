"""A family report in which an action lists only some members of its household."""

from datetime import date

import pytest

from indicators.arrivals.contract import Arrival
from tests.support.arriving import TENANTS, arrive, rows, said

LISTED = TENANTS | {"tenant.action", "tenant.action_date", "tenant.household_id"}
EAST, WEST = "WA001000037", "WA001000038"
FORM = "hhid,mbr num,h3b,h3c,h3e,h3h,1d,2a,2b"
HEAD, AL, BEA = "01,Lopez,Jo,1980-02-13,H", "02,Lopez,Al,2012-02-13,Y", "03,Lopez,Bea,"
BEA += "2013-02-13,Y"
BEGAN, ENDED = date(2020, 1, 15), date(2021, 6, 14)


def report(*lines: str, form: str = FORM, step: int = 1) -> Arrival:
    kept = f"7,02,Li,Cy,2011-01-31,Y,{WEST},2,2020-01-01"
    if "2b" not in form:
        kept = kept.rpartition(",")[0]
    return arrive({"form.csv": "\n".join((form, kept, *lines[::step]))}, LISTED)


def action(who: str, code: str, on: str = "", place: str = EAST) -> str:
    return f"9,{who},{place},{code},{on}"


def lives(arrival: Arrival) -> dict[str, str]:
    """Return where the members of the household live."""
    told = {each["member_id"]: each["development"] for each in rows(arrival, "tenants")}
    assert told.pop("7-2") == WEST
    return told


def spells(arrival: Arrival) -> list[tuple[object, ...]]:
    found = arrival.frames["tenancies"].to_pylist()
    return [tuple(each.values()) for each in found if each["member_id"] != "7-2"]


ADMITTED = tuple(action(who, "1", "2020-01-15") for who in (HEAD, AL, BEA))


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("code", ["6", "5"])
@pytest.mark.parametrize("head", [HEAD, HEAD.replace(",H", ",")])
def test_an_end_of_the_head_is_one_of_the_household(
    head: str, code: str, step: int
) -> None:
    arrival = report(*ADMITTED, action(head, code, "2021-06-15"), step=step)
    assert lives(arrival) == {}
    assert "also that of 2 members whom it does not list" in said(arrival)
    again = (action(AL, "1", "2022-01-01", WEST), action(BEA, "12", "2022-01-01"))
    arrival = report(*ADMITTED, action(head, code, "2021-06-15"), *again, step=step)
    assert lives(arrival) == {"9-2": WEST}
    assert spells(arrival) == [
        ("9-2", EAST, BEGAN, ENDED),
        ("9-2", WEST, date(2022, 1, 1), None),
    ]


@pytest.mark.parametrize("code", ["2", "3"])
def test_no_end_of_the_head_is_one_of_who_lives_there_later(code: str) -> None:
    end, later = action(HEAD, "6", "2021-06-15"), action(AL, code, "2022-01-15")
    arrival = report(*ADMITTED, end, later)
    assert lives(arrival) == {"9-2": EAST}
    assert "also that of 1 member whom" in said(arrival)


def test_no_end_of_another_member_is_one_of_the_household() -> None:
    arrival = report(*ADMITTED, action(BEA, "6", "2021-06-15"))
    assert lives(arrival) == {"9-2": EAST}


def test_who_moved_to_another_household_stays_when_the_first_one_ends() -> None:
    form = FORM.replace("mbr num", "member id")
    lines = [
        action(HEAD, "1", "2020-01-15").replace("01,", "A1,"),
        action(AL, "1", "2020-01-15").replace("02,", "A2,"),
        f"8,{AL.replace('02,', 'A2,')},{WEST},7,2021-01-01",
        action(HEAD, "6", "2021-06-15").replace("01,", "A1,"),
    ]
    arrival = arrive({"form.csv": "\n".join((form, *lines))}, LISTED)
    assert [each["development"] for each in rows(arrival, "tenants")] == [WEST]


def test_an_end_of_the_head_counts_without_a_day() -> None:
    undated = report(*ADMITTED, action(HEAD, "6"))
    assert lives(undated) == {}
    assert "but not on which day" in said(undated)
    lines = [each.rpartition(",")[0] for each in (*ADMITTED, action(HEAD, "6"))]
    assert lives(report(*lines, form=FORM.removesuffix(",2b"))) == {}
    ahead = report(*ADMITTED, action(HEAD, "6", "2199-01-01"))
    assert lives(ahead) == {"9-2": EAST, "9-3": EAST}


@pytest.mark.parametrize("step", [1, -1])
def test_a_child_whom_a_later_action_does_not_list_is_told(step: int) -> None:
    moved = (action(who, "7", "2021-06-15", WEST) for who in (HEAD, AL))
    arrival = report(*ADMITTED, *moved, step=step)
    assert lives(arrival) == {"9-2": WEST, "9-3": EAST}
    assert "does not list 1 child, first on line" in said(arrival)
    assert "does not list" not in said(report(*ADMITTED))


@pytest.mark.parametrize("step", [1, -1])
def test_a_number_that_was_given_to_another_child_is_told(step: int) -> None:
    zoe = AL.replace("Al,2012-02-13", "Zoe,2015-05-30")
    later = action(zoe, "2", "2021-01-15", WEST)
    arrival = report(*ADMITTED, later, step=step)
    assert lives(arrival) == {"9-2": EAST, "9-3": EAST}
    assert [each.reason for each in arrival.rejected if "another" in each.reason]
    assert "9-2" in {each["member_id"] for each in rows(arrival, "tenants")}
    names = {each["member_id"]: each["first_name"] for each in rows(arrival, "tenants")}
    assert names["9-2"] == "Al"
    ended = report(*ADMITTED, later, action(zoe, "6", "2021-06-15"), step=step)
    assert lives(ended) == {"9-3": EAST}


@pytest.mark.parametrize(
    "changed", [("Al,2012", "Alan,2012"), ("Al,2012-02-13", "Al,2012-03-12")]
)
def test_a_name_or_birth_date_that_changed_is_told_and_counts(
    changed: tuple[str, str],
) -> None:
    later = action(AL.replace(*changed), "2", "2021-01-15", WEST)
    arrival = report(*ADMITTED, later)
    assert lives(arrival)["9-2"] == WEST
    assert arrival.n_rejected == 0
    assert "1 action tells another first name or birth date of a child" in said(arrival)


def test_a_number_of_an_adult_may_become_that_of_a_child() -> None:
    spouse = action("04,Lopez,Mo,1981-05-05,S", "1", "2020-01-15")
    child = action("04,Lopez,Di,2014-05-05,Y", "3", "2021-01-15")
    arrival = report(*ADMITTED, spouse, child)
    assert arrival.n_rejected == 0
    assert lives(arrival).keys() == {"9-2", "9-3", "9-4"}
