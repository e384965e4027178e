"""Rows at the door against whose rows the agreement covers, whatever the file."""

from collections import Counter
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.rules.scope import ALL, Scope, in_words, year_of
from indicators.arrivals.bounds import Bounds
from indicators.arrivals.contract import COVERED, LEFT_OUT, Answers
from indicators.arrivals.covered import grades_in, school_years_in
from indicators.formats.report import Report
from tests.support.arriving import DAYS, EVENTS, ROSTER, TENANTS, TODAY, arrive, rows

GRADED = ROSTER | {"enrolment.grade"}
HEADINGS = (
    "student_id,first_name,last_name,birth_date,school,entry_date,exit_date,grade"
)
ROWS = st.lists(
    st.tuples(
        st.integers(1, 6),  # number of the student
        st.sampled_from(["2004-09-01", "2010-08-31", "2016-02-29", ""]),
        st.sampled_from(["S1", "S2", "s1 "]),
        st.sampled_from(
            ["2018-08-20,2019-06-10", "2021-08-20,", "2021-08-20,2022-06-01"]
        ),
        st.sampled_from(["06", "9", "KG", ""]),
    ),
    min_size=1,
    max_size=12,
)
SCOPES = st.builds(
    Scope,
    places=st.sampled_from([(), ("S1",), ("S1", "S2")]),
    years=st.sampled_from([(), (2021, 2021), (2017, 2018)]),
    ages=st.sampled_from([(), (5, 12), (11, 16)]),
    grades=st.sampled_from([(), ("06",), ("KG", "09")]),
)


def sheet(listed: list[tuple[int, str, str, str, str]]) -> str:
    lines = [
        f"{number},F{number},L{number},{born},{school},{days},{grade}"
        for number, born, school, days, grade in listed
    ]
    return "\n".join([HEADINGS, *lines])


@given(ROWS, SCOPES, st.sampled_from([LEFT_OUT, COVERED]))
def test_no_row_is_kept_that_is_outside(
    listed: list[tuple[int, str, str, str, str]], scope: Scope, said: str
) -> None:
    one_birth = {number: born for number, born, *_ in listed}
    listed = [(row[0], one_birth[row[0]], *row[2:]) for row in listed]
    found = arrive(
        {"s.csv": sheet(listed)}, GRADED, scope=scope, answers=Answers(untold=said)
    )
    assert not found.questions
    if not found.frames:
        assert any("R-057" in each.message for each in found.errors)
        return
    people = rows(found, "student")
    spells = rows(found, "enrolment")
    assert {each["id"] for each in people} == {each["id"] for each in spells}
    for each in people:
        if scope.ages and "birth_date" in each:
            age = year_of(TODAY) - each["birth_date"].year
            age -= (each["birth_date"].month, each["birth_date"].day) > (9, 1)
            assert scope.ages[0] <= age <= scope.ages[1]
        assert said == COVERED or not scope.ages or "birth_date" in each
    for each in spells:
        if scope.places:
            assert each["school"].strip().upper() in scope.places
        if scope.years:
            first, last = scope.days
            assert each["entry_date"] <= last
            assert each.get("exit_date", date.max) >= first
        if scope.grades:
            known = {each.get("grade", "")} & {"06", "09", "KG"}
            assert known <= {*scope.grades}
            assert known or said == COVERED
    assert sum(n for _, n in found.outside) <= found.n_rejected


@given(ROWS)
def test_nothing_is_set_aside_where_nothing_is_stated(
    listed: list[tuple[int, str, str, str, str]],
) -> None:
    assert arrive({"s.csv": sheet(listed)}, GRADED, scope=ALL).outside == ()


def test_lists_apart_are_joined_before_anybody_is_left_out() -> None:
    found = arrive(
        {
            "people.csv": "student_id,first_name,last_name,birth_date\n"
            "1,A,B,2010-05-05\n2,C,D,2010-05-05\n3,E,F,2001-05-05\n",
            "enrol.csv": "student_id,school,entry_date\n"
            "1,S1,2021-08-20\n2,S2,2021-08-20\n3,S1,2021-08-20\n",
            "days.csv": "student_id,school,days_enrolled,days_absent\n"
            "1,S1,100,2\n2,S2,100,3\n3,S1,100,4\n",
        },
        ROSTER | DAYS,
        scope=Scope(places=("S1",), ages=(5, 18), years=(2021, 2021)),
    )
    assert [each["id"] for each in rows(found, "student")] == ["1"]
    assert [each["id"] for each in rows(found, "days")] == ["1"]
    where = Counter(each.file for each in found.rejected)
    assert where == {"people.csv": 2, "enrol.csv": 2, "days.csv": 2}


