"""Sets of changes: laid over a full set, they tell what a full set of the day would."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.rules.scope import Scope
from indicators.arrivals.contract import Answers, Arrival
from tests.support.arriving import ROSTER, arrive, rows, said
from tests.support.changing import (
    ACTIVE,
    BEGAN,
    DAY,
    DELETED,
    END,
    HEADINGS,
    ORGS,
    Files,
    changes,
    full,
    in_class,
    laid,
    manifest,
    spells,
    user,
)
from tests.support.rosters import ONEROSTER_2, packed

SEX = ROSTER | {"student.sex"}
STAYED = [("u2", "o1", BEGAN, END), ("u3", "o2", BEGAN, END)]


def of_ana(arrival: Arrival) -> list[tuple[Any, ...]]:
    return [row[1:] for row in spells(arrival) if row[0] == "u1"]


@pytest.mark.parametrize(
    ("lines", "ana"),
    [
        ((1, 1, f"{BEGAN},2021-12-01"), [("o1", BEGAN, date(2021, 12, 1))]),
        ((1, 1, f"2021-09-13,{END}"), [("o1", date(2021, 9, 13), END)]),
        ((1, 2, f"{DAY},{END}"), [("o2", DAY, END)]),
        ((9, 1, f"{DAY},2022-03-01"), [("o1", BEGAN, END)]),
        ((9, 1, ","), [("o1", BEGAN, END)]),
        ((9, 2, f"{DAY},{END}"), [("o1", BEGAN, END), ("o2", DAY, END)]),
    ],
)
def test_a_class_that_changed_changes_the_enrolment(
    lines: tuple[int, int, str], ana: list[tuple[Any, ...]]
) -> None:
    """The student's row among the users did not change, and is not in the set."""
    arrival = laid(changes(enrollments=in_class(*lines)))
    assert spells(arrival) == [*(("u1", *row) for row in ana), *STAYED]


def test_who_changes_school_is_at_one_at_a_time() -> None:
    moved = changes(
        users=user(1, "o2", status=ACTIVE),
        enrollments=in_class(1, 1, ",", status=DELETED)
        + in_class(9, 2, f"{DAY},{END}"),
    )
    back = changes(
        users=user(1, "o1", status=ACTIVE),
        enrollments=in_class(9, 2, f"{DAY},2022-01-20")
        + in_class(10, 1, f"2022-01-21,{END}"),
    )
    assert of_ana(laid(moved)) == [("o2", DAY, END)]
    assert of_ana(laid(moved, back)) == [
        ("o1", date(2022, 1, 21), END),
        ("o2", DAY, date(2022, 1, 20)),
    ]


def test_who_loses_every_class_is_at_the_school_of_the_user() -> None:
    gone = in_class(1, 1, ",", status=DELETED)
    moved = changes(users=user(1, '"o2,d"', status=ACTIVE), enrollments=gone)
    assert of_ana(laid(moved)) == [("o2", None, None)]
    assert of_ana(laid(changes(enrollments=gone))) == [("o1", None, None)]


def test_who_is_gone_is_kept_nowhere_and_told() -> None:
    gone = user(1, status=DELETED)
    new = in_class(9, 2, f"{DAY},{END}")
    arrival = laid(changes(users=gone, enrollments=new))
    assert spells(arrival) == STAYED
    assert [row["id"] for row in rows(arrival, "student")] == ["u2", "u3"]
    assert "1 student is no longer in the set" in said(arrival)
    everybody = "".join(user(n, status=DELETED) for n in (1, 2, 3))
    arrival = laid(changes(users=everybody + user(4, status=ACTIVE)))
    assert spells(arrival) == [("u4", "o1", None, None)]
    assert not laid(changes(users=everybody)).can_be_kept


