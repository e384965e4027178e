"""What a district and a school tell differently of one Ed-Fi student."""

import json
from typing import Any

import pytest

from indicators.arrivals.contract import Arrival
from tests.support.arriving import arrive, rows, said
from tests.unit.indicators.test_arrivals_edfi import ANA, LISTED, OF_STUDENTS, PEOPLE
from tests.unit.indicators.test_arrivals_edfi_several import element

PLACE = ("street_address", "unit_number", "zip")
OF_PLACE = {f"student.{name}" for name in (*PLACE, "sex", "english_learner")}
DISTRICT, SCHOOL = 255901, 7
Records = list[dict[str, Any]]


def told(of: int, street: str = "", sex: str = "", **more: str) -> dict[str, Any]:
    reference = {"educationOrganizationId": of}
    record: dict[str, Any] = {**ANA, "educationOrganizationReference": reference}
    if street:
        home = {"addressTypeDescriptor": "x#Home", "streetNumberName": street}
        record["addresses"] = [home | more]
    return record | ({"sexDescriptor": f"x#{sex}"} if sex else {})


def arrivals(records: Records) -> list[Arrival]:
    """Return what comes of records in JSON, in XML, and in files of their own."""
    body = "".join(element(OF_STUDENTS.removesuffix("s"), each) for each in records)
    xml = f'<InterchangeAny xmlns="http://ed-fi.org/5.2.0">{body}</InterchangeAny>'
    people = {"all.json": json.dumps(PEOPLE)}
    files = {f"{n}.json": {OF_STUDENTS: [each]} for n, each in enumerate(records)}
    sent: list[dict[str, str | bytes]] = [
        {"all.json": json.dumps(PEOPLE | {OF_STUDENTS: records})},
        {**people, "more.xml": xml},
        {**people, **{name: json.dumps(each) for name, each in files.items()}},
    ]
    return [arrive(each, LISTED | OF_PLACE) for each in sent]


@pytest.mark.parametrize("step", [1, -1])
def test_what_the_district_tells_counts(step: int) -> None:
    both = [
        told(DISTRICT, "12 Elm St", "Female", postalCode="98101"),
        told(SCHOOL, "99 Old Rd", "Male", postalCode="98109")
        | {"limitedEnglishProficiencyDescriptor": "x#Limited"},
    ]
    both[1]["addresses"][0]["apartmentRoomSuiteNumber"] = "4"
    for arrival in arrivals(both[::step]):
        (student,) = rows(arrival, "student")
        kept = [student.get(name) for name in (*PLACE, "sex", "english_learner")]
        assert kept == ["12 Elm St", None, "98101", "Female", "Limited"]
        assert "tells another" not in said(arrival)


def test_what_the_district_leaves_open_a_school_tells() -> None:
    for arrival in arrivals(
        [told(DISTRICT, sex="Not Selected"), told(SCHOOL, "1 Elm")]
    ):
        (student,) = rows(arrival, "student")
        assert student["street_address"] == "1 Elm"
    for arrival in arrivals([told(DISTRICT, sex="Unknown"), told(SCHOOL, sex="Male")]):
        assert rows(arrival, "student")[0]["sex"] == "Male"


@pytest.mark.parametrize("of", [DISTRICT + 1, DISTRICT])
def test_of_two_districts_neither_counts_more(of: int) -> None:
    for arrival in arrivals([told(DISTRICT, "12 Elm St"), told(of, "99 Old Rd")]):
        assert "street_address" not in rows(arrival, "student")[0]
        assert "1 row tells another “Street address”" in said(arrival)