def test_attendance_of_other_days_and_schools_is_left_out() -> None:
    found = arrive(
        {
            "people.csv": "student_id,first_name,last_name,birth_date,school,entry_date"
            "\n1,A,B,2010-05-05,S1,2019-08-20\n",
            "attendance.csv": "student_id,school,attendance date,category\n"
            "1,S1,2021-10-01,Unexcused Absence\n1,S1,2020-10-01,Unexcused Absence\n"
            "1,S2,2021-10-02,Unexcused Absence\n",
        },
        ROSTER | EVENTS,
        scope=Scope(places=("S1",), years=(2021, 2021)),
    )
    why = [each.reason for each in found.rejected]
    assert why == [
        "attendance.csv, line 3: a day that the agreement does not cover (rule R-057).",
        "attendance.csv, line 4: a school that the agreement does not cover (rule "
        "R-057).",
    ]


def test_grade_is_missing_where_it_decides_and_nobody_tells_it() -> None:
    lines = "student_id,first_name,last_name,birth_date,school,entry_date\n"
    found = arrive(
        {"s.csv": lines + "1,A,B,2010-05-05,S1,2021-08-20\n"},
        GRADED,
        scope=Scope(grades=("06",)),
    )
    assert "enrolment.grade" in found.missing


def test_home_counts_where_the_child_lived_in_the_school_years() -> None:
    covered, other = "PA001000002", "PA001000003"
    lived = [
        (1, covered, "2019-01-01"),
        (2, other, "2019-01-01"),
        (3, covered, "2022-05-01"),
        (4, other, "2019-01-01"),  # and moved to a covered one after the school year
        (4, covered, "2022-05-01"),
    ]
    lines = [f"{n},F{n},L{n},2010-05-05,{place},{day}" for n, place, day in lived]
    headings = "member_id,first_name,last_name,birth_date,development,move_in_date"
    found = arrive(
        {"t.csv": "\n".join([headings, *lines])},
        TENANTS,
        scope=Scope(places=(covered,), years=(2020, 2020)),
    )
    assert [each["member_id"] for each in rows(found, "tenants")] == ["1"]
    assert [each["member_id"] for each in rows(found, "tenancies")] == ["1"]


@pytest.mark.parametrize(("years", "n"), [((2021, 2021), 1), ((2020, 2020), 0)])
def test_list_without_days_is_of_the_day_on_which_it_comes(
    years: tuple[int, int], n: int
) -> None:
    found = arrive(
        {
            "t.csv": "member_id,first_name,last_name,birth_date,development\n"
            "1,A,B,2010-05-05,PA001000002\n"
        },
        TENANTS - {"tenant.move_in_date"},
        scope=Scope(years=years),
    )
    assert sum(frame.num_rows for frame in found.frames.values()) == n


def test_earlier_rows_on_which_changes_build_keep_to_the_scope_too() -> None:
    frames = {
        "student": pa.table(
            {"id": ["1", "2", "3"], "birth_date": [date(2010, 5, 5)] * 2 + [None]}
        ),
        "enrolment": pa.table(
            {
                "id": ["1", "2", "3"],
                "school": ["S1", "S2", "S1"],
                "entry_date": [date(2021, 8, 20)] * 3,
                "exit_date": pa.array([None] * 3, pa.date32()),
                "grade": ["6", "6", "9"],
            }
        ),
        "days": pa.table({"id": ["1", "2"], "school": ["S1", "S2"]}),
    }
    scope = Scope(places=("S1",), years=(2021, 2022), ages=(5, 18), grades=("06",))
    held = Bounds(Report(), TODAY, scope).students(frames)
    assert {name: frame["id"].to_pylist() for name, frame in held.items()} == {
        name: ["1"] for name in frames
    }


@pytest.mark.parametrize(
    ("said", "is_among", "is_told"),
    [
        ("6", True, True),
        ("Sixth grade", True, True),
        ("Grade 6", True, True),
        ("05,06", True, True),
        ("7th", False, True),
        ("Kindergarten", False, True),
        ("UG", False, True),
        ("", False, False),
        ("sixish", False, False),
    ],
)
def test_grades_are_read_in_any_spelling(
    said: str, is_among: bool, is_told: bool
) -> None:
    among, told = grades_in(pa.chunked_array([[said]]), ("06",))
    assert (among[0], told[0]) == (is_among, is_told)


@pytest.mark.parametrize(
    ("said", "is_among", "is_told"),
    [
        ("2022", True, True),
        ("2021-22", True, True),
        ("2021–2022", True, True),
        ("2021", False, True),
        ("22", False, False),
        ("", False, False),
    ],
)
def test_single_year_is_that_in_which_a_school_year_ends(
    said: str, is_among: bool, is_told: bool
) -> None:
    among, told = school_years_in(pa.chunked_array([[said]]), (2021, 2021))
    assert (among[0], told[0]) == (is_among, is_told)


@given(SCOPES, SCOPES)
def test_what_covers_another_scope_lets_its_rows_through(
    one: Scope, other: Scope
) -> None:
    assert one.covers(one)
    assert ALL.covers(one)
    if one.covers(other) and other.covers(one):
        assert {*one.places} == {*other.places}
        assert (one.years, one.ages) == (other.years, other.ages)
    assert bool(in_words(one)) == one.is_limited