def test_a_file_of_which_all_came_replaces_what_was_there() -> None:
    mixed = changes(
        users=user(1) + user(2, name="Bo"), enrollments=in_class(9, 2, f"{DAY},{END}")
    )
    modes = {"users": "bulk", "enrollments": "delta"}
    arrival = laid({**mixed, "manifest.csv": manifest(modes)})
    assert of_ana(arrival) == [("o1", BEGAN, END), ("o2", DAY, END)]
    found = {row["id"]: row["first_name"] for row in rows(arrival, "student")}
    assert found == {"u1": "Ana", "u2": "Bo"}
    assert "1 student is no longer in the set" in said(arrival)


def test_changes_come_one_set_at_a_time() -> None:
    arrival = arrive({"full.zip": packed(full())})
    sets = {
        f"{n}.zip": packed(changes(users=user(1, status=ACTIVE, name=name)))
        for n, name in enumerate(("Anna", "Anne"))
    }
    both = arrive(sets, earlier=arrival.frames)
    assert not both.can_be_kept
    assert "Send them one after the other" in said(both)


def test_an_enrolment_of_nobody_who_was_delivered_is_set_aside() -> None:
    arrival = laid(changes(enrollments=in_class(9, 2, f"{DAY},{END}", of="u8")))
    assert {row[0] for row in spells(arrival)} == {"u1", "u2", "u3"}
    assert "the student number is not in the list" in said(arrival)


def test_demographics_of_a_student_whose_user_did_not_change_count() -> None:
    born = f"u1,{ACTIVE},2010-03-31,\nt1,{ACTIVE},1980-01-02,\n"
    arrival = laid(changes(demographics=born), listed=SEX)
    by_id = {row["id"]: row for row in rows(arrival, "student")}
    assert by_id["u1"]["birth_date"] == date(2010, 3, 31)
    assert by_id["u1"]["first_name"] == "Ana"
    assert "sex" not in by_id["u1"]  # which the row that came leaves blank
    assert by_id["u2"]["sex"] == "male"
    assert by_id.keys() == {"u1", "u2", "u3"}


def test_senders_own_numbers_are_known_from_the_full_set() -> None:
    mapping = {
        "users.identifier": "student.id",
        "orgs.identifier": "enrolment.school",
    }
    answers = Answers(mapping=mapping)
    moved = changes(enrollments=in_class(9, 2, f"{DAY},{END}"))
    arrival = laid(moved, answers=answers)
    assert spells(arrival)[:2] == [("71", "1", BEGAN, END), ("71", "2", DAY, END)]
    strangers = changes(
        enrollments=in_class(9, 2, f"{DAY},{END}", of="u8")
        + f"e8,{ACTIVE},c1,o7,u1,student,{DAY},{END}\n"
    )
    arrival = laid(strangers, answers=answers)
    assert [row[0] for row in spells(arrival)] == ["71", "72", "73"]
    assert "What is said of 1 person was not read" in said(arrival)
    assert "1 row is of a school that is not known" in said(arrival)


def test_places_hold_no_number_of_the_set_and_only_what_is_listed() -> None:
    listed = ROSTER - {"enrolment.exit_date"}
    answers = Answers(mapping={"users.identifier": "student.id"})
    frames = laid(listed=listed, answers=answers).frames
    kept = str(frames["places"].to_pydict())
    assert not any(f"'{name}" in kept for name in ("u1", "e1", "c1", "t1", "2022-06"))
    assert frames["places"]["exit_date"].null_count == frames["places"].num_rows


def test_what_a_school_or_student_is_called_stays() -> None:
    listed = ROSTER | {"school.name", "enrolment.grade", "calendar.school_year"}
    terms = "".join(
        f"{n},,,Now,schoolYear,2021-08-23,2022-06-10,,2022\n" for n in ("t1", "t2")
    )
    sessions = HEADINGS["academicSessions.csv"] + terms
    moved = changes(enrollments=in_class(1, 2, f"{DAY},{END}"))
    arrival = laid(moved, on=full(academicSessions=sessions), listed=listed)
    ana = next(row for row in rows(arrival, "enrolment") if row["id"] == "u1")
    assert (ana["school"], ana["school_name"]) == ("o2", "Other")
    assert (ana["grade"], ana["school_year"]) == ("09", "2022")


