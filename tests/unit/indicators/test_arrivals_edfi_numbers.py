"""Social Security numbers in Ed-Fi records at the door, in XML and in JSON."""

import json
from typing import Any

import pytest

from indicators.arrivals.contract import Arrival
from tests.support.arriving import ROSTER, arrive, rows, said
from tests.unit.indicators.test_arrivals_edfi_several import element

N = 40
STUDENTS, SPELLS = "students", "studentSchoolAssociations"
MORE = "studentEducationOrganizationAssociations"
SYSTEM = "studentIdentificationSystemDescriptor"
Records = dict[str, list[dict[str, Any]]]


def bare(n: int) -> str:
    return str(343859916 + 7919 * n)


def own(n: int) -> str:
    return f"S{bare(n)}"


def district(ids: list[str], codes: list[dict[str, str]]) -> Records:
    """Return students with these numbers, and each with one of these codes."""
    person = {"firstName": "Ana", "lastSurname": "Lopez", "birthDate": "2007-01-31"}
    of = [{"studentReference": {"studentUniqueId": id}} for id in ids]
    spell = {"schoolReference": {"schoolId": 255901001}, "entryDate": "2021-08-23"}
    more = zip(of, codes, strict=False)
    return {
        STUDENTS: [{"studentUniqueId": id} | person for id in ids],
        SPELLS: [each | spell for each in of],
        MORE: [each | {"studentIdentificationCodes": [code]} for each, code in more],
    }


def sent(ids: list[str], codes: list[dict[str, str]], *, is_xml: bool) -> Arrival:
    records = district(ids, codes)
    listed = ROSTER | {"student.state_id"}
    if not is_xml:
        return arrive({"all.json": json.dumps(records)}, listed)
    body = "".join(
        element(name.removesuffix("s"), record)
        for name, several in records.items()
        for record in several
    )
    xml = f'<InterchangeAny xmlns="http://ed-fi.org/5.2.0">{body}</InterchangeAny>'
    return arrive({"all.xml": xml}, listed)


def coded(system: str, numbers: list[str]) -> list[dict[str, str]]:
    descriptor = f"uri://x#{system}"
    return [{SYSTEM: descriptor, "identificationCode": each} for each in numbers]


NUMBERS, OWN = [bare(n) for n in range(N)], [own(n) for n in range(N)]


@pytest.mark.parametrize("is_xml", [True, False])
@pytest.mark.parametrize(
    "written",
    [
        *("{}{}{}", "{}.{}.{}", "{}–{}–{}", "{}\u00a0{}\u00a0{}", "XXX-XX-{2}"),
        *("SSN{}{}{}", "{}-{}-{}", "#{}{}{}"),
    ],
)
def test_numbers_of_students_are_no_social_security_numbers(
    written: str, is_xml: bool
) -> None:
    ids = [written.format(each[:3], each[3:5], each[5:]) for each in NUMBERS]
    arrival = sent(ids, [], is_xml=is_xml)
    assert arrival.missing == ("student.id",)
    assert "values look like Social Security numbers, first" in said(arrival)
    assert "need a letter before them" in said(arrival)
    as_code = sent(OWN, coded("State", ids), is_xml=is_xml)
    assert as_code.can_be_kept, said(as_code)
    assert not any("state_id" in row for row in rows(as_code, "student"))
    assert "values look like Social Security numbers, first" in said(as_code)


@pytest.mark.parametrize("is_xml", [True, False])
def test_numbers_of_their_own_are_kept(is_xml: bool) -> None:
    states = [f"{each}0" for each in NUMBERS]
    arrival = sent(OWN, coded("State", states), is_xml=is_xml)
    assert arrival.can_be_kept, said(arrival)
    assert "Social Security" not in said(arrival)
    assert [row["id"] for row in rows(arrival, "student")] == OWN
    assert [row["state_id"] for row in rows(arrival, "student")] == states
    assert {row["school"] for row in rows(arrival, "enrolment")} == {"255901001"}


def test_one_number_among_many_of_another_kind_may_be_chance() -> None:
    ids = [bare(0), *(f"{n}" for n in range(70001, 70040))]
    arrival = sent(ids, [], is_xml=False)
    assert arrival.can_be_kept, said(arrival)


@pytest.mark.parametrize(
    "system",
    [
        *("SSN", "Social Security", "US SSN", "ITIN", "Tax ID", "TIN", "Medicaid"),
        *("Canadian SIN", "Social Security Number", "Taxpayer ID", "Medicaid number"),
    ],
)
@pytest.mark.parametrize("is_xml", [True, False])
def test_codes_of_a_whole_country_are_never_the_states(
    system: str, is_xml: bool
) -> None:
    national = coded(system, [f"{each}0" for each in NUMBERS])
    arrival = sent(OWN, national, is_xml=is_xml)
    assert arrival.can_be_kept, said(arrival)
    assert not any("state_id" in row for row in rows(arrival, "student"))
    assert "40 records tell a Social Security number, or one like it" in said(arrival)


@pytest.mark.parametrize("system", ["State", "District", "Local", "Austin", "SIS"])
def test_codes_of_a_state_or_a_district_are_taken(system: str) -> None:
    arrival = sent(OWN, coded(system, OWN), is_xml=False)
    assert [row["state_id"] for row in rows(arrival, "student")] == OWN


def test_codes_beside_those_of_a_country_are_taken() -> None:
    both = coded("State", [f"{each}0" for each in NUMBERS[:20]])
    arrival = sent(OWN, both + coded("SSN", NUMBERS[20:]), is_xml=False)
    assert sum("state_id" in row for row in rows(arrival, "student")) == 20
    assert "20 records tell a Social Security number" in said(arrival)
    assert "looks like" not in said(arrival)
