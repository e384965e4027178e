"""Averages and credits at the door: one record a year, that of the last term."""

import pytest

from indicators.arrivals.contract import Arrival, Standing
from indicators.arrivals.record_kinds import OF_RECORDS
from tests.support.arriving import ROSTER, arrive, rows, said, standings

PEOPLE = (
    "student id,first name,last name,dob,school,entry date,grade\n"
    "1,Ana,Lopez,2013-01-31,7,2021-08-23,3\n2,Bo,Li,2013-02-28,7,2021-08-23,3\n"
)
LISTED = ROSTER | OF_RECORDS | {"calendar.school_year", "enrolment.grade"}


def sent(**files: str) -> Arrival:
    named = {f"{name}.csv": text for name, text in files.items()}
    return arrive({"people.csv": PEOPLE, **named}, LISTED)


AVERAGES = "student id,school year,gpa,weighted gpa,credits\n"


def test_averages_come_alone_and_with_as_many_decimals_as_programs_write() -> None:
    alone = sent(gpa="student id,school year,weighted gpa\n1,2021-22,3.2857142\n")
    assert rows(alone, "records") == [{"id": "1", "year": 2022, "weighted": 3.2857142}]
    other = sent(gpa=f"{AVERAGES}1,2021-22,85,,\n2,2021-22,350,,\n")
    assert "on another scale than that of points from 0 to 4" in said(other)
    assert not other.frames
    people = PEOPLE.replace("grade\n", "grade,school year,gpa\n")
    many = people.replace(",3\n1", ",3,2021-22,n.b.\n1").replace(
        ",3\n2", ",3,2021-22,x\n2"
    )
    arrival = arrive({"people.csv": many.replace(",3\n", ",3,2021-22,3.1\n")}, LISTED)
    assert arrival.can_be_kept, said(arrival)
    assert arrival.frames["student"].num_rows == 2
    assert "left out: 1, since “Grade point average, unweighted” is no" in said(arrival)


def test_a_student_has_one_record_a_year_which_is_that_of_the_last_term() -> None:
    headings = AVERAGES.replace("credits", "credits,term")
    arrival = sent(
        gpa=f"{AVERAGES}1,2021-22,3.1,,6\n1,2021-22,3.1,,6\n",
        fall=f"{headings}2,2021-22,2.9,3.1,3,Fall Semester\n",
        spring=f"{headings}2,2021-22,2.5,,6.5,Spring\n1,2021-22,,3.4,,Spring\n",
    )
    assert rows(arrival, "records") == [
        {"id": "1", "year": 2022, "unweighted": 3.1, "weighted": 3.4, "credits": 6},
        {"id": "2", "year": 2022, "unweighted": 2.5, "credits": 6.5},
    ]
    assert "Those of the last term count" in said(arrival)
    assert standings(arrival)["term"] is Standing.REFUSED
    heads = "student id,school year,gpa,term name,diploma type,graduation date\n"
    one = "1,2021-22,3,Fall,Regular diploma,2022-06-01\n"
    arrival = sent(all=heads + one + one.replace("Fall", "Spring"))
    assert len(rows(arrival, "diplomas")) == 1
    assert not any("term" in each.column_names for each in arrival.frames.values())


WEIGHTED = "1,2021-22,Fall,3.1\n1,2021-22,Spring,3.4\n"


@pytest.mark.parametrize(
    ("unweighted", "weighted", "expected"),
    [
        ("1,2021-22,Fall,2.9\n1,2021-22,Spring,2.5\n", WEIGHTED, (2.5, 3.4)),
        ("1,2021-22,Spring,2.5\n", WEIGHTED, (2.5, 3.4)),
        ("1,2021-22,Fall,2.9\n", WEIGHTED, (None, 3.4)),
        ("1,2021-22,Spring,2.9\n1,2021-22,Spring,2.5\n", WEIGHTED, None),
    ],
)
def test_rows_of_one_term_add_up_in_whatever_files_they_are(
    unweighted: str, weighted: str, expected: tuple[float | None, float] | None
) -> None:
    told = "student id,school year,term,"
    u, w = f"{told}gpa\n{unweighted}", f"{told}weighted gpa\n{weighted}"
    for arrival in (sent(u=u, w=w), sent(w=w, u=u)):
        records = rows(arrival, "records") if arrival.frames else []
        found = [(row.get("unweighted"), row.get("weighted")) for row in records]
        assert found == ([expected] if expected else []), said(arrival)
        assert ("which are the last" in said(arrival)) == (expected is None)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Term 01/02", "Term 02/02"),
        *(("Term 01", "Term 02"), ("1 of 4", "4 of 4"), ("2001/02 S1", "2001/02 S2")),
        *(("Quarter 1 of 4", "Quarter 2"), ("1 of 4", "2nd of 4")),
        *(("1st of 4", "2nd of 4"), ("2nd/4", "3rd/4"), ("1/2", "Semester 2")),
        *(("Fall 01/02", "Spring 01/02"), ("Term 1 01/02", "Term 2 01/02")),
    ],
)
def test_a_term_is_known_by_its_number_among_others_and_not_by_a_year(
    first: str, last: str
) -> None:
    lines = f"1,2021-22,2.0,{last}\n1,2021-22,3.0,{first}\n"
    arrival = sent(gpa=f"student id,school year,gpa,term\n{lines}")
    assert [row["unweighted"] for row in rows(arrival, "records")] == [2.0]


@pytest.mark.parametrize(
    "terms", ["Term 1/2|Term 3/4", "1st of 2|3rd/4", "Block A|Block B", "1/2/22|x"]
)
def test_terms_without_a_known_place_are_said_to_have_none(terms: str) -> None:
    lines = "".join(f"1,2021-22,{n}.5,{t}\n" for n, t in enumerate(terms.split("|")))
    lines += "1,2021-22,1,\n"
    arrival = sent(gpa=f"student id,school year,gpa,term\n{lines}")
    assert not arrival.frames
    n = 0 if "/4" in terms else 2
    words = f"In {n} rows, a term is told that has no known place in a year."
    assert (words in said(arrival)) == bool(n)


@pytest.mark.parametrize(
    "told",
    [
        "gpa,credits\n1,2021-22,3.0,3.5\n1,2021-22,2.0,6.5\n",  # the last, or more?
        "gpa,term\n1,2021-22,3.0,Summer\n1,2021-22,2.0,Fall\n",
        "gpa,credits,term\n1,2021-22,3.0,3.5,S1\n1,2021-22,2.0,3.0,S2\n",
        "gpa,credits,term\n1,2021-22,3.0,3.5,S1\n1,2021-22,2.0,,S2\n",
        "gpa,term\n1,2021-22,3.0,Semester 2\n1,2021-22,2.0,Quarter 3\n",
    ],
)
def test_of_averages_of_one_year_none_is_guessed_to_be_the_last(told: str) -> None:
    arrival = sent(gpa=f"student id,school year,{told}")
    assert "nothing tells which are the last" in said(arrival)
    assert "none of them can be used" not in said(arrival)
    assert not arrival.frames
