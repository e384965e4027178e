"""Objects of which an Ed-Fi record has several: what one lacks is no other's."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from indicators.arrivals.contract import Arrival
from tests.support.arriving import arrive, rows, said
from tests.unit.indicators.test_arrivals_edfi import (
    ANA,
    LISTED,
    OF_STUDENTS,
    PEOPLE,
    UNCLEAR,
)

OF_PEOPLE = ("street_address", "unit_number", "race")
LISTED_HERE = LISTED | {f"student.{each}" for each in (*OF_PEOPLE, "state_id")}
YEAR = {"schoolYearTypeReference": {"schoolYear": 2022}}
RECORDS, TESTED = "studentAcademicRecords", "studentAssessments"
TESTS = [
    {"assessmentIdentifier": "R3", "assessmentCategoryDescriptor": "x#State assessment"}
    | {"academicSubjects": [{"academicSubjectDescriptor": "x#Reading"}]}
]


def element(name: str, value: object) -> str:
    """Return an object, or a text, as an element of XML."""
    name = name.removesuffix("Descriptor")
    if isinstance(value, list):
        one = "address" if name == "addresses" else name.removesuffix("s")
        return "".join(element(one, each) for each in value)
    if isinstance(value, Mapping):
        value = "".join(element(key, each) for key, each in value.items())
    return f"<{name}>{value}</{name}>"


def arrivals(resource: str, record: dict[str, Any]) -> list[Arrival]:
    """Return what comes of a record in JSON, and of the same in XML."""
    of_all = PEOPLE | {"assessments": TESTS}
    body = element(resource.removesuffix("s"), ANA | record)
    xml = f'<InterchangeAny xmlns="http://ed-fi.org/5.2.0">{body}</InterchangeAny>'
    sent: list[dict[str, str | bytes]] = [
        {"all.json": json.dumps(of_all | {resource: [ANA | record]})},
        {"all.json": json.dumps(of_all), "more.xml": xml},
    ]
    return [arrive(files, LISTED_HERE) for files in sent]


def test_a_class_is_of_no_year_of_another_cohort() -> None:
    years: list[dict[str, Any]] = [
        {"cohortYearTypeDescriptor": "x#Ninth grade"},
        {"cohortYearTypeDescriptor": "x#Kindergarten", "schoolYear": 2013},
        {"schoolYear": 2022},
    ]
    for arrival in arrivals(OF_STUDENTS, {"cohortYears": years}):
        assert "graduation_cohort" not in rows(arrival, "student")[0]
        assert "1 record tells cohort years, but not the one" in said(arrival)
    years[0]["schoolYear"] = 2021
    for arrival in arrivals(OF_STUDENTS, {"cohortYears": years}):
        assert rows(arrival, "student")[0]["graduation_cohort"] == "2024"


def test_a_diploma_is_of_no_day_of_another() -> None:
    regular = {"diplomaTypeDescriptor": "x#Regular diploma"}
    other = {"diplomaTypeDescriptor": "x#Certificate of completion"}
    other["diplomaAwardDate"] = "2021-06-10"
    day = {"diplomaAwardDate": "2022-06-10"}
    for arrival in arrivals(RECORDS, YEAR | {"diplomas": [regular, other, day]}):
        assert "several diplomas are told, and not each has its type" in said(arrival)
        assert "diplomas" not in arrival.frames
    for arrival in arrivals(RECORDS, YEAR | {"diplomas": [{"x": 1}, regular | day]}):
        (kept,) = rows(arrival, "diplomas")
        assert kept["diploma"] == "regular diploma"
        assert kept["diploma_on"] == date(2022, 6, 10)


def test_a_level_is_that_of_the_only_method_that_tells_one() -> None:
    by, level = "assessmentReportingMethodDescriptor", "performanceLevelDescriptor"
    methods: list[dict[str, str]] = [{by: "x#Growth"}, {by: "x#Ach", level: "x#Basic"}]
    record = {
        "assessmentReference": {"assessmentIdentifier": "R3"},
        "administrationDate": "2022-04-05",
        "performanceLevels": methods,
    }
    for arrival in arrivals(TESTED, record):
        assert [row["level"] for row in rows(arrival, "assessments")] == ["Basic"]
        assert "several levels" not in said(arrival)
    methods.append({level: "x#Proficient"})
    for arrival in arrivals(TESTED, record):
        assert "several levels are told, and not by which method" in said(arrival)


@pytest.mark.parametrize("spelled", ["gradePointAverages", "GradePointAverages"])
def test_an_average_has_no_type_of_another_in_any_spelling(spelled: str) -> None:
    told = [
        {"gradePointAverageTypeDescriptor": "x#Unweighted", "isCumulative": "true"},
        {"gradePointAverageTypeDescriptor": "x#Weighted", "isCumulative": "true"}
        | {"gradePointAverageValue": 3.9},
        {"gradePointAverageValue": 2.2},
    ]
    for arrival in arrivals(RECORDS, YEAR | {spelled: told}):
        assert rows(arrival, "records") == [{"id": "1", "year": 2022, "weighted": 3.9}]
        assert f"1 record tells {UNCLEAR}" in said(arrival)


def test_an_address_has_no_unit_of_another() -> None:
    street = "streetNumberName"
    two = [
        {street: "1 Main St"},
        {street: "2 Oak St", "apartmentRoomSuiteNumber": "5"},
    ]
    for arrival in arrivals(OF_STUDENTS, {"addresses": two}):
        (student,) = rows(arrival, "student")
        assert (student["street_address"], student.get("unit_number")) == (
            "1 Main St",
            None,
        )


MAIL, ELM, OAK = "PO Box 1", "5 Elm St", "2 Oak St"


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize(
    ("told", "street"),
    [
        ([("Mailing", MAIL), ("Home", ELM)], ELM),
        ([("Mailing", MAIL), ("Physical", ELM), ("Temporary", OAK)], ELM),
        ([("Mailing", MAIL), ("Temporary", OAK)], OAK),
        ([("Home", ELM), ("Physical", ELM), ("Billing", MAIL)], ELM),
        ([("Home", ELM), ("Physical", OAK)], None),
        ([("Home", ELM), ("Home", OAK), ("Mailing", MAIL)], None),
        ([("Mailing", MAIL)], MAIL),
    ],
)
def test_of_several_addresses_the_home_counts_in_any_order(
    told: list[tuple[str, str]], street: str | None, step: int
) -> None:
    where = [
        {"addressTypeDescriptor": f"x#{kind}", "streetNumberName": name}
        for kind, name in told[::step]
    ]
    for arrival in arrivals(OF_STUDENTS, {"addresses": where}):
        assert rows(arrival, "student")[0].get("street_address") == street
        disputed = "1 record tells several home addresses that differ"
        assert (disputed in said(arrival)) is (street is None)


def address(kind: str, name: str, begun: str, ended: str) -> dict[str, Any]:
    days = {"beginDate": begun} | ({"endDate": ended} if ended else {})
    return {"addressTypeDescriptor": f"x#{kind}", "streetNumberName": name} | days


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize(
    ("told", "street"),
    [
        ([("Home", ELM, "2018-01-01", "2020-01-01"), ("Temporary", OAK)], OAK),
        ([("Home", ELM, "2018-01-01", "2020-01-01"), ("Home", OAK)], OAK),
        ([("Home", ELM, "2018-01-01", "2022-06-01"), ("Temporary", OAK)], ELM),
        ([("Home", ELM), ("Home", OAK, "2022-07-01", "")], ELM),
        ([("Home", ELM), ("Physical", OAK, "2021-01-01", "2022-12-31")], None),
    ],
)
def test_an_address_that_ended_or_is_to_come_is_no_home(
    told: list[tuple[str, ...]], street: str | None, step: int
) -> None:
    each = [
        address(one[0], one[1], *(one[2:] or ("2016-01-01", "")))
        for one in told[::step]
    ]
    of_periods = [
        {k: v for k, v in one.items() if not k.endswith("Date")}
        | {"periods": [{k: v for k, v in one.items() if k.endswith("Date")}]}
        for one in each
    ]
    for where in (each, of_periods):
        for arrival in arrivals(OF_STUDENTS, {"addresses": where}):
            assert rows(arrival, "student")[0].get("street_address") == street
            assert ("home addresses that differ" in said(arrival)) is (street is None)


@pytest.mark.parametrize(
    ("until", "street"), [({}, ELM), ({"endDate": "2021-01-01"}, OAK)]
)
def test_an_address_has_ended_when_each_of_its_periods_has(
    until: dict[str, str], street: str
) -> None:
    periods = [
        {"beginDate": "2015-01-01", "endDate": "2016-01-01"},
        {"beginDate": "2018-01-01"} | until,
    ]
    two = [
        {"addressTypeDescriptor": "x#Home", "streetNumberName": ELM}
        | {"periods": periods},
        {"addressTypeDescriptor": "x#Temporary", "streetNumberName": OAK},
    ]
    for arrival in arrivals(OF_STUDENTS, {"addresses": two}):
        assert rows(arrival, "student")[0].get("street_address") == street


def test_homes_that_are_spelled_differently_are_one() -> None:
    home = {"addressTypeDescriptor": "x#Home", "streetNumberName": "1 Main St"}
    home |= {"city": "St. Paul", "postalCode": "89501-1234"}
    other = {"addressTypeDescriptor": "x#Physical", "streetNumberName": "1 MAIN STREET"}
    other |= {"city": "ST PAUL", "postalCode": "89501"}
    parts = ("street_address", "city", "zip")
    listed = LISTED_HERE | {f"student.{part}" for part in parts}
    content = json.dumps(PEOPLE | {OF_STUDENTS: [ANA | {"addresses": [home, other]}]})
    arrival = arrive({"all.json": content}, listed)
    (student,) = rows(arrival, "student")
    assert [student[part] for part in parts] == ["1 Main St", "St. Paul", "89501"]
    assert "home addresses that differ" not in said(arrival)


@pytest.mark.parametrize(
    ("unit", "is_one"), [("4B", True), ("Apt. 4b", True), ("#4B", True), ("5", False)]
)
@pytest.mark.parametrize("behind", ["", " Apartment 4B"])
def test_a_unit_behind_the_street_is_that_in_its_own_place(
    behind: str, unit: str, is_one: bool
) -> None:
    name = "streetNumberName"
    own = {name: f"1 Main St{behind}", "apartmentRoomSuiteNumber": unit}
    homes = [
        {"addressTypeDescriptor": f"x#{kind}"} | each
        for kind, each in (("Home", own), ("Physical", {name: "1 Main St #4B"}))
    ]
    for arrival in arrivals(OF_STUDENTS, {"addresses": homes}):
        assert ("home addresses that differ" in said(arrival)) is not is_one


def test_a_number_sign_in_a_street_is_of_its_unit() -> None:
    where = {"streetNumberName": "1 Main St #4B", "apartmentRoomSuiteNumber": "#4B"}
    for arrival in arrivals(OF_STUDENTS, {"addresses": [where]}):
        (student,) = rows(arrival, "student")
        kept = student["street_address"], student["unit_number"]
        assert kept == ("1 Main St #4B", "#4B")


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize(
    ("told", "number"),
    [
        ([("SSN", "219098232"), ("State", "77")], "77"),
        ([("District", "5"), ("State", "77")], "77"),
        ([("SSN", "219098232"), ("District", "5")], "5"),
        ([("SSN", "219098232")], None),
    ],
)
def test_a_student_number_is_the_states_and_no_social_security_number(
    told: list[tuple[str, str]], number: str | None, step: int
) -> None:
    system = "studentIdentificationSystemDescriptor"
    codes = [{system: f"x#{of}", "identificationCode": n} for of, n in told[::step]]
    for arrival in arrivals(OF_STUDENTS, {"studentIdentificationCodes": codes}):
        assert rows(arrival, "student")[0].get("state_id") == number
        is_told = "1 record tells a Social Security number" in said(arrival)
        assert is_told is (told[0][0] == "SSN")


def test_an_object_that_tells_two_values_tells_neither() -> None:
    years = {"cohortYearTypeDescriptor": "x#Ninth grade", "schoolYear": [2021, 2022]}
    for arrival in arrivals(OF_STUDENTS, {"cohortYears": [years]}):
        assert "graduation_cohort" not in rows(arrival, "student")[0]
        assert "1 record tells cohort years, but not the one" in said(arrival)


def test_a_blank_before_a_race_does_not_lose_it() -> None:
    races = [{"raceDescriptor": ""}, {"raceDescriptor": "x#White"}]
    for arrival in arrivals(OF_STUDENTS, {"races": races}):
        assert rows(arrival, "student")[0]["race"] == "White"


DISPUTED = "1 record tells several cumulative averages of one type that differ"


def averaged(*told: tuple[str, object, str]) -> dict[str, Any]:
    return YEAR | {
        "gradePointAverages": [
            {"gradePointAverageTypeDescriptor": f"x#{kind}"}
            | {"gradePointAverageValue": value, "isCumulative": is_cumulative}
            for kind, value, is_cumulative in told
        ]
    }


def test_averages_of_one_type_that_differ_are_told_as_such() -> None:
    two = [("Unweighted", 3.1, "true"), ("Unweighted", 3.3, "true")]
    for arrival in arrivals(RECORDS, averaged(*two, ("Weighted", 3.9, "true"))):
        assert rows(arrival, "records") == [{"id": "1", "year": 2022, "weighted": 3.9}]
        assert DISPUTED in said(arrival)
    for arrival in arrivals(RECORDS, averaged(*two)):
        assert DISPUTED in said(arrival)
        assert UNCLEAR not in said(arrival)


def test_averages_are_compared_as_numbers_and_cumulative_in_any_word() -> None:
    told = [("Unweighted", 3.1, "true"), ("Unweighted", "3.10", "yes")]
    record = averaged(*told, ("Weighted", 3.9, "Yes"), ("Honors", 2, "no"))
    for arrival in arrivals(RECORDS, record):
        (kept,) = rows(arrival, "records")
        assert (kept["unweighted"], kept["weighted"]) == (3.1, 3.9)
        assert "1 record tells" not in said(arrival)
    record = averaged(*told, ("Weighted", 3.9, "perhaps"))
    for arrival in arrivals(RECORDS, record):
        assert f"1 record tells {UNCLEAR}" in said(arrival)
