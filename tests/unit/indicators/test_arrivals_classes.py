"""Classes as files tell of them: diplomas and exits, from the door to the measure."""

import pytest

from indicators.arrivals.contract import Arrival
from indicators.arrivals.record_kinds import OF_RECORDS
from indicators.measures.classes import classes_of
from tests.support.arriving import ROSTER, arrive, rows, said

COHORT = "student.graduation_cohort"
TYPE, DOCUMENTED = "enrolment.exit_type", "enrolment.exit_documented"
LISTED = ROSTER | OF_RECORDS | {COHORT, TYPE, DOCUMENTED}
HEADINGS = "student id,first name,last name,dob,class of,school,entry date"
ANA = "1,Ana,Lopez,2004-01-31,2022,7,2021-08-23"
BO = "2,Bo,Li,2004-02-28,2022,7,2021-08-23"


def sent(**files: str) -> Arrival:
    return arrive({f"{name}.csv": text for name, text in files.items()}, LISTED)


def classes(arrival: Arrival) -> dict[str, dict[str, object]]:
    codes = {row["id"]: row["id"] for row in rows(arrival, "student")}
    found = classes_of(arrival.frames, codes)["classes"].to_pylist()
    return {row["id"]: row for row in found}


@pytest.mark.parametrize("day", ["31/31/2022", ""])
def test_a_diploma_without_a_day_makes_nobody_one_who_has_none(day: str) -> None:
    arrival = sent(
        p=f"{HEADINGS},diploma type,graduation date\n"
        f"{ANA},Regular diploma,{day}\n{BO},Regular diploma,2022-06-03\n"
    )
    assert {i: row["diploma"] for i, row in classes(arrival).items()} == {
        "2": "regular diploma"
    }
    reasons = [each.reason for each in arrival.rejected]
    words = "Line 2: “Date of a diploma” is empty or cannot be read."
    assert reasons == [words], said(arrival)
    assert "left out" not in said(arrival)
