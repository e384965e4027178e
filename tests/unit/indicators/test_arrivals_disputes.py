"""Rows that tell of one student differently: what it costs, and what it does not."""

from itertools import permutations

import pytest

from agreements.rules.scope import Scope
from indicators.arrivals.record_kinds import OF_RECORDS
from indicators.measures.spelled import spelled
from tests.support.arriving import ROSTER, arrive, rows, said
from tests.support.rosters import ONEROSTER, ONEROSTER_CHANGES, packed

ZIP, ENGLISH = "student.zip", "student.english_learner"
CALLED, SEX, RACE = "student.preferred_first_name", "student.sex", "student.race"
CLASS = "student.graduation_cohort"
IDEA, MIDDLE = "student.idea", "student.middle_name"
ADDRESS = "student.street_address"
MORE = {
    ZIP: ("zip", "ZIP code"),
    ENGLISH: ("english learner", "English learner"),
    CALLED: ("preferred first name", "Preferred first name"),
    SEX: ("sex", "Sex"),
    RACE: ("race", "Race"),
    CLASS: ("class of", "Graduation cohort"),
    IDEA: ("idea", "Special education (IDEA)"),
    MIDDLE: ("middle name", "Middle name"),
    ADDRESS: ("street address", "Street address"),
}
OWN = "student id,first name,last name,dob"
ANA, BO = "1,Ana,Lopez,2013-01-31", "2,Bo,Li,2013-01-31"


def told(code: str, one: str, other: str) -> list[dict[str, str]]:
    """Return the files in which a mover's rows tell both, in one list and in two."""
    one, other = f'"{one}"', f'"{other}"'
    heading = f"{OWN},school,entry date,{MORE[code][0]}"
    first = f"{heading}\n{BO},7,2021-08-23,\n{ANA},7,2021-08-23,{one}\n"
    return [
        {"a.csv": f"{first}1,ANA,Lopez,,8,2022-01-10,{other}\n"},
        {
            "a.csv": first,
            "b.csv": f"student id,school,entry date,{MORE[code][0]}\n"
            f"1,8,2022-01-10,{other}\n",
        },
    ]


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        *((RACE, "White", "Two or more races"), (RACE, "White;Asian", "White;Black")),
        *((ZIP, "02139", "02140"), (ENGLISH, "yes", "no"), (CALLED, "Annie", "Nana")),
        *((CLASS, "2031", "2032"), (CLASS, "2032", "2031")),
        *((ADDRESS, "1 Main St", "1 Oak St"), (ADDRESS, "1 Elm Apt 4", "1 Elm Apt 5")),
        *((RACE, "White, not Hispanic", "Two or more races"), (MIDDLE, "A", "B")),
        *((IDEA, "Y", "N"), (ZIP, "02139", "2140"), (RACE, "White, Asian", "White")),
        *((RACE, "White;Unknown", "Two or more races"), (RACE, "White", "multiracial")),
    ],
)
def test_a_mover_keeps_both_enrolments_and_what_differs_is_not_known(
    code: str, one: str, other: str
) -> None:
    for files in told(code, one, other):
        arrival = arrive(files, ROSTER | {code})
        assert arrival.n_rejected == 0, said(arrival)
        spells = [row for row in rows(arrival, "enrolment") if row["id"] == "1"]
        assert [row["school"] for row in spells] == ["7", "8"]
        assert code.removeprefix("student.") not in rows(arrival, "student")[1]
        assert f"1 row tells another “{MORE[code][1]}” of a student" in said(arrival)


@pytest.mark.parametrize(
    ("code", "one", "other", "known"),
    [
        (SEX, "U", "Female", "Female"),
        (SEX, "2", "F", "2"),
        (SEX, "Not selected", "", "Not selected"),
        (RACE, "Asian", "Choose not to respond", "Asian"),
        (RACE, "Unknown", "Asian", "Asian"),
        (RACE, "Black", "black or  African American", "Black"),
        (RACE, "n/a", "White;Asian", "White;Asian"),
        (RACE, "White;Asian", "Two or more races", "White;Asian"),
        (RACE, "multiracial", "White;Asian", "White;Asian"),
        (RACE, "Two or more", "Multiracial", "Two or more"),
        (RACE, "White;Asian", "Asian, White", "White;Asian"),
        (RACE, "Asian, White", "Two or more races", "Asian, White"),
        *((ZIP, "02139", "02139-6441", "02139"), (ZIP, "02139-6441", "", "02139")),
        *((ZIP, "2139", "02139", "02139"), (ZIP, "02139", "2139", "02139")),
        *((ENGLISH, "Yes", "yes", "Yes"), (ENGLISH, "Y", "Yes", "Y")),
        *((ENGLISH, "1", "true", "1"), (IDEA, "N", "0", "N")),
        *((MIDDLE, "A.", "A", "A."), (MIDDLE, "O'Neal", "ONEAL", "O'Neal")),
        *((MIDDLE, "Ann-Marie", "ann marie", "Ann-Marie"),),
        (ADDRESS, "1 Main St", "1 MAIN STREET", "1 Main St"),
        (ADDRESS, "1 Main St Apt 4", "1 main st. #4", "1 Main St Apt 4"),
    ],
)
def test_what_tells_nothing_or_the_same_contradicts_nothing(
    code: str, one: str, other: str, known: str
) -> None:
    for files in told(code, one, other):
        arrival = arrive(files, ROSTER | {code})
        assert rows(arrival, "student")[1][code.removeprefix("student.")] == known
        assert "tells another" not in said(arrival)