ROLE_1 = "r1,{},u1,primary,student,2021-08-23,,o1,\n"
ROLE_2 = "r2,{},u1,primary,student,2022-01-03,,o2,\n"
AGAIN = "r3,{},u1,secondary,student,2021-08-23,,o1,\n"
OLD = "r0,{},u1,primary,student,2019-08-20,2020-06-10,o1,\n"


def of_roles(*lines: str) -> Files:
    orgs = HEADINGS["orgs.csv"] + ORGS
    head = ONEROSTER_2["roles.csv"].splitlines()[0] + "\n"
    told = "".join(line.format(",") for line in lines)
    return {**ONEROSTER_2, "orgs.csv": orgs, "roles.csv": head + told}


def changed_roles(users: str = "", roles: str = "") -> Files:
    told = {"users": users, "roles": roles}
    return {
        "manifest.csv": manifest(dict.fromkeys(told, "delta"), "1.2"),
        **{
            f"{name}.csv": ONEROSTER_2[f"{name}.csv"].splitlines()[0] + f"\n{text}"
            for name, text in told.items()
        },
    }


@pytest.mark.parametrize(
    ("before", "after", "ana"),
    [
        (
            (ROLE_1,),
            ROLE_1.format(DELETED) + ROLE_2.format(ACTIVE),
            [("o2", DAY, None)],
        ),
        (
            (ROLE_1,),
            ROLE_1.format(ACTIVE).replace("08-23,,", f"08-23,{DAY},")
            + ROLE_2.format(ACTIVE),
            [("o1", BEGAN, DAY), ("o2", DAY, None)],
        ),
        (
            (OLD, ROLE_1),
            ROLE_1.format(ACTIVE).replace("08-23,,", f"08-23,{DAY},"),
            [("o1", date(2019, 8, 20), date(2020, 6, 10)), ("o1", BEGAN, DAY)],
        ),
        ((ROLE_1, AGAIN), AGAIN.format(DELETED), [("o1", BEGAN, None)]),
    ],
)
def test_a_role_that_changed_changes_what_it_tells(
    before: tuple[str, ...], after: str, ana: list[tuple[Any, ...]]
) -> None:
    arrival = laid(changed_roles(roles=after), on=of_roles(*before))
    assert of_ana(arrival) == ana


def test_a_new_name_counts_where_the_role_did_not_change() -> None:
    line = ONEROSTER_2["users.csv"].splitlines()[1]
    changed = line.replace("u1,,,", f"u1,{ACTIVE},").replace("Lopez", "Diaz")
    teacher = changed.replace("u1", "t9")
    arrival = laid(changed_roles(users=f"{changed}\n{teacher}\n"), on=of_roles(ROLE_1))
    assert [row["last_name"] for row in rows(arrival, "student")] == ["Diaz"]
    assert of_ana(arrival) == [("o1", BEGAN, None)]


@pytest.mark.parametrize(("second", "n_spells"), [("2022-01-10", 1), ("2022-03-01", 2)])
def test_classes_with_weeks_between_them_are_two_enrolments(
    second: str, n_spells: int
) -> None:
    lines = in_class(1, 1, f"{BEGAN},2021-12-17", status=",") + in_class(
        2, 1, f"{second},{END}", status=","
    )
    arrival = laid(on=full(enrollments=HEADINGS["enrollments.csv"] + lines))
    found = of_ana(arrival)
    assert len(found) == n_spells
    assert (found[0][1], found[-1][2]) == (BEGAN, END)
    assert ("u2", "o1", None, None) in spells(arrival)  # who has no class


