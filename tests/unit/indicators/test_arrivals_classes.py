"""Classes as files tell of them: diplomas and exits, from the door to the measure."""

from datetime import date

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


EXITS = "student id,school,entry date,exit date,exit type,exit documented\n"
GONE = "1,7,2021-08-23,2022-01-10,Dropped out,\n"
UNDATED = "student id,school,exit date,exit type\n1,7,2022-01-10,Dropped out\n"
MOVED = "1,7,2021-08-23,2022-03-01,Transferred to another state,yes\n"


@pytest.mark.parametrize("exits", [GONE + MOVED, MOVED + GONE])
def test_of_two_exits_of_one_enrolment_it_is_not_known_how_the_student_left(
    exits: str,
) -> None:
    arrival = sent(p=f"{HEADINGS}\n{ANA}\n{BO}\n", exits=EXITS + exits)
    (ana, bo) = classes(arrival).values()
    assert (ana["exit_on"], ana["exit_type"]) == (date(2022, 3, 1), None)
    assert bo["exit_on"] is None
    assert "Rows tell different exits of 1 enrolment. How these" in said(arrival)


@pytest.mark.parametrize("is_dated", [True, False])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_row_without_an_exit_takes_none_away(is_dated: bool, is_first: bool) -> None:
    people = f"{HEADINGS}\n{ANA}\n{BO}\n"
    exits = EXITS + GONE if is_dated else UNDATED
    files = {"p": people, "exits": exits}
    arrival = sent(**(files if is_first else dict(reversed(files.items()))))
    (ana, bo) = classes(arrival).values()
    assert (ana["exit_on"], ana["exit_type"]) == (date(2022, 1, 10), "dropped out")
    assert bo["exit_on"] is None
    assert rows(arrival, "enrolment")[0]["exit_date"] == date(2022, 1, 10)
    assert "different exits" not in said(arrival)


def test_an_exit_without_an_entry_is_of_the_enrolment_that_began_last_before() -> None:
    again = ANA.replace("2021-08-23", "2022-02-01")
    arrival = sent(p=f"{HEADINGS}\n{ANA}\n{again}\n{BO}\n", exits=UNDATED)
    spells = [row for row in rows(arrival, "enrolment") if row["id"] == "1"]
    assert [row.get("exit_date") for row in spells][:2] == [date(2022, 1, 10), None]
    assert classes(arrival)["1"]["exit_on"] is None