@pytest.mark.parametrize("names", list(permutations(("a.csv", "b.csv", "c.csv"))))
def test_of_a_class_told_differently_no_order_of_files_keeps_one(
    names: tuple[str, ...],
) -> None:
    files = {
        "a.csv": f"{OWN},school,entry date,class of\n{BO},7,2021-08-23,2031\n"
        f"{ANA},7,2021-08-23,\n",
        "b.csv": "student id,class of,diploma type,graduation date\n1,2032,,\n2,,,\n",
        "c.csv": "student id,school,entry date,class of\n1,8,2022-01-10,2031\n",
    }
    arrival = arrive(
        {name: files[name] for name in names}, ROSTER | OF_RECORDS | {CLASS}
    )
    classes = [row.get("graduation_cohort") for row in rows(arrival, "student")]
    assert classes == ["2031", None]
    assert (arrival.n_rejected, len(rows(arrival, "enrolment"))) == (0, 3)


SEVERAL = ("Two or more races", "White", "")


@pytest.mark.parametrize("races", list(permutations(SEVERAL)))
def test_several_races_and_one_contradict_each_other_in_whatever_order(
    races: tuple[str, ...],
) -> None:
    people = f"{OWN},school,entry date\n{ANA},7,2021-08-23\n"
    told = {f"r{n}.csv": f"student id,race\n1,{r}\n" for n, r in enumerate(races)}
    arrival = arrive({"p.csv": people, **told}, ROSTER | {RACE})
    assert "race" not in rows(arrival, "student")[0]
    assert "1 row tells another “Race” of a student" in said(arrival)


@pytest.mark.parametrize(
    ("heading", "cell"), [("dob", "2012-01-31"), ("first name", "Eva")]
)
def test_a_row_of_somebody_else_in_another_file_is_set_aside(
    heading: str, cell: str
) -> None:
    (_, files) = told(ZIP, "02139", "")
    files["b.csv"] = f"student id,{heading},zip\n1,{cell},02140\n"
    arrival = arrive(files, ROSTER | {ZIP})
    assert rows(arrival, "student")[1]["zip"] == "02139"
    (aside,) = arrival.rejected
    assert "another row says that the student is of another" in aside.reason


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        *(("3rd", "03"), ("Grade 3", "03"), ("Third Grade", "03"), ("03", "03")),
        *(("Kindergarten", None), ("4th", None), ("thirdish", None)),
    ],
)
def test_a_grade_is_read_as_scopes_read_it_and_is_never_a_blank(
    cell: str, kept: str | None
) -> None:
    arrival = arrive(
        {
            "a.csv": f"{OWN},school,entry date,grade\n{BO},7,2021-08-23,3\n"
            f"{ANA},7,2021-08-23,{cell}\n"
        },
        ROSTER | {"enrolment.grade"},
        scope=Scope(grades=("03",)),
    )
    assert not arrival.questions
    assert [row.get("grade") for row in rows(arrival, "enrolment")] == [
        "03",
        *([kept] if kept else []),
    ]
    assert arrival.n_rejected == (kept is None)


def test_where_changes_contradict_each_other_what_was_delivered_stays() -> None:
    listed = ROSTER | {SEX, ZIP}
    before = arrive({"all.zip": packed(ONEROSTER)}, listed)
    more = "student id,sex,zip\nu1,male,02139\nu1,,02140\n"
    files: dict[str, str | bytes] = {
        "changes.zip": packed(ONEROSTER_CHANGES),
        "more.csv": more,
    }
    arrival = arrive(files, listed, earlier=before.frames)
    (student,) = rows(arrival, "student")
    assert (student["sex"], student.get("zip")) == ("female", None)
    for label in ("Sex", "ZIP code"):
        assert f"1 row tells another “{label}” of a student" in said(arrival)
    stays = "What an earlier delivery tells of such a student stays; else it is not"
    assert said(arrival).count(stays) == 2
    assert "It is not known of such a student" not in said(arrival)


@pytest.mark.parametrize(
    ("heading", "word"),
    [
        ("blackOrAfricanAmerican", "Black"),
        ("americanIndianOrAlaskaNative", "American Indian - Alaska Native"),
        ("nativeHawaiianOrOtherPacificIslander", "Native Hawaiian - Pacific Islander"),
        ("white", "WHITE"),
    ],
)
def test_a_race_is_the_same_by_a_heading_of_oneroster_and_by_its_word(
    heading: str, word: str
) -> None:
    demographics = f"sourcedId,birthDate,{heading}\nu1,2010-01-31,true\n"
    files = {**ONEROSTER, "demographics.csv": demographics}
    sent: dict[str, str | bytes] = {
        "all.zip": packed(files),
        "more.csv": f"student id,race\nu1,{word}\n",
    }
    arrival = arrive(sent, ROSTER | {"student.race"})
    (student,) = rows(arrival, "student")
    assert spelled("race", student["race"]) == spelled("race", word)
    assert "another" not in said(arrival)
