"""Sets of changes: whose a number, a birth date or a deletion is, told by the user."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.arrivals.contract import Answers, Arrival
from tests.support.arriving import ROSTER, arrive, rows, said
from tests.support.changing import (
    ACTIVE,
    BEGAN,
    DELETED,
    END,
    HEADINGS,
    Files,
    changes,
    full,
    laid,
    manifest,
    spells,
    user,
)
from tests.support.rosters import packed

BY_NUMBER = Answers(mapping={"users.identifier": "student.id"})
SEX = ROSTER | {"student.sex"}
OF_ANA, OF_BEA = ("2010-01-31", "female"), ("2011-02-28", "male")
NOTHING = (None, None)
Born = tuple[str | None, str | None]


def named(n: int, name: str, number: int, status: str = ACTIVE) -> str:
    line = user(n, status=status, name=name)
    return line.replace(f",{70 + n},", f",{number},")


ALL = full(
    users=HEADINGS["users.csv"]
    + named(1, "Ana", 71, ",")
    + named(2, "Bea", 72, ",")
    + named(3, "Cy", 73, ",")
)


def born(arrival: Arrival) -> dict[tuple[str, str], Born]:
    """Return birth date and sex of each student, by number and name."""
    assert arrival.can_be_kept, said(arrival)
    found = {}
    for row in arrival.frames["student"].to_pylist():
        day = row["birth_date"] and str(row["birth_date"])
        found[row["id"], row["first_name"]] = (day, row["sex"])
    return found


def by_number(*sets: Files, on: Files = ALL) -> Arrival:
    return laid(*sets, on=on, listed=SEX, answers=BY_NUMBER)


@pytest.mark.parametrize(
    ("users", "students"),
    [
        (
            named(1, "Ana", 72) + named(2, "Bea", 71),
            {("72", "Ana"): OF_ANA, ("71", "Bea"): OF_BEA, ("73", "Cy"): NOTHING},
        ),
        (
            named(1, "Ana", 72) + named(2, "Bea", 79),
            {("72", "Ana"): OF_ANA, ("79", "Bea"): OF_BEA, ("73", "Cy"): NOTHING},
        ),
        (
            named(2, "Bea", 72, DELETED) + named(5, "Ed", 72),
            {("71", "Ana"): OF_ANA, ("72", "Ed"): NOTHING, ("73", "Cy"): NOTHING},
        ),
        (
            named(1, "Ana", 71, DELETED) + named(2, "Bea", 71),
            {("71", "Bea"): OF_BEA, ("73", "Cy"): NOTHING},
        ),
    ],
)
def test_what_is_known_of_a_user_stays_that_users(
    users: str, students: dict[Any, Born]
) -> None:
    assert born(by_number(changes(users=users))) == students


def test_who_was_deleted_is_told_though_somebody_has_the_number() -> None:
    users = named(2, "Bea", 72, DELETED) + named(5, "Ed", 72)
    arrival = by_number(changes(users=users))
    assert "1 student is no longer in the set" in said(arrival)
    assert ("72", "o1", None, None) in spells(arrival)


@pytest.mark.parametrize(
    "users", [named(1, "Ana", 72), named(1, "Ana", 72) + named(2, "Bea", 72)]
)
def test_who_comes_by_the_number_of_another_is_set_aside(users: str) -> None:
    """Nothing of the other one is taken for theirs, then or with later changes."""
    first = changes(users=users)
    for sets in ((first,), (first, changes(users=named(1, "Ana", 72)))):
        arrival = by_number(*sets)
        assert born(arrival) == {("72", "Bea"): OF_BEA, ("73", "Cy"): NOTHING}
        assert [row[0] for row in spells(arrival)] == ["72", "73"]
        assert "has this student number" in arrival.rejected[0].reason


def test_a_second_user_of_one_student_is_no_other() -> None:
    arrival = by_number(changes(users=named(5, "Ana", 71)))
    assert not arrival.rejected
    assert born(arrival)["71", "Ana"] == OF_ANA
    apart = changes(users=named(1, "Ana", 71) + named(5, "Eve", 75))
    later = by_number(changes(users=named(5, "Ana", 71)), apart)
    assert (born(later)["71", "Ana"], born(later)["75", "Eve"]) == (OF_ANA, NOTHING)


@pytest.mark.parametrize(
    ("line", "mode", "of_ana", "of_bea"),
    [
        ("u1,{deleted},2010-01-31,female\n", "delta", NOTHING, OF_BEA),
        ("u1,{deleted},,\n", "delta", NOTHING, OF_BEA),
        ("u1,{active},,female\n", "delta", (None, "female"), OF_BEA),
        ("u1,{active},2010-05-31,\n", "delta", ("2010-05-31", None), OF_BEA),
        ("u2,,,2011-02-28,male\n", "bulk", NOTHING, OF_BEA),
        ("", "delta", OF_ANA, OF_BEA),
    ],
)
@pytest.mark.parametrize("has_user", [False, True])
def test_demographics_that_are_no_more_tell_nothing(
    line: str, mode: str, of_ana: Born, of_bea: Born, has_user: bool
) -> None:
    """Whether or not the user is among the changes, and as a full set would."""
    told = line.format(deleted=DELETED, active=ACTIVE)
    users = named(1, "Ana", 71) if has_user else ""
    modes = {"users": "delta", "demographics": mode}
    delta = changes(users=users, demographics=told)
    found = born(by_number({**delta, "manifest.csv": manifest(modes)}))
    assert (found["71", "Ana"], found["72", "Bea"]) == (of_ana, of_bea)


def test_demographics_of_a_second_user_of_a_student_leave_those_of_the_first() -> None:
    on = {**ALL, "users.csv": ALL["users.csv"] + named(5, "Ana", 71, ",")}
    gone = f"u5,{DELETED},,\n"
    found = born(by_number(changes(demographics=gone), on=on))
    assert found["71", "Ana"] == OF_ANA


def test_of_two_rows_of_a_user_the_first_counts() -> None:
    """The second one is set aside, and so deletes nobody."""
    twice = user(1, status=ACTIVE, name="Anne") + user(1, status=DELETED)
    arrival = laid(changes(users=twice))
    assert spells(arrival)[0] == ("u1", "o1", BEGAN, END)
    names = {row["id"]: row["first_name"] for row in rows(arrival, "student")}
    assert names["u1"] == "Anne"
    assert "no longer in the set" not in said(arrival)
    assert "sourcedId appears again" in arrival.rejected[0].reason
    arrival = laid(changes(users=user(1, status=DELETED) + user(1, status=ACTIVE)))
    assert {row["id"] for row in rows(arrival, "student")} == {"u2", "u3"}


LINES = st.sampled_from(["2010-01-31,female", "2010-01-31,", ",male", ",", None])
# Of each user the number, and the demographics that there are, if any.
STATES = st.dictionaries(st.integers(1, 4), LINES, min_size=1).flatmap(
    lambda of: st.permutations(range(71, 76)).map(
        lambda numbers: {
            n: (number, of[n]) for n, number in zip(of, numbers, strict=False)
        }
    )
)
State = dict[int, tuple[int, str | None]]


def told(state: State, status: str = ",") -> tuple[str, str]:
    """Return the rows of users and of demographics."""
    users = (named(n, f"A{n}", number, status) for n, (number, _) in state.items())
    lines = {n: line for n, (_, line) in state.items() if line is not None}
    return "".join(users), "".join(
        f"u{n},{status},{line}\n" for n, line in lines.items()
    )


def full_of(state: State) -> Files:
    users, lines = told(state)
    return full(
        users=HEADINGS["users.csv"] + users + user(8),
        demographics=HEADINGS["demographics.csv"] + lines,
        enrollments=HEADINGS["enrollments.csv"],
    )


def changes_of(before: State, after: State) -> Files:
    """Return the rows of each file that changed, and those that are no more."""
    texts = []
    for at in (0, 1):
        old, new = ({n: each[at] for n, each in s.items()} for s in (before, after))
        differ = {n: after[n] for n in after if old.get(n) != new[n]}
        lost = {n: before[n] for n in before if new.get(n) is None}
        texts.append(told(differ, ACTIVE)[at] + told(lost, DELETED)[at])
    return changes(users=texts[0], demographics=texts[1])


@settings(max_examples=40, deadline=None)
@given(states=st.lists(STATES, min_size=2, max_size=4))
def test_changes_of_numbers_and_demographics_tell_what_a_full_set_would(
    states: list[State],
) -> None:
    sets = [changes_of(*pair) for pair in pairwise(states)]
    arrival = by_number(*sets, on=full_of(states[0]))
    files = {"f.zip": packed(full_of(states[-1]))}
    expected = arrive(files, SEX, answers=BY_NUMBER)
    assert spells(arrival) == spells(expected)
    for frame in ("student", "places"):
        assert sorted(map(str, arrival.frames[frame].to_pylist())) == sorted(
            map(str, expected.frames[frame].to_pylist())
        )
