"""Headings as programs write them: what is proposed, and what is said to be missing."""

import pytest

from indicators.arrivals.contract import Standing
from tests.support.arriving import ROSTER, TENANTS, arrive, rows, standings

OF_STUDENTS = {
    "student id": "1",
    "first name": "Ana",
    "last name": "Lopez",
    "birth date": "2010-01-31",
    "school": "7",
    "entry date": "2021-08-23",
}
OF_TENANTS = {
    "member id": "1",
    "first name": "Ana",
    "last name": "Lopez",
    "birth date": "2010-01-31",
    "development": "WA001000037",
}
MORE = {"street_address", "unit_number", "sex"}
SEX, RELATION = "tenant.sex", "tenant.relation_to_head"


def text_of(columns: dict[str, str]) -> str:
    return "\n".join(",".join(each) for each in (columns, columns.values()))


@pytest.mark.parametrize(
    ("heading", "known", "element"),
    [
        *(("First", "first name", "first_name"), ("LAST", "last name", "last_name")),
        ("Birthday", "birth date", "birth_date"),
        ("Date of Birth (MM/DD/YYYY)", "birth date", "birth_date"),
        *(("Street", "", "street_address"), ("Unit", "", "unit_number")),
        ("Perm ID", "student id", "id"),
    ],
)
def test_a_students_heading_is_proposed(heading: str, known: str, element: str) -> None:
    columns = {each: v for each, v in OF_STUDENTS.items() if each != known}
    columns[heading] = OF_STUDENTS.get(known, "4")
    listed = ROSTER | {f"student.{name}" for name in MORE}
    arrival = arrive({"s.csv": text_of(columns)}, listed)
    assert standings(arrival)[heading] is Standing.TO_CONFIRM
    (asked,) = arrival.questions
    assert asked.choices == (f"student.{element}", "")


@pytest.mark.parametrize("heading", ["Enter Date", "Withdraw Date"])
def test_days_of_an_enrolment_are_proposed(heading: str) -> None:
    columns = {k: v for k, v in OF_STUDENTS.items() if k != "entry date"}
    columns[heading] = "2021-08-23"
    arrival = arrive({"s.csv": text_of(columns)}, ROSTER)
    assert standings(arrival)[heading] is Standing.TO_CONFIRM


@pytest.mark.parametrize(
    ("heading", "known", "element"),
    [
        ("Resident ID", "member id", "tenant.member_id"),
        *(("GENDER CD", "", SEX), ("REL CD", "", RELATION)),
        ("ENTITY NBR", "", "tenant.household_id"),
    ],
)
def test_a_tenants_heading_is_proposed(heading: str, known: str, element: str) -> None:
    columns = {each: v for each, v in OF_TENANTS.items() if each != known}
    columns[heading] = "1"
    arrival = arrive({"t.csv": text_of(columns)}, TENANTS | {element})
    assert standings(arrival)[heading] is Standing.TO_CONFIRM
    assert [each.choices for each in arrival.questions] == [(element, "")]


def test_what_is_there_is_not_said_to_be_missing() -> None:
    told = "Student ID,Name,Birthdate,School\n1,Ana Lopez,2010-01-31,7\n"
    names = ("student.first_name", "student.last_name")
    assert arrive({"s.csv": told}, ROSTER).missing == names
    apart = {
        "a.csv": "Student ID,School,Entry Date\n1,7,2021-08-23\n",
        "b.csv": "First Name,Last Name,Birth Date\nAna,Lopez,2010-01-31\n",
    }
    assert arrive(apart, ROSTER).missing == ("student.id",)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        *(("wa001000037", "WA001000037"), ("WA001002A", "WA001002A")),
        *(("wa00100002b", "WA00100002B"), ("WA001000037A", "WA001000037A")),
        *(("WA00100003", None), ("W1001000037", None), ("WA001A", None)),
    ],
)
def test_project_numbers_may_be_small_or_end_in_letters(
    sent: str, kept: str | None
) -> None:
    first, second = OF_TENANTS, OF_TENANTS | {"member id": "2", "development": sent}
    lines = (",".join(each) for each in (first, first.values(), second.values()))
    arrival = arrive({"t.csv": "\n".join(lines)}, TENANTS)
    found = [row["development"] for row in rows(arrival, "tenants")]
    assert found == ["WA001000037", *([kept] if kept else [])]