@pytest.mark.parametrize("year", [2021, 2022])
def test_an_enrolment_is_of_the_school_year_of_its_class(year: int) -> None:
    sessions = HEADINGS["academicSessions.csv"] + (
        "t1,,,Now,schoolYear,2021-08-23,2022-06-10,,2022\n"
        "t2,,,Next,schoolYear,2022-08-22,2023-06-09,,2023\n"
    )
    lines = "".join(
        in_class(n, at, days, of=f"u{n}", status=",")
        for n, at, days in (
            (1, 1, f"{BEGAN},{END}"),
            (2, 2, "2022-08-22,2023-06-09"),
            (3, 2, ","),
        )
    )
    files = full(
        academicSessions=sessions, enrollments=HEADINGS["enrollments.csv"] + lines
    )
    listed = ROSTER | {"calendar.school_year"}
    arrival = laid(on=files, listed=listed, scope=Scope(years=(year, year)))
    assert {row[0] for row in spells(arrival)} == (
        {"u1"} if year == 2021 else {"u2", "u3"}
    )
    told = {row["id"]: row["school_year"] for row in rows(arrival, "enrolment")}
    assert set(told.values()) == {str(year + 1)}


DAYS_OF_YEAR = st.dates(date(2021, 8, 1), date(2022, 6, 30)).map(str) | st.just("")
ROWS = st.fixed_dictionaries(
    {},
    optional={
        n: st.tuples(st.integers(1, 3), st.integers(1, 2), DAYS_OF_YEAR)
        for n in range(1, 7)
    },
)
SCHOOLS = st.sampled_from(["o1", "o2", '"o1,o2"', "d"])
USERS = st.fixed_dictionaries(
    {1: st.tuples(SCHOOLS, st.sampled_from(["Ana", "Bo"]))},
    optional={
        n: st.tuples(SCHOOLS, st.sampled_from(["Ana", "Bo"])) for n in range(2, 4)
    },
)
State = tuple[dict[int, tuple[str, str]], dict[int, tuple[int, int, str]]]


# A class of somebody who is not there is in no set.
STATES = st.tuples(USERS, ROWS).map(
    lambda of: (of[0], {n: row for n, row in of[1].items() if row[0] in of[0]})
)


def told_by(state: State, status: str = ",") -> tuple[str, str]:
    """Return the rows of users and of enrolments."""
    users, classes = state
    return (
        "".join(user(n, o, name=name, status=status) for n, (o, name) in users.items()),
        "".join(
            in_class(n, at, f"{day},", of=f"u{who}", status=status)
            for n, (who, at, day) in classes.items()
        ),
    )


def differing(now: State, was: State) -> State:
    users = {n: row for n, row in now[0].items() if was[0].get(n) != row}
    return users, {n: row for n, row in now[1].items() if was[1].get(n) != row}


def lacking(was: State, now: State) -> State:
    users = {n: row for n, row in was[0].items() if n not in now[0]}
    return users, {n: row for n, row in was[1].items() if n not in now[1]}


@settings(max_examples=60, deadline=None)
@given(states=st.lists(STATES, min_size=2, max_size=4))
def test_changes_tell_what_a_full_set_would(states: list[State]) -> None:
    def all_of(state: State) -> Files:
        users, classes = told_by(state)
        return full(
            users=HEADINGS["users.csv"] + users + user(8) + user(9, "o2"),
            demographics=HEADINGS["demographics.csv"],
            enrollments=HEADINGS["enrollments.csv"] + classes,
        )

    sets = []
    for before, after in pairwise(states):
        new, old = differing(after, before), lacking(before, after)
        texts = zip(told_by(new, ACTIVE), told_by(old, DELETED), strict=True)
        users, classes = ("".join(pair) for pair in texts)
        sets.append(changes(users=users, enrollments=classes))
    expected = arrive({"f.zip": packed(all_of(states[-1]))})
    arrival = laid(*sets, on=all_of(states[0]))
    assert spells(arrival) == spells(expected)
    for frame in ("student", "places"):
        assert sorted(map(str, arrival.frames[frame].to_pylist())) == sorted(
            map(str, expected.frames[frame].to_pylist())
        )
