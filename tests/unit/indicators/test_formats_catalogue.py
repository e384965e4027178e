"""Headings of any software are known, proposed or refused, and never mistaken."""

import pytest

from indicators.formats.catalogue import STUDENT, TENANT, meaning_of, side_of

NAMES = ("tenant.last_name", "tenant.first_name", "tenant.birth_date")


@pytest.mark.parametrize(
    ("headings", "status"),
    [
        ("lastname3b,firstname3c,dateofbirth3e", "read"),
        ("memberlastname3b,memberfirstname3c,h3e", "read"),
        ("3b. Last Name and Suffix,3c: First,3e", "read"),
        ("Line 3b,Line 3c,Line 3e", "read"),
        ("LAST_NAME,FIRST_NAME,DOB", "read"),
        ("Member Last Name,Member First Name,Member DOB", "to confirm"),
        ("tLastName,tFirstName,dtBirth", "to confirm"),
        ("MBR_LNAME,MBR_FNAME,BIRTH_DT", "to confirm"),
    ],
)
def test_housing_software_names_lines_in_many_ways(headings: str, status: str) -> None:
    names = headings.split(",")
    assert side_of([*names, "Household ID"]) == TENANT
    found = [meaning_of(name, TENANT) for name in names]
    assert tuple(each.element for each in found) == NAMES
    assert {str(each.status) for each in found} == {status}


@pytest.mark.parametrize("heading", ["hohlastname", "lastname3bhead", "HOH Last Name"])
def test_name_of_the_head_is_nobody_elses(heading: str) -> None:
    assert meaning_of(heading, TENANT).element is None


@pytest.mark.parametrize(
    "heading",
    [
        *("3n", "3n. SSN", "h3n", "familymemberssn3n", "SSN_last4", "Tax Payer ID"),
        *("SS#", "SS No.", "SSAN", "ss number"),
        *("3i. Citizenship", "Alien Number", "19g", "19d Dollars per year", "4c"),
        *("Total Annual Income", "Password", "3j Disability", "18f", "Medicaid"),
    ],
)
def test_what_is_never_taken_is_refused(heading: str) -> None:
    assert meaning_of(heading, TENANT).status == "refused"


@pytest.mark.parametrize(
    "heading", ["Class Name", "Assigned to", "3rd Period", "Lesson", "SS", "Class No"]
)
def test_other_words_are_not_refused(heading: str) -> None:
    assert meaning_of(heading, STUDENT).status == "not recognised"


@pytest.mark.parametrize("heading", ["Date", "Type"])
def test_words_that_say_little_alone_are_asked_about(heading: str) -> None:
    assert meaning_of(heading, STUDENT).status == "to confirm"


@pytest.mark.parametrize("heading", ["Name", "Student Name"])
def test_a_name_in_a_list_of_students_is_not_that_of_a_school(heading: str) -> None:
    assert meaning_of(heading, STUDENT).element is None


def test_lists_of_students_and_of_places_are_told_apart() -> None:
    assert side_of(["Student ID", "Last Name", "DOB", "Grade"]) == STUDENT
    assert side_of(["studentUniqueId", "lastSurname", "birthDate"]) == STUDENT
    assert side_of(["DEVELOPMENT", "ADDRESS", "ZIP CODE"]) == ""
